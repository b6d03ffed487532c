"""The one question: rows, rolled up to people, rolled up to buckets.

First every row of a person is taken together (`bit_or` over the words of each dimension, the youngest birth, the earliest
exposure); then people with the same profile are counted. No step counts distinct values, so that people who appear in
many rows, files or systems are counted once, exactly, and the work spills to disk when memory is short.
"""

from __future__ import annotations

from typing import Any

from breachdesk.domain.places import UNKNOWN
from breachdesk.people.columns import COLUMNS, DIMENSIONS
from breachdesk.people.dictionary import UNSAID, WORD, Dictionary
from breachdesk.people.engine import Engine

TRUE, FALSE = 1, 2
"""Bits of the encryption word: a row that is encrypted, one that is not."""
_DAY = 86_400_000_000


def read_rows(relation: str, dictionary: Dictionary, present: frozenset[str], *, matched: bool = False) -> str:
    """The rows of the files with each dimension as words (`residence_0` …), and `bad` where some value could not be read."""
    columns = [f"r.{column}" for column in (*COLUMNS, *_PARSED, "file_no", "row_no", *(("own_id",) if matched else ()))]
    joins, bad = [], ["r.dates_bad"]
    for column in DIMENSIONS:
        words = dictionary.words(column)
        if column not in present:
            columns += [f"{UNSAID.get(column, 0) if i == 0 else 0}::UBIGINT AS {word}" for i, word in enumerate(words)]
            continue
        joins.append(f"JOIN dim_{column} d_{column} ON d_{column}.raw IS NOT DISTINCT FROM r.{column}")
        columns += [f"d_{column}.w{i} AS {word}" for i, word in enumerate(words)]
        if column in dictionary.flagged:
            bad.append(f"d_{column}.bad")
            columns.append(f"d_{column}.reason AS {column}_reason")
    return (
        f"SELECT {', '.join(columns)}, {' OR '.join(bad)} AS bad\nFROM ({relation}) r\n" + "\n".join(joins)
    )


_PARSED = (
    "birth_date_day", "birth_year_number", "exposed_from_at", "exposed_to_at", "birth_date_bad", "birth_year_bad",
    "exposed_from_bad", "exposed_to_bad",
)  # fmt: skip


def roll_up(rows: str, dictionary: Dictionary, present: frozenset[str], *, where: str = "", extra: str = "") -> str:
    """One row per person (and one with a NULL `subject_id` for rows that are nobody's): words, `encrypted` (true, false,
    NULL), `minor` (true, false, NULL), `row_count`, `bad_count`, and `extra` aggregates. Needs the parameter `today`."""
    words = []
    for column in DIMENSIONS:
        for word in dictionary.words(column):
            words.append(f"bit_or({word}) AS {word}" if column in present else f"any_value({word}) AS {word}")
    birth = []
    if "birth_date" in present:
        birth.append("max(birth_date_day)")
    if "birth_year" in present:
        birth.append("make_date(max(birth_year_number), 12, 31)")
    born = f"coalesce({', '.join(birth)})" if len(birth) > 1 else (birth or ["NULL::DATE"])[0]
    exposed = "min(exposed_from_at)" if "exposed_from" in present else "NULL::TIMESTAMPTZ"
    person = (
        f"SELECT subject_id, {', '.join(words)}, {born} AS born, {exposed} AS exposed, count(*) AS row_count,"
        f" count_if(bad) AS bad_count{extra}\nFROM ({rows})\n{f'WHERE {where}' if where else ''}\nGROUP BY subject_id"
    )
    # Days are reckoned in UTC by arithmetic, which a time-zone conversion per person would cost more than.
    day = f"coalesce(DATE '1970-01-01' + (epoch_us(exposed) // {_DAY})::INTEGER, $today)"
    kept = [word for column in DIMENSIONS for word in dictionary.words(column) if column != "encrypted"]
    return (
        f"SELECT subject_id, {', '.join(kept)},"
        f" CASE WHEN (encrypted_0 & {FALSE}) <> 0 THEN false WHEN encrypted_0 = {TRUE} THEN true END AS encrypted,"
        f" born > {day} - INTERVAL 18 YEAR AS minor, * EXCLUDE (subject_id, {', '.join(kept)}, encrypted_0, born, exposed)"
        f"\nFROM ({person})"
    )


def keep_profiles(engine: Engine, people: str, dictionary: Dictionary) -> None:
    """Counts people by profile into the table `profile`: everything an answer distinguishes, and how many share it."""
    words = ", ".join(word for column in DIMENSIONS if column != "encrypted" for word in dictionary.words(column))
    engine.run(
        f"CREATE TEMP TABLE profile AS SELECT {words}, encrypted, minor, subject_id IS NULL AS nobody, count(*) AS people,"
        f" sum(row_count)::BIGINT AS row_count, sum(bad_count)::BIGINT AS bad_count FROM ({people}) GROUP BY ALL"
    )


def spread(engine: Engine, dictionary: Dictionary, column: str) -> str:
    """Fills `each_<column>` and gives its name: for each set of codes some profile has, its words and, as a column of the
    dimension's own name, each of its codes; `unknown` for the empty set."""
    codes, words = dictionary.codes[column].numbers, dictionary.words(column)
    listed, table = ", ".join(words), f"each_{column}"
    engine.run("CREATE OR REPLACE TEMP TABLE bit (word INTEGER, bit UBIGINT, code VARCHAR)")
    engine.run(
        "INSERT INTO bit SELECT unnest($words), unnest($bits::UBIGINT[]), unnest($codes::VARCHAR[])",
        words=[number // WORD for number in codes.values()], bits=[1 << number % WORD for number in codes.values()],
        codes=list(codes),
    )  # fmt: skip
    engine.run(f"CREATE OR REPLACE TEMP TABLE code_set AS SELECT DISTINCT {listed} FROM profile WHERE NOT nobody")
    parts = [f"SELECT {listed}, '{UNKNOWN}' AS {column} FROM code_set WHERE {' AND '.join(f'{word} = 0' for word in words)}"]
    parts += [
        f"SELECT {listed}, code FROM code_set JOIN bit ON word = {i} AND ({word} & bit) <> 0 WHERE {word} <> 0"
        for i, word in enumerate(words)
    ]
    engine.run(f"CREATE OR REPLACE TEMP TABLE {table} AS {' UNION ALL '.join(parts)}")
    return table


def by_place(engine: Engine, dictionary: Dictionary, columns: str, sums: str = "") -> list[tuple[Any, ...]]:
    """People by place of residence and the given profile columns: (place, *columns, people, *sums) rows. Needs `spread` of
    the residences before it."""
    using = ", ".join(dictionary.words("residence"))
    return engine.rows(
        f"SELECT residence, {columns}, sum(people)::BIGINT{sums} FROM profile JOIN each_residence USING ({using}) WHERE NOT nobody"
        f" GROUP BY residence, {columns}"
    )
