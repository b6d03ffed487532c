"""What everybody sees: LIVE or EXERCISE, plain lines, quick help, and the options that hold everywhere."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from breachdesk.cli.lazy import LazyGroup, Noun
from breachdesk.cli.main import TABLE, cli
from breachdesk.cli.output import Output
from breachdesk.cli.words import distance, grouped, moment
from tests.cli.conftest import NOW, Hands

HEAVY = ("pydantic", "textual", "duckdb", "jinja2", "aiosmtplib", "sqlite3", "asyncio")
SOURCE = str(Path(__file__).parents[2] / "src")

WATCH = """
import contextlib, io, json, sys
from breachdesk.cli.main import cli
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        cli.main(words)
    assert "--help" in out.getvalue(), words
print(json.dumps(sorted(sys.modules)))
"""


def _modules(*commands: list[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", WATCH, json.dumps(commands)], capture_output=True, text=True, check=True, timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([SOURCE, os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    return set(json.loads(done.stdout))


NOUNS = [[name, "--help"] for name, entry in TABLE.items() if isinstance(entry, Noun)]


@pytest.mark.parametrize("commands", [[["--help"]], [["duties", "--help"]], NOUNS], ids=["program", "duties", "every noun"])
def test_help_is_light(commands: list[list[str]]) -> None:
    """The help of the program and of every noun loads no library that costs time."""
    assert {name.partition(".")[0] for name in _modules(*commands)} & set(HEAVY) == set()


def _leaves() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, entry in TABLE.items():
        found += [(name, verb) for verb in entry.verbs] if isinstance(entry, Noun) else [(name,)]
    return found


LEAVES = _leaves()
PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_is_explained(path: tuple[str, ...]) -> None:
    """Every command loads, has help of its own and a line in its group, and stands on the page of commands."""
    group: click.Command | None = cli
    ctx = click.Context(cli, info_name="breachdesk")
    for name in path:
        assert isinstance(group, LazyGroup)
        assert group.table[name].help.endswith(".")
        group = group.get_command(ctx, name)
    assert group is not None
    assert group.help
    assert len(group.help.split()) >= 2
    for param in group.params:
        assert not isinstance(param, click.Option) or param.help, f"{path} {param.name} has no help"
    assert f"`breachdesk {' '.join(path)}" in PAGE.read_text("utf-8")


def test_page_names_no_strange_command() -> None:
    """The page of commands names no command that does not exist."""
    known = {" ".join(path) for path in LEAVES}
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `breachdesk ")]
    assert len(rows) >= len(known)
    for line in rows:
        words = line.split("`")[1].split()[1:3]
        assert " ".join(words) in known or words[0] in known, line


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_help_of_a_command(path: tuple[str, ...]) -> None:
    """`--help` of every command prints it to standard output and exits 0."""
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "Usage: breachdesk" in result.stdout


def test_banner_first(drafted: Hands) -> None:
    """The first line a person reads says LIVE or EXERCISE, and so does every JSON answer about a desk."""
    for command in (("incident", "list"), ("duties", "list", "amber"), ("clocks", "list"), ("audit", "verify"), ("readiness",)):
        assert drafted.ok(*command).out.startswith("EXERCISE (desk ")
    assert drafted.ok("incident", "list", "--json").json["mode"] == "EXERCISE"


def test_live_banner(amber: Hands) -> None:
    """A desk that is no exercise says LIVE."""
    assert amber.ok("incident", "show", "amber").out.startswith("LIVE (desk ")


def test_plain_loses_nothing_in_ascii(amber: Hands) -> None:
    """Plain output stripped to ASCII and newlines loses nothing but the letters of foreign names."""
    for command in (("duties", "list", "amber", "--all"), ("incident", "show", "amber"), ("facts", "list", "amber")):
        for line in amber.ok(*command).out.splitlines():
            strange = {c for c in line if ord(c) > 126 and not c.isalpha()} - {"…", "§"}
            assert not strange, (strange, line)


def test_options_hold_anywhere(amber: Hands, tmp_path: Path) -> None:
    """The options that hold everywhere may stand before the noun or behind the verb; behind wins."""
    before = CliRunner().invoke(cli, ["--desk", str(amber.desk), "--json", "incident", "list"])
    behind = CliRunner().invoke(cli, ["incident", "list", "--json", "--desk", str(amber.desk)])
    both = CliRunner().invoke(cli, ["--desk", str(tmp_path / "other"), "incident", "list", "--json", "--desk", str(amber.desk)])
    assert before.stdout == behind.stdout == both.stdout
    assert json.loads(before.stdout)["incidents"][0]["codename"] == "amber"
    amber.ok("facts", "set", "amber", "harm", "high", "--by", "B. Other")
    assert amber.ok("facts", "history", "amber", "harm", "--json").json["facts"][-1]["said_by"] == "B. Other"


def test_no_terminal_prints_help(desk: Hands) -> None:
    """Without a command and without a terminal the short help is printed; no desk is made."""
    said = desk.ok()
    assert "Commands:" in said.out
    assert not desk.desk.exists()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_terminal_opens_the_screen(amber: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a command, on a terminal, the screen opens over the chosen desk for whoever sits there; --plain prints the help."""
    import breachdesk.tui.app as app

    opened: list[tuple[str, str]] = []
    monkeypatch.setattr(app, "run", lambda desk, *, by, practise: opened.append((str(desk.folder), by)))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("BREACHDESK_PLAIN", raising=False)
    for name in ("stdin", "stdout"):
        monkeypatch.setattr(sys, name, Terminal())
    with pytest.raises(SystemExit) as left:
        cli.main(["--desk", str(amber.desk), "--by", "A. Responder"])
    assert left.value.code == 0
    assert opened == [(str(amber.desk), "A. Responder")]
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(SystemExit):
        cli.main(["--plain"])
    assert "Commands:" in out.getvalue()
    assert len(opened) == 1


def test_colours_on_a_terminal(amber: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the loud words are coloured; NO_COLOR, --no-color and a dumb terminal take the colour away, never the word."""
    told: dict[str, str] = {}
    for name, options, env in (
        ("plain terminal", (), {}), ("NO_COLOR", (), {"NO_COLOR": "1"}), ("--no-color", ("--no-color",), {}),
        ("dumb", (), {"TERM": "dumb"}),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setenv("TERM", "xterm-256color")
            patch.delenv("NO_COLOR", raising=False)
            patch.delenv("BREACHDESK_PLAIN", raising=False)
            for key, value in env.items():
                patch.setenv(key, value)
            out = Terminal()
            patch.setattr(sys, "stdout", out)
            with pytest.raises(SystemExit):
                cli.main(["duties", "list", "amber", "--desk", str(amber.desk), *options])
            told[name] = out.getvalue()
    assert all("NOT COVERED: AQ" in text for text in told.values())
    assert [name for name, text in told.items() if "\x1b[" in text] == ["plain terminal"]


def test_version(desk: Hands) -> None:
    """`--version` names the program and its version."""
    from breachdesk import __version__

    assert __version__ in desk.ok("--version").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(desk: Hands, shell: str) -> None:
    """Each shell gets a script that asks this program for its words."""
    assert "_BREACHDESK_COMPLETE" in desk.ok("completion", shell).out


def _completed(desk: Hands, *words: str) -> list[str]:
    env = {"_BREACHDESK_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("breachdesk", *words)), "COMP_CWORD": str(len(words))}
    return [line.partition(",")[2] for line in desk(**env).out.splitlines()]


def test_completion_offers(drafted: Hands) -> None:
    """Completion offers verbs from the table, and the desk's own incidents, notices and facts."""
    assert _completed(drafted, "dut") == ["duties"]
    assert _completed(drafted, "duties", "a") == ["assess"]
    assert _completed(drafted, "duties", "list", "am") == ["amber"]
    assert _completed(drafted, "notice", "show", "N") == ["N-001"]
    assert _completed(drafted, "facts", "set", "amber", "timeline.aw") == ["timeline.aware"]


def test_control_characters_are_shown(desk: Hands) -> None:
    """A title that would drive the terminal is shown with its control characters spelled out."""
    desk.ok("incident", "new", "a\x1b[2Jb\x07", "--codename", "amber")
    said = desk.ok("incident", "list")
    assert "\x1b" not in said.out
    assert "a\\x1b[2Jb\\x07" in said.out


def test_terminal_that_is_not_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard output is not UTF-8, JSON escapes what it must and lines spell out what cannot be shown; nothing fails."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    out = Output()
    out.answer("test", {"authority": "Behörde"})
    out.line("Behörde")
    stream.flush()
    lines = raw.getvalue().decode("ascii").splitlines()
    assert json.loads("\n".join(lines[:-1])) == {"schema": "breachdesk/test", "version": 1, "authority": "Behörde"}
    assert lines[-1] == "Beh\\xf6rde"


def test_keys(desk: Hands) -> None:
    """The keys of the screen are listed page by page, as lines and as TOML, and the one that leaves is among them."""
    rows = desk.ok("keys", "--json").json["keys"]
    assert {"where": "everywhere", "key": "q", "does": "quit"} in rows
    assert all(row["does"] for row in rows)
    assert "[everywhere]" in desk.ok("keys", "--print").out


def test_columns_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal items stand in columns and the rest below, within the width; state words are coloured only when allowed."""
    monkeypatch.setenv("COLUMNS", "60")
    out = Output()
    out.plain = False
    rows = [[("", "!! LATE"), ("due", "Mon"), ("place", "DE"), ("to", "x" * 30), ("limit", "72 hours"), ("status", "owed")],
            [("", "ok"), ("due", "Tuesday"), ("place", "US-CA"), ("to", ""), ("limit", "30 calendar days")]]  # fmt: skip
    out.items(rows)
    text = capsys.readouterr().out
    assert text.splitlines()[0] == "!! LATE  Mon      DE"
    assert "ok       Tuesday  US-CA" in text
    assert max(map(len, text.splitlines())) <= 60
    assert "\x1b" not in text
    out.color = True
    out.items(rows)
    assert "\x1b[31m" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(hours=31, minutes=5), "in 31 h 05 min"),
        (timedelta(minutes=7, seconds=59), "in 7 min"),
        (-timedelta(hours=2, minutes=10), "late by 2 h 10 min"),
        (timedelta(days=12, hours=5), "in 12 d 05 h"),
        (timedelta(hours=96), "in 4 d 00 h"),
    ],
)
def test_distance(left: timedelta, told: str) -> None:
    """A distance is said in words a person can act on."""
    assert distance(left) == told


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Berlin", "Tue 24 Nov 2026 13:00 CET (UTC+1)"),
        ("Asia/Riyadh", "Tue 24 Nov 2026 15:00 UTC+3"),
        ("Asia/Kolkata", "Tue 24 Nov 2026 17:30 IST (UTC+5:30)"),
        ("America/St_Johns", "Tue 24 Nov 2026 08:30 NST (UTC-3:30)"),
        ("UTC", "Tue 24 Nov 2026 12:00 UTC"),
    ],
)
def test_moment(zone: str, told: str) -> None:
    """An instant is said in the zone's own time with its offset."""
    assert moment(NOW, zone) == told
    assert moment(datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)) == "Tue 24 Nov 2026 23:59:59 UTC"


def test_numbers_are_grouped() -> None:
    """Digits are grouped by a narrow space on a terminal, an ordinary one in plain output."""
    assert grouped(1234567) == "1\u202f234\u202f567"
    assert grouped(1234567, plain=True) == "1 234 567"
    assert grouped(999) == "999"
