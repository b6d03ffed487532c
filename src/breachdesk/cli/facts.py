"""`breachdesk facts`: what is known, suspected or unknown. A new value stands before the old ones; none is overwritten."""

from __future__ import annotations

import click

from breachdesk.cli.factsfile import spelled
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.output import Pair
from breachdesk.cli.seat import AS_OF, INCIDENT, KEY, PASS, Seat, instant, reckonable
from breachdesk.cli.words import moment
from breachdesk.desk import cases
from breachdesk.domain.incident import SPECS, Fact, spec_of

SOURCE = click.option("--source", default="", help="Where this comes from: a person, a log, a file.")


@click.command(cls=DeskCommand)
@INCIDENT
@KEY
@click.argument("value")
@click.option("--suspected", is_flag=True, help="It is suspected, not confirmed.")
@SOURCE
@PASS
def set_(seat: Seat, incident: str, key: str, value: str, suspected: bool, source: str) -> None:
    """Record a fact. Lists are joined by commas, times need their offset, yes and no are yes and no.

    \b
    breachdesk facts set amber timeline.aware 2026-03-02T10:20:00+01:00
    breachdesk facts set amber harm likely --suspected --source "assessment call"
    breachdesk facts set amber affected_estimate "DE 5000 name+email clear; unknown 300"
    """
    standing = "suspected" if suspected else "confirmed"
    fact = cases.record_fact(
        seat.desk, incident, key, reckonable(key, value), by=seat.who, standing="suspected" if suspected else "confirmed", source=source
    )
    if seat.json:
        seat.answer("fact", incident=incident, fact=fact.model_dump(mode="json"))
        return
    seat.out.line(f"{incident}: {key}: {spelled(fact.value)} ({standing})")


@click.command(cls=DeskCommand)
@INCIDENT
@KEY
@SOURCE
@PASS
def unknown(seat: Seat, incident: str, key: str, source: str) -> None:
    """Record that nobody knows (yet)."""
    fact = cases.record_fact(seat.desk, incident, key, None, by=seat.who, source=source)
    if seat.json:
        seat.answer("fact", incident=incident, fact=fact.model_dump(mode="json"))
        return
    seat.out.line(f"{incident}: {key}: unknown")


@click.command(cls=DeskCommand)
@INCIDENT
@AS_OF
@PASS
def list_(seat: Seat, incident: str, as_of: str | None) -> None:
    """What is known now, or was known at an instant."""
    known = list(cases.facts(seat.desk, incident, as_of=instant(as_of, "--as-of")).values())
    order = {key: n for n, key in enumerate(SPECS)}
    known.sort(key=lambda fact: order.get(fact.key, len(order)))
    _show(seat, incident, known)


@click.command(cls=DeskCommand)
@INCIDENT
@KEY
@PASS
def history(seat: Seat, incident: str, key: str) -> None:
    """Every value a fact ever had, oldest first."""
    spec_of(key)
    _show(seat, incident, cases.fact_history(seat.desk, incident, key))


def _show(seat: Seat, incident: str, facts: list[Fact]) -> None:
    if seat.json:
        seat.answer("facts", incident=incident, facts=[fact.model_dump(mode="json") for fact in facts])
        return
    seat.out.line(f"Facts of {incident}: {len(facts)}")
    seat.out.items((_pairs(fact) for fact in facts), lead=2)


def _pairs(fact: Fact) -> list[Pair]:
    return [
        ("fact", fact.key),
        ("standing", fact.standing),
        ("value", spelled(fact.value) if fact.standing != "unknown" else ""),
        ("said by", fact.said_by),
        ("at", moment(fact.at)),
        ("source", fact.source),
    ]


@click.command(cls=DeskCommand)
@PASS
def keys(seat: Seat) -> None:
    """Every fact the desk knows by name, with the question it answers. Your own facts start with x-."""
    if seat.json:
        seat.answer("fact-keys", keys=[spec.model_dump(mode="json") for spec in SPECS.values()])
        return
    seat.out.items(
        (
            [("key", spec.key), ("kind", spec.kind), ("question", spec.question), ("choices", ", ".join(spec.choices)),
             ("help", spec.help)]
            for spec in SPECS.values()
        ),
        lead=2,
    )  # fmt: skip
