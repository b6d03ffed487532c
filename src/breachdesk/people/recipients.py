"""The people themselves, one by one, for the steps that write to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.people import Person
from breachdesk.domain.places import SAME, UNKNOWN
from breachdesk.domain.values import utc
from breachdesk.people.columns import CONTACTS, TOLD
from breachdesk.people.counting import prepare, wanted_columns
from breachdesk.people.dictionary import WORD, Dictionary, Sets
from breachdesk.people.engine import Engine, engine
from breachdesk.people.filters import Condition, columns_of, parse_filter
from breachdesk.people.inputs import RecordFile, expand, must_be_unchanged
from breachdesk.people.intake import take_in, unreadable_file
from breachdesk.people.mapping import Mapping, read_mapping
from breachdesk.people.question import roll_up

_BATCH = 2_000
_TEXT = "VARCHAR"


def recipients(
    files: Sequence[Path | str],
    *,
    at: datetime,
    mapping: Path | None = None,
    where: str = "",
    residences: frozenset[str] | None = None,
    memory_limit: str = "1GB",
    engine_url: str = "",
    checked: Path | None = None,
) -> Iterator[Person]:
    """Streams the distinct people of record files in the order of `subject_id` (by code point), in memory bounded by
    `memory_limit` (the rest goes to a temporary folder).

    The people are those that `count` counts with the same arguments. `residences` keeps people any of whose residences is in
    the set; `unknown` in it keeps those with none known. Where a person's rows disagree on a name, an address or another
    contact column, the greatest non-empty text by code point is taken, column by column; of several languages the first
    of the alphabet, of several channels the first of the vocabulary.

    The files are opened, and everything wrong with them raised, by this call; a file that changes or breaks while the
    people are read raises InvalidInput at the end of the stream. Raises what `count` raises. With `engine_url` the people are
    fetched from that engine into the private temporary folder, and put in order there.
    """
    import duckdb

    try:
        moment = utc(at)
    except ValueError as problem:
        raise InvalidInput(str(problem), key="at") from None
    condition, own = parse_filter(where), read_mapping(mapping)
    if engine_url not in ("", "duckdb"):
        return _elsewhere(engine_url, checked, [str(file) for file in files], own, condition, moment, residences, memory_limit)
    found = expand([Path(path) for path in files]).files
    with ExitStack() as stack:
        duck = stack.enter_context(engine(found, memory_limit=memory_limit))
        try:
            wanted = wanted_columns(own, *CONTACTS, *sorted(columns_of(condition)))
            intake = take_in(duck, found, own, wanted, at=moment, keep_order=False, step=lambda _: None)
            prepared = prepare(duck, intake, own, condition)
            contacts = "".join(f", max(nullif(trim({column}), '')) AS {column}" for column in CONTACTS)
            people = roll_up(prepared.rows, prepared.dictionary, intake.present, where=prepared.where, extra=contacts)
            words = {column: prepared.dictionary.words(column) for column in TOLD}
            listed = ", ".join(word for column in words.values() for word in column)
            cursor = duck.run(
                f"SELECT subject_id, encrypted, minor, {', '.join(CONTACTS)}, {listed} FROM ({people})"
                f" WHERE subject_id IS NOT NULL AND {_lives_in(prepared.dictionary, residences)} ORDER BY subject_id"
            )
        except duckdb.Error as problem:
            raise unreadable_file(duck, found, problem) from None
        return _stream(stack.pop_all(), duck, cursor, prepared.dictionary, found)


def _elsewhere(
    url: str, checked: Path | None, names: Sequence[str], mapping: Mapping, condition: Condition | None, at: datetime,
    residences: frozenset[str] | None, memory_limit: str,
) -> Iterator[Person]:  # fmt: skip
    from breachdesk.people.conformance import must_conform
    from breachdesk.people.elsewhere import people_elsewhere
    from breachdesk.people.warehouse import open_warehouse

    with ExitStack() as stack:
        duck = stack.enter_context(engine([], memory_limit=memory_limit))
        with open_warehouse(url) as house:
            must_conform(house, checked)
            dictionary, rows = people_elsewhere(house, duck, names, mapping, condition, at)
            words = [word for column in TOLD for word in dictionary.words(column)]
            columns = ["subject_id", "encrypted", "minor", *CONTACTS, *words]
            kinds = {"encrypted": "BIGINT", "minor": "BIGINT", **dict.fromkeys(words, "UBIGINT")}
            duck.run(f"CREATE TEMP TABLE person ({', '.join(f'{c} {kinds.get(c, _TEXT)}' for c in columns)})")
            first = 3 + len(CONTACTS)
            try:
                while batch := list(islice(rows, _BATCH)):
                    shaped = [(*row[:3], *map(house.unordered, row[3:first]), *row[first:]) for row in batch]
                    values = {f"v{i}": list(column) for i, column in enumerate(zip(*shaped, strict=True))}
                    listed = ", ".join(f"unnest($v{i}::{kinds.get(c, 'VARCHAR')}[])" for i, c in enumerate(columns))
                    duck.run(f"INSERT INTO person SELECT {listed}", **values)
            except InvalidInput:
                raise
            except Exception as error:  # noqa: BLE001 - every engine has its own classes
                raise house.problem(error) from None
        states = ", ".join(f"CASE {c} WHEN 1 THEN true WHEN 0 THEN false END AS {c}" for c in ("encrypted", "minor"))
        cursor = duck.run(
            f"SELECT subject_id, {states}, {', '.join((*CONTACTS, *words))} FROM person"
            f" WHERE {_lives_in(dictionary, residences)} ORDER BY subject_id"
        )
        return _stream(stack.pop_all(), duck, cursor, dictionary, ())


def _lives_in(dictionary: Dictionary, residences: frozenset[str] | None) -> str:
    if residences is None:
        return "true"
    words = dictionary.words("residence")
    masks = [0] * len(words)
    for place in residences:
        number = dictionary.codes["residence"].numbers.get(SAME.get(place, place))
        if number is not None:
            masks[number // WORD] |= 1 << number % WORD
    tests = [f"({word} & {mask}::UBIGINT) <> 0" for word, mask in zip(words, masks, strict=True) if mask]
    if UNKNOWN in residences:
        tests.append("(" + " AND ".join(f"{word} = 0" for word in words) + ")")
    return "(" + (" OR ".join(tests) or "false") + ")"


def _stream(
    stack: ExitStack, duck: Engine, cursor: Any, dictionary: Dictionary, files: Sequence[RecordFile]
) -> Iterator[Person]:
    import duckdb

    sets = [Sets(dictionary.codes[column]) for column in TOLD]
    ends = list(accumulate(len(dictionary.words(column)) for column in TOLD))
    parts = [slice(start, end) for start, end in zip((0, *ends), ends, strict=False)]
    with stack:
        while True:
            try:
                batch = cursor.fetchmany(_BATCH)
            except duckdb.Error as problem:
                raise unreadable_file(duck, files, problem) from None
            if not batch:
                break
            for subject_id, encrypted, minor, name, email, postal, guardian, guardian_email, quiet, *words in batch:
                places, elements, languages, channels = (each.of(tuple(words[part])) for each, part in zip(sets, parts, strict=True))
                yield Person(
                    subject_id=subject_id, residences=places, name=name or "", email=email or "", postal_address=postal or "",
                    guardian=guardian or "", guardian_email=guardian_email or "", language=languages[0] if languages else "",
                    channel=channels[0] if channels else "", quiet_hours=quiet or "", minor=minor, data=elements or None,
                    encrypted=encrypted,
                )  # fmt: skip
    for file in files:
        must_be_unchanged(file, None)
