"""The JSON answers outside programs rely on: their keys, and the small examples of the contract."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import FACTS, RECORDS, Hands

DUTY = {
    "id", "place", "regime", "recipient", "stage", "authority", "affected", "status", "due", "due_local", "latest", "limit", "soft",
    "starts", "before", "reasons", "missing", "flips_if", "working", "citations",
}  # fmt: skip
PEOPLE = {
    "schema", "version", "subjects", "rows", "rejected_rows", "flagged_rows", "unknown_residence", "inputs", "by_residence", "findings",
}
RESIDENCE = {
    "residence", "subjects", "minors", "age_unknown", "encrypted", "unencrypted", "encryption_unknown", "data", "stored_in",
    "languages", "rings",
}  # fmt: skip


def _one(answer: dict[str, Any], duty: str) -> dict[str, Any]:
    (found,) = [d for d in answer["duties"] if d["id"] == duty]
    return found


def _facts(**changes: str) -> str:
    lines = [line for line in FACTS.splitlines() if line.split(" =")[0] not in changes]
    return "\n".join([f"{key} = {value}" for key, value in changes.items()] + lines) + "\n"


def test_assess_keys(desk: Hands) -> None:
    """`duties assess --json` answers with every key of the contract, in every duty, and writes nothing to standard error."""
    said = desk.ok("duties", "assess", desk.write("f.toml", FACTS), "--json")
    answer = said.json
    assert said.err == ""
    assert (answer["schema"], answer["version"]) == ("breachdesk/duties", 1)
    assert {"at", "rulebook", "duties", "not_covered"} <= answer.keys()
    assert answer["at"] == "2026-11-24T12:00:00Z"
    assert answer["rulebook"].startswith("sha256:")
    assert answer["duties"]
    for duty in answer["duties"]:
        assert duty.keys() >= DUTY
        assert all(set(reason) == {"test", "found", "holds"} for reason in duty["reasons"])
        assert all({"text", "url", "read_on"} <= citation.keys() for citation in duty["citations"])
    assert {"place": "AQ", "people": 7} in answer["not_covered"]
    assert not desk.desk.exists()


def test_clocks_go_forward(desk: Hands) -> None:
    """72 hours over the night when German clocks go forward end at 17:20 in Berlin; the latest instant is the full hour."""
    path = desk.write("f.toml", _facts(harm='"likely"').replace("2026-11-23T16:20", "2026-03-27T16:20"))
    duty = _one(desk.ok("duties", "assess", path, "--at", "2026-03-27T17:00:00Z", "--json").json, "eu/gdpr#33-1")
    assert duty["status"] == "owed"
    assert duty["due"] == "2026-03-30T15:20:00Z"
    assert duty["due_local"] == "2026-03-30T17:20:00+02:00"
    assert duty["latest"] == "2026-03-30T16:00:00Z"


def test_undecided_is_not_lifted(desk: Hands) -> None:
    """While nobody has judged the harm the duty to tell the authority is undecided, names the fact, and its clock runs."""
    duty = _one(desk.ok("duties", "assess", desk.write("f.toml", FACTS), "--json").json, "eu/gdpr#33-1")
    assert duty["status"] == "undecided"
    assert duty["missing"] == ["harm"]
    assert duty["due"] == "2026-11-26T15:20:00Z"


def test_list_is_the_same_answer(amber: Hands) -> None:
    """`duties list --json` answers as `assess` does, says whose desk it is, and keeps the assessment in the journal."""
    answer = amber.ok("duties", "list", "amber", "--json").json
    assert answer["schema"] == "breachdesk/duties"
    assert answer["mode"] == "LIVE"
    assert answer["incident"] == "amber"
    assert all(duty.keys() >= DUTY for duty in answer["duties"])
    acts = [entry["act"] for entry in amber.ok("audit", "log", "amber", "--json").json["entries"]]
    assert acts.count("duties.assessed") == 1


def test_looking_back_keeps_nothing(amber: Hands) -> None:
    """`duties list --as-of` an instant before the facts owes what was known then, and writes no assessment."""
    then = amber.ok("duties", "list", "amber", "--as-of", "2026-11-24T11:00:00Z", "--json").json
    assert then["at"] == "2026-11-24T11:00:00Z"
    assert all(duty["status"] != "owed" for duty in then["duties"])
    acts = [entry["act"] for entry in amber.ok("audit", "log", "--json").json["entries"]]
    assert "duties.assessed" not in acts


def test_people_keys(desk: Hands) -> None:
    """`people count --json` answers with the contract's keys; a person without residence and a row without person show."""
    said = desk.ok("people", "count", desk.write("r.csv", RECORDS), "--at", "2026-11-24T12:00:00Z", "--json")
    answer = said.json
    assert said.err == ""
    assert (answer["schema"], answer["version"]) == ("breachdesk/people", 1)
    assert answer.keys() >= PEOPLE
    assert (answer["subjects"], answer["rows"], answer["rejected_rows"], answer["unknown_residence"]) == (5, 7, 1, 1)
    rows = {row["residence"]: row for row in answer["by_residence"]}
    assert all(row.keys() >= RESIDENCE for row in rows.values())
    assert (rows["US-CA"]["subjects"], rows["US-CA"]["unencrypted"]) == (3, 3)
    assert rows["DE"]["minors"] == 1
    assert set(rows) == {"US-CA", "DE", "unknown"}
    assert all(set(row) >= {"path", "sha256", "rows"} for row in answer["inputs"])


def test_recount_says_what_moved(amber: Hands) -> None:
    """A second count on an incident is kept beside the first and says which residences moved."""
    path = amber.write("r.csv", RECORDS)
    first = amber.ok("people", "count", path, "--incident", "amber", "--json").json
    assert (first["run"], first["diff"], first["crossings"]) == (1, None, [])
    path.write_text(RECORDS + "p9,DE,crm,eu-west-1,name;email,,p9@example.org,de,,held\n", "utf-8")
    second = amber.ok("people", "count", path, "--incident", "amber", "--json").json
    assert second["run"] == 2
    assert second["diff"]["residences"] == [{"residence": "DE", "before": 1, "after": 2}]
    assert amber.ok("people", "diff", "amber", "--json").json["diff"] == second["diff"]
    assert [run["n"] for run in amber.ok("people", "runs", "amber", "--json").json["runs"]] == [1, 2]
    assert "DE: 1 before, 2 now (+1)" in amber.ok("people", "diff", "amber", "1", "2").out
    told = amber.ok("people", "why", "amber", "de", "--json").json
    assert sum(cell["subjects"] for cell in told["cells"]) == told["residence"]["subjects"] == 2
    assert (told["run"], told["inputs"][0]["sha256"]) == (2, second["inputs"][0]["sha256"])
    assert "1 person of DE" in amber.ok("people", "why", "amber", "DE", "--run", "1").out
    assert amber("people", "why", "amber", "FR").code == amber("people", "why", "amber", "DE", "--run", "9").code == 3
    broken = amber.ok("people", "count", path, "--by", "residence,encrypted", "--json").json["breakdown"]
    assert {"residence": "US-CA", "encrypted": "false", "subjects": 3} in broken


def test_clock_alone(desk: Hands) -> None:
    """`clock` answers `due`, `latest` and `working` without an incident."""
    answer = desk.ok(
        "clock", "--place", "DE", "--from", "2026-03-27T16:20:00+01:00", "--limit", "72 hours", "--json"
    ).json
    assert (answer["schema"], answer["version"]) == ("breachdesk/clock", 1)
    assert (answer["due"], answer["latest"]) == ("2026-03-30T15:20:00Z", "2026-03-30T16:00:00Z")
    assert any("72 hours" in line for line in answer["working"])


@pytest.mark.parametrize(("place", "latest"), [("DE-BY", "2026-03-30T16:00:00Z"), ("NO", "2026-03-30T16:00:00Z"), ("US-CA", None)])
def test_clock_knows_union_law_in_a_division(desk: Hands, place: str, latest: str | None) -> None:
    """A Land counts hours as its country does: Regulation 1182/71 gives a later instant there, and none outside the EEA."""
    answer = desk.ok("clock", "--place", place, "--from", "2026-03-27T16:20:00+01:00", "--limit", "72 hours", "--json").json
    assert (answer["due"], answer["latest"]) == ("2026-03-30T15:20:00Z", latest)


def test_law_list(desk: Hands) -> None:
    """`law list --json` gives each rule's id, place, regime, dated versions, citations and the day it was read."""
    answer = desk.ok("law", "list", "--json").json
    assert answer["schema"] == "breachdesk/law"
    rules = {rule["id"]: rule for rule in answer["rules"]}
    gdpr = rules["eu/gdpr#33-1"]
    assert {"id", "place", "regime", "versions", "citations", "read_on"} <= gdpr.keys()
    assert gdpr["versions"][0]["in_force_from"] == "2018-05-25"
    assert gdpr["versions"][0]["limit"] == "72 hours"
    assert gdpr["citations"][0]["url"].startswith("https://")
    assert gdpr["read_on"] >= "2026-01-01"


def test_coverage_names_every_country(desk: Hands) -> None:
    """`law coverage --json` says complete, partial or none for every country: silence is never `no duty`."""
    from breachdesk.domain.places import COUNTRIES

    places = desk.ok("law", "coverage", "--json").json["places"]
    assert set(COUNTRIES) <= places.keys()
    assert set(places.values()) <= {"complete", "partial", "none"}
    assert places["AQ"] == "none"


def test_why_has_sources(amber: Hands) -> None:
    """`duties why` gives the tests, the working, and for each source its address and the day it was read."""
    said = amber.ok("duties", "why", "amber", "eu/gdpr#33-1")
    assert "72 hours of elapsed time after" in said.out
    assert "(read on 2026-" in said.out
    assert "unknown: harm at least possible" in said.out
    assert "counsel confirms" in said.out
    answer = amber.ok("duties", "why", "amber", "eu/gdpr#33-1", "--json").json
    assert answer["schema"] == "breachdesk/duty"
    assert answer.keys() >= DUTY


def test_facts_file_comes_back(amber: Hands) -> None:
    """What an incident knows, printed as a facts file, owes the same as the incident."""
    path = amber.write("again.toml", amber.ok("incident", "facts-file", "amber").out)
    from_file = amber.ok("duties", "assess", path, "--json").json
    from_desk = amber.ok("duties", "list", "amber", "--json").json
    assert from_file["duties"] == from_desk["duties"]


def test_veris_record(desk: Hands) -> None:
    """A VERIS record opens an incident: what maps is recorded as suspected, what does not is listed with the reason."""
    record = {"schema_version": "1.3.7", "summary": "A list on an open share", "action": {"error": {"variety": ["Publishing error"]}}}
    answer = desk.ok("incident", "import-veris", desk.write("v.json", json.dumps(record)), "--codename", "amber", "--json").json
    assert answer["incident"]["codename"] == "amber"
    assert answer["facts"]
    assert {fact["standing"] for fact in answer["facts"]} <= {"suspected", "unknown"}
    assert all(row["why"] for row in answer["unmapped"])
    for text, word in (("[]", "JSON object"), ("{", "not JSON"), ("[" * 100_000, "v.json")):
        said = desk("incident", "import-veris", desk.write("v.json", text))
        assert said.code == 5
        assert word in said.line


ANSWERS = {
    ("incident", "list"): ("incidents", {"incidents"}),
    ("incident", "show", "amber"): ("incident", {"at", "incident", "next_step", "clocks", "not_covered", "partly_covered", "blockers",
                                                 "people", "runs", "notices", "facts"}),
    ("facts", "list", "amber"): ("facts", {"incident", "facts"}),
    ("facts", "history", "amber", "role"): ("facts", {"incident", "facts"}),
    ("facts", "keys"): ("fact-keys", {"keys"}),
    ("facts", "set", "amber", "harm", "likely"): ("fact", {"incident", "fact"}),
    ("facts", "unknown", "amber", "harm"): ("fact", {"incident", "fact"}),
    ("incident", "state", "amber", "contained"): ("incident", {"incident"}),
    ("incident", "facts-file", "amber"): ("facts-file", {"incident", "facts"}),
    ("people", "runs", "amber"): ("runs", {"incident", "runs"}),
    ("clocks", "list"): ("clocks", {"at", "clocks"}),
    ("law", "stale"): ("law-stale", {"older_than_days", "at", "rules"}),
    ("law", "show", "eu/gdpr#33-1"): ("rule", {"id", "place", "regime", "versions", "citations", "read_on"}),
    ("playbook", "list"): ("playbooks", {"playbooks"}),
    ("playbook", "show", "data-theft-outsider"): ("playbook", {"playbook"}),
    ("playbook", "use", "amber", "data-theft-outsider"): ("incident", {"incident"}),
    ("notice", "list"): ("notices", {"notices"}),
    ("audit", "verify"): ("journal-verified", {"entries", "head"}),
    ("audit", "log"): ("journal", {"entries"}),
    ("readiness",): ("readiness", {"ready", "checks"}),
    ("exercise", "list"): ("scenarios", {"scenarios"}),
    ("exercise", "show", "night-export"): ("scenario", {"scenario"}),
}  # fmt: skip


@pytest.mark.parametrize("command", ANSWERS, ids=" ".join)
def test_every_answer_is_one_object(amber: Hands, command: tuple[str, ...]) -> None:
    """With --json each command prints exactly one object with its schema, version and keys, and nothing to standard error."""
    schema, keys = ANSWERS[command]
    said = amber.ok(*command, "--json")
    assert said.err == ""
    assert (said.json["schema"], said.json["version"]) == (f"breachdesk/{schema}", 1)
    assert said.json.keys() - {"schema", "version", "mode", "rulebook", "title", "recipient", "stage", "authority"} == keys


def test_steps_answer(amber: Hands) -> None:
    """A step is begun, set aside with a reason and reopened; each answers as one object, and `list` shows the reason."""
    amber.ok("playbook", "use", "amber", "data-theft-outsider")
    first = amber.ok("step", "next", "amber", "--json").json["step"]["step"]["id"]
    for verb, more, state in (
        ("begin", (), "doing"), ("skip", ("--reason", "not our system"), "skipped"), ("reopen", ("--reason", "it is"), "reopened"),
    ):  # fmt: skip
        answer = amber.ok("step", verb, "amber", first, *more, "--json").json
        assert answer["record"]["state"] == state
        if verb == "skip":
            assert "why: not our system" in amber.ok("step", "list", "amber").out
    assert amber("step", "skip", "amber", first).code == 2


def test_a_process_that_counted_ends_without_a_word_more(tmp_path: Path) -> None:
    """The whole command as a user starts it: the answer on standard output, nothing but the desk's name on standard error."""
    records = tmp_path / "r.csv"
    records.write_text(RECORDS, "utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "breachdesk", "--desk", str(tmp_path / "desk"), "people", "count", str(records), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(said.stdout)["subjects"] == 5
    assert said.stderr == ""
