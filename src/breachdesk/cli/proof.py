"""`breachdesk audit`, `pack`, `readiness`: what happened, evidence anyone can check, and what must be in order beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import click

from breachdesk.cli.factsfile import spelled
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import AS_OF, INCIDENT, PASS, Seat, instant, offer_incidents
from breachdesk.cli.words import grouped, moment
from breachdesk.desk import proof, views


@click.command(cls=DeskCommand)
@PASS
def verify(seat: Seat) -> None:
    """Check the whole journal: exit 0 when the chain fits, 6 and the first entry that does not otherwise."""
    found = proof.verify_journal(seat.desk)
    if seat.json:
        seat.answer("journal-verified", entries=found.entries, head=found.head)
        return
    seat.out.line(f"journal: {grouped(found.entries, plain=seat.plain)} entries, whole")
    seat.out.line(f"head: {found.head}")


@click.command(cls=DeskCommand)
@click.argument("incident", required=False, default="", shell_complete=offer_incidents)
@AS_OF
@PASS
def log(seat: Seat, incident: str, as_of: str | None) -> None:
    """The journal, or one incident's part of it, oldest first."""
    entries = proof.journal(seat.desk, incident, as_of=instant(as_of, "--as-of"))
    if seat.json:
        seat.answer("journal", entries=[entry.model_dump(mode="json") for entry in entries])
        return
    seat.out.items(
        [
            ("entry", str(entry.n)),
            ("at", moment(entry.at)),
            ("", entry.act),
            ("incident", entry.incident),
            ("by", entry.by),
            ("what", "; ".join(f"{key} {_short(value)}" for key, value in entry.what.items() if value not in ("", [], {}, None))),
            ("digest", entry.digest[:12]),
        ]
        for entry in entries
    )


def _short(value: object) -> str:
    text = spelled(value) if not isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


@click.command(cls=DeskCommand)
@INCIDENT
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The new file, e.g. amber.tar.gz.")
@PASS
def pack(seat: Seat, incident: str, out: Path) -> None:
    """Write an incident's evidence into a .tar.gz that anyone can check with sha256sum, without the desk.

    \b
    breachdesk pack amber --out amber-evidence.tar.gz
    """
    made = proof.pack(seat.desk, incident, out, by=seat.who)
    if seat.json:
        seat.answer("pack", incident=incident, **made.model_dump(mode="json"))
        return
    seat.out.line(f"written: {made.path} ({len(made.files)} files)")
    seat.out.line(f"sha256: {made.sha256}")
    seat.out.line(f"journal head: {made.head}")


@click.command(cls=DeskCommand)
@PASS
def readiness(seat: Seat) -> None:
    """What must be in order before any incident: mail, names, playbooks, templates, the age of the rules."""
    checks = views.readiness(seat.desk)
    if seat.json:
        seat.answer("readiness", ready=all(c.ready for c in checks), checks=[c.model_dump() for c in checks])
        return
    seat.out.line(f"Readiness: {sum(c.ready for c in checks)} of {len(checks)} in order")
    seat.out.items([("", "ok" if c.ready else "! NOT READY"), ("", c.what), ("", c.say)] for c in checks)
