"""What became of each person's message: accepted, refused, deferred, unknown; and who is still not notified.

A row exists for every person before the first byte leaves. It is `planned`, then `sending` (written and committed before the
bytes go), then what the server answered. A row found in `sending` by a desk that is not sending is `unknown`: the server may or
may not have it. The program never sends an unknown again by itself; a person settles it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from breachdesk.domain.values import Instant, Value, digest_of

State = Literal["planned", "sending", "accepted", "refused", "deferred", "unknown", "unaddressed"]
STATES: tuple[State, ...] = get_args(State)
OPEN: frozenset[State] = frozenset({"planned", "deferred"})
"""States from which a send goes on by itself."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person of a notice: their number in the set (from 1), their id in the records, where and how to write.

    `fields` are the merge fields of `domain.notices.MERGE_FIELDS`, in the notice's language. `message_id` is without angle
    brackets. `unaddressed` says why nothing can be mailed (no address, a line break in it), empty when it can.
    """

    number: int
    subject_id: str
    address: str
    fields: dict[str, str]
    message_id: str
    unaddressed: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the mail server answered for one person: `accepted`, `refused` (5xx), `deferred` (4xx), or `unknown` (no answer)."""

    number: int
    state: State
    code: int
    reply: str


class Tallied(Value):
    """How many people of a send are in each state."""

    planned: int = 0
    sending: int = 0
    accepted: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: int = 0
    unaddressed: int = 0

    @property
    def people(self) -> int:
        """Everyone the notice is for."""
        return sum(getattr(self, state) for state in STATES)

    @property
    def left(self) -> int:
        """People a send would still write to by itself."""
        return self.planned + self.deferred

    @property
    def finished(self) -> bool:
        """Whether every row has a final state: nothing planned, deferred, on the wire or unknown."""
        return not (self.planned or self.deferred or self.sending or self.unknown)

    @property
    def everyone(self) -> bool:
        """Whether every single person's message was accepted."""
        return self.accepted == self.people


class Send(Value):
    """A send of one approved version: when it began and how its people stand."""

    notice: str
    version: int
    begun_at: Instant
    begun_by: str
    tallied: Tallied


def message_id(incident: str, notice: str, version: int, subject_id: str, domain: str) -> str:
    """The Message-ID (without brackets) of one person's message: the same person and version always gives the same one."""
    seed = "\0".join((incident, notice, str(version), subject_id))
    return f"{hashlib.sha256(seed.encode()).hexdigest()[:40]}@{domain}"


def unmailable(address: str) -> str:
    """Why a message cannot go to an address, or an empty string when it can.

    An address with a line break or another control character could smuggle headers in, and is never repaired, only refused.
    """
    if not address:
        return "no e-mail address"
    if any(ord(c) < 32 or ord(c) == 127 for c in address):
        return "the address holds a control character"
    if len(address) > 254 or address.count("@") != 1 or any(c in address for c in ' <>,;()[]\\"'):
        return "not an e-mail address"
    local, _, host = address.partition("@")
    if not local or "." not in host or host.startswith((".", "-")) or host.endswith((".", "-")) or ".." in address:
        return "not an e-mail address"
    return ""


class Seal:
    """The digest of an ordered set of people, taken as they come by: who they are, and the address each letter goes to."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, subject_id: str, address: str) -> None:
        """The next person of the set."""
        self._hash.update(digest_of([subject_id, address]).encode())
        self.count += 1

    @property
    def digest(self) -> str:
        """The digest of everyone so far."""
        return "sha256:" + self._hash.hexdigest()


def recipients_digest(people: Iterable[tuple[str, str]]) -> str:
    """The digest of an ordered set of (subject id, address)."""
    seal = Seal()
    for subject_id, address in people:
        seal.add(subject_id, address)
    return seal.digest
