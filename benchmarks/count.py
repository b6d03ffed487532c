"""How much `people.count` costs beside SQL written by hand for the same file.

Run: python benchmarks/count.py [ROWS]

Records: 1.6 rows per person, 343 places of residence with a skew, 12 systems in 6 cloud regions. A system holds the same
data elements about everybody; one person in fifty has moved. Four things are timed in turn, five rounds, medians:

- floor: reading and decoding the columns of the count, nothing else;
- narrow: people, minors and encryption by residence, grouped by person and residence, so that a person's facts are only those
  of the rows with that residence (less than the contract asks, and the fastest form there is);
- by hand: what the contract asks of `by_residence`: the facts of all of a person's rows, data elements, storage, languages,
  rings;
- count: `people.count`, with its hashing, flags, breakdowns, cells and a mapping file.

The answers of `by hand` and `count` are compared before anything is printed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from breachdesk.domain.places import SAME
from breachdesk.domain.places_table import ROWS
from breachdesk.people import count

AT = datetime(2026, 6, 1, tzinfo=UTC)
ROUNDS = 5
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
FROM read_parquet('{file}')
"""

NARROW = """
WITH person AS (
    SELECT customer, residence, bool_and(encrypted = 'true') AS encrypted,
        max(birth_date) > min(exposed_from)::DATE - INTERVAL 18 YEAR AS minor
    FROM read_parquet('{file}') GROUP BY customer, residence
)
SELECT residence, encrypted, minor, count(*) FROM person GROUP BY ALL
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
    FROM read_parquet('{file}') GROUP BY customer
)
SELECT home, count(*), count_if(minor), count_if(encrypted), count_if(clear), {sums}
FROM (SELECT unnest(homes) AS home, * FROM person) GROUP BY home
"""


def by_hand(file: Path) -> tuple[str, list[str]]:
    """The statement, and the names of its figures after the first four."""
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
    return BY_HAND.format(file=file, sums=sums, **parts), figures


def write_records(rows: int, out: Path) -> None:
    connection = duckdb.connect()
    places = [row[0] for row in ROWS if row[0] not in ("EU", *SAME)][:343]
    connection.execute("CREATE TABLE place AS SELECT unnest($1) AS code, unnest(range($2)) AS i", [places, len(places)])
    values = {"rows": rows, "people": int(rows / 1.6), "places": len(places), "regions": REGIONS, "data": SYSTEMS}
    connection.execute(WRITE.format(out=out), {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()})
    connection.close()


def engine_query(sql: str) -> list[tuple[Any, ...]]:
    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def same_answer(tally: Any, answer: list[tuple[Any, ...]], figures: list[str]) -> None:
    """Stops the benchmark when the two disagree on any figure."""
    assert len(answer) == len(tally.by_residence)
    named = {"data": "data", "stored": "stored_in", "language": "languages", "ring": "rings"}
    for home, *numbers in answer:
        row = next(each for each in tally.by_residence if each.residence == home)
        assert [row.subjects, row.minors, row.encrypted, row.unencrypted] == numbers[:4], home
        for figure, number in zip(figures, numbers[4:], strict=True):
            group, code = figure.split(" ")
            assert getattr(row, named[group]).get(code, 0) == number, (home, figure)


def main(rows: int = 1_000_000) -> dict[str, float]:
    """Prints and gives the median seconds of each, and the ratios of `count` to the others."""
    with tempfile.TemporaryDirectory(prefix="breachdesk-benchmark-") as folder:
        file, mapping = Path(folder, "records.parquet"), Path(folder, "mapping.toml")
        write_records(rows, file)
        mapping.write_text('[columns]\nsubject_id = "customer"\n[values.encrypted]\nY = true\nN = false\n', encoding="utf-8")
        statement, figures = by_hand(file)
        runs: dict[str, Callable[[], Any]] = {
            "floor": lambda: engine_query(FLOOR.format(file=file)),
            "narrow": lambda: engine_query(NARROW.format(file=file)),
            "by hand": lambda: engine_query(statement),
            "count": lambda: count([file], at=AT, mapping=mapping),
        }
        tally = runs["count"]()
        same_answer(tally, runs["by hand"](), figures)
        times: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                times[name].append(time.perf_counter() - start)
        size = file.stat().st_size / 1e6
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    print(f"{rows:,} rows, {tally.subjects:,} people, {len(tally.cells):,} cells, {size:.0f} MB of Parquet; answers equal")
    for name, median in medians.items():
        print(f"{name:8} {median:8.3f} s   count is {medians['count'] / median:5.2f} times this")
    return medians


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:2]))
