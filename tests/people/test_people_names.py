"""Names of places instead of codes."""

from __future__ import annotations

import pytest

from breachdesk.people.mapping import Mapping
from breachdesk.people.names import places_named
from breachdesk.people.readings import Reader


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "DE"), ("Deutschland", "DE"), ("allemagne", "DE"), ("Alemania", "DE"), ("ألمانيا", "DE"), ("ESPANA", "ES"),
        ("المملكة العربية السعودية", "SA"), ("السعودية", "SA"), ("U.S.A.", "US"), ("The Netherlands", "NL"), ("Türkei", "TR"),
        ("california", "US-CA"), ("New  York", "US-NY"), ("Puerto Rico", "US-PR"), ("PR", "US-PR"), ("US-PR", "US-PR"), ("GU", "US-GU"),
    ],
)  # fmt: skip
def test_a_name_is_its_place(name: str, code: str) -> None:
    """Countries in several languages, states of the United States, and territories with two codes are one place each."""
    assert Reader(Mapping()).read("residence", name).codes == (code,)


def test_a_name_of_two_places_is_neither() -> None:
    """Georgia is a state and a country: unknown, and the reason says what to write."""
    reading = Reader(Mapping()).read("residence", "Georgia")
    assert reading.codes == ()
    assert "GE and of US-GA" in reading.problem
    assert places_named("Atlantis") == frozenset()
