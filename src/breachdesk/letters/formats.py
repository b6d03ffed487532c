"""Days, times and numbers as a letter of each language writes them.

Instants arrive aware and in UTC; a letter shows them in the zone of its reader and names that zone, because a time without one
is an argument waiting to happen. Digits are Western in every language.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from breachdesk.domain.notices import RTL
from breachdesk.letters.words import GROUP, MONTHS


def base(language: str) -> str:
    """`pt-BR` as `pt`."""
    return language.split("-")[0].lower()


def rtl(language: str) -> bool:
    """Whether a language is written from right to left."""
    return base(language) in RTL


def day(on: date, language: str, place: str = "") -> str:
    """A day in a language's own order; American for places in the United States."""
    language = base(language)
    month = MONTHS.get(language, MONTHS["en"])[on.month - 1]
    match language:
        case "de":
            return f"{on.day}. {month} {on.year}"
        case "es" | "pt":
            return f"{on.day} de {month} de {on.year}"
        case "ar":
            return f"{on.day} {month} {on.year}"
        case _ if place.startswith("US"):
            return f"{month} {on.day}, {on.year}"
        case _:
            return f"{on.day} {month} {on.year}"


def offset(local: datetime) -> str:
    """`UTC+3`, `UTC-4`, `UTC+5:30`, `UTC`."""
    minutes = int((local.utcoffset() or local - local).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")


def moment(at: datetime, zone: str, language: str, place: str = "") -> str:
    """An aware instant as day, time and zone: `2 March 2026, 10:20 (Europe/Berlin, UTC+1)`."""
    local = at.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    written = f"{day(local.date(), language, place)}{'، ' if base(language) == 'ar' else ', '}"
    named = offset(local) if zone == "UTC" else f"{zone}, {offset(local)}"
    if base(language) == "ar":
        return f"{written}الساعة {clock} (\u2066{named}\u2069)"
    return f"{written}{clock}{' Uhr' if base(language) == 'de' else ''} ({named})"


def number(value: int, language: str) -> str:
    """A number with its groups of three kept apart; in Spanish and Portuguese from five digits on."""
    language = base(language)
    if language in ("es", "pt") and abs(value) < 10_000:
        return str(value)
    return f"{value:,}".replace(",", GROUP.get(language, ","))
