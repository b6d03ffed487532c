"""The shelf reads TOML from a folder and says file, line and key for whatever does not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.shelf.files import Shelf

PLAYBOOK = """\
id = "lost-laptop"
title = "Lost laptop"
version = "1"

[[phase]]
id = "one"
title = "One"

[[step]]
id = "log"
phase = "one"
title = "Write it down"
owner = "lead"
guidance = \"\"\"
title = "not a key"
[[step]]
\"\"\"

[[step]]
include = "snippets/call.toml"
phase = "one"
needs = ["log"]
with = { who = "the deputy" }

[[step]]
id = "end"
phase = "one"
title = "End it"
owner = "lead"
needs = ["call"]
asks = [
    "harm",
]
"""

SNIPPET = """\
title = "Call somebody"

[parameters]
who = ""
within = "1 hour"

[[fact]]
key = "x-reached"
question = "Reached?"

[[step]]
id = "call"
title = "Call {{ who }}"
owner = "lead"
asks = ["x-reached"]
due = "{{within}}"
due_after = "discovered"
"""

SCENARIO = """\
id = "drill"
title = "Drill"
minutes = 30
start = 2026-03-02T09:00:00+03:00

[[objective]]
id = "aware"
text = "Fix the moment of awareness."

[[role]]
id = "lead"
title = "Lead"
person = "Amal Cedar"

[incident]
codename = "drill"
title = "Drill"
playbook = "lost-laptop"

[incident.facts.timeline]
discovered = "T-0:30"

[[inject]]
id = "mail"
at = "0:05"
to = "lead"
sender = "H"
channel = "mail"
title = "t"
text = "t"
objective = "aware"

  [[inject.expected]]
  id = "recorded"
  text = "recorded"
  objective = "aware"
  check = { fact = "timeline.aware" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "playbooks"
    for name, text in (("lost-laptop.toml", PLAYBOOK), ("snippets/call.toml", SNIPPET), ("exercises/drill.toml",
    SCENARIO)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def edit(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = path.read_text("utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


def test_a_snippet_stands_where_it_is_included(folder: Path) -> None:
    """The snippet's step has the includer's phase and needs, its parameters filled in, and its own fact known."""
    found = Shelf(folder).playbook("lost-laptop")
    assert [step.id for step in found.steps] == ["log", "call", "end"]
    call = found.step("call")
    assert (call.title, call.phase, call.needs, call.due) == ("Call the deputy", "one", ("log",), "1 hour")
    assert found.fact("x-reached").question == "Reached?"


def test_what_is_sound_has_no_findings(folder: Path) -> None:
    """Playbook, snippet and scenario of the sample shelf pass the check."""
    shelf = Shelf(folder)
    assert [shelf.check_file(path) for path in sorted(folder.rglob("*.toml"))] == [(), (), ()]
    assert [s.id for s in shelf.scenarios()] == ["drill"]
    assert [p.id for p in shelf.playbooks()] == ["lost-laptop"]


DRILL = "exercises/drill.toml"
UNKNOWN_KEY = "is not a key here"
MISTAKES = [
    ("lost-laptop.toml", 'owner = "lead"\nguidance', 'ownr = "lead"\nguidance', "step[1].ownr", UNKNOWN_KEY, "ownr"),
    ("lost-laptop.toml", '    "harm",', "    7,", "step[3].asks[1]", "should be a valid string", "asks"),
    ("lost-laptop.toml", 'id = "end"', 'id = "The End"', "step[3].id", "lower-case words", "The End"),
    ("lost-laptop.toml", 'title = "One"', 'title = "One"\ncolour = 1', "phase[1].colour", UNKNOWN_KEY, "colour"),
    ("lost-laptop.toml", 'version = "1"', "version = 1", "version", "should be a valid string", "version"),
    (
        DRILL, 'check = { fact = "timeline.aware" }', "check = { fakt = 1 }", "inject[1].expected[1].check.fakt",
        UNKNOWN_KEY, "check",
    ),
    (DRILL, 'at = "0:05"', 'at = "five"', "inject[1].at", "'five' is not an offset", "at ="),
    (DRILL, "T09:00:00+03:00", "T09:00:00", "start", "a time needs its offset", "start"),
    ("snippets/call.toml", 'owner = "lead"', 'owner = "lead"\ndua = 1', "step[1].dua", UNKNOWN_KEY, "dua"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "key", "problem", "at"), MISTAKES, ids=[f"{m[0]}:{m[3]}" for m in MISTAKES]
)
def test_a_mistake_is_told_with_file_line_and_key(
    folder: Path, name: str, old: str, new: str, key: str, problem: str, at: str
) -> None:
    """Each mistake is one sentence with file, line and key, from the check and from loading alike."""
    path = edit(folder, name, old, new)
    (first, *_) = Shelf(folder).check_file(path)
    assert (first.file, first.line, first.key) == (f"playbooks/{name}", line_of(path, at), key)
    assert problem in first.problem
    shelf = Shelf(folder)
    with pytest.raises(InvalidInput) as caught:
        shelf.scenarios() if name.startswith("exercises") else shelf.playbooks()
    if not name.startswith("snippets"):
        assert str(caught.value) == f"{first.file}: line {first.line}: {first.key}: {first.problem}"
    assert caught.value.file == f"playbooks/{name}"


def test_a_missing_key_is_told_at_its_table(folder: Path) -> None:
    """What is missing has the line of the table it is missing from."""
    path = edit(folder, "lost-laptop.toml", 'title = "End it"\n', "")
    (found,) = Shelf(folder).check_file(path)
    assert (found.line, found.key, found.problem) == (line_of(path, 'id = "end"') - 1, "step[3].title", "is missing")


def test_a_mistake_inside_a_snippet_is_told_where_it_stands(folder: Path) -> None:
    """Checking the playbook that includes a broken snippet points into the snippet's file."""
    path = edit(folder, "snippets/call.toml", 'asks = ["x-reached"]', 'asks = ["x-reached", "harmm"]')
    (found,) = Shelf(folder).check_file(folder / "lost-laptop.toml")
    assert (found.file, found.line, found.key) == ("playbooks/snippets/call.toml", line_of(path, "harmm"), "step.call.asks")


def test_the_linters_findings_carry_lines(folder: Path) -> None:
    """A circle, found by the domain, is told with the line of `needs` in the file."""
    path = edit(folder, "lost-laptop.toml", 'title = "Write it down"', 'title = "Write it down"\nneeds = ["end"]')
    found = Shelf(folder).check_file(path)
    assert (found[0].line, found[0].key) == (line_of(path, 'needs = ["end"]'), "step.log.needs")
    assert "log -> end -> call -> log" in found[0].problem
    path = edit(folder, "exercises/drill.toml", 'fact = "timeline.aware"', 'act = "step.done", step = "fly"')
    (one,) = Shelf(folder).check_file(path)
    assert (one.line, one.problem) == (line_of(path, "check ="), "the playbook lost-laptop has no step 'fly'")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [('id = "x"\ntitle = \n', 2, "is not TOML"), ('id = "x"\nid = "y"\n', 2, "is not TOML"), ("a = 2026-06-31\n", 1, "is not TOML"),
     ('id = "x', 1, "is not TOML")],
)  # fmt: skip
def test_broken_toml_names_its_line(folder: Path, text: str, line: int, problem: str) -> None:
    """A syntax error, a key given twice and a day that does not exist are told with the line."""
    path = folder / "broken.toml"
    path.write_text(text, "utf-8")
    (found,) = Shelf(folder).check_file(path)
    assert (found.file, found.line) == ("playbooks/broken.toml", line)
    assert problem in found.problem
    with pytest.raises(InvalidInput, match=f"playbooks/broken.toml: line {line}: is not TOML"):
        Shelf(folder).playbooks()


def test_text_that_is_not_utf8_and_files_that_are_not_there(folder: Path) -> None:
    """Another encoding is told with the line, a missing file with its name."""
    (folder / "latin.toml").write_bytes(b'id = "a"\ntitle = "\xe4"\n')
    (found,) = Shelf(folder).check_file(folder / "latin.toml")
    assert (found.line, found.problem) == (2, "is not UTF-8 text; save it as UTF-8")
    (gone,) = Shelf(folder).check_file(folder / "gone.toml")
    assert (gone.file, gone.problem) == ("playbooks/gone.toml", "cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("snippets/call.toml", "snippets/cal.toml", "there is no file snippets/cal.toml; there is snippets/call.toml"),
        ("snippets/call.toml", "../../etc/passwd", "is not a path on the shelf"),
        ("snippets/call.toml", "/etc/passwd", "is not a path on the shelf"),
        ('with = { who = "the deputy" }', "", "playbooks/snippets/call.toml needs who, some words"),
        ('with = { who = "the deputy" }', 'with = { whom = "x" }', "has no parameter 'whom'; it has who, within"),
        ('with = { who = "the deputy" }', 'title = "x"', "an include has only include, needs, phase, when, with"),
        ('who = "the deputy" }', 'who = "x", within = "soon" }', "'soon' is not a span of time"),
    ],
)
def test_an_include_that_does_not_fit_is_refused(folder: Path, old: str, new: str, problem: str) -> None:
    """A snippet that is not there, lies outside the shelf, or is not given what it needs, is refused by name."""
    path = edit(folder, "lost-laptop.toml", old, new)
    (found,) = Shelf(folder).check_file(path)
    assert problem in found.problem
    with pytest.raises(InvalidInput):
        Shelf(folder).playbook("lost-laptop")


def test_a_snippet_that_uses_what_it_does_not_declare_is_refused(folder: Path) -> None:
    """A parameter nobody declared is a finding of the snippet and stops the playbook."""
    path = edit(folder, "snippets/call.toml", "{{ who }}", "{{ whom }}")
    (found,) = Shelf(folder).check_file(path)
    assert (found.line, found.key) == (line_of(path, "whom"), "step[1].title")
    assert "{{whom}} is no parameter of this snippet" in found.problem
    with pytest.raises(InvalidInput, match=r"\{\{whom\}\} is no parameter"):
        Shelf(folder).playbook("lost-laptop")


def test_the_id_is_the_files_name(folder: Path) -> None:
    """A playbook or scenario under another name than its id is refused, so that a name on the command line finds its
    file."""
    (folder / "lost-laptop.toml").rename(folder / "laptop.toml")
    (folder / "exercises/drill.toml").rename(folder / "exercises/dril.toml")
    with pytest.raises(InvalidInput, match="id: the id must be the file's name: laptop"):
        Shelf(folder).playbooks()
    with pytest.raises(InvalidInput, match="id: the id must be the file's name: dril"):
        Shelf(folder).scenarios()
    assert any(f.key == "id" for f in Shelf(folder).check_file(folder / "laptop.toml"))


def test_what_is_not_on_the_shelf_is_named(folder: Path) -> None:
    """A playbook or scenario that is not there is refused with those that are; paths are no ids."""
    shelf = Shelf(folder)
    with pytest.raises(NotFound, match="there is no playbook 'x' in playbooks; there is lost-laptop"):
        shelf.playbook("x")
    with pytest.raises(NotFound, match=r"there is no scenario '\.\./lost-laptop'"):
        shelf.scenario("../lost-laptop")


def test_a_scenario_for_a_playbook_that_is_not_there(folder: Path) -> None:
    """A scenario names a playbook of the shelf; another is a finding at its key."""
    path = edit(folder, "exercises/drill.toml", 'playbook = "lost-laptop"', 'playbook = "none"')
    (found,) = Shelf(folder).check_file(path)
    assert (found.line, found.key) == (line_of(path, "playbook ="), "incident.playbook")


def test_the_digest_follows_every_byte(folder: Path) -> None:
    """Changing a snippet changes the digest of the shelf; reading does not."""
    before = Shelf(folder).digest
    Shelf(folder).playbooks()
    assert Shelf(folder).digest == before
    edit(folder, "snippets/call.toml", "Call somebody", "Call anybody")
    assert Shelf(folder).digest != before


ODD = [
    ("lost-laptop.toml", "step = 3\n"), ("lost-laptop.toml", "step = [3]\nfact = 'x'\n"), ("lost-laptop.toml", "phase = {}\n"),
    ("lost-laptop.toml", "[[step]]\ninclude = 3\n"), ("lost-laptop.toml", "[[step]]\ninclude = 'snippets/call.toml'\nwith = 3\n"),
    ("lost-laptop.toml", "[[step]]\ninclude = 'snippets/call.toml'\nwith = {who = 'x'}\nneeds = 'log'\n"),
    ("snippets/call.toml", "step = 1\n"), ("snippets/call.toml", "[[step]]\nwhen = 7\n"), ("snippets/call.toml", "parameters = 1\n"),
    ("snippets/call.toml", "fact = [1]\n[[step]]\nid = 'call'\n"), ("snippets/call.toml", ""),
    (DRILL, "inject = 3\n"), (DRILL, "[[inject]]\nsets = 3\nexpected = 'x'\n"), (DRILL, "incident = []\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), ODD)
def test_whatever_stands_in_a_file_is_answered_with_findings(folder: Path, name: str, text: str) -> None:
    """A file whose keys hold other kinds of values than they should has findings and does not load; nothing else happens."""
    (folder / name).write_text(text, "utf-8")
    shelf = Shelf(folder)
    assert shelf.check_file(folder / name)
    with pytest.raises(InvalidInput):
        shelf.scenarios() if name == DRILL else shelf.playbooks()
