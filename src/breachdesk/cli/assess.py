"""`breachdesk duties assess` and `breachdesk clock`: the law without an incident. Nothing is imported that only a desk needs."""

from __future__ import annotations

from pathlib import Path

import click

from breachdesk.cli.factsfile import read_facts
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import PASS, Seat, instant
from breachdesk.cli.words import COUNSEL
from breachdesk.desk import law

ALL = click.option("--all", "everything", is_flag=True, help="List what is not owed, too, and why.")


@click.command(cls=DeskCommand)
@click.argument("facts", type=click.Path(path_type=Path))
@click.option("--at", metavar="INSTANT", help="Reckon as of this instant (with offset) instead of now.")
@ALL
@PASS
def assess(seat: Seat, facts: Path, at: str | None, everything: bool) -> None:
    """What a facts file owes, and when. Records nothing.

    \b
    breachdesk duties assess facts.toml
    breachdesk duties assess facts.toml --at 2026-03-02T12:00:00Z --json
    """
    desk = seat.desk
    board = law.assess_facts(desk, read_facts(desk, facts), at=instant(at, "--at"))
    if seat.json:
        seat.out.raw_json(board.as_contract())
        return
    from breachdesk.cli.clockwords import show_board
    from breachdesk.desk import views

    show_board(seat.out, board, views.clock_rows(desk, "", board, [], board.at), everything=everything)


@click.command(cls=DeskCommand)
@click.option("--place", required=True, help="Whose days and zone count: DE, US-CA, EU …")
@click.option("--from", "start", metavar="INSTANT", required=True, help="When the clock starts (with offset).")
@click.option("--limit", required=True, help='"72 hours", "30 calendar days", "3 business days", "2 weeks", "1 month".')
@PASS
def clock(seat: Seat, place: str, start: str, limit: str) -> None:
    """When a limit ends, without an incident, with the working.

    \b
    breachdesk clock --place DE --from 2026-03-27T16:20:00+01:00 --limit "72 hours"
    """
    begun = instant(start, "--from")
    assert begun is not None  # noqa: S101 - the option is required
    found = law.clock_alone(seat.desk, place, begun, limit)
    if seat.json:
        seat.out.raw_json(found)
        return
    for label in ("due", "due_local", "latest"):
        if found[label]:
            seat.out.line(f"{label.replace('_', ' ')}: {found[label]}")
    working = found["working"]
    for line in working if isinstance(working, list) else ():
        seat.out.line(f"working: {line}")
    seat.out.line(COUNSEL)
