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
    "education", "critical-infrastructure",
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

HARM_ORDER: tuple[Harm, ...] = get_args(Harm)
EVENTS: tuple[Event, ...] = get_args(Event)
SECTORS: tuple[Sector, ...] = get_args(Sector)
RINGS: tuple[Ring, ...] = get_args(Ring)

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

_CUSTOM_ELEMENT = re.compile(r"x-[a-z0-9]+(-[a-z0-9]+)*")


def check_element(word: str) -> str:
    """A data element of the contract or a custom `x-<word>`. Raises ValueError with what to write otherwise."""
    if word in ELEMENTS or _CUSTOM_ELEMENT.fullmatch(word):
        return word
    raise ValueError(f"{word!r} is not a data element: use one of the contract's words, or x-<word> for your own")


Element = Annotated[str, AfterValidator(check_element)]
