"""Worked cases that people of law can add: a name, the paragraph, the facts, what is owed and when. No Python needed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli

from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.clocks import Clock, board
from breachdesk.domain.duties import assess
from breachdesk.domain.rules import Rulebook, Threshold, TimeLimit
from breachdesk.rulebook import ShippedCalendars

FOLDER = Path(__file__).parent / "cases"
TARGET = TimeLimit(amount=48, unit="hours")


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.rglob("*.toml")):
        for n, case in enumerate(tomli.loads(path.read_text("utf-8"))["case"], 1):
            found.append(pytest.param(case, id=f"{path.relative_to(FOLDER).with_suffix('')}-{n}"))
    return found


@pytest.mark.parametrize("case", _cases())
def test_worked_case(case: dict[str, Any], book: Rulebook, calendars: ShippedCalendars) -> None:
    """Each worked case of the law comes out as its paragraph says."""
    at = case["at"].astimezone(UTC)
    facts = Circumstances.model_validate(case["facts"])
    found = board(assess(facts, book, at), facts.timeline, calendars.of, TARGET, at=at, rulebook=book.digest)
    for expected in case["expect"]:
        if expected["status"] == "not-owed" and expected["duty"] not in {c.duty.rule.id for c in found.clocks}:
            continue  # a place without affected people and without an establishment is not even listed
        _check(case["name"], _clock(found.clocks, expected), expected)


def _clock(clocks: tuple[Clock, ...], expected: dict[str, Any]) -> Clock:
    here = [
        c for c in clocks
        if c.duty.rule.id == expected["duty"] and expected.get("place", c.duty.place) == c.duty.place
    ]  # fmt: skip
    assert here, f"{expected['duty']} is not among {sorted({c.duty.rule.id for c in clocks})}"
    return here[0]


def _check(name: str, clock: Clock, expected: dict[str, Any]) -> None:
    told = f"{name}: {clock.duty.rule.id}: {clock.duty.reasons} {clock.working}"
    assert clock.duty.status == expected["status"], told
    for key, value in (("due", clock.due), ("latest", clock.latest)):
        if key in expected:
            wanted: datetime = expected[key]
            assert value == wanted.astimezone(UTC), told
    for key, names in (("flips_if", clock.duty.flips_if), ("missing", clock.duty.missing)):
        if key in expected:
            assert set(expected[key]) <= set(names), told


def test_every_instrument_has_a_case(book: Rulebook) -> None:
    """Each instrument that sets a number of hours, days or people has at least one worked case."""
    used = {
        expected["duty"].partition("#")[0]
        for path in FOLDER.rglob("*.toml")
        for case in tomli.loads(path.read_text("utf-8"))["case"]
        for expected in case["expect"]
    }
    numbered = {
        instrument.id for instrument in book.instruments
        for duty in instrument.duty for version in duty.version
        if version.limit is not None or any(t.threshold for t in version.when)
    }  # fmt: skip
    assert numbered <= used, f"no worked case for {sorted(numbered - used)}"


def _boundary(threshold: Threshold) -> set[int]:
    """The two numbers of people between which the answer turns."""
    if threshold.at_least is not None:
        return {threshold.at_least - 1, threshold.at_least}
    if threshold.more_than is not None:
        return {threshold.more_than, threshold.more_than + 1}
    assert threshold.fewer_than is not None
    return {threshold.fewer_than - 1, threshold.fewer_than}


def test_every_threshold_is_tried_on_both_sides(book: Rulebook) -> None:
    """Each number of people in a rule in force has worked cases at N and at the number beside it.

    `at_least = 1` is no number to try: a place without people lists no duty.
    """
    tried: dict[str, set[int]] = {}
    for path in FOLDER.rglob("*.toml"):
        for case in tomli.loads(path.read_text("utf-8"))["case"]:
            rows = case["facts"].get("affected", [])
            counts = {sum(row["count"] for row in rows)} | {row["count"] for row in rows}
            for expected in case["expect"]:
                tried.setdefault(expected["duty"], set()).update(counts)
    untried = {
        rule.id: sorted(_boundary(trigger.threshold) - tried.get(rule.id, set()))
        for rule in book.rules() for version in rule.duty.version if version.in_force_from
        for trigger in version.when if trigger.threshold and trigger.threshold.at_least != 1
        and not _boundary(trigger.threshold) <= tried.get(rule.id, set())
    }  # fmt: skip
    assert not untried
