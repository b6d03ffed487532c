"""One breach that touches thirty places: the contract's answer, with every clock's working, as a golden file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from breachdesk.domain.clocks import board
from breachdesk.domain.duties import assess
from breachdesk.domain.rules import Rulebook, TimeLimit
from breachdesk.rulebook import ShippedCalendars, read_facts

FACTS = Path(__file__).parents[2] / "benchmarks" / "thirty.toml"
GOLDEN = Path(__file__).parent / "golden" / "thirty-places.txt"
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_a_breach_of_thirty_places(book: Rulebook, calendars: ShippedCalendars) -> None:
    """Every duty that is owed or undecided stands with its date and the working of its clock; what waits says for what."""
    facts = read_facts(FACTS)
    assert len({row.residence for row in facts.affected} - {"unknown"}) == 30
    answer = board(
        assess(facts, book, AT), facts.timeline, calendars.of, TimeLimit(amount=48, unit="hours"), at=AT, rulebook=""
    ).as_contract()
    lines = []
    for duty in answer["duties"]:
        if duty["status"] == "not-owed":
            continue
        due = duty["due_local"] or f"waits for {duty['starts']}"
        assert duty["working"], duty["id"]
        assert duty["citations"], duty["id"]
        latest = f", latest {duty['latest']}" if duty["latest"] else ""
        lines.append(f"{due}  {duty['id']} [{duty['place']}] {duty['status']}: {duty['limit']}{latest}")
        lines += [f"    {line}" for line in duty["working"]]
    lines += [f"NOT COVERED: {gap['place']}, {gap['people']} people" for gap in answer["not_covered"]]
    lines += [f"PARTLY READ: {gap['place']}, {gap['people']} people" for gap in answer["partly_covered"]]
    now = "\n".join(lines) + "\n"
    if os.environ.get("BREACHDESK_GOLDEN") == "write":
        GOLDEN.write_text(now, "utf-8")
    assert GOLDEN.read_text("utf-8") == now
