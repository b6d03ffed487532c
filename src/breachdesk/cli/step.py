"""`breachdesk step`: the way through the playbook, a step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.output import Pair
from breachdesk.cli.seat import AS_OF, INCIDENT, PASS, Seat, instant
from breachdesk.cli.words import moment
from breachdesk.desk import walkthrough
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.playbook import StepRecord, StepRow, next_step

STEP = click.argument("step")


def _as_json(row: StepRow) -> dict[str, Any]:
    return row.model_dump(mode="json", by_alias=True)


def _pairs(row: StepRow, number: int, of: int) -> list[Pair]:
    return [
        ("", row.state),
        ("", f"step {number} of {of}"),
        ("", row.step.title),
        ("id", row.step.id),
        ("phase", row.step.phase),
        ("owner", row.step.owner),
        ("due", moment(row.due) if row.due else ""),
        ("why", "; ".join(row.why)),
        ("facts wanted", ", ".join(row.open_facts)),
        ("evidence wanted", ", ".join(row.open_evidence)),
        ("by", row.record.by if row.record else ""),
    ]


@click.command(cls=DeskCommand)
@INCIDENT
@AS_OF
@PASS
def list_(seat: Seat, incident: str, as_of: str | None) -> None:
    """Where every step stands, now or at an instant: also the path not taken, and why."""
    rows = walkthrough.walk(seat.desk, incident, as_of=instant(as_of, "--as-of"))
    if not rows:
        walkthrough.playbook_of(seat.desk, incident)
    if seat.json:
        seat.answer("steps", incident=incident, steps=[_as_json(row) for row in rows])
        return
    done = sum(1 for row in rows if row.state == "done")
    seat.out.line(f"Steps of {incident}: {done} of {len(rows)} done")
    seat.out.items(_pairs(row, n, len(rows)) for n, row in enumerate(rows, 1))


@click.command(cls=DeskCommand)
@INCIDENT
@PASS
def next_(seat: Seat, incident: str) -> None:
    """The next thing to do, with what it asks for."""
    rows = walkthrough.walk(seat.desk, incident)
    if not rows:
        walkthrough.playbook_of(seat.desk, incident)
    row = next_step(rows)
    if seat.json:
        seat.answer("step", incident=incident, step=_as_json(row) if row else None)
        return
    if row is None:
        seat.out.line("nothing is left that can be done now; `breachdesk step list` says what waits")
        return
    _show(seat, incident, row, rows)


def _show(seat: Seat, incident: str, row: StepRow, rows: Sequence[StepRow]) -> None:
    out, playbook = seat.out, walkthrough.playbook_of(seat.desk, incident)
    number = [r.step.id for r in rows].index(row.step.id) + 1
    out.line(f"step {number} of {len(rows)}: {row.step.title}")
    for label, value in _pairs(row, number, len(rows)):
        if value and label in ("id", "phase", "owner", "due", "why"):
            out.line(f"{label}: {value}")
    if row.step.guidance:
        out.line(row.step.guidance.strip())
    for key in row.open_facts:
        out.line(f"asks: {playbook.fact(key).question} `breachdesk facts set {incident} {key} VALUE`")
    for slot in row.step.evidence:
        wanted = "required" if slot.required else "optional"
        out.line(f"evidence: {slot.slot} ({wanted}): {slot.what}")
    out.line(f"when done: breachdesk step done {incident} {row.step.id}")


def _evidence(pairs: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        slot, equals, note = pair.partition("=")
        if not equals or not note.strip():
            raise InvalidInput(f"{pair!r} is not SLOT=NOTE", key="--evidence")
        found[slot.strip()] = note.strip()
    return found


def _recorded(seat: Seat, incident: str, record: StepRecord) -> None:
    if seat.json:
        seat.answer("step-record", incident=incident, record=record.model_dump(mode="json"))
        return
    seat.out.line(f"{incident}: {record.step}: {record.state}")
    following = walkthrough.next_thing(seat.desk, incident)
    if following is not None:
        seat.out.line(f"next: {following.step.title} ({following.step.id})")


@click.command(cls=DeskCommand)
@INCIDENT
@STEP
@PASS
def begin(seat: Seat, incident: str, step: str) -> None:
    """Take a step on."""
    _recorded(seat, incident, walkthrough.begin(seat.desk, incident, step, by=seat.who))


@click.command(cls=DeskCommand)
@INCIDENT
@STEP
@click.option("--evidence", multiple=True, metavar="SLOT=NOTE", help="What was kept, where; may be repeated.")
@click.option("--note", default="", help="Anything else worth knowing.")
@PASS
def done(seat: Seat, incident: str, step: str, evidence: tuple[str, ...], note: str) -> None:
    """A step is done. Refused, with what is missing, while facts or evidence it needs are not there.

    \b
    breachdesk step done amber preserve-logs --evidence image="case room, disk 3"
    """
    record = walkthrough.done(seat.desk, incident, step, by=seat.who, evidence=_evidence(evidence), note=note)
    _recorded(seat, incident, record)


@click.command(cls=DeskCommand)
@INCIDENT
@STEP
@click.option("--reason", required=True, help="Why it is set aside.")
@PASS
def skip(seat: Seat, incident: str, step: str, reason: str) -> None:
    """Set a step aside, with the reason."""
    _recorded(seat, incident, walkthrough.skip(seat.desk, incident, step, by=seat.who, reason=reason))


@click.command(cls=DeskCommand)
@INCIDENT
@STEP
@click.option("--reason", required=True, help="Why it is taken up again.")
@PASS
def reopen(seat: Seat, incident: str, step: str, reason: str) -> None:
    """Take a step that was done or skipped up again."""
    _recorded(seat, incident, walkthrough.reopen(seat.desk, incident, step, by=seat.who, reason=reason))
