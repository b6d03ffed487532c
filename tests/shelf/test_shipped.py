"""The playbooks and scenarios that ship load, pass their own check, and can be walked from end to end."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from breachdesk.domain import exercise
from breachdesk.domain.audit import AuditEntry, next_entry
from breachdesk.domain.circumstances import Affected
from breachdesk.domain.duties import assess
from breachdesk.domain.exercise import Known, Scenario, rehearsal, score
from breachdesk.domain.incident import SPECS, Fact, circumstances_of, current
from breachdesk.domain.places import known as known_place
from breachdesk.domain.playbook import StepRecord, next_step, progress, record_step
from breachdesk.people import sample
from breachdesk.rulebook.files import load
from breachdesk.shelf.files import Shelf

ROOT = Path(__file__).parents[2] / "playbooks"
SHELF = Shelf(ROOT)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_file_is_sound(path: Path) -> None:
    """The check finds nothing wrong with any file that ships."""
    assert [str(finding) for finding in SHELF.check_file(path)] == []


def _fact(key: str, value: object, standing: str = "confirmed") -> Fact:
    return Fact.model_validate({"key": key, "value": value, "standing": standing, "said_by": "A", "at": "2026-03-02T09:00:00Z"})


@pytest.mark.parametrize(
    ("answer", "walked"),
    [("yes", {"hold-the-demand", "press-the-processor", "find-the-key", "reach-guardians", "respect-hold"}), ("no", set())],
)
def test_the_theft_playbook_can_be_walked_to_its_end(answer: str, walked: set[str]) -> None:
    """Doing the next thing each time, facts unknown and evidence given, ends with nothing left; branches follow the
    answers."""
    book = SHELF.playbook("data-theft-outsider")
    branches = {"hold-the-demand", "press-the-processor", "find-the-key", "reach-guardians", "respect-hold"}
    facts = {own.key: _fact(own.key, answer) for own in book.facts}
    records: list[StepRecord] = []
    while (row := next_step(progress(book, records, facts))) is not None:
        for key in row.step.asks:
            facts.setdefault(key, _fact(key, None, "unknown"))
        evidence = {slot.slot: "somewhere" for slot in row.step.evidence}
        record = StepRecord.model_validate(
            {"step": row.step.id, "state": "done", "by": "A", "at": "2026-03-02T09:00:00Z", "evidence": evidence}
        )
        records.append(record_step(book, record, records, facts))
    rows = progress(book, records, facts)
    assert {row.state for row in rows} <= {"done", "off-path"}
    assert {row.step.id for row in rows if row.state == "done"} & branches == walked


def test_the_theft_playbook_covers_the_whole_of_the_work() -> None:
    """Its steps open every part of the desk, from the facts to the pack, and carry due times and evidence."""
    book = SHELF.playbook("data-theft-outsider")
    assert {step.leads_to for step in book.steps} >= {"facts", "count", "assess", "draft", "review", "send", "file", "pack"}
    assert {role.id for role in book.roles} == {step.owner for step in book.steps}
    assert sum(step.due is not None for step in book.steps) >= 5
    assert all(step.guidance.strip() for step in book.steps)


def _night() -> Scenario:
    return SHELF.scenario("night-export")


def test_the_night_exports_answers_are_what_its_data_hold() -> None:
    """The counts in the scenario are those planted in the records its seed writes."""
    night = _night()
    assert night.data is not None
    truth = sample.answers(seed=night.data.seed, rows=night.data.rows, exposed=night.data.exposed)
    first, late = night.answers.count
    assert first.files == sample.FILES
    assert late.files == (*sample.FILES, sample.LATE_FILE)
    assert (first.subjects, first.by_residence) == (truth.subjects, truth.by_residence)
    assert (late.subjects, late.by_residence) == (truth.late_subjects, truth.late_by_residence)
    assert first.unknown_residence == truth.unknown_residence


LETTERS = (
    "organisation", "organisation_address", "contact_name", "contact_email", "contact_phone", "contact_url", "dpo_contact",
    "what_happened", "what_we_did", "what_we_will_do", "likely_consequences", "categories_of_people", "credit_monitoring",
    "reason_for_delay", "police_report",
)  # fmt: skip


def test_the_night_export_knows_everything_a_letter_says() -> None:
    """Opening and injects together set every fact of the letters, in every language there is a fact for."""
    night = _night()
    known = {k.key for k in night.opening_facts()} | {k.key for i in night.injects for k in night.facts_of(i)}
    spoken = {key for key in SPECS if key.rpartition("_")[2] in ("ar", "de", "es", "pt")}
    assert set(LETTERS) | spoken <= known
    assert {"timeline.occurred", "timeline.discovered", "timeline.aware", "role", "sectors", "established"} <= known
    arabic = [str(k.value) for i in night.injects for k in night.facts_of(i) if k.key.endswith("_ar")]
    assert all(any("\u0600" <= letter <= "\u06ff" for letter in text) for text in arabic)


def _told(night: Scenario, known: Known, at: datetime) -> Fact:
    return Fact(key=known.key, value=known.value, standing=known.standing, said_by="A", at=at)


def _play(night: Scenario) -> Iterator[tuple[datetime, str, dict[str, object], list[Fact]]]:
    """The script as journal entries, each step held against the playbook as the desk would."""
    book = SHELF.playbook(night.incident.playbook)
    facts = [_told(night, known, night.start) for known in night.opening_facts()]
    records: list[StepRecord] = []
    runs = drafts = 0
    names: dict[tuple[str, str], str] = {}
    for row in rehearsal(night):
        action = row.action
        if row.inject is not None:
            yield row.at, "inject.played", {"inject": row.inject.id}, facts
        elif action is None:
            raise AssertionError("a row is an inject or an action")
        elif action.do in ("record-fact", "record-facts"):
            told = (
                night.facts_of(night.inject(action.of)) if action.of
                else (night.resolved(Known(key=action.key, value=action.value, standing=action.standing)),)
            )  # fmt: skip
            for known in told:
                facts.append(_told(night, known, row.at))
                yield row.at, "fact.recorded", {"key": known.key, "standing": known.standing}, facts
        elif action.do == "step-done":
            record = StepRecord(step=action.step, state="done", by="A", at=row.at, evidence=action.evidence)
            records.append(record_step(book, record, records, current(facts)))
            yield row.at, "step.done", {"step": action.step}, facts
        elif action.do == "count":
            runs += 1
            yield row.at, "people.counted", {"run": runs, "subjects": 0}, facts
        elif action.do == "assess":
            owed = [r for r in night.answers.owed if runs > 1 or r != "us/tx/buscom-521.053#attorney-general"]
            yield row.at, "duties.assessed", {"owed": [f"{rule}@X" for rule in owed], "undecided": []}, facts
        elif action.do == "draft":
            drafts += 1
            names[action.rule, action.language] = f"N-{drafts}"
            place = "DE" if action.rule.startswith("eu/") else action.rule[:2].upper()
            what = {"notice": f"N-{drafts}", "version": 1, "rule": action.rule, "place": place, "language": action.language}
            yield row.at, "notice.drafted", what, facts
        elif action.do in ("approve", "send", "file"):
            act = {"approve": "notice.approved", "send": "send.begun", "file": "notice.filed"}[action.do]
            # The desk dates the first filing and the first finished send itself.
            dated = {"send": "timeline.individuals_notified", "file": "timeline.initial_filed"}.get(action.do)
            if dated:
                facts.append(_told(night, Known(key=dated, value=row.at.isoformat()), row.at))
            yield row.at, act, {"notice": names[action.rule, action.language], "version": 1}, facts


def test_the_scripted_team_meets_most_and_misses_what_it_should() -> None:
    """A rehearsal of the script passes every gate of the playbook and shows met, partly, not met and not tested."""
    night = _night()
    entries: list[AuditEntry] = []
    facts: list[Fact] = []
    for at, act, what, known in _play(night):
        last = entries[-1] if entries else None
        entries.append(next_entry(last, at=at, by="A", act=act, incident="night-export", what=what))
        facts = known
    counts = {run: {**answer.by_residence, "total": answer.subjects} for run, answer in enumerate(night.answers.count, 1)}
    ended = night.start + exercise.offset("1:00")
    found = score(night, entries, ended=ended, facts=facts, counts=counts)
    assert {row.id: row.verdict for row in found} == {
        "right-moment": "met", "count-people": "met", "find-duties": "met", "second-person": "met", "one-voice": "not-met",
        "late-find": "partly", "children": "not-tested",
    }  # fmt: skip


def test_the_rules_a_scenario_names_are_in_the_rulebook() -> None:
    """Every rule id in checks, script and answers is a duty of a shipped rule file, so that none can never be met."""
    data = ROOT.parent / "src" / "breachdesk" / "rulebook" / "data"
    for scenario in SHELF.scenarios():
        rules = {*scenario.answers.owed, *scenario.answers.not_owed, *(a.rule for a in scenario.script if a.rule)}
        rules |= {e.check.rule for i in scenario.injects for e in i.expected if e.check.rule}
        for rule in rules:
            file, _, key = rule.partition("#")
            assert f'key = "{key}"' in (data / f"{file}.toml").read_text("utf-8"), rule


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        table = duckdb.sql(f"SELECT subject_id, residence, data, encrypted FROM '{path}'")
        return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    with path.open(encoding="utf-8", newline="") as file:
        return [{**row, "data": row["data"].split(";"), "encrypted": row["encrypted"] == "true"} for row in csv.DictReader(file)]


def _affected(files: tuple[Path, ...]) -> list[Affected]:
    """The people of the files as an assessment takes them, put together row by row. No CSV of the sample leaves encryption out."""
    people: dict[str, tuple[set[str], set[str], list[Any]]] = {}
    for path in files:
        for row in _rows(path):
            if row["subject_id"]:
                homes, data, states = people.setdefault(row["subject_id"], (set(), set(), []))
                homes.update({row["residence"]} if row["residence"] and known_place(row["residence"]) else set())
                data.update(row["data"])
                states.append(row["encrypted"])
    cells: Counter[tuple[str, tuple[str, ...], bool | None]] = Counter()
    for homes, data, states in people.values():
        sealed = True if all(s is True for s in states) else False if False in states else None
        cells.update((home, tuple(sorted(data)), sealed) for home in homes or {"unknown"})
    return [Affected(residence=r, count=n, data=data, encrypted=sealed) for (r, data, sealed), n in cells.items()]


def test_the_right_answers_are_what_the_shipped_law_says(tmp_path: Path) -> None:
    """Held against the rulebook, the planted people owe every duty the scenario calls owed and none it calls not owed; Texas's
    attorney general is owed a notice only once the late file is counted."""
    night = _night()
    assert night.data is not None
    files = sample.write_sample(tmp_path, seed=night.data.seed, rows=night.data.rows, exposed=night.data.exposed)
    told = [*night.opening_facts(), *(k for i in night.injects for k in night.facts_of(i)), Known(key="harm", value="high")]
    facts = current(_told(night, known, night.start) for known in told)
    book = load(today=date(2027, 1, 1))
    status: list[dict[str, set[str]]] = []
    for which in (files[:3], files):
        found = assess(circumstances_of(night.title, facts, _affected(which)), book, night.start)
        by_rule: dict[str, set[str]] = {}
        for duty in found.duties:
            by_rule.setdefault(duty.rule.id, set()).add(duty.status)
        status.append(by_rule)
        assert ("unknown", 310) in {(row.place, row.people) for row in found.not_covered}
    assert {rule: status[1].get(rule) for rule in night.answers.owed} == {rule: {"owed"} for rule in night.answers.owed}
    assert {rule: status[1].get(rule) for rule in night.answers.not_owed} == {r: {"not-owed"} for r in night.answers.not_owed}
    texas = "us/tx/buscom-521.053#attorney-general"
    assert (status[0][texas], status[1][texas]) == ({"not-owed"}, {"owed"})
