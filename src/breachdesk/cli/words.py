"""How the command line says instants, distances and numbers: always twice for time (the instant with its zone, and how far off)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

NARROW = "\u202f"
"""The narrow no-break space that groups digits on a terminal."""

COUNSEL = "The desk works the dates out; counsel confirms them."


def grouped(number: int, *, plain: bool = False) -> str:
    """48211 as `48 211`: a narrow no-break space on a terminal, an ordinary space in plain output."""
    return f"{number:_}".replace("_", " " if plain else NARROW)


def offset(moment: datetime) -> str:
    """The offset of a local time: `UTC+2`, `UTC+05:30`, `UTC`."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def moment(instant: datetime, zone: str = "UTC") -> str:
    """An instant in a zone's own time: `Mon 30 Mar 2026 17:20 CEST (UTC+2)`."""
    local = instant.astimezone(ZoneInfo(zone))
    time = f"{local:%a %d %b %Y %H:%M:%S}" if local.second else f"{local:%a %d %b %Y %H:%M}"
    name = local.tzname() or ""
    if name in ("UTC", "") or not name[0].isalpha():
        return f"{time} {offset(local)}"
    return f"{time} {name} ({offset(local)})"


def distance(left: timedelta) -> str:
    """How far off an instant is: `in 31 h 05 min`, `in 12 d 05 h`, `late by 2 h 10 min`."""
    late = left < timedelta()
    minutes = int(abs(left).total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if minutes >= 96 * 60:
        length = f"{days} d {hours:02} h"
    else:
        length = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    return f"late by {length}" if late else f"in {length}"


def people(number: int, *, plain: bool = False) -> str:
    """`1 person`, `2 people`."""
    return f"{grouped(number, plain=plain)} {'person' if number == 1 else 'people'}"
