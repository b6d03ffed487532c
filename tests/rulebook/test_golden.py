"""What each place owes for one standard breach: an edit of law shows as a readable diff.

`BREACHDESK_GOLDEN=write pytest tests/rulebook/test_golden.py` writes the files anew; the diff is then what a reviewer reads.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from breachdesk.domain.circumstances import Affected, Circumstances
from breachdesk.domain.clocks import board
from breachdesk.domain.duties import assess
from breachdesk.domain.places import country
from breachdesk.domain.rules import Rulebook, TimeLimit
from breachdesk.rulebook import ShippedCalendars, load

FOLDER = Path(__file__).parent / "golden"
PLACES = sorted(load(today=date.max).coverage)
"""Every place whose law was read, in whole or in part."""
FREE_ZONES = ("AE-ADGM", "AE-DIFC", "AE-DHCC", "QA-QFC", "KZ-AIFC")
"""Places with a law of their own where nobody lives: their law binds who is established there."""
AWARE = datetime(2026, 9, 3, 14, 20, tzinfo=UTC)
AT = datetime(2026, 9, 4, 9, 0, tzinfo=UTC)
EVENTS = ("discovered", "aware", "determined", "assessed")


def standard(place: str, people: int = 12_000) -> Circumstances:
    """An outsider acquired clear data of 12,000 people of one place, in health care; harm is high."""
    return Circumstances(
        title="standard breach", role="controller", sectors=("health",), established=(place,), breach=("confidentiality",),
        access="acquired", malicious=True, harm="high", timeline=dict.fromkeys(EVENTS, AWARE),
        affected=(Affected(residence=country(place) if place in FREE_ZONES else place, count=people, encrypted=False, minors=0,
                           data=("name", "email", "ssn", "national-id", "medical", "online-credentials")),),
    )  # fmt: skip


def told(place: str, book: Rulebook, calendars: ShippedCalendars) -> str:
    """The board of the standard breach in one place, a line per duty."""
    facts = standard(place)
    found = board(assess(facts, book, AT), facts.timeline, calendars.of, TimeLimit(amount=48, unit="hours"), at=AT, rulebook="")
    lines = [f"# {place}: 12,000 residents, all events {AWARE:%Y-%m-%dT%H:%MZ}"]
    for clock in found.clocks:
        duty = clock.duty
        lines.append(f"{duty.rule.id} [{duty.place}] {duty.rule.duty.recipient}/{duty.rule.duty.stage}: {duty.status}")
        if duty.status != "not-owed":
            soft = " (no number in the law; internal target)" if duty.version.soft else ""
            lines.append(f"    {clock.limit}{soft}, due {clock.due_local or 'waits for ' + str(clock.waits_for)}"
                         + (f", latest {clock.latest:%Y-%m-%dT%H:%M:%SZ}" if clock.latest else ""))  # fmt: skip
        lines += [f"    not: {reason.test} (found {reason.found})" for reason in duty.reasons if reason.holds is False]
        if not duty.version.verified:
            lines.append("    NOT VERIFIED at its source")
    lines += [f"NOT COVERED: {gap.place}, {gap.people} people" for gap in found.not_covered]
    lines += [f"PARTLY READ: {gap.place}, {gap.people} people" for gap in found.partly_covered]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("place", PLACES)
def test_what_a_standard_breach_owes(place: str, book: Rulebook, calendars: ShippedCalendars) -> None:
    """The golden file of each place holds exactly what the rulebook says today."""
    path = FOLDER / f"{place}.txt"
    now = told(place, book, calendars)
    if os.environ.get("BREACHDESK_GOLDEN") == "write":
        path.write_text(now, "utf-8")
    assert path.read_text("utf-8") == now
