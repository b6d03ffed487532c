"""The journal's chain: whole, or it says where it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from breachdesk.domain.audit import GENESIS, AuditEntry, next_entry, verify
from breachdesk.domain.errors import IntegrityFailure

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def chain(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for n in range(length):
        last = entries[-1] if entries else None
        entries.append(
            next_entry(last, at=AT + timedelta(seconds=n), by="A", act="act", incident="cedar", what={"n": n, "ar": "نعم"})
        )
    return entries


def test_a_whole_chain_verifies() -> None:
    """A chain gives its length and head; an empty one gives zeros."""
    entries = chain(5)
    assert verify(entries) == (5, entries[-1].digest)
    assert verify([]) == (0, GENESIS)


@pytest.mark.parametrize("change", [{"by": "B"}, {"what": {"n": 99}}, {"at": AT + timedelta(days=1)}, {"act": "other"}])
def test_a_changed_entry_is_found(change: dict[str, object]) -> None:
    """Changing who, what or when of one entry is found at that entry."""
    entries = chain(5)
    entries[2] = entries[2].model_copy(update=change)
    with pytest.raises(IntegrityFailure, match="entry 3 was changed"):
        verify(entries)


def test_a_missing_entry_is_found() -> None:
    """Taking one out shows at its place."""
    entries = chain(5)
    del entries[2]
    with pytest.raises(IntegrityFailure, match="entry 3 is missing"):
        verify(entries)


def test_a_rewritten_entry_breaks_the_next_link() -> None:
    """Resealing one entry in place breaks the chain behind it."""
    entries = chain(5)
    entries[2] = next_entry(entries[1], at=AT, by="B", act="act", incident="cedar", what={})
    with pytest.raises(IntegrityFailure, match="entry 4 does not follow"):
        verify(entries)
