"""The next step, done, set aside with a reason: an incident's way through its playbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from breachdesk.desk import cases
from breachdesk.desk.parts import Desk, Reading
from breachdesk.domain.errors import Gate
from breachdesk.domain.incident import current
from breachdesk.domain.playbook import Playbook, Recorded, StepRecord, StepRow, next_step, progress, record_step


def playbook_of(desk: Desk, codename: str) -> Playbook:
    """The playbook of an incident. Raises Gate when it has none yet."""
    with desk.store.read() as unit:
        incident = unit.incident(codename)
    if not incident.playbook:
        there = ", ".join(p.id for p in desk.shelf.playbooks())
        raise Gate(f"{codename} has no playbook yet; choose one with `breachdesk playbook use {codename} PLAYBOOK` ({there})")
    return desk.shelf.playbook(incident.playbook)


def walk(desk: Desk, codename: str, *, as_of: datetime | None = None) -> tuple[StepRow, ...]:
    """Where every step of an incident stands, now or as it stood at an instant. Empty without a playbook."""
    with desk.store.read() as unit:
        incident = unit.incident(codename)
        if not incident.playbook:
            return ()
        return rows_of(unit, desk.shelf.playbook(incident.playbook), codename, as_of)


def rows_of(unit: Reading, playbook: Playbook, codename: str, as_of: datetime | None = None) -> tuple[StepRow, ...]:
    """The same within one snapshot of the case database."""
    records = [r for r in unit.steps(codename) if as_of is None or r.at <= as_of]
    return progress(playbook, records, current(unit.facts(codename), as_of))


def next_thing(desk: Desk, codename: str) -> StepRow | None:
    """The next thing to do."""
    return next_step(walk(desk, codename))


def begin(desk: Desk, codename: str, step: str, *, by: str) -> StepRecord:
    """Somebody takes a step on."""
    return _record(desk, codename, step, "doing", by=by)


def done(
    desk: Desk, codename: str, step: str, *, by: str, evidence: Mapping[str, str] | None = None, note: str = ""
) -> StepRecord:
    """A step is done. Raises Gate naming the facts and evidence it still lacks."""
    return _record(desk, codename, step, "done", by=by, evidence=evidence, note=note)


def skip(desk: Desk, codename: str, step: str, *, by: str, reason: str) -> StepRecord:
    """A step is set aside, with the reason. Raises InvalidInput without one."""
    return _record(desk, codename, step, "skipped", by=by, reason=reason)


def reopen(desk: Desk, codename: str, step: str, *, by: str, reason: str) -> StepRecord:
    """A step that was done or skipped is taken up again: the undo of both."""
    return _record(desk, codename, step, "reopened", by=by, reason=reason)


_ACTS: Mapping[Recorded, str] = {
    "doing": "step.begun", "done": "step.done", "skipped": "step.skipped", "reopened": "step.reopened",
}  # fmt: skip


def _record(
    desk: Desk, codename: str, step: str, state: Recorded, *, by: str, reason: str = "",
    evidence: Mapping[str, str] | None = None, note: str = "",
) -> StepRecord:  # fmt: skip
    cases.need_name(by)
    playbook = playbook_of(desk, codename)
    now = desk.clock.now()
    with desk.store.write() as unit:
        record = record_step(
            playbook,
            StepRecord(step=step, state=state, by=by, at=now, reason=reason, evidence=dict(evidence or {}), note=note),
            unit.steps(codename),
            current(unit.facts(codename)),
        )
        unit.add_step(codename, record)
        unit.enter(at=now, by=by, act=_ACTS[state], incident=codename,
                   what={"step": step, "reason": reason, "evidence": dict(evidence or {}), "note": note})  # fmt: skip
    return record
