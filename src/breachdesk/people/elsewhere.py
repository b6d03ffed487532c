"""The one question on an engine the organisation already has, as one two-stage Ibis expression.

Rows are grouped by person (`bit_or` over the words of each dimension, the youngest birth, the earliest exposure), then people
with the same profile are counted: the expression is the sibling of `question.py`, and no step counts distinct values, which
some engines only estimate. What leaves the engine is the distinct values of the columns of words and of dates kept as text, each once and
without a person beside it, and the profiles with their numbers of people. Rows stay where they are; `people_elsewhere` alone
fetches people, for an approved notice.

Days are integers such as 20260302, so that ages are reckoned alike by every engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.tally import Input
from breachdesk.people.columns import COLUMNS, CONTACTS, DATES, DIMENSIONS, TOLD, WITHIN
from breachdesk.people.dictionary import UNSAID, Codes, Dictionary, entries, fresh_codes, split
from breachdesk.people.engine import Engine
from breachdesk.people.filters import Condition, columns_of
from breachdesk.people.filters_elsewhere import as_expression
from breachdesk.people.inputs import Progress, digest, expand
from breachdesk.people.intake import parsed_date, resolve
from breachdesk.people.mapping import Mapping
from breachdesk.people.question import FALSE, TRUE
from breachdesk.people.readings import Reader
from breachdesk.people.warehouse import Spark, Warehouse

_MOST_VALUES = 1_000_000
_OLDEST = 18_500_101
_BIT_OR = {"bigquery": "BIT_OR", "snowflake": "BITOR_AGG", "trino": "BITWISE_OR_AGG", "athena": "BITWISE_OR_AGG", "clickhouse": "groupBitOr"}
_STEPS = 3


def bit_or(backend: str) -> Any:
    """The aggregate that unites sets of bits, by the engine's own name for it."""
    import ibis

    def unite(bits):  # type: ignore[no-untyped-def]  # Ibis reads the signature, whose annotations must be types and not texts
        ...

    unite.__annotations__ = {"bits": int, "return": int}
    return ibis.udf.agg.builtin(unite, name=_BIT_OR.get(backend, "BIT_OR"))


@dataclass
class Source:
    """Tables and files on the engine as canonical columns: one relation, the columns some of them has, and the inputs."""

    relation: Any
    present: frozenset[str]
    inputs: list[Input] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """The rows to ask about, with their words, days and flags; and the codes that their words stand for."""

    rows: Any
    dictionary: Dictionary
    present: frozenset[str]


def open_source(house: Warehouse, names: Sequence[str], mapping: Mapping, *, tell: Progress) -> Source:
    """The tables or files of these names on the engine. Raises NotFound, and InvalidInput for a column one of them lacks."""
    import ibis

    if mapping.match is not None:
        raise InvalidInput(
            "match rules are kept by the built-in engine alone: unite the ids in a view of the warehouse and count that",
            file=mapping.file, key="match",
        )  # fmt: skip
    if mapping.parts:
        raise InvalidInput("columns are split by the built-in engine alone: split them in a view of the warehouse", file=mapping.file, key="split")
    parts, present, inputs = [], set(mapping.constants), []
    for number, name in enumerate(names):
        tell("reading", number, len(names))
        kind, bad = house.file_kind(name), ""
        if kind and isinstance(house, Spark):
            try:
                table, bad = house.read(name, kind, number, delimiter=mapping.delimiter, encoding=mapping.encoding)
            except Exception as error:  # noqa: BLE001 - Java's own classes
                raise house.problem(error) from None
        else:
            table = house.relation(name)
        own = resolve(name, table.columns, mapping)
        present |= own.keys()
        parts.append(table.select(**_canonical(table, own, mapping, bad)))
        inputs.append(Input(path=name, sha256=_digest_here(name) if kind else "", rows=-1))
    tell("reading", len(names), len(names))
    same = {column: _widest([part[column].type() for part in parts]) for column in (*COLUMNS, "readable")}
    cast = [part.select(**{c: part[c] if part[c].type() == kind else _text(part[c]) for c, kind in same.items()}) for part in parts]
    if len(cast) == 1:
        return Source(cast[0], frozenset(present), inputs)
    return Source(ibis.union(*cast, distinct=False), frozenset(present), inputs)


def _digest_here(name: str) -> str:
    """The SHA-256 of the bytes when the path can be read from here too; of a folder, that of its files' digests in order."""
    import hashlib

    if not Path(name).exists():
        return ""
    found = [digest(file, utf8=False) for file in expand([Path(name)]).files]
    return found[0] if len(found) == 1 else hashlib.sha256("\n".join(found).encode()).hexdigest()


def _widest(kinds: Sequence[Any]) -> Any:
    import ibis

    return kinds[0] if all(kind == kinds[0] for kind in kinds) else ibis.dtype("string")


def _canonical(table: Any, own: dict[str, str], mapping: Mapping, bad: str) -> dict[str, Any]:
    import ibis

    found: dict[str, Any] = {"readable": table[bad].isnull() if bad else ibis.literal(True)}
    for column in COLUMNS:
        if column in mapping.constants:
            value = ibis.literal(mapping.constants[column])
        elif column not in own:
            value = ibis.literal(None, type="string")
        elif column == "subject_id":
            value = _subject(table[own[column]])
        elif column in DATES or column == "birth_year":
            value = _day_or_text(table[own[column]], column)
        else:
            value = _text(table[own[column]], mapping.separator)
        found[column] = value
    if "division" in own or "division" in mapping.constants:
        country, division = found["residence"].fill_null(""), found["division"]
        within = (division.re_replace("^ +| +$", "") != "").fill_null(False)
        found["residence"] = ibis.ifelse(within, country + WITHIN + division, found["residence"])
    return found


def _text(value: Any, separator: str = ";") -> Any:
    kind = value.type()
    if kind.is_string():
        return value
    if kind.is_array():
        return value.cast("array<string>").join(separator)
    if kind.is_boolean():
        return value.ifelse("true", "false")
    return value.cast("string")


def _subject(value: Any) -> Any:
    import ibis

    kind = value.type()
    if kind.is_floating() or kind.is_decimal():
        # Writers that keep missing numbers as floats turn 42 into 42.0, which is still customer 42.
        whole = value.cast("int64")
        value = ibis.ifelse(value == whole, whole.cast("string"), value.cast("string"))
    text = _text(value)
    spaced = text.startswith(" ") | text.endswith(" ") | (text == "")
    return ibis.ifelse(spaced, text.re_replace("^ +| +$", "").nullif(""), text)


def _day_or_text(value: Any, column: str) -> Any:
    kind = value.type()
    if column == "birth_year":
        return value.cast("int64") if kind.is_numeric() else _text(value)
    if kind.is_date() and column != "birth_date":
        return value.cast("timestamp")
    return value if kind.is_date() or kind.is_timestamp() else _text(value)


def prepare_elsewhere(house: Warehouse, duck: Engine, source: Source, mapping: Mapping, condition: Condition | None) -> Asked:
    """Reads the dictionaries and writes the rows with their words; `duck` reads dates kept as text, as it does in files."""
    import ibis

    for column in sorted(columns_of(condition)):
        if column not in source.present:
            raise InvalidInput("no table or file has this column; leave it out, or map it", key=f"where: {column}")
    relation, reader, codes = source.relation, Reader(mapping), fresh_codes()
    kept = {c: relation[c] for c in ("subject_id", "readable", "division", "system", *CONTACTS, "storage_region")}
    flagged, flags, strange = set(), [], []
    made: dict[str, Any] = {}
    joined = relation
    for column in DIMENSIONS:
        own = codes[column]
        if column not in source.present:
            made |= {f"{column}_{i}": ibis.literal(UNSAID.get(column, 0) if i == 0 else 0, type="int64") for i in range(own.words)}
            continue
        found = entries(reader, own, _distinct(house, relation[column], column))
        if any(problem for _, _, problem in found):
            flagged.add(column)
        lookup = _lookup(house, own, found)
        joined = joined.left_join(lookup, joined[column] == lookup[f"{column}_raw"])
        unsaid = UNSAID.get(column, 0)
        made |= {f"{column}_{i}": joined[f"{column}_w{i}"].fill_null(unsaid if i == 0 else 0) for i in range(own.words)}
        flags.append(joined[f"{column}_bad"].fill_null(False))
        strange.append(joined[column].notnull() & joined[f"{column}_raw"].isnull())
    for column in (*DATES, "birth_year"):
        if column not in source.present:
            made[f"{column}_day"] = ibis.literal(None, type="int64")
            continue
        value = relation[column]
        if value.type().is_string():
            lookup = _dates(house, duck, column, _distinct(house, value, column), mapping)
            joined = joined.left_join(lookup, joined[column] == lookup[f"{column}_raw"])
            made[f"{column}_day"], made[f"{column}_us"] = joined[f"{column}_number"], joined[f"{column}_micros"]
            flags.append(joined[f"{column}_bad"].fill_null(False))
            strange.append(joined[column].notnull() & joined[f"{column}_raw"].isnull())
        else:
            day, moment = _number(joined[column], column), _moment(joined[column])
            if column in ("birth_date", "birth_year"):
                today = int(f"{duck.parameters['today']:%Y%m%d}")
                low, high = (_OLDEST, today) if column == "birth_date" else (_OLDEST // 10_000, today // 10_000)
                flags.append((joined[column].notnull() & ~day.between(low, high)).fill_null(False))
                day = ibis.ifelse(day.between(low, high), day, ibis.null("int64"))
            made[f"{column}_day"], made[f"{column}_us"] = day, moment
    made["bad"] = reduce(or_, flags) if flags else ibis.literal(False)
    made["changed"] = reduce(or_, strange) if strange else ibis.literal(False)
    dictionary = Dictionary(codes, frozenset(flagged))
    rows = joined.select(**{name: joined[name] for name in kept}, **made)
    rows = rows.mutate(subject_id=ibis.ifelse(rows.readable, rows.subject_id, ibis.null("string")))
    if condition is not None:
        rows = rows.filter(as_expression(condition, rows, dictionary))
    return Asked(rows, dictionary, source.present)


def _distinct(house: Warehouse, value: Any, column: str) -> list[str]:
    """The distinct texts of a column, none of them with a person. Raises InvalidInput for a column that is no column of words."""
    asked = value.name("raw").as_table().filter(lambda t: t.raw.notnull()).group_by("raw").agg().limit(_MOST_VALUES + 1)
    try:
        found: list[str] = house.arrow(asked).column(0).to_pylist()
    except InvalidInput:
        raise
    except Exception as error:  # noqa: BLE001 - every engine has its own classes
        raise house.problem(error) from None
    if len(found) > _MOST_VALUES:
        raise InvalidInput(
            f"more than {_MOST_VALUES} different texts; is the right column mapped to it? A column of instants can be given its own "
            "type in a view of the warehouse", file=house.url, key=column,
        )  # fmt: skip
    return found


def _lookup(house: Warehouse, codes: Codes, found: Sequence[tuple[str | None, int, str]]) -> Any:
    column = codes.column
    words = {f"{column}_w{i}": "int64" for i in range(codes.words)}
    rows = [(raw, *(split(mask, i) for i in range(codes.words)), bool(problem)) for raw, mask, problem in found if raw is not None]
    return house.put(f"breachdesk_{column}", {f"{column}_raw": "string", **words, f"{column}_bad": "boolean"}, rows)


def _dates(house: Warehouse, duck: Engine, column: str, texts: list[str], mapping: Mapping) -> Any:
    value, bad = parsed_date(column, "raw", "VARCHAR", "raw", mapping, "$today")
    number = "{0}" if column == "birth_year" else "(year({0}) * 10000 + month({0}) * 100 + day({0}))::BIGINT"
    micros = "NULL::BIGINT" if column == "birth_year" else "epoch_us({0})"
    rows = duck.rows(
        f"SELECT raw, {number.format('v')}, {micros.format('v')}, bad FROM (SELECT raw, {value} AS v, {bad} AS bad"
        " FROM (SELECT unnest($texts::VARCHAR[]) AS raw))", texts=texts,
    )  # fmt: skip
    columns = {f"{column}_raw": "string", f"{column}_number": "int64", f"{column}_micros": "int64", f"{column}_bad": "boolean"}
    return house.put(f"breachdesk_{column}", columns, rows)


def _number(value: Any, column: str) -> Any:
    if column == "birth_year":
        return value.cast("int64")
    return (value.year().cast("int64") * 10_000 + value.month().cast("int64") * 100 + value.day().cast("int64")).cast("int64")


def _moment(value: Any) -> Any:
    """Microseconds since 1970 of a day or an instant, to the second."""
    kind = value.type()
    if not (kind.is_date() or kind.is_timestamp()):
        return value.cast("int64")
    return value.cast("timestamp").epoch_seconds().cast("int64") * 1_000_000


def roll_up_elsewhere(asked: Asked, backend: str, today: int, **extra: Any) -> Any:
    """The first stage: one row per person, with words, `encrypted` and `minor` as 0, 1 or 2 for unknown, and its rows."""
    import ibis

    rows, unite = asked.rows, bit_or(backend)
    words = [word for column in DIMENSIONS for word in asked.dictionary.words(column)]
    sums = {
        "row_count": rows.count(), "bad_count": rows.bad.ifelse(1, 0).sum(), "changed": rows.changed.ifelse(1, 0).sum(),
        "born": rows.birth_date_day.max(), "year": rows.birth_year_day.max(), "exposed": rows.exposed_from_day.min(),
    }  # fmt: skip
    person = rows.group_by("subject_id").agg(**{word: unite(rows[word]) for word in words}, **sums, **extra)
    born = ibis.coalesce(person.born, person.year * 10_000 + 1231)
    state = ibis.cases(((person.encrypted_0 & FALSE) != 0, 0), (person.encrypted_0 == TRUE, 1), else_=2)
    minor = ibis.cases((born.isnull(), 2), (born > person.exposed.fill_null(today) - 180_000, 1), else_=0)
    return person.mutate(encrypted=state, minor=minor, nobody=person.subject_id.isnull())


def profiles(asked: Asked, people: Any) -> Any:
    """The second stage: how many people share each profile."""
    words = [word for column in DIMENSIONS if column != "encrypted" for word in asked.dictionary.words(column)]
    return people.group_by(*words, "encrypted", "minor", "nobody").agg(
        people=people.count(), row_count=people.row_count.sum(), bad_count=people.bad_count.sum(), changed=people.changed.sum()
    )


def count_profiles(
    house: Warehouse, duck: Engine, names: Sequence[str], mapping: Mapping, condition: Condition | None, at: datetime, tell: Progress
) -> tuple[Dictionary, list[Input]]:
    """Counts on the engine and leaves the answer in the table `profile` of `duck`; the dictionary, and what was read."""
    duck.value("today", at.date())
    source = open_source(house, names, mapping, tell=tell)
    try:
        tell("counting", 0, _STEPS)
        asked = prepare_elsewhere(house, duck, source, mapping, condition)
        tell("counting", 1, _STEPS)
        people = roll_up_elsewhere(asked, house.backend.name, int(f"{at:%Y%m%d}"))
        found = house.arrow(profiles(asked, people))
        tell("counting", 2, _STEPS)
        inputs = _inputs(house, source, names)
    except InvalidInput:
        raise
    except Exception as error:  # noqa: BLE001 - every engine has its own classes
        raise house.problem(error) from None
    duck.connection.register("elsewhere", found)
    words = ", ".join(f"{w}::UBIGINT AS {w}" for c in DIMENSIONS if c != "encrypted" for w in asked.dictionary.words(c))
    states = ", ".join(f"CASE {c} WHEN 1 THEN true WHEN 0 THEN false END AS {c}" for c in ("encrypted", "minor"))
    duck.run(
        f"CREATE TEMP TABLE profile AS SELECT {words}, {states}, nobody, people::BIGINT AS people, row_count::BIGINT AS row_count,"
        " bad_count::BIGINT AS bad_count FROM elsewhere"
    )
    if duck.rows("SELECT coalesce(sum(changed), 0) FROM elsewhere")[0][0]:
        raise InvalidInput("changed while it was being counted; count again when nothing writes to it", file=", ".join(names))
    duck.connection.unregister("elsewhere")
    return asked.dictionary, inputs


def _inputs(house: Warehouse, source: Source, names: Sequence[str]) -> list[Input]:
    """The inputs with their numbers of rows, those a filter left out included."""
    counted = []
    for number, (name, each) in enumerate(zip(names, source.inputs, strict=True)):
        kind = house.file_kind(name)
        table = house.backend.table(f"breachdesk_file_{number}") if kind else house.relation(name)
        counted.append(each.model_copy(update={"rows": int(house.arrow(table.aggregate(n=table.count())).column(0)[0].as_py())}))
    return counted


def people_elsewhere(
    house: Warehouse, duck: Engine, names: Sequence[str], mapping: Mapping, condition: Condition | None, at: datetime,
) -> tuple[Dictionary, Iterator[tuple[Any, ...]]]:  # fmt: skip
    """The people themselves, in no order: subject_id, encrypted, minor, contacts, words of residence, data, language and channel."""
    duck.value("today", at.date())
    source = open_source(house, names, mapping, tell=lambda *_: None)
    asked = prepare_elsewhere(house, duck, source, mapping, condition)
    contacts = {c: house.ordered(asked.rows[c].re_replace("^ +| +$", "").nullif("")).max() for c in CONTACTS}
    people = roll_up_elsewhere(asked, house.backend.name, int(f"{at:%Y%m%d}"), **contacts)
    words = [word for column in TOLD for word in asked.dictionary.words(column)]
    chosen = people.filter(~people.nobody).select("subject_id", "encrypted", "minor", *CONTACTS, *words)
    return asked.dictionary, house.stream(chosen)
