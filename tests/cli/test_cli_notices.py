"""From draft to send: the gates, the typed number, 12 when it went out in part, and what is named when an outcome is unknown."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from breachdesk import bootstrap
from breachdesk.cli import send as send_module
from breachdesk.domain.deliveries import Addressee, Outcome, State
from breachdesk.domain.errors import BreachdeskError
from breachdesk.domain.notices import ApprovedNotice
from tests.cli.conftest import Hands


def test_queue_and_text(drafted: Hands) -> None:
    """`notice list` says what blocks a notice; `notice show` ends with the code an approval asks for."""
    assert "blocked: counsel has not approved it" in drafted.ok("notice", "list", "amber").out
    shown = drafted.ok("notice", "show", "N-001").out
    code = drafted.ok("notice", "show", "N-001", "--json").json["text"]["code"]
    assert len(code) == 12
    assert f"code: {code}" in shown
    assert "A file was copied." in shown


def test_page(drafted: Hands) -> None:
    """`--html` prints the page alone; `--html-out` writes a new file and never over one that is there."""
    assert drafted.ok("notice", "show", "N-001", "--html").out.lstrip().lower().startswith("<!doctype html")
    path = drafted.folder / "page.html"
    drafted.ok("notice", "show", "N-001", "--html-out", path)
    assert "A file was copied." in path.read_text("utf-8")
    assert drafted("notice", "show", "N-001", "--html-out", path).code == 5


def test_approval_gates(drafted: Hands) -> None:
    """The author cannot approve; another text's code is refused; an open remark stands in the way; then it is approved."""
    code = drafted.ok("notice", "show", "N-001", "--json").json["text"]["code"]
    own = drafted("notice", "approve", "N-001", "--read", code)
    assert (own.code, own.out) == (4, "")
    assert "somebody else must approve" in own.line
    wrong = drafted("notice", "approve", "N-001", "--read", "0" * 12, by="C. Counsel")
    assert wrong.code == 4
    assert "read it again" in wrong.line
    made = drafted.ok("notice", "comment", "N-001", "Say when.", "--json", by="C. Counsel").json["comment"]["id"]
    assert drafted("notice", "approve", "N-001", "--read", code, by="C. Counsel").code == 4
    drafted.ok("notice", "resolve", str(made))
    answer = drafted.ok("notice", "approve", "N-001", "--read", code.upper(), "--json", by="C. Counsel").json
    assert answer["decision"]["verdict"] == "approved"
    assert answer["decision"]["by"] == "C. Counsel"


def test_sent_back_and_compared(drafted: Hands) -> None:
    """A notice goes back with reasons; the next version is compared word by word."""
    drafted.ok("notice", "send-back", "N-001", "--reasons", "Say which file.", by="C. Counsel")
    drafted.ok("facts", "set", "amber", "what_happened", "A customer file was copied.")
    drafted.ok("notice", "draft", "amber", "us/ca/civ-1798.82#individuals")
    out = drafted.ok("notice", "compare", "N-001").out
    added = "".join(part.partition("+}")[0] for part in out.split("{+")[1:])
    assert "customer" in added
    assert "bucket" not in added
    spans = drafted.ok("notice", "compare", "N-001", "--json").json["spans"]
    assert {"added"} <= {span["kind"] for span in spans}
    assert drafted("notice", "compare", "N-001", "--from", "7").code == 3


def test_missing_facts_are_named(amber: Hands) -> None:
    """A draft that lacks facts exits 4 and names every one of them in one line."""
    amber.ok("people", "count", amber.write("r.csv", "subject_id,residence,system,data,encrypted\np1,US-CA,crm,name;ssn,false\n"),
             "--incident", "amber")  # fmt: skip
    said = amber("notice", "draft", "amber", "us/ca/civ-1798.82#individuals")
    assert said.code == 4
    assert "what_happened" in said.line
    assert amber.ok("notice", "list", "--json").json["notices"] == []


def test_nothing_leaves_unapproved(drafted: Hands) -> None:
    """What nobody approved is neither sent nor rehearsed."""
    for options in (("--people", "2"), ("--rehearse",)):
        said = drafted("send", "N-001", *options)
        assert said.code == 4
        assert "nobody has approved" in said.line


def test_rehearsal_sends_nothing(approved: Hands) -> None:
    """`--rehearse` says how many it would write to and how many it cannot, and leaves no trace in the journal."""
    before = len(approved.ok("audit", "log", "--json").json["entries"])
    answer = approved.ok("send", "N-001", "--rehearse", "--json").json
    assert (answer["would_send"], answer["mailable"], answer["unaddressed"]) == (2, 2, 1)
    assert "would write to: 2 people" in approved.ok("send", "N-001", "--rehearse").out
    assert len(approved.ok("audit", "log", "--json").json["entries"]) == before


def test_the_number_is_typed(approved: Hands) -> None:
    """Where nobody can be asked the number must be given, and it must be right: Enter alone never sends."""
    said = approved("send", "N-001", typed="\n")
    assert said.code == 4
    assert "--people N" in said.line
    wrong = approved("send", "N-001", "--people", "3")
    assert wrong.code == 4
    assert "2 people" in wrong.line


@pytest.mark.parametrize(("answer", "code"), [("2\n", 12), ("\n", 4), ("yes\n", 4), ("3\n", 4)])
def test_asked_on_a_terminal(approved: Hands, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    """On a terminal the number is asked for; anything but the number stops the send."""
    monkeypatch.setattr(send_module, "on_terminal", lambda: True)
    said = approved("send", "N-001", typed=answer)
    assert said.code == code, said
    assert "EXERCISE: this sends N-001 to 2 people" in said.err
    sent = [e for e in approved.ok("audit", "log", "--json").json["entries"] if e["act"] == "send.begun"]
    assert len(sent) == (1 if code == 12 else 0)


def test_sent_in_part(approved: Hands) -> None:
    """Two of three people can be mailed: the send exits 12 and the ledger names the third by number, never by name."""
    said = approved("send", "N-001", "--people", "2", "--json")
    assert said.code == 12
    assert said.json["tallied"]["accepted"] == 2
    assert said.json["tallied"]["unaddressed"] == 1
    assert (said.json["everyone"], said.json["finished"], said.json["unknown"]) == (False, True, [])
    ledger = approved.ok("send", "ledger", "N-001", "--json")
    assert [row["state"] for row in ledger.json["outcomes"]] == ["unaddressed"]
    assert "@" not in ledger.out
    again = approved("send", "N-001")
    assert again.code == 4
    assert "nobody left" in again.line


def test_everyone(drafted: Hands) -> None:
    """A notice whose people all have an address is sent in whole: exit 0."""
    path = drafted.folder / "records.csv"
    path.write_text(path.read_text("utf-8").replace("ssn,false,,en,1982", "ssn,false,p3@example.org,en,1982"), "utf-8")
    drafted.ok("people", "count", path, "--incident", "amber")
    drafted.ok("notice", "draft", "amber", "us/ca/civ-1798.82#individuals")
    code = drafted.ok("notice", "show", "N-001", "--json").json["text"]["code"]
    drafted.ok("notice", "approve", "N-001", "--read", code, by="C. Counsel")
    said = drafted.ok("send", "N-001", "--people", "3")
    assert "3 of 3 people accepted" in said.out


class Server:
    """A way out that answers from a list: one state for each person, or an error to raise."""

    domain = "example.org"

    def __init__(self, *answers: State | BaseException) -> None:
        self.answers = list(answers)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Server]:
        yield self

    async def send(self, notice: ApprovedNotice, batch: Sequence[Addressee], report: Callable[[Outcome], None]) -> None:
        assert notice.decision.verdict == "approved"
        for person in batch:
            answer = self.answers.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            report(Outcome(person.number, answer, 250 if answer == "accepted" else 0, "as told"))


def _through(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    real: Any = bootstrap.open_desk
    monkeypatch.setattr(bootstrap, "open_desk", lambda folder: dataclasses.replace(real(folder), post=server))


def test_unknown_outcomes_are_named(approved: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person of whom nobody knows is named by number, settled by a person with a reason, and sent to only then."""
    _through(monkeypatch, Server("accepted", "unknown", "accepted"))
    said = approved("send", "N-001", "--people", "2")
    assert said.code == 12
    assert "outcome unknown for people number 2:" in said.out
    assert approved("send", "settle", "N-001", "arrived", "--number", "1", "--why", "log").code == 4
    settled = approved.ok("send", "settle", "N-001", "resend", "--number", "2", "--why", "mail log, 12:04", "--json").json
    assert settled["people"] == 1
    again = approved("send", "N-001", "--people", "1", "--json")
    assert again.json["tallied"]["accepted"] == 2
    assert "nothing was left in the open" in approved.ok("send", "recover", "N-001").out


def test_server_lost_midway(approved: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server goes away after some were accepted the send exits 12, says why, and says how to resume."""
    _through(monkeypatch, Server("accepted", BreachdeskError("mail.example.org: gone")))
    said = approved("send", "N-001", "--people", "2")
    assert said.code == 12
    assert "gone" in said.err
    assert "1 of 3 people accepted" in said.out


def test_server_never_there(approved: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing was accepted the error stands alone and nothing was sent in part."""
    _through(monkeypatch, Server(BreachdeskError("mail.example.org: nobody answers")))
    said = approved("send", "N-001", "--people", "2")
    assert (said.code, said.out) == (1, "")
    assert said.line == "breachdesk: mail.example.org: nobody answers"


def test_interrupted_send(approved: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C in the middle of a send exits 130; who was written to is kept, who was on the wire is named, and no one else is."""
    _through(monkeypatch, Server("accepted", KeyboardInterrupt()))
    stopped = approved("send", "N-001", "--people", "2")
    assert stopped.code == 130
    assert "Nothing is lost" in stopped.err
    assert approved.ok("send", "recover", "N-001", "--json").json["unknown"] == [2]
    states = {o["number"]: o["state"] for o in approved.ok("send", "ledger", "N-001", "--state", "accepted", "--json").json["outcomes"]}
    assert states == {1: "accepted"}


def test_filing(drafted: Hands) -> None:
    """A letter to people is not filed; the command says what to do instead."""
    said = drafted("notice", "file", "N-001", "--reference", "X-1")
    assert said.code == 4


def test_pack(approved: Hands) -> None:
    """The evidence pack is written where it was asked for and its digest is the file's own."""
    import hashlib

    out = approved.folder / "amber.tar.gz"
    answer = approved.ok("pack", "amber", "--out", out, "--json").json
    assert answer["sha256"] == hashlib.sha256(Path(answer["path"]).read_bytes()).hexdigest()
    assert "journal.jsonl" in answer["files"]


def test_exercise(desk: Hands) -> None:
    """An exercise begins in its own folder, plays its injects in order on a clock that jumps, and is scored from the journal."""
    folder = desk.folder / "drill"
    begun = desk.ok("exercise", "begin", "night-export", "--folder", folder, "--json").json
    assert begun["mode"] == "EXERCISE"
    first = desk.ok("exercise", "next", "--desk", folder, "--json").json
    second = desk.ok("exercise", "next", "--desk", folder, "--json").json
    assert first["inject"]["id"] != second["inject"]["id"]
    assert "expected" not in first["inject"]
    before = desk.ok("exercise", "clock", "--desk", folder, "--json").json["at"]
    after = desk.ok("exercise", "jump", "4 hours", "--desk", folder, "--json").json["at"]
    assert after > before
    verdicts = {o["verdict"] for o in desk.ok("exercise", "score", "--desk", folder, "--json").json["objectives"]}
    assert verdicts <= {"met", "partly", "not-met", "not-tested"}
    assert desk("exercise", "begin", "night-export", "--folder", folder).code == 5
    assert desk("exercise", "jump", "a while", "--desk", folder).code == 5
    for far in ("2600000 days", "99999999 hours", "99999999999 days"):
        assert desk("exercise", "jump", far, "--desk", folder).code == 5
    assert desk("incident", "list", "--desk", folder).code == 0


def test_rehearsal(desk: Hands) -> None:
    """`exercise rehearse --json` answers per objective with one of the four verdicts, and leaves nothing behind."""
    answer = desk.ok("exercise", "rehearse", "night-export", "--json").json
    assert answer["schema"] == "breachdesk/rehearsal"
    assert answer["objectives"]
    assert {o["verdict"] for o in answer["objectives"]} <= {"met", "partly", "not-met", "not-tested"}
    assert any(o["verdict"] == "met" for o in answer["objectives"])
    assert not desk.desk.exists()
