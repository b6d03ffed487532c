"""People by any combination of what a count tells apart."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.tally import DIVISIONS, Tally
from tests.people.records import Row, Write, by_the_book, counted
from tests.people.test_people_properties import _ROWS, _SOME, _count


def _shares(tally: Tally) -> dict[tuple[str, ...], int]:
    return {tuple(share.of.values()): share.subjects for share in tally.breakdown}


def test_a_person_is_in_every_combination_of_theirs(write: Write) -> None:
    """Two residences, two elements, two rings: counted once in each combination, with what nobody knows as unknown."""
    file = write(
        {"residence": "DE", "data": "name", "storage_region": "eu-west-1", "language": "de", "channel": "E-Mail", "ring": "touched"},
        {"residence": "US-CA", "data": "ssn", "encrypted": "false", "birth_year": "2015", "ring": "held"},
        {"subject_id": "2", "residence": "", "data": "", "encrypted": "true"},
    )  # fmt: skip
    assert _shares(counted(file, by=["residence", "data"])) == {
        ("DE", "name"): 1, ("DE", "ssn"): 1, ("US-CA", "name"): 1, ("US-CA", "ssn"): 1, ("unknown", "unknown"): 1,
    }  # fmt: skip
    assert _shares(counted(file, by=["data-set", "encrypted", "minor"])) == {("name+ssn", "false", "true"): 1, ("unknown", "true", "unknown"): 1}
    assert _shares(counted(file, by=["channel", "stored-in", "language"])) == {
        ("email", "IE", "de"): 1, ("email", "unknown", "de"): 1, ("unknown", "unknown", "unknown"): 1,
    }  # fmt: skip
    assert _shares(counted(file, by=["ring", "ring"])) == {("held",): 1, ("touched",): 1, ("unknown",): 1}


def test_the_answer_has_it_only_when_asked(write: Write) -> None:
    """`breakdown` is a list of objects with a key for each division and the people."""
    file = write({"data": "name"})
    assert "breakdown" not in counted(file).as_contract()
    assert counted(file, by=["residence", "minor"]).as_contract()["breakdown"] == [{"residence": "DE", "minor": "unknown", "subjects": 1}]


def test_another_word_is_refused(write: Write) -> None:
    """The words there are are named."""
    with pytest.raises(InvalidInput, match="is nothing a count is broken down by; use residence, data, data-set"):
        counted(write({}), by=["country"])


@_SOME
@given(_ROWS)
def test_every_combination_is_the_plain_reading(rows: list[dict[str, str]]) -> None:
    """All divisions at once agree with a count in plain Python, and each one alone with the residence table's figures."""
    tally = _count_by(rows, *DIVISIONS)
    expected: dict[tuple[str, ...], int] = {}
    people: dict[str, list[Row]] = {}
    for row in rows:
        if row["subject_id"]:
            people.setdefault(row["subject_id"], []).append(row)
    for held in people.values():
        for key in product(*(_values(division, held) for division in DIVISIONS)):
            expected[key] = expected.get(key, 0) + 1
    assert _shares(tally) == expected


def _count_by(rows: list[dict[str, str]], *by: str) -> Tally:
    return _count((".csv", rows), by=by)


def _values(division: str, held: list[Row]) -> list[str]:
    """The values of one person in one division."""
    book: dict[str, Any] = next(iter(by_the_book([{**row, "residence": "DE"} for row in held])["places"].values()))
    if division == "minor":
        return ["unknown" if book["age_unknown"] else "true" if book["minors"] else "false"]
    if division == "encrypted":
        return ["true" if book["encrypted"] else "false" if book["unencrypted"] else "unknown"]
    if division == "residence":
        return sorted({row["residence"] for row in held if row["residence"]}) or ["unknown"]
    if division == "language":
        return ["unknown"]
    named = {"data": "data", "data-set": "data", "stored-in": "stored_in", "channel": "channels", "ring": "rings"}[division]
    order = ["name", "email", "ssn", "x-tier"]
    found = sorted(book[named], key=lambda code: (order.index(code) if code in order else 0, code))
    if division == "data-set":
        return ["+".join(found) or "unknown"]
    return found or ["unknown"]
