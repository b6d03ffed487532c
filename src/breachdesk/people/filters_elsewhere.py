"""A filter's condition as an Ibis expression over the rows of `elsewhere`: the sibling of `filters.as_sql`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from breachdesk.domain.places import UNKNOWN
from breachdesk.people.dictionary import WORD, Dictionary
from breachdesk.people.filters import CODED, ORDERED, Comparison, Condition


def as_expression(condition: Condition, rows: Any, dictionary: Dictionary) -> Any:
    """A boolean over `rows`, never NULL: a comparison with an unknown value does not hold, and its opposite does."""
    return _write(condition, rows, dictionary, turned=False)


def _write(condition: Condition, rows: Any, dictionary: Dictionary, *, turned: bool) -> Any:
    if isinstance(condition, Comparison):
        holds = _compare(condition, rows, dictionary).fill_null(False)
        return ~holds if turned else holds
    if condition.word == "not":
        return _write(condition.parts[0], rows, dictionary, turned=not turned)
    join = and_ if (condition.word == "and") != turned else or_
    return reduce(join, (_write(part, rows, dictionary, turned=turned) for part in condition.parts))


def _compare(comparison: Comparison, rows: Any, dictionary: Dictionary) -> Any:
    column, operator, values = comparison.column, comparison.operator, comparison.values
    if column == "data" or column in CODED:
        codes = [] if operator == "unknown" else [str(value) for value in values]
        return _carries(CODED.get(column, column), codes, rows, dictionary)
    if column in ORDERED:
        days = column in ("birth_date", "birth_year")
        found = rows[f"{column}_day" if days else f"{column}_us"]
        wanted: list[Any] = [_number(column, value) for value in values]
    else:
        found = rows[column].re_replace("^ +| +$", "").nullif("")
        wanted = [str(value) for value in values]
    if operator == "unknown":
        return found.isnull()
    if operator == "in":
        return found.isin(wanted)
    if operator == "like":
        return found.like(wanted[0])
    return {
        "=": found == wanted[0], "==": found == wanted[0], "<": found < wanted[0], "<=": found <= wanted[0],
        ">": found > wanted[0], ">=": found >= wanted[0],
    }[operator]  # fmt: skip


def _number(column: str, value: str | int | bool) -> int:
    if column == "birth_year":
        return int(value)
    if column == "birth_date":
        return int(f"{date.fromisoformat(str(value)):%Y%m%d}")
    since = datetime.fromisoformat(str(value)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _carries(column: str, codes: Sequence[str], rows: Any, dictionary: Dictionary) -> Any:
    """Whether a row carries one of the codes; no codes, or `unknown`, asks for rows whose value is not known."""
    import ibis

    numbers, words = dictionary.codes[column].numbers, dictionary.words(column)
    masks, tests = [0] * len(words), []
    for code in codes or (UNKNOWN,):
        code = next((known for known in numbers if known.lower() == code.lower()), code) if column == "language" else code
        if code in numbers:
            masks[numbers[code] // WORD] |= 1 << numbers[code] % WORD
        elif code == UNKNOWN:
            tests.append(reduce(and_, (rows[word] == 0 for word in words)))
    tests += [(rows[word] & mask) != 0 for word, mask in zip(words, masks, strict=True) if mask]
    return reduce(or_, tests) if tests else ibis.literal(False)
