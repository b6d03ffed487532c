"""Injects, responses, score: a tabletop exercise as data, and what its journal says about the team.

Everything is told in offsets from T0, so that an exercise can be moved and keep its gaps. What the team should do is an
expected action with a check from a closed vocabulary, and checks look at the journal of the desk: nobody ticks a box
for the team. A score is met, partly, not met or not tested, with minutes; there is no percentage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from breachdesk.domain import places
from breachdesk.domain.audit import AuditEntry
from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.incident import Fact, Standing, check_fact, current, spec_of
from breachdesk.domain.playbook import Finding, Playbook, Slug, Span, span
from breachdesk.domain.values import Instant, Value, iso

Verdict = Literal["met", "partly", "not-met", "not-tested"]

ACTS: Mapping[str, frozenset[str]] = {
    "incident.opened": frozenset(),
    "fact.recorded": frozenset({"key", "standing"}),
    "people.counted": frozenset({"run", "subjects"}),
    "duties.assessed": frozenset({"owed", "undecided"}),
    "step.done": frozenset({"step"}),
    "step.skipped": frozenset({"step"}),
    "notice.drafted": frozenset({"notice", "version", "rule", "place", "language"}),
    "notice.commented": frozenset({"notice", "version", "rule", "place", "language"}),
    "notice.approved": frozenset({"notice", "version", "rule", "place", "language"}),
    "notice.sent-back": frozenset({"notice", "version", "rule", "place", "language"}),
    "send.begun": frozenset({"notice", "version", "people", "rule", "place", "language"}),
    "send.finished": frozenset({"notice", "version", "accepted", "refused", "deferred", "unknown", "unaddressed", "rule", "place",
                                "language"}),
    "notice.filed": frozenset({"notice", "version", "reference", "rule", "place", "language"}),
    "pack.written": frozenset(),
    "inject.played": frozenset({"inject"}),
}  # fmt: skip
"""What the journal of a desk calls its deeds, and the particulars a check may ask about. For a deed on a notice that
does not say so itself, `rule`, `place` and `language` are those the notice was drafted with."""

_OFFSET = re.compile(r"(?P<sign>[-+]?)(?P<hours>\d{1,4}):(?P<minutes>[0-5]\d)")
_FROM_START = re.compile(r"T(?P<offset>[-+]\d{1,4}:[0-5]\d)")


def offset(text: str) -> timedelta:
    """`0:30` (hours:minutes from T0), `-61:20` before it. Raises ValueError with the spelling wanted."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not an offset: write hours and minutes from the start, e.g. "0:30" or "-61:20"')
    length = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
    return -length if match["sign"] == "-" else length


def _spelt(text: str) -> str:
    offset(text)
    return text


Offset = Annotated[str, AfterValidator(_spelt)]


class Objective(Value):
    """What the exercise is to show. `capability` is the organisation's own name for what is being tested."""

    id: Slug
    text: str = Field(min_length=10)
    capability: str = ""


class RoleCard(Value):
    """A seat at the table: who sits there, and what the card in front of them says (no answers)."""

    id: Slug
    title: str
    person: str
    card: str = ""


class Module(Value):
    """A part of the exercise: the situation read out when it begins, and the questions for the discussion."""

    id: Slug
    title: str
    at: Offset
    situation: str
    questions: tuple[str, ...] = ()


class Known(Value):
    """A fact that becomes known: for times, `value` may be `T-61:20`, an offset from T0."""

    key: str
    value: Any = None
    standing: Standing = "confirmed"
    source: str = ""


def _known_rows(body: Any) -> Any:
    """A TOML table of facts as rows: `key = value`, `key = { value = …, standing = "suspected" }`, `timeline` as a
    sub-table."""
    if not isinstance(body, Mapping):
        return body
    rows: list[dict[str, Any]] = []
    for key, value in body.items():
        if key == "timeline" and isinstance(value, Mapping):
            rows += [row | {"key": f"timeline.{row['key']}"} for row in _known_rows(value)]
        elif isinstance(value, Mapping):
            rows.append({"key": key, **value})
        else:
            rows.append({"key": key, "value": value})
    return rows


class Opening(Value):
    """The incident as it stands at T0."""

    codename: str
    title: str
    playbook: Slug
    owner: str = ""
    counsel: str = ""
    facts: tuple[Known, ...] = ()

    @field_validator("facts", mode="before")
    @classmethod
    def _rows(cls, body: Any) -> Any:
        return _known_rows(body)


class Data(Value):
    """The record files to count: synthetic, written from a seed. `exposed` is the first day (UTC) of the exposure."""

    seed: int
    rows: int = 60_000
    exposed: date


class Check(Value):
    """How an expected action is seen in the journal. Exactly one of:

    `fact` - the fact was recorded as known (with `is`: with this value); `act` - the deed was done (narrowed by `where`,
    `rule`, `place`, `language`, `step`); `never` - the deed was not done (narrowed the same way); `count_of` - a count
    found `is` people of this residence (`total`: in all).

    Where a deed says a list (the duties found `owed`), one of the list must match, by rule id alone or with its place.
    `within` bounds the time from the inject; done later is partly. `before` names a deed that must not have been done
    earlier (narrowed by the same rule, place and language). `place = "EU"` matches every member state. `since =
    "start"` lets what was done before the inject count too.
    """

    fact: str = ""
    act: str = ""
    never: str = ""
    count_of: str = ""
    equals: Any = Field(default=None, alias="is")
    rule: str = ""
    place: str = ""
    language: str = ""
    step: str = ""
    where: dict[str, str | int] = Field(default_factory=dict)
    within: Span | None = None
    before: str = ""
    since: Literal["inject", "start"] = "inject"

    @model_validator(mode="after")
    def _one(self) -> Check:
        if sum(bool(word) for word in (self.fact, self.act, self.never, self.count_of)) != 1:
            raise ValueError("give exactly one of fact, act, never, count_of")
        if self.count_of and not isinstance(self.equals, int):
            raise ValueError("count_of needs `is`, the number of people")
        if self.never and (self.within or self.before):
            raise ValueError("never takes neither within nor before: it looks at the whole time from the inject to the end")
        return self

    def narrowed(self) -> dict[str, str | int]:
        """Everything the deed must say: `where` with rule, place, language and step."""
        words = {"rule": self.rule, "place": self.place, "language": self.language, "step": self.step}
        return {**self.where, **{key: word for key, word in words.items() if word}}


class Expected(Value):
    """What the team should do about an inject, the objective it speaks to, and how it is checked."""

    id: Slug
    text: str
    objective: Slug
    check: Check


class Inject(Value):
    """Something that happens: when (from T0), to which role, from whom and how, and what it makes knowable.

    `sets` are the facts the inject establishes; the players record them, nobody does it for them. A `reserve` inject is
    a card up the facilitator's sleeve: it is not played unless somebody plays it.
    """

    id: Slug
    at: Offset
    to: Slug
    sender: str
    channel: str
    title: str
    text: str
    module: str = ""
    objective: Slug
    sets: tuple[Known, ...] = ()
    expected: tuple[Expected, ...] = ()
    evaluator_note: str = ""
    reserve: bool = False

    @field_validator("sets", mode="before")
    @classmethod
    def _rows(cls, body: Any) -> Any:
        return _known_rows(body)


Deed = Literal[
    "record-fact", "record-facts", "count", "assess", "step-done", "step-skipped", "draft", "comment", "resolve", "approve",
    "send-back", "send", "file", "pack",
]  # fmt: skip

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "record-fact": ("key",), "record-facts": ("of",), "count": ("files",), "step-done": ("step",), "step-skipped": ("step", "reason"),
    "draft": ("rule", "language"), "comment": ("rule", "language", "text"), "resolve": ("rule", "language"),
    "approve": ("rule", "language"), "send-back": ("rule", "language", "reason"), "send": ("rule", "language"),
    "file": ("rule", "language", "reference"),
}  # fmt: skip


class Action(Value):
    """One deed of the scripted team: `delay` after an inject (after T0 when `after` is empty), by the holder of a role.

    `record-facts` records everything the inject `of` establishes. `rule` is a rule id of the rulebook, `place` narrows
    a routed duty to one authority. Deeds on notices mean the newest version of the notice of that rule, place and
    language.
    """

    after: str = ""
    delay: Offset = "0:00"
    do: Deed
    by: Slug
    key: str = ""
    value: Any = None
    standing: Standing = "confirmed"
    of: str = ""
    files: tuple[str, ...] = ()
    step: str = ""
    evidence: dict[str, str] = Field(default_factory=dict)
    rule: str = ""
    place: str = ""
    language: str = ""
    reference: str = ""
    reason: str = ""
    text: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Action:
        missing = [name for name in _NEEDED.get(self.do, ()) if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.do} needs {', '.join(missing)}")
        return self


class CountAnswer(Value):
    """What a right count of these files finds: distinct people in all, of unknown residence, and by residence."""

    files: tuple[str, ...] = Field(min_length=1)
    subjects: int
    unknown_residence: int
    by_residence: dict[str, int]


class Answers(Value):
    """The known right answers: counts, and ids of rules that are owed or not owed at the end. Never on a player's
    paper."""

    count: tuple[CountAnswer, ...] = ()
    owed: tuple[str, ...] = ()
    not_owed: tuple[str, ...] = ()


class Scenario(Value):
    """A tabletop exercise. `start` is T0, given as data; `minutes` how long the play lasts."""

    id: Slug
    title: str
    summary: str = ""
    minutes: int = Field(ge=5, le=1440)
    start: Instant
    objectives: tuple[Objective, ...] = Field(min_length=1, alias="objective")
    roles: tuple[RoleCard, ...] = Field(min_length=1, alias="role")
    modules: tuple[Module, ...] = Field(default=(), alias="module")
    incident: Opening
    data: Data | None = None
    injects: tuple[Inject, ...] = Field(min_length=1, alias="inject")
    script: tuple[Action, ...] = ()
    answers: Answers = Answers()

    def inject(self, id: str) -> Inject:
        """One inject. Raises NotFound."""
        for inject in self.injects:
            if inject.id == id:
                return inject
        raise NotFound(f"{self.id} has no inject {id!r}; it has {', '.join(i.id for i in self.injects)}")

    def person(self, role: str) -> str:
        """Who sits in a role. Raises NotFound."""
        for card in self.roles:
            if card.id == role:
                return card.person
        raise NotFound(f"{self.id} has no role {role!r}; it has {', '.join(r.id for r in self.roles)}")

    def opening_facts(self) -> tuple[Known, ...]:
        """What is known at T0, values in the JSON form of facts. Raises InvalidInput naming the key."""
        return tuple(self.resolved(known) for known in self.incident.facts)

    def facts_of(self, inject: Inject) -> tuple[Known, ...]:
        """What an inject establishes, values in the JSON form of facts. Raises InvalidInput naming the key."""
        return tuple(self.resolved(known) for known in inject.sets)

    def resolved(self, known: Known) -> Known:
        """A fact with its value checked and, for times, offsets from T0 turned into instants. Raises InvalidInput."""
        if known.standing == "unknown":
            spec_of(known.key)
            return known.model_copy(update={"value": None})
        value = known.value
        if spec_of(known.key).kind == "instant":
            value = self._instant(known.key, value)
        return known.model_copy(update={"value": check_fact(known.key, value)})

    def _instant(self, key: str, value: Any) -> Any:
        if isinstance(value, datetime):
            return value
        match = _FROM_START.fullmatch(value) if isinstance(value, str) else None
        if isinstance(value, str) and match is None and value.startswith("T"):
            raise InvalidInput(f'{value!r} is not an offset from the start: write e.g. "T-61:20" or "T+0:10"', key=key)
        return iso(self.start + offset(match["offset"])) if match else value


class Scheduled(Value):
    """An inject or a scripted action and the instant it is due (UTC). Exactly one of the two is set."""

    at: Instant
    inject: Inject | None = None
    action: Action | None = None


def schedule(scenario: Scenario, *, reserve: bool = False) -> tuple[Scheduled, ...]:
    """The injects in the order they are played; those in reserve only when asked for."""
    rows = [
        Scheduled(at=scenario.start + offset(inject.at), inject=inject)
        for inject in scenario.injects
        if reserve or not inject.reserve
    ]
    return tuple(sorted(rows, key=lambda row: row.at))


def rehearsal(scenario: Scenario) -> tuple[Scheduled, ...]:
    """Injects and the scripted team's actions in one order of time: at the same instant injects first, then the file's
    order.

    Actions after an inject in reserve are left out with it.
    """
    played = schedule(scenario)
    when = {row.inject.id: row.at for row in played if row.inject}
    actions = [
        Scheduled(at=(when[action.after] if action.after else scenario.start) + offset(action.delay), action=action)
        for action in scenario.script
        if not action.after or action.after in when
    ]
    return tuple(sorted((*played, *actions), key=lambda row: row.at))


class ExpectedScore(Value):
    """What became of one expected action. `minutes` run from the inject to the deed, None when it was not done; `entry`
    is the number of the journal entry that shows it; `why` one sentence."""

    id: str
    inject: str
    text: str
    objective: str
    verdict: Verdict
    minutes: float | None = None
    entry: int | None = None
    why: str = ""


class ObjectiveScore(Value):
    """How an objective came out, and the expected actions it rests on. `minutes` is the longest time a met action
    took."""

    id: str
    text: str
    verdict: Verdict
    minutes: float | None = None
    expected: tuple[ExpectedScore, ...] = ()


def score(
    scenario: Scenario, entries: Iterable[AuditEntry], *, ended: datetime, facts: Iterable[Fact] = (),
    counts: Mapping[int, Mapping[str, int]] | None = None,
) -> tuple[ObjectiveScore, ...]:  # fmt: skip
    """Hold the journal of an exercise against what was expected.

    `facts` is every recorded fact (not only the current ones), for checks of values; `counts` is run number ->
    residence -> distinct people, with `total`. All met: met; none of those tested met, not even partly: not-met;
    otherwise partly; nothing tested: not-tested. What was never played was not tested, and neither was an action whose
    time was not up at the end.
    """
    journal = _Journal(tuple(entries), tuple(facts), counts or {}, ended)
    found: dict[str, list[ExpectedScore]] = {objective.id: [] for objective in scenario.objectives}
    for inject in scenario.injects:
        for expected in inject.expected:
            found.setdefault(expected.objective, []).append(_expected(scenario, journal, inject, expected))
    return tuple(_objective(objective, found[objective.id]) for objective in scenario.objectives)


def _objective(objective: Objective, rows: Sequence[ExpectedScore]) -> ObjectiveScore:
    tested = [row.verdict for row in rows if row.verdict != "not-tested"]
    verdict: Verdict
    if not tested:
        verdict = "not-tested"
    elif set(tested) == {"met"}:
        verdict = "met"
    else:
        verdict = "not-met" if set(tested) == {"not-met"} else "partly"
    taken = [row.minutes for row in rows if row.minutes is not None and row.verdict in ("met", "partly")]
    return ObjectiveScore(
        id=objective.id, text=objective.text, verdict=verdict, minutes=max(taken) if taken else None, expected=tuple(rows)
    )


class _Journal:
    """A journal with what its deeds leave to be looked up: the notice behind an id, the value of a fact, the numbers of
    a run."""

    def __init__(
        self, entries: Sequence[AuditEntry], facts: Sequence[Fact], counts: Mapping[int, Mapping[str, int]], ended: datetime
    ) -> None:
        self.entries, self.facts, self.counts, self.ended = entries, facts, counts, ended
        self._notices: dict[str, dict[str, Any]] = {}
        for entry in entries:
            if entry.act == "notice.drafted":
                self._notices[str(entry.what.get("notice"))] = {k: entry.what.get(k) for k in ("rule", "place", "language")}

    def played(self, inject: str) -> datetime | None:
        return next((e.at for e in self.entries if e.act == "inject.played" and e.what.get("inject") == inject), None)

    def said(self, entry: AuditEntry) -> dict[str, Any]:
        return {**self._notices.get(str(entry.what.get("notice")), {}), **entry.what}

    def deeds(self, act: str, narrowed: Mapping[str, str | int]) -> Iterator[AuditEntry]:
        """The deeds of one kind that say everything asked, in the order of the journal."""
        for entry in self.entries:
            if entry.act == act and all(_says(key, self.said(entry).get(key), want) for key, want in narrowed.items()):
                yield entry

    def value_at(self, entry: AuditEntry) -> Any:
        """The value a recorded fact had right after this entry: what the entry says itself, else the facts by time."""
        if "value" in entry.what:
            return entry.what["value"]
        fact = current((f for f in self.facts if f.key == entry.what.get("key")), entry.at).get(str(entry.what.get("key")))
        return None if fact is None else fact.value


def _says(key: str, found: Any, want: str | int) -> bool:
    if key == "place" and isinstance(found, str) and isinstance(want, str):
        return found == want or places.within(found, want)
    if isinstance(found, (list, tuple)):
        return any(item == want or str(item).partition("@")[0] == want for item in found)
    return bool(found == want)


def _expected(scenario: Scenario, journal: _Journal, inject: Inject, expected: Expected) -> ExpectedScore:
    played = journal.played(inject.id)

    def result(verdict: Verdict, why: str, entry: AuditEntry | None = None) -> ExpectedScore:
        minutes = None
        if entry is not None and played is not None:
            minutes = round(max(0.0, (entry.at - played).total_seconds() / 60), 1)
        return ExpectedScore(
            id=expected.id, inject=inject.id, text=expected.text, objective=expected.objective, verdict=verdict, why=why,
            minutes=minutes, entry=entry.n if entry else None,
        )  # fmt: skip

    if played is None:
        return result("not-tested", f"the inject {inject.id} was not played")
    check = expected.check
    since = played if check.since == "inject" else datetime.min.replace(tzinfo=played.tzinfo)
    if check.never:
        broken = next((e for e in journal.deeds(check.never, check.narrowed()) if e.at >= since), None)
        if broken is not None:
            return result("not-met", f"{check.never} in journal entry {broken.n}", broken)
        return result("met", f"no {check.never} until the end")
    deed = next((e for e in _shown_by(scenario, journal, check) if e.at >= since), None)
    until = played + span(check.within) if check.within else None
    if deed is None:
        if until is not None and until > journal.ended:
            return result("not-tested", f"the exercise ended before its {check.within} were up")
        return result("not-met", "nothing in the journal shows it")
    if check.before:
        same = {key: word for key, word in check.narrowed().items() if key in ("rule", "place", "language")}
        sooner = next((e for e in journal.deeds(check.before, same) if e.n < deed.n), None)
        if sooner is not None:
            return result("partly", f"done, but after {check.before} in journal entry {sooner.n}", deed)
    if until is not None and deed.at > until:
        return result("partly", f"done, but later than {check.within} after the inject", deed)
    return result("met", f"journal entry {deed.n}", deed)


def _shown_by(scenario: Scenario, journal: _Journal, check: Check) -> Iterator[AuditEntry]:
    """The journal entries that show what a check asks for."""
    if check.act:
        yield from journal.deeds(check.act, check.narrowed())
    elif check.fact:
        wanted = None if check.equals is None else scenario.resolved(Known(key=check.fact, value=check.equals)).value
        for entry in journal.deeds("fact.recorded", {"key": check.fact}):
            if entry.what.get("standing") == "unknown":
                continue
            if wanted is None or journal.value_at(entry) == wanted:
                yield entry
    else:
        for entry in journal.deeds("people.counted", {}):
            numbers = journal.counts.get(entry.what.get("run", 0), {})
            found = numbers.get(check.count_of, entry.what.get("subjects") if check.count_of == "total" else None)
            if found == check.equals:
                yield entry


def check(scenario: Scenario, playbook: Playbook | None = None, file: str = "") -> tuple[Finding, ...]:
    """What is wrong with a scenario that loads, against its playbook when there is one. Keys read
    `inject.<id>.<key>`."""
    found: list[Finding] = []

    def say(key: str, problem: str) -> None:
        found.append(Finding(file=file, key=key, problem=problem))

    _check_ids(scenario, say)
    _check_objectives(scenario, say)
    _check_times(scenario, say)
    _check_facts(scenario, say)
    for inject in scenario.injects:
        if inject.to not in {role.id for role in scenario.roles}:
            say(f"inject.{inject.id}.to", f"there is no role {inject.to!r}; there are {', '.join(r.id for r in scenario.roles)}")
        if inject.module and inject.module not in {module.id for module in scenario.modules}:
            say(f"inject.{inject.id}.module", f"there is no module {inject.module!r}")
        for expected in inject.expected:
            for problem in _impossible(scenario, playbook, inject, expected.check):
                say(f"inject.{inject.id}.expected.{expected.id}.check", problem)
    for number, action in enumerate(scenario.script, 1):
        for key, problem in _wrong_in(scenario, playbook, action):
            say(f"script[{number}].{key}", problem)
    _check_answers(scenario, say)
    return tuple(found)


def _check_ids(scenario: Scenario, say: Any) -> None:
    for kind, ids in (
        ("objective", [o.id for o in scenario.objectives]), ("role", [r.id for r in scenario.roles]),
        ("module", [m.id for m in scenario.modules]), ("inject", [i.id for i in scenario.injects]),
    ):  # fmt: skip
        for id in dict.fromkeys(ids):
            if ids.count(id) > 1:
                say(f"{kind}.{id}", f"there are {ids.count(id)} of this id; give each its own")
    seen: set[str] = set()
    for inject in scenario.injects:
        for expected in inject.expected:
            if expected.id in seen:
                say(f"inject.{inject.id}.expected.{expected.id}", "another expected action has this id; give each its own")
            seen.add(expected.id)


def _check_objectives(scenario: Scenario, say: Any) -> None:
    there = {objective.id for objective in scenario.objectives}
    tested = {expected.objective for inject in scenario.injects for expected in inject.expected}
    for inject in scenario.injects:
        if inject.objective not in there:
            say(f"inject.{inject.id}.objective", f"there is no objective {inject.objective!r}")
        for expected in inject.expected:
            if expected.objective not in there:
                say(f"inject.{inject.id}.expected.{expected.id}.objective", f"there is no objective {expected.objective!r}")
    for objective in scenario.objectives:
        if objective.id not in tested:
            say(f"objective.{objective.id}", "no expected action tests it; add one to an inject, or drop the objective")


def _check_times(scenario: Scenario, say: Any) -> None:
    last: Inject | None = None
    for inject in scenario.injects:
        at = offset(inject.at)
        if last is not None and at < offset(last.at):
            say(f"inject.{inject.id}.at", f"{inject.at} is before {last.at} of {last.id}; put injects in the order of time")
        if at < timedelta(0) or at > timedelta(minutes=scenario.minutes):
            say(f"inject.{inject.id}.at", f"{inject.at} is outside the {scenario.minutes} minutes of play")
        last = inject


def _check_facts(scenario: Scenario, say: Any) -> None:
    places_of = [("incident.facts", scenario.incident.facts)]
    places_of += [(f"inject.{inject.id}.sets", inject.sets) for inject in scenario.injects]
    for key, rows in places_of:
        for known in rows:
            try:
                scenario.resolved(known)
            except (InvalidInput, ValueError) as error:
                problem = error.problem if isinstance(error, InvalidInput) else str(error)
                say(f"{key}.{known.key}", problem)


def _impossible(scenario: Scenario, playbook: Playbook | None, inject: Inject, check: Check) -> Iterator[str]:
    for act in filter(None, (check.act, check.never, check.before)):
        if act not in ACTS:
            yield f"the journal knows no deed {act!r}; it knows {', '.join(ACTS)}"
    act = check.act or check.never
    if act in ACTS:
        for key in check.narrowed():
            if key not in ACTS[act]:
                yield f"{act} never says its {key}; it says {', '.join(sorted(ACTS[act])) or 'nothing'}"
    if check.fact:
        yield from _impossible_fact(scenario, check)
    if check.place and check.place != "EU" and not places.known(check.place):
        yield f"{check.place!r} is not a place"
    if check.step and playbook and check.step not in {step.id for step in playbook.steps}:
        yield f"the playbook {playbook.id} has no step {check.step!r}"
    if check.count_of:
        right = {
            answer.subjects if check.count_of == "total" else answer.by_residence.get(check.count_of, 0)
            for answer in scenario.answers.count
        }
        if right and check.equals not in right:
            told = " or ".join(str(n) for n in sorted(right))
            yield f"no right count finds {check.equals} for {check.count_of}: the answers say {told}"
    if check.within and offset(inject.at) + span(check.within) > timedelta(minutes=scenario.minutes):
        late = offset(inject.at) + span(check.within) - timedelta(minutes=scenario.minutes)
        yield f"its time runs {int(late.total_seconds() // 60)} minutes past the end of play, so missing it is never seen"


def _impossible_fact(scenario: Scenario, check: Check) -> Iterator[str]:
    try:
        spec_of(check.fact)
        if check.equals is not None:
            scenario.resolved(Known(key=check.fact, value=check.equals))
    except (InvalidInput, ValueError) as error:
        yield f"{check.fact}: {error.problem if isinstance(error, InvalidInput) else error}"
    if check.narrowed():
        yield "a fact is narrowed by `is` only"


def _wrong_in(scenario: Scenario, playbook: Playbook | None, action: Action) -> Iterator[tuple[str, str]]:
    injects = {inject.id for inject in scenario.injects}
    if action.after and action.after not in injects:
        yield "after", f"there is no inject {action.after!r}"
    if action.of and action.of not in injects and action.of != "start":
        yield "of", f"there is no inject {action.of!r}"
    if action.by not in {role.id for role in scenario.roles}:
        yield "by", f"there is no role {action.by!r}"
    if offset(action.delay) < timedelta(0):
        yield "delay", "an action cannot come before what it answers"
    if action.do == "record-fact":
        try:
            scenario.resolved(Known(key=action.key, value=action.value, standing=action.standing))
        except (InvalidInput, ValueError) as error:
            yield "value", f"{action.key}: {error.problem if isinstance(error, InvalidInput) else error}"
    if action.step and playbook:
        step = next((s for s in playbook.steps if s.id == action.step), None)
        if step is None:
            yield "step", f"the playbook {playbook.id} has no step {action.step!r}"
        elif action.do == "step-done":
            lacking = [slot.slot for slot in step.evidence if slot.required and not action.evidence.get(slot.slot)]
            if lacking:
                yield "evidence", f"{action.step} is not done without the evidence {', '.join(lacking)}"


def _check_answers(scenario: Scenario, say: Any) -> None:
    for number, answer in enumerate(scenario.answers.count, 1):
        for place in answer.by_residence:
            if place != places.UNKNOWN and not places.known(place):
                say(f"answers.count[{number}].by_residence", f"{place!r} is not a place")
        if answer.by_residence.get(places.UNKNOWN, answer.unknown_residence) != answer.unknown_residence:
            say(f"answers.count[{number}].unknown_residence", "differs from `unknown` in by_residence")
    both = set(scenario.answers.owed) & set(scenario.answers.not_owed)
    for rule in sorted(both):
        say("answers.owed", f"{rule} stands in owed and in not_owed")
