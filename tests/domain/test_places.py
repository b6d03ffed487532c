"""Places, and which place contains which."""

from __future__ import annotations

from breachdesk.domain import places


def test_a_territory_has_one_code_and_a_part_of_a_member_state_its_law() -> None:
    """Puerto Rico is read as a division of the United States however it is written; Union law reaches Réunion."""
    assert places.check_place("PR") == places.check_place("US-PR") == "US-PR"
    assert places.within("US-PR", "US")
    assert places.within("RE", "EU")
    assert places.within("RE", "FR")
    assert not places.within("NC", "EU")
    assert places.within("NF", "AU")
    assert not places.within("TK", "NZ")
