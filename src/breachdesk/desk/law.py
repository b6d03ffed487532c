"""The law without an incident: what a facts file owes, and the clock engine alone. Needs no store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from breachdesk.desk.parts import Desk
from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.clocks import Board, board, reckon
from breachdesk.domain.duties import assess
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import EEA, country, known, zone
from breachdesk.domain.rules import TimeLimit, parse_limit
from breachdesk.domain.values import iso
from breachdesk.domain.vocabulary import Event

OwnEvents = Mapping[str, Mapping[Event, datetime]]
"""Events of single instruments, by instrument id."""


def soft_target(desk: Desk) -> TimeLimit:
    """The desk's internal target for limits law leaves without a number. Raises InvalidInput naming the setting."""
    try:
        limit = parse_limit(desk.settings.targets.soft)
    except ValueError as error:
        raise InvalidInput(str(error), file="desk.toml", key="targets.soft") from None
    assert isinstance(limit, TimeLimit)  # noqa: S101 - parse_limit turns every string into one
    return limit


def assess_facts(
    desk: Desk, facts: Circumstances, *, at: datetime | None = None, own: OwnEvents = MappingProxyType({})
) -> Board:
    """What a facts file owes, and when, under the law in force when the breach became known. `own`: events by instrument."""
    now = at or desk.clock.now()
    book = desk.law.book(facts.places)
    return board(
        assess(facts, book, now), facts.timeline, desk.law.calendar, soft_target(desk), at=now, rulebook=book.digest, own=own
    )


def clock_alone(desk: Desk, place: str, start: datetime, limit: str) -> dict[str, object]:
    """The clock engine without an incident: `due`, `latest`, `working`. Raises InvalidInput."""
    if not known(place):
        raise InvalidInput("is not a place the desk knows: use ISO 3166 codes such as DE or US-CA", key=place)
    try:
        parsed = parse_limit(limit)
    except ValueError as error:
        raise InvalidInput(str(error), key="--limit") from None
    assert isinstance(parsed, TimeLimit)  # noqa: S101 - parse_limit turns every string into one
    eu = place == "EU" or country(place) in EEA
    found = reckon(parsed, start, zone(place), desk.law.calendar(place), eu_1182_71=eu)
    return {
        "schema": "breachdesk/clock", "version": 1, "place": place, "from": iso(start), "limit": str(parsed),
        "due": iso(found.due), "due_local": iso(found.due.astimezone(zone(place))),
        "latest": iso(found.latest) if found.latest else None, "working": list(found.working),
    }  # fmt: skip
