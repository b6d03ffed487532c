"""Every rule of the shipped rulebook finds a letter that its own contents, headings and prohibitions accept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from breachdesk.domain.notices import LetterRequest
from breachdesk.domain.rules import Rule, Version
from breachdesk.domain.vocabulary import CONTENTS
from breachdesk.letters import Letters
from breachdesk.letters.particulars import LABELS, WORDED
from breachdesk.rulebook.files import load

VERSIONS = [
    (rule, version) for rule in load(today=date(2030, 1, 1)).rules() for version in rule.duty.version
]  # fmt: skip
WORDS = {tag: f"{tag} as recorded" for tag in LABELS if tag not in WORDED} | {  # content tag: what an English letter says when it holds it
    "contact-point": "privacy@example.org", "organisation-name": "Example Bank", "organisation-address": "1 Sample Street",
    "dpo-contact": "dpo contact as recorded", "likely-consequences": "imitate you", "measures-taken": "shut the server down",
    "what-we-are-doing": "shut the server down", "categories-of-people": "customers", "credit-bureau-contacts": "Equifax: 1-",
    "number-of-records": "number-of-records as recorded", "technical-protection": "technical-protection as recorded",
    "security-freeze-rights": "freeze", "police-report-right": "police report", "parent-company": "parent-company as recorded",
    "cause": "cause as recorded", "investigation-results": "investigation-results as recorded",
    "supporting-documents": "supporting-documents as recorded", "filing-person": "filing-person-title as recorded",
    "processor-involved": "processor as recorded", "regulator-contacts": "1-8", "what-you-can-do": "Be careful with unexpected calls",
    "organisation-type": "organisation-type as recorded", "person-responsible": "responsible-person as recorded",
    "written-security-program": "wisp as recorded", "number-already-notified": "residents-notified as recorded",
    "law-enforcement-engaged": "police report as recorded", "measures-planned": "move test data",
    "sample-of-notice": "nclosed", "timing-of-notices": "not", "reason-for-delay": "reason for delay as recorded",
"affected-people-list": "affected-people-list as recorded",
}  # fmt: skip

OWN = {"regulator-contacts": "authority-contact"}
"""Tags that a base letter fills from a fact of another name."""


@pytest.mark.parametrize(("rule", "version"), VERSIONS, ids=[f"{r.id}@{v.in_force_from}" for r, v in VERSIONS])
def test_each_rule_has_an_english_letter_that_holds_what_it_orders(
    rule: Rule, version: Version, shipped: Letters, request_for: Callable[..., LetterRequest]
) -> None:
    """The rule's letter draws with its prescribed title and headings, says what it orders and not what it forbids."""
    place = rule.instrument.place
    request = request_for(
        rule=rule.id, recipient=rule.duty.recipient, stage=rule.duty.stage, place=place, regime=rule.instrument.regime,
        contents=version.contents, forbids=version.forbids, title_required=version.title_required,
        headings_required=version.headings_required, authority=rule.duty.authority or "Example Authority",
        credit_monitoring_months=version.credit_monitoring.months if version.credit_monitoring else 0,
    )  # fmt: skip
    assert "en" in shipped.languages(rule.id, rule.duty.recipient)
    text = shipped.draft(request).text
    said = {
        tag: words in text or f"{OWN.get(tag, tag)} as recorded" in text for tag, words in WORDS.items() if tag in version.contents
    }
    assert all(said.values()), [tag for tag, there in said.items() if not there]
    if "elements-involved" in version.contents:
        assert "[[elements]]" in text or "Social Security number" in text
    if "number-of-people" in version.contents:
        assert "48,211" in text
    if "date-of-breach" in version.contents or "date-of-discovery" in version.contents:
        assert "2026" in text.partition("\n\n")[2].partition("\n\n")[2]
    if "nature-of-breach" in version.forbids:
        assert "customer file" not in text
    if "number-of-people" in version.forbids:
        assert "48,211" not in text


@pytest.mark.parametrize("language", ["en", "ar", "de", "es", "pt", "pt-BR"])
def test_each_particular_stands_on_a_line_of_its_own(
    language: str, shipped: Letters, request_for: Callable[..., LetterRequest]
) -> None:
    """No field of an authority's form runs into the one before it, whatever the law asks for."""
    request = request_for(
        rule={"en": "xx/law#authority", "ar": "xx/law#authority", "pt-BR": "br/lgpd#anpd"}.get(language, "eu/gdpr#33-1"),
        recipient="authority", language=language, contents=CONTENTS, place="BR" if language == "pt-BR" else "DE",
    )  # fmt: skip
    text = shipped.draft(request).text
    for line in text.splitlines():
        assert line.count(" as recorded") <= 1, line
        assert "- " not in line.strip().removeprefix("- ") or not line.strip().startswith("- "), line
