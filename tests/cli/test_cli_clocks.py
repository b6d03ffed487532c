"""The pager's command: 0, 10 and 11, and what a person reads beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cli.conftest import Hands

Move = Callable[[timedelta], None]


@pytest.mark.parametrize(
    ("later", "within", "code"),  # the soonest clock, the internal target of 48 hours, ends in 27 hours and 20 minutes
    [
        (timedelta(), None, 0),
        (timedelta(hours=4), None, 10),
        (timedelta(), "28 hours", 10),
        (timedelta(), "27 hours", 0),
        (timedelta(hours=27, minutes=20, seconds=1), None, 11),
        (timedelta(days=60), "1 hour", 11),
    ],
)
def test_check(amber: Hands, move: Move, later: timedelta, within: str | None, code: int) -> None:
    """`clocks check` exits 0 while nothing is close, 10 within the warning time, 11 when a clock is late."""
    move(later)
    options = ("--within", within) if within else ()
    said = amber("clocks", "check", *options)
    assert said.code == code
    answer = amber("clocks", "check", *options, "--json")
    assert answer.code == code
    assert answer.json["exit_code"] == code
    assert bool(answer.json["late"]) == (code == 11)


def test_the_desks_own_warning_time(amber: Hands) -> None:
    """Without --within the desk's own warning time decides."""
    assert amber("clocks", "check").code == 0
    (amber.desk / "desk.toml").write_text("[targets]\nwarn_hours = 48\n", "utf-8")
    assert amber("clocks", "check").code == 10


def test_empty_desk(desk: Hands) -> None:
    """A desk without incidents has no clock that is late."""
    assert desk.ok("clocks", "check").out.splitlines()[1].startswith("0 late, 0 within")


def test_board_for_people(amber: Hands, move: Move) -> None:
    """The board names state, date in the recipient's own time, distance, place, recipient, limit, status and missing facts."""
    out = amber.ok("duties", "list", "amber").out.splitlines()
    (line,) = [text for text in out if "eu/gdpr#33-1@DE" in text]
    assert line.startswith("ok; due: Thu 26 Nov 2026 16:20 CET (UTC+1); in 51 h 20 min; place: DE Germany; to: ")
    assert "limit: 72 hours; status: undecided; missing: harm" in line
    dated = [text for text in out if "; due: " in text and "no date" not in text]
    assert "; internal target; " in dated[0]
    assert any(text.startswith("??; due: no date; waits for: ") for text in out)
    assert any(text.startswith("NOT COVERED: AQ Antarctica: 7 people") for text in out)
    assert not any("not owed;" in text for text in out)
    assert any("; because: " in text for text in amber.ok("duties", "list", "amber", "--all").out.splitlines())
    move(timedelta(hours=60))
    (late,) = [text for text in amber.ok("duties", "list", "amber").out.splitlines() if "eu/gdpr#33-1@DE" in text]
    assert late.startswith("!! LATE; due: Thu 26 Nov 2026 16:20 CET (UTC+1); late by 8 h 40 min; reasons for delay required; place:")
