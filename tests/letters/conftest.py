"""Requests and people for the letters' tests; all of them plainly synthetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from breachdesk.domain.incident import SPECS
from breachdesk.domain.notices import LetterRequest
from breachdesk.letters import Letters
from breachdesk.letters.particulars import LABELS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

STORY = {
    "what_happened": "A copy of the customer file was taken from a test server.",
    "what_we_did": "We shut the server down and changed every key.",
    "what_we_will_do": "We will move test data to invented records.",
    "likely_consequences": "Somebody could use the data to imitate you.",
    "categories_of_people": "customers",
}


def full_facts() -> dict[str, Any]:
    """Every text fact, each with its own recognisable words, and the choices."""
    facts: dict[str, Any] = {
        spec.key: f"the {spec.key.replace('_', ' ')} as recorded" for spec in SPECS.values()
        if spec.kind == "text" and not spec.key.startswith("timeline.")
    }  # fmt: skip
    facts |= STORY
    facts |= {f"{key}_{language}": f"{text} ({language})" for key, text in STORY.items() for language in ("ar", "de", "es", "pt")
              if f"{key}_{language}" in SPECS}  # fmt: skip
    facts |= {
        "organisation": "Example Bank", "organisation_address": "1 Sample Street, Sampletown", "contact_name": "Privacy office",
        "contact_email": "privacy@example.org", "contact_phone": "+1 555 0100", "breach": ["confidentiality"],
        "access": "acquired", "harm": "high",
    }  # fmt: skip
    for own in (
        *LABELS,
        "cause", "number-of-records", "technical-protection", "processor", "filing-person-title", "residents-notified",
        "distribution", "organisation-type", "responsible-person", "wisp", "parent-company", "covered-entity-type",
        "business-associate", "location-of-information", "exposure-until", "authority-contact", "attorney-general-contact",
        "affected-people-list", "investigation-results", "supporting-documents",
    ):  # fmt: skip
        facts[f"x-{own}"] = f"the {own} as recorded"
    return facts


@pytest.fixture
def request_for() -> Callable[..., LetterRequest]:
    """Builds a request; keyword arguments replace what a full one would hold."""

    def build(rule: str = "xx/law#individuals", recipient: str = "individuals", language: str = "en", **changes: Any) -> LetterRequest:
        values: dict[str, Any] = {
            "rule": rule, "place": "DE", "regime": "Example Law", "recipient": recipient, "stage": "initial",
            "authority": "Example Authority", "language": language, "zone": "Europe/Berlin", "codename": "AMBER-OTTER",
            "facts": full_facts(), "standings": {},
            "timeline": {
                "occurred": datetime(2026, 3, 1, 22, 30, tzinfo=UTC), "discovered": datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
                "aware": datetime(2026, 3, 2, 9, 20, tzinfo=UTC),
            },
            "elements": ("name", "ssn"), "affected": 48211, "total": 50000, "dated": datetime(2026, 3, 4, 10, tzinfo=UTC),
        }  # fmt: skip
        return LetterRequest.model_validate(values | changes)

    return build


@pytest.fixture
def shipped() -> Letters:
    """The letters of the shipped templates."""
    return Letters(TEMPLATES)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Letters]:
    """Writes template files below a temporary folder, by path, and opens it."""

    def build(body: str = "# Title\n\n{{ fact.what_happened }}\n", subject: str = "Subject", **more: str) -> Letters:
        files = {"base/individuals/en/body.md.j2": body, "base/individuals/en/subject.txt.j2": subject}
        files |= {name.replace("__", "/") + ".md.j2": text for name, text in more.items()}
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Letters(tmp_path)

    return build
