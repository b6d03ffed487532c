"""A tabletop on the real desk: open the scenario's incident, play injects, let a scripted team act, hold the journal against it.

Nothing here knows whether this is a drill: the desk it is given has a clock that can be moved and a tray that keeps its mail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from breachdesk.desk import assessment, cases, delivery, notices, proof, walkthrough
from breachdesk.desk.parts import Desk, Progress
from breachdesk.domain.errors import BreachdeskError, NotFound
from breachdesk.domain.exercise import Action, Inject, Known, ObjectiveScore, Scenario, Scheduled, rehearsal, schedule, score
from breachdesk.domain.incident import Incident
from breachdesk.domain.notices import Notice
from breachdesk.domain.values import Instant, Value, iso

RECORDS = "records"
FACILITATOR = "facilitator"

Move = Callable[[datetime], None]
"""Puts the exercise's clock to an instant."""


class Played(Value):
    """One line of a rehearsal: when, what, and what came of it (empty: done; else why it could not be done)."""

    at: Instant
    what: str
    trouble: str = ""


class Rehearsal(Value):
    """A scenario played to its end against its scripted team."""

    scenario: str
    played: tuple[Played, ...]
    objectives: tuple[ObjectiveScore, ...]
    ended: Instant


def open_scenario(desk: Desk, scenario: Scenario, *, by: str = FACILITATOR) -> tuple[Incident, tuple[Path, ...]]:
    """Open a scenario's incident as it stands at T0 and write its synthetic records into the desk's folder."""
    opening = scenario.incident
    incident = cases.open_incident(
        desk,
        opening.title,
        by=by,
        codename=opening.codename,
        playbook=opening.playbook,
        owner=opening.owner,
        counsel=opening.counsel,
    )
    for known in scenario.opening_facts():
        cases.record_value(
            desk, incident.codename, known.key, known.value, by=by, standing=known.standing, source=known.source or "scenario"
        )
    files: tuple[Path, ...] = ()
    if scenario.data is not None:
        files = desk.people.write_sample(desk.folder / RECORDS, scenario)
    return incident, files


def play(desk: Desk, scenario: Scenario, inject: Inject, *, by: str = FACILITATOR) -> None:
    """An inject reaches the players; what it says is theirs to record."""
    now = desk.clock.now()
    with desk.store.write() as unit:
        unit.incident(scenario.incident.codename)
        unit.enter(at=now, by=by, act="inject.played", incident=scenario.incident.codename,
                   what={"inject": inject.id, "scenario": scenario.id, "to": inject.to})  # fmt: skip


def next_inject(desk: Desk, scenario: Scenario) -> Scheduled | None:
    """The first inject that has not been played yet; None when all have."""
    with desk.store.read() as unit:
        done = {e.what.get("inject") for e in unit.journal(scenario.incident.codename) if e.act == "inject.played"}
    return next((row for row in schedule(scenario) if row.inject and row.inject.id not in done), None)


def rehearse(desk: Desk, scenario: Scenario, move: Move, *, told: Callable[[Played], None] | None = None) -> Rehearsal:
    """Play a whole scenario against its scripted team on an empty exercise desk, and score it from the journal."""
    open_scenario(desk, scenario)
    played: list[Played] = []
    for row in rehearsal(scenario):
        move(max(row.at, desk.clock.now()))
        line = _turn(desk, scenario, row)
        played.append(line)
        if told is not None:
            told(line)
    return Rehearsal(scenario=scenario.id, played=tuple(played), objectives=scored(desk, scenario), ended=desk.clock.now())


def _turn(desk: Desk, scenario: Scenario, row: Scheduled) -> Played:
    if row.inject is not None:
        play(desk, scenario, row.inject)
        return Played(at=row.at, what=f"inject {row.inject.id}: {row.inject.title}")
    assert row.action is not None  # noqa: S101 - a scheduled row is an inject or an action
    what = _told(row.action)
    try:
        act(desk, scenario, row.action)
    except BreachdeskError as error:
        return Played(at=row.at, what=what, trouble=str(error))
    return Played(at=row.at, what=what)


def _told(action: Action) -> str:
    about = action.key or action.of or action.step or " ".join(filter(None, (action.rule, action.place, action.language)))
    return " ".join(filter(None, (action.by, action.do, about or " ".join(action.files))))


def act(desk: Desk, scenario: Scenario, action: Action, progress: Progress | None = None) -> None:
    """Do one scripted deed on the desk, as the person in that role. Raises what the desk raises."""
    codename, who = scenario.incident.codename, scenario.person(action.by)
    match action.do:
        case "record-fact":
            known = scenario.resolved(Known(key=action.key, value=action.value, standing=action.standing))
            cases.record_value(desk, codename, known.key, known.value, by=who, standing=known.standing)
        case "record-facts":
            for known in scenario.facts_of(scenario.inject(action.of)):
                cases.record_value(desk, codename, known.key, known.value, by=who, standing=known.standing, source=known.source)
        case "count":
            files = [desk.folder / RECORDS / name for name in action.files]
            assessment.count(desk, codename, files, by=who, progress=progress)
        case "assess":
            assessment.assess_incident(desk, codename, by=who)
        case "step-done":
            walkthrough.done(desk, codename, action.step, by=who, evidence=action.evidence, note=action.text)
        case "step-skipped":
            walkthrough.skip(desk, codename, action.step, by=who, reason=action.reason)
        case "draft":
            duty = f"{action.rule}@{action.place}" if action.place else action.rule
            notices.draft(desk, codename, duty, by=who, languages=(action.language,))
        case "pack":
            proof.pack(desk, codename, desk.folder / f"{codename}-{iso(desk.clock.now()).replace(':', '')}.tar.gz", by=who)
        case _:
            _on_notice(desk, _notice(desk, codename, action), action, who)


def _notice(desk: Desk, codename: str, action: Action) -> Notice:
    with desk.store.read() as unit:
        for notice in unit.notices(codename):
            if (notice.rule, notice.language) == (action.rule, action.language) and action.place in ("", notice.place):
                return notice
    raise NotFound(f"no notice of {action.rule} {action.place} in {action.language} has been drafted")


def _on_notice(desk: Desk, notice: Notice, action: Action, who: str) -> None:
    match action.do:
        case "comment":
            notices.comment(desk, notice.id, action.text, by=who)
        case "resolve":
            for comment in notices.comments(desk, notice.id):
                if not comment.resolved_by:
                    notices.resolve(desk, comment.id, by=who)
        case "approve":
            read = notices.read_text(desk, notice.id).digest
            notices.approve(desk, notice.id, by=who, read=read, reasons=action.reason)
        case "send-back":
            notices.send_back(desk, notice.id, by=who, reasons=action.reason)
        case "file":
            notices.file(desk, notice.id, by=who, reference=action.reference)
        case "send":
            typed = delivery.to_type(desk, notice.id)
            asyncio.run(delivery.send_approved(desk, notice.id, by=who, typed=typed))
        case _:
            raise NotFound(f"{action.do} is not a deed on a notice")


def scored(desk: Desk, scenario: Scenario) -> tuple[ObjectiveScore, ...]:
    """Each objective met, partly, not met or not tested, read from the journal as it stands."""
    codename = scenario.incident.codename
    with desk.store.read() as unit:
        entries, facts, runs = list(unit.journal(codename)), unit.facts(codename), unit.runs(codename)
    counts = {
        run.n: {**{row.residence: row.subjects for row in run.tally.by_residence}, "total": run.tally.subjects} for run in runs
    }
    return score(scenario, entries, ended=desk.clock.now(), facts=facts, counts=counts)
