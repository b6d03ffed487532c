"""The journal's rows, and the rule that nothing is committed without one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from breachdesk.domain.audit import AuditEntry, next_entry
from breachdesk.domain.errors import IntegrityFailure
from breachdesk.domain.values import canonical_json, iso, utc

_COLUMNS = "n, at, by, act, incident, what, previous, digest"


class Base:
    """What every group of statements shares: the connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._entered = 0
        self._before = db.total_changes


def parse_instant(text: str) -> datetime:
    """An instant as the store writes it."""
    return utc(datetime.fromisoformat(text))


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    n, at, by, act, incident, what, previous, digest = row
    try:
        return AuditEntry(
            n=n, at=parse_instant(at), by=by, act=act, incident=incident, what=json.loads(what), previous=previous, digest=digest
        )
    except ValueError as error:
        raise IntegrityFailure(f"journal entry {n} was changed: it cannot be read: {error}") from None


class Journal(Base):
    """Appending to the chain, and reading it."""

    def enter(self, *, at: datetime, by: str, act: str, incident: str, what: Mapping[str, Any]) -> AuditEntry:
        """Append the entry for what this transaction does. `what` names people by row number only."""
        row = self._db.execute(f"select {_COLUMNS} from journal order by n desc limit 1").fetchone()
        entry = next_entry(_entry(row) if row else None, at=at, by=by, act=act, incident=incident, what=what)
        self._db.execute(
            f"insert into journal ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (entry.n, iso(entry.at), by, act, incident, canonical_json(entry.what), entry.previous, entry.digest),
        )
        self._entered += 1
        return entry

    def journal(self, codename: str = "") -> Iterator[AuditEntry]:
        """Every entry in order, or those of one incident."""
        where, values = ("where incident = ?", (codename,)) if codename else ("", ())
        for row in self._db.execute(f"select {_COLUMNS} from journal {where} order by n", values):
            yield _entry(row)

    def check_journaled(self) -> None:
        """Raises IntegrityFailure when something was written without an entry: a deed and its record travel together."""
        if self._db.total_changes > self._before and not self._entered:
            raise IntegrityFailure("a deed without a journal entry is not recorded")
