"""Approval is bound to the text, the count and the people; the wrong states have no type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachdesk.domain.deliveries import Tallied, message_id, recipients_digest, unmailable
from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.notices import (
    ApprovedNotice,
    Basis,
    Decision,
    Draft,
    approved,
    basis_of,
    compare,
    decide,
    fields_in,
    languages_for,
    merge,
)

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def draft(**changes: object) -> Draft:
    body: dict[str, object] = {
        "notice": "N-001", "version": 1, "language": "en", "subject": "Notice", "text": "[[greeting]]\n\nYour data.",
        "html": "<p>[[greeting]]</p>", "template": "base/individuals/en", "template_digest": "sha256:t", "facts": (), "run": 1,
        "tally": "sha256:c", "recipients": "sha256:r", "people": 3, "drafted_by": "Author", "at": AT,
    }  # fmt: skip
    return Draft.model_validate({**body, **changes})


def approval(text: Draft, **changes: object) -> Decision:
    arguments: dict[str, object] = {
        "verdict": "approved", "by": "Counsel", "read": text.digest, "now": basis_of(text), "open_comments": 0, "at": AT,
        **changes,
    }  # fmt: skip
    return decide(text, **arguments)  # type: ignore[arg-type]


def test_a_signed_text_may_be_sent() -> None:
    """A draft approved by somebody else, unchanged since, becomes an ApprovedNotice."""
    text = draft()
    assert approved(text, approval(text), basis_of(text)).draft == text


def test_nobody_builds_an_approved_notice_by_hand() -> None:
    """The constructor refuses: only `approved()` makes one."""
    text = draft()
    with pytest.raises(TypeError):
        ApprovedNotice(text, approval(text))


def test_the_author_cannot_approve() -> None:
    """Author and approver differ, however the name is spelled."""
    with pytest.raises(Gate, match="somebody else must approve"):
        approval(draft(), by=" author ")


def test_what_was_read_must_be_this_text() -> None:
    """Approving by the digest of another text is refused."""
    with pytest.raises(Gate, match="not this version"):
        approval(draft(), read=draft(text="other").digest)


def test_open_comments_stand_in_the_way() -> None:
    """A remark nobody dealt with blocks approval."""
    with pytest.raises(Gate, match="2 comments are open"):
        approval(draft(), open_comments=2)


def test_sending_back_needs_reasons() -> None:
    """A draft goes back with a reason or not at all."""
    with pytest.raises(InvalidInput, match="why"):
        approval(draft(), verdict="sent-back", read="")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"text": "x"}, "text changed"), ({"tally": "x"}, "counted again"), ({"recipients": "x"}, "set of people")],
)
def test_any_change_voids_an_approval(change: dict[str, str], words: str) -> None:
    """Another text, another count or other people: the approval no longer covers it, and the refusal says which."""
    text = draft()
    now = Basis(**{**basis_of(text).model_dump(), **change})
    with pytest.raises(Gate, match=words):
        approved(text, approval(text), now)


def test_an_approval_covers_one_version_only() -> None:
    """The approval of version 1 does not cover version 2."""
    text = draft()
    with pytest.raises(Gate, match="nobody has approved"):
        approved(draft(version=2), approval(text), basis_of(text))
    with pytest.raises(Gate, match="nobody has approved"):
        approved(text, None, basis_of(text))


def test_merge_fills_and_isolates() -> None:
    """Plain text takes the value as it is; a page escapes it and keeps its direction to itself."""
    assert merge("Dear [[name]],", {"name": "A <b>"}) == "Dear A <b>,"
    assert merge("<p>[[name]]</p>", {"name": "A <b>"}, html=True) == "<p><bdi>A &lt;b&gt;</bdi></p>"
    with pytest.raises(KeyError):
        merge("[[name]]", {})


def test_a_value_cannot_bring_a_field_in() -> None:
    """A person's value that looks like a field is not filled in again."""
    assert merge("[[name]] [[reference]]", {"name": "[[reference]]", "reference": "R"}) == "[[reference]] R"


def test_an_unknown_field_is_refused() -> None:
    """A letter that asks for a field that does not exist is refused by name."""
    with pytest.raises(InvalidInput, match=r"\[\[ssn\]\]"):
        fields_in("[[ssn]]")


@given(before=st.text(alphabet="ab .,\n", max_size=60), after=st.text(alphabet="ab .,\n", max_size=60))
def test_a_comparison_loses_nothing(before: str, after: str) -> None:
    """Same and removed give the old text back, same and added the new one."""
    spans = compare(before, after)
    assert "".join(s.text for s in spans if s.kind != "added") == before
    assert "".join(s.text for s in spans if s.kind != "removed") == after


def test_people_read_their_own_language_or_english() -> None:
    """`pt-BR` reads Portuguese where there is a letter in it; a language nobody wrote falls to English."""
    assert languages_for(["pt-BR", "fr", ""], ["en", "pt"]) == {"pt-BR": "pt", "fr": "en", "": "en"}


@pytest.mark.parametrize(
    "address",
    ["", "a@b", "a b@c.example", "a@c.example\nBcc: d@e.example", "a@@c.example", "a@c..example", "a@-c.example", "<a@c.example>",
     "a@c.example\r", "@c.example", "a,b@c.example"],
)  # fmt: skip
def test_addresses_that_cannot_be_written_to(address: str) -> None:
    """A missing, malformed or header-smuggling address is refused with a reason, never repaired."""
    assert unmailable(address)


def test_an_ordinary_address_can_be_written_to() -> None:
    """Plus signs, dots and foreign letters are fine."""
    assert not unmailable("first.last+tag@mail.example")
    assert not unmailable("مثال@mail.example")


def test_a_message_id_is_the_persons_own_and_stays() -> None:
    """The same incident, notice version and person give the same id; any other gives another."""
    one = message_id("cedar", "N-001", 1, "p1", "x.example")
    assert one == message_id("cedar", "N-001", 1, "p1", "x.example")
    assert len({one, message_id("cedar", "N-001", 2, "p1", "x.example"), message_id("cedar", "N-001", 1, "p2", "x.example")}) == 3


def test_the_set_of_people_has_one_digest() -> None:
    """Another person, another address or another order is another set."""
    base = recipients_digest([("1", "a@x.example"), ("2", "b@x.example")])
    assert base != recipients_digest([("2", "b@x.example"), ("1", "a@x.example")])
    assert base != recipients_digest([("1", "a@x.example"), ("2", "c@x.example")])


def test_finished_means_every_row_has_a_final_state() -> None:
    """A send with anything planned, deferred, on the wire or unknown is not finished."""
    assert Tallied(accepted=3, refused=1).finished
    assert not Tallied(accepted=3, unknown=1).finished
    assert not Tallied(accepted=3, deferred=1).finished
    assert not Tallied(accepted=3, refused=1).everyone
