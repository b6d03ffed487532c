"""A mapping file: how an organisation's own columns and words become the canonical ones.

The file is TOML. Every key is checked, so that a misspelt one stops the count instead of silently changing it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN, known
from breachdesk.domain.vocabulary import CHANNELS, RINGS, check_element
from breachdesk.people.columns import COLUMNS, DATES
from breachdesk.people.regions import country_of_region
from breachdesk.people.texts import read_text

ENCODINGS: dict[str, str] = {"utf-8": "utf-8", "utf8": "utf-8", "latin-1": "latin-1", "latin1": "latin-1", "iso-8859-1": "latin-1"}
_SECTIONS = ("columns", "constants", "split", "data", "values", "elements", "dates", "csv", "match", "localization", "complete")
_VALUE_COLUMNS = ("residence", "storage_region", "encrypted", "language", "channel", "ring")


@dataclass(frozen=True)
class Match:
    """By which rules rows with different ids are one person.

    `per_system`: an id means something within its system only; `crosswalk`: a CSV table of ids and the person they stand for;
    `email`: equal normalised addresses in different systems are one person, `plus` without what follows a plus sign;
    `decisions`: a CSV table of pairs that a person decided.
    """

    per_system: bool = False
    crosswalk: Path | None = None
    email: bool = False
    plus: bool = False
    decisions: Path | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an own column: the text its parts stand between, and which of them it is (from 1)."""

    column: str
    at: str
    number: int


@dataclass(frozen=True)
class Mapping:
    """How to read one organisation's record files. Without a file, every column has its canonical name.

    `columns` maps canonical to own column names; `constants` canonical columns to one value for every row; `parts` canonical
    columns to a part of an own one that holds several things; `values` a
    column's own words (case folded) to canonical text; `elements` own words (case folded) to data elements; `dates` a
    column to strptime formats; `delimiter` and `encoding` describe CSV files.
    """

    file: str = ""
    columns: Table[str, str] = field(default_factory=dict)
    constants: Table[str, str] = field(default_factory=dict)
    parts: Table[str, Part] = field(default_factory=dict)
    separator: str = ";"
    values: Table[str, Table[str, str]] = field(default_factory=dict)
    elements: Table[str, tuple[str, ...]] = field(default_factory=dict)
    dates: Table[str, tuple[str, ...]] = field(default_factory=dict)
    delimiter: str = ""
    encoding: str = "utf-8"
    match: Match | None = None
    policy: Path | None = None
    rejected_at_most: float = 0.01

    def source(self, column: str) -> str:
        """The organisation's name of a canonical column."""
        return self.parts[column].column if column in self.parts else self.columns.get(column, column)

    def named(self, column: str) -> bool:
        """Whether the mapping says which column of the organisation's own a canonical one is."""
        return column in self.columns or column in self.parts


def read_mapping(path: Path | None) -> Mapping:
    """The mapping of a TOML file, or the canonical one for None. Raises NotFound, or InvalidInput naming file and key."""
    if path is None:
        return Mapping()
    try:
        body = tomllib.loads(read_text(path, "mapping file"))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput(f"is not TOML: {problem}", file=str(path)) from None
    return _Reader(str(path), body).mapping()


class _Reader:
    """Checks one mapping file key by key."""

    def __init__(self, file: str, body: dict[str, Any]) -> None:
        self.file, self.body = file, body

    def mapping(self) -> Mapping:
        for key in self.body:
            if key not in _SECTIONS:
                raise self.wrong(key, f"is not a key of a mapping; use one of {', '.join(_SECTIONS)}")
        columns, constants, parts = self.texts("columns"), self.constants(), self.parts()
        for key in constants:
            if key in columns:
                raise self.wrong(f"constants.{key}", "is also under [columns]; keep one of the two lines")
        for key, part in parts.items():
            if key in columns or key in constants:
                raise self.wrong(f"split.{part.column}.into", f"{key} is also under [columns] or [constants]; keep one of the two")
        data, csv = self.table("data", ("separator",)), self.table("csv", ("delimiter", "encoding"))
        separator = self.one_character("data.separator", data.get("separator", ";"))
        delimiter = csv.get("delimiter", "")
        if delimiter != "":
            delimiter = self.one_character("csv.delimiter", delimiter)
        encoding = ENCODINGS.get(str(csv.get("encoding", "utf-8")).lower())
        if encoding is None:
            raise self.wrong("csv.encoding", "must be utf-8 or latin-1; convert other files to UTF-8 first")
        return Mapping(
            file=self.file, columns=columns, constants=constants, parts=parts, separator=separator, values=self.values(),
            elements=self.elements(), dates=self.dates(), delimiter=delimiter, encoding=encoding, match=self.match(), policy=self.policy(),
            rejected_at_most=self.rejected_at_most(),
        )  # fmt: skip

    def wrong(self, key: str, problem: str) -> InvalidInput:
        return InvalidInput(problem, file=self.file, key=key)

    def table(self, name: str, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
        table = self.body.get(name, {})
        if not isinstance(table, dict):
            raise self.wrong(name, f"must be a table: write [{name}] on its own line")
        for key in table:
            if keys is not None and key not in keys:
                raise self.wrong(f"{name}.{key}", f"is not known here; use one of {', '.join(keys)}")
        return table

    def texts(self, name: str) -> dict[str, str]:
        table = self.table(name, COLUMNS)
        for key, value in table.items():
            if not isinstance(value, str) or not value:
                raise self.wrong(f"{name}.{key}", "must be the name of a column of yours, in quotes")
        return table

    def constants(self) -> dict[str, str]:
        found = {}
        for key, value in self.table("constants", COLUMNS).items():
            if key == "subject_id":
                raise self.wrong("constants.subject_id", "cannot be a constant: every row would be the same person")
            found[key] = self.plain(f"constants.{key}", value)
        return found

    def parts(self) -> dict[str, Part]:
        found: dict[str, Part] = {}
        for own, table in self.table("split").items():
            key = f"split.{own}"
            if not isinstance(table, dict) or set(table) != {"at", "into"}:
                raise self.wrong(key, 'must say where and into what: { at = ",", into = ["residence", "postal_address"] }')
            at, into = table["at"], table["into"]
            if not isinstance(at, str) or not at:
                raise self.wrong(f"{key}.at", "must be the text between two parts, in quotes")
            if not isinstance(into, list) or not any(into):
                raise self.wrong(f"{key}.into", 'must be a list of columns, "" for a part to leave out')
            for number, column in enumerate(into, 1):
                if column == "":
                    continue
                if column not in COLUMNS:
                    raise self.wrong(f"{key}.into", f"{column!r} is no column of a record file; use {', '.join(COLUMNS)}")
                if column in found:
                    raise self.wrong(f"{key}.into", f"{column} is made twice; keep one")
                found[column] = Part(own, at, number)
        return found

    def plain(self, key: str, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (dict, list)):
            raise self.wrong(key, "must be one value: a text in quotes, a number, true or false")
        return str(value)

    def one_character(self, key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) != 1 or value in "\"\n\r":
            raise self.wrong(key, 'must be one character, e.g. "|"')
        return value

    def values(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for column, words in self.table("values", _VALUE_COLUMNS).items():
            if not isinstance(words, dict):
                raise self.wrong(f"values.{column}", f"must be a table: write [values.{column}] on its own line")
            found[column] = {}
            for word, meaning in words.items():
                key = f"values.{column}.{word}"
                text = self.plain(key, meaning)
                if problem := _problem(column, text):
                    raise self.wrong(key, problem)
                found[column][word.strip().casefold()] = text
        return found

    def elements(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for word, meaning in self.table("elements").items():
            key = f"elements.{word}"
            names = meaning if isinstance(meaning, list) else [meaning]
            if not all(isinstance(name, str) for name in names):
                raise self.wrong(key, "must be a data element in quotes, or a list of them")
            try:
                found[word.strip().casefold()] = tuple(check_element(name) for name in names)
            except ValueError as problem:
                raise self.wrong(key, str(problem)) from None
        return found

    def rejected_at_most(self) -> float:
        share = self.table("complete", ("rejected_at_most",)).get("rejected_at_most", 0.01)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise self.wrong("complete.rejected_at_most", "must be a share of the rows between 0 and 1, e.g. 0.01")
        return float(share)

    def policy(self) -> Path | None:
        name = self.table("localization", ("policy",)).get("policy")
        if name is None:
            return None
        if not isinstance(name, str) or not name:
            raise self.wrong("localization.policy", "must be the name of a TOML file, in quotes")
        return Path(self.file).parent / name

    def match(self) -> Match | None:
        table = self.table("match", ("ids", "crosswalk", "email", "plus_tags", "decisions"))
        if not table:
            return None
        if (ids := table.get("ids", "shared")) not in ("shared", "per-system"):
            raise self.wrong("match.ids", 'must be "shared" (one id, one person everywhere) or "per-system"')
        for key in ("email", "plus_tags"):
            if not isinstance(table.get(key, False), bool):
                raise self.wrong(f"match.{key}", "must be true or false")
        paths = {}
        for key in ("crosswalk", "decisions"):
            if not isinstance(table.get(key, ""), str):
                raise self.wrong(f"match.{key}", "must be the name of a CSV file, in quotes")
            paths[key] = Path(self.file).parent / table[key] if table.get(key) else None
        return Match(
            per_system=ids == "per-system", crosswalk=paths["crosswalk"], email=table.get("email", False),
            plus=table.get("plus_tags", False), decisions=paths["decisions"],
        )  # fmt: skip

    def dates(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for column, formats in self.table("dates", DATES).items():
            listed = formats if isinstance(formats, list) else [formats]
            if not listed or not all(isinstance(each, str) and "%" in each for each in listed):
                raise self.wrong(f"dates.{column}", 'must be a format such as "%d.%m.%Y", or a list of them')
            found[column] = tuple(listed)
        return found


def _problem(column: str, text: str) -> str:
    """What is wrong with a canonical value on the right-hand side of a value map; empty when nothing is."""
    if text == "" or (text == UNKNOWN and column in ("residence", "storage_region")):
        return ""
    if column == "residence" and not known(text.upper()):
        return f"{text!r} is not a place: use ISO 3166 codes such as DE or US-CA, or \"unknown\""
    if column == "storage_region" and country_of_region(text) is None:
        return f"{text!r} is neither a place code nor a cloud region"
    if column == "encrypted" and text not in ("true", "false"):
        return 'must be true, false or "" for unknown'
    for one, words in (("ring", RINGS), ("channel", CHANNELS)):
        if column == one and text not in words:
            return f"{text!r} is not a {one}: use {', '.join(words)}"
    return ""
