"""The closed vocabulary of `contract.md` section 1: the words that facts files, rules and JSON answers share."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

Recipient = Literal[
    "individuals", "guardians", "authority", "csirt", "financial-supervisor", "credit-bureaus", "media", "market",
    "police", "controller",
]  # fmt: skip
Stage = Literal["early-warning", "initial", "update", "final"]
Role = Literal["controller", "processor"]
Sector = Literal[
    "general", "health", "health-app", "bank", "financial", "insurance", "broker-dealer", "telecom", "public-company",
    "essential-entity", "important-entity", "digital-product", "trust-service", "information-broker", "government",
    "education", "critical-infrastructure", "credit-union", "defence-contractor", "electric-grid",
]  # fmt: skip
Breach = Literal["confidentiality", "integrity", "availability"]
Access = Literal["accessed", "acquired", "lost", "unavailable"]
Harm = Literal["unlikely", "possible", "likely", "high"]
Event = Literal[
    "occurred", "discovered", "aware", "determined", "scope_known", "classified", "material", "assessed",
    "informed_by_processor", "initial_filed", "update_filed", "individuals_notified", "ransom_paid", "hold_from",
    "hold_until",
]  # fmt: skip
Ring = Literal["touched", "reachable", "held"]
Channel = Literal["email", "post", "phone", "sms", "app", "portal"]

HARM_ORDER: tuple[Harm, ...] = get_args(Harm)
EVENTS: tuple[Event, ...] = get_args(Event)
SECTORS: tuple[Sector, ...] = get_args(Sector)
RINGS: tuple[Ring, ...] = get_args(Ring)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""The ways in which a person can ask to be reached."""

ELEMENTS: tuple[str, ...] = (
    "name", "first-initial-last-name", "postal-address", "email", "phone", "birth-date", "mothers-maiden-name", "ssn",
    "tax-id", "national-id", "drivers-license", "state-id", "passport", "military-id", "student-id",
    "financial-account", "financial-account-with-code", "payment-card", "payment-card-with-code",
    "online-credentials", "security-questions", "medical", "health-insurance", "biometric", "genetic", "location",
    "communications", "photo", "signature", "electronic-signature", "license-plate", "race-ethnicity", "political",
    "religion", "trade-union", "sex-life", "criminal", "employment", "education", "income", "behaviour", "device-id",
    "ip-address",
)  # fmt: skip
"""Data elements, in the contract's order."""

CONTENTS: tuple[str, ...] = (
    "organisation-name", "organisation-address", "organisation-type", "parent-company", "person-responsible",
    "filing-person", "contact-point", "toll-free-number", "dpo-contact", "representative-contact",
    "what-happened", "nature-of-breach", "breach-type", "cause", "date-of-breach", "duration", "place-of-breach",
    "date-of-discovery", "how-discovered", "date-of-notice", "timeline-of-events",
    "elements-involved", "categories-of-people", "number-of-people", "number-of-records", "number-of-notices",
    "number-already-notified", "affected-people-list", "minors-involved",
    "likely-consequences", "risk-assessment", "severity", "service-impact", "financial-impact", "cross-border-impact",
    "systems-affected", "suspected-malicious", "indicators-of-compromise", "vulnerability", "ransom",
    "measures-taken", "measures-planned", "what-we-are-doing", "what-you-can-do", "investigation-results",
    "technical-protection", "written-security-program", "impact-assessment", "processor-involved", "data-transfers",
    "individuals-notified", "timing-of-notices", "sample-of-notice", "reason-for-delay", "reason-not-notified",
    "other-authorities", "law-enforcement-engaged", "law-enforcement-delay", "police-report-right",
    "credit-monitoring-offer", "credit-bureau-contacts", "security-freeze-rights", "fraud-alert-rights",
    "regulator-contacts", "identity-theft-resources", "complaint-right",
    "missing-information", "supporting-documents", "advertising",
)  # fmt: skip
"""What a notice must say, or must not: short tags a rule lists."""

_CUSTOM_ELEMENT = re.compile(r"x-[a-z0-9]+(-[a-z0-9]+)*")


def check_element(word: str) -> str:
    """A data element of the contract or a custom `x-<word>`. Raises ValueError with what to write otherwise."""
    if word in ELEMENTS or _CUSTOM_ELEMENT.fullmatch(word):
        return word
    raise ValueError(f"{word!r} is not a data element: use one of the contract's words, or x-<word> for your own")


Element = Annotated[str, AfterValidator(check_element)]


def check_content(word: str) -> str:
    """A tag of CONTENTS. Raises ValueError naming what a rule author does otherwise."""
    if word in CONTENTS:
        return word
    raise ValueError(f"{word!r} is not a tag for contents: use one of domain/vocabulary.py's CONTENTS, or add it there")


Content = Annotated[str, AfterValidator(check_content)]
