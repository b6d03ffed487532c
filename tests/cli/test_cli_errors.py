"""Bad input: one line on standard error that says where and what to do, the contract's exit code, and nothing written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import breachdesk.desk.views as views_module
from breachdesk.cli import main as main_module
from tests.cli.conftest import FACTS, Hands

BAD_FACTS = {
    "unknown key": (FACTS.replace("malicious = true", "malicous = true"), ["line 7", "malicous"]),
    "impossible date": (FACTS.replace("2026-11-23T16:20:00+01:00", "2026-02-30T16:20:00+01:00"), ["line 10", "2026-02-30"]),
    "time without offset": (FACTS.replace("16:20:00+01:00", "16:20:00"), ["line 10", "timeline.aware", "offset"]),
    "unknown event": (FACTS.replace("aware =", "awear ="), ["line 10", "awear"]),
    "year beyond the calendar": (FACTS.replace("2026-11-23T16:20", "9999-12-31T16:20"), ["timeline"]),
    "year before the calendar": (FACTS.replace("2026-11-23T16:20:00+01:00", "0001-01-01T00:00:00+14:00"), ["timeline"]),
    "not a place": (FACTS.replace('"US-CA"', '"California"'), ["line 19", "residence", "ISO 3166"]),
    "negative count": (FACTS.replace("count = 612", "count = -1"), ["line 20", "count"]),
    "not TOML": ("title = \n", ["line 1", "not TOML"]),
}


@pytest.mark.parametrize("what", BAD_FACTS)
def test_bad_facts_file(desk: Hands, what: str) -> None:
    """A facts file that does not fit exits 5 with one line naming file, line and key; nothing goes to standard output."""
    text, words = BAD_FACTS[what]
    path = desk.write("facts.toml", text)
    for command in (("duties", "assess", path), ("duties", "assess", path, "--json"), ("incident", "new", "X", "--facts", path)):
        said = desk(*command)
        assert (said.code, said.out) == (5, ""), said
        assert str(path) in said.line
        for word in words:
            assert word in said.line
    assert not desk.desk.exists()


def test_a_json_file_that_is_no_veris_record_is_named(amber: Hands) -> None:
    """Importing JSON that is not a VERIS record exits 5, names the file, and opens no incident."""
    path = amber.write("some.json", "{}")
    said = amber("incident", "import-veris", path)
    assert (said.code, said.out) == (5, "")
    assert f"{path}: is not a VERIS record" in said.line
    assert [row["codename"] for row in amber.ok("incident", "list", "--json").json["incidents"]] == ["amber"]


def test_a_hold_that_ends_before_it_begins_is_refused(amber: Hands) -> None:
    """A second fact that contradicts the first says what contradicts what, and is not recorded."""
    amber.ok("facts", "set", "amber", "timeline.hold_from", "2026-11-23T10:00:00Z")
    said = amber("facts", "set", "amber", "timeline.hold_until", "2026-11-22T10:00:00Z")
    assert (said.code, said.out) == (5, "")
    assert said.line.endswith("timeline: hold_until is before hold_from")
    assert amber.ok("facts", "history", "amber", "timeline.hold_until", "--json").json["facts"] == []


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("duties", "assess", "nowhere.toml"), 3, ["nowhere.toml", "no such file"]),
        (("duties", "list", "nope"), 3, ["nope", "amber"]),
        (("incident", "show", "nope"), 3, ["nope"]),
        (("facts", "set", "nope", "harm", "high"), 3, ["nope"]),
        (("duties", "why", "amber", "eu/nothing"), 3, ["eu/nothing"]),
        (("notice", "show", "N-099"), 3, ["N-099"]),
        (("law", "show", "gdpr"), 3, ["gdpr"]),
        (("playbook", "use", "amber", "nothing"), 3, ["nothing"]),
        (("people", "diff", "amber"), 3, ["no count yet"]),
        (("step", "list", "amber"), 4, ["no playbook"]),
        (("notice", "draft", "amber", "us/ca/civ-1798.82#individuals"), 4, ["counted"]),
        (("exercise", "next"), 4, ["LIVE"]),
        (("exercise", "jump", "4 hours"), 4, ["LIVE"]),
        (("facts", "set", "amber", "harm", "maybe"), 5, ["harm", "unlikely, possible, likely, high"]),
        (("facts", "set", "amber", "timeline.aware", "2026-03-02 10:20"), 5, ["timeline.aware", "offset"]),
        (("facts", "set", "amber", "timeline.aware", "9999-12-31T23:00Z"), 5, ["timeline.aware", "beyond the years"]),
        (("facts", "set", "amber", "aware", "2026-03-02"), 5, ["timeline.aware"]),
        (("facts", "list", "amber", "--as-of", "2026-03-02T10:20:00"), 5, ["--as-of", "offset"]),
        (("facts", "list", "amber", "--as-of", "yesterday"), 5, ["--as-of", "yesterday"]),
        (("clock", "--place", "DE", "--from", "2026-03-27T16:20:00", "--limit", "72 hours"), 5, ["--from", "offset"]),
        (("clock", "--place", "XX", "--from", "2026-03-27T16:20Z", "--limit", "72 hours"), 5, ["XX"]),
        (("clock", "--place", "DE", "--from", "2026-03-27T16:20Z", "--limit", "3 days"), 5, ["--limit", "calendar days"]),
        (("clock", "--place", "DE", "--from", "9999-03-27T16:20Z", "--limit", "72 hours"), 5, ["--from", "beyond the years"]),
        (("duties", "list", "amber", "--as-of", "0001-01-01T00:00:00+14:00"), 5, ["--as-of", "beyond the years"]),
        (("incident", "new", "\udcff"), 2, ["argument 3", "UTF-8"]),
        (("notice", "resolve", "9" * 30), 2, ["COMMENT"]),
        (("clocks", "check", "--within", "soon"), 5, ["--within", "soon"]),
        (("clocks", "check", "--within", "99999999999 days"), 5, ["--within", "99999999999 days", "write e.g."]),
        (("law", "stale", "--older-than", "ages"), 5, ["--older-than", "180d"]),
        (("incident", "state", "amber", "closed"), 5, ["say why"]),
        (("incident", "new", "X", "--fact", "role"), 5, ["KEY=VALUE"]),
        (("incident", "new", "X", "--codename", "Not Good"), 5, ["Not Good"]),
        (("people", "count", "nowhere.csv"), 3, ["nowhere.csv"]),
        (("incident", "import-veris", "nowhere.json"), 5, ["nowhere.json"]),
        (("duties",), 2, ["missing command", "assess, list, why"]),
        (("dutys", "list"), 2, ["did you mean duties"]),
        (("duties", "lst", "amber"), 2, ["did you mean list"]),
        (("duties", "list"), 2, ["INCIDENT"]),
        (("duties", "list", "amber", "--loud"), 2, ["--loud"]),
        (("incident", "state", "amber", "vanished"), 2, ["vanished"]),
        (("people", "count", "r.csv", "--engine", "sparkle"), 5, ["sparkle", "spark://host:7077"]),
        (("people", "count", "r.csv", "--incident", "amber", "--at", "2026-03-02T10:20Z"), 2, ["--at"]),
        (("people", "count"), 2, ["FILE"]),
        (("send", "settle", "N-001", "arrived"), 2, ["--why"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_one_line_and_the_code(amber: Hands, command: tuple[str, ...], code: int, words: list[str]) -> None:
    """Each mistake ends with the contract's exit code and exactly one line on standard error that names what to mend."""
    before = amber.ok("audit", "log", "--json").json["entries"]
    said = amber(*command)
    assert said.code == code, said
    assert said.out == ""
    for word in words:
        assert word in said.line
    assert amber.ok("audit", "log", "--json").json["entries"] == before


def test_who_records_must_say_so(amber: Hands) -> None:
    """A command that records refuses when nobody said who they are, and names the option."""
    said = amber("facts", "set", "amber", "harm", "high", by="")
    assert said.code == 5
    assert "--by NAME" in said.line


def test_bad_settings(desk: Hands) -> None:
    """A desk.toml that does not fit exits 5, naming file and key."""
    desk.desk.mkdir()
    (desk.desk / "desk.toml").write_text("[mail]\nhots = 'x'\n", "utf-8")
    said = desk("incident", "list")
    assert said.code == 5
    assert "desk.toml" in said.line
    assert "mail.hots: is not a setting" in said.line


def test_tampered_journal(amber: Hands) -> None:
    """A journal entry changed behind the desk's back makes `audit verify` exit 6 and `pack` refuse, naming the entry."""
    assert amber.ok("audit", "verify").code == 0
    db = sqlite3.connect(amber.desk / "desk.db")
    (table,) = db.execute(
        "select name from sqlite_master where type = 'table' and sql like '%previous%' and sql like '%digest%'"
    ).fetchone()
    for (trigger,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        db.execute(f"drop trigger {trigger}")
    db.execute(f"update {table} set by = 'Somebody Else' where n = 2")
    db.commit()
    db.close()
    said = amber("audit", "verify")
    assert (said.code, said.out) == (6, "")
    assert "entry 2" in said.line
    out = amber.folder / "amber.tar.gz"
    assert amber("pack", "amber", "--out", out).code == 6
    assert not out.exists()


def test_broken_database(amber: Hands) -> None:
    """A case database that is no database exits 6 with one line."""
    for leftover in amber.desk.glob("desk.db-*"):
        leftover.unlink()
    (amber.desk / "desk.db").write_bytes(b"not a database at all" * 400)
    said = amber("incident", "list")
    assert said.code == 6
    assert "desk.db" in said.line


def test_pack_does_not_overwrite(amber: Hands) -> None:
    """A pack is never written over a file that is there."""
    out = amber.write("amber.tar.gz", "mine")
    said = amber("pack", "amber", "--out", out)
    assert said.code == 5
    assert out.read_text("utf-8") == "mine"


def test_playbook_findings(desk: Hands) -> None:
    """`playbook check` prints each finding with its file and exits 5; a sound file exits 0."""
    sound = Path(__file__).parents[2] / "playbooks" / "data-theft-outsider.toml"
    assert desk.ok("playbook", "check", sound).out.endswith("nothing wrong\n")
    path = desk.write("broken.toml", 'id = "broken"\ntitle = "Broken"\nversion = "1"\nsurprise = 1\n')
    said = desk("playbook", "check", path, "--json")
    assert said.code == 5
    assert said.json["findings"]
    assert all(finding["problem"] for finding in said.json["findings"])
    assert "broken.toml" in desk("playbook", "check", path).out


def test_unexpected(amber: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the program is one line that names --debug, exit 1 and no traceback; with --debug the traceback is there."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the\nroof fell in")

    monkeypatch.setattr(views_module, "register", fail)
    said = amber("incident", "list")
    assert said.code == 1
    assert said.line == "breachdesk: unexpected RuntimeError: the roof fell in. Run it again with --debug to see where."
    with_debug = amber("incident", "list", "--debug")
    assert with_debug.code == 1
    assert "Traceback" in with_debug.err


def test_interrupted(amber: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C exits 130 and says that nothing is lost."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(views_module, "register", stop)
    said = amber("incident", "list")
    assert said.code == 130
    assert "Nothing is lost" in said.err
    assert "Traceback" not in said.err


def test_reader_gone(amber: Hands) -> None:
    """When the reader of a pipe goes away the command ends quietly with 141, as the shell expects of it."""
    code = (
        "import sys; sys.argv = ['breachdesk', 'facts', 'keys', '--json']\n"
        "from breachdesk.cli.main import main; main()"
    )
    read_one = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_env(amber)
    )
    assert read_one.stdout is not None
    assert read_one.stderr is not None
    read_one.stdout.close()
    err = read_one.stderr.read()
    read_one.stderr.close()
    assert read_one.wait(60) == 141
    assert err == b""


def _env(desk: Hands) -> dict[str, str]:
    import os

    source = str(Path(main_module.__file__).parents[2])
    return {**os.environ, "BREACHDESK_HOME": str(desk.desk), "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])}
