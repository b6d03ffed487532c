"""The law as commands show it, and severity: a method proposes, a person decides, and the journal keeps both."""

from __future__ import annotations

from breachdesk.domain import places
from tests.cli.conftest import Hands

ANSWERS = """\
identification = "maximum"
confidentiality = "unknown recipients"
malicious = true
people = 612

[[data]]
category = "financial"
"""


def test_enisa_answers_with_the_contracts_keys(desk: Hands) -> None:
    """`dpc`, `ei`, `cb`, `score`, `band`, `working`, and a flag for more than a hundred people."""
    answer = desk.ok("severity", "enisa", desk.write("e.toml", ANSWERS), "--json").json
    assert (answer["schema"], answer["version"]) == ("breachdesk/severity", 1)
    assert [answer[key] for key in ("dpc", "ei", "cb", "score", "band")] == [3.0, 1.0, 1.0, 4.0, "very high"]
    assert answer["working"]
    assert len(answer["flags"]) == 1
    assert not desk.desk.exists()


def test_answers_that_do_not_fit_are_named(desk: Hands) -> None:
    """A key the method does not have, and a missing file, are said with what to write."""
    said = desk("severity", "enisa", desk.write("e.toml", ANSWERS + 'colour = "red"\n'))
    assert (said.code, "e.toml: data[1].colour: is not a key of an answer of this method" in said.line) == (5, True)
    assert desk("severity", "enisa", "nowhere.toml").code == 3
    assert "there are enisa" in desk("severity", "test", "tea-leaves", desk.write("f.toml", "")).line


def test_the_printed_questions_are_answers_that_load(desk: Hands) -> None:
    """Every method's questions, as printed, are a file the method takes."""
    for method in ("enisa", "us-hipaa", "ca-pipeda", "au-privacy-act", "nz-privacy-act", "sg-pdpa"):
        blank = desk.write("q.toml", desk.ok("severity", "questions", method).out)
        command = ("severity", "enisa", blank) if method == "enisa" else ("severity", "test", method, blank)
        answer = desk.ok(*command, "--json").json
        assert answer["proposal"] == ("possible" if method == "enisa" else None)


def test_a_decision_stands_beside_the_proposal(amber: Hands) -> None:
    """What a person decides becomes the fact, with what was proposed; the journal keeps the whole working."""
    answers = amber.write("e.toml", ANSWERS)
    said = amber.ok("severity", "decide", "amber", "enisa", answers, "--harm", "likely", "--because", "cards were blocked in time", "--json")
    assert (said.json["proposal"], said.json["decided"]) == ("high", "likely")
    history = amber.ok("facts", "history", "amber", "harm", "--json").json["facts"]
    assert (history[-1]["value"], history[-1]["source"]) == ("likely", "enisa proposed high; decided: cards were blocked in time")
    entry = next(e for e in amber.ok("audit", "log", "amber", "--json").json["entries"] if e["act"] == "harm.decided")
    assert (entry["what"]["proposed"], entry["what"]["decided"]) == ("high", "likely")
    assert any("SE = DPC x EI + CB" in line for line in entry["what"]["working"])
    assert amber.ok("audit", "verify").code == 0


def test_a_decision_needs_reasons_and_a_degree(amber: Hands) -> None:
    """Without reasons, or with a word that is no degree of harm, nothing is recorded."""
    answers = amber.write("e.toml", ANSWERS)
    assert amber("severity", "decide", "amber", "enisa", answers, "--harm", "dire", "--because", "x").code == 5
    assert amber("severity", "decide", "amber", "enisa", answers, "--harm", "high", "--because", " ").code == 5
    assert amber.ok("facts", "history", "amber", "harm", "--json").json["facts"] == []


def test_a_rule_is_shown_as_a_lawyer_reads_it(desk: Hands) -> None:
    """Whom it binds, what triggers it, by when, closed days, contents, and each source with the day it was read."""
    out = desk.ok("law", "show", "us/wa/rcw-19.255.010#attorney-general").out
    for words in ("binds: every controller unless only in sector government, by residence", "residents more than 500",
                  "limit: 30 calendar days, from discovered", "next business day", "source: RCW 19.255.010: https://"):  # fmt: skip
        assert words in out


def test_coverage_lists_every_country(desk: Hands) -> None:
    """Every ISO 3166-1 country stands in the answer, covered or not, for people and for programs."""
    answer = desk.ok("law", "coverage", "--json").json["places"]
    assert set(places.COUNTRIES) <= answer.keys()
    assert set(answer.values()) == {"complete", "partial", "none"}
    out = desk.ok("law", "coverage").out
    assert all(f"place: {code};" in out for code in places.COUNTRIES)
