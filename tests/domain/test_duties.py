"""Three-valued assessment: what nobody knows never makes a duty disappear."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.duties import Assessed, assess, every, some
from breachdesk.domain.rules import Rulebook
from breachdesk.rulebook import LawFiles

AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
CALIFORNIA = "us/ca/civ-1798.82#individuals"


def facts(**changes: Any) -> Circumstances:
    body: dict[str, Any] = {
        "role": "controller", "sectors": ["general"], "established": ["US-CA"], "breach": ["confidentiality"],
        "access": "acquired", "harm": "high", "timeline": {"discovered": "2026-03-02T09:15:00+01:00"},
        "affected": [{"residence": "US-CA", "count": 612, "data": ["name", "ssn"], "encrypted": False, "minors": 0}],
    }  # fmt: skip
    body.update(changes)
    return Circumstances.model_validate({k: v for k, v in body.items() if v is not None})


def duty(book: Rulebook, circumstances: Circumstances, id: str = CALIFORNIA) -> Assessed:
    return next(d for d in assess(circumstances, book, AT).duties if d.rule.id == id)


def test_truth_tables() -> None:
    """False beats unknown in `every`, true beats unknown in `some`."""
    assert every([True, None, False]) is False
    assert every([True, None]) is None
    assert every([]) is True
    assert some([False, None, True]) is True
    assert some([False, None]) is None
    assert some([]) is False


def test_the_contracts_californian(book: Rulebook) -> None:
    """612 Californians, name and SSN, not encrypted: owed, 612 affected, and encryption alone would lift it."""
    found = duty(book, facts())
    assert (found.status, found.affected, found.missing, found.flips_if) == ("owed", 612, (), ("encrypted",))
    assert any((r.test, r.found, r.holds) == ("residents at least 1", "612", True) for r in found.reasons)


def test_encrypted_data_lift_the_duty_unless_the_key_went_too(book: Rulebook) -> None:
    """Encrypted data are spared; with the key taken they count as clear."""
    encrypted = [{"residence": "US-CA", "count": 612, "data": ["name", "ssn"], "encrypted": True}]
    assert duty(book, facts(affected=encrypted)).status == "not-owed"
    assert set(duty(book, facts(affected=encrypted)).flips_if) == {"encrypted", "key_taken"}
    assert duty(book, facts(affected=encrypted, key_taken=True)).status == "owed"


def test_every_unknown_leaves_the_duty_undecided_and_named(book: Rulebook) -> None:
    """Leaving out any one fact a rule looks at makes it undecided and names that fact; it never makes it not owed."""
    for key, row in (("role", None), ("breach", None), ("access", None)):
        found = duty(book, facts(**{key: row}))
        assert (found.status, found.missing) == ("undecided", (key,))
    no_data = [{"residence": "US-CA", "count": 612, "encrypted": False}]
    assert duty(book, facts(affected=no_data)).missing == ("data",)
    no_state = [{"residence": "US-CA", "count": 612, "data": ["name", "ssn"]}]
    assert duty(book, facts(affected=no_state)).missing == ("encrypted",)


def test_harm_left_out_leaves_both_articles_open(book: Rulebook) -> None:
    """GDPR 33 and 34 are undecided while nobody has decided about harm, and neither is dropped."""
    german = facts(established=["DE-BY"], harm=None, affected=[{"residence": "DE", "count": 9}])
    for article in ("33-1", "34"):
        found = duty(book, german, f"eu/gdpr#{article}")
        assert found.status == "undecided"
        assert "harm" in found.missing


def test_more_than_500_means_501(book: Rulebook) -> None:
    """Exactly 500 is not more than 500; the reason says so and only another number would change it."""
    at_500 = duty(book, facts(affected=[{"residence": "US-CA", "count": 500, "data": ["name", "ssn"], "encrypted": False}]),
                  "us/ca/civ-1798.82#attorney-general")  # fmt: skip
    assert (at_500.status, at_500.flips_if) == ("not-owed", ("affected",))
    assert any((r.test, r.found, r.holds) == ("residents more than 500", "500", False) for r in at_500.reasons)


def test_people_of_unknown_residence_may_cross_a_threshold(book: Rulebook) -> None:
    """480 known Californians and 100 people nobody can place: more than 500 is undecided, and residence would tell."""
    rows = [{"residence": "US-CA", "count": 480, "data": ["name", "ssn"], "encrypted": False},
            {"residence": "unknown", "count": 100, "data": ["name", "ssn"], "encrypted": False}]  # fmt: skip
    found = duty(book, facts(affected=rows), "us/ca/civ-1798.82#attorney-general")
    assert (found.status, found.missing) == ("undecided", ("residence",))


def test_an_american_of_no_known_state_leaves_every_state_open(book: Rulebook) -> None:
    """A residence of plain `US` makes each state's duty undecided instead of absent."""
    rows = [{"residence": "US", "count": 40, "data": ["name", "ssn"], "encrypted": False}]
    found = duty(book, facts(affected=rows))
    assert (found.status, found.missing) == ("undecided", ("residence",))


def test_rows_of_one_place_add_up(book: Rulebook) -> None:
    """Two rows of 300 are 600 residents."""
    row = {"residence": "US-CA", "count": 300, "data": ["name", "ssn"], "encrypted": False}
    assert duty(book, facts(affected=[row, row]), "us/ca/civ-1798.82#attorney-general").status == "owed"


ROWS = st.lists(
    st.fixed_dictionaries({
        "residence": st.sampled_from(["US-CA", "US-TX", "US", "DE", "unknown"]), "count": st.integers(1, 700),
        "data": st.sampled_from([None, ["name"], ["name", "ssn"], ["ssn", "name"], ["medical"]]),
        "encrypted": st.sampled_from([None, True, False]),
    }), min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, sector=st.sampled_from(["general", "health"]), backwards=st.booleans())
def test_rows_split_and_turned_round_owe_the_same(book: Rulebook, rows: list[dict[str, Any]], sector: str, backwards: bool) -> None:
    """A count by age, storage or language gives one group of people many rows: the answer is that of the group."""
    split = [part for r in rows for part in ({**r, "count": r["count"] // 2}, {**r, "count": r["count"] - r["count"] // 2})]
    given_rows = rows, split[::-1] if backwards else split
    whole, parts = (assess(facts(affected=found, sectors=[sector]), book, AT) for found in given_rows)
    told = [
        [(d.key, d.status, d.affected, set(d.missing), [(r.test, r.holds) for r in d.reasons]) for d in a.duties] for a in (whole, parts)
    ]
    assert told[0] == told[1]
    assert whole.not_covered == parts.not_covered


@pytest.mark.parametrize(("home", "status"), [("DE", "not-owed"), ("DE-BE", "not-owed"), ("FR", "owed"), ("RE", "owed")])
def test_a_division_has_the_law_of_its_own_state(book: Rulebook, home: str, status: str) -> None:
    """Where a state's own act was read, the directive stands back for who is established there, in whichever of its divisions."""
    known = {"aware": "2026-03-02T09:15:00Z", "classified": "2026-03-02T09:15:00Z"}
    found = facts(sectors=["essential-entity"], established=[home], timeline=known)
    assert duty(book, found, "eu/nis2#23-4-a").status == status


def test_a_part_of_a_member_state_is_read_with_it(book: Rulebook) -> None:
    """People of Réunion live under French and Union law: what was read of it was read for them, and the GDPR asks."""
    found = assess(facts(affected=[{"residence": "RE", "count": 12}], established=["FR"]), book, AT)
    assert book.covered("RE") == book.covered("FR") != "none"
    assert not found.not_covered
    assert any(d.rule.id == "eu/gdpr#33-1" for d in found.duties)


def test_a_place_nobody_has_read_is_loud(book: Rulebook) -> None:
    """People where the desk knows no law are listed with their number, as are those of unknown residence."""
    rows = [{"residence": "AQ", "count": 12}, {"residence": "unknown", "count": 3}]
    found = assess(facts(affected=rows), book, AT)
    assert [(p.place, p.people) for p in found.not_covered] == [("AQ", 12), ("unknown", 3)]


def test_the_law_of_the_day_applies(book: Rulebook) -> None:
    """A breach discovered in 2025 is held against California's law of 2025, and the duty says what the law of today answers."""
    found = duty(book, facts(timeline={"discovered": "2025-06-02T09:15:00+01:00"}))
    assert found.version.in_force_from.year < 2026
    assert found.remarks[0] == (
        "THE ANSWER DIFFERS under the law of 2026-03-05, in force from 2026-01-01: owed, 30 calendar days; "
        "the law in force on 2025-06-02 is applied."
    )


def test_law_that_came_later_says_what_it_would_ask(book: Rulebook) -> None:
    """A rule that began after the breach is not owed, and says what it would answer were it the law of that day."""
    rule = next(r for r in book.rules() if r.id == CALIFORNIA)
    newest = max(rule.duty.version, key=lambda v: v.in_force_from or date.min)
    later = rule.duty.model_copy(update={"version": (newest,)})
    alone = Rulebook(instruments=(rule.instrument.model_copy(update={"duty": (later,)}),), coverage=book.coverage)
    found = duty(alone, facts(timeline={"discovered": "2025-06-02T09:15:00+01:00"}))
    assert (found.status, found.reasons[0].found) == ("not-owed", "in force from 2026-01-01")
    assert found.remarks[0].startswith("THE ANSWER DIFFERS under the law of 2026-03-05, in force from 2026-01-01: owed")


def test_law_without_a_day_never_fires(book: Rulebook) -> None:
    """A version that is pending is listed as not owed, with why it is not law yet."""
    rule = next(r for r in book.rules() if r.id == CALIFORNIA)
    draft = rule.duty.version[-1].model_copy(update={"in_force_from": None, "in_force_to": None, "pending": "a bill"})
    alone = Rulebook(instruments=(rule.instrument.model_copy(update={"duty": (rule.duty.model_copy(update={"version": (draft,)}),)}),))
    found = duty(alone, facts())
    assert (found.status, found.reasons[0].found, found.flips_if) == ("not-owed", "not in force: a bill", ())


def test_the_rules_of_a_place_are_enough_for_it(book: Rulebook) -> None:
    """The smaller book of an incident's places gives the answer of the whole one."""
    small = LawFiles(today=date.max)
    for circumstances in (facts(), facts(established=["DE-BY"], affected=[{"residence": "US", "count": 9}, {"residence": "unknown", "count": 1}])):
        whole, part = assess(circumstances, book, AT), assess(circumstances, small.book(circumstances.places), AT)
        assert part == whole


def test_no_european_seat_means_every_authority(book: Rulebook) -> None:
    """Without an establishment in the EEA each member state with residents is told; with one, its authority alone."""
    rows = [{"residence": "DE", "count": 5}, {"residence": "FR", "count": 6}]
    places = {d.place: d.affected for d in assess(facts(affected=rows), book, AT).duties if d.rule.id == "eu/gdpr#33-1"}
    assert places == {"DE": 5, "FR": 6}
    lead = [d for d in assess(facts(affected=rows, established=["FR", "US"]), book, AT).duties if d.rule.id == "eu/gdpr#33-1"]
    assert [(d.place, d.affected) for d in lead] == [("FR", 11)]
    assert lead[0].authority is not None
    assert lead[0].authority.abbreviation == "CNIL"


def test_media_count_one_state_at_a_time(book: Rulebook) -> None:
    """HIPAA's media notice looks at the residents of one state, not at their sum."""
    rows = [{"residence": place, "count": 400, "data": ["medical"], "encrypted": False} for place in ("US-CA", "US-TX")]
    spread = duty(book, facts(affected=rows, sectors=["health"]), "us/federal/hipaa#media")
    assert spread.status == "not-owed"
    rows[0]["count"] = 501
    assert duty(book, facts(affected=rows, sectors=["health"]), "us/federal/hipaa#media").status == "owed"


def test_a_law_that_binds_by_seat_covers_people_everywhere(book: Rulebook) -> None:
    """With every seat in the EEA all people count under the GDPR; with seats elsewhere too, residents do and counsel is told."""
    rows = [{"residence": "DE", "count": 5}, {"residence": "US-CA", "count": 7}]
    inside = duty(book, facts(affected=rows, established=["DE-BY"]), "eu/gdpr#34")
    assert (inside.everyone, inside.affected) == (True, 12)
    both = duty(book, facts(affected=rows, established=["DE-BY", "SA"]), "eu/gdpr#34")
    assert (both.everyone, both.affected) == (False, 5)
    assert any("Counsel decides" in remark for remark in both.remarks)
    free_zone = duty(book, facts(affected=rows, established=["AE-DIFC"]), "ae/difc-dpl#commissioner")
    assert free_zone.affected == 12


def test_a_seat_in_a_place_nobody_has_read_is_loud_too(book: Rulebook) -> None:
    """An organisation established where the desk knows no law is told so, although nobody was counted there."""
    found = assess(facts(established=["AQ", "DE-BY"], affected=[{"residence": "DE", "count": 1}]), book, AT)
    assert [(p.place, p.people) for p in found.not_covered] == [("AQ", 0)]
