"""An address as the wire wants it, or the reason why nothing may go to it.

Records hold whatever people once typed. An address is never repaired here: it either is a plain mailbox, and goes
into the envelope and the To line unchanged but for the ASCII form of an international domain, or its person is listed
with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from breachdesk.domain.deliveries import Addressee, unmailable
from breachdesk.domain.errors import InvalidInput

_ATOM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.")
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9._-]+")
_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address in bytes, without angle brackets. `international`: only a server that offers SMTPUTF8 can take it."""

    wire: bytes
    international: bool


def mailbox(address: str) -> Mailbox:
    """The mailbox an address names. Raises InvalidInput saying why it names none, without repeating it."""
    problem = unmailable(address)
    if problem:
        raise InvalidInput(problem)
    local, _, host = address.partition("@")
    if _PLAIN.fullmatch(address) and _HOST.fullmatch(host):
        return Mailbox(address.encode("ascii"), international=False)
    letters = all(c in _ATOM or (not c.isascii() and unicodedata.category(c)[0] in "LMN") for c in local)
    if not letters or local.startswith(".") or local.endswith("."):
        raise InvalidInput("not an e-mail address")
    ascii_host = _ascii_host(host)
    if not _HOST.fullmatch(ascii_host):
        raise InvalidInput("not an e-mail address")
    return Mailbox(f"{local}@{ascii_host}".encode(), international=not local.isascii())


def _ascii_host(host: str) -> str:
    # The codec turns some letters into others (a sharp s into ss), and that is another owner's domain: only a name that
    # comes back as it went is used.
    if host.isascii():
        return host
    try:
        there = host.encode("idna").decode("ascii")
        back = there.encode("ascii").decode("idna")
    except UnicodeError:
        raise InvalidInput("the domain of the address has no ASCII form") from None
    if back != host.lower():
        raise InvalidInput("the domain of the address has no certain ASCII form; write it as xn--…")
    return there


def unreachable(person: Addressee, allow_only: Collection[str] = ()) -> str:
    """Why no message may go to this person, or an empty string.

    `allow_only` holds addresses in lower case; when it is not empty, mail goes to these only.
    """
    if person.unaddressed:
        return person.unaddressed
    try:
        mailbox(person.address)
    except InvalidInput as error:
        return str(error)
    if allow_only and person.address.lower() not in allow_only:
        return "not on the list of addresses that mail may go to (mail.allow_only)"
    return ""
