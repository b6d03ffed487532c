"""Who a version goes to and what became of each message: the ledger a crash cannot tear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from breachdesk.domain.deliveries import Addressee, Outcome, Send, State, Tallied
from breachdesk.domain.values import iso
from breachdesk.store.audit import Base, parse_instant


class Deliveries(Base):
    """Sends and their ledger."""

    def addressees(
        self, notice: str, version: int, states: Iterable[State] = (), limit: int = 0, after: int = 0
    ) -> list[Addressee]:
        """People of a version in these states (any when empty), in order, behind number `after`; at most `limit` (all when 0)."""
        wanted = tuple(states)
        marks = f"and state in ({', '.join('?' * len(wanted))})" if wanted else ""
        rows = self._db.execute(
            "select number, subject_id, address, fields, message_id, unaddressed from addressee"
            f" where notice = ? and version = ? {marks} and number > ? order by number limit ?",
            (notice, version, *wanted, after, limit or -1),
        )
        return [
            Addressee(number=n, subject_id=s, address=a, fields=json.loads(f), message_id=m, unaddressed=u)
            for n, s, a, f, m, u in rows
        ]

    def reached(self, notices: Sequence[str]) -> Iterator[str]:
        """The ids of everyone whose message was accepted under any version of these notices, each once, by code point."""
        rows = self._db.execute(
            f"select distinct subject_id from addressee where notice in ({', '.join('?' * len(notices))})"
            " and state = 'accepted' order by subject_id",
            tuple(notices),
        )
        return (subject_id for (subject_id,) in rows)

    def send(self, notice: str, version: int) -> Send | None:
        """The send of a version and how its people stand; None when it was never begun."""
        row = self._db.execute(
            "select begun_at, begun_by from send where notice = ? and version = ?", (notice, version)
        ).fetchone()
        if row is None:
            return None
        return Send(
            notice=notice, version=version, begun_at=parse_instant(row[0]), begun_by=row[1],
            tallied=self.tallied(notice, version),
        )  # fmt: skip

    def tallied(self, notice: str, version: int) -> Tallied:
        """How many people of a version are in each state."""
        rows = self._db.execute(
            "select state, count(*) from addressee where notice = ? and version = ? group by state", (notice, version)
        )
        return Tallied.model_validate(dict(rows.fetchall()))

    def outcomes(self, notice: str, version: int, states: Iterable[State]) -> list[Outcome]:
        """The people of a version in these states, by number, with the server's last word."""
        wanted = tuple(states)
        rows = self._db.execute(
            "select number, state, code, reply from addressee where notice = ? and version = ?"
            f" and state in ({', '.join('?' * len(wanted))}) order by number",
            (notice, version, *wanted),
        )
        return [Outcome(number=n, state=s, code=c, reply=r) for n, s, c, r in rows]

    def begin_send(self, notice: str, version: int, by: str, at: datetime) -> None:
        """Note that a send of a version has begun."""
        self._db.execute(
            "insert into send (notice, version, begun_at, begun_by) values (?, ?, ?, ?)", (notice, version, iso(at), by)
        )

    def settle(self, notice: str, version: int, outcomes: Iterable[Outcome], at: datetime) -> None:
        """Write people's new states; `sending` counts an attempt."""
        moment = iso(at)
        self._db.executemany(
            "update addressee set state = ?, code = ?, reply = ?, at = ?, attempts = attempts + (? = 'sending')"
            " where notice = ? and version = ? and number = ?",
            ((o.state, o.code, o.reply, moment, o.state, notice, version, o.number) for o in outcomes),
        )
