"""The filter of a count: a small grammar over canonical columns that can compare values and nothing else.

    filter     = term ("or" term)*            term = factor ("and" factor)*
    factor     = "not" factor | "(" filter ")" | comparison
    comparison = column ("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
               | column ["not"] "in" "(" value ("," value)* ")"
               | column ["not"] "like" text             (text columns)
               | column "is" ["not"] ("unknown" | "null")
               | "data" "has" element

A text is written 'so', with '' for a quotation mark inside it. A comparison with an unknown value is false, and `not` and
`!=` are true of it: nobody falls out of a count only because a value is missing, unless the filter asks for the value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import COUNTRIES, SAME, UNKNOWN, known
from breachdesk.domain.vocabulary import CHANNELS, RINGS, check_element
from breachdesk.people.columns import COLUMNS, CONTACTS, DATES
from breachdesk.people.dictionary import WORD, Dictionary
from breachdesk.people.engine import Engine

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)(?![\w.])|(?P<word>[A-Za-z_]\w*)|(?P<mark><=|>=|<>|!=|==|[=<>(),]))"
)
_TEXT = ("subject_id", "division", "system", "storage_region", *CONTACTS)
CODED = {
    "residence": "residence", "stored_in": "storage_region", "language": "language", "channel": "channel", "encrypted": "encrypted", "ring": "ring",
}  # fmt: skip
ORDERED = {"birth_date": "birth_date_day", "birth_year": "birth_year_number", "exposed_from": "exposed_from_at", "exposed_to": "exposed_to_at"}
_COMPARISONS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")
_NOT_EQUAL = ("!=", "<>")
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column compared: `operator` is `=`, `<`, `<=`, `>`, `>=`, `in`, `like`, `has` or `unknown`."""

    column: str
    operator: str
    values: tuple[str | int | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by `and`, `or` or `not` (which has one)."""

    word: str
    parts: tuple[Comparison | Joined, ...]


Condition = Comparison | Joined


def parse_filter(text: str) -> Condition | None:
    """The condition a filter states; None for an empty one. Raises InvalidInput saying where it cannot be read."""
    if not text.strip():
        return None
    parser = _Parser(text)
    condition = parser.either(0)
    parser.end()
    return condition


def columns_of(condition: Condition | None) -> frozenset[str]:
    """The canonical columns that a condition reads."""
    if condition is None:
        return frozenset()
    if isinstance(condition, Comparison):
        return frozenset({CODED.get(condition.column, condition.column)})
    return frozenset().union(*(columns_of(part) for part in condition.parts))


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        self.next = 0
        position, end = 0, len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.wrong("cannot be read here; a text stands in single quotes: system = 'crm'", position)
            kind = match.lastgroup or ""
            self.tokens.append((kind, match[kind], match.start(kind)))
            position = match.end()

    def wrong(self, problem: str, position: int | None = None) -> InvalidInput:
        if position is None:
            position = self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text)
        here = self.text[position : position + 20].strip()
        return InvalidInput(problem, key="where", where=f"character {position + 1}" + (f" ({here})" if here else " (the end)"))

    def peek(self) -> str:
        """The next token as a lower-case word or mark; empty at the end, and for texts and numbers."""
        if self.next >= len(self.tokens):
            return ""
        kind, text, _ = self.tokens[self.next]
        return text.lower() if kind in ("word", "mark") else ""

    def take(self, *expected: str) -> str:
        found = self.peek()
        if found in expected and found:
            self.next += 1
            return found
        return ""

    def end(self) -> None:
        if self.next < len(self.tokens):
            raise self.wrong("expected 'and', 'or' or the end here")

    def either(self, depth: int) -> Condition:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def both(self, depth: int) -> Condition:
        parts = [self.one(depth)]
        while self.take("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def one(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise self.wrong("is nested too deeply; write it flatter")
        if self.take("not"):
            return Joined("not", (self.one(depth + 1),))
        if self.take("("):
            inner = self.either(depth + 1)
            if not self.take(")"):
                raise self.wrong("expected ')' here")
            return inner
        return self.comparison()

    def comparison(self) -> Condition:
        column = self.peek()
        if column not in COLUMNS and column != "stored_in":
            raise self.wrong(f"expected a column here: {', '.join(sorted((*COLUMNS, 'stored_in')))}")
        self.next += 1
        if self.take("is"):
            turned = bool(self.take("not"))
            if not self.take("unknown", "null"):
                raise self.wrong("expected 'unknown' after 'is'")
            return _turned(Comparison(column, "unknown"), turned)
        if column == "data":
            if not self.take("has"):
                raise self.wrong("expected has, e.g. data has 'ssn'")
            return Comparison(column, "has", (self.value(column),))
        turned = bool(self.take("not"))
        if self.take("in"):
            return _turned(Comparison(column, "in", self.values(column)), turned)
        if self.take("like"):
            if column not in _TEXT:
                raise self.wrong(f"{column} cannot be compared by like")
            return _turned(Comparison(column, "like", (self.value(column),)), turned)
        operator = "" if turned else self.take(*_COMPARISONS)
        if not operator:
            raise self.wrong("expected =, !=, <, <=, >, >=, in, like or is here")
        if operator in _NOT_EQUAL:
            return _turned(Comparison(column, "=", (self.value(column),)), turned=True)
        operator = "=" if operator == "==" else operator
        if operator != "=" and column not in ORDERED and column not in _TEXT:
            raise self.wrong(f"{column} has no order; use = or in")
        return Comparison(column, operator, (self.value(column),))

    def values(self, column: str) -> tuple[str | int | bool, ...]:
        if not self.take("("):
            raise self.wrong("expected '(' after in")
        found = [self.value(column)]
        while self.take(","):
            found.append(self.value(column))
        if not self.take(")"):
            raise self.wrong("expected ',' or ')' here")
        return tuple(found)

    def value(self, column: str) -> str | int | bool:
        if self.next >= len(self.tokens):
            raise self.wrong("expected a value here")
        kind, text, position = self.tokens[self.next]
        self.next += 1
        if kind == "text":
            found: str | int | bool = text[1:-1].replace("''", "'")
        elif kind == "number":
            found = int(text)
        elif text.lower() in ("true", "false"):
            found = text.lower() == "true"
        else:
            raise self.wrong("expected a value here: 'text', a number, true or false", position)
        try:
            return _checked(column, found)
        except ValueError as problem:
            raise self.wrong(str(problem), position) from None


def _turned(condition: Condition, turned: bool) -> Condition:
    return Joined("not", (condition,)) if turned else condition


def _checked(column: str, value: str | int | bool) -> str | int | bool:
    """A value in the form its column is kept in. Raises ValueError with what to write."""
    if column == "encrypted":
        word = str(value).lower()
        if word not in ("true", "false"):
            raise ValueError("encrypted is true or false; for neither, write encrypted is unknown")
        return word
    if column == "birth_year":
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("birth_year is compared with a number")
        return value
    if isinstance(value, bool):
        raise ValueError(f"{column} is compared with a text in single quotes")
    text = str(value)
    if column in DATES:
        return _instant_or_day(column, text)
    if column in ("residence", "stored_in"):
        code = text.upper()
        if text.lower() == UNKNOWN:
            return UNKNOWN
        if not known(code) or (column == "stored_in" and code not in COUNTRIES):
            raise ValueError(f"{text!r} is not a place the desk knows: use ISO 3166 codes such as DE or US-CA")
        return SAME.get(code, code) if column == "residence" else code
    for one, words in (("ring", RINGS), ("channel", CHANNELS)):
        if column == one and text not in words:
            raise ValueError(f"{text!r} is not a {one}: use {', '.join(words)}")
    if column == "data":
        return check_element(text)
    return text


def _instant_or_day(column: str, text: str) -> str:
    try:
        if column == "birth_date":
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{column} is compared with a date such as '2026-03-02'") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def as_sql(condition: Condition, dictionary: Dictionary, engine: Engine) -> str:
    """The condition over the rows of `question.read_rows`; every value becomes a parameter of the engine."""
    return _Writer(dictionary, engine).write(condition, turned=False)


class _Writer:
    def __init__(self, dictionary: Dictionary, engine: Engine) -> None:
        self.dictionary, self.engine, self.count = dictionary, engine, 0

    def write(self, condition: Condition, *, turned: bool) -> str:
        """SQL of the condition or, `turned`, of its opposite. Negation is carried down to the comparisons, so that an
        unknown value makes each of them false or true and never NULL under a NOT."""
        if isinstance(condition, Comparison):
            sql = self.compare(condition)
            return f"({sql}) IS NOT TRUE" if turned else f"({sql})"
        if condition.word == "not":
            return self.write(condition.parts[0], turned=not turned)
        word = condition.word if not turned else {"and": "or", "or": "and"}[condition.word]
        return "(" + f" {word.upper()} ".join(self.write(part, turned=turned) for part in condition.parts) + ")"

    def compare(self, comparison: Comparison) -> str:
        column, operator, values = comparison.column, comparison.operator, comparison.values
        if column == "data" or column in CODED:
            own = CODED.get(column, column)
            if operator == "unknown":
                return self.carries(own, [])
            return self.carries(own, [str(value) for value in values])
        sql = ORDERED.get(column) or f"nullif(trim({column}), '')"
        if operator == "unknown":
            return f"{sql} IS NULL"
        kind = {"birth_date": "DATE", "birth_year": "INTEGER"}.get(column, "TIMESTAMPTZ" if column in DATES else "VARCHAR")
        written = [f"{self.keep(value)}::{kind}" for value in values]
        if operator == "in":
            return f"{sql} IN ({', '.join(written)})"
        return f"{sql} {operator.upper()} {written[0]}"

    def keep(self, value: str | int | bool) -> str:
        self.count += 1
        return self.engine.value(f"where_{self.count}", value)

    def carries(self, column: str, codes: Sequence[str]) -> str:
        """Whether a row carries one of the codes; no codes, or `unknown`, asks for rows whose value is not known."""
        numbers = self.dictionary.codes[column].numbers
        words = self.dictionary.words(column)
        masks = [0] * len(words)
        tests = []
        for code in codes or (UNKNOWN,):
            code = next((known for known in numbers if known.lower() == code.lower()), code) if column == "language" else code
            if code in numbers:
                masks[numbers[code] // WORD] |= 1 << numbers[code] % WORD
            elif code == UNKNOWN:
                tests.append(" AND ".join(f"{word} = 0" for word in words))
        tests += [f"({word} & {self.keep(mask)}::UBIGINT) <> 0" for word, mask in zip(words, masks, strict=True) if mask]
        return " OR ".join(f"({test})" for test in tests) or "false"
