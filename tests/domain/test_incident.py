"""Facts: typed, never overwritten, known as of any instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import Fact, circumstances_of, current, parse_fact

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def fact(key: str, value: object, minutes: int, standing: str = "confirmed") -> Fact:
    return Fact.model_validate(
        {"key": key, "value": value, "standing": standing, "said_by": "A", "at": AT + timedelta(minutes=minutes)}
    )


def test_the_newest_value_counts_and_the_past_can_be_shown() -> None:
    """A correction supersedes; `as_of` shows what was known then."""
    facts = [fact("harm", "likely", 0), fact("harm", "high", 10)]
    assert current(facts)["harm"].value == "high"
    assert current(facts, AT + timedelta(minutes=5))["harm"].value == "likely"
    assert current(facts, AT - timedelta(minutes=5)) == {}


def test_a_fact_recorded_as_unknown_is_unknown_again() -> None:
    """Withdrawing a fact takes it out of what an assessment sees."""
    facts = current([fact("harm", "high", 0), fact("harm", None, 1, "unknown")])
    assert circumstances_of("t", facts).harm is None


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("role", "controller", "controller"),
        ("established", "SA, DE-BY", ["SA", "DE-BY"]),
        ("breach", "confidentiality; availability", ["confidentiality", "availability"]),
        ("malicious", "yes", True),
        ("timeline.aware", "2026-03-02T10:20:00+01:00", "2026-03-02T09:20:00Z"),
        ("affected_estimate", "US-CA 600 name+ssn clear", [
            {"residence": "US-CA", "count": 600, "data": ["name", "ssn"], "encrypted": False, "minors": None}]),
        ("x-own", "anything", "anything"),
    ],
)  # fmt: skip
def test_what_people_type(key: str, text: str, value: object) -> None:
    """Each kind of fact reads what a person types into one JSON form."""
    assert parse_fact(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("role", "boss", "not one of controller, processor"),
        ("timeline.aware", "2026-03-02T10:20:00", "needs its offset"),
        ("timeline.aware", "2026-02-30T10:20:00Z", "timeline.aware"),
        ("established", "Germany", "is not a place"),
        ("malicious", "perhaps", "malicious"),
        ("affected_estimate", "many", "PLACE NUMBER"),
        ("tiemline.aware", "x", "no fact has this key"),
        ("what_happened", " ", "record it as unknown"),
    ],
)
def test_what_does_not_fit_is_named(key: str, text: str, words: str) -> None:
    """A value that does not fit is refused with its key and what to write."""
    with pytest.raises(InvalidInput) as caught:
        parse_fact(key, text)
    assert words in str(caught.value)
    assert caught.value.key == key


def test_a_hold_ends_after_it_began() -> None:
    """A law-enforcement hold that ends before it begins is refused."""
    with pytest.raises(ValueError, match="hold_until is before hold_from"):
        circumstances_of("t", current([
            fact("timeline.hold_from", "2026-03-02T00:00:00Z", 0), fact("timeline.hold_until", "2026-03-01T00:00:00Z", 1)]))  # fmt: skip


def test_the_count_says_where_the_data_lay_until_a_person_does() -> None:
    """Places of storage come from the count, `unknown` among them; a recorded fact stands before it; only unknown is unknown."""
    assert circumstances_of("t", {}, stored_in=("US", "unknown")).stored_in == ("US", "unknown")
    assert circumstances_of("t", {}, stored_in=("unknown",)).stored_in is None
    assert circumstances_of("t", current([fact("stored_in", ("DE",), 0)]), stored_in=("US",)).stored_in == ("DE",)
