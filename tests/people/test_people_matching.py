"""Rows with different ids that are one person, by rules a mapping asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.people import recipients
from breachdesk.people.counting import near_matches
from breachdesk.people.matching import decide, read_decisions
from tests.people.records import AT, Write, counted


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    return tmp_path / "mapping.toml"


def test_a_crosswalk_and_an_address_make_one_person_of_three_ids(write: Write, mapped: Path, tmp_path: Path) -> None:
    """One id is joined by a table and another by its address: merged and unmerged totals stand side by side, with the rules."""
    file = write(
        {"subject_id": "a1", "system": "crm", "email": "Ann@Example.com ", "data": "name"},
        {"subject_id": "77", "system": "shop", "email": "ann@example.com", "data": "ssn", "residence": "US-CA"},
        {"subject_id": "x", "system": "legacy", "data": "email"},
        {"subject_id": "b2", "system": "crm", "email": "bob@example.com"},
    )
    (tmp_path / "ids.csv").write_text("system,subject_id,person\nlegacy,x,p1\nshop,77,p1\ncrm,x,p9\n", encoding="utf-8")
    mapped.write_text('[match]\ncrosswalk = "ids.csv"\nemail = true\n', encoding="utf-8")
    tally = counted(file, mapping=mapped)
    assert tally.match is not None
    assert (tally.subjects, tally.match.merged, tally.match.unmerged, tally.match.near) == (2, 2, 4, 0)
    assert "crosswalk ids.csv" in tally.match.rules
    assert {row.residence: (row.subjects, row.data) for row in tally.by_residence}["US-CA"] == (1, {"name": 1, "email": 1, "ssn": 1})
    people = list(recipients([file], at=AT, mapping=mapped))
    assert [(p.subject_id, p.residences) for p in people] == [("77", ("DE", "US-CA")), ("b2", ("DE",))]


def test_an_address_two_ids_of_one_system_share_joins_nobody(write: Write, mapped: Path) -> None:
    """A family address is no proof: the pair is listed for a person, and their decision is kept and followed."""
    file = write(
        {"subject_id": "1", "system": "crm", "email": "home@example.com"}, {"subject_id": "2", "system": "crm", "email": "home@example.com"},
    )  # fmt: skip
    mapped.write_text('[match]\nemail = true\ndecisions = "decided.csv"\n', encoding="utf-8")
    assert counted(file, mapping=mapped).subjects == 2
    (pair,) = near_matches([file], at=AT, mapping=mapped)
    assert (pair.a, pair.b, pair.why) == ("1", "2", "the same e-mail address")
    decided = mapped.parent / "decided.csv"
    decide(decided, "2", "1", same=False, by="=ann", at="2026-03-01")
    assert near_matches([file], at=AT, mapping=mapped) == ()
    assert "'=ann" in decided.read_text(encoding="utf-8")
    decide(decided, "1", "2", same=True, by="ann", at="2026-03-02")
    assert read_decisions(decided) == {("1", "2"): ("same", "ann", "2026-03-02")}
    assert counted(file, mapping=mapped).subjects == 1


def test_ids_per_system_and_a_filter(write: Write, mapped: Path) -> None:
    """The same number in two systems is two people; a pair decided different is not joined by an address; totals follow the filter."""
    file = write({"system": "crm", "email": "a@b.c"}, {"system": "shop", "email": "A+news@b.c"}, {"system": "shop", "subject_id": "2"})
    mapped.write_text('[match]\nids = "per-system"\n', encoding="utf-8")
    assert counted(file, mapping=mapped).subjects == 3
    mapped.write_text('[match]\nids = "per-system"\nemail = true\nplus_tags = true\n', encoding="utf-8")
    tally = counted(file, mapping=mapped, where="system = 'shop'")
    assert tally.match is not None
    assert (tally.subjects, tally.match.unmerged) == (2, 2)
    assert counted(file, mapping=mapped).subjects == 2


def test_the_same_name_and_birth_date_is_a_near_match(write: Write, mapped: Path) -> None:
    """Never merged by a rule, only shown."""
    file = write(*({"subject_id": i, "name": "Ann Lee", "birth_date": "1990-01-01"} for i in "12"))
    mapped.write_text("[match]\nemail = true\n", encoding="utf-8")
    assert [pair.why for pair in near_matches([file], at=AT, mapping=mapped)] == ["the same name and birth date"]


@pytest.mark.parametrize(
    ("text", "key"),
    [('ids = "x"', "match.ids"), ("email = 1", "match.email"), ('fuzzy = "yes"', "match.fuzzy"), ("crosswalk = 3", "match.crosswalk")],
)
def test_a_mistake_in_the_rules_names_its_key(write: Write, mapped: Path, text: str, key: str) -> None:
    """A rule nobody knows stops the count."""
    mapped.write_text(f"[match]\n{text}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=key.replace(".", r"\.")):
        counted(write({}), mapping=mapped)


def test_a_crosswalk_without_its_columns_is_named(write: Write, mapped: Path, tmp_path: Path) -> None:
    """The column that is missing, and the file."""
    (tmp_path / "ids.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    mapped.write_text('[match]\ncrosswalk = "ids.csv"\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"ids\.csv.*subject_id"):
        counted(write({}), mapping=mapped)
