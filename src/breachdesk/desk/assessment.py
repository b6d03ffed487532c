"""Counting again, finding what is owed and when, and keeping each answer beside the ones before."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from breachdesk.desk import cases
from breachdesk.desk.law import OwnEvents, assess_facts
from breachdesk.desk.parts import Desk, Progress
from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.clocks import Board, Clock
from breachdesk.domain.conformance import Conformance
from breachdesk.domain.duties import assess
from breachdesk.domain.errors import NotFound
from breachdesk.domain.incident import NOTED, PER_LAW, circumstances_of, current
from breachdesk.domain.tally import NearMatch, ResidenceCount, Run, Tally, TallyDiff, compare
from breachdesk.domain.values import Value, canonical_json
from breachdesk.domain.vocabulary import Event


class Crossing(Value):
    """A duty whose answer another count changed, e.g. Texas 250: a new clock."""

    rule: str
    place: str
    before: str
    after: str
    found: str


class Recount(Value):
    """A count kept on an incident, what moved since the one before, and the duties whose answer it changed."""

    run: Run
    diff: TallyDiff | None
    crossings: tuple[Crossing, ...]


def count_people(
    desk: Desk, files: Sequence[Path | str], *, mapping: Path | None = None, where: str = "", rejects: Path | None = None,
    at: datetime | None = None, progress: Progress | None = None, engine: str = "", divisions: Sequence[str] = (),
) -> Tally:  # fmt: skip
    """Count record files without an incident. Raises InvalidInput."""
    return desk.people.count(
        files, at=at or desk.clock.now(), mapping=mapping, where=where, rejects=rejects, progress=progress, engine=engine, by=divisions
    )


def conform(desk: Desk, engine: str) -> Conformance:
    """Check that an engine counts as the built-in one does, and keep the result. Raises InvalidInput."""
    return desk.people.conform(engine, at=desk.clock.now())


def count(
    desk: Desk, codename: str, files: Sequence[Path | str], *, by: str, mapping: Path | None = None, where: str = "",
    rejects: Path | None = None, progress: Progress | None = None, engine: str = "", divisions: Sequence[str] = (),
) -> Recount:  # fmt: skip
    """Count record files for an incident and keep the run. Earlier runs stay; the answer says what moved and what it crosses."""
    now = desk.clock.now()
    with desk.store.read() as unit:
        unit.incident(codename)
    before = cases.circumstances(desk, codename)
    tally = desk.people.count(files, at=now, mapping=mapping, where=where, rejects=rejects, progress=progress, engine=engine,
                              by=divisions)  # fmt: skip
    with desk.store.write() as unit:
        last = unit.newest_run(codename)
        run = Run(
            n=last.n + 1 if last else 1, at=now, by=by, files=tuple(str(f) if engine else str(Path(f).resolve()) for f in files),
            mapping=str(mapping.resolve()) if mapping else "", where=where, tally=tally, engine=_without_password(engine),
        )  # fmt: skip
        unit.add_run(codename, run)
        unit.enter(
            at=now, by=by, act="people.counted", incident=codename,
            what={"run": run.n, "subjects": tally.subjects, "unknown_residence": tally.unknown_residence,
                  "rejected_rows": tally.rejected_rows, "tally": tally.digest,
                  "inputs": {i.path: i.sha256 for i in tally.inputs}},
        )  # fmt: skip
    after = cases.circumstances(desk, codename)
    return Recount(
        run=run,
        diff=compare(last.tally, tally) if last else None,
        crossings=tuple(crossings(desk, before, after, now)) if last else (),
    )


def propose_mapping(desk: Desk, file: Path, *, fides: Path | None = None, key: str = "") -> str:
    """The text of a mapping for a record file, for a person to read first. Raises InvalidInput or NotFound."""
    return desk.people.propose(file, fides=fides, key=key)


def near_matches(desk: Desk, files: Sequence[Path], *, mapping: Path) -> tuple[NearMatch, ...]:
    """Pairs of ids that may be one person and that nobody decided. Raises InvalidInput."""
    return desk.people.near(files, at=desk.clock.now(), mapping=mapping)


def decide_match(desk: Desk, first: str, second: str, *, mapping: Path, same: bool, by: str) -> None:
    """Keep what a person decided of two ids, in the file the mapping names. Raises InvalidInput."""
    desk.people.decide(mapping, first, second, same=same, by=by, at=desk.clock.now())


def _without_password(engine: str) -> str:
    """An engine's URL as it may be kept; the password is asked of the environment again when people are fetched."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1@", engine)


def runs(desk: Desk, codename: str) -> list[Run]:
    """Every count kept on an incident, oldest first."""
    with desk.store.read() as unit:
        unit.incident(codename)
        return unit.runs(codename)


def one_residence(desk: Desk, codename: str, residence: str, number: int = 0) -> tuple[Run, ResidenceCount]:
    """A run (the newest for 0) and what it found for one residence. Raises NotFound."""
    kept = runs(desk, codename)
    if not kept or not 0 <= number <= len(kept):
        raise NotFound(f"{codename} has {f'runs 1 to {len(kept)}' if kept else 'no count yet'}")
    run = kept[number - 1]
    for row in run.tally.by_residence:
        if row.residence.casefold() == residence.casefold():
            return run, row
    there = ", ".join(row.residence for row in run.tally.by_residence[:12])
    raise NotFound(f"run {run.n} of {codename} found nobody of {residence!r}; it found {there}{' …' if len(run.tally.by_residence) > 12 else ''}")


def diff(desk: Desk, codename: str, before: int, after: int) -> tuple[TallyDiff, tuple[Crossing, ...]]:
    """What moved between two runs (their numbers, from 1), and the duties whose answer it changes under the facts known now.
    Raises NotFound for a run there is not."""
    with desk.store.read() as unit:
        incident = unit.incident(codename)
        known = current(unit.facts(codename))
        kept = unit.runs(codename)
    for n in (before, after):
        if not 1 <= n <= len(kept):
            told = f"runs 1 to {len(kept)}" if kept else "no count yet"
            raise NotFound(f"{codename} has {told}: there is nothing to compare")
    old, new = kept[before - 1].tally, kept[after - 1].tally
    facts = [circumstances_of(incident.title, known, tally.affected(), tally.subjects, tally.stored_in()) for tally in (old, new)]
    return compare(old, new), tuple(crossings(desk, facts[0], facts[1], desk.clock.now()))


def crossings(desk: Desk, before: Circumstances, after: Circumstances, at: datetime) -> list[Crossing]:
    """The duties whose status two sets of facts answer differently: clocks that begin or fall."""
    book = desk.law.book()
    old = {d.key: d for d in assess(before, book, at).duties}
    found: list[Crossing] = []
    for duty in assess(after, book, at).duties:
        was = old.get(duty.key)
        if was is None or was.status != duty.status:
            counted = next((r for r in reversed(duty.reasons) if "at least" in r.test or "more than" in r.test), None)
            found.append(
                Crossing(
                    rule=duty.rule.id, place=duty.place, before=was.status if was else "not concerned", after=duty.status,
                    found=f"{counted.test}: {counted.found}" if counted else "",
                )
            )  # fmt: skip
    return found


def duties(desk: Desk, codename: str, *, as_of: datetime | None = None) -> Board:
    """What an incident owes as the desk knows it (or knew it at `as_of`). Keeps nothing."""
    facts = cases.circumstances(desk, codename, as_of=as_of)
    known = cases.facts(desk, codename, as_of=as_of)
    noted = {e for e in PER_LAW if (fact := known.get(f"timeline.{e}")) and fact.source.startswith(NOTED)}
    common = {event: moment for event, moment in facts.timeline.items() if event not in noted}
    own = own_events(desk, codename, as_of=as_of)
    return assess_facts(desk, facts.model_copy(update={"timeline": common}), at=as_of, own=own)


def own_events(desk: Desk, codename: str, *, as_of: datetime | None = None) -> OwnEvents:
    """What was filed and sent under each instrument, by its id: first and last filing, and the first letters to people."""
    found: dict[str, dict[Event, datetime]] = {}
    with desk.store.read() as unit:
        for notice in unit.notices(codename):
            mine = found.setdefault(notice.rule.partition("#")[0], {})
            if notice.recipient == "authority":
                for filing in unit.filings(notice.id):
                    if as_of is None or filing.at <= as_of:
                        first = min(mine.get("initial_filed", filing.at), filing.at)
                        if filing.at > first:
                            mine["update_filed"] = max(mine.get("update_filed", filing.at), filing.at)
                        mine["initial_filed"] = first
            for draft in unit.drafts(notice.id):
                send = unit.send(notice.id, draft.version)
                if send is not None and send.tallied.accepted and (as_of is None or send.begun_at <= as_of):
                    mine["individuals_notified"] = min(mine.get("individuals_notified", send.begun_at), send.begun_at)
    return found


def assess_incident(desk: Desk, codename: str, *, by: str) -> Board:
    """What an incident owes, kept as an assessment with the rulebook's digest so that it can be explained a year later.

    An answer that is the last one kept, but for the time, is not kept again.
    """
    found = duties(desk, codename)
    body = found.as_contract()
    with desk.store.read() as unit:
        kept = unit.assessments(codename)
    if kept and {**kept[-1], "at": ""} == {**json.loads(canonical_json(body)), "at": ""}:
        return found
    owed = [c for c in found.clocks if c.duty.status == "owed"]
    undecided = [c for c in found.clocks if c.duty.status == "undecided"]
    with desk.store.write() as unit:
        n = unit.add_assessment(codename, found.at, body)
        unit.enter(
            at=found.at, by=by, act="duties.assessed", incident=codename,
            what={"assessment": n, "rulebook": found.rulebook, "owed": [c.duty.key for c in owed],
                  "undecided": [c.duty.key for c in undecided],
                  "not_covered": {p.place: p.people for p in found.not_covered}},
        )  # fmt: skip
    return found


def one_clock(desk: Desk, codename: str, duty: str) -> Clock:
    """The clock of one duty, by its key (`rule@place`), by rule id, or by the end of a rule id. Raises NotFound."""
    clocks = duties(desk, codename).clocks
    exact = [c for c in clocks if duty in (c.duty.key, c.duty.rule.id)]
    near = exact or [c for c in clocks if c.duty.key.endswith(duty) or c.duty.rule.id.endswith(duty)]
    if len(near) == 1:
        return near[0]
    names = ", ".join(c.duty.key for c in (near or clocks)[:8])
    raise NotFound(f"{duty!r} names {'several duties' if near else 'no duty'} of {codename}; there are {names} …")


def not_on_time(desk: Desk, clocks: Sequence[Clock], now: datetime) -> tuple[list[Clock], list[Clock]]:
    """Owed or undecided clocks that are late, and those within the desk's warning time."""
    running = [c for c in clocks if c.due is not None and c.duty.status != "not-owed"]
    late = [c for c in running if c.due is not None and c.due < now]
    warn = desk.settings.targets.warn_hours * 3600
    soon = [c for c in running if c.due is not None and 0 <= (c.due - now).total_seconds() <= warn]
    return late, soon
