"""`breachdesk clocks` for a board and for a pager, and `breachdesk clock`, the engine alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from breachdesk.cli.clockwords import clock_pairs
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import PASS, Seat
from breachdesk.cli.words import COUNSEL, distance, moment
from breachdesk.desk import views
from breachdesk.desk.views import ClockRow
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.playbook import span
from breachdesk.domain.values import iso

CLOSE, LATE = 10, 11


def _as_json(row: ClockRow) -> dict[str, Any]:
    left = None if row.left is None else int(row.left.total_seconds())
    return {
        "incident": row.incident, "urgency": row.urgency, "seconds_left": left, "to": row.to, "notice": row.notice,
        "duty": row.clock.as_contract(),
    }  # fmt: skip


@click.command(cls=DeskCommand)
@PASS
def list_(seat: Seat) -> None:
    """All running clocks of all open incidents, soonest first."""
    rows = views.all_clocks(seat.desk)
    if seat.json:
        seat.answer("clocks", at=iso(seat.desk.clock.now()), clocks=[_as_json(row) for row in rows])
        return
    seat.out.line(f"Clocks at {moment(seat.desk.clock.now())}: {len(rows)} running")
    seat.out.items(clock_pairs(row, plain=seat.plain, incident=True) for row in rows)
    if rows:
        seat.out.line(COUNSEL)


@click.command(cls=DeskCommand)
@click.option("--within", metavar="SPAN", help='How near counts as close, e.g. "24 hours" (else the desk\'s own warning time).')
@PASS
def check(seat: Seat, within: str | None) -> int:
    """Exit 0 when no clock is close, 10 when one is within the warning time, 11 when one is late.

    \b
    breachdesk clocks check --within "24 hours" || page-someone
    """
    desk = seat.desk
    warning = timedelta(hours=desk.settings.targets.warn_hours)
    if within is not None:
        try:
            warning = span(within)
        except ValueError as error:
            raise InvalidInput(str(error), key="--within") from None
    rows = [row for row in views.all_clocks(desk) if row.left is not None]
    late = [row for row in rows if row.urgency == "late"]
    close = [row for row in rows if row.left is not None and row.urgency != "late" and row.left <= warning]
    code = LATE if late else CLOSE if close else 0
    if seat.json:
        seat.answer(
            "clocks-check", at=iso(desk.clock.now()), exit_code=code, late=[_as_json(row) for row in late],
            close=[_as_json(row) for row in close],
        )  # fmt: skip
        return code
    seat.out.line(f"{len(late)} late, {len(close)} within {distance(warning).removeprefix('in ')}, {len(rows)} running")
    seat.out.items(clock_pairs(row, plain=seat.plain, incident=True) for row in (*late, *close))
    return code
