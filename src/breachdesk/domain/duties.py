"""(circumstances, rulebook, day) -> who must be told: owed, not owed, undecided, and because of what.

Logic has three values. A test holds, does not hold, or nobody knows yet; what nobody knows never makes a duty disappear: it is
`undecided` and names the facts that would settle it. Every test is kept with what it looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Literal, NamedTuple

from breachdesk.domain import places
from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.places import EEA, UNKNOWN
from breachdesk.domain.rules import Authority, Combination, Rule, Rulebook, Threshold, Trigger, Version
from breachdesk.domain.values import iso
from breachdesk.domain.vocabulary import HARM_ORDER, Event

Status = Literal["owed", "not-owed", "undecided"]
Truth = bool | None


def every(truths: Iterable[Truth]) -> Truth:
    """Three-valued and: false beats unknown, unknown beats true."""
    unknown = False
    for truth in truths:
        if truth is False:
            return False
        unknown = unknown or truth is None
    return None if unknown else True


def some(truths: Iterable[Truth]) -> Truth:
    """Three-valued or: true beats unknown, unknown beats false."""
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


class Reason(NamedTuple):
    """One test, what it found, and whether it holds (None: nobody knows)."""

    test: str
    found: str
    holds: bool | None


class Test(NamedTuple):
    """A reason with the facts it rests on. `exempts`: the law lifts the duty when this does not hold (encryption, harm).

    `presumed`: unknown, and the law says to notify until it is decided.
    """

    reason: Reason
    facts: tuple[str, ...]
    exempts: bool = False
    presumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A rule held against an incident. `place` is the member state where Union law routes it to one. No clock yet.

    `everyone`: the law binds by where the organisation sits, and covers people wherever they live.
    `affected` is the people who meet the rule's own trigger, those included of whom it is not yet known; None when nobody was
    counted. `key` (`id@place`) tells routed duties of one rule apart.
    """

    rule: Rule
    version: Version
    place: str
    authority: Authority | None = None
    everyone: bool = False
    affected: int | None
    status: Status
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    flips_if: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The duty's key on the desk: rule id and place."""
        return f"{self.rule.id}@{self.place}"


class NotCovered(NamedTuple):
    """A place whose law the desk has not read, where people live or (with 0 people) the organisation is established."""

    place: str
    people: int


class PartlyCovered(NamedTuple):
    """A place whose law the desk has read in part: `read` says what, and what is left."""

    place: str
    people: int
    read: str


class Assessment(NamedTuple):
    """Every rule that concerns the incident, and the places of which the desk knows no law, or a part of it."""

    duties: tuple[Assessed, ...]
    not_covered: tuple[NotCovered, ...]
    partly_covered: tuple[PartlyCovered, ...] = ()


def assess(facts: Circumstances, book: Rulebook, at: datetime) -> Assessment:
    """Hold every rule of the rulebook against the facts.

    `at` is the day whose law applies while nothing in the timeline says when the breach became known (UTC day).
    """
    day = law_day(facts, at)
    duties: list[Assessed] = []
    peopled = _peopled(book, facts.by_residence.keys())
    seated = places.around_any((*(facts.established or ()), *(facts.stored_in or ())))
    for rule in book.rules(of=peopled | seated):
        if _concerned(rule, facts, peopled):
            duties.extend(_assess_rule(rule, facts, book, day, at.date()))
    silent, partly = _gaps(facts, book)
    return Assessment(duties=tuple(duties), not_covered=silent, partly_covered=partly)


def _peopled(book: Rulebook, homes: Set[str]) -> set[str]:
    """The places of the rulebook in which people live, or may: those known only to live in `US` may live in `US-CA`."""
    inside, vague = places.around_any(homes), homes - {"EU"}
    return {place for place in book.places if place in inside or places.around(place) & vague}


def law_day(facts: Circumstances, at: datetime) -> date:
    """The day whose law applies: the earliest of the dated events by which the breach became known, else the day of `at`."""
    known = [facts.timeline[e] for e in ("discovered", "aware", "determined", "informed_by_processor") if e in facts.timeline]
    return min(known).date() if known else at.date()


def _gaps(facts: Circumstances, book: Rulebook) -> tuple[tuple[NotCovered, ...], tuple[PartlyCovered, ...]]:
    """Places of which the desk knows no law, and those of which it knows a part, with the people there, most people first.

    A place whose law was looked for and that has no rule in the book is not covered: silence is never `no duty`.
    """
    people: dict[str, int] = {row.residence: 0 for row in facts.affected if row.count}
    for row in facts.affected:
        if row.count:
            people[row.residence] += row.count
    for home in facts.established or ():  # laws bind by establishment too, with nobody counted there
        people.setdefault(home, 0)
    silent: list[NotCovered] = []
    partly: list[PartlyCovered] = []
    ordered = sorted(people.items(), key=lambda item: (-item[1], item[0]))
    for place, number in ordered:
        state = max((book.covered(place), book.covered(places.country(place)) if not number else "none"), key=_STATES.index)
        law = places.around(place) & book.places or any(places.within(other, place) for other in book.places)
        if state == "none" or not law:
            if number or place != UNKNOWN:
                silent.append(NotCovered(place=place, people=number))
        elif book.covered(place) == "partial":
            partly.append(PartlyCovered(place=place, people=number, read=book.reading(place)))
    return tuple(silent), tuple(partly)


_STATES = ("none", "partial", "complete")


def _concerned(rule: Rule, facts: Circumstances, peopled: Collection[str]) -> bool:
    """Whether a rule is worth listing: people of its place are affected (or may be), or the organisation or its data sit there."""
    return (rule.instrument.place in peopled and any("residence" in v.connects for v in rule.duty.version)) or _seated(rule, facts)


def _seated(rule: Rule, facts: Circumstances) -> bool:
    return any(places.within(home, rule.instrument.place) for v in rule.duty.version for home in _seats(v, facts))


def _seats(version: Version, facts: Circumstances) -> tuple[str, ...]:
    """The places, other than where people live, by which a version could bind: of establishment, of storage, or both."""
    homes = facts.established or () if "establishment" in version.connects else ()
    return homes + (facts.stored_in or () if "storage" in version.connects else ())


def _may_live_in(home: str, place: str) -> bool:
    """People known only to live in the country (`US`) may live in any of its divisions (`US-CA`)."""
    return home not in (place, "EU") and places.within(place, home)


def _assess_rule(rule: Rule, facts: Circumstances, book: Rulebook, day: date, today: date) -> list[Assessed]:
    version = rule.duty.at(day)
    if version is None:
        return _not_in_force(rule, facts, day, today)
    remarks = list(version.notes)
    if not version.verified:
        remarks.insert(0, f"NOT VERIFIED: nobody has read this rule at its source. To read: {version.to_read}")
    found: list[Assessed] = []
    for place, authority, routing in _routes(rule, facts, book):
        everyone = covers_everyone(rule, version, facts)
        crowd = Crowd.of(facts, place if routing == "residents" else rule.instrument.place, everyone=everyone)
        tests, affected = _tests(rule, version, facts, crowd)
        changed = _under_the_law_of(today, rule, version, _status(tests), facts, crowd, day)
        told = (*changed, *_routing_remark(authority, routing), *_elsewhere(rule, version, facts, everyone=everyone), *remarks)
        found.append(_judged(rule, version, tests, affected, place, authority, told, everyone=everyone))
    return found


def covers_everyone(rule: Rule, version: Version, facts: Circumstances) -> bool:
    """Whether a law that binds by establishment covers people wherever they live.

    It does when the organisation (or its data, where storage binds) sits there and, where residence binds too, nowhere else: with
    seats elsewhere, to whose activities the data belong is a question for counsel.
    """
    inside = [places.within(home, rule.instrument.place) for home in _seats(version, facts)]
    if not inside:
        return False
    return all(inside) if "residence" in version.connects else any(inside)


def _elsewhere(rule: Rule, version: Version, facts: Circumstances, *, everyone: bool) -> tuple[str, ...]:
    if everyone or not any(places.within(home, rule.instrument.place) for home in _seats(version, facts)):
        return ()
    return (
        f"Counted are people living in {rule.instrument.place}. This law also binds by seat: data of people living "
        "elsewhere may fall under it when they are processed here. Counsel decides.",
    )


def _not_in_force(rule: Rule, facts: Circumstances, day: date, today: date) -> list[Assessed]:
    dated = [v for v in rule.duty.version if v.in_force_from]
    later = [v for v in dated if v.in_force_from and v.in_force_from > day]
    if later:
        version = min(later, key=lambda v: v.in_force_from or day)
        state = f"in force from {version.in_force_from}"
    elif dated:
        version = max(dated, key=lambda v: v.in_force_from or day)
        state = f"in force until {version.in_force_to}"
    else:
        version = rule.duty.version[0]
        state = f"not in force: {version.pending}"
    reason = Reason(test=f"in force on {day}", found=state, holds=False)
    changed = _under_the_law_of(today, rule, None, "not-owed", facts, Crowd.of(facts, rule.instrument.place), day)
    return [
        Assessed(rule=rule, version=version, place=rule.instrument.place, affected=None, status="not-owed",
                 reasons=(reason,), missing=(), flips_if=("timeline",) if dated else (), remarks=(*changed, *version.notes))
    ]  # fmt: skip


Routing = Literal["none", "lead", "residents", "open"]


def _routes(rule: Rule, facts: Circumstances, book: Rulebook) -> list[tuple[str, Authority | None, Routing]]:
    """Where a duty goes. GDPR: the lead authority of the main establishment in the EEA (Arts 55, 56); without one there, the
    authority of every member state whose residents are affected (EDPB Guidelines 9/2022, para 73)."""
    place = rule.instrument.place
    if rule.duty.routed_by is None:
        return [(place, None, "none")]
    if facts.established is None:
        return [(place, None, "open")]
    home = next((e for e in facts.established if places.country(e) in EEA), None)
    if rule.duty.routed_by == "establishment":
        return [(place if home is None else places.country(home), None, "none")]
    if home is not None:
        return [(places.country(home), _authority(book, home), "lead")]
    states = sorted({places.country(row.residence) for row in facts.affected if row.count} & EEA)
    return [(state, _authority(book, state), "residents") for state in states] or [(place, None, "open")]


def _authority(book: Rulebook, place: str) -> Authority | None:
    exact = next((a for a in book.authorities if a.land == place), None)
    return exact or next((a for a in book.authorities if a.country == places.country(place) and a.land is None), None)


def _routing_remark(authority: Authority | None, routing: Routing) -> tuple[str, ...]:
    if routing == "lead" and authority is not None and authority.country == "DE" and authority.land is None:
        return (
            f"Routed to Germany. {authority.name} hears from federal bodies, telecoms and post; a private company "
            "tells the authority of its Land: record `established` as DE-BY, DE-BE and so on to name it.",
        )
    if routing == "lead" and authority is not None:
        return (f"Routed to {authority.name} by the main establishment in the EEA (GDPR Arts 55 and 56).",)
    if routing == "residents":
        return ("No establishment in the EEA: the authority of each member state with affected residents is told.",)
    if routing == "open":
        return ("Record `established` to route this to an authority: the main establishment in the EEA decides.",)
    return ()


def _judged(
    rule: Rule, version: Version, tests: Sequence[Test], affected: int | None, place: str,
    authority: Authority | None, remarks: tuple[str, ...], *, everyone: bool,
) -> Assessed:  # fmt: skip
    status = _status(tests)
    missing: tuple[str, ...] = ()
    if status == "owed":
        flips = [f for t in tests if t.exempts for f in t.facts]
    elif status == "undecided":
        missing = tuple(dict.fromkeys(f for t in tests if t.reason.holds is None and not t.presumed for f in t.facts))
        flips = list(missing)
    else:
        flips = [f for t in tests if t.reason.holds is False for f in t.facts]
    return Assessed(
        rule=rule, version=version, place=place, authority=authority, everyone=everyone, affected=affected, status=status,
        reasons=tuple(t.reason for t in tests), missing=missing, flips_if=tuple(dict.fromkeys(flips)), remarks=remarks,
    )  # fmt: skip


def _status(tests: Sequence[Test]) -> Status:
    truth = every(True if t.presumed else t.reason.holds for t in tests)
    return "owed" if truth else "undecided" if truth is None else "not-owed"


def _under_the_law_of(
    today: date, rule: Rule, version: Version | None, status: Status, facts: Circumstances, crowd: Crowd, day: date
) -> tuple[str, ...]:
    """What today's law would answer, where it is not the law of the breach (`version`, None: there was none)."""
    now = rule.duty.at(today)
    if now is version:
        return ()
    applied = f"the law in force on {day} is applied"
    if now is None:
        return (f"This law is no longer in force on {today}; {applied}.",)
    answer = _status(_tests(rule, now, facts, crowd)[0])
    if answer == status and version is not None and (now.limit, now.starts) == (version.limit, version.starts):
        return (f"The law changed on {now.in_force_from}; {applied}, and that of {today} gives the same answer.",)
    limit = "" if answer == "not-owed" else f", {now.limit or now.terms}"
    return (f"THE ANSWER DIFFERS under the law of {today}, in force from {now.in_force_from}: {answer}{limit}; {applied}.",)


def _tests(rule: Rule, version: Version, facts: Circumstances, crowd: Crowd) -> tuple[list[Test], int | None]:
    tests = [_role(version, facts)]
    tests.extend(_sectors(version, facts))
    tests.append(_connection(rule, version, facts, Crowd.of(facts, crowd.place)))
    if version.except_established:
        tests.append(_own_law(version, facts))
    if not version.when:
        return tests, crowd.people if facts.affected else None
    outcomes = [_trigger(trigger, facts, crowd) for trigger in version.when]
    if len(outcomes) == 1:
        return [*tests, *outcomes[0][0]], outcomes[0][1]
    tests.append(_any_of(outcomes))
    counted = [n for _, n in outcomes if n is not None]
    return tests, max(counted) if counted else None


def _any_of(outcomes: Sequence[tuple[list[Test], int | None]]) -> Test:
    ways = [every(True if t.presumed else t.reason.holds for t in tests) for tests, _ in outcomes]
    told = " | ".join(
        " and ".join(f"{t.reason.test} ({t.reason.found}: {_word(t.reason.holds)})" for t in tests) for tests, _ in outcomes
    )
    truth = some(ways)
    # What could still open or close the way: of the ways not already decided for good.
    facts = [f for (tests, _), way in zip(outcomes, ways, strict=True) for t in tests if way is truth and
             (t.reason.holds is truth or (truth is None and t.reason.holds is None)) for f in t.facts]  # fmt: skip
    exempts = truth is True and all(any(t.exempts for t in tests) for (tests, _), way in zip(outcomes, ways, strict=True) if way)
    if exempts:
        facts = [f for (tests, _), way in zip(outcomes, ways, strict=True) if way for t in tests if t.exempts for f in t.facts]
    return Test(
        reason=Reason(test=f"any of {len(ways)} triggers", found=told, holds=truth),
        facts=tuple(dict.fromkeys(facts)), exempts=exempts,
    )  # fmt: skip


def _word(truth: Truth) -> str:
    return "unknown" if truth is None else "yes" if truth else "no"


def _role(version: Version, facts: Circumstances) -> Test:
    holds = None if facts.role is None else facts.role in version.roles
    return Test(
        reason=Reason(test=f"role is {' or '.join(version.roles)}", found=facts.role or "unknown", holds=holds), facts=("role",)
    )


def _sectors(version: Version, facts: Circumstances) -> Iterable[Test]:
    found = "unknown" if facts.sectors is None else ", ".join(facts.sectors) or "none"
    ours = set(facts.sectors or ())
    if version.sectors:
        holds = None if facts.sectors is None else bool(ours & set(version.sectors))
        yield Test(reason=Reason(test=f"sector is {' or '.join(version.sectors)}", found=found, holds=holds), facts=("sectors",))
    if version.except_sectors and facts.sectors is not None:
        holds = not ours or not ours <= set(version.except_sectors)
        test = f"not only in sector {' or '.join(version.except_sectors)}"
        yield Test(reason=Reason(test=test, found=found, holds=holds), facts=("sectors",))


def _connection(rule: Rule, version: Version, facts: Circumstances, crowd: Crowd) -> Test:
    people: Truth = crowd.residents > 0 or (None if crowd.somewhere or not facts.affected else False)
    if version.connects == ("residence",):
        reason = Reason(test="residents at least 1", found=str(crowd.residents) if facts.affected else "unknown", holds=people)
        return Test(reason=reason, facts=("affected",) if not crowd.somewhere else ("residence",))
    place = crowd.place if version.connects == ("establishment",) else rule.instrument.place
    ways: list[tuple[str, str, Truth, str]] = []
    for connects, words, homes, fact in (
        ("establishment", "established", facts.established, "established"), ("storage", "data stored", facts.stored_in, "stored_in"),
    ):  # fmt: skip
        if connects in version.connects:
            seated = _seated_in(homes, rule.instrument.place)
            ways.append((f"{words} in {place}", "unknown" if homes is None else ", ".join(homes) or "nowhere", seated, fact))
    if "residence" in version.connects:
        ways.append(("residents at least 1", f"{crowd.residents if facts.affected else 'unknown'} residents", people, "affected"))
    reason = Reason(
        test=", or ".join(words for words, *_ in ways), found="; ".join(found for _, found, *_ in ways),
        holds=some(truth for _, _, truth, _ in ways),
    )  # fmt: skip
    return Test(reason=reason, facts=tuple(fact for *_, fact in ways))


def _seated_in(homes: tuple[str, ...] | None, place: str) -> Truth:
    if homes is None:
        return None
    return any(places.within(home, place) for home in homes) or (None if UNKNOWN in homes else False)


def _own_law(version: Version, facts: Circumstances) -> Test:
    homes = facts.established or ()
    outside = not homes or any({home, places.country(home)}.isdisjoint(version.except_established) for home in homes)
    test = f"not established only in {' or '.join(version.except_established)}, which has its own law"
    return Test(reason=Reason(test=test, found=", ".join(homes) or "unknown", holds=outside), facts=("established",))


class Group(NamedTuple):
    """People of whom the same data were touched, in the same state: all a trigger looks at. `data` None: nobody knows which."""

    data: frozenset[str] | None
    encrypted: bool | None
    people: int


def _merged(groups: Iterable[Group]) -> tuple[Group, ...]:
    found: dict[tuple[frozenset[str] | None, bool | None], int] = {}
    for data, encrypted, people in groups:
        found[data, encrypted] = found.get((data, encrypted), 0) + people
    return tuple(Group(*same, people) for same, people in found.items())


def _groups(facts: Circumstances) -> Mapping[str, tuple[Group, ...]]:
    """The groups of each residence: a count by age, storage and language gives a residence hundreds of rows, and few groups."""
    found: Mapping[str, tuple[Group, ...]] | None = facts.worked_out.get("groups")
    if found is None:
        found = facts.worked_out["groups"] = {
            home: _merged(Group(None if row.data is None else frozenset(row.data), row.encrypted, row.count) for row in rows)
            for home, rows in facts.by_residence.items()
        }
    return found


class Crowd(NamedTuple):
    """The people a rule counts: those living in its place, those who may, and everyone.

    `homes`: the residents' groups by residence, `rows` the same in one; `nearby`: those living somewhere in the place's country
    or union; `maybe`: they and those of whom nobody knows where they live. `residents` and `somewhere` are the people in `rows`
    and `nearby`.
    """

    place: str
    homes: Mapping[str, tuple[Group, ...]]
    rows: tuple[Group, ...]
    nearby: tuple[Group, ...]
    maybe: tuple[Group, ...]
    everyone: tuple[Group, ...]
    total: int | None
    residents: int
    somewhere: int

    @staticmethod
    def of(facts: Circumstances, place: str, *, everyone: bool = False) -> Crowd:
        """The crowd of a place; with `everyone`, all people wherever they live."""
        key = ("crowd", place, everyone)
        if key not in facts.worked_out:
            facts.worked_out[key] = Crowd._of(facts, place, everyone=everyone)
        crowd: Crowd = facts.worked_out[key]
        return crowd

    @staticmethod
    def _of(facts: Circumstances, place: str, *, everyone: bool) -> Crowd:
        found = _groups(facts)
        if "everyone" not in facts.worked_out:
            facts.worked_out["everyone"] = _merged(chain.from_iterable(found.values()))
        homes = found if everyone else {home: groups for home, groups in found.items() if places.within(home, place)}
        rows = facts.worked_out["everyone"] if everyone else _merged(chain.from_iterable(homes.values()))
        perhaps = [] if everyone else [groups for home, groups in found.items() if home != UNKNOWN and _may_live_in(home, place)]
        nearby = tuple(chain.from_iterable(perhaps))
        return Crowd(
            place=place, homes=homes, rows=rows, nearby=nearby, maybe=nearby + (() if everyone else found.get(UNKNOWN, ())),
            everyone=facts.worked_out["everyone"], total=facts.total, residents=sum(group.people for group in rows),
            somewhere=sum(group.people for group in nearby),
        )  # fmt: skip

    @property
    def people(self) -> int:
        """The people the rule counts: never more than there are in all."""
        return self.residents if self.total is None else min(self.residents, self.total)


def holds_elements(data: Collection[str] | None, wanted: Sequence[Combination]) -> Truth:
    """Whether data held about a person match one of the combinations; None when it is not known which data they are."""
    if not wanted:
        return True
    if data is None:
        return None
    held = data if isinstance(data, frozenset) else frozenset(data)
    return any(not held.isdisjoint(c.any) and not (c.beside and held.isdisjoint(c.beside)) for c in wanted)


def readable(encrypted: bool | None, key_taken: bool | None, trigger: Trigger) -> Truth:
    """Whether data count as exposed where the law spares encrypted data: `encrypted` true spares them unless the key went too."""
    if trigger.encryption != "safe" or key_taken:
        return True
    return None if encrypted is None else not encrypted


def concerns(data: Sequence[str] | None, encrypted: bool | None, key_taken: bool | None, version: Version) -> Truth:
    """Whether one person's data meet a version's triggers, thresholds and harm apart: who belongs in the notice's recipients."""
    if not version.when:
        return True
    return some(every((holds_elements(data, t.elements), readable(encrypted, key_taken, t))) for t in version.when)


def _trigger(trigger: Trigger, facts: Circumstances, crowd: Crowd) -> tuple[list[Test], int | None]:
    tests: list[Test] = []
    if trigger.breach:
        holds = None if facts.breach is None else bool(set(facts.breach) & set(trigger.breach))
        found = "unknown" if facts.breach is None else ", ".join(facts.breach)
        reason = Reason(test=f"breach of {' or '.join(trigger.breach)}", found=found, holds=holds)
        tests.append(Test(reason=reason, facts=("breach",)))
    if trigger.access:
        reason = Reason(
            test=f"data {' or '.join(trigger.access)}", found=facts.access or "unknown", holds=_access(facts, trigger)
        )
        tests.append(Test(reason=reason, facts=("access",)))
    rows = crowd.rows or crowd.nearby
    if trigger.elements:
        tests.append(_elements(trigger, rows))
    if trigger.encryption:
        tests.append(_encryption(trigger, rows, facts))
    if trigger.harm:
        tests.append(_harm(trigger, facts))
    if trigger.malicious is not None:
        found = "unknown" if facts.malicious is None else _word(facts.malicious)
        holds = None if facts.malicious is None else facts.malicious is trigger.malicious
        test = "done on purpose" if trigger.malicious else "not done on purpose"
        tests.append(Test(reason=Reason(test=test, found=found, holds=holds), facts=("malicious",)))
    if trigger.judged:
        tests.append(_judgement(trigger.judged, facts))
    if trigger.threshold:
        tests.append(_threshold(trigger, facts, crowd))
    if not facts.affected:
        return tests, None
    sure, unsure, _ = _matching(crowd.rows, trigger, facts)
    return tests, sure + unsure if crowd.total is None else min(sure + unsure, crowd.total)


def _judgement(event: Event, facts: Circumstances) -> Test:
    """Whether somebody judged the incident to be what the law asks: the day of that judgement is its proof."""
    judged = facts.timeline.get(event)
    holds = True if judged else False if facts.significant is False else None
    found = iso(judged) if judged else "judged not to be" if holds is False else "nobody has judged it"
    reason = Reason(test=f"judged by the event `{event}`", found=found, holds=holds)
    return Test(reason=reason, facts=(f"timeline.{event}", "significant") if holds is not True else (f"timeline.{event}",))


def _access(facts: Circumstances, trigger: Trigger) -> Truth:
    if facts.access is None:
        return None
    if facts.access in trigger.access or (facts.access == "acquired" and "accessed" in trigger.access):
        return True
    return None if facts.access == "lost" else False  # lost: whether anybody came by it is not known


def _elements(trigger: Trigger, rows: Sequence[Group]) -> Test:
    truths = [holds_elements(row.data, trigger.elements) for row in rows]
    held = sorted({element for row in rows for element in row.data or ()})
    reason = Reason(
        test=f"data elements: {trigger.wanted}", found=", ".join(held) if held else "unknown", holds=some(truths) if rows else None
    )
    return Test(reason=reason, facts=("data",))


def _encryption(trigger: Trigger, rows: Sequence[Group], facts: Circumstances) -> Test:
    truths = [
        readable(row.encrypted, facts.key_taken, trigger) for row in rows
        if holds_elements(row.data, trigger.elements) is not False
    ]  # fmt: skip
    holds = some(truths) if truths else (None if not rows else True)
    spared = sum(row.people for row in rows if row.encrypted)
    found = "key taken" if facts.key_taken else f"{spared} people encrypted" if rows else "unknown"
    reason = Reason(test="not encrypted, or the key was taken", found=found, holds=holds)
    facts_of = ("encrypted", "key_taken") if holds is False else ("encrypted",)
    return Test(reason=reason, facts=facts_of, exempts=True, presumed=not rows)  # nobody counted: ask for the people first


def _harm(trigger: Trigger, facts: Circumstances) -> Test:
    assert trigger.harm is not None  # noqa: S101 - the caller asks only then
    holds = None if facts.harm is None else HARM_ORDER.index(facts.harm) >= HARM_ORDER.index(trigger.harm)
    reason = Reason(test=f"harm at least {trigger.harm}", found=facts.harm or "undecided", holds=holds)
    return Test(reason=reason, facts=("harm",), exempts=True, presumed=holds is None and trigger.harm_presumed)


def _matching(rows: Iterable[Group], trigger: Trigger, facts: Circumstances) -> tuple[int, int, tuple[str, ...]]:
    """People who surely meet elements and encryption, those who may, and the facts that would tell."""
    sure = unsure = 0
    causes: list[str] = []
    for row in rows:
        elements = holds_elements(row.data, trigger.elements)
        exposed = readable(row.encrypted, facts.key_taken, trigger)
        if elements and exposed:
            sure += row.people
        elif elements is not False and exposed is not False:
            unsure += row.people
            causes += (["data"] if elements is None else []) + (["encrypted"] if exposed is None else [])
    return sure, unsure, tuple(dict.fromkeys(causes))


def _threshold(trigger: Trigger, facts: Circumstances, crowd: Crowd) -> Test:
    threshold = trigger.threshold
    assert threshold is not None  # noqa: S101 - the caller asks only then
    if not facts.affected:
        return Test(reason=Reason(test=str(threshold), found="unknown", holds=None), facts=("affected",))
    if threshold.counted == "residents-of-one-state":
        return _threshold_of_one_state(threshold, trigger, facts, crowd)
    in_total = threshold.counted == "total"
    sure, unsure, causes = _matching(crowd.everyone if in_total else crowd.rows, trigger, facts)
    if in_total and crowd.total is not None:  # people living in two places are one person in the total
        sure, unsure = min(sure, crowd.total), max(0, min(sure + unsure, crowd.total) - min(sure, crowd.total))
    if not in_total:
        lost = sum(_matching(crowd.maybe, trigger, facts)[:2])
        if lost:
            unsure, causes = unsure + lost, (*causes, "residence")
    least, most = threshold.met_by(sure), threshold.met_by(sure + unsure)
    found = str(sure) if not unsure else f"{sure} to {sure + unsure}"
    holds = least if least == most else None
    return Test(reason=Reason(test=str(threshold), found=found, holds=holds), facts=causes if holds is None else ("affected",))


def _threshold_of_one_state(threshold: Threshold, trigger: Trigger, facts: Circumstances, crowd: Crowd) -> Test:
    """The state with the most people decides; people whose state nobody knows may all live in any one of them."""
    states = sorted(home for home in crowd.homes if "-" in home)
    drifting = (*chain.from_iterable(groups for home, groups in crowd.homes.items() if "-" not in home), *crowd.maybe)
    loose = sum(_matching(drifting, trigger, facts)[:2])
    sure, most, causes = 0, loose, ["residence"] if loose else []
    for state in states:
        surely, perhaps, why = _matching(crowd.homes[state], trigger, facts)
        sure, most = max(sure, surely), max(most, surely + perhaps + loose)
        causes += why
    holds = threshold.met_by(sure) if threshold.met_by(sure) == threshold.met_by(most) else None
    found = str(sure) if sure == most else f"{sure} to {most}"
    return Test(
        reason=Reason(test=str(threshold), found=found, holds=holds),
        facts=tuple(dict.fromkeys(causes)) if holds is None else ("affected",),
    )
