"""A mapping proposed by looking at a file, and Fides manifests."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people.fides import elements_of, one_manifest, read_manifests
from breachdesk.people.propose import propose
from tests.people.records import counted

FIDES = Path(__file__).parent / "fides"


def test_a_proposed_mapping_counts(tmp_path: Path) -> None:
    """Own names, a semicolon, German dates, yes and no: the proposal reads them all, and the count takes it as it is."""
    file = tmp_path / "kunden.csv"
    file.write_text(
        "Kundennummer;Land;dataCategories;Encrypted;Geburtsdatum;note\n1;Deutschland;name|ssn;Y;24.12.1990;x\n2;Frankreich;email;N;01.02.2010;\n",
        encoding="utf-8",
    )  # fmt: skip
    text = propose(file)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text, encoding="utf-8")
    assert 'birth_date = "%d.%m.%Y"' in text
    assert "# not used: note" in text
    tally = counted(file, mapping=mapping)
    assert (tally.subjects, tally.flagged_rows) == (2, 0)
    assert {row.residence: (row.encrypted, row.minors) for row in tally.by_residence} == {"DE": (1, 0), "FR": (0, 1)}


def test_what_cannot_be_known_is_asked(tmp_path: Path) -> None:
    """An id that is not there, dates that could be either way round, words nobody knows: comments, not guesses."""
    file = tmp_path / "x.csv"
    file.write_text("nr,country,dob,data\n1,Georgia,03/04/1990,shoe-size\n", encoding="utf-8")
    text = propose(file)
    assert "NOT FOUND: which column says who" in text
    assert "these dates do not say which" in text
    assert '# "Georgia" = "…"' in text
    assert '# "shoe-size" = "…"' in text


def test_a_manifest_says_what_a_file_holds(tmp_path: Path) -> None:
    """The categories of a data set become its data elements; of a system, those of its declarations."""
    (dataset,) = read_manifests(FIDES / "demo_dataset.yml")
    assert dataset.key == "demo_users_dataset"
    assert {"name", "email", "postal-address"} <= set(dataset.elements)
    assert one_manifest(FIDES / "demo_system.yml", "demo_marketing_system").elements == ("device-id",)
    with pytest.raises(NotFound, match="demo_analytics_system, demo_marketing_system"):
        one_manifest(FIDES / "demo_system.yml")
    file = tmp_path / "users.csv"
    file.write_text("uuid,state\n1,California\n", encoding="utf-8")
    text = propose(file, dataset)
    assert f'data = "{";".join(dataset.elements)}"' in text
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text, encoding="utf-8")
    assert counted(file, mapping=mapping).by_residence[0].residence == "US-CA"


def test_a_category_inherits_from_the_one_above() -> None:
    """A finer category means what its parent means; those of systems mean nothing."""
    assert elements_of("user.biometric.fingerprint") == ("biometric",)
    assert elements_of("system.operations") == ()


def test_a_manifest_that_is_none(tmp_path: Path) -> None:
    """The line, or what is missing."""
    file = tmp_path / "x.yml"
    file.write_text("dataset:\n  - [", encoding="utf-8")
    with pytest.raises(InvalidInput, match="line"):
        read_manifests(file)
    file.write_text("policy: []", encoding="utf-8")
    with pytest.raises(InvalidInput, match="neither a list `dataset`"):
        read_manifests(file)
