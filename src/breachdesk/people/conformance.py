"""Whether an engine counts exactly: the same records counted there and by the built-in engine, figure by figure.

Some engines estimate, sort letters by a language, or read a bit as a sign. An engine that the project's own tests do not run on
is admitted only after this check has passed on it, and its result is kept in the desk's folder as `engines.json`.
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from breachdesk.domain.conformance import Conformance
from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.places import COUNTRIES
from breachdesk.domain.tally import Tally
from breachdesk.domain.values import digest_of
from breachdesk.domain.vocabulary import ELEMENTS
from breachdesk.people.columns import COLUMNS
from breachdesk.people.warehouse import PROVEN, Warehouse, open_warehouse

KEPT = "engines.json"
_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ROWS = 6000
_TABLE = "breachdesk_conformance"
_FILTERS = ("", "system = 'crm' and not ring = 'held'", "birth_date > '1990-01-01' or exposed_from < '2026-02-01' and encrypted is unknown")


def conform(url: str, *, at: datetime, kept: Path | None = None) -> Conformance:
    """Counts six thousand made-up rows on the engine and here, under each of three filters, and compares every figure.

    Needs the right to make a temporary table. The result is kept in the file `kept`. Raises InvalidInput when the engine cannot
    be reached or asked.
    """
    from breachdesk.people.counting import count, count_on

    rows = list(_rows())
    with tempfile.TemporaryDirectory(prefix="breachdesk-conformance-") as folder, open_warehouse(url) as house:
        file = Path(folder, "records.csv")
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
        try:
            house.given[_TABLE] = house.put(_TABLE, dict.fromkeys(COLUMNS, "string"), rows)
        except Exception as error:  # noqa: BLE001 - every engine has its own classes
            raise house.problem(error) from None
        differences = []
        for where in _FILTERS:
            here = count([file], at=_AT, where=where)
            differences += [f"{what} (where {where or 'nothing'})" for what in _differ(here, count_on(house, [_TABLE], at=_AT, where=where))]
        found = Conformance(
            engine=house.backend.name, scheme=house.scheme, url=house.url, version=str(house.backend.version), at=at, rows=len(rows),
            records=digest_of(rows), agrees=not differences, differences=tuple(differences),
        )  # fmt: skip
    if kept is not None:
        _keep(kept, found)
    return found


def must_conform(house: Warehouse, kept: Path | None) -> None:
    """Raises Gate for an engine that the project's tests do not run on and on which no check of this version has passed."""
    if house.scheme in PROVEN:
        return
    for each in read_kept(kept):
        if (each.url, each.engine, each.version) == (house.url, house.backend.name, str(house.backend.version)):
            if each.agrees:
                return
            raise Gate(f"{house.url}: this engine did not agree with the built-in one on {each.at:%Y-%m-%d}: {each.differences[0]}")
    raise Gate(f"{house.url}: nobody has checked that this engine counts exactly; run: breachdesk people conform --engine URL")


def read_kept(kept: Path | None) -> tuple[Conformance, ...]:
    """The results kept in a file, the newest of each engine. Raises InvalidInput for a file that is none of ours."""
    if kept is None or not kept.exists():
        return ()
    try:
        return tuple(Conformance.model_validate(each) for each in json.loads(kept.read_text(encoding="utf-8")))
    except (ValueError, OSError) as problem:
        raise InvalidInput(f"is no list of checked engines: {str(problem).splitlines()[0]}", file=str(kept)) from None


def _keep(kept: Path, found: Conformance) -> None:
    others = [each for each in read_kept(kept) if (each.url, each.engine, each.version) != (found.url, found.engine, found.version)]
    part = kept.with_suffix(".part")
    part.write_text(json.dumps([each.model_dump(mode="json") for each in (*others, found)], indent=1) + "\n", encoding="utf-8")
    part.replace(kept)


def _differ(here: Tally, there: Tally) -> Iterator[str]:
    for figure in ("subjects", "rows", "rejected_rows", "flagged_rows", "unknown_residence"):
        one, two = getattr(here, figure), getattr(there, figure)
        if one != two:
            yield f"{figure}: {one} here, {two} there"
    ours, theirs = ({row.residence: row for row in tally.by_residence} for tally in (here, there))
    for place in sorted({*ours, *theirs}):
        if ours.get(place) != theirs.get(place):
            yield f"residence {place}: {_told(ours.get(place))} here, {_told(theirs.get(place))} there"
    if here.cells != there.cells:
        yield f"cells: {len(here.cells)} here, {len(there.cells)} there, or other figures in them"


def _told(row: Any) -> str:
    return "none" if row is None else f"{row.subjects} people"


def _rows() -> Iterator[tuple[str | None, ...]]:
    """Rows with everything that has ever made engines differ: many places, blanks, other alphabets, bad values, equal people."""
    dice = random.Random(41)  # noqa: S311 - made-up records, the same every time
    places = [*COUNTRIES[:180], "US-CA", "US-TX", "CA-QC", "de", " fr ", "Atlantis", "unknown", "", None]
    regions = ["eu-west-1", "us-east-1", "germanywestcentral", "SA", "nowhere", "", None]
    days = ["1960-02-29", "2008-02-28", "2008-02-29", "2008-03-01", "2008-03-02", "2015-07-07", "2101-01-01", "31.12.1999", "", None]
    exposed = ["2026-01-05", "2026-02-28T23:59:59Z", "2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00-05:00", "soon", "", None]
    for _ in range(_ROWS):
        person = int(dice.paretovariate(0.6)) % 2500
        row: dict[str, str | None] = {
            "subject_id": dice.choice([f"{person}", f"{person}", f"ü-{person}", f" {person} ", "", None] if person % 7 == 0 else [f"{person:05}"]),
            "residence": dice.choice(places), "division": dice.choice(["", "", None, "Texas", "US-CA"]),
            "system": dice.choice(["crm", "shop", "Über", None]), "storage_region": dice.choice(regions),
            "data": dice.choice([";".join(dice.sample(ELEMENTS, dice.randint(1, 4))), "x-tier;name", "name ; shoe-size", "", None]),
            "encrypted": dice.choice(["true", "false", "TRUE", "maybe", "", None]), "birth_date": dice.choice(days),
            "birth_year": dice.choice(["1980", "2008", "2030", "", None]), "language": dice.choice(["en", "en_us", "ar", "zh-hant-tw", "!", None]),
            "name": f"Person {person}", "email": f"{person}@example.com", "ring": dice.choice(["touched", "held", "ring", None]),
            "channel": dice.choice(["email", "Letter", "pigeon", None]),
            "exposed_from": dice.choice(exposed), "exposed_to": None,
        }  # fmt: skip
        yield tuple(row.get(column) for column in COLUMNS)
