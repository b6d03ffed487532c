"""Notices, their versions, comments, decisions and filings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from breachdesk.domain.deliveries import Addressee
from breachdesk.domain.errors import NotFound
from breachdesk.domain.notices import Comment, Decision, Draft, Filing, Notice
from breachdesk.domain.values import canonical_json, iso
from breachdesk.store.audit import Base, parse_instant

_NOTICE = "id, incident, duty, rule, place, regime, recipient, authority, language, opened_at"
_COMMENT = "id, notice, version, by, at, text, resolved_by"


def _notice(row: tuple[Any, ...]) -> Notice:
    values = dict(zip(_NOTICE.split(", "), row, strict=True))
    return Notice.model_validate({**values, "opened_at": parse_instant(values["opened_at"])})


def _comment(row: tuple[Any, ...]) -> Comment:
    values = dict(zip(_COMMENT.split(", "), row, strict=True))
    return Comment.model_validate({**values, "at": parse_instant(values["at"])})


class Notices(Base):
    """Letters on their way to approval."""

    def notices(self, codename: str = "") -> list[Notice]:
        """Every notice, or those of one incident, in order of opening."""
        where, values = ("where incident = ?", (codename,)) if codename else ("", ())
        return [_notice(row) for row in self._db.execute(f"select {_NOTICE} from notice {where} order by id", values)]

    def notice(self, id: str) -> Notice:
        """One notice. Raises NotFound."""
        row = self._db.execute(f"select {_NOTICE} from notice where id = ?", (id,)).fetchone()
        if row is None:
            raise NotFound(f"there is no notice {id!r} on this desk; `breachdesk notice list INCIDENT` shows those there are")
        return _notice(row)

    def next_notice_id(self) -> str:
        """The next free id: N-001, N-002, …"""
        (count,) = self._db.execute("select count(*) from notice").fetchone()
        return f"N-{count + 1:03}"

    def add_notice(self, notice: Notice) -> None:
        """Open a notice."""
        self._db.execute(
            f"insert into notice ({_NOTICE}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (notice.id, notice.incident, notice.duty, notice.rule, notice.place, notice.regime, notice.recipient,
             notice.authority, notice.language, iso(notice.opened_at)),
        )  # fmt: skip

    def drafts(self, notice: str) -> list[Draft]:
        """Every version, oldest first."""
        rows = self._db.execute("select body from draft where notice = ? order by version", (notice,))
        return [Draft.model_validate_json(body) for (body,) in rows]

    def add_draft(self, draft: Draft, addressees: Iterable[Addressee]) -> None:
        """Keep a version and the people it goes to, streamed in."""
        self._db.execute(
            "insert into draft (notice, version, body) values (?, ?, ?)", (draft.notice, draft.version, draft.model_dump_json())
        )
        self._db.executemany(
            "insert into addressee (notice, version, number, subject_id, address, fields, message_id, unaddressed, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((draft.notice, draft.version, a.number, a.subject_id, a.address, json.dumps(a.fields, ensure_ascii=False),
              a.message_id, a.unaddressed, "unaddressed" if a.unaddressed else "planned") for a in addressees),
        )  # fmt: skip

    def recipient_keys(self, notice: str, version: int) -> Iterator[tuple[str, str]]:
        """(subject id, address) of a version's people, in order: what the recipients' digest is taken of."""
        yield from self._db.execute(
            "select subject_id, address from addressee where notice = ? and version = ? order by number", (notice, version)
        )

    def decisions(self, notice: str) -> list[Decision]:
        """Every decision on a notice, oldest first."""
        rows = self._db.execute("select body from decision where notice = ? order by id", (notice,))
        return [Decision.model_validate_json(body) for (body,) in rows]

    def add_decision(self, decision: Decision) -> None:
        """Keep a decision."""
        self._db.execute(
            "insert into decision (notice, version, body) values (?, ?, ?)",
            (decision.notice, decision.version, decision.model_dump_json()),
        )

    def comments(self, notice: str) -> list[Comment]:
        """Every comment on a notice, oldest first."""
        rows = self._db.execute(f"select {_COMMENT} from comment where notice = ? order by id", (notice,))
        return [_comment(row) for row in rows]

    def add_comment(self, notice: str, version: int, by: str, at: datetime, text: str) -> Comment:
        """Add a comment to a version."""
        row = self._db.execute(
            f"insert into comment (notice, version, by, at, text) values (?, ?, ?, ?, ?) returning {_COMMENT}",
            (notice, version, by, iso(at), text),
        ).fetchone()
        return _comment(row)

    def resolve_comment(self, id: int, by: str) -> Comment:
        """Mark a comment as dealt with. Raises NotFound."""
        row = self._db.execute(f"update comment set resolved_by = ? where id = ? returning {_COMMENT}", (by, id)).fetchone()
        if row is None:
            raise NotFound(f"there is no comment {id}")
        return _comment(row)

    def filings(self, notice: str) -> list[Filing]:
        """Filings made outside the desk, oldest first."""
        rows = self._db.execute("select body from filing where notice = ? order by id", (notice,))
        return [Filing.model_validate_json(body) for (body,) in rows]

    def add_filing(self, filing: Filing) -> None:
        """Keep a filing."""
        self._db.execute("insert into filing (notice, body) values (?, ?)", (filing.notice, canonical_json(filing)))
