"""`breachdesk demo`: the sample incident on a fresh desk, in the terminal interface or walked to the end without one.

Both ways use the functions every real incident uses; only the people are made up, and the mail goes to a server on this machine.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from breachdesk import bootstrap
from breachdesk.cli import output
from breachdesk.desk import assessment, cases, delivery, exercises, notices, proof, walkthrough
from breachdesk.desk.notices import TO_PEOPLE
from breachdesk.desk.parts import Desk
from breachdesk.domain.clocks import Clock, authority_name
from breachdesk.domain.errors import BreachdeskError
from breachdesk.domain.exercise import Scenario

SCENARIO = "night-export"
AGO = timedelta(hours=3)
"""How long before now the sample incident's exercise clock began: the clocks are running, none is late yet."""


@click.command()
@click.option("--headless", is_flag=True, help="Walk the incident to the end without a terminal, printing each stage.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to put the desk; a fresh temporary folder by default.")
def demo(headless: bool, folder: Path | None) -> None:
    """Practise on a sample incident: 60,000 rows of made-up people in three systems."""
    where = folder or Path(tempfile.mkdtemp(prefix="breachdesk-demo-"))
    output.line(f"EXERCISE  the demo's desk is in {where}")
    with bootstrap.local_mail_server() as server:
        desk = bootstrap.demo_desk(where, server.host, server.port)
        scenario = _scenario(desk)
        if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
            walk(desk, scenario)
            return
        output.line("EXERCISE  writing 60,000 made-up records and counting them; this takes some ten seconds ...")
        _prepare(desk, scenario)
        from breachdesk.tui.app import run

        run(desk, by=scenario.roles[0].person, incident=scenario.incident.codename)
    output.line(f"The desk stays in {where}; open it again with: breachdesk --desk {where}")


def _scenario(desk: Desk) -> Scenario:
    """The scenario moved to the present: everything in it is told in offsets from its start."""
    scenario = desk.shelf.scenario(SCENARIO)
    return scenario.model_copy(update={"start": desk.clock.now().replace(second=0, microsecond=0) - AGO})


def _prepare(desk: Desk, scenario: Scenario) -> tuple[Path, ...]:
    """Incident, facts and a first count, so that every screen has something on it."""
    _, files = exercises.open_scenario(desk, scenario, by=_person(scenario, 0))
    codename = scenario.incident.codename
    for inject in scenario.injects:
        if not inject.reserve:
            for known in scenario.facts_of(inject):
                cases.record_value(
                    desk, codename, known.key, known.value, by=_person(scenario, 0), standing=known.standing, source=known.source
                )
    for action in scenario.script:
        if action.do == "record-fact":  # what a person judged, such as the harm
            exercises.act(desk, scenario, action)
    assessment.count(desk, codename, _first(files), by=_person(scenario, 1))
    return files


def _first(files: tuple[Path, ...]) -> list[Path]:
    return [file for file in files if not file.name.startswith("late")]


def _person(scenario: Scenario, n: int) -> str:
    return scenario.roles[min(n, len(scenario.roles) - 1)].person


@contextmanager
def _stage(title: str) -> Iterator[None]:
    began = time.perf_counter()
    output.line("")
    output.line(f"== {title}")
    yield
    output.line(f"   ({time.perf_counter() - began:.1f} s)")


def walk(desk: Desk, scenario: Scenario) -> None:
    """The whole way once: counted, assessed, drafted, approved, sent, proved. Raises what the desk raises."""
    codename = scenario.incident.codename
    author, counsel = _person(scenario, 1), _person(scenario, 2)
    with _stage("Incident and facts"):
        files = _prepare(desk, scenario)
        known = cases.facts(desk, codename)
        output.line(f"   {codename}: {scenario.incident.title}")
        standings = [fact.standing for fact in known.values()]
        output.line(f"   {len(known)} facts: " + ", ".join(f"{standings.count(s)} {s}" for s in dict.fromkeys(standings)))
        step = walkthrough.next_thing(desk, codename)
        output.line(f"   next step: {step.step.title if step else 'none'}")
    with _stage("People counted"):
        _people(desk, codename, files, author)
    with _stage("Duties and clocks"):
        owed = _duties(desk, codename, author)
    with _stage("Notices drafted"):
        drafted = _draft(desk, codename, owed, author)
    with _stage("Reviewed and approved by somebody else"):
        _approve(desk, drafted, counsel, author)
    with _stage("Sent and filed"):
        _deliver(desk, drafted, author)
    with _stage("What those letters set off"):
        waited = {clock.duty.key for clock in owed if clock.due is None}
        started = [c for c in assessment.duties(desk, codename).clocks if c.duty.key in waited and c.due is not None]
        later = _draft(desk, codename, [c for c in started if c.duty.rule.duty.stage == "initial"], author)
        _approve(desk, later, counsel, author)
        _deliver(desk, later, author)
        for clock in started:
            if clock.duty.rule.duty.stage != "initial":
                output.line(f"   {clock.duty.key}: due {clock.due_local}, the clock runs since {clock.started_by}")
    with _stage("Proof"):
        _prove(desk, codename, author)


def _people(desk: Desk, codename: str, files: tuple[Path, ...], by: str) -> None:
    recount = assessment.count(desk, codename, list(files), by=by)
    tally = recount.run.tally
    output.line(f"   {tally.rows:,} rows in {len(tally.inputs)} files: {tally.subjects:,} distinct people, "
                f"{tally.unknown_residence:,} of unknown residence")  # fmt: skip
    output.line(f"   {tally.rejected_rows} rows rejected, {tally.flagged_rows} flagged and still counted")
    for row in sorted(tally.by_residence, key=lambda r: -r.subjects):
        output.line(f"   {row.residence:8} {row.subjects:>7,} people  {row.minors:>4} minors  {row.unencrypted:>7,} in clear  "
                    f"stored in {', '.join(sorted(row.stored_in, key=lambda p: -row.stored_in[p])[:4])}")  # fmt: skip
    output.line(f"   count run {recount.run.n} against run {recount.run.n - 1}, a late file added:")
    for crossing in recount.crossings:
        output.line(f"     {crossing.place}: {crossing.rule} was {crossing.before}, is {crossing.after} ({crossing.found})")


def _duties(desk: Desk, codename: str, by: str) -> list[Clock]:
    board = assessment.assess_incident(desk, codename, by=by)
    counted = {s: [c for c in board.clocks if c.duty.status == s] for s in ("owed", "undecided", "not-owed")}
    output.line("   " + ", ".join(f"{len(clocks)} {status}" for status, clocks in counted.items()))
    for clock in (*counted["owed"], *counted["undecided"]):
        due = clock.due_local or f"waits for {clock.waits_for}"
        soft = " internal target" if clock.duty.version.soft else ""
        unread = "" if clock.duty.version.verified else "  NOT VERIFIED"
        to = authority_name(clock.duty) or clock.duty.rule.duty.recipient
        output.line(f"   {due:26} {clock.duty.place:8} {clock.duty.status:9} {to[:44]:44} {clock.limit[:38]}{soft}{unread}")
    for place in board.not_covered:
        output.line(f"   NOT COVERED: {place.place} ({place.people:,} people): the desk has read no law for them; ask counsel")
    return counted["owed"]


def _draft(desk: Desk, codename: str, owed: list[Clock], by: str) -> list[str]:
    drafted: list[str] = []
    for clock in owed:
        if clock.due is None:
            output.line(f"   later    {clock.duty.key}: waits for {clock.waits_for}")
            continue
        try:
            for draft in notices.draft(desk, codename, clock.duty.key, by=by):
                to = f"{draft.people:,} people" if draft.people else authority_name(clock.duty) or clock.duty.rule.duty.recipient
                output.line(f"   {draft.notice}  {draft.language}  {clock.duty.key}: {draft.subject[:60]}  -> {to}")
                drafted.append(draft.notice)
        except BreachdeskError as error:
            output.line(f"   stopped  {error}")
    return drafted


def _approve(desk: Desk, drafted: list[str], counsel: str, author: str) -> None:
    for id in drafted:
        notices.approve(desk, id, by=counsel, read=notices.read_text(desk, id).digest, capacity="outside counsel")
    output.line(f"   {len(drafted)} notices approved by {counsel}; {author} drafted them and could not")


def _deliver(desk: Desk, drafted: list[str], by: str) -> None:
    for id in drafted:
        view = notices.one(desk, id)
        if view.notice.recipient not in TO_PEOPLE:
            filing = notices.file(desk, id, by=by, reference=f"DEMO-{id}")
            output.line(f"   {id}  filed with {view.notice.authority or view.notice.recipient}, reference {filing.reference}")
            continue
        typed = delivery.to_type(desk, id)
        sent = asyncio.run(delivery.send_approved(desk, id, by=by, typed=typed)).tallied
        output.line(f"   {id}  {view.notice.place} {view.notice.language}: {sent.accepted:,} accepted, {sent.refused} refused, "
                    f"{sent.deferred} deferred, {sent.unknown} unknown, {sent.unaddressed} cannot be mailed")  # fmt: skip


def _prove(desk: Desk, codename: str, by: str) -> None:
    written = proof.pack(desk, codename, desk.folder / f"{codename}-evidence.tar.gz", by=by)
    found = proof.verify_journal(desk)
    output.line(f"   journal: {found.entries:,} entries, whole; head {found.head}")
    output.line(f"   evidence pack: {written.path} ({len(written.files)} files, sha256 {written.sha256})")
