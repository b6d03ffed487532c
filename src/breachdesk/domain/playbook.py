"""Steps, and progress as a fold over what was recorded.

A playbook says what is done in which order; what was done stands in step records that are added, never changed. Where
the team is follows from the two and from the facts, every time anew: a fact that changes moves the path, and the row
says because of what. Nobody's ignorance takes a step off the path: while a branch's fact is unknown the step stays, and
says which fact would tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, model_validator

from breachdesk.domain.errors import Gate, InvalidInput, NotFound
from breachdesk.domain.incident import SPECS, Fact, FactSpec, spec_of
from breachdesk.domain.values import Instant, Value
from breachdesk.domain.vocabulary import Event

LeadsTo = Literal["count", "assess", "draft", "review", "send", "file", "pack", "facts", ""]
Recorded = Literal["doing", "done", "skipped", "reopened"]
StepState = Literal["todo", "doing", "done", "skipped", "blocked", "off-path"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
"""An id: lower-case words joined by hyphens."""

_SPAN = re.compile(r"(\d+) (minute|hour|day|week)s?")
_UNIT = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def span(text: str) -> timedelta:
    """`30 minutes`, `4 hours`, `2 days`, `1 week` as elapsed time. Raises ValueError with the spelling wanted."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not a span of time: write e.g. "30 minutes", "4 hours", "2 days"')
    try:
        return int(match[1]) * _UNIT[match[2]]
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is longer than time runs here: write e.g. \"30 minutes\", \"4 hours\", \"2 days\"") from None


def _spelt(text: str) -> str:
    span(text)
    return text


Span = Annotated[str, AfterValidator(_spelt)]


class Finding(Value):
    """Something wrong in a playbook or scenario file. `line` counts from 1; 0 when it is not known."""

    file: str = ""
    line: int = 0
    key: str = ""
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.problem) if part)


class Phase(Value):
    """A stretch of the work, in the order of the file."""

    id: Slug
    title: str


class OwnFact(Value):
    """A fact of the playbook's own, `x-<word>`: the question it puts, and the answers its branches know."""

    key: str = Field(pattern=r"^x-[a-z0-9]+(-[a-z0-9]+)*$")
    question: str
    choices: tuple[str, ...] = ()


class Branch(Value):
    """A condition on one fact: it is `known` (or not), or its value is one of `is` (for a list: any of its words
    is)."""

    fact: str
    known: StrictBool | None = None
    among: tuple[StrictBool | StrictInt | StrictStr, ...] = Field(default=(), alias="is")

    @model_validator(mode="after")
    def _one(self) -> Branch:
        if (self.known is None) == (not self.among):
            raise ValueError(f"{self.fact}: give either `is = [...]` or `known = true`, not both and not neither")
        return self

    def holds(self, facts: Mapping[str, Fact]) -> bool | None:
        """Whether the condition holds; None while nobody knows the fact it asks about."""
        fact = facts.get(self.fact)
        known = fact is not None and fact.standing != "unknown"
        if self.known is not None:
            return known is self.known
        if fact is None or not known:
            return None
        values = fact.value if isinstance(fact.value, list) else [fact.value]
        return any(_same(value, wanted) for value in values for wanted in self.among)

    def __str__(self) -> str:
        if self.known is not None:
            return f"{self.fact} is {'known' if self.known else 'not known'}"
        return f"{self.fact} is {' or '.join(_shown(value) for value in self.among)}"


def _same(value: Any, wanted: bool | int | str) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip().casefold() == wanted.strip().casefold()
    return type(value) is type(wanted) and value == wanted


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class Slot(Value):
    """A place for evidence: what is put there, and whether the step can be done without it."""

    slot: Slug
    what: str
    required: bool = True


class Step(Value):
    """One thing to do.

    `needs` are step ids that come first; `needs_facts` fact keys that must be recorded before it can start; `asks` fact
    keys that must be recorded (known, or said to be unknown) before it is done. `when` must all hold for the step to be
    on the path.
    `due` is a span after the event `due_after`. `leads_to` is the part of the desk the step opens.
    """

    id: Slug
    phase: Slug
    title: str = Field(min_length=3, max_length=90)
    owner: Slug
    guidance: str = ""
    asks: tuple[str, ...] = ()
    needs: tuple[Slug, ...] = ()
    needs_facts: tuple[str, ...] = ()
    when: tuple[Branch, ...] = ()
    leads_to: LeadsTo = ""
    artefact: str = ""
    evidence: tuple[Slot, ...] = ()
    due: Span | None = None
    due_after: Event | None = None

    @model_validator(mode="after")
    def _dated(self) -> Step:
        if (self.due is None) != (self.due_after is None):
            raise ValueError("due and due_after go together: a span, and the event it runs from")
        return self


class RoleName(Value):
    """A role that owns steps: its id and what people call it."""

    id: Slug
    title: str


class Playbook(Value):
    """A procedure for one kind of breach."""

    id: Slug
    title: str
    summary: str = ""
    version: str
    roles: tuple[RoleName, ...] = Field(default=(), alias="role")
    facts: tuple[OwnFact, ...] = Field(default=(), alias="fact")
    phases: tuple[Phase, ...] = Field(min_length=1, alias="phase")
    steps: tuple[Step, ...] = Field(min_length=1, alias="step")

    def step(self, id: str) -> Step:
        """One step. Raises NotFound naming the playbook."""
        for step in self.steps:
            if step.id == id:
                return step
        raise NotFound(f"{self.id} has no step {id!r}; it has {', '.join(s.id for s in self.steps)}")

    def fact(self, key: str) -> FactSpec:
        """The spec of a fact, with this playbook's own question for its `x-` facts. Raises InvalidInput for an unknown
        key."""
        own = next((fact for fact in self.facts if fact.key == key), None)
        return FactSpec(key=key, question=own.question, choices=own.choices) if own else spec_of(key)


class StepRecord(Value):
    """What somebody did about a step: a later record of the same step supersedes it. `evidence` is slot -> note or
    path."""

    step: str
    state: Recorded
    by: str
    at: Instant
    reason: str = ""
    evidence: dict[str, str] = Field(default_factory=dict)
    note: str = ""


class StepRow(Value):
    """Where one step stands. `why` says in sentences what holds it, takes it off the path, or leaves its place on it
    open.

    `waiting_for` are steps that come first; `open_facts` facts it asks for that nobody has recorded; `open_evidence`
    required slots that are empty; `due` is UTC, None when the step has none or the event it runs from has no date yet.
    """

    step: Step
    state: StepState
    why: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()
    open_facts: tuple[str, ...] = ()
    open_evidence: tuple[str, ...] = ()
    due: Instant | None = None
    record: StepRecord | None = None
    evidence: dict[str, str] = Field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether what needs this step may go on."""
        return self.state in ("done", "skipped", "off-path")


def progress(playbook: Playbook, records: Iterable[StepRecord], facts: Mapping[str, Fact]) -> tuple[StepRow, ...]:
    """Where every step stands, in the order of the playbook, from everything recorded and the current facts.

    A step that was done or skipped stays so whatever the facts say later. A skipped step lets what needs it go on and
    has no other effect: the facts it asks for stay open and its artefact does not exist. Records of steps the playbook
    does not have (it was edited since) are passed over.
    """
    newest: dict[str, StepRecord] = {}
    kept: dict[str, dict[str, str]] = {}
    for record in records:
        newest[record.step] = record
        if record.state != "skipped":
            kept.setdefault(record.step, {}).update(record.evidence)
    rows: dict[str, StepRow] = {}
    for step in _in_order_of_need(playbook):
        rows[step.id] = _row(playbook, step, newest.get(step.id), kept.get(step.id, {}), facts, rows)
    return tuple(rows[step.id] for step in playbook.steps)


def _in_order_of_need(playbook: Playbook) -> Iterator[Step]:
    """Every step after those it needs. Steps that need each other in a circle come last, in the order of the file."""
    left = list(playbook.steps)
    seen: set[str] = set()
    there = {step.id for step in left}
    while left:
        free = [step for step in left if not (set(step.needs) & there) - seen] or left[:1]
        yield from free
        seen.update(step.id for step in free)
        left = [step for step in left if step.id not in seen]


def _row(
    playbook: Playbook, step: Step, record: StepRecord | None, evidence: dict[str, str], facts: Mapping[str, Fact],
    rows: Mapping[str, StepRow],
) -> StepRow:  # fmt: skip
    truths = [(branch, branch.holds(facts)) for branch in step.when]
    why: list[str] = []
    waiting = tuple(need for need in step.needs if need not in rows or not rows[need].settled)
    before = tuple(key for key in step.needs_facts if not _recorded(key, facts))
    state: StepState
    if record is not None and record.state in ("done", "skipped"):
        state = "done" if record.state == "done" else "skipped"
        why = [record.reason] if record.reason else []
    elif off := [branch for branch, truth in truths if truth is False]:
        state = "off-path"
        why = [_departure(branch, facts) for branch in off]
    else:
        why = [f"on the path while nobody knows {branch.fact} (it is for: {branch})" for branch, truth in truths if truth is None]
        if record is not None and record.state == "doing":
            state = "doing"
        else:
            state = "blocked" if waiting or before else "todo"
        why += [f"waits for {need}: {_title(playbook, need)}" for need in waiting]
        why += [f"waits for the fact {key}" for key in before]
    return StepRow(
        step=step, state=state, why=tuple(why), waiting_for=waiting, record=record, evidence=evidence,
        open_facts=tuple(key for key in step.asks if not _recorded(key, facts)),
        open_evidence=tuple(s.slot for s in step.evidence if s.required and not evidence.get(s.slot, "").strip()),
        due=_due(step, facts),
    )  # fmt: skip


def _recorded(key: str, facts: Mapping[str, Fact]) -> bool:
    return key in facts


def _departure(branch: Branch, facts: Mapping[str, Fact]) -> str:
    fact = facts.get(branch.fact)
    if fact is None or fact.standing == "unknown":
        return f"off the path because {branch.fact} is not known; it is for: {branch}"
    return f"off the path because {branch.fact} is {_shown(fact.value)}; it is for: {branch}"


def _title(playbook: Playbook, id: str) -> str:
    return next((step.title for step in playbook.steps if step.id == id), "a step this playbook does not have")


def _due(step: Step, facts: Mapping[str, Fact]) -> datetime | None:
    if step.due is None:
        return None
    fact = facts.get(f"timeline.{step.due_after}")
    if fact is None or fact.standing == "unknown" or not fact.value:
        return None
    start = fact.value if isinstance(fact.value, datetime) else datetime.fromisoformat(str(fact.value))
    return start + span(step.due)


def next_step(rows: Sequence[StepRow]) -> StepRow | None:
    """The next thing to do: what was begun, else the first step that can begin; None when nothing is left that can."""
    for state in ("doing", "todo"):
        for row in rows:
            if row.state == state:
                return row
    return None


def record_step(playbook: Playbook, record: StepRecord, records: Iterable[StepRecord], facts: Mapping[str, Fact]) -> StepRecord:
    """The record, once everything it needs is there.

    Raises NotFound for a step the playbook does not have; InvalidInput for a skip or reopening without a reason, a skip
    that brings evidence, or a slot the step does not have; Gate naming the steps, facts and evidence slots that are
    still missing.
    """
    step = playbook.step(record.step)
    rows = {row.step.id: row for row in progress(playbook, records, facts)}
    row = rows[step.id]
    slots = {slot.slot for slot in step.evidence}
    for slot in record.evidence:
        if slot not in slots:
            raise InvalidInput(f"the step {step.id} has no such slot; it has {', '.join(sorted(slots)) or 'none'}", key=slot)
    if record.state in ("skipped", "reopened") and not record.reason.strip():
        raise InvalidInput(f"say why {step.id} is {record.state}", key="reason")
    if record.state == "skipped" and record.evidence:
        raise InvalidInput(f"{step.id} is skipped, and a skipped step yields no evidence; record it as done", key="evidence")
    if record.state == "reopened":
        if row.state not in ("done", "skipped"):
            raise Gate(f"{step.id} is {row.state}; only a step that was done or skipped can be reopened")
        return record
    if row.state in ("done", "skipped"):
        raise Gate(f"{step.id} is {row.state} already; reopen it first, with a reason")
    if record.state in ("doing", "done"):
        _refuse_early(step, row, record)
    return record


def _refuse_early(step: Step, row: StepRow, record: StepRecord) -> None:
    before = [sentence for sentence in row.why if sentence.startswith("waits for ")] if row.state == "blocked" else []
    if before:
        raise Gate(f"{step.id} {'; '.join(before)}. Do that first, or skip it with a reason.")
    if record.state == "doing":
        return
    missing = [f"the fact {key}" for key in row.open_facts]
    missing += [f"the evidence {slot}" for slot in row.open_evidence if not record.evidence.get(slot, "").strip()]
    if missing:
        raise Gate(f"{step.id} is not done without {', '.join(missing)}. A fact nobody knows is recorded as unknown.")


def check(playbook: Playbook, file: str = "") -> tuple[Finding, ...]:
    """What is wrong with a playbook that loads. Keys read `step.<id>.<key>`; lines are filled in by who read the
    file."""
    found: list[Finding] = []

    def say(key: str, problem: str) -> None:
        found.append(Finding(file=file, key=key, problem=problem))

    _check_names(playbook, say)
    for step in playbook.steps:
        _check_step(playbook, step, say)
    _check_shape(playbook, say)
    return tuple(found)


def _check_names(playbook: Playbook, say: Any) -> None:
    for kind, ids in (
        ("step", [s.id for s in playbook.steps]), ("phase", [p.id for p in playbook.phases]),
        ("role", [r.id for r in playbook.roles]), ("fact", [f.key for f in playbook.facts]),
    ):  # fmt: skip
        for id in dict.fromkeys(ids):
            if ids.count(id) > 1:
                say(f"{kind}.{id}", f"there are {ids.count(id)} of this id; give each its own")
    for phase in playbook.phases:
        if not any(step.phase == phase.id for step in playbook.steps):
            say(f"phase.{phase.id}", "no step is in this phase; add one or take the phase out")
    used = {key for s in playbook.steps for key in (*s.asks, *s.needs_facts, *(b.fact for b in s.when))}
    for own in playbook.facts:
        if own.key not in used:
            say(f"fact.{own.key}", "no step asks for it or branches on it; use it or take it out")


def _check_step(playbook: Playbook, step: Step, say: Any) -> None:
    at = f"step.{step.id}"
    if step.phase not in {phase.id for phase in playbook.phases}:
        say(f"{at}.phase", f"there is no phase {step.phase!r}; there are {', '.join(p.id for p in playbook.phases)}")
    if playbook.roles and step.owner not in {role.id for role in playbook.roles}:
        say(f"{at}.owner", f"there is no role {step.owner!r}; there are {', '.join(r.id for r in playbook.roles)}")
    own = {fact.key: fact for fact in playbook.facts}
    for name, keys in (("asks", step.asks), ("needs_facts", step.needs_facts), ("when", [b.fact for b in step.when])):
        for key in keys:
            if key in SPECS or key in own:
                continue
            try:
                spec_of(key)
            except InvalidInput as error:
                say(f"{at}.{name}", f"{key}: {error.problem}")
            else:
                say(f"{at}.{name}", f"{key}: declare this fact of the playbook's own with a [[fact]] that asks a question")
    for branch in step.when:
        choices = own[branch.fact].choices if branch.fact in own else SPECS[branch.fact].choices if branch.fact in SPECS else ()
        for value in branch.among:
            if choices and value not in choices:
                say(f"{at}.when", f"{branch.fact} is never {_shown(value)}; it is one of {', '.join(choices)}")
    slots = [slot.slot for slot in step.evidence]
    for slot in dict.fromkeys(slots):
        if slots.count(slot) > 1:
            say(f"{at}.evidence", f"the slot {slot} stands there twice")


def _check_shape(playbook: Playbook, say: Any) -> None:
    ids = {step.id for step in playbook.steps}
    needed = {need for step in playbook.steps for need in step.needs}
    for step in playbook.steps:
        for need in step.needs:
            if need not in ids:
                say(f"step.{step.id}.needs", f"there is no step {need!r}")
            elif need == step.id:
                say(f"step.{step.id}.needs", "the step needs itself")
    for circle in circles(playbook.steps):
        say(f"step.{circle[0]}.needs", f"these steps need each other in a circle: {' -> '.join((*circle, circle[0]))}")
    for step in playbook.steps:
        if _contradiction(step.when):
            say(f"step.{step.id}.when", "never on the path: the conditions on one fact exclude each other")
    stuck = _unreachable(playbook.steps)
    for step in playbook.steps:
        if step.id in stuck:
            say(f"step.{step.id}.needs", f"never reached: it waits for {', '.join(stuck[step.id])}, which can never be done")
    first = playbook.phases[0].id
    for step in playbook.steps:
        if not step.needs and step.id not in needed and step.phase != first and len(ids) > 1:
            say(f"step.{step.id}", "an orphan: it needs no step and no step needs it; say in `needs` what it follows")


def circles(steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Steps that need each other in a circle, each circle once, told from its first step in the file. A step that needs
    itself is not counted."""
    needs = {step.id: [n for n in step.needs if n != step.id] for step in steps}
    found: list[tuple[str, ...]] = []
    seen: set[frozenset[str]] = set()
    for step in steps:
        trail = _back_to(step.id, needs)
        if trail and frozenset(trail) not in seen:
            seen.add(frozenset(trail))
            found.append(trail)
    return tuple(found)


def _back_to(start: str, needs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from a step over its needs back to itself; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    met = {start}
    for way in ways:
        for need in needs.get(way[-1], ()):
            if need == start:
                return way
            if need not in met:
                met.add(need)
                ways.append((*way, need))
    return ()


def _contradiction(when: Sequence[Branch]) -> bool:
    for fact in {branch.fact for branch in when}:
        mine = [branch for branch in when if branch.fact == fact]
        sets = [set(branch.among) for branch in mine if branch.among]
        if sets and fact_is_single(fact) and not set.intersection(*sets):
            return True
        states = {branch.known for branch in mine if branch.known is not None} | ({True} if sets else set())
        if states == {True, False}:
            return True
    return False


def fact_is_single(key: str) -> bool:
    """Whether a fact has one value at a time: lists such as sectors may match several conditions at once."""
    return key not in SPECS or SPECS[key].kind not in ("choices", "places", "affected")


def _unreachable(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Steps behind a missing step or a circle, and what each waits for; the members of a circle themselves left out."""
    ids = {step.id for step in steps}
    dead = {id for circle in circles(steps) for id in circle} | {step.id for step in steps if step.id in step.needs}
    stuck: dict[str, list[str]] = {}
    grown = True
    while grown:
        grown = False
        for step in steps:
            if step.id in stuck or step.id in dead:
                continue
            behind = [need for need in step.needs if need in dead or need in stuck or need not in ids]
            if behind:
                stuck[step.id] = behind
                grown = True
    return stuck
