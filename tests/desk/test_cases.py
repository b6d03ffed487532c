"""Incidents, facts, counts: nothing is overwritten, and every deed is in the journal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from breachdesk.desk import assessment, cases, proof, views
from breachdesk.domain.errors import InvalidInput, NotFound
from tests.conftest import NOW
from tests.desk.conftest import RECORDS, Seat


def test_a_fact_is_corrected_and_the_past_stays(seat: Seat) -> None:
    """Correcting a fact adds a value; `as_of` shows the desk as it was known then."""
    seat.facts(harm="likely")
    seat.clock.move(timedelta(hours=2))
    seat.facts(harm="high")
    assert cases.facts(seat.desk, "cedar")["harm"].value == "high"
    assert cases.facts(seat.desk, "cedar", as_of=NOW + timedelta(hours=1))["harm"].value == "likely"
    assert [f.value for f in cases.fact_history(seat.desk, "cedar", "harm")] == ["likely", "high"]


def test_duties_as_they_were_known(told: Seat) -> None:
    """The board of an earlier instant rests on the facts and the count of then."""
    then = told.clock.now()
    told.clock.move(timedelta(hours=1))
    told.facts(harm="unlikely")
    now = {c.duty.rule.id: c.duty.status for c in assessment.duties(told.desk, "cedar").clocks}
    before = {c.duty.rule.id: c.duty.status for c in assessment.duties(told.desk, "cedar", as_of=then).clocks}
    assert (before["eu/gdpr#34"], now["eu/gdpr#34"]) == ("owed", "not-owed")


def test_a_second_count_says_what_it_crosses(told: Seat) -> None:
    """One more state's people are a new clock, named with the number found."""
    told.records.write_text(
        RECORDS + "p8,US-CA,crm,us-east-1,name;ssn,false,1990-01-01,en,p8@mail.example,Ed,2026-11-20T10:00:00Z\n", "utf-8"
    )
    found = assessment.count(told.desk, "cedar", [told.records], by="Analyst")
    assert found.diff is not None
    assert [(c.residence, c.before, c.after) for c in found.diff.residences] == [("US-CA", 0, 1)]
    assert found.diff.changed_inputs
    crossed = {c.rule: (c.before, c.after) for c in found.crossings}
    assert crossed["us/ca/civ-1798.82#individuals"] == ("not concerned", "owed")
    diff, again = assessment.diff(told.desk, "cedar", 1, 2)
    assert (diff, again) == (found.diff, found.crossings)
    fallen = {c.rule: (c.before, c.after) for c in assessment.diff(told.desk, "cedar", 2, 1)[1]}
    assert "us/ca/civ-1798.82#individuals" not in {rule for rule, (_, after) in fallen.items() if after == "owed"}
    with pytest.raises(NotFound, match="runs 1 to 2"):
        assessment.diff(told.desk, "cedar", 1, 3)


def test_people_nobody_can_place_stay_visible(told: Seat) -> None:
    """Unknown residence and places without law are on the board with their numbers."""
    board = assessment.duties(told.desk, "cedar")
    assert {(p.place, p.people) for p in board.not_covered} == {("AQ", 1), ("unknown", 1)}


def test_an_estimate_serves_until_the_first_count(seat: Seat) -> None:
    """Before anything is counted the estimate decides; after the first count it no longer does."""
    seat.facts(role="controller", affected_estimate="DE 5000 name+email clear")
    assert any(c.duty.affected == 5000 for c in assessment.duties(seat.desk, "cedar").clocks)
    assessment.count(seat.desk, "cedar", [seat.records], by="Analyst")
    assert all(c.duty.affected != 5000 for c in assessment.duties(seat.desk, "cedar").clocks)


def test_the_register_keeps_why_nobody_was_told(seat: Seat) -> None:
    """Closing needs a reason; a closed incident takes no facts until it is reopened."""
    with pytest.raises(InvalidInput, match="say why"):
        cases.set_state(seat.desk, "cedar", "closed", by="Lead")
    cases.set_state(seat.desk, "cedar", "closed", by="Lead", reason="No personal data were hit")
    with pytest.raises(InvalidInput, match="closed"):
        seat.facts(harm="high")
    cases.set_state(seat.desk, "cedar", "open", by="Lead")
    seat.facts(harm="high")


def test_who_is_asked_for(seat: Seat) -> None:
    """Nothing is recorded without a name; an unknown incident is named with those there are."""
    with pytest.raises(InvalidInput, match="say who you are"):
        cases.record_fact(seat.desk, "cedar", "harm", "high", by=" ")
    with pytest.raises(NotFound, match="cedar"):
        cases.record_fact(seat.desk, "nowhere", "harm", "high", by="Lead")


def test_an_incident_gets_an_innocent_codename(seat: Seat) -> None:
    """Without a codename one is given that says nothing about the incident."""
    first = cases.open_incident(seat.desk, "Second", by="Lead")
    second = cases.open_incident(seat.desk, "Third", by="Lead")
    assert first.codename != second.codename
    with pytest.raises(InvalidInput):
        cases.open_incident(seat.desk, "Bad", by="Lead", codename="Bad Name!")


def test_the_journal_tells_everything_and_verifies(told: Seat) -> None:
    """Every deed is an entry, in order, and the chain is whole; no name or address of a person stands in it."""
    acts = [e.act for e in proof.journal(told.desk, "cedar")]
    assert acts[0] == "incident.opened"
    assert acts[-1] == "people.counted"
    assert proof.verify_journal(told.desk).entries == len(acts)
    assert not any("mail.example" in str(e.what) for e in proof.journal(told.desk))


def test_the_incident_at_a_glance(told: Seat) -> None:
    """Clocks come soonest first, and what blocks is named with the command that moves it."""
    view = views.incident_view(told.desk, "cedar")
    dues = [row.clock.due for row in view.clocks if row.urgency in ("late", "soon", "running") and row.clock.due]
    assert dues == sorted(dues)
    assert view.run is not None
    assert view.not_covered
    assert all(blocker.command.startswith("breachdesk ") for blocker in view.blockers)
    assert views.register(told.desk)[0].people == 7
    assert [check.what for check in views.readiness(told.desk) if not check.ready][:1] == ["mail server"]
