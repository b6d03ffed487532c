"""Small record files, and a count of section 2 of the contract in plain Python to hold the engine to."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from breachdesk.domain.tally import ResidenceCount, Tally
from breachdesk.people import count

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEEDED = {"subject_id": "1", "residence": "DE", "system": "crm", "data": "name"}
Row = Mapping[str, Any]
Write = Callable[..., Path]


def write_rows(path: Path, rows: Sequence[Row], columns: Sequence[str] | None = None) -> Path:
    """Writes rows as CSV, JSON Lines or Parquet, by the path's suffix. Columns: those of the rows, in order of appearance."""
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows), encoding="utf-8")
    else:
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.table({name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in names})
        parquet.write_table(table, path)
    return path


def only(tally: Tally) -> ResidenceCount:
    """The one residence of a count."""
    (row,) = tally.by_residence
    return row


def counted(*files: Path, **options: Any) -> Tally:
    """A count at noon UTC of 1 March 2026."""
    return count(list(files), **{"at": AT, **options})


def by_the_book(rows: Sequence[Row]) -> dict[str, Any]:
    """Section 2 of the contract, word by word, over rows of well-formed texts."""
    people: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("subject_id"):
            people.setdefault(row["subject_id"], []).append(row)
    places: dict[str, dict[str, Any]] = {}
    for held in people.values():
        for place in {row["residence"] for row in held if row.get("residence")} or {"unknown"}:
            figures = places.setdefault(place, {"subjects": 0, "minors": 0, "age_unknown": 0, "encrypted": 0, "unencrypted": 0,
                                                "encryption_unknown": 0, "data": {}, "stored_in": {}, "channels": {}, "rings": {}, "rows": 0,
                                                "elsewhere": 0})  # fmt: skip
            figures["subjects"] += 1
            figures["rows"] += len(held)
            figures["elsewhere"] += len({row["residence"] for row in held if row.get("residence")}) > 1
            minor = _minor(held, AT.date())
            figures["minors"] += minor is True
            figures["age_unknown"] += minor is None
            said = {row.get("encrypted", "") for row in held}
            state = "unencrypted" if "false" in said else "encrypted" if said == {"true"} else "encryption_unknown"
            figures[state] += 1
            for name, values in (
                ("data", {word for row in held for word in row.get("data", "").split(";") if word}),
                ("stored_in", {row.get("storage_region") or "unknown" for row in held}),
                ("channels", {row["channel"] for row in held if row.get("channel")}),
                ("rings", {row["ring"] for row in held if row.get("ring")}),
            ):
                for value in values:
                    figures[name][value] = figures[name].get(value, 0) + 1
    return {"subjects": len(people), "places": places}


def _minor(held: Sequence[Row], at: date) -> bool | None:
    dates = [date.fromisoformat(row["birth_date"]) for row in held if row.get("birth_date")]
    years = [date(int(row["birth_year"]), 12, 31) for row in held if row.get("birth_year")]
    if not dates and not years:
        return None
    born = max(dates or years)
    exposed = [row["exposed_from"] for row in held if row.get("exposed_from")]
    day = date.fromisoformat(min(exposed)) if exposed else at
    return (born.year + 18, born.month, born.day) > (day.year, day.month, day.day)
