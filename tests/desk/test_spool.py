"""People on their way to the store, and who a letter about a minor goes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from breachdesk.desk import assessment, notices
from breachdesk.desk.spool import Spool
from breachdesk.domain.deliveries import recipients_digest
from breachdesk.domain.errors import Gate
from breachdesk.domain.people import Person
from tests.desk.conftest import RECORDS, Seat

ADULT = Person("p1", ("DE", "US-CA"), "Zoë\nB", "p1@mail.example", "1 Way\nTown", "de", "email", "", False, ("name",), None)
CHILD = Person("p2", (), "نور", "p2@mail.example", "", "ar", "", "", True, None, False, "Sam Guardian", "sam@mail.example")


def test_people_come_back_as_they_went_in() -> None:
    """In order, as often as asked, whatever is in their names; the seal is the digest of who they are and where letters go."""
    spool = Spool()
    for person in (ADULT, CHILD):
        spool.add(person)
    assert list(spool) == list(spool) == [ADULT, CHILD]
    assert spool.seal.count == 2
    assert spool.seal.digest == recipients_digest([("p1", "p1@mail.example"), ("p2", "sam@mail.example")])
    spool.close()


def test_a_letter_about_a_minor_goes_to_the_guardian_where_one_is_known() -> None:
    """Else to the address on record; never to the guardian of somebody who is grown up, or whose age nobody knows."""
    assert CHILD.address == "sam@mail.example"
    assert replace(CHILD, guardian_email="").address == "p2@mail.example"
    assert replace(CHILD, minor=False).address == replace(CHILD, minor=None).address == "p2@mail.example"


def test_the_guardian_is_bound_by_the_approval(told: Seat) -> None:
    """The address of the row is the guardian's, the greeting names both, and the digest of the set is another than without."""
    plain = {d.language: d.recipients for d in notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")}
    header, *rows = RECORDS.splitlines()
    guarded = [f"{header},guardian,guardian_email"]
    guarded += [f"{row},Sam Guardian,sam@mail.example" if row.startswith("p2,") else f"{row},," for row in rows]
    told.records.write_text("\n".join(guarded) + "\n", "utf-8")
    assessment.count(told.desk, told.codename, [told.records], by="Analyst")
    made = {d.language: d for d in notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")}
    with told.desk.store.read() as unit:
        (child,) = unit.addressees(made["ar"].notice, made["ar"].version)
    assert (child.subject_id, child.address) == ("p2", "sam@mail.example")
    assert "Sam Guardian" in child.fields["greeting"]
    assert "نور مثال" in child.fields["greeting"]
    assert made["ar"].recipients != plain["ar"]
    assert made["de"].recipients == plain["de"]


def test_a_mapping_or_a_table_of_it_that_changed_since_the_count_stops_a_draft(told: Seat, tmp_path: Path) -> None:
    """What decided who is one person is as binding as the records are."""
    mapping, decisions = tmp_path / "m.toml", tmp_path / "decisions.csv"
    mapping.write_text('[match]\nemail = true\ndecisions = "decisions.csv"\n', "utf-8")
    run = assessment.count(told.desk, told.codename, [told.records], by="Analyst", mapping=mapping).run
    assert list(run.tally.beside) == [str(mapping)]
    notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
    decisions.write_text("a,b,decision,by,at\np3,p4,same,Lead,2026-11-22\n", "utf-8")
    with pytest.raises(Gate, match=r"the mapping of count run 2 or a table it names .*decisions\.csv.* changed since"):
        notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
    assessment.count(told.desk, told.codename, [told.records], by="Analyst", mapping=mapping)
    notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
