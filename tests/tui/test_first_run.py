"""Beginning: three choices on an empty register, and a first clock after a few answers."""

from __future__ import annotations

from typing import Any

from breachdesk.desk import cases, views
from breachdesk.desk.parts import Desk
from breachdesk.tui import messages as told
from breachdesk.tui.screens.first_run import CHOICES, FirstRunScreen
from breachdesk.tui.screens.readiness import ReadinessScreen
from breachdesk.tui.widgets.form import Form
from breachdesk.tui.widgets.table import Table


async def test_an_empty_register_asks_three_things_and_no_more(bare: Desk, sit: Any) -> None:
    """The first screen of an empty desk has exactly the three choices, and says where everything is kept."""
    async with sit(bare, incident="", by="") as seat:
        assert isinstance(seat.app.screen, FirstRunScreen)
        assert len(seat.app.screen.query_one(Table).rows) == len(CHOICES) == 3
        for _, title, _ in CHOICES:
            assert title in seat.text()
        assert "Everything stays in" in seat.text()


async def test_a_register_with_incidents_does_not_ask(desk: Desk, sit: Any) -> None:
    """Where there is an incident, the register is the first screen."""
    async with sit(desk, incident="") as seat:
        assert not isinstance(seat.app.screen, FirstRunScreen)


async def test_practise_shows_the_command(bare: Desk, sit: Any) -> None:
    """Without a way to start the sample, its command is shown and the app stays."""
    async with sit(bare, incident="") as seat:
        await seat.press("enter")
        assert "breachdesk demo" in seat.text()


async def test_practise_leaves_to_start_the_sample(bare: Desk, sit: Any) -> None:
    """Given a way to start the sample, choosing it ends the app with that wish."""
    async with sit(bare, incident="", practise=lambda: None) as seat:
        await seat.pilot.press("enter")
        await seat.pilot.pause()
        assert seat.app.return_value == "practise"


async def test_readiness_says_what_is_not_ready(bare: Desk, sit: Any) -> None:
    """The second choice lists each check with a word, and what to do for a mail server that is not named."""
    async with sit(bare, incident="") as seat:
        await seat.press("j", "enter")
        assert isinstance(seat.app.screen, ReadinessScreen)
        assert {c.what for c in seat.last(told.ReadinessRead).checks} >= {"mail server", "rules read", "places"}
        assert "! not yet mail server" in seat.text()


async def test_this_is_real_ends_on_a_running_clock(bare: Desk, sit: Any) -> None:
    """Name, title and establishment are enough: the incident screen follows, and its first clock is GDPR's 72 hours."""
    async with sit(bare, incident="", by="") as seat:
        await seat.press("G", "enter")
        assert isinstance(seat.app.screen, Form)
        await seat.type("responder")
        await seat.press("enter")
        await seat.type("Open bucket")
        await seat.press("enter", "right", "enter")
        await seat.type("Service desk")
        await seat.press("enter", "enter", "enter", "enter")
        await seat.type("de")
        await seat.press("enter", "enter", "enter")
        incident = seat.last(told.IncidentOpened).incident
        assert (incident.title, incident.playbook, incident.opened_by) == ("Open bucket", "open-bucket", "responder")
        known = cases.facts(bare, incident.codename)
        assert (known["established"].value, known["sectors"].value) == (["DE"], ["general"])
        assert known["x-first-learned-by"].value == "Service desk"
        assert seat.app.current_mode == "incident"
        assert "in 7" in seat.text()
        running = [c for c in views.incident_view(bare, incident.codename).clocks if c.urgency in ("soon", "running")]
        assert any(c.clock.duty.rule.id == "eu/gdpr#33-1" for c in running)


async def test_an_answer_that_does_not_fit_opens_nothing(bare: Desk, sit: Any) -> None:
    """A place nobody knows is refused in the form, and the register stays empty."""
    async with sit(bare, incident="") as seat:
        await seat.press("G", "enter")
        seat.app.screen.query_one("#f-title").value = "Open bucket"
        seat.app.screen.query_one("#f-established").value = "Atlantis"
        await seat.press("ctrl+s")
        assert isinstance(seat.app.screen, Form)
        assert "ATLANTIS" in seat.said()
        assert views.register(bare) == []


async def test_what_is_recorded_carries_a_name(desk: Desk, sit: Any) -> None:
    """Whoever did not say who they are is asked before the first thing is recorded, and only once."""
    async with sit(desk, by="") as seat:
        await seat.press("4", "a")
        assert isinstance(seat.app.screen, Form)
        assert seat.count(told.AssessmentKept) == 0
        await seat.type("deputy")
        await seat.press("enter")
        assert seat.count(told.AssessmentKept) == 1
        await seat.press("a")
        assert seat.count(told.AssessmentKept) == 2
        await seat.press("7")
        assert seat.last(told.JournalRead).entries[-1].by == "deputy"
