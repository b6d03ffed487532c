"""The next clocks as cards: word, to whom, when in local time with its zone, and how far away that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from breachdesk.desk.views import ClockRow
from breachdesk.tui.widgets.paper import Part
from breachdesk.tui.words import distance, fresh, moment, recipient, tone


def cards(rows: Sequence[ClockRow], now: datetime, warn_hours: int, most: int = 3) -> list[Part]:
    """The soonest clocks that run, up to `most`; how many more there are; what waits for a date."""
    rows = [fresh(row, now, warn_hours) for row in rows]
    running = [row for row in rows if row.urgency in ("late", "soon", "running")]
    waiting = [row for row in rows if row.urgency == "waiting"]
    parts: list[Part] = []
    for row in running[:most]:
        assert row.clock.due is not None  # noqa: S101 - it runs, so it has a date
        undecided = " (undecided)" if row.clock.duty.status == "undecided" else ""
        parts += [
            (row.word, tone(row)), f"  {row.clock.duty.place} {recipient(row)}{undecided}\n",
            f"  {moment(row.clock.due, row.clock.zone, now=now)}\n  ", (distance(row.left), tone(row)), "\n",
        ]  # fmt: skip
    if not running:
        parts.append(("no clock runs yet\n", "muted"))
    more = [f"{len(running) - most} more run"] if len(running) > most else []
    more += [f"{len(waiting)} wait for a date"] if waiting else []
    if more:
        parts.append((f"{', '.join(more)}: 4 shows all", "muted"))
    return parts
