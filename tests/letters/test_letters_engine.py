"""Templates are text an organisation edits: strict about facts, harmless to the machine, exact about what is wrong with them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachdesk.domain.errors import Gate, InvalidInput, MissingFacts, NotFound
from breachdesk.domain.incident import SPECS
from breachdesk.domain.notices import LetterRequest, fields_in
from breachdesk.domain.vocabulary import ELEMENTS
from breachdesk.letters import Letters, formats, words
from breachdesk.letters.inserted import as_html, as_text, clean, insert
from breachdesk.letters.templates import candidates

Build = Callable[..., LetterRequest]
Write = Callable[..., Letters]


def test_every_missing_fact_is_named_at_once(write: Write, request_for: Build) -> None:
    """One refusal names all the facts a letter lacks, over subject, body and included parts, in the order met."""
    letters = write(
        "# T\n\n{{ fact.what_happened }} {{ when.aware }} {{ count.affected }} {{ text.elements }}\n{% include 'parts/en/p.md.j2' %}",
        "{{ fact.organisation }}", parts__en__p="{{ fact.contact_name }} {% if fact.has('police_report') %}x{% endif %}",
    )  # fmt: skip
    with pytest.raises(MissingFacts) as refusal:
        letters.draft(request_for(facts={}, timeline={}, affected=None, elements=()))
    assert refusal.value.keys == ("organisation", "what_happened", "timeline.aware", "affected_estimate", "contact_name")


def test_an_optional_fact_collapses(write: Write, request_for: Build) -> None:
    """`fact.get` and `fact.has` leave no trace of a fact that nobody recorded."""
    optional = "{% if fact.has('police_report') %}\nFiled: {{ fact.get('police_report') }}\n{% endif %}"
    letters = write(f"# T\n\n{optional}\nEnd{{{{ fact.get('dpo_contact') }}}}.\n")
    assert letters.draft(request_for(facts={})).text == "T\n=\n\nEnd.\n"


def test_a_suspected_fact_is_not_asserted_to_people(write: Write, request_for: Build) -> None:
    """A letter to people refuses suspected facts and names them; one that says it may use them marks them."""
    doubtful = request_for(standings={"what_happened": "suspected", "timeline.aware": "suspected"})
    with pytest.raises(Gate, match=r"only suspected: what_happened, timeline\.aware"):
        write("# T\n\n{{ fact.what_happened }} {{ day.aware }}").draft(doubtful)
    letter = write("# T\n\n{{ fact.suspected_ok('what_happened') }}").draft(doubtful)
    assert "test server. (not yet confirmed)" in letter.text


def test_a_suspected_fact_is_marked_for_an_institution(shipped: Letters, request_for: Build) -> None:
    """A notification to an authority may use suspected facts, each followed by the marker of its language."""
    standings = {"what_happened": "suspected", "timeline.aware": "suspected", "breach": "suspected"}
    letter = shipped.draft(request_for(rule="eu/gdpr#33-1", recipient="authority", standings=standings))
    assert letter.text.count("(not yet confirmed)") == 3


def test_missing_and_suspected_come_in_one_refusal(write: Write, request_for: Build) -> None:
    """Where facts are missing and others only suspected, the refusal names both."""
    request = request_for(facts={"what_happened": "x"}, standings={"what_happened": "suspected"})
    with pytest.raises(MissingFacts, match="only suspected, so not to be asserted: what_happened") as refusal:
        write("# T\n\n{{ fact.what_happened }} {{ fact.organisation }}").draft(request)
    assert refusal.value.keys == ("organisation",)


def test_facts_come_in_the_letter_s_language(shipped: Letters, request_for: Build) -> None:
    """An Arabic letter asks for the story in Arabic, and takes names and addresses as they are when nobody translated them."""
    facts = {"what_happened": "x", "organisation": "Example Bank", "contact_name": "Office", "contact_email": "a@example.org"}
    with pytest.raises(MissingFacts) as refusal:
        shipped.draft(request_for(rule="sa/pdpl#individuals", language="ar", facts=facts))
    assert refusal.value.keys == ("what_happened_ar", "likely_consequences_ar", "what_we_did_ar")


def test_a_syntax_error_names_file_and_line(write: Write, request_for: Build) -> None:
    """A broken tag in an included part is reported at that part and line, by the draft and by the linter."""
    letters = write("# T\n\n{% include 'parts/en/p.md.j2' %}", parts__en__p="fine\n{% if %}\n")
    with pytest.raises(InvalidInput) as refusal:
        letters.draft(request_for())
    assert (refusal.value.file, refusal.value.where) == ("parts/en/p.md.j2", "line 2")
    assert [(f.file, f.where) for f in letters.check()] == [("parts/en/p.md.j2", "line 2")]


@pytest.mark.parametrize(("body", "named"), [
    ("{{ organisation }}", "organisation"), ("{{ fact.organization }}", "fact.organization"), ("{{ fact.get('nope') }}", "nope"),
    ("{{ when.yesterday }}", "yesterday"), ("{{ count.people }}", "people"), ("{{ duty.nope }}", "nope"),
    ("{{ fact['timeline.aware'] }}", "timeline.aware"), ("[[surname]]", "[[surname]]"),
])  # fmt: skip
def test_an_unknown_placeholder_is_named_by_draft_and_linter(body: str, named: str, write: Write, request_for: Build) -> None:
    """A name that no letter or fact can provide is refused with its file, and found without drawing anything."""
    letters = write(f"# T\n\n{body}\n")
    with pytest.raises(InvalidInput, match=re.escape(named)) as refusal:
        letters.draft(request_for())
    assert refusal.value.file == "base/individuals/en/body.md.j2"
    findings = letters.check()
    assert [(f.file, f.where) for f in findings] == [("base/individuals/en/body.md.j2", "line 3")]
    assert named in str(findings[0])


@pytest.mark.parametrize("body", [
    "{{ ''.__class__ }}", "{{ fact.__class__.__mro__ }}", "{{ fact._g }}", "{{ duty._g.request }}", "{{ fact.get.__globals__ }}",
    "{{ 'x' * 1000000000 }}", "{{ '%01000000000d' % 1 }}", "{{ 'x' + 'y' }}", "{{ 9 ** 9 ** 9 }}", "{{ '{0.__class__}'.format(1) }}",
    "{{ ''|attr('__class__') }}", "{{ contents.add('x') }}", "{{ 'a' ~ 'b' }}", "{{ range(9) }}", "{{ self.__init__ }}",
    "{{ lipsum.__globals__ }}", "{{ fact.has }}", "{{ elements }}", "{% include '../../etc/passwd' %}", "{% include fact.organisation %}",
])  # fmt: skip
def test_a_template_cannot_reach_out(body: str, write: Write, request_for: Build) -> None:
    """Escapes from the sandbox, growing strings and foreign files are refused, naming the template."""
    with pytest.raises(InvalidInput) as refusal:
        write(f"# T\n\n{body}\n").draft(request_for())
    assert refusal.value.file == "base/individuals/en/body.md.j2"


@pytest.mark.parametrize("body", [
    "{% set a = 'xxxxxxxxxx' %}{% for b in a %}{% for c in a %}{% for d in a %}{% for e in a %}{% for f in a %}{% endfor %}{% endfor %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include 'base/individuals/en/body.md.j2' %}",
    "{% set a %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endset %}" + "{% set a %}{{ a }}{{ a }}{{ a }}{{ a }}{% endset %}" * 30 + "{{ a }}",
    "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a|join(a) %}" * 8,
    "{% for a in [1, [2]] recursive %}{{ loop([[1], [1]]) }}{% endfor %}",
])  # fmt: skip
def test_a_template_that_does_not_end_is_stopped(body: str, write: Write, request_for: Build) -> None:
    """Loops, recursion and doubling text run into the budget of steps or characters instead of filling the machine."""
    with pytest.raises(InvalidInput, match=r"end|characters|letter"):
        write(f"# T\n\n{body}\n").draft(request_for())


INJECTIONS = [
    "<script>alert(1)</script>", "<img src=x onerror=y>", "# Heading", "- item", "[[name]]", "[[greeting]] [[elements]]",
    "[link](https://example.org)", "![i](https://example.org/i.png)", "**bold** _em_ `code`", "1. one", "a\n\n# Heading", "&lt;b&gt;",
    "\\[\\[name]]", "> quote", "***", "---", "```\ncode", "| a | b |", "<https://example.org>", "{{ fact.organisation }}", "{% x %}",
    "\u202eevil\u202c", "a\x00b\x1b[31m", "\ue05b\ue05bname\ue05d\ue05d", "[\u200b[name]]",
]  # fmt: skip


@pytest.mark.parametrize("value", INJECTIONS)
def test_a_fact_is_data(value: str, write: Write, request_for: Build) -> None:
    """No fact makes markup, a heading, a list, a link or a merge field, nor turns the direction of the text."""
    request = request_for(facts={"what_happened": value})
    letter = write("# T\n\n{{ fact.what_happened }}\n\n- {{ fact.what_happened }}\n", "{{ fact.what_happened }} x").draft(request)
    inner = letter.html.split("<main", 1)[1].split(">", 1)[1].split("</main>")[0]
    assert set(re.findall(r"<(/?\w+)", inner)) <= {"h1", "/h1", "p", "/p", "ul", "/ul", "li", "/li", "br", "bdi", "/bdi"}
    assert inner.count("<h1") == 1
    assert inner.count("<li") == 1
    assert not fields_in(letter.text + letter.html + letter.subject)
    assert not re.search("[\u202a-\u202e\x00-\x08\x0b-\x1f\ue000-\uf8ff]", letter.text + letter.html + letter.subject)
    assert "\n" not in letter.subject


@pytest.mark.parametrize("pieces", [("[", "[name]]"), ("[[", "name]]"), ("[[name", "]]"), ("[[name]", "]"), ("[", "[name]", "]")])
def test_facts_beside_each_other_make_no_merge_field(pieces: tuple[str, ...], write: Write, request_for: Build) -> None:
    """Brackets of neighbouring facts do not close ranks into a merge field."""
    facts = {f"x-{i}": piece for i, piece in enumerate(pieces)}
    letter = write("# T\n\n" + "".join(f"{{{{ fact['{key}'] }}}}" for key in facts)).draft(request_for(facts=facts))
    assert not fields_in(letter.text + letter.html)


@given(st.text(max_size=200), st.booleans())
def test_any_text_survives_its_journey_as_data(value: str, rtl: bool) -> None:
    """Whatever a fact holds, its words come out, without tags, merge fields or private characters."""
    carried = insert(value)
    text, page = as_text(carried, rtl=rtl), as_html(carried, rtl=rtl)
    assert not re.search(r"\[\[[a-z_]+\]\]", text + page)
    assert not re.search(r"<(?!/?bdi>|br>)", page)
    assert re.findall(r"[a-zA-Z0-9]+", text) == re.findall(r"[a-zA-Z0-9]+", clean(value))


def test_a_line_break_becomes_a_space_and_a_blank_line_a_paragraph(write: Write, request_for: Build) -> None:
    """One line break in a fact joins the lines; an empty line keeps the paragraphs apart, in text and page."""
    request = request_for(facts={"what_happened": "One\nline.\n\n\nTwo."})
    letter = write("# T\n\n{{ fact.what_happened }}\n").draft(request)
    assert letter.text == "T\n=\n\nOne line.\n\nTwo.\n"
    assert "One line.<br><br>Two." in letter.html


def test_the_digest_covers_every_file_drawn_from(write: Write, request_for: Build, tmp_path: Path) -> None:
    """The template digest changes with the body, the subject and a part included by a part, and with no other file."""
    letters = write("# T\n\n{% include 'parts/en/a.md.j2' %}", parts__en__a="{% include 'parts/en/b.md.j2' %}", parts__en__b="one",
                    parts__en__c="unused")  # fmt: skip
    seen = [letters.draft(request_for()).template_digest]
    for name, text, changes in (
        ("parts/en/c.md.j2", "still unused", False), ("parts/en/b.md.j2", "two", True), ("parts/en/a.md.j2", "three", True),
        ("base/individuals/en/subject.txt.j2", "Another", True), ("base/individuals/en/body.md.j2", "# U\n", True),
    ):  # fmt: skip
        (tmp_path / name).write_text(text, "utf-8")
        seen.append(letters.draft(request_for()).template_digest)
        assert (seen[-1] != seen[-2]) is changes, name
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in seen)


def test_the_same_request_gives_the_same_letter(shipped: Letters, request_for: Build) -> None:
    """Drawing twice, or from another opened folder, gives the same bytes and digests."""
    request = request_for(rule="eu/gdpr#34", contents=tuple("abcdefgh"), by_residence={"DE": 3, "FR": 3, "AT": 9})
    assert shipped.draft(request) == shipped.draft(request) == Letters(shipped.folder).draft(request)


def test_the_most_specific_folder_decides_alone() -> None:
    """A duty looks at its own key, its instrument, each folder above, and base, in that order."""
    assert list(candidates("us/ca/civ-1798.82#individuals", "individuals")) == [
        "us/ca/civ-1798.82/individuals", "us/ca/individuals", "us/individuals", "base/individuals",
    ]  # fmt: skip
    assert list(candidates("eu/gdpr#33-4", "csirt"))[:3] == ["eu/gdpr/33-4", "eu/gdpr/csirt", "eu/gdpr/authority"]


def test_a_duty_s_own_template_goes_first(write: Write, request_for: Build, tmp_path: Path) -> None:
    """A folder named by instrument and key beats the place's, and its languages replace the place's."""
    letters = write("# General\n")
    for language in ("en", "fr"):
        own = tmp_path / "xx" / "law" / "individuals" / language
        own.mkdir(parents=True)
        (own / "body.md.j2").write_text(f"# Own {language}\n", "utf-8")
        (own / "subject.txt.j2").write_text("Own", "utf-8")
    assert letters.languages("xx/law#individuals", "individuals") == ("en", "fr")
    assert letters.draft(request_for()).text == "Own en\n======\n"
    assert letters.draft(request_for(language="fr-CA")).text == "Own fr\n======\n"
    assert letters.draft(request_for(rule="yy/law#individuals")).text == "General\n=======\n"


def test_no_template_is_said_plainly(write: Write, request_for: Build) -> None:
    """A recipient nobody wrote to, and a language nobody wrote in, are not found, with what to add."""
    letters = write()
    with pytest.raises(NotFound, match="base/controller/en/"):
        letters.draft(request_for(recipient="controller"))
    with pytest.raises(NotFound, match="is not written in de: base/individuals has en"):
        letters.draft(request_for(language="de"))
    assert letters.languages("xx/law#x", "controller") == ()


def test_a_merge_field_in_a_letter_to_an_institution_is_refused(tmp_path: Path, request_for: Build) -> None:
    """There is no person to fill it in: draft and linter both say so."""
    home = tmp_path / "base" / "authority" / "en"
    home.mkdir(parents=True)
    (home / "body.md.j2").write_text("# T\n\n[[name]]\n", "utf-8")
    (home / "subject.txt.j2").write_text("S", "utf-8")
    letters = Letters(tmp_path)
    with pytest.raises(InvalidInput, match="no person"):
        letters.draft(request_for(recipient="authority"))
    assert [(f.where, f.key) for f in letters.check()] == [("line 3", "[[name]]")]


def test_the_linter_finds_what_a_folder_lacks(write: Write, tmp_path: Path) -> None:
    """A letter with half its files, one without English, a missing include, and a file that is not UTF-8 are each found."""
    letters = write("# T\n\n{% include 'parts/en/gone.md.j2' %}\n{% include fact.organisation %}\n")
    (tmp_path / "base" / "media" / "de").mkdir(parents=True)
    (tmp_path / "base" / "media" / "de" / "body.md.j2").write_text("# T\n", "utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "x.md.j2").write_bytes(b"\xff\xfe\xff")
    found = {(f.file, f.where): f.problem for f in letters.check()}
    assert set(found) == {
        ("base/individuals/en/body.md.j2", "line 3"), ("base/individuals/en/body.md.j2", "line 4"),
        ("base/media/de/subject.txt.j2", ""), ("base/media", ""), ("parts/x.md.j2", ""),
    }  # fmt: skip
    assert "UTF-8" in found["parts/x.md.j2", ""]
    assert [f.file for f in Letters(tmp_path / "none").check()] == [str(tmp_path / "none")]


def test_times_are_shown_in_the_reader_s_zone() -> None:
    """An instant is written as day, time, zone and offset of the reader, in each language's own order."""
    at = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    assert formats.moment(at, "Europe/Berlin", "en") == "30 March 2026, 00:30 (Europe/Berlin, UTC+2)"
    assert formats.moment(at, "America/New_York", "en", "US-NY") == "March 29, 2026, 18:30 (America/New_York, UTC-4)"
    assert formats.moment(at, "Asia/Kolkata", "de") == "30. März 2026, 04:00 Uhr (Asia/Kolkata, UTC+5:30)"
    assert formats.moment(at, "UTC", "es") == "29 de marzo de 2026, 22:30 (UTC)"
    assert formats.day(at.date(), "ar") == "29 مارس 2026"


@pytest.mark.parametrize(("language", "number", "shown"), [
    ("en", 48211, "48,211"), ("de", 1234, "1.234"), ("es", 1234, "1234"), ("pt", 1234567, "1.234.567"), ("ar", 48211, "48,211"),
    ("en", 7, "7"), ("fr", 1234, "1,234"),
])  # fmt: skip
def test_numbers_are_grouped(language: str, number: int, shown: str) -> None:
    """Each language groups digits its own way; Spanish and Portuguese leave four digits together."""
    assert formats.number(number, language) == shown


def test_every_data_element_has_a_name_in_every_language() -> None:
    """All contract data elements are named in all five languages, no two alike within one."""
    assert set(words.ELEMENTS) == set(ELEMENTS)
    for language in words.LANGUAGES:
        named = [words.element(element, language) for element in ELEMENTS]
        assert all(named)
        assert len(set(named)) == len(named), language


def test_choices_have_words_in_every_language() -> None:
    """Every answer to breach, access and harm can be said in every language."""
    for key, by_language in words.CHOICES.items():
        for language in words.LANGUAGES:
            assert set(by_language[language]) == set(SPECS[key].choices), (key, language)


def test_opening_letters_loads_no_template_engine() -> None:
    """Importing and opening Letters, and greeting a person, leaves Jinja2 and Markdown unloaded."""
    code = (
        "import sys; from pathlib import Path; from breachdesk.letters import Letters; l = Letters(Path('.')); l.languages('a#b', 'media');"
        "sys.exit(any(m in sys.modules for m in ('jinja2', 'markdown_it')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0
