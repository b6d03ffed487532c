"""`breachdesk playbook`: the procedures on the shelf, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import INCIDENT, PASS, Seat
from breachdesk.desk import cases
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.playbook import Step


@click.command(cls=DeskCommand)
@PASS
def list_(seat: Seat) -> None:
    """Every playbook."""
    books = seat.desk.shelf.playbooks()
    if seat.json:
        rows = [{"id": b.id, "title": b.title, "summary": b.summary, "version": b.version, "steps": len(b.steps)} for b in books]
        seat.answer("playbooks", playbooks=rows)
        return
    seat.out.line(f"Playbooks: {len(books)}")
    seat.out.items(
        [("playbook", b.id), ("steps", f"{len(b.steps)} steps"), ("title", b.title), ("summary", b.summary)] for b in books
    )


@click.command(cls=DeskCommand)
@click.argument("playbook")
@PASS
def show(seat: Seat, playbook: str) -> None:
    """The steps of a playbook, phase by phase."""
    book = seat.desk.shelf.playbook(playbook)
    if seat.json:
        seat.answer("playbook", playbook=book.model_dump(mode="json", by_alias=True))
        return
    out = seat.out
    out.line(f"{book.id}: {book.title} (version {book.version})")
    if book.summary:
        out.line(" ".join(book.summary.split()))
    numbers = {step.id: n for n, step in enumerate(book.steps, 1)}
    for phase in book.phases:
        out.heading(f"Phase: {phase.title}")
        for step in book.steps:
            if step.phase == phase.id:
                _show_step(seat, step, numbers[step.id], len(numbers))


def _show_step(seat: Seat, step: Step, number: int, of: int) -> None:
    conditions = "; ".join(str(branch) for branch in step.when)
    due = f"{step.due} after {step.due_after}" if step.due else ""
    told = (("owner", step.owner), ("if", conditions), ("due", due), ("asks", ", ".join(step.asks)), ("needs", ", ".join(step.needs)))
    seat.out.line(f"step {number} of {of}: {step.title}")
    seat.out.items([[("id", step.id), *told]], lead=1)
    if step.guidance:
        seat.out.line(" ".join(step.guidance.split()))


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("playbook")
@PASS
def use(seat: Seat, incident: str, playbook: str) -> None:
    """Give an incident its playbook.

    \b
    breachdesk playbook use amber ransomware
    """
    changed = cases.choose_playbook(seat.desk, incident, playbook, by=seat.who)
    if seat.json:
        seat.answer("incident", incident=changed.model_dump(mode="json"))
        return
    seat.out.line(f"{changed.codename}: playbook {changed.playbook}")


@click.command(cls=DeskCommand)
@click.argument("file", type=click.Path(path_type=Path))
@PASS
def check(seat: Seat, file: Path) -> int:
    """Find what is wrong in a playbook or scenario file: file, line, key, what to do. Exit 5 when anything is."""
    found = seat.desk.shelf.check_file(file)
    if seat.json:
        seat.answer("playbook-check", file=str(file), findings=[finding.model_dump() for finding in found])
    else:
        for finding in found:
            seat.out.line(str(finding))
        seat.out.line(f"{file}: {len(found)} findings" if found else f"{file}: nothing wrong")
    return InvalidInput.exit_code if found else 0
