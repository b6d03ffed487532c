"""How the screens say instants, distances, numbers and states: in words first, so that nothing rests on colour.

Instants are aware; a zone is an IANA key. What comes from files, mail servers and people is cleaned of control characters before it
reaches a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from breachdesk.domain.errors import InvalidInput

if TYPE_CHECKING:
    from breachdesk.desk.views import ClockRow

_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def clean(text: str, *, lines: bool = False) -> str:
    """A text without control characters and direction overrides; `lines` keeps its line breaks, else they become spaces."""
    if text.isprintable() and text.isascii():
        return text
    text = text.translate(_BIDI).expandtabs(4)
    text = text.replace("\r\n", "\n")
    if not lines:
        text = text.replace("\n", " ")
    return "".join(c if c == "\n" or unicodedata.category(c) != "Cc" else "\N{MIDDLE DOT}" for c in text)


def offset_of(moment: datetime) -> str:
    """`UTC+1`, `UTC-3:30`, or `UTC`."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(moment: datetime) -> str:
    """`CET`, or the offset for zones that have no letters of their own."""
    name = moment.tzname() or ""
    return name if name.isalpha() else offset_of(moment)


def moment(at: datetime, zone: str = "UTC", *, short: bool = False, now: datetime | None = None) -> str:
    """`Thu 26 Nov 2026 09:10 CET (UTC+1)` in a zone; `26 Nov 09:10 CET` when short. The year of `now` goes without saying."""
    local = at.astimezone(ZoneInfo(zone))
    name = zone_name(local)
    if short:
        return f"{local:%d %b %H:%M} {name}"
    offset = offset_of(local)
    day = f"{local:%a %d %b}" if now is not None and local.year == now.year else f"{local:%a %d %b %Y}"
    return f"{day} {local:%H:%M} {name}" + (f" ({offset})" if name != offset else "")


def span(length: timedelta) -> str:
    """`31 h 05 min`, `12 min`, `12 d 4 h` from four days on. The sign is dropped."""
    minutes = int(abs(length.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 96:
        days, left = divmod(hours, 24)
        return f"{days} d {left:02} h"
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def distance(left: timedelta | None) -> str:
    """`in 31 h 05 min`, `late by 2 h 10 min`, or `no date yet`."""
    if left is None:
        return "no date yet"
    return f"late by {span(left)}" if left < timedelta() else f"in {span(left)}"


def count(number: int | None) -> str:
    """A number of people with its thousands grouped; `?` when nobody knows."""
    return "?" if number is None else f"{number:,}"


def shown(value: Any) -> str:
    """A fact's value as a person reads it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_shown_row(v) if isinstance(v, Mapping) else str(v) for v in value)
    return str(value)


def shown_fact(key: str, value: Any) -> str:
    """A fact's value by its key: instants as `17 Nov 2026 23:28 UTC`."""
    if key.startswith("timeline.") and isinstance(value, str):
        return f"{datetime.fromisoformat(value).astimezone(UTC):%d %b %Y %H:%M} UTC"
    return shown(value)


def recipient(row: ClockRow) -> str:
    """To whom, short: an authority by its abbreviation where it has one."""
    duty = row.clock.duty
    if duty.authority is not None and duty.authority.abbreviation:
        return duty.authority.abbreviation
    own = re.search(r"\(([A-Z][A-Za-z&/-]{1,14})\)$", row.to)
    return own[1] if own else row.to


def _shown_row(row: Mapping[str, Any]) -> str:
    parts = [str(row.get("residence", "")), str(row.get("count", ""))]
    if row.get("data"):
        parts.append("+".join(row["data"]))
    if row.get("encrypted") is not None:
        parts.append("encrypted" if row["encrypted"] else "clear")
    return " ".join(parts)


def fresh(row: ClockRow, now: datetime, warn_hours: int) -> ClockRow:
    """A clock's line as it reads at `now`: how long is left, and whether it is late, close or running."""
    if row.clock.due is None or row.urgency not in ("late", "soon", "running"):
        return row
    left = row.clock.due - now
    near = left <= timedelta(hours=warn_hours)
    return row.model_copy(update={"left": left, "urgency": "late" if left < timedelta() else "soon" if near else "running"})


def tone(row: ClockRow) -> str:
    """The name of the style a clock's word is shown in."""
    return {"late": "late", "soon": "soon", "running": "ok", "waiting": "unknown", "done": "ok", "not-owed": "muted"}[row.urgency]


STEP_WORDS: Mapping[str, tuple[str, str]] = {
    "todo": (". todo", ""), "doing": ("> doing", "soon"), "done": ("x done", "ok"), "skipped": ("- skipped", "muted"),
    "blocked": ("! blocked", "unknown"), "off-path": ("~ off-path", "muted"),
}  # fmt: skip
"""A step's state as symbol and word, and the style they are shown in."""

NOTICE_WORDS: Mapping[str, tuple[str, str]] = {
    "drafted": (". drafted", "soon"), "approved": ("+ approved", "ok"), "sent-back": ("< sent back", "late"),
    "void": ("! void", "late"), "sending": ("> sending", "soon"), "sent": ("x sent", "ok"),
    "sent-in-part": ("! sent in part", "soon"), "filed": ("x filed", "ok"),
}  # fmt: skip
"""A notice's status as symbol and words, and the style they are shown in."""

HOLDS: Mapping[bool | None, tuple[str, str]] = {True: ("yes", "ok"), False: ("no", "muted"), None: ("?? unknown", "unknown")}
"""Whether a test holds."""


def read_moment(text: str, now: datetime, key: str) -> datetime:
    """A time as a person types it: ISO 8601, or `2026-11-23 02:10`, `02:10` (today) in this machine's zone. Result in UTC.

    Raises InvalidInput with what to write.
    """
    typed = text.strip().replace(" UTC", "Z").replace(" Z", "Z")
    local = now.astimezone()
    if re.fullmatch(r"\d{1,2}:\d\d", typed):
        typed = f"{local:%Y-%m-%d}T{typed.zfill(5)}"
    try:
        found = datetime.fromisoformat(typed.replace(" ", "T", 1))
    except ValueError:
        raise InvalidInput(f"{text!r} is not a time: write e.g. {local:%Y-%m-%d %H:%M} (this machine's zone) or with an "
                           "offset, 2026-03-02T09:15+01:00", key=key) from None  # fmt: skip
    found = found.astimezone() if found.tzinfo is None else found
    return found.astimezone(UTC)
