"""What one value of a column means: a code, or unknown with the reason a person can act on.

Each distinct value of a column is read here once, whatever the number of rows that carry it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from breachdesk.domain.places import SAME, UNKNOWN, known
from breachdesk.domain.places_table import ROWS
from breachdesk.domain.vocabulary import CHANNELS, RINGS, check_element
from breachdesk.people.columns import WITHIN
from breachdesk.people.mapping import Mapping
from breachdesk.people.names import places_named
from breachdesk.people.regions import country_of_region

_DIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


_CHANNEL_NAMES = {
    "e-mail": "email", "letter": "post", "paper": "post", "postal": "post", "telephone": "phone", "call": "phone", "text": "sms",
    "push": "app",
}  # fmt: skip
_DIVIDED = frozenset(row[0][:2] for row in ROWS if "-" in row[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """The codes a value stands for (none: unknown), and what is wrong with it (empty: nothing)."""

    codes: tuple[str, ...] = ()
    problem: str = ""


NOTHING = Reading()


class Reader:
    """Reads values of the dimension columns under one mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    def read(self, column: str, raw: str | None) -> Reading:
        """The meaning of one value of `residence`, `storage_region`, `data`, `encrypted`, `language`, `channel` or `ring`."""
        text = (raw or "").strip()
        if not text:
            return NOTHING
        if column == "data":
            return self._data(text)
        if column == "residence" and WITHIN in text:
            country, division = (part.strip() for part in text.split(WITHIN))
            if division:
                return self._within(self.read(column, country), country, division)
            text = country
        text = self.mapping.values.get(column, {}).get(text.casefold(), text)
        if not text:
            return NOTHING
        reading: Reading = getattr(self, f"_{column}")(text)
        return reading

    def _residence(self, text: str) -> Reading:
        code = text.upper()
        if text.lower() == UNKNOWN:
            return NOTHING
        if known(code):
            return Reading((SAME.get(code, code),))
        division = _DIVISION.fullmatch(code)
        if division and known(division[1]) and division[1] not in _DIVIDED:
            # A division of a country whose divisions the desk does not tell apart still says the country.
            return Reading((division[1],))
        named = sorted(places_named(text))
        if len(named) == 1:
            return Reading((named[0],))
        if named:
            return Reading(problem=f"is a name of {' and of '.join(named)}: say which under [values.residence]; read as unknown")
        return Reading(problem="is not a place the desk knows: use an ISO 3166 code such as DE or US-CA; read as unknown")

    def _within(self, country: Reading, named: str, division: str) -> Reading:
        """The residence of a country and a state or province in columns of their own."""
        if country.problem or len(country.codes) != 1 or "-" in country.codes[0]:
            # Without its country a code such as CA says nothing, but a name or a whole code may.
            alone = self.read("residence", division) if "-" in division or len(division) > 2 else NOTHING
            return country if country.problem or country.codes or not alone.codes else alone
        (code,) = country.codes
        if code not in _DIVIDED:
            return country
        upper = division.upper()
        wanted = upper if upper.startswith(f"{code}-") else f"{code}-{upper}"
        found = {wanted} if known(wanted) else {place for place in places_named(division) if place.startswith(f"{code}-")}
        if len(found) == 1:
            place = found.pop()
            return Reading((SAME.get(place, place),))
        return Reading((code,), f"{division!r} is no division of {named} the desk knows; read as {code}")

    def _storage_region(self, text: str) -> Reading:
        if text.lower() == UNKNOWN:
            return NOTHING
        country = country_of_region(text)
        if country is None:
            named = {place[:2] for place in places_named(text)}
            if len(named) == 1:
                return Reading((named.pop(),))
            return Reading(problem="is neither a place code nor a cloud region the desk knows; read as unknown")
        return Reading((country,))

    def _encrypted(self, text: str) -> Reading:
        word = text.lower()
        if word in ("true", "false"):
            return Reading((word,))
        return Reading(problem="must be true, false or empty; read as unknown")

    def _language(self, text: str) -> Reading:
        if not _LANGUAGE.fullmatch(text):
            return Reading(problem="is not a language tag such as en or pt-BR; read as unknown")
        return Reading((_canonical_tag(text),))

    def _channel(self, text: str) -> Reading:
        word = text.lower()
        word = _CHANNEL_NAMES.get(word, word)
        if word in CHANNELS:
            return Reading((word,))
        return Reading(problem=f"is not a channel: use {', '.join(CHANNELS)}; read as unknown")

    def _ring(self, text: str) -> Reading:
        word = text.lower()
        if word in RINGS:
            return Reading((word,))
        return Reading(problem=f"is not a ring: use {', '.join(RINGS)}; read as unknown")

    def _data(self, text: str) -> Reading:
        codes: dict[str, None] = {}
        strange = []
        for word in self._words(text):
            folded = word.casefold()
            mapped = self.mapping.elements.get(folded)
            if mapped is not None:
                codes.update(dict.fromkeys(mapped))
                continue
            try:
                codes[check_element(folded)] = None
            except ValueError:
                strange.append(word)
        if not strange:
            return Reading(tuple(codes))
        verb = "is no data element" if len(strange) == 1 else "are no data elements"
        words = ", ".join(repr(word) for word in strange[:5]) + (" …" if len(strange) > 5 else "")
        return Reading(tuple(codes), f"{words} {verb}: use the contract's words, x-<word>, or map it; not counted as data")

    def _words(self, text: str) -> list[str]:
        if text.startswith("["):
            try:
                listed = json.loads(text)
            except ValueError:
                listed = None
            if isinstance(listed, list):
                return [str(word).strip() for word in listed if word is not None and str(word).strip()]
        return [word for word in (part.strip() for part in text.split(self.mapping.separator)) if word]


def _canonical_tag(tag: str) -> str:
    """BCP 47 spelling: language lower, script titled, region upper case; `en_us` gives `en-US`."""
    first, *rest = tag.replace("_", "-").split("-")
    shaped = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 and part.isalpha() else part.lower() for part in rest]
    return "-".join([first.lower(), *shaped])
