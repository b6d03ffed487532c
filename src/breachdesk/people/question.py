"""The one question: rows, rolled up to people, rolled up to buckets.

First every row of a person is taken together (`bit_or` over the words of each dimension, the youngest birth, the earliest
exposure); then people with the same profile are counted. No step counts distinct values, so that people who appear in
many rows, files or systems are counted once, exactly, and the work spills to disk when memory is short.

There are hundreds of residences, and almost everybody has one. A count therefore asks first for a person's least and greatest
residence, which costs less than a union of several words, and asks again, with the union, about the few for whom they differ.
"""

from __future__ import annotations

from typing import Any

from breachdesk.domain.places import UNKNOWN
from breachdesk.people.columns import COLUMNS, DIMENSIONS
from breachdesk.people.dictionary import WORD, Dictionary, split
from breachdesk.people.engine import Engine

TRUE, FALSE = 1, 2
"""Bits of the encryption word: a row that is encrypted, one that is not."""
_DAY = 86_400_000_000


MOVED = "SELECT * FROM ({}) WHERE subject_id IN (FROM mover)"
"""Of a relation the rows of those people who, as `keep_profiles` found, have several residences."""


def read_rows(relation: str, dictionary: Dictionary, *, matched: bool = False) -> str:
    """The rows of the files with each dimension as words (`residence_0` …), and `bad` where some value could not be read."""
    columns = [f"r.{column}" for column in (*COLUMNS, *_PARSED, "file_no", "row_no", *(("own_id",) if matched else ()))]
    joins, bad = [], ["r.dates_bad"]
    for column in DIMENSIONS:
        if column in dictionary.fixed:
            columns += dictionary.literals(column)
            continue
        joins.append(f"JOIN dim_{column} d_{column} ON d_{column}.raw IS NOT DISTINCT FROM r.{column}")
        columns += [f"d_{column}.w{i} AS {word}" for i, word in enumerate(dictionary.words(column))]
        if column in dictionary.flagged:
            bad.append(f"d_{column}.bad")
            columns.append(f"d_{column}.reason AS {column}_reason")
    only = dictionary.fixed.get("residence")
    columns.append("d_residence.code AS home" if only is None else f"{only.bit_length() - 1 if only else 'NULL'}::USMALLINT AS home")
    return (
        f"SELECT {', '.join(columns)}, {' OR '.join(bad)} AS bad\nFROM ({relation}) r\n" + "\n".join(joins)
    )


_PARSED = (
    "birth_date_day", "birth_year_number", "exposed_from_at", "exposed_to_at", "birth_date_bad", "birth_year_bad",
    "exposed_from_bad", "exposed_to_bad",
)  # fmt: skip


def roll_up(
    rows: str, dictionary: Dictionary, present: frozenset[str], *, where: str = "", extra: str = "", homes: bool = False
) -> str:
    """One row per person (and one with a NULL `subject_id` for rows that are nobody's): words, `encrypted` (true, false,
    NULL), `minor` (true, false, NULL), `row_count`, `bad_count`, and `extra` aggregates. Needs the parameter `today`.

    With `homes`, the least and the greatest residence as `home` and `last_home` stand in the place of the residence's words.
    """
    asked = [column for column in DIMENSIONS if column not in dictionary.fixed and not (homes and column == "residence")]
    unions = [f"bit_or({word}) AS {word}" for column in asked for word in dictionary.words(column)]
    if homes:
        unions += ["min(home) AS home", "max(home) AS last_home"]
    birth = []
    if "birth_date" in present:
        birth.append("max(birth_date_day)")
    if "birth_year" in present:
        birth.append("make_date(max(birth_year_number), 12, 31)")
    born = f"coalesce({', '.join(birth)})" if len(birth) > 1 else (birth or ["NULL::DATE"])[0]
    exposed = "min(exposed_from_at)" if "exposed_from" in present else "NULL::TIMESTAMPTZ"
    person = (
        f"SELECT {', '.join(['subject_id', *unions])}, {born} AS born, {exposed} AS exposed, count(*) AS row_count,"
        f" count_if(bad) AS bad_count{extra}\nFROM ({rows})\n{f'WHERE {where}' if where else ''}\nGROUP BY subject_id"
    )
    # Days are reckoned in UTC by arithmetic, which a time-zone conversion per person would cost more than.
    day = f"coalesce(DATE '1970-01-01' + (epoch_us(exposed) // {_DAY})::INTEGER, $today)"
    bits = str(dictionary.fixed.get("encrypted", "encrypted_0"))
    state = f"CASE WHEN ({bits} & {FALSE}) <> 0 THEN false WHEN {bits} = {TRUE} THEN true END"
    kept = [word for column in asked if column != "encrypted" for word in dictionary.words(column)]
    same = [
        word for column in DIMENSIONS
        if column in dictionary.fixed and column != "encrypted" and not (homes and column == "residence")
        for word in dictionary.literals(column)
    ]  # fmt: skip
    out = [*kept, *same, f"{state} AS encrypted", f"born > {day} - INTERVAL 18 YEAR AS minor"]
    taken = [*kept, *(["encrypted_0"] if "encrypted" in asked else []), "born", "exposed"]
    return f"SELECT subject_id, {', '.join(out)}, * EXCLUDE (subject_id, {', '.join(taken)})\nFROM ({person})"


def keep_profiles(
    engine: Engine, rows: str, moved: str, dictionary: Dictionary, present: frozenset[str], *, where: str = ""
) -> None:
    """Counts people by profile into the table `profile`: everything an answer distinguishes, and how many share it.

    `moved` are the same rows over `MOVED`, so that only theirs are looked up again.
    """
    import duckdb

    others = [word for column in DIMENSIONS if column not in ("residence", "encrypted") for word in dictionary.words(column)]
    homes, told = dictionary.words("residence"), ", ".join([*others, "encrypted", "minor"])
    sums = "count(*) AS people, sum(row_count)::BIGINT AS row_count, sum(bad_count)::BIGINT AS bad_count"

    def united(of: str) -> str:
        people = roll_up(of, dictionary, present, where=where)
        return f"SELECT {', '.join(homes)}, {told}, subject_id IS NULL AS nobody, {sums} FROM ({people}) GROUP BY ALL"

    people = roll_up(rows, dictionary, present, where=where, homes=True)
    try:
        engine.run(
            f"CREATE TEMP TABLE settled AS SELECT home, moved, {told}, subject_id IS NULL AS nobody, {sums},"
            " list(subject_id) FILTER (moved) AS movers FROM (SELECT * REPLACE (CASE WHEN home = last_home THEN home END AS home),"
            " coalesce(home <> last_home AND subject_id IS NOT NULL, false) AS moved"
            f" FROM ({people})) GROUP BY home, moved, {told}, nobody"
        )
        engine.run("CREATE TEMP TABLE mover AS SELECT unnest(movers) AS subject_id FROM settled WHERE moved")
        _keep_home_words(engine, dictionary)
        engine.run(
            f"CREATE TEMP TABLE profile AS SELECT {', '.join(f'coalesce({word}, 0) AS {word}' for word in homes)}, {told}, nobody,"
            " people, row_count, bad_count FROM settled LEFT JOIN home_words ON code = home WHERE NOT moved"
            f" UNION ALL {united(moved)}"
        )
    except duckdb.OutOfMemoryException:
        # Where very many people have moved, their list alone may not fit; the union spills.
        for table in ("settled", "mover", "home_words"):
            engine.run(f"DROP TABLE IF EXISTS {table}")
        engine.run(f"CREATE TEMP TABLE profile AS {united(rows)}")


def _keep_home_words(engine: Engine, dictionary: Dictionary) -> None:
    """Fills `home_words`: the words of the set that holds one residence alone, by its number."""
    words, numbers = dictionary.words("residence"), dictionary.codes["residence"].numbers.values()
    engine.run(f"CREATE TEMP TABLE home_words (code USMALLINT, {', '.join(f'{word} UBIGINT' for word in words)})")
    engine.run(
        f"INSERT INTO home_words SELECT unnest($codes), {', '.join(f'unnest(${word}::UBIGINT[])' for word in words)}",
        codes=list(numbers), **{word: [split(1 << number, i) for number in numbers] for i, word in enumerate(words)},
    )  # fmt: skip


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
