"""Progress is a fold over what was recorded, and the linter names what can never work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from breachdesk.domain.errors import Gate, InvalidInput, NotFound
from breachdesk.domain.incident import Fact
from breachdesk.domain.playbook import (
    Playbook,
    Step,
    StepRecord,
    StepRow,
    check,
    circles,
    next_step,
    progress,
    record_step,
    span,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def step(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "phase": "one", "title": f"Do {id}", "owner": "lead", **more}


def book(*steps: dict[str, Any], **more: Any) -> Playbook:
    body = {"id": "test", "title": "Test", "version": "1", "phase": [{"id": "one", "title": "One"}], "step": list(steps), **more}
    return Playbook.model_validate(body)


def fact(key: str, value: Any = None, standing: str = "confirmed") -> dict[str, Fact]:
    return {key: Fact.model_validate({"key": key, "value": value, "standing": standing, "said_by": "A", "at": NOON})}


def record(step: str, state: str = "done", **more: Any) -> StepRecord:
    return StepRecord.model_validate({"step": step, "state": state, "by": "A", "at": NOON, **more})


def states(rows: tuple[StepRow, ...]) -> dict[str, str]:
    return {row.step.id: row.state for row in rows}


PLAN = book(
    step("log"),
    step(
        "keep", needs=["log"], evidence=[{"slot": "export", "what": "where"}, {"slot": "photo", "what": "?", "required": False}]
    ),
    step("key", needs=["keep"], asks=["key_taken"], when=[{"fact": "x-sealed", "is": ["yes", "partly"]}]),
    step("tell", needs=["key"], asks=["harm", "timeline.aware"], due="72 hours", due_after="aware"),
    fact=[{"key": "x-sealed", "question": "Sealed?", "choices": ["yes", "partly", "no"]}],
)


def test_the_first_step_is_next_and_the_rest_wait_for_it() -> None:
    """With nothing recorded the first step can begin, and each other names the step it waits for."""
    rows = progress(PLAN, [], {})
    assert states(rows) == {"log": "todo", "keep": "blocked", "key": "blocked", "tell": "blocked"}
    assert rows[1].why == ("waits for log: Do log",)
    assert (first := next_step(rows)) is not None
    assert first.step.id == "log"


def test_a_fact_nobody_knows_keeps_the_step_on_the_path_and_says_so() -> None:
    """While the branch's fact is missing or unknown the step stays, naming the fact."""
    for facts in ({}, fact("x-sealed", standing="unknown")):
        row = progress(PLAN, [record("log"), record("keep")], facts)[2]
        assert row.state == "todo"
        assert row.why == ("on the path while nobody knows x-sealed (it is for: x-sealed is yes or partly)",)


def test_a_known_fact_takes_the_step_off_the_path_and_lets_the_next_go_on() -> None:
    """A step whose branch does not hold is off the path because of that value, and what needs it is no longer
    blocked."""
    rows = progress(PLAN, [record("log"), record("keep")], fact("x-sealed", "No"))
    assert states(rows) == {"log": "done", "keep": "done", "key": "off-path", "tell": "todo"}
    assert rows[2].why == ("off the path because x-sealed is No; it is for: x-sealed is yes or partly",)


def test_a_later_fact_brings_the_step_back() -> None:
    """The path follows the facts: when the value changes, the step is on it again."""
    done = [record("log"), record("keep")]
    assert states(progress(PLAN, done, fact("x-sealed", "no")))["key"] == "off-path"
    assert states(progress(PLAN, done, fact("x-sealed", "partly")))["key"] == "todo"


@pytest.mark.parametrize(
    ("when", "value", "holds"),
    [
        ({"fact": "malicious", "is": [True]}, True, True), ({"fact": "malicious", "is": [True]}, False, False),
        ({"fact": "sectors", "is": ["health", "bank"]}, ["general", "bank"], True),
        ({"fact": "sectors", "is": ["health"]}, ["general"], False), ({"fact": "harm", "known": True}, "high", True),
        ({"fact": "harm", "known": False}, "high", False), ({"fact": "malicious", "is": ["true"]}, True, False),
    ],
)  # fmt: skip
def test_branches_read_words_lists_and_yes_or_no(when: dict[str, Any], value: Any, holds: bool) -> None:
    """A branch on a list holds when any of its words is wanted; yes and no are not words."""
    row = progress(book(step("a", when=[when])), [], fact(when["fact"], value))[0]
    assert (row.state == "todo") is holds


def test_whether_a_fact_is_known_is_never_itself_unknown() -> None:
    """`known = true` takes the step off the path until somebody knows, and `known = false` keeps it until then."""
    wants, lacks = (
        book(step("a", when=[{"fact": "harm", "known": True}])),
        book(step("a", when=[{"fact": "harm", "known": False}])),
    )
    assert states(progress(wants, [], fact("harm", standing="unknown"))) == {"a": "off-path"}
    assert states(progress(lacks, [], {})) == {"a": "todo"}


def test_the_due_time_runs_from_its_event_when_that_is_dated() -> None:
    """The due instant is the event plus the span, in UTC; without the event there is none."""
    dated = progress(PLAN, [], fact("timeline.aware", "2026-03-27T16:20:00+01:00"))[3]
    assert dated.due == datetime(2026, 3, 30, 15, 20, tzinfo=UTC)
    assert progress(PLAN, [], fact("timeline.aware", standing="unknown"))[3].due is None


def test_done_needs_the_facts_and_the_required_evidence() -> None:
    """A step is done only with its required slots filled and its facts recorded, and the gate names what is missing."""
    with pytest.raises(Gate, match="keep is not done without the evidence export"):
        record_step(PLAN, record("keep", evidence={"photo": "p"}), [record("log")], {})
    before = [record("log"), record("keep"), record("key", "skipped", reason="r")]
    with pytest.raises(Gate, match=r"tell is not done without the fact harm, the fact timeline\.aware"):
        record_step(PLAN, record("tell"), before, {})
    facts = fact("harm", standing="unknown") | fact("timeline.aware", "2026-03-02T10:00:00Z")
    assert record_step(PLAN, record("tell"), before, facts).state == "done"


def test_evidence_brought_while_doing_counts_when_done() -> None:
    """A slot filled when the step was begun need not be filled again."""
    doing = record("keep", "doing", evidence={"export": "share/1"})
    assert record_step(PLAN, record("keep"), [record("log"), doing], {}).state == "done"
    assert progress(PLAN, [record("log"), doing, record("keep")], {})[1].evidence == {"export": "share/1"}


@pytest.mark.parametrize("state", ["doing", "done"])
def test_a_blocked_step_cannot_begin(state: str) -> None:
    """A step whose needs are open is refused, naming them; skipping them with a reason opens it."""
    with pytest.raises(Gate, match="keep waits for log: Do log"):
        record_step(PLAN, record("keep", state, evidence={"export": "x"}), [], {})
    skipped = [record("log", "skipped", reason="done by the night shift")]
    assert record_step(PLAN, record("keep", state, evidence={"export": "x"}), skipped, {})


def test_skipping_needs_a_reason_and_yields_nothing() -> None:
    """A skip without a reason, or with evidence, is refused; with one it lets others go on and leaves its facts
    open."""
    with pytest.raises(InvalidInput, match="reason: say why log is skipped"):
        record_step(PLAN, record("log", "skipped", reason=" "), [], {})
    with pytest.raises(InvalidInput, match="a skipped step yields no evidence"):
        record_step(PLAN, record("keep", "skipped", reason="r", evidence={"export": "x"}), [record("log")], {})
    rows = progress(PLAN, [record("log"), record("keep"), record("key", "skipped", reason="no time")], fact("x-sealed", "yes"))
    assert (rows[2].state, rows[2].why, rows[2].open_facts) == ("skipped", ("no time",), ("key_taken",))
    assert rows[3].state == "todo"


def test_a_finished_step_is_taken_up_again_only_by_reopening() -> None:
    """Done twice is refused; reopened with a reason, the step is to do again and what needs it waits again."""
    with pytest.raises(Gate, match="log is done already; reopen it first"):
        record_step(PLAN, record("log"), [record("log")], {})
    with pytest.raises(InvalidInput, match="say why log is reopened"):
        record_step(PLAN, record("log", "reopened"), [record("log")], {})
    with pytest.raises(Gate, match="only a step that was done or skipped"):
        record_step(PLAN, record("log", "reopened", reason="r"), [], {})
    again = record_step(PLAN, record("log", "reopened", reason="wrong day"), [record("log")], {})
    assert states(progress(PLAN, [record("log"), again], {}))["keep"] == "blocked"
    assert states(progress(PLAN, [record("log"), again], {}))["log"] == "todo"


def test_what_was_begun_is_next_before_what_can_begin() -> None:
    """The next step is one somebody is doing, else the first that can begin, else none."""
    two = book(step("a"), step("b"))
    rows = progress(two, [record("b", "doing")], {})
    assert (row := next_step(rows)) is not None
    assert row.step.id == "b"
    assert next_step(progress(two, [record("a"), record("b")], {})) is None


def test_unknown_steps_and_slots_are_refused() -> None:
    """A step or slot the playbook does not have is refused by name; a record of a step since removed is passed over."""
    with pytest.raises(NotFound, match="test has no step 'nope'"):
        record_step(PLAN, record("nope"), [], {})
    with pytest.raises(InvalidInput, match="video: the step keep has no such slot; it has export, photo"):
        record_step(PLAN, record("keep", evidence={"video": "x"}), [record("log")], {})
    assert states(progress(PLAN, [record("gone")], {}))["log"] == "todo"


def test_needed_facts_hold_a_step_back() -> None:
    """A step that needs a fact waits for it, and an unknown that was recorded is enough."""
    plan = book(step("a", needs_facts=["harm"]))
    assert progress(plan, [], {})[0].why == ("waits for the fact harm",)
    assert progress(plan, [], {})[0].state == "blocked"
    assert progress(plan, [], fact("harm", standing="unknown"))[0].state == "todo"


def test_a_sound_playbook_has_no_findings() -> None:
    """The linter says nothing about a playbook that works."""
    assert check(PLAN) == ()


BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("unknown fact", step("a", asks=["harmm"]), "step.a.asks", "harmm: no fact has this key"),
    ("undeclared own fact", step("a", asks=["x-mine"]), "step.a.asks", r"x-mine: declare this fact"),
    ("unknown branch fact", step("a", when=[{"fact": "nope", "is": ["x"]}]), "step.a.when", "nope: no fact has this key"),
    ("impossible value", step("a", when=[{"fact": "access", "is": ["stolen"]}]), "step.a.when", "access is never stolen"),
    ("unknown need", step("a", needs=["b"]), "step.a.needs", "there is no step 'b'"),
    ("itself", step("a", needs=["a"]), "step.a.needs", "the step needs itself"),
    ("unknown phase", step("a", phase="two"), "step.a.phase", "there is no phase 'two'"),
    ("twice the slot", step("a", evidence=[{"slot": "s", "what": "x"}] * 2), "step.a.evidence", "the slot s stands there twice"),
    (
        "contradiction",
        step("a", when=[{"fact": "access", "is": ["lost"]}, {"fact": "access", "is": ["acquired"]}]),
        "step.a.when", "exclude each other",
    ),
    (
        "known and not",
        step("a", when=[{"fact": "harm", "is": ["high"]}, {"fact": "harm", "known": False}]), "step.a.when", "exclude each other",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "key", "problem"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_the_linter_names_what_cannot_work(body: dict[str, Any], key: str, problem: str) -> None:
    """Each mistake is found under its key, in words that say what is wrong."""
    found = check(book(step("first"), body), "f.toml")
    assert any(f.key == key and problem in f.problem and f.file == "f.toml" for f in found), found


def test_circles_and_what_lies_behind_them_are_found() -> None:
    """Steps that need each other in a circle are told in order, once, and the step behind them is never reached."""
    plan = book(
        step("a", needs=["c"]), step("b", needs=["a"]), step("c", needs=["b"]), step("d", needs=["c"]), step("e", needs=["d"])
    )
    assert circles(plan.steps) == (("a", "c", "b"),)
    found = {f.key: f.problem for f in check(plan)}
    assert found["step.a.needs"] == "these steps need each other in a circle: a -> c -> b -> a"
    assert "never reached: it waits for c" in found["step.d.needs"]
    assert "never reached: it waits for d" in found["step.e.needs"]
    assert [row.state for row in progress(plan, [], {})] == ["blocked"] * 5


def test_orphans_empty_phases_and_idle_facts_are_found() -> None:
    """A step in a later phase that nothing ties in, a phase without steps, and a fact nobody asks for are findings."""
    phases = [{"id": "one", "title": "One"}, {"id": "two", "title": "Two"}, {"id": "three", "title": "Three"}]
    plan = book(step("a"), step("b", phase="two"), phase=phases, fact=[{"key": "x-idle", "question": "?"}])
    assert {f.key for f in check(plan)} == {"step.b", "phase.three", "fact.x-idle"}


def test_two_steps_of_one_id_and_an_unknown_owner_are_found() -> None:
    """Ids must differ, and a playbook that names roles knows every owner."""
    plan = book(step("a"), step("a"), role=[{"id": "boss", "title": "Boss"}])
    assert {f.key for f in check(plan)} == {"step.a", "step.a.owner"}


@pytest.mark.parametrize(
    "body",
    [step("Bad Id"), step("a", due="soon", due_after="aware"), step("a", due="4 hours"), step("a", leads_to="moon"),
     step("a", when=[{"fact": "harm"}]), step("a", when=[{"fact": "harm", "is": ["high"], "known": True}]), step("a", colour="red")],
)  # fmt: skip
def test_a_step_that_says_something_else_does_not_load(body: dict[str, Any]) -> None:
    """Ids, due times, branches and keys outside the vocabulary are refused."""
    with pytest.raises(ValidationError):
        Step.model_validate(body)


def test_spans_are_spelt_out() -> None:
    """A span is a number and a unit; anything else says what to write."""
    assert span("90 minutes").total_seconds() == 5400
    with pytest.raises(ValueError, match=r'write e.g. "30 minutes"'):
        span("4h")


_IDS = ["a", "b", "c", "d", "e"]


@given(
    needs=st.lists(st.lists(st.sampled_from(_IDS), max_size=3, unique=True), min_size=5, max_size=5),
    deeds=st.lists(st.tuples(st.sampled_from(_IDS), st.sampled_from(["doing", "done", "skipped", "reopened"])), max_size=12),
)
def test_any_history_folds_to_one_row_per_step(needs: list[list[str]], deeds: list[tuple[str, str]]) -> None:
    """Whatever was recorded, in whatever shape of needs, every step has one row, and nothing open that waits is
    next."""
    plan = book(*(step(id, needs=need) for id, need in zip(_IDS, needs, strict=True)))
    rows = progress(plan, [record(id, state, reason="r") for id, state in deeds], {})
    assert [row.step.id for row in rows] == _IDS
    assert all((row.state == "blocked") == bool(row.waiting_for) for row in rows if row.state in ("todo", "blocked"))
    upcoming = next_step(rows)
    assert upcoming is None or upcoming.state in ("doing", "todo")
