"""Addresses go out as they are or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.post.addresses import mailbox, unreachable


@pytest.mark.parametrize(
    ("address", "wire", "international"),
    [
        ("ana.o'hara+list@people.example", b"ana.o'hara+list@people.example", False),
        ("ana@bücher.example", b"ana@xn--bcher-kva.example", False),
        ("أحمد@people.example", "أحمد@people.example".encode(), True),
        ("a_b@mail_1.example", b"a_b@mail_1.example", False),
    ],
)
def test_mailboxes(address, wire, international):
    """Plain addresses stay as they are, international domains take their ASCII form, other letters need SMTPUTF8."""
    box = mailbox(address)
    assert (box.wire, box.international) == (wire, international)


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "a@b", "a b@people.example", "a@people.example\r\nRCPT TO:<x@evil.example>", "a@people.example\n",
        "group:a@people.example", "<a@people.example>", ".a@people.example", "a.@people.example", "a..b@people.example",
        "a@people..example", "a@-people.example", "a@people.example,b@people.example", "a@[127.0.0.1]",
        "a@people.example>", "a\u2028b@people.example", "a\x85b@people.example", "a\u200bb@people.example",
        "a@b/c.example", "é.@people.example",
        "a@" + "é" * 70 + ".example", "a@people.example;x", "a@\u2028people.example",
    ],
)  # fmt: skip
def test_not_mailboxes(address):
    """What is not one plain mailbox is refused, and the sentence does not repeat it."""
    with pytest.raises(InvalidInput) as caught:
        mailbox(address)
    assert not address or address not in str(caught.value)


@pytest.mark.parametrize("host", ["straße.example", "σίσυφος.example", "a\u200db.example"])
def test_domains_with_two_readings(host):
    """A domain whose ASCII form could belong to somebody else is refused rather than guessed."""
    with pytest.raises(InvalidInput, match="ASCII form"):
        mailbox("ana@" + host)


def test_who_cannot_be_reached(person):
    """The recorded reason comes first, then the address, then the list of allowed addresses in any case."""
    assert unreachable(person(1)) == ""
    assert unreachable(replace(person(1), unaddressed="no consent to e-mail")) == "no consent to e-mail"
    assert unreachable(person(1, "")) == "no e-mail address"
    assert "mail.allow_only" in unreachable(person(1), {"pilot@org.example"})
    assert unreachable(person(1, "Pilot@org.example"), {"pilot@org.example"}) == ""
