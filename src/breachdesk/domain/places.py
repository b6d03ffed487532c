"""Places, and which place contains which: US-CA lies in US, DE lies in EU."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from breachdesk.domain.places_table import ROWS

UNKNOWN = "unknown"
"""The residence of people of whom nobody knows where they live."""

EEA: frozenset[str] = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "IS",
        "LI",
        "NO",
    ]
)
"""The 27 member states and Iceland, Liechtenstein and Norway (EEA Joint Committee Decision 154/2018): where the GDPR applies."""

SAME: dict[str, str] = {code: f"US-{code}" for code in ("PR", "GU", "VI", "AS", "MP")}
"""Codes that ISO 3166-1 and 3166-2 both give: the territories of the United States, which are read as its divisions."""

PART_OF: dict[str, str] = {
    "GP": "FR", "MQ": "FR", "GF": "FR", "RE": "FR", "YT": "FR", "MF": "FR", "AX": "FI", "CX": "AU", "CC": "AU", "NF": "AU", "HM": "AU",
}  # fmt: skip
"""Parts of a state with a country code of their own where its law applies: those of a member state with Union law (TFEU Arts 349,
355(1) and (4)), and the external territories of Australia (Privacy Act 1988, s 5A)."""

_ROWS: dict[str, tuple[str, str, str]] = {code: (english, arabic, zone) for code, english, arabic, zone in ROWS}

COUNTRIES: tuple[str, ...] = tuple(sorted(code for code in _ROWS if len(code) == 2 and code != "EU"))
"""Every ISO 3166-1 alpha-2 code, and `XK`."""


def known(place: str) -> bool:
    """Whether the desk knows this code. `unknown` is not a place."""
    return place in _ROWS


def country(place: str) -> str:
    """The ISO 3166-1 country of a place: `US-CA` gives `US`, and `RE`, where French law applies, gives `FR`."""
    return PART_OF.get(place, place[:2]) if place != UNKNOWN else UNKNOWN


@cache
def around(place: str) -> frozenset[str]:
    """Where people living in `place` live: US-CA and US, or DE and EU; nowhere for `unknown`."""
    if place == UNKNOWN:
        return frozenset()
    return frozenset({place, country(place)} | ({"EU"} if country(place) in EEA else set()))


def around_any(homes: Iterable[str]) -> frozenset[str]:
    """Where people living in any of these places live."""
    return frozenset(chain.from_iterable(around(home) for home in homes))


def within(place: str, outer: str) -> bool:
    """Whether people living in `place` live in `outer` too: US-CA within US, DE within EU, DE within DE."""
    return outer in around(place)


def name(place: str, language: str = "en") -> str:
    """The place's name in English or Arabic, or its code when nobody named it."""
    if place == UNKNOWN:
        return "غير معروف" if language == "ar" else "residence unknown"
    row = _ROWS.get(place)
    return place if row is None else row[1 if language == "ar" else 0]


@cache
def zone(place: str) -> ZoneInfo:
    """The time zone of the place's capital or main zone; for a division not listed, its country's; UTC for nowhere known."""
    row = _ROWS.get(place) or _ROWS.get(country(place))
    return ZoneInfo(row[2]) if row else ZoneInfo("UTC")


def check_place(code: str) -> str:
    """A place code the desk knows, or `unknown`; `PR` as `US-PR`. Raises ValueError with what to write otherwise."""
    if code == UNKNOWN or known(code):
        return SAME.get(code, code)
    raise ValueError(f'{code!r} is not a place: use ISO 3166 codes such as DE or US-CA, or "unknown"')


Place = Annotated[str, AfterValidator(check_place)]
