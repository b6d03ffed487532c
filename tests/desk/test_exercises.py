"""A tabletop on the real desk: a clock that moves, mail that cannot leave, and a score read from the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.bootstrap import MovableClock, exercise_desk
from breachdesk.desk import exercises, proof, views
from breachdesk.desk.exercises import Rehearsal
from breachdesk.desk.parts import Desk
from breachdesk.domain.exercise import Scenario
from tests.conftest import NOW


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Scenario, Rehearsal]:
    """The shipped scenario, rehearsed once."""
    folder = tmp_path_factory.mktemp("exercise")
    probe = exercise_desk(folder / "probe", MovableClock(NOW))
    scenario = probe.shelf.scenario("night-export")
    clock = MovableClock(scenario.start)
    desk = exercise_desk(folder / "desk", clock)
    return desk, scenario, exercises.rehearse(desk, scenario, clock.set)


def test_the_shipped_scenario_plays_to_its_end(played: tuple[Desk, Scenario, Rehearsal]) -> None:
    """Every inject and every scripted deed is possible on the desk: nothing is in trouble."""
    assert [line for line in played[2].played if line.trouble] == []


def test_what_was_met_is_said(played: tuple[Desk, Scenario, Rehearsal]) -> None:
    """The script meets most objectives, comes late on one, misses one, and leaves one untested; each verdict has its minutes or why."""
    verdicts = {o.id: o.verdict for o in played[2].objectives}
    assert set(verdicts.values()) == {"met", "partly", "not-met", "not-tested"}
    assert all(row.why or row.entry for o in played[2].objectives for row in o.expected)


def test_the_count_finds_the_known_right_answers(played: tuple[Desk, Scenario, Rehearsal]) -> None:
    """Counted people equal what was planted, in all, per residence and of unknown residence."""
    desk, scenario, _ = played
    with desk.store.read() as unit:
        runs = unit.runs(scenario.incident.codename)
    for run, answer in zip(runs, scenario.answers.count, strict=True):
        assert run.tally.subjects == answer.subjects
        assert run.tally.unknown_residence == answer.unknown_residence
        found = {row.residence: row.subjects for row in run.tally.by_residence}
        assert {place: found[place] for place in answer.by_residence} == answer.by_residence


def test_the_duties_are_the_known_right_answers(played: tuple[Desk, Scenario, Rehearsal]) -> None:
    """What the scenario says is owed at the end is owed, and what is not is not."""
    desk, scenario, _ = played
    view = views.incident_view(desk, scenario.incident.codename)
    status = {row.clock.duty.rule.id: row.clock.duty.status for row in view.clocks}
    assert {rule: status[rule] for rule in scenario.answers.owed} == dict.fromkeys(scenario.answers.owed, "owed")
    assert all(status.get(rule, "not-owed") == "not-owed" for rule in scenario.answers.not_owed)


def test_mail_stays_in_the_tray(played: tuple[Desk, Scenario, Rehearsal]) -> None:
    """Letters end as files in the exercise's folder, each marked as an exercise; the journal is whole."""
    desk, _, _ = played
    letters = list((desk.folder / "tray").glob("**/*.eml"))
    assert letters
    assert all(b"X-Breachdesk-Exercise: yes" in letter.read_bytes() for letter in letters[:20])
    assert proof.verify_journal(desk)


def test_the_next_inject_is_the_first_not_played(tmp_path: Path) -> None:
    """A facilitator is offered injects in order; when all are played there is none."""
    probe = exercise_desk(tmp_path / "probe", MovableClock(NOW))
    scenario = probe.shelf.scenario("night-export").model_copy(update={"data": None})
    clock = MovableClock(scenario.start)
    desk = exercise_desk(tmp_path / "desk", clock)
    exercises.open_scenario(desk, scenario)
    seen = []
    while row := exercises.next_inject(desk, scenario):
        assert row.inject is not None
        clock.set(row.at)
        exercises.play(desk, scenario, row.inject)
        seen.append(row.inject.id)
    assert seen == [inject.id for inject in scenario.injects if not inject.reserve]
