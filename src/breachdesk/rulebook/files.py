"""Reads the shipped law: TOML files to domain values, with the file and the key in every error."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import tomli
from pydantic import ValidationError

from breachdesk.domain.calendars import Calendar
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import SAME, around, around_any, country, known
from breachdesk.domain.rules import Authority, Coverage, Instrument, Rulebook
from breachdesk.domain.values import Value

V = TypeVar("V", bound=Value)

_PLACE = re.compile(rb'^place = "([A-Za-z-]+)"', re.MULTILINE)

AUTHORITIES = "eu/authorities.toml"
COVERAGE = "coverage/"
HARM = "harm/"

JOINED = ("notes", "citation")
"""Lists that a table joins to those of what it is like, instead of replacing them."""

NESTED = (dict, list)
"""What may hold a table."""


def shipped() -> Path:
    """The folder of rules inside the installed package."""
    return Path(__file__).with_name("data")


def read_bytes(path: Path | str, shown: str) -> bytes:
    """The bytes of a file. Raises InvalidInput naming it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - hundreds of files: a Path for each costs more than its bytes
            return file.read()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=shown) from None


def parse_toml(raw: bytes, shown: str) -> dict[str, Any]:
    """TOML bytes as a dict. Raises InvalidInput naming the file (and the line, for a syntax error)."""
    try:
        return tomli.loads(raw.decode())
    except UnicodeDecodeError:
        raise InvalidInput("is not UTF-8 text", file=shown) from None
    except tomli.TOMLDecodeError as error:
        raise InvalidInput(f"is not TOML: {error}", file=shown) from None


def key_of(location: Iterable[int | str]) -> str:
    """A pydantic error's place as a person writes it: `duty[2].version[1].limit`."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else ("." if text else "") + part
    return text


def value_from(kind: type[V], body: dict[str, Any], shown: str, of: str = "the rule vocabulary") -> V:
    """The value a TOML body declares. Raises InvalidInput naming file and key for the first thing that does not fit."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = f"is not a key of {of}"
        raise InvalidInput(message, file=shown, key=key_of(first["loc"])) from None


def without_likes(body: dict[str, Any], shown: str) -> dict[str, Any]:
    """A rule file in full: every table that says `like = "NAME"` (or a list of names) starts from `[shared.NAME]` of the same file.

    The table's own keys win; `notes` and `citation` are joined, the shared ones last. Raises InvalidInput for a name that is not
    shared, and for a shared table that nothing is like.
    """
    shared = {name: table for name, table in body.get("shared", {}).items() if isinstance(table, dict)}
    used: dict[str, dict[str, Any]] = {}

    def full(node: Any, key: str, inside: tuple[str, ...] = ()) -> Any:
        if isinstance(node, list):
            return [full(part, f"{key}[{n}]", inside) if isinstance(part, NESTED) else part for n, part in enumerate(node, 1)]
        own = {
            name: full(value, f"{key}.{name}" if key else name, inside) if isinstance(value, NESTED) else value
            for name, value in node.items() if name != "like"
        }  # fmt: skip
        likes = node.get("like", [])
        for name in likes if isinstance(likes, list) else [likes]:
            if name not in shared or name in inside:
                raise InvalidInput(f"there is no [shared.{name}] to be like", file=shown, key=f"{key}.like")
            if name not in used:
                used[name] = full(shared[name], f"shared.{name}", (*inside, name))
            for word, value in used[name].items():
                if word in JOINED and isinstance(value, list) and isinstance(own.get(word, []), list):
                    own[word] = [*own.get(word, []), *value]
                else:
                    own.setdefault(word, value)
        return own

    whole: dict[str, Any] = full({key: value for key, value in body.items() if key != "shared"}, "")
    if idle := sorted(shared.keys() - used.keys()):
        raise InvalidInput("nothing in the file is like this: use it or take it out", file=shown, key=f"shared.{idle[0]}")
    return whole


class LawFiles:
    """The rule files of a folder (the shipped one by default), read at once and parsed when somebody asks for their place.

    `today` refuses a future `read_on`: nobody has read a text tomorrow. Raises InvalidInput naming file and key.
    """

    def __init__(self, folder: Path | None = None, *, today: date) -> None:
        root = folder or shipped()
        self._today = today
        self._raw = dict(sorted(_texts(root)))
        self._parsed: dict[str, Instrument] = {}
        seal = hashlib.sha256()
        for shown, raw in self._raw.items():
            seal.update(f"{shown}\0{len(raw)}\0".encode() + raw)
        self.digest = "sha256:" + seal.hexdigest()

    def book(self, concerning: Collection[str] | None = None) -> Rulebook:
        """The whole rulebook, or of its instruments those of places that contain one of `concerning` or lie in one.

        To hold the law against an incident the smaller book is enough: `assess` lists no rule of another place.
        """
        files = [shown for shown in self._raw if shown != AUTHORITIES and not shown.startswith((COVERAGE, HARM))]
        if concerning is not None:
            outer = around_any(concerning)
            files = [shown for shown in files if self._touches(shown, concerning, outer)]
        instruments = tuple(self._instrument(shown) for shown in files)
        if concerning is None:
            _refuse_dangling(instruments)
        routed = any(duty.routed_by == "gdpr" for instrument in instruments for duty in instrument.duty)
        return Rulebook(
            instruments=instruments, authorities=self._authorities if routed else (), digest=self.digest,
            coverage={place: state for place, (state, _) in self._coverage.items()},
            read={place: note for place, (_, note) in self._coverage.items()},
        )

    def _touches(self, shown: str, concerning: Collection[str], outer: Set[str]) -> bool:
        named = _PLACE.search(self._raw[shown])
        place = SAME.get(code, code) if (code := named[1].decode() if named else "") else ""
        return not place or place in outer or not around(place).isdisjoint(concerning)

    def _instrument(self, shown: str) -> Instrument:
        if shown not in self._parsed:
            body = parse_toml(self._raw[shown], shown)
            instrument = value_from(Instrument, without_likes(body, shown), shown)
            if instrument.id != shown.removesuffix(".toml"):
                raise InvalidInput(f"the id must be the file's path: {shown.removesuffix('.toml')}", file=shown, key="id")
            _refuse_future(instrument, shown, self._today)
            self._parsed[shown] = instrument
        return self._parsed[shown]

    @cached_property
    def _authorities(self) -> tuple[Authority, ...]:
        if AUTHORITIES not in self._raw:
            return ()
        rows = parse_toml(self._raw[AUTHORITIES], AUTHORITIES).get("authority", [])
        return tuple(value_from(Authority, row, f"{AUTHORITIES}: authority {n}") for n, row in enumerate(rows, 1))

    @cached_property
    def _coverage(self) -> dict[str, tuple[Coverage, str]]:
        places: dict[str, tuple[Coverage, str]] = {}
        for shown in filter(lambda shown: shown.startswith(COVERAGE), self._raw):
            for place, row in parse_toml(self._raw[shown], shown).items():
                state, note = row.get("state"), row.get("note", "")
                if state not in ("complete", "partial"):
                    raise InvalidInput(f"{state!r}: say complete or partial", file=shown, key=f"{place}.state")
                if state == "partial" and not note:
                    raise InvalidInput("say what was read and what is left", file=shown, key=f"{place}.note")
                if not known(place) or place in SAME:
                    raise InvalidInput("is not a place the desk knows", file=shown, key=place)
                if place in places:
                    raise InvalidInput("another coverage file speaks of this place too", file=shown, key=place)
                places[place] = (state, note)
        return places


def _texts(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every rule file below a folder: its path there, and its bytes."""
    for folder, _, names in os.walk(root):
        inside = folder[len(str(root)) + 1 :].replace(os.sep, "/")
        for name in names:
            if name.endswith(".toml"):
                shown = f"{inside}/{name}" if inside else name
                yield shown, read_bytes(f"{root}/{shown}", shown)


def load(folder: Path | None = None, *, today: date) -> Rulebook:
    """The whole rulebook of a folder (the shipped one by default). Raises InvalidInput naming file and key."""
    return LawFiles(folder, today=today).book()


def _refuse_future(instrument: Instrument, shown: str, today: date) -> None:
    for duty in instrument.duty:
        for version in duty.version:
            for citation in version.citation:
                if citation.read_on and citation.read_on > today:
                    where = f"{duty.key}.version from {version.in_force_from}.citation.read_on"
                    raise InvalidInput(f"{citation.read_on} is in the future", file=shown, key=where)


def _refuse_dangling(instruments: Iterable[Instrument]) -> None:
    instruments = tuple(instruments)
    ids = {f"{i.id}#{d.key}" for i in instruments for d in i.duty}
    for instrument in instruments:
        for duty in instrument.duty:
            for version in duty.version:
                if version.before and version.before not in ids:
                    raise InvalidInput(
                        f"{version.before} is not a rule of the rulebook", file=f"{instrument.id}.toml", key=f"{duty.key}.before"
                    )


class ShippedCalendars:
    """Closed days by place, read from the shipped tables when first asked for. A place without a table has weekends only."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (folder or shipped()) / "calendars"
        self._tables: dict[str, dict[str, Any] | None] = {}
        self._read: dict[str, Calendar] = {}

    def of(self, place: str) -> Calendar:
        """The calendar of a place: its country's closed days, with its own subdivision's added and taken away."""
        if place not in self._read:
            self._read[place] = self._calendar(place)
        return self._read[place]

    def _calendar(self, place: str) -> Calendar:
        land = "BE" if place == "EU" else country(place)
        if land not in self._tables:
            path = self._folder / f"{land}.json"
            self._tables[land] = json.loads(path.read_text("utf-8")) if path.exists() else None
        table = self._tables[land]
        if table is None:
            return Calendar(place=place, weekend=frozenset({5, 6}), covered=False)
        closed: dict[str, str] = dict(table["closed"])
        own = table.get("subdivisions", {}).get(place, {})
        closed.update(own.get("closed", {}))
        for day in own.get("open", []):
            closed.pop(day, None)
        return Calendar(
            place=place,
            weekend=frozenset(table["weekend"]),
            closed={date.fromisoformat(day): name for day, name in closed.items()},
            estimated=frozenset(date.fromisoformat(day) for day in table.get("estimated", [])),
            years=tuple(table["years"]),
            source=table["source"],
        )
