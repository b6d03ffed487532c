"""The distinct values of the dimension columns, each read once and kept as bits.

A column's codes are numbered in the order in which they turn up and spread over words of 63 bits, which fit the signed integers
of every engine, so that a set of them is a few integers and its union is `bit_or`.

Table `dim_<column>` has `raw`, the number of its greatest `code`, words `w0…`, `bad` and `reason`, with a row for each value that
occurs and one for NULL: every row of the files meets exactly one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN
from breachdesk.domain.vocabulary import CHANNELS, ELEMENTS, RINGS
from breachdesk.people.columns import DIMENSIONS
from breachdesk.people.engine import Engine
from breachdesk.people.readings import Reader

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Entry = tuple[str | None, int, str]
"""A value, the bits of its codes, and what is wrong with it."""

WORD = 63
_CHUNK = 20_000
_MOST_CODES = 4096
_FIRST: dict[str, tuple[str, ...]] = {
    "storage_region": (UNKNOWN,), "data": ELEMENTS, "encrypted": ("true", "false", UNKNOWN), "channel": CHANNELS,
    "ring": RINGS,
}  # fmt: skip
"""Codes with a fixed number."""
UNSAID = {"storage_region": 1, "encrypted": 4}
"""The words of a value that says nothing, where that is a figure of its own: the bit of `unknown`."""


@dataclass
class Codes:
    """The codes of one column; the position of a code is its bit."""

    column: str
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def words(self) -> int:
        return max(1, -(-len(self.numbers) // WORD))

    def number(self, code: str) -> int:
        found = self.numbers.setdefault(code, len(self.numbers))
        if found >= _MOST_CODES:
            raise InvalidInput(
                f"more than {_MOST_CODES} different values; is the right column mapped to {self.column}?", key=self.column
            )
        return found

    def decode(self, words: Iterable[int]) -> list[str]:
        """The codes whose bits are set, in the order of their numbers."""
        names = list(self.numbers)
        found = []
        for i, word in enumerate(words):
            while word:
                low = word & -word
                found.append(names[WORD * i + low.bit_length() - 1])
                word ^= low
        return found


@dataclass(frozen=True)
class Dictionary:
    """The codes of each dimension column, the columns some value of which could not be read, and the bits of those columns that
    say the same in every row: a constant of the mapping, or nothing at all.

    The values themselves lie in the engine's `dim_` tables; a fixed column has none.
    """

    codes: dict[str, Codes]
    flagged: frozenset[str]
    fixed: dict[str, int] = field(default_factory=dict)

    def words(self, column: str) -> list[str]:
        """The names of a column's words in the person table: `residence_0`, `residence_1` …"""
        return [f"{column}_{i}" for i in range(self.codes[column].words)]

    def literals(self, column: str) -> list[str]:
        """The words of a fixed column as SQL."""
        return [f"{split(self.fixed[column], i)}::UBIGINT AS {word}" for i, word in enumerate(self.words(column))]


def read_dictionary(engine: Engine, relation: str, reader: Reader, present: frozenset[str]) -> Dictionary:
    """Reads every distinct value of the dimension columns and fills their tables."""
    codes, flagged, fixed = fresh_codes(), set(), {}
    constants = {c: text for c, text in reader.mapping.constants.items() if c != "residence" or "division" not in present}
    for column in DIMENSIONS:
        if column not in present:
            fixed[column] = UNSAID.get(column, 0)
        elif column in constants and not reader.read(column, constants[column]).problem:
            ((_, unsaid, _), (_, bits, _)) = entries(reader, codes[column], [constants[column]])
            fixed[column] = bits or unsaid
        elif _fill(engine, relation, reader, codes[column]):
            flagged.add(column)
    return Dictionary(codes, frozenset(flagged), fixed)


def _fill(engine: Engine, relation: str, reader: Reader, codes: Codes) -> bool:
    """Reads one column's values into its table; whether any of them could not be read."""
    cursor = engine.run(f"SELECT DISTINCT {codes.column} FROM ({relation}) WHERE {codes.column} IS NOT NULL")
    rows = entries(reader, codes, _column(cursor))
    _store(engine, codes, rows)
    return any(problem for _, _, problem in rows)


def _column(cursor: DuckDBPyConnection) -> Iterator[str]:
    while batch := cursor.fetchmany(_CHUNK):
        for (raw,) in batch:
            yield raw


def fresh_codes() -> dict[str, Codes]:
    """Codes for every dimension column, with those numbers in them that never change."""
    return {column: Codes(column, {code: i for i, code in enumerate(_FIRST.get(column, ()))}) for column in DIMENSIONS}


def entries(reader: Reader, codes: Codes, values: Iterable[str]) -> list[Entry]:
    """The dictionary of one column: an entry for NULL, and one for each of the values; new codes are added to `codes`."""
    unsaid = UNSAID.get(codes.column, 0)
    rows: list[Entry] = [(None, unsaid, "")]
    for raw in values:
        reading = reader.read(codes.column, raw)
        mask = 0
        for code in reading.codes:
            mask |= 1 << codes.number(code)
        rows.append((raw, mask or unsaid, reading.problem))
    return rows


def split(mask: int, word: int) -> int:
    """The part of a set of bits that lies in the given word."""
    return mask >> (WORD * word) & (1 << WORD) - 1


def _store(engine: Engine, codes: Codes, rows: list[Entry]) -> None:
    column, words = codes.column, range(codes.words)
    listed = ", ".join(f"w{i} UBIGINT" for i in words)
    engine.run(f"CREATE TEMP TABLE dim_{column} (raw VARCHAR, code USMALLINT, {listed}, bad BOOLEAN, reason VARCHAR)")
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        masks = {f"w{i}": [split(mask, i) for _, mask, _ in part] for i in words}
        unnested = ", ".join(f"unnest($w{i}::UBIGINT[])" for i in words)
        engine.run(
            f"INSERT INTO dim_{column} SELECT unnest($raws::VARCHAR[]), unnest($codes::USMALLINT[]), {unnested},"
            " unnest($bads::BOOLEAN[]), unnest($reasons)",
            raws=[raw for raw, _, _ in part], codes=[mask.bit_length() - 1 if mask else None for _, mask, _ in part],
            bads=[bool(p) for _, _, p in part], reasons=[p for _, _, p in part], **masks,
        )  # fmt: skip


class Sets:
    """Decodes words to sorted codes, remembering each set it has met."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self.met: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def of(self, key: tuple[Any, ...]) -> tuple[str, ...]:
        found = self.met.get(key)
        if found is None:
            found = self.met[key] = tuple(sorted(self.codes.decode(key), key=in_order))
        return found


_ORDER = {code: i for i, code in enumerate(dict.fromkeys((*ELEMENTS, *CHANNELS, *RINGS)))}


def in_order(code: str) -> tuple[int, str]:
    """Sorts codes in the contract's order, then the alphabet's."""
    return _ORDER.get(code, len(_ORDER)), code
