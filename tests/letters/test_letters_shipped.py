"""Every shipped letter draws from a full set of facts, says what its law asks for, and leaves out what it forbids."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, MissingFacts
from breachdesk.domain.notices import MERGE_FIELDS, LetterRequest, fields_in, merge
from breachdesk.domain.people import Person
from breachdesk.letters import Letters
from breachdesk.letters.templates import BODY, PER_PERSON
from breachdesk.letters.words import LANGUAGES

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SHIPPED = sorted(p.parent.relative_to(TEMPLATES).as_posix() for p in TEMPLATES.rglob(BODY))
Build = Callable[..., LetterRequest]

CALIFORNIA = ("What Happened", "What Information Was Involved", "What We Are Doing", "What You Can Do", "For More Information")
CLICHES = ("seriously", "apologi", "regret", "no evidence", "abundance of caution", "may have", "might have", "valued customer")


def request_to(template: str, build: Build, **changes: object) -> LetterRequest:
    """A full request that the template at this path answers."""
    *home, recipient, language = template.split("/")
    folder = "/".join(home)
    place = "US-CA" if folder.startswith("us") else {"sa": "SA", "br": "BR"}.get(folder, "DE")
    rule = f"{folder}/law#zz" if folder != "base" else "zz/law#zz"
    return build(rule=rule, recipient=recipient, language=language, place=place, **changes)


@pytest.mark.parametrize("template", SHIPPED)
def test_a_shipped_letter_draws_and_names_the_organisation_and_the_way_to_ask(
    template: str, shipped: Letters, request_for: Build
) -> None:
    """Each template draws with every fact recorded, from its own file, with title, organisation and contact in it."""
    letter = shipped.draft(request_to(template, request_for))
    assert letter.template == f"{template}/{BODY}"
    assert "the organisation ar as recorded" in letter.text or "Example Bank" in letter.text
    assert "privacy@example.org" in letter.text
    assert letter.subject
    assert "\n" not in letter.subject
    assert re.match(r".+\n=+\n", letter.text)
    assert "2026" in letter.text.split("\n\n")[1]
    assert not re.search(r"[\ue000-\uf8ff]", letter.text + letter.html)
    assert "{{" not in letter.text
    assert "{%" not in letter.text
    assert "None" not in letter.text


@pytest.mark.parametrize("template", SHIPPED)
def test_a_shipped_letter_is_a_page_that_loads_nothing(template: str, shipped: Letters, request_for: Build) -> None:
    """The page declares language and direction, and holds no link, image, script or remote address that would load."""
    letter = shipped.draft(request_to(template, request_for))
    language = template.rsplit("/", 1)[1]
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in letter.html
    assert not re.search(r"<(a|img|script|link|iframe|form)\b|url\(|src=|href=", letter.html)
    assert letter.html.count("<h1") == 1


@pytest.mark.parametrize("template", SHIPPED)
def test_a_shipped_letter_fills_in_per_person_only_where_there_is_a_person(
    template: str, shipped: Letters, request_for: Build
) -> None:
    """Letters to people greet them and list their own data; letters to institutions have no merge field."""
    letter = shipped.draft(request_to(template, request_for))
    if template.split("/")[-2] in PER_PERSON:
        assert {"greeting", "elements", "reference"} <= set(fields_in(letter.text))
        assert fields_in(letter.text) == fields_in(letter.html)
    else:
        assert not fields_in(letter.text + letter.html)


@pytest.mark.parametrize("template", [t for t in SHIPPED if t.endswith("/en")])
def test_english_letters_are_plain(template: str, shipped: Letters, request_for: Build) -> None:
    """No cliché, hedge or comfort stands in any English letter."""
    text = shipped.draft(request_to(template, request_for)).text.casefold()
    assert not [phrase for phrase in CLICHES if phrase in text]


@pytest.mark.parametrize("template", [t for t in SHIPPED if "/authority/" in t])
def test_a_letter_says_people_were_told_only_when_that_is_dated(template: str, shipped: Letters, request_for: Build) -> None:
    """The sentence about notice to the people changes when `individuals_notified` is dated."""
    before = request_to(template, request_for)
    told = {**before.timeline, "individuals_notified": before.dated}
    after = before.model_copy(update={"timeline": told})
    assert shipped.draft(before).text != shipped.draft(after).text
    if template.endswith("/en"):
        assert "not yet" in shipped.draft(before).text or "have not been told" in shipped.draft(before).text


@pytest.mark.parametrize("template", [t for t in SHIPPED if "/individuals/" in t])
def test_no_letter_to_people_says_that_a_regulator_was_told(template: str, shipped: Letters, request_for: Build) -> None:
    """A filing dated in the timeline does not make a letter to people speak of it."""
    plain = request_to(template, request_for)
    filed = plain.model_copy(update={"timeline": {**plain.timeline, "initial_filed": plain.dated}})
    assert shipped.draft(plain).text == shipped.draft(filed).text


def test_templates_hold(shipped: Letters) -> None:
    """The linter finds nothing in any shipped template."""
    assert [str(finding) for finding in shipped.check()] == []


@pytest.mark.parametrize("required", [CALIFORNIA, ("What Happened?", "What Information Was Involved?", *CALIFORNIA[2:])])
def test_california_has_the_statute_s_title_and_headings_in_order(
    required: tuple[str, ...], shipped: Letters, request_for: Build
) -> None:
    """The letter carries exactly the title and the five headings that the rule in force prescribes, and no others."""
    letter = shipped.draft(
        request_for(rule="us/ca/civ-1798.82#individuals", place="US-CA", title_required="Notice of Data Breach",
                    headings_required=required)
    )  # fmt: skip
    assert letter.subject == "Notice of Data Breach"
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", letter.html) == ["Notice of Data Breach"]
    assert tuple(re.findall(r"<h2[^>]*>(.*?)</h2>", letter.html)) == required
    for bureau in ("Equifax: 1-", "Experian: 1-", "TransUnion: 1-"):
        assert bureau in letter.text
    assert "March 1, 2026" in letter.text


def test_california_in_spanish_keeps_the_english_headings_beside_the_spanish(shipped: Letters, request_for: Build) -> None:
    """The prescribed words open each heading of the Spanish letter."""
    letter = shipped.draft(
        request_for(rule="us/ca/civ-1798.82#individuals", place="US-CA", language="es", title_required="Notice of Data Breach",
                    headings_required=CALIFORNIA)
    )  # fmt: skip
    assert "What Happened / Qué ocurrió\n---" in letter.text


def test_a_letter_without_a_prescribed_heading_is_refused(shipped: Letters, request_for: Build) -> None:
    """A rule that orders a heading the template does not have stops the draft and names the heading."""
    with pytest.raises(InvalidInput, match="What Never Was"):
        shipped.draft(request_for(rule="us/ca/x#individuals", headings_required=("What Never Was",)))


def test_massachusetts_says_neither_what_happened_nor_how_many(shipped: Letters, request_for: Build) -> None:
    """The letter to residents holds no account, date, consequence or number, and asks for none; it holds the rights."""
    request = request_for(
        rule="us/ma/gl-93h#individuals", place="US-MA", credit_monitoring_months=18,
        contents=("police-report-right", "security-freeze-rights", "credit-monitoring-offer", "parent-company"),
        forbids=("nature-of-breach", "number-of-people"),
    )  # fmt: skip
    letter = shipped.draft(request)
    for forbidden in ("customer file", "test server", "48,211", "50,000", "March 1", "March 2", "breach", "confidentiality"):
        assert forbidden not in letter.text
    assert "what_happened" not in letter.facts
    for owed in ("right to obtain a police report", "no charge to place", "Equifax", "Social Security number", "18 months",
                 "parent-company as recorded"):  # fmt: skip
        assert owed in letter.text
    told = {key: value for key, value in request.facts.items() if not key.startswith("what_happened")}
    assert shipped.draft(request.model_copy(update={"facts": told})).text == letter.text


def test_massachusetts_is_never_given_the_general_letter(shipped: Letters) -> None:
    """Only languages of the Massachusetts letter are offered: the general Arabic letter would say what happened."""
    assert shipped.languages("us/ma/gl-93h#individuals", "individuals") == ("en",)


@pytest.mark.parametrize("home", ["base", "eu", "sa", "us", "br"])
def test_general_letters_leave_out_what_a_rule_forbids(home: str, shipped: Letters, request_for: Build) -> None:
    """A rule that forbids the nature of the breach gets a general letter without it, even where none was written for it."""
    if home == "us":
        home = "us/ma"
    letter = shipped.draft(request_for(rule=f"{home}/law#zz", forbids=("nature-of-breach",)))
    assert "customer file" not in letter.text


def test_gdpr_notification_holds_article_33_3(shipped: Letters, request_for: Build) -> None:
    """Nature, categories, numbers, contact, consequences and measures stand in the notification in every language."""
    for language in ("en", "de", "es", "pt", "ar"):
        letter = shipped.draft(request_for(rule="eu/gdpr#33-1", recipient="authority", language=language))
        for key in ("what_happened", "categories_of_people", "contact_email", "likely_consequences", "what_we_did", "what_we_will_do"):
            assert any(used in (key, f"{key}_{language}") for used in letter.facts), (language, key)
        assert ("48.211" if language in ("de", "es", "pt") else "48,211") in letter.text


def test_an_update_to_the_authority_says_so(shipped: Letters, request_for: Build) -> None:
    """At stage `update` the letter names the notification it completes, with its time and zone."""
    request = request_for(rule="eu/gdpr#33-4", recipient="authority", stage="update")
    filed = request.model_copy(update={"timeline": {**request.timeline, "initial_filed": request.dated}})
    letter = shipped.draft(filed)
    assert "This completes the notification of 4 March 2026, 11:00 (Europe/Berlin, UTC+1)." in letter.text


def test_a_late_notification_must_give_its_reasons(shipped: Letters, request_for: Build) -> None:
    """A letter dated after the due instant names `reason_for_delay` as missing."""
    request = request_for(rule="eu/gdpr#33-1", recipient="authority")
    facts = {key: value for key, value in request.facts.items() if key != "reason_for_delay"}
    late = request.model_copy(update={"facts": facts, "due": request.timeline["aware"]})
    with pytest.raises(MissingFacts) as refusal:
        shipped.draft(late)
    assert refusal.value.keys == ("reason_for_delay",)
    assert shipped.draft(late.model_copy(update={"due": None})).text


def test_hipaa_needs_both_dates(shipped: Letters, request_for: Build) -> None:
    """The letter to patients cannot be drawn without the date of the breach and of its discovery."""
    with pytest.raises(MissingFacts) as refusal:
        shipped.draft(request_for(rule="us/federal/hipaa#individuals", place="US", timeline={}))
    assert refusal.value.keys == ("timeline.occurred", "timeline.discovered")


def test_a_date_recorded_as_unknown_is_said_to_be_unknown(shipped: Letters, request_for: Build) -> None:
    """A date somebody recorded as unknown does not block the letter; the letter says that it is not known."""
    request = request_for(rule="us/ca/x#individuals", place="US-CA", contents=("date-of-breach",), standings={"timeline.occurred": "unknown"})
    undated = request.model_copy(update={"timeline": {"discovered": request.timeline["discovered"]}})
    assert "have not been able to determine when the breach began" in shipped.draft(undated).text


def test_the_monitoring_a_law_orders_is_named_with_its_months(shipped: Letters, request_for: Build) -> None:
    """With months ordered, the offer is a needed fact and its length is printed."""
    request = request_for(rule="us/ca/x#individuals", place="US-CA", credit_monitoring_months=12)
    assert "free of charge for at least 12 months" in shipped.draft(request).text
    facts = {key: value for key, value in request.facts.items() if key != "credit_monitoring"}
    with pytest.raises(MissingFacts, match="credit_monitoring"):
        shipped.draft(request.model_copy(update={"facts": facts}))


def test_guardians_and_lesser_authorities_borrow_the_nearest_letter(shipped: Letters, request_for: Build) -> None:
    """Guardians get the letter to people of their place; a CSIRT gets the notification."""
    assert shipped.draft(request_for(rule="us/ma/x#g", recipient="guardians")).template == f"us/ma/individuals/en/{BODY}"
    assert shipped.draft(request_for(rule="eu/nis2#csirt", recipient="csirt")).template == f"eu/authority/en/{BODY}"


def test_the_arabic_letter_reads_from_the_right_and_keeps_latin_apart(shipped: Letters, request_for: Build) -> None:
    """Inserted values are isolated in text and page, and merged names are too, so that no punctuation moves."""
    letter = shipped.draft(request_for(rule="sa/pdpl#individuals", language="ar", place="SA", zone="Asia/Riyadh"))
    assert '<html lang="ar" dir="rtl">' in letter.html
    assert "<bdi>privacy@example.org</bdi>" in letter.html
    assert "\u2068privacy@example.org\u2069" in letter.text
    person = Person("s-1", ("SA",), "Sample Person", "", "", "ar", "", "", None, ("name", "email"), None)
    fields = shipped.fields(person, "ar", "AMBER-OTTER")
    merged = merge(letter.text, fields)
    assert "إلى \u2068Sample Person\u2069، تحية طيبة وبعد" in merged
    assert "الاسم وعنوان البريد الإلكتروني" in merged


@pytest.mark.parametrize(("language", "minor", "name", "greeting"), [
    ("en", None, "Sample Person", "Dear Sample Person"), ("en", True, "Sample Child", "To the parent or guardian of Sample Child"),
    ("en", False, "", "To the person concerned"), ("de", True, "", "An die Sorgeberechtigten"), ("fr", False, "S P", "Dear S P"),
    ("pt-BR", False, "S P", "À atenção de S P"), ("en", False, "A\r\nBcc: b@example.org", "Dear A Bcc: b@example.org"),
])  # fmt: skip
def test_greetings(shipped: Letters, language: str, minor: bool | None, name: str, greeting: str) -> None:
    """People are greeted by name, minors through their guardians, the nameless neutrally; a name is one line."""
    person = Person("s-1", (), name, "", "", language, "", "", minor, None, None)
    fields = shipped.fields(person, language, "R")
    assert fields["greeting"] == greeting
    assert set(fields) == set(MERGE_FIELDS)
    assert fields["elements"]


def test_a_guardian_is_greeted_by_name(shipped: Letters) -> None:
    """Where the records name who answers for a minor, the letter speaks to them about the child."""
    child = Person("s-1", (), "S P", "", "", "en", "", "", True, None, None, guardian="G P")
    for language in LANGUAGES:
        greeting = shipped.fields(child, language, "R")["greeting"]
        assert "G P" in greeting
        assert "S P" in greeting
    assert shipped.fields(replace(child, minor=None), "en", "R")["greeting"] == "Dear S P"


def test_elements_read_as_a_sentence_and_keep_custom_words(shipped: Letters) -> None:
    """A person's own data come as a list of plain words, custom elements by their own name."""
    person = Person("s-1", (), "", "", "", "", "", "", None, ("name", "ssn", "x-loyalty-card"), None)
    assert shipped.fields(person, "en", "R")["elements"] == "name, Social Security number and loyalty card"
