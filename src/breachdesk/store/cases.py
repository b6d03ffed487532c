"""Incidents, facts, counts, steps and assessments: statements beside the functions that turn their rows into values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.incident import Fact, Incident
from breachdesk.domain.playbook import StepRecord
from breachdesk.domain.tally import Run
from breachdesk.domain.values import canonical_json, iso
from breachdesk.store.audit import Base, parse_instant

_INCIDENT = "codename, title, state, playbook, owner, counsel, opened_at, opened_by, outcome"


def _incident(row: tuple[Any, ...]) -> Incident:
    codename, title, state, playbook, owner, counsel, opened_at, opened_by, outcome = row
    return Incident(
        codename=codename, title=title, state=state, playbook=playbook, owner=owner, counsel=counsel,
        opened_at=parse_instant(opened_at), opened_by=opened_by, outcome=outcome,
    )  # fmt: skip


class Cases(Base):
    """What is known of an incident."""

    def incidents(self) -> list[Incident]:
        """The register, newest first."""
        rows = self._db.execute(f"select {_INCIDENT} from incident order by opened_at desc, codename")
        return [_incident(row) for row in rows]

    def incident(self, codename: str) -> Incident:
        """One incident. Raises NotFound, naming those there are."""
        row = self._db.execute(f"select {_INCIDENT} from incident where codename = ?", (codename,)).fetchone()
        if row is None:
            there = ", ".join(i.codename for i in self.incidents()) or "none yet"
            raise NotFound(f"there is no incident {codename!r} on this desk (there are: {there})")
        return _incident(row)

    def add_incident(self, incident: Incident) -> None:
        """Put an incident on the register. Raises InvalidInput when the codename is taken."""
        try:
            self._db.execute(
                f"insert into incident ({_INCIDENT}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (incident.codename, incident.title, incident.state, incident.playbook, incident.owner, incident.counsel,
                 iso(incident.opened_at), incident.opened_by, incident.outcome),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise InvalidInput("this codename is taken; choose another", key=incident.codename) from None

    def change_incident(self, incident: Incident) -> None:
        """Write an incident's state, owner, counsel, playbook, title and outcome anew; the journal keeps what they were."""
        self._db.execute(
            "update incident set title = ?, state = ?, playbook = ?, owner = ?, counsel = ?, outcome = ? where codename = ?",
            (incident.title, incident.state, incident.playbook, incident.owner, incident.counsel, incident.outcome,
             incident.codename),
        )  # fmt: skip

    def facts(self, codename: str) -> list[Fact]:
        """Every recorded fact, in the order of recording."""
        rows = self._db.execute(
            "select key, value, standing, said_by, at, source from fact where incident = ? order by id", (codename,)
        )
        return [
            Fact(key=key, value=json.loads(value), standing=standing, said_by=by, at=parse_instant(at), source=source)
            for key, value, standing, by, at, source in rows
        ]

    def add_fact(self, codename: str, fact: Fact) -> None:
        """Append a fact; earlier values stay."""
        self._db.execute(
            "insert into fact (incident, key, value, standing, said_by, at, source) values (?, ?, ?, ?, ?, ?, ?)",
            (codename, fact.key, canonical_json(fact.value), fact.standing, fact.said_by, iso(fact.at), fact.source),
        )

    def runs(self, codename: str) -> list[Run]:
        """Every count, oldest first."""
        rows = self._db.execute("select body from run where incident = ? order by n", (codename,))
        return [Run.model_validate_json(body) for (body,) in rows]

    def newest_run(self, codename: str, as_of: datetime | None = None) -> Run | None:
        """The last count, or the last one kept by an instant; None before the first."""
        rows = self._db.execute("select at, body from run where incident = ? order by n desc", (codename,))
        return next((Run.model_validate_json(body) for at, body in rows if as_of is None or parse_instant(at) <= as_of), None)

    def add_run(self, codename: str, run: Run) -> None:
        """Keep a count."""
        self._db.execute(
            "insert into run (incident, n, at, by, body) values (?, ?, ?, ?, ?)",
            (codename, run.n, iso(run.at), run.by, run.model_dump_json()),
        )

    def steps(self, codename: str) -> list[StepRecord]:
        """What was recorded of playbook steps, in order."""
        rows = self._db.execute("select body from step where incident = ? order by id", (codename,))
        return [StepRecord.model_validate_json(body) for (body,) in rows]

    def add_step(self, codename: str, record: StepRecord) -> None:
        """Append what happened to a step."""
        self._db.execute("insert into step (incident, body) values (?, ?)", (codename, record.model_dump_json()))

    def assessments(self, codename: str) -> list[dict[str, Any]]:
        """Every kept answer of `duties`, oldest first."""
        rows = self._db.execute("select body from assessment where incident = ? order by n", (codename,))
        return [json.loads(body) for (body,) in rows]

    def add_assessment(self, codename: str, at: datetime, body: Mapping[str, Any]) -> int:
        """Keep an answer of `duties`; its number."""
        (n,) = self._db.execute("select coalesce(max(n), 0) + 1 from assessment where incident = ?", (codename,)).fetchone()
        self._db.execute(
            "insert into assessment (incident, n, at, body) values (?, ?, ?, ?)", (codename, n, iso(at), canonical_json(body))
        )
        return int(n)
