"""From a count to a signed letter: what is drafted rests on what is known, and any change shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from breachdesk.desk import assessment, cases, notices
from breachdesk.domain.errors import Gate, InvalidInput, MissingFacts
from tests.desk.conftest import Seat

PEOPLE = "eu/gdpr#34"
AUTHORITY = "eu/gdpr#33-1"


def drafted(seat: Seat, language: str = "de") -> str:
    made = notices.draft(seat.desk, seat.codename, PEOPLE, by="Author")
    return next(d.notice for d in made if d.language == language)


def signed(seat: Seat, id: str) -> None:
    notices.approve(seat.desk, id, by="Counsel", read=notices.read_text(seat.desk, id).digest)


def test_each_person_reads_their_own_language(told: Seat) -> None:
    """One notice per language that somebody reads; a language without a letter falls to English; encrypted people get none."""
    made = notices.draft(told.desk, told.codename, PEOPLE, by="Author")
    assert {d.language: d.people for d in made} == {"ar": 1, "de": 1, "en": 4}
    with told.desk.store.read() as unit:
        english = next(d for d in made if d.language == "en")
        assert [a.subject_id for a in unit.addressees(english.notice, 1)] == ["p3", "p4", "p6", "p7"]
        assert [a.unaddressed for a in unit.addressees(english.notice, 1)] == ["", "no e-mail address", "", ""]


def test_a_draft_keeps_what_it_rests_on(told: Seat) -> None:
    """Template digest, count run, recipients and every fact used stand in the draft."""
    (made, *_) = notices.draft(told.desk, told.codename, PEOPLE, by="Author", languages=("de",))
    assert made.run == 1
    assert made.tally.startswith("sha256:")
    assert made.template_digest.startswith("sha256:")
    assert "what_happened_de" in {fact.key for fact in made.facts}
    assert "Am 20. November 2026" in made.text


def test_missing_facts_stop_every_letter_and_are_named(told: Seat) -> None:
    """A fact nobody recorded stops the draft by name, and no notice is kept."""
    cases.record_fact(told.desk, told.codename, "likely_consequences_de", None, by="Lead")
    with pytest.raises(MissingFacts) as caught:
        notices.draft(told.desk, told.codename, PEOPLE, by="Author")
    assert caught.value.keys == ("likely_consequences_de",)
    assert notices.notices(told.desk, told.codename) == []


def test_nobody_counted_means_nobody_to_write_to(seat: Seat) -> None:
    """Letters to people wait for a count."""
    seat.facts(role="controller", established="DE-BY", harm="high")
    with pytest.raises(Gate, match="nobody has counted"):
        notices.draft(seat.desk, seat.codename, PEOPLE, by="Author")


def test_records_that_changed_since_the_count_stop_a_draft(told: Seat) -> None:
    """A record file that differs from the one counted is refused until it is counted again."""
    told.records.write_text(told.records.read_text("utf-8") + "p9,DE,crm,eu-central-1,name,false,,de,p9@mail.example,X,\n", "utf-8")
    with pytest.raises(Gate, match="changed since count run 1"):
        notices.draft(told.desk, told.codename, PEOPLE, by="Author")


def test_the_author_cannot_approve(told: Seat) -> None:
    """Somebody else must sign; then the notice may be sent."""
    id = drafted(told)
    text = notices.read_text(told.desk, id)
    with pytest.raises(Gate, match="somebody else"):
        notices.approve(told.desk, id, by="Author", read=text.digest)
    signed(told, id)
    assert notices.one(told.desk, id).status == "approved"


def test_a_recount_voids_the_approval_and_says_so(told: Seat) -> None:
    """Three more people make another run, and a signed letter that rests on the old one is void, visibly."""
    id = drafted(told)
    signed(told, id)
    more = told.records.read_text("utf-8") + "p8,DE,crm,eu-central-1,name;email,false,,de,p8@mail.example,New,2026-11-20T10:00:00Z\n"
    told.records.write_text(more, "utf-8")
    recount = assessment.count(told.desk, told.codename, [told.records], by="Analyst")
    assert recount.diff is not None
    assert recount.diff.subjects == (7, 8)
    view = notices.one(told.desk, id)
    assert view.status == "void"
    assert "counted again" in view.blocked


def test_the_same_count_again_voids_nothing(told: Seat) -> None:
    """A run over the same bytes with the same answer leaves approvals standing."""
    id = drafted(told)
    signed(told, id)
    assessment.count(told.desk, told.codename, [told.records], by="Analyst")
    assert notices.one(told.desk, id).status == "approved"


def test_a_new_version_needs_a_new_approval(told: Seat) -> None:
    """Drafting again makes version 2, which nobody has approved; the comparison shows the words that changed."""
    id = drafted(told)
    signed(told, id)
    told.facts(what_happened_de="Am 20. November 2026 hat jemand Bestelldaten kopiert.")
    notices.draft(told.desk, told.codename, PEOPLE, by="Author", languages=("de",))
    view = notices.one(told.desk, id)
    assert (view.versions, view.status) == (2, "drafted")
    spans = notices.compare_versions(told.desk, id)
    assert "Kundendaten" in "".join(s.text for s in spans if s.kind == "removed")
    assert "Bestelldaten" in "".join(s.text for s in spans if s.kind == "added")


def test_open_comments_block_until_resolved(told: Seat) -> None:
    """A remark stands in the way of approval until somebody resolves it."""
    id = drafted(told)
    remark = notices.comment(told.desk, id, "Is the date certain?", by="Counsel")
    with pytest.raises(Gate, match="1 comments are open"):
        signed(told, id)
    notices.resolve(told.desk, remark.id, by="Author")
    signed(told, id)


def test_sending_back_needs_a_reason_and_shows_it(told: Seat) -> None:
    """A letter sent back carries the reviewer's reasons."""
    id = drafted(told)
    with pytest.raises(InvalidInput):
        notices.send_back(told.desk, id, by="Counsel", reasons=" ")
    notices.send_back(told.desk, id, by="Counsel", reasons="Name the system")
    assert notices.one(told.desk, id).blocked == "Name the system"


def test_a_filing_dates_the_clocks_that_wait_for_it(told: Seat) -> None:
    """Filing with the authority is recorded with its reference and starts the update's clock; an unapproved letter is not filed."""
    (made,) = notices.draft(told.desk, told.codename, AUTHORITY, by="Author")
    with pytest.raises(Gate, match="nobody has approved"):
        notices.file(told.desk, made.notice, by="Author", reference="AZ 1")
    signed(told, made.notice)
    notices.file(told.desk, made.notice, by="Author", reference="AZ 1")
    update = assessment.one_clock(told.desk, told.codename, "eu/gdpr#33-4")
    assert update.due is not None
    assert notices.one(told.desk, made.notice).status == "filed"


def test_what_is_not_owed_is_not_drafted(told: Seat) -> None:
    """A duty that does not exist gets no letter, and the refusal says where to read why."""
    with pytest.raises(Gate, match="is not owed"):
        notices.draft(told.desk, told.codename, "eu/gdpr#33-2", by="Author")


def test_a_filing_in_one_country_starts_no_clock_in_another(told: Seat) -> None:
    """Filing with the Bavarian authority starts the GDPR's update clock, and nothing under another law; nor is it told there."""
    more = "g1,GB,crm,eu-west-2,name;email,false,1980-01-01,en,g1@mail.example,Gb Example,2026-11-20T10:00:00Z\n"
    told.records.write_text(told.records.read_text("utf-8") + more, "utf-8")
    assessment.count(told.desk, told.codename, [told.records], by="Analyst")
    (made,) = notices.draft(told.desk, told.codename, AUTHORITY, by="Author")
    signed(told, made.notice)
    told.clock.move(timedelta(hours=1))
    notices.file(told.desk, made.notice, by="Author", reference="AZ 1")
    assert assessment.one_clock(told.desk, told.codename, "eu/gdpr#33-4").due is not None
    assert assessment.one_clock(told.desk, told.codename, "gb/uk-gdpr#33-4").due is None
    (british,) = notices.draft(told.desk, told.codename, "gb/uk-gdpr#33-1", by="Author")
    assert "completes the notification" not in british.text


def test_a_fact_that_changes_voids_the_approval(told: Seat) -> None:
    """A signed letter that asserts a fact which has another value today is void, and names the fact; sending back still works."""
    id = drafted(told)
    signed(told, id)
    told.facts(what_happened_de="Am 19. November 2026 hat jemand Kundendaten kopiert.")
    view = notices.one(told.desk, id)
    assert view.status == "void"
    assert "what_happened_de" in view.blocked
    with pytest.raises(Gate, match="what_happened_de"):
        signed(told, id)
    notices.send_back(told.desk, id, by="Counsel", reasons="The date changed")


def test_a_recount_voids_letters_to_institutions_too(told: Seat) -> None:
    """The authority's letter tells a number of people; another number asks for another letter."""
    (made,) = notices.draft(told.desk, told.codename, AUTHORITY, by="Author")
    signed(told, made.notice)
    told.records.write_text(told.records.read_text("utf-8") + "p8,DE,crm,,name;email,false,,de,p8@mail.example,New,\n", "utf-8")
    assessment.count(told.desk, told.codename, [told.records], by="Analyst")
    with pytest.raises(Gate, match="counted again"):
        notices.file(told.desk, made.notice, by="Author", reference="AZ 1")
