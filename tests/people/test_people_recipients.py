"""The people themselves: distinct, in order, with one deterministic choice where their rows disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.people import Person
from breachdesk.people import recipients
from tests.people.records import AT, Write, counted, only, write_rows

MANY = [
    {"subject_id": str(i % 5000), "residence": ("DE", "US-CA", "")[i % 3], "system": str(i % 7), "data": ("name", "ssn", "")[i % 3],
     "email": f"p{i % 5000}@x.example" if i % 2 else ""}
    for i in range(9000)
]  # fmt: skip


def test_a_person_is_the_union_of_their_rows(write: Write) -> None:
    """Residences and data are united; the greatest text of each contact column is taken; gaps are filled from other rows."""
    file = write(
        {"residence": "US-CA", "data": "ssn", "encrypted": "true", "name": "Ann Lee", "email": "", "language": "fr", "birth_year": "2015"},
        {"residence": "DE", "data": "name", "encrypted": "", "name": "Ann B. Lee", "email": "ann@x.example", "language": "en",
         "postal_address": "1 Way\nTown", "channel": "email", "quiet_hours": "22:00-07:00"},
    )  # fmt: skip
    assert list(recipients([file], at=AT)) == [
        Person(
            subject_id="1", residences=("DE", "US-CA"), name="Ann Lee", email="ann@x.example", postal_address="1 Way\nTown",
            language="en", channel="email", quiet_hours="22:00-07:00", minor=True, data=("name", "ssn"), encrypted=None,
        )
    ]  # fmt: skip


def test_a_guardian_and_a_channel_in_ones_own_words(write: Write) -> None:
    """The guardian's columns are told for everyone; the channel is a word of the vocabulary, the first of several."""
    file = write(
        {"guardian": "Sam Lee", "guardian_email": "sam@x.example", "channel": "Letter"}, {"channel": "E-MAIL"}, {"channel": "pigeon"},
    )  # fmt: skip
    (person,) = recipients([file], at=AT)
    assert (person.guardian, person.guardian_email, person.channel) == ("Sam Lee", "sam@x.example", "email")
    tally = counted(file)
    assert (only(tally).channels, tally.flagged_rows) == ({"email": 1, "post": 1}, 1)


def test_what_no_row_says_is_empty_or_none(write: Write) -> None:
    """Unknown is never a guess."""
    (person,) = recipients([write({"residence": "", "data": ""})], at=AT)
    assert (person.residences, person.name, person.data, person.minor, person.encrypted) == ((), "", None, None, None)


@pytest.mark.parametrize(
    ("residences", "expected"),
    [(None, "1234"), ({"DE"}, "13"), ({"unknown"}, "4"), ({"FR", "unknown"}, "234"), (set(), ""), ({"BE"}, "")],
)
def test_residences_choose_people_any_of_whose_homes_is_meant(write: Write, residences: set[str] | None, expected: str) -> None:
    """`unknown` means people none of whose rows has a known residence."""
    file = write(
        {"subject_id": "1"}, {"subject_id": "2", "residence": "FR"}, {"subject_id": "3"}, {"subject_id": "3", "residence": "FR"},
        {"subject_id": "1", "residence": ""}, {"subject_id": "4", "residence": "?"}, {"subject_id": ""},
    )  # fmt: skip
    chosen = None if residences is None else frozenset(residences)
    assert "".join(person.subject_id for person in recipients([file], at=AT, residences=chosen)) == expected


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_the_stream_is_the_count(tmp_path: Path, suffix: str) -> None:
    """As many people as the count finds, each once, in the order of their ids."""
    file = write_rows(tmp_path / f"many{suffix}", MANY)
    people = list(recipients([file], at=AT))
    assert [person.subject_id for person in people] == sorted({row["subject_id"] for row in MANY})
    tally = counted(file)
    assert len(people) == tally.subjects
    assert sum("DE" in person.residences for person in people) == next(r.subjects for r in tally.by_residence if r.residence == "DE")


def test_a_stream_may_be_left_early(tmp_path: Path) -> None:
    """Whoever takes the first three leaves nothing behind."""
    people = recipients([write_rows(tmp_path / "many.csv", MANY)], at=AT)
    assert [next(people).subject_id for _ in range(3)] == ["0", "1", "10"]
    people.close()  # type: ignore[attr-defined]


def test_mistakes_are_told_by_the_call(write: Write, tmp_path: Path) -> None:
    """Files, filters and instants are checked before the first person is asked for."""
    with pytest.raises(NotFound):
        recipients([tmp_path / "no.csv"], at=AT)
    with pytest.raises(InvalidInput):
        recipients([write({})], at=AT, where="nonsense")
    with pytest.raises(InvalidInput):
        recipients([write({})], at=AT.replace(tzinfo=None))


def test_a_file_that_changes_under_the_stream_is_told_at_its_end(write: Write) -> None:
    """People already read were read from other bytes than those now there, and the caller learns it."""
    file = write({})
    people = recipients([file], at=AT)
    assert next(people).subject_id == "1"
    file.write_text("other", encoding="utf-8")
    with pytest.raises(InvalidInput, match="changed"):
        next(people)
