"""`breachdesk severity`: ENISA's arithmetic and the harm tests of law. They propose; a person decides, with reasons."""

from __future__ import annotations

from pathlib import Path

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import INCIDENT, PASS, Seat
from breachdesk.desk import severity
from breachdesk.domain.severity import Weighed

ANSWERS = click.argument("answers", type=click.Path(path_type=Path))
METHOD = click.argument("method")


def _body(found: Weighed) -> dict[str, object]:
    return {
        "method": found.method, **found.figures, "proposal": found.proposal, "working": list(found.working),
        "open": list(found.open), "flags": list(found.flags),
        "citations": [c.model_dump(mode="json") for c in found.citations],
    }  # fmt: skip


def _show(seat: Seat, found: Weighed) -> None:
    for line in found.working:
        seat.out.line(line)
    for flag in found.flags:
        seat.out.line(f"note: {flag}")
    for citation in found.citations:
        seat.out.line(f"source: {citation.text}: {citation.url} (read on {citation.read_on})")
    seat.out.line("This proposes; a person decides: `breachdesk severity decide`.")


def _weigh(seat: Seat, method: str, answers: Path) -> None:
    found = severity.weigh(seat.desk, method, answers)
    if seat.json:
        seat.out.answer("severity", _body(found))
        return
    _show(seat, found)


@click.command(cls=DeskCommand)
@ANSWERS
@PASS
def enisa(seat: Seat, answers: Path) -> None:
    """ENISA 2013: SE = DPC x EI + CB, from a file of answers (`severity questions enisa` prints one).

    \b
    breachdesk severity enisa answers.toml --json
    """
    _weigh(seat, "enisa", answers)


@click.command(cls=DeskCommand)
@METHOD
@ANSWERS
@PASS
def test(seat: Seat, method: str, answers: Path) -> None:
    """A harm test of law: us-hipaa, ca-pipeda, au-privacy-act, nz-privacy-act, sg-pdpa.

    \b
    breachdesk severity questions us-hipaa > answers.toml
    breachdesk severity test us-hipaa answers.toml
    """
    _weigh(seat, method, answers)


@click.command(cls=DeskCommand)
@METHOD
@PASS
def questions(seat: Seat, method: str) -> None:
    """Print a method's questions as a file to fill in."""
    text = seat.desk.law.questions(method)
    if seat.json:
        seat.out.answer("severity-questions", {"method": method, "toml": text})
        return
    seat.out.raw(text)


@click.command(cls=DeskCommand)
@INCIDENT
@METHOD
@ANSWERS
@click.option("--harm", required=True, help="What you decide: unlikely, possible, likely or high.")
@click.option("--because", "reasons", required=True, help="Your reasons; kept with the decision.")
@PASS
def decide(seat: Seat, incident: str, method: str, answers: Path, harm: str, reasons: str) -> None:
    """Record your decision about harm, beside what the method proposes. Duties are worked out from it.

    \b
    breachdesk severity decide amber enisa answers.toml --harm high --because "health data, unknown recipients"
    """
    found, fact = severity.decide(seat.desk, incident, method, answers, harm, by=seat.who, reasons=reasons)
    if seat.json:
        seat.answer("severity-decision", incident=incident, decided=fact.value, **_body(found))
        return
    _show(seat, found)
    seat.out.line(f"{incident}: harm decided: {fact.value}, by {fact.said_by}")
