"""An exercise is scored from its journal, and its linter finds what can never be met."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from breachdesk.domain.audit import AuditEntry, next_entry
from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.exercise import ExpectedScore, ObjectiveScore, Scenario, check, offset, rehearsal, schedule, score
from breachdesk.domain.incident import Fact
from breachdesk.domain.playbook import Playbook

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
END = T0 + timedelta(minutes=60)
BOOK = Playbook.model_validate({
    "id": "theft", "title": "T", "version": "1", "phase": [{"id": "one", "title": "One"}],
    "step": [{"id": "log", "phase": "one", "title": "Write it down", "owner": "lead", "evidence": [{"slot": "note", "what": "n"}]}],
})  # fmt: skip


def inject(id: str, at: str, *expected: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [{"id": f"{id}-{n}", "text": "?", "objective": "aware", "check": body} for n, body in enumerate(expected)]
    return {"id": id, "at": at, "to": "lead", "sender": "H", "channel": "mail", "title": "t", "text": "t", "objective": "aware",
            "expected": rows, **more}  # fmt: skip


def scenario(*injects: dict[str, Any], **more: Any) -> Scenario:
    body: dict[str, Any] = {
        "id": "drill", "title": "Drill", "minutes": 60, "start": T0, "inject": list(injects),
        "objective": [{"id": "aware", "text": "Fix the moment of awareness."}],
        "role": [{"id": "lead", "title": "Lead", "person": "Amal Cedar"}],
        "incident": {"codename": "drill", "title": "Drill", "playbook": "theft"}, **more,
    }  # fmt: skip
    return Scenario.model_validate(body)


def journal(*deeds: tuple[int, str, dict[str, Any]]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for minute, act, what in deeds:
        last = entries[-1] if entries else None
        at = T0 + timedelta(minutes=minute)
        entries.append(next_entry(last, at=at, by="A", act=act, incident="drill", what=what))
    return entries


def only(body: dict[str, Any], *deeds: tuple[int, str, dict[str, Any]], ended: datetime = END, **more: Any) -> ExpectedScore:
    """The score of one expected action of an inject played after five minutes."""
    entries = journal((5, "inject.played", {"inject": "i"}), *deeds)
    (objective,) = score(scenario(inject("i", "0:05", body)), entries, ended=ended, **more)
    return objective.expected[0]


AWARE = {"key": "timeline.aware", "standing": "confirmed"}
DRAFTED = {"notice": "N-1", "version": 1, "rule": "eu/gdpr#33-1", "place": "DE", "language": "en"}


@pytest.mark.parametrize(
    ("minute", "verdict", "minutes"), [(12, "met", 7.0), (20, "met", 15.0), (21, "partly", 16.0), (4, "not-met", None)]
)
def test_time_runs_from_the_inject(minute: int, verdict: str, minutes: float | None) -> None:
    """In time is met, to the minute; later is partly; what was done before the inject does not answer it."""
    deeds = [(minute, "fact.recorded", AWARE)]
    entries = sorted(journal((5, "inject.played", {"inject": "i"}), *deeds), key=lambda e: e.at)
    (objective,) = score(scenario(inject("i", "0:05", {"fact": "timeline.aware", "within": "15 minutes"})), entries, ended=END)
    row = objective.expected[0]
    assert (row.verdict, row.minutes) == (verdict, minutes)


def test_what_was_done_before_counts_when_the_check_says_so() -> None:
    """`since = "start"` lets an earlier deed count, in zero minutes."""
    entries = journal((4, "fact.recorded", AWARE), (5, "inject.played", {"inject": "i"}))
    body = {"fact": "timeline.aware", "since": "start"}
    (objective,) = score(scenario(inject("i", "0:05", body)), entries, ended=END)
    assert (objective.verdict, objective.minutes) == ("met", 0.0)


def test_a_fact_recorded_as_unknown_is_not_an_answer() -> None:
    """Recording that nobody knows does not meet an expected fact."""
    assert only({"fact": "timeline.aware"}, (6, "fact.recorded", {**AWARE, "standing": "unknown"})).verdict == "not-met"


@pytest.mark.parametrize(("value", "verdict"), [("2026-03-02T05:00:00Z", "met"), ("2026-03-02T06:00:00Z", "not-met")])
def test_a_facts_value_is_compared_with_an_offset_from_the_start(value: str, verdict: str) -> None:
    """`is = "T-1:00"` means the instant one hour before T0, read from the journal or, failing that, from the facts."""
    body = {"fact": "timeline.aware", "is": "T-1:00"}
    assert only(body, (6, "fact.recorded", {**AWARE, "value": value})).verdict == verdict
    told = Fact(key="timeline.aware", value=value, standing="confirmed", said_by="A", at=T0 + timedelta(minutes=6))
    assert only(body, (6, "fact.recorded", AWARE), facts=[told]).verdict == verdict


def test_a_notice_is_known_by_what_it_was_drafted_with() -> None:
    """An approval that names only the notice still answers a check on rule, place and language; EU matches Germany."""
    body = {"act": "notice.approved", "rule": "eu/gdpr#33-1", "place": "EU", "language": "en"}
    done = (9, "notice.approved", {"notice": "N-1", "version": 1})
    assert only(body, (8, "notice.drafted", DRAFTED), done).verdict == "met"
    assert only(body, (8, "notice.drafted", {**DRAFTED, "place": "SA"}), done).verdict == "not-met"


@pytest.mark.parametrize(("owed", "verdict"), [("eu/gdpr#33-1", "met"), ("eu/gdpr#33-1@DE", "met"), ("eu/gdpr#33", "not-met")])
def test_a_duty_is_found_among_those_owed(owed: str, verdict: str) -> None:
    """A check on a list matches one of its items by rule id, with or without the place."""
    body = {"act": "duties.assessed", "where": {"owed": owed}}
    assert only(body, (9, "duties.assessed", {"owed": ["sa/pdpl#sdaia@SA", "eu/gdpr#33-1@DE"]})).verdict == verdict


@pytest.mark.parametrize(
    ("place", "people", "verdict"), [("US-TX", 250, "met"), ("US-TX", 255, "not-met"), ("total", 900, "met")]
)
def test_a_count_is_held_against_the_known_answer(place: str, people: int, verdict: str) -> None:
    """The number a run found for a place decides, of any run after the inject."""
    body = {"count_of": place, "is": people}
    runs = {1: {"US-TX": 238, "total": 888}, 2: {"US-TX": 250, "total": 900}}
    deeds = [(9, "people.counted", {"run": 1, "subjects": 888}), (12, "people.counted", {"run": 2, "subjects": 900})]
    assert only(body, *deeds, counts=runs).verdict == verdict


def test_the_right_deed_after_what_it_should_precede_is_partly() -> None:
    """Filing after sending is partly, naming the entry that came too soon; in the right order it is met."""
    body = {"act": "notice.filed", "place": "EU", "before": "send.begun"}
    filed, sent = {"notice": "N-1", "reference": "1"}, {"notice": "N-2", "people": 3}
    drafts = [(6, "notice.drafted", DRAFTED), (6, "notice.drafted", {**DRAFTED, "notice": "N-2", "rule": "eu/gdpr#34"})]
    late = only(body, *drafts, (7, "send.begun", sent), (8, "notice.filed", filed))
    assert (late.verdict, late.why) == ("partly", "done, but after send.begun in journal entry 4")
    assert only(body, *drafts, (7, "notice.filed", filed), (8, "send.begun", sent)).verdict == "met"


def test_what_must_never_happen_is_met_by_silence() -> None:
    """`never` is met when nothing shows the deed until the end, and broken by one."""
    body = {"never": "step.skipped", "step": "review"}
    assert only(body, (7, "step.skipped", {"step": "log"})).verdict == "met"
    broken = only(body, (7, "step.skipped", {"step": "review"}))
    assert (broken.verdict, broken.entry) == ("not-met", 2)


def test_what_was_not_played_or_not_up_is_not_tested() -> None:
    """An inject that was not played tests nothing, and neither does a time that was not up at the end."""
    (objective,) = score(scenario(inject("i", "0:05", {"fact": "harm"})), journal((1, "fact.recorded", AWARE)), ended=END)
    assert (objective.verdict, objective.expected[0].why) == ("not-tested", "the inject i was not played")
    early = only({"fact": "harm", "within": "30 minutes"}, ended=T0 + timedelta(minutes=20))
    assert (early.verdict, early.why) == ("not-tested", "the exercise ended before its 30 minutes were up")
    assert only({"fact": "harm", "within": "15 minutes"}, ended=T0 + timedelta(minutes=20)).verdict == "not-met"


def _objective(*deeds: tuple[int, str, dict[str, Any]]) -> ObjectiveScore:
    drill = scenario(
        inject("i", "0:05", {"fact": "harm", "within": "10 minutes"}, {"fact": "access"}), inject("ii", "0:30", {"fact": "role"})
    )
    return score(drill, journal((5, "inject.played", {"inject": "i"}), *deeds), ended=END)[0]


HARM = (7, "fact.recorded", {"key": "harm", "standing": "confirmed"})
ACCESS = (9, "fact.recorded", {"key": "access", "standing": "suspected"})


@pytest.mark.parametrize(
    ("deeds", "verdict", "minutes"),
    [((HARM, ACCESS), "met", 4.0), ((HARM,), "partly", 2.0), ((), "not-met", None), ((ACCESS, (40, *HARM[1:])), "partly", 35.0)],
)
def test_an_objective_is_the_sum_of_what_was_tested(deeds: Iterable[Any], verdict: str, minutes: float | None) -> None:
    """All met is met, none is not-met, anything between is partly; what was not tested does not count; minutes are the
    longest."""
    found = _objective(*deeds)
    assert (found.verdict, found.minutes) == (verdict, minutes)
    assert found.expected[2].verdict == "not-tested"


def test_offsets_move_with_the_start() -> None:
    """Moving T0 moves injects, actions and times of facts, and keeps the gaps."""
    drill = scenario(
        inject("ii", "0:30"), inject("i", "0:05", sets={"timeline": {"aware": "T-1:20"}, "harm": "high"}),
        inject("card", "0:20", reserve=True),
        script=[{"after": "i", "delay": "0:02", "do": "assess", "by": "lead"}, {"do": "pack", "by": "lead", "delay": "0:01"},
                {"after": "card", "do": "assess", "by": "lead"}],
    )  # fmt: skip
    moved = drill.model_copy(update={"start": T0 + timedelta(days=9)})
    for which, day in ((drill, 2), (moved, 11)):
        assert [row.inject.id for row in schedule(which) if row.inject] == ["i", "ii"]
        assert [row.at.day for row in schedule(which)] == [day, day]
        assert which.facts_of(which.inject("i"))[0].value == f"2026-03-{day:02}T04:40:00Z"
    assert [row.inject.id for row in schedule(drill, reserve=True) if row.inject] == ["i", "card", "ii"]
    told = [row.inject.id if row.inject else row.action.do if row.action else "" for row in rehearsal(drill)]
    assert told == ["pack", "i", "assess", "ii"]


def test_facts_are_checked_as_the_desk_checks_them() -> None:
    """A value the desk would refuse is refused with its key, a fact said to be unknown has no value."""
    bad = scenario(inject("i", "0:05", sets={"access": "stolen"}))
    with pytest.raises(InvalidInput, match="access: 'stolen' is not one of"):
        bad.facts_of(bad.injects[0])
    open_ = scenario(inject("i", "0:05", sets={"harm": {"standing": "unknown", "value": "high"}}))
    assert open_.facts_of(open_.injects[0])[0].value is None
    with pytest.raises(InvalidInput, match="is not an offset from the start"):
        scenario(inject("i", "0:05", sets={"timeline": {"aware": "T 0:30"}})).facts_of(
            scenario(inject("i", "0:05", sets={"timeline": {"aware": "T 0:30"}})).injects[0]
        )


@pytest.mark.parametrize(
    "body",
    [{}, {"fact": "harm", "act": "pack.written"}, {"count_of": "DE"}, {"never": "send.begun", "within": "2 hours"},
     {"fact": "harm", "within": "soon"}, {"fact": "harm", "points": 3}],
)  # fmt: skip
def test_a_check_outside_the_vocabulary_does_not_load(body: dict[str, Any]) -> None:
    """A check asks one thing, in the words there are."""
    with pytest.raises(ValidationError):
        scenario(inject("i", "0:05", body))


@pytest.mark.parametrize(
    "action", [{"do": "dance"}, {"do": "count"}, {"do": "approve", "rule": "x"}, {"do": "step-skipped", "step": "a"}]
)
def test_a_scripted_action_says_all_it_needs(action: dict[str, Any]) -> None:
    """An action that lacks what its deed needs does not load."""
    with pytest.raises(ValidationError):
        scenario(inject("i", "0:05"), script=[{"by": "lead", **action}])


def test_names_that_are_not_there_are_refused() -> None:
    """An inject or role the scenario does not have is refused with those it has."""
    drill = scenario(inject("i", "0:05"))
    with pytest.raises(NotFound, match="drill has no inject 'x'; it has i"):
        drill.inject("x")
    with pytest.raises(NotFound, match="drill has no role 'x'; it has lead"):
        drill.person("x")


SOUND = inject("i", "0:05", {"fact": "timeline.aware", "within": "15 minutes"})
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("untested objective", {"inject": [inject("i", "0:05")]}, "objective.aware", "no expected action tests it"),
    ("order", {"inject": [SOUND, inject("j", "0:02")]}, "inject.j.at", "0:02 is before 0:05 of i"),
    ("too late", {"inject": [SOUND, inject("j", "1:01")]}, "inject.j.at", "outside the 60 minutes"),
    ("nobody", {"inject": [{**SOUND, "to": "ceo"}]}, "inject.i.to", "there is no role 'ceo'"),
    ("unknown fact", {"inject": [inject("i", "0:05", {"fact": "awareness"})]}, "inject.i.expected.i-0.check", "no fact has this key"),
    ("impossible value", {"inject": [inject("i", "0:05", {"fact": "harm", "is": "huge"})]}, "inject.i.expected.i-0.check",
     "'huge' is not one of"),
    ("unknown deed", {"inject": [inject("i", "0:05", {"act": "notice.burned"})]}, "inject.i.expected.i-0.check", "no deed"),
    ("deed says no such thing", {"inject": [inject("i", "0:05", {"act": "people.counted", "place": "DE"})]},
     "inject.i.expected.i-0.check", "people.counted never says its place"),
    ("unknown step", {"inject": [inject("i", "0:05", {"act": "step.done", "step": "fly"})]}, "inject.i.expected.i-0.check",
     "the playbook theft has no step 'fly'"),
    ("no place", {"inject": [inject("i", "0:05", {"act": "notice.filed", "place": "Atlantis"})]}, "inject.i.expected.i-0.check",
     "'Atlantis' is not a place"),
    ("wrong number", {
        "inject": [inject("i", "0:05", {"count_of": "DE", "is": 4})],
        "answers": {"count": [{"files": ["a.csv"], "subjects": 9, "unknown_residence": 0, "by_residence": {"DE": 5}}]},
    }, "inject.i.expected.i-0.check", "no right count finds 4 for DE: the answers say 5"),
    ("past the end", {"inject": [inject("i", "0:50", {"fact": "harm", "within": "15 minutes"})]}, "inject.i.expected.i-0.check",
     "5 minutes past the end"),
    ("bad fact", {"inject": [{**SOUND, "sets": {"access": "stolen"}}]}, "inject.i.sets.access", "'stolen' is not one of"),
    ("bad opening", {"incident": {"codename": "d", "title": "D", "playbook": "theft", "facts": {"nope": 1}}}, "incident.facts.nope",
     "no fact has this key"),
    ("script: inject", {"script": [{"do": "assess", "by": "lead", "after": "z"}]}, "script[1].after", "there is no inject 'z'"),
    ("script: role", {"script": [{"do": "assess", "by": "ceo"}]}, "script[1].by", "there is no role 'ceo'"),
    ("script: step", {"script": [{"do": "step-done", "by": "lead", "step": "fly"}]}, "script[1].step", "has no step 'fly'"),
    ("script: evidence", {"script": [{"do": "step-done", "by": "lead", "step": "log"}]}, "script[1].evidence",
     "not done without the evidence note"),
    ("script: value", {"script": [{"do": "record-fact", "by": "lead", "key": "harm", "value": "huge"}]}, "script[1].value",
     "'huge' is not one of"),
    ("both", {"answers": {"owed": ["a#b"], "not_owed": ["a#b"]}}, "answers.owed", "a#b stands in owed and in not_owed"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "key", "problem"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_the_linter_names_what_can_never_work(parts: dict[str, Any], key: str, problem: str) -> None:
    """Each mistake in a scenario is found under its key, in words that say what is wrong, and is the only finding."""
    body = {"inject": [SOUND], **parts}
    found = check(scenario(**body), BOOK, "d.toml")
    assert [f.key for f in found] == [key]
    assert problem in found[0].problem


def test_a_sound_scenario_has_no_findings() -> None:
    """The linter says nothing about a scenario that works."""
    assert check(scenario(SOUND), BOOK) == ()


def test_offsets_are_hours_and_minutes() -> None:
    """An offset may lie before T0; minutes stop at 59."""
    assert offset("-61:20") == -timedelta(hours=61, minutes=20)
    with pytest.raises(ValueError, match="is not an offset"):
        offset("0:75")
