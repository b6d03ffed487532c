"""The journal: entries chained by digest, so that a change, a loss or a reordering anywhere shows.

    digest(n) = sha256( canonical JSON of {n, at, by, act, incident, what, previous} )

`previous` of the first entry is 64 zeros. A chain proves its own wholeness; that its end was not cut off is proved only by a
head kept elsewhere (on a printed paper, in a pack), which is why the head is printed on every paper the desk writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from breachdesk.domain.errors import IntegrityFailure
from breachdesk.domain.values import Instant, Value, canonical_json, iso

GENESIS = "0" * 64


class AuditEntry(Value):
    """One deed: its number (from 1), when, by whom, what was done to which incident, and the chain's links (hex SHA-256)."""

    n: int
    at: Instant
    by: str
    act: str
    incident: str
    what: dict[str, Any]
    previous: str
    digest: str


def _seal(n: int, at: datetime, by: str, act: str, incident: str, what: Mapping[str, Any], previous: str) -> str:
    body = {"n": n, "at": iso(at), "by": by, "act": act, "incident": incident, "what": what, "previous": previous}
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def next_entry(last: AuditEntry | None, *, at: datetime, by: str, act: str, incident: str, what: Mapping[str, Any]) -> AuditEntry:
    """The entry that follows `last`. `what` must be JSON; it names people by row id only, never by name or address."""
    n, previous = (last.n + 1, last.digest) if last else (1, GENESIS)
    digest = _seal(n, at, by, act, incident, what, previous)
    return AuditEntry(n=n, at=at, by=by, act=act, incident=incident, what=dict(what), previous=previous, digest=digest)


def verify(entries: Iterable[AuditEntry]) -> tuple[int, str]:
    """The number of entries and the head's digest. Raises IntegrityFailure naming the first entry that does not fit."""
    count, previous = 0, GENESIS
    for entry in entries:
        count += 1
        if entry.n != count:
            raise IntegrityFailure(f"journal entry {count} is missing: entry {entry.n} stands in its place")
        if entry.previous != previous:
            raise IntegrityFailure(f"journal entry {entry.n} does not follow entry {entry.n - 1}: the chain is broken here")
        sealed = _seal(entry.n, entry.at, entry.by, entry.act, entry.incident, entry.what, entry.previous)
        if entry.digest != sealed:
            raise IntegrityFailure(f"journal entry {entry.n} was changed: its digest does not match its content")
        previous = entry.digest
    return count, previous
