"""Fides dataset and system manifests: which data categories a data set or a system holds, as data elements.

The categories are those of the Fides taxonomy (fideslang, IAB Tech Lab, CC BY 4.0); a category that is not listed here takes the
meaning of the one above it, and `system.*` means no personal data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.vocabulary import ELEMENTS
from breachdesk.people.texts import read_text

_CATEGORIES: dict[str, tuple[str, ...]] = {
    "user.name": ("name",), "user.contact.email": ("email",), "user.contact.phone_number": ("phone",), "user.contact.address": ("postal-address",),
    "user.contact.fax_number": ("phone",), "user.contact": ("postal-address", "email", "phone"), "user.demographic.date_of_birth": ("birth-date",),
    "user.demographic.race_ethnicity": ("race-ethnicity",), "user.demographic.political_opinion": ("political",),
    "user.demographic.religious_belief": ("religion",), "user.demographic.sexual_orientation": ("sex-life",),
    "user.demographic.sexual_practice": ("sex-life",),
    "user.government_id.national_identification_number": ("national-id",), "user.government_id.drivers_license_number": ("drivers-license",),
    "user.government_id.passport_number": ("passport",), "user.government_id.immigration": ("national-id",),
    "user.government_id.birth_certificate": ("national-id",), "user.government_id": ("national-id",),
    "user.financial.account_number": ("financial-account",), "user.financial.bank_account": ("financial-account",),
    "user.financial.credit_card": ("payment-card",), "user.financial": ("financial-account",), "user.payment": ("payment-card",),
    "user.authorization": ("online-credentials",), "user.health_and_medical.insurance_beneficiary_id": ("health-insurance",),
    "user.health_and_medical.genetic": ("genetic",), "user.health_and_medical": ("medical",), "user.biometric": ("biometric",),
    "user.criminal_history": ("criminal",), "user.location": ("location",), "user.device.ip_address": ("ip-address",), "user.device": ("device-id",),
    "user.behavior": ("behaviour",), "user.telemetry": ("behaviour",), "user.content": ("communications",), "user.workplace": ("employment",),
    "user.job_title": ("employment",), "user.social": ("behaviour",),
}  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """A data set or system of a manifest: its key, the data elements it holds in the contract's order, and categories that mean none."""

    key: str
    elements: tuple[str, ...]
    unmapped: tuple[str, ...]


def read_manifests(file: Path) -> tuple[Manifest, ...]:
    """Every data set and system of a YAML manifest. Raises NotFound, or InvalidInput naming file and key."""
    import yaml

    try:
        body = yaml.safe_load(read_text(file, "manifest"))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise InvalidInput("is not YAML", file=str(file), where=f"line {mark.line + 1}" if mark else "") from None
    if not isinstance(body, dict) or not any(isinstance(body.get(kind), list) for kind in ("dataset", "system")):
        raise InvalidInput("holds neither a list `dataset` nor a list `system`", file=str(file))
    found = []
    for kind in ("dataset", "system"):
        for n, each in enumerate(body.get(kind) or (), 1):
            if not isinstance(each, dict) or not isinstance(each.get("fides_key"), str):
                raise InvalidInput("has no fides_key", file=str(file), where=f"{kind} {n}", key="fides_key")
            found.append(_manifest(each))
    return tuple(found)


def one_manifest(file: Path, key: str = "") -> Manifest:
    """The data set or system with this key; the only one when no key is given. Raises NotFound naming the keys there are."""
    found = read_manifests(file)
    chosen = [each for each in found if key in ("", each.key)]
    if len(chosen) != 1:
        raise NotFound(f"{file}: name one of its data sets and systems with --fides-key: {', '.join(each.key for each in found)}")
    return chosen[0]


def _manifest(body: dict[str, Any]) -> Manifest:
    categories = dict.fromkeys(_categories(body))
    held: set[str] = set()
    unmapped = []
    for category in categories:
        elements = elements_of(category)
        held.update(elements)
        if not elements and not category.startswith("system"):
            unmapped.append(category)
    return Manifest(body["fides_key"], tuple(element for element in ELEMENTS if element in held), tuple(unmapped))


def _categories(body: Any) -> Iterator[str]:
    """The categories of a data set, its collections and fields at any depth, or of a system's declarations."""
    if isinstance(body, dict):
        yield from (category for category in body.get("data_categories") or () if isinstance(category, str))
        for key in ("collections", "fields", "privacy_declarations"):
            for part in body.get(key) or ():
                yield from _categories(part)


def elements_of(category: str) -> tuple[str, ...]:
    """The data elements of a category, or of the nearest above it that has a meaning; empty when none has."""
    while category:
        if category in _CATEGORIES:
            return _CATEGORIES[category]
        category = category.rpartition(".")[0]
    return ()
