"""How much `people.count` costs beside SQL written by hand for the same answer over the same file.

Run: python -m benchmarks.count [1M] [10M] [100M] [csv]    (all four when none is named; 100M writes 4 GB into the temporary folder)

Records: 1.6 rows per person, 343 places of residence with a skew, 12 systems in 6 cloud regions. A system holds the same
data elements about everybody; one person in fifty has moved. Two questions are asked, and each of their answers is compared
with the count's before it is believed:

- alone: distinct people, in all and by residence. By hand twice over: one statement of two stages, and two statements of one
  GROUP BY each; the faster of the two is what `count` (over the four needed columns, the same data for everyone) is held to.
- full: all that the contract asks of `by_residence`: the facts of all of a person's rows, data elements, storage, languages,
  rings, minors, encryption; `count` adds hashing, flags, cells, findings and a mapping file.

`floor` reads and decodes the columns of the full count and does nothing else. Every run is a process of its own, which tells its
peak memory; rounds are interleaved and medians shown. With 100M the full count is asked again under a limit of 1 GB.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from breachdesk.domain.places import SAME
from breachdesk.domain.places_table import ROWS
from breachdesk.people import count

AT = datetime(2026, 6, 1, tzinfo=UTC)
ROUNDS = {"1M": 5, "10M": 3, "100M": 1, "csv": 3}
SIZES = {"1M": 1_000_000, "10M": 10_000_000, "100M": 100_000_000, "csv": 10_000_000}
SYSTEMS = (
    "name;email", "name;email;phone", "name;postal-address;email;birth-date", "name;ssn;birth-date", "name;email;payment-card",
    "name;medical;health-insurance", "email;online-credentials", "name;financial-account", "location;ip-address;device-id",
    "name;email;phone;postal-address;birth-date;ssn", "name;employment;income", "photo;name",
)  # fmt: skip
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "me-central2", "germanywestcentral", "ap-southeast-1")
COUNTRIES = ("US", "IE", "DE", "SA", "DE", "SG")

WRITE = """
COPY (
    WITH row AS (
        SELECT hash(i) AS h, (hash(i + 1) % $people)::BIGINT AS person FROM range($rows) t(i)
    ), known AS (
        SELECT *, hash(person) AS p, hash(person * 2 + 1) AS q, (h % 12)::INTEGER AS system FROM row
    )
    SELECT printf('%016x', p) AS customer, place.code AS residence, 'system-' || system AS system,
        $regions[1 + system // 2] AS storage_region, $data[1 + system] AS data,
        CASE WHEN system < 7 THEN 'false' WHEN system < 10 THEN 'true' END AS encrypted,
        (DATE '1940-01-01' + (q % 28000)::INTEGER) AS birth_date,
        ['en', 'de', 'fr', 'es', 'ar'][1 + ((p >> 11) % 5)::INTEGER] AS language,
        ['touched', 'reachable', 'held'][1 + system % 3] AS ring,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds((h >> 24)::BIGINT % 7776000) AS exposed_from
    FROM known JOIN place ON place.i = $places - 1 - floor(
        $places * sqrt(sqrt(((CASE WHEN (h >> 50) % 50 = 0 THEN h ELSE p END >> 33) % 100000)::INTEGER / 100000.0)))::INTEGER
) TO '{out}' (FORMAT parquet)
"""

FLOOR = """
SELECT bit_xor(hash(customer, residence, storage_region, data, encrypted, birth_date, language, ring, exposed_from))
FROM {source}
"""

ALONE_TWO_STAGES = """
WITH person AS (SELECT customer, list(DISTINCT residence) AS homes FROM {source} GROUP BY customer)
SELECT home, count(*) FROM (SELECT unnest(homes) AS home FROM person) GROUP BY home
UNION ALL SELECT NULL, count(*) FROM person
"""

ALONE_TWO_SCANS = """
SELECT residence, count(*) FROM (SELECT customer, residence FROM {source} GROUP BY ALL) GROUP BY residence
UNION ALL SELECT NULL, count(*) FROM (SELECT customer FROM {source} GROUP BY customer)
"""

BY_HAND = """
WITH person AS (
    SELECT customer, list(DISTINCT residence) AS homes,
        bool_or(encrypted = 'false') AS clear, bool_and(coalesce(encrypted = 'true', false)) AS encrypted,
        max(birth_date) > min(exposed_from)::DATE - INTERVAL 18 YEAR AS minor,
        {elements},
        {regions},
        {languages},
        {rings}
    FROM {source} GROUP BY customer
)
SELECT home, count(*), count_if(minor), count_if(encrypted), count_if(clear), {sums}
FROM (SELECT unnest(homes) AS home, * FROM person) GROUP BY home
"""


def by_hand(source: str) -> tuple[str, list[str]]:
    """The statement of the full answer, and the names of its figures after the first four."""
    elements = sorted({word for data in SYSTEMS for word in data.split(";")})
    asked = {
        "elements": {f"data {e}": f"contains(';' || data || ';', ';{e};')" for e in elements},
        "regions": {
            f"stored {c}": " OR ".join(f"storage_region = '{r}'" for r, of in zip(REGIONS, COUNTRIES, strict=True) if of == c)
            for c in sorted(set(COUNTRIES))
        },
        "languages": {f"language {w}": f"language = '{w}'" for w in ("en", "de", "fr", "es", "ar")},
        "rings": {f"ring {w}": f"ring = '{w}'" for w in ("touched", "reachable", "held")},
    }
    parts = {
        name: ", ".join(f'bool_or({test}) AS "{figure}"' for figure, test in figures.items()) for name, figures in asked.items()
    }
    figures = [figure for group in asked.values() for figure in group]
    sums = ", ".join(f'count_if("{figure}")' for figure in figures)
    return BY_HAND.format(source=source, sums=sums, **parts), figures


def write_records(rows: int, out: Path) -> None:
    connection = duckdb.connect()
    places = [row[0] for row in ROWS if row[0] not in ("EU", *SAME)][:343]
    connection.execute("CREATE TABLE place AS SELECT unnest($1) AS code, unnest(range($2)) AS i", [places, len(places)])
    values = {"rows": rows, "people": int(rows / 1.6), "places": len(places), "regions": REGIONS, "data": SYSTEMS}
    connection.execute(WRITE.format(out=out), {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()})
    connection.close()


def source_of(file: Path) -> str:
    """What a statement reads a file with."""
    return f"read_csv('{file}', types = {{'customer': 'VARCHAR'}})" if file.suffix == ".csv" else f"read_parquet('{file}')"


def engine_query(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, on an engine set up as `count` sets up its own."""
    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def run_one(what: str, file: Path, mapping: Path) -> Any:
    """One of the things that are timed: its answer in a form that can be compared."""
    source = source_of(file)
    if what == "floor":
        return engine_query(FLOOR.format(source=source))
    if what == "by hand":
        statement, figures = by_hand(source)
        return {home: dict(zip(("subjects", "minors", "encrypted", "unencrypted", *figures), numbers, strict=True))
                for home, *numbers in engine_query(statement)}  # fmt: skip
    if what.startswith("alone by hand"):
        statement = ALONE_TWO_STAGES if what.endswith("in one") else ALONE_TWO_SCANS
        return {home or "total": people for home, people in engine_query(statement.format(source=source))}
    tally = count([file], at=AT, mapping=mapping, memory_limit="1GB" if what.endswith("1 GB") else "")
    if what == "alone":
        return {"total": tally.subjects, **{row.residence: row.subjects for row in tally.by_residence}}
    _, figures = by_hand(source)
    named = {"data": "data", "stored": "stored_in", "language": "languages", "ring": "rings"}
    told = {}
    for row in tally.by_residence:
        told[row.residence] = row.model_dump(include={"subjects", "minors", "encrypted", "unencrypted"})
        for figure in figures:
            group, code = figure.split(" ")
            told[row.residence][figure] = getattr(row, named[group]).get(code, 0)
    return told


def child(what: str, file: Path, mapping: Path, out: Path) -> tuple[float, float]:
    """Runs one in a process of its own; its seconds, without the start of Python, and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.count", "--one", what, str(file), str(mapping), str(out)], check=True, capture_output=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def one(what: str, file: str, mapping: str, out: str) -> None:
    """What `child` starts."""
    begun = time.perf_counter()
    answer = run_one(what, Path(file), Path(mapping))
    seconds = time.perf_counter() - begun
    if what != "floor":
        Path(out).write_text(json.dumps(answer, sort_keys=True), encoding="utf-8")
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measure(name: str, folder: Path) -> dict[str, float]:
    """Writes the records of one size, times everything over them, prints, and gives the medians."""
    whole, alone, mapping, bare = folder / "records.parquet", folder / "alone.parquet", folder / "mapping.toml", folder / "alone.toml"
    write_records(SIZES[name], whole)
    engine_query(f"COPY (SELECT customer, residence FROM read_parquet('{whole}')) TO '{alone}' (FORMAT parquet)")
    mapping.write_text('[columns]\nsubject_id = "customer"\n[values.encrypted]\nY = true\nN = false\n', encoding="utf-8")
    bare.write_text('[columns]\nsubject_id = "customer"\n[constants]\nsystem = "crm"\ndata = "name"\n', encoding="utf-8")
    if name == "csv":
        for parquet in (whole, alone):
            engine_query(f"COPY (FROM read_parquet('{parquet}')) TO '{parquet.with_suffix('.csv')}' (FORMAT csv)")
            parquet.unlink()
        whole, alone = whole.with_suffix(".csv"), alone.with_suffix(".csv")
    wanted = {
        "floor": whole, "alone by hand, in one": alone, "alone by hand, in two": alone, "alone": alone, "by hand": whole, "full": whole,
    }  # fmt: skip
    if name == "100M":
        wanted["full in 1 GB"] = whole
    times: dict[str, list[float]] = {what: [] for what in wanted}
    peaks: dict[str, float] = {}
    for turn in range(ROUNDS[name]):
        for what, file in wanted.items():
            seconds, peaks[what] = child(what, file, bare if file == alone else mapping, folder / f"{what}.json")
            times[what].append(seconds)
        if turn == 0:
            same = [("alone", "alone by hand, in one"), ("alone", "alone by hand, in two"), ("full", "by hand"), ("full", "full in 1 GB")]
            for ours, theirs in same:
                if theirs in wanted:
                    assert (folder / f"{ours}.json").read_text() == (folder / f"{theirs}.json").read_text(), f"{ours} and {theirs} differ"
    medians = {what: statistics.median(taken) for what, taken in times.items()}
    people = json.loads((folder / "alone.json").read_text())["total"]
    size = whole.stat().st_size / 1e6
    print(f"{SIZES[name]:,} rows, {people:,} people, {size:.0f} MB of {whole.suffix[1:]}; all answers equal; rounds: {ROUNDS[name]}")
    held = {
        "alone": ("the faster by hand", min(medians["alone by hand, in one"], medians["alone by hand, in two"])),
        "full": ("by hand", medians["by hand"]), "full in 1 GB": ("without a limit", medians["full"]),
    }  # fmt: skip
    for what, median in medians.items():
        told = f"   {median / held[what][1]:5.2f} times {held[what][0]}" if what in held else ""
        print(f"  {what:22} {median:8.2f} s   peak {peaks[what]:6.0f} MB{told}", flush=True)
    return medians


def main(*names: str) -> None:
    """Measures the sizes named, or all."""
    for name in names or SIZES:
        with tempfile.TemporaryDirectory(prefix="breachdesk-benchmark-") as folder:
            measure(name, Path(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:6])
    else:
        main(*sys.argv[1:])
