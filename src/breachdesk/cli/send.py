"""`breachdesk send`: nothing leaves on one key. A person types how many people will be written to; the ledger knows each of them."""

from __future__ import annotations

import asyncio
from typing import Literal

import click

from breachdesk.cli.diagnostics import Progress, on_terminal, tell
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import NOTICE, PASS, Seat
from breachdesk.cli.words import grouped, people
from breachdesk.desk import delivery, notices
from breachdesk.desk.parts import Desk
from breachdesk.domain.deliveries import STATES, Send, State, Tallied
from breachdesk.domain.errors import BreachdeskError, Gate

IN_PART = 12


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--rehearse", is_flag=True, help="Do everything up to the mail server, and send nothing.")
@click.option("--people", "typed", type=click.IntRange(min=0), help="The number of people this writes to, where nobody can be asked.")
@click.option("--retries", type=click.IntRange(0, 100), default=0, help="How often to try again people the server put off.")
@click.option("--pause", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds between tries.")
@PASS
def now(seat: Seat, notice: str, rehearse: bool, typed: int | None, retries: int, pause: float) -> int:
    """Send an approved notice, one message per person; resumes where an earlier send stopped.

    Exit 0 when everyone's message was accepted, 12 when it went out in part.

    \b
    breachdesk send N-001 --rehearse
    breachdesk send N-001 --people 612
    """
    desk = seat.desk
    if rehearse:
        return _rehearse(seat, notice)
    who, wanted = seat.who, delivery.to_type(desk, notice)
    if typed is None:
        typed = _asked(desk, notice, wanted)
    progress = Progress()
    seen: list[Tallied] = []

    def watch(tallied: Tallied) -> None:
        seen[:] = [tallied]
        gone = tallied.people - tallied.left - tallied.sending
        progress(f"{desk.banner} {notice}: {tallied.accepted} accepted", gone, tallied.people)

    try:
        send = asyncio.run(delivery.send_approved(desk, notice, by=who, typed=typed, watch=watch, retries=retries, pause=pause))
    except BreachdeskError as error:
        progress.end()
        if error.exit_code != BreachdeskError.exit_code or not seen or not (seen[0].accepted or seen[0].unknown):
            raise
        tell(f"breachdesk: {error}")
        _show(seat, notice, seen[0])
        return IN_PART
    finally:
        progress.end()
    _show(seat, notice, send.tallied, send)
    return 0 if send.tallied.everyone else IN_PART


def _asked(desk: Desk, notice: str, wanted: int) -> int:
    if wanted == 0:
        raise Gate(f"{notice}: there is nobody left to write to")
    if not on_terminal():
        raise Gate(f"{notice}: nobody can be asked here; say --people N (`breachdesk send {notice} --rehearse` shows how many)")
    tell(f"{desk.banner}: this sends {notice} to {wanted} people, one message each. It cannot be taken back.")
    answer = click.prompt("Type the number of people to send it, anything else to stop", default="", show_default=False, err=True)
    return int(answer) if answer.strip().isdecimal() else -1


def _rehearse(seat: Seat, notice: str) -> int:
    found, view = delivery.rehearse(seat.desk, notice), notices.one(seat.desk, notice)
    left = delivery.to_type(seat.desk, notice)
    subject = view.draft.subject if view.draft else ""
    if seat.json:
        seat.answer("send-rehearsal", notice=notice, would_send=left, mailable=found.planned, unaddressed=found.unaddressed)
        return 0
    mail = seat.desk.settings.mail
    seat.out.line(f"{notice}: rehearsed, nothing was sent")
    seat.out.line(f"subject: {subject}")
    seat.out.line(f"from: {mail.sender or 'no sender is set'}")
    through = "the tray of this exercise" if seat.desk.banner == "EXERCISE" and not mail.host else f"{mail.host or 'no server is set'}"
    seat.out.line(f"through: {through}")
    seat.out.line(f"would write to: {people(left, plain=seat.plain)}, one message each")
    seat.out.line(f"cannot be mailed: {people(found.unaddressed, plain=seat.plain)}")
    return 0


def _show(seat: Seat, notice: str, tallied: Tallied, send: Send | None = None) -> None:
    lost = [person.number for person in delivery.unknown(seat.desk, notice)]
    if seat.json:
        seat.answer(
            "send", notice=notice, send=send.model_dump(mode="json") if send else None, tallied=tallied.model_dump(),
            people=tallied.people, everyone=tallied.everyone, finished=tallied.finished, unknown=lost,
        )  # fmt: skip
        return
    seat.out.line(f"{notice}: {grouped(tallied.accepted, plain=seat.plain)} of {people(tallied.people, plain=seat.plain)} accepted")
    for state in ("refused", "deferred", "unknown", "planned", "unaddressed"):
        if number := getattr(tallied, state):
            seat.out.line(f"{state}: {people(number, plain=seat.plain)}")
    if lost:
        seat.out.line(f"outcome unknown for people number {', '.join(map(str, lost))}: look in the mail server's log, then")
        seat.out.line(f"do: breachdesk send settle {notice} resend|arrived --number N --why WHERE-YOU-LOOKED")
    if tallied.left:
        seat.out.line(f"resume: breachdesk send {notice}")
    if tallied.refused or tallied.unaddressed:
        seat.out.line(f"still need another way: breachdesk send ledger {notice}")


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these states; may be repeated.")
@PASS
def ledger(seat: Seat, notice: str, states: tuple[State, ...]) -> None:
    """People of the newest version whose message was not accepted, by number, with the server's last word."""
    rows = delivery.ledger(seat.desk, notice, states)
    if seat.json:
        found = [{"number": o.number, "state": o.state, "code": o.code, "reply": o.reply} for o in rows]
        seat.answer("ledger", notice=notice, outcomes=found)
        return
    seat.out.line(f"Ledger of {notice}: {len(rows)} rows")
    seat.out.items(
        [("person", f"number {o.number}"), ("state", o.state), ("code", str(o.code or "")), ("reply", o.reply)] for o in rows
    )


@click.command(cls=DeskCommand)
@NOTICE
@click.argument("verdict", type=click.Choice(["resend", "arrived"]))
@click.option("--number", "numbers", multiple=True, type=int, help="This person; may be repeated. All unknown ones when left out.")
@click.option("--why", required=True, help="On what you decide, e.g. where in the server's log it stands.")
@PASS
def settle(seat: Seat, notice: str, verdict: Literal["resend", "arrived"], numbers: tuple[int, ...], why: str) -> None:
    """Decide about people whose outcome is unknown: `resend` (they may get it twice) or `arrived`."""
    settled = delivery.settle(seat.desk, notice, verdict, by=seat.who, numbers=numbers, why=why)
    if seat.json:
        seat.answer("settled", notice=notice, verdict=verdict, people=settled)
        return
    seat.out.line(f"{notice}: {people(settled, plain=seat.plain)} settled as {verdict}")


@click.command(cls=DeskCommand)
@NOTICE
@PASS
def recover(seat: Seat, notice: str) -> int:
    """Name the people a send that died left in the open. They stay unknown until somebody settles them."""
    lost = delivery.recover(seat.desk, notice, by=seat.who)
    if seat.json:
        seat.answer("recovered", notice=notice, unknown=lost)
    elif lost:
        seat.out.line(f"{notice}: outcome unknown for people number {', '.join(map(str, lost))}")
        seat.out.line(f"do: breachdesk send settle {notice} resend|arrived --number N --why WHERE-YOU-LOOKED")
    else:
        seat.out.line(f"{notice}: nothing was left in the open")
    return 0
