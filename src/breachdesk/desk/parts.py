"""What a desk is made of: each part stated as a Protocol over domain values; adapters fit by shape, and bootstrap brings them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from breachdesk.domain.audit import AuditEntry
    from breachdesk.domain.calendars import Calendar
    from breachdesk.domain.circumstances import Circumstances
    from breachdesk.domain.conformance import Conformance
    from breachdesk.domain.deliveries import Addressee, Outcome, Send, State, Tallied
    from breachdesk.domain.exercise import Scenario
    from breachdesk.domain.incident import Fact, Incident
    from breachdesk.domain.notices import ApprovedNotice, Comment, Decision, Draft, Filing, Letter, LetterRequest, Notice
    from breachdesk.domain.people import Person
    from breachdesk.domain.playbook import Finding, Playbook, StepRecord
    from breachdesk.domain.rules import Rulebook
    from breachdesk.domain.severity import Weighed
    from breachdesk.domain.tally import NearMatch, Run, Tally
    from breachdesk.settings import Settings

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total) as long work goes on; total 0 when it is not known."""


class Clock(Protocol):
    """Says what time it is on this desk."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class Law(Protocol):
    """The rulebook and the calendars, read when first asked for."""

    def book(self, concerning: Collection[str] | None = None) -> Rulebook:
        """Every rule the desk has read; with `concerning`, at least every rule that could concern one of these places."""

    def calendar(self, place: str) -> Calendar:
        """The closed days of a place."""

    def read_facts(self, path: Path) -> Circumstances:
        """What a facts file states. Raises InvalidInput naming file, line and key."""

    def weigh(self, method: str, answers: Path) -> Weighed:
        """What a severity method comes to for a file of answers. Raises NotFound, InvalidInput naming file and key."""

    def questions(self, method: str) -> str:
        """A method's questions as a file to fill in. Raises NotFound."""


class People(Protocol):
    """Counts record files, and streams the people in them."""

    def count(
        self, files: Sequence[Path | str], *, at: datetime, mapping: Path | None = None, where: str = "",
        rejects: Path | None = None, progress: Progress | None = None, engine: str = "", by: Sequence[str] = (),
    ) -> Tally:  # fmt: skip
        """Distinct people over record files, or over tables of an `engine` by URL. Raises InvalidInput."""

    def recipients(
        self, files: Sequence[Path | str], *, at: datetime, mapping: Path | None = None, where: str = "",
        residences: frozenset[str] | None = None, engine: str = "",
    ) -> Iterator[Person]:  # fmt: skip
        """Each distinct person once, in a stable order, in constant memory."""

    def conform(self, engine: str, *, at: datetime) -> Conformance:
        """Whether an engine counts as the built-in one does; kept. Raises InvalidInput."""

    def propose(self, file: Path, *, fides: Path | None = None, key: str = "") -> str:
        """The text of a mapping for a record file. Raises InvalidInput or NotFound."""

    def near(self, files: Sequence[Path], *, at: datetime, mapping: Path) -> tuple[NearMatch, ...]:
        """Pairs of ids that may be one person. Raises InvalidInput."""

    def decide(self, mapping: Path, first: str, second: str, *, same: bool, by: str, at: datetime) -> None:
        """Keep a decision about two ids. Raises InvalidInput."""

    def digests(self, files: Sequence[Path]) -> Mapping[str, str]:
        """The SHA-256 (hex) of each file that the given paths stand for, by the path a count shows."""

    def digests_beside(self, mapping: Path | None) -> Mapping[str, str]:
        """The SHA-256 (hex) of a mapping and of each table it names. Raises InvalidInput or NotFound."""

    def write_sample(self, folder: Path, scenario: Scenario) -> tuple[Path, ...]:
        """The synthetic record files of a scenario, written into a folder."""


class Shelf(Protocol):
    """Playbooks and scenarios on disk."""

    def playbooks(self) -> tuple[Playbook, ...]:
        """Every playbook. Raises InvalidInput for one that does not load."""

    def playbook(self, id: str) -> Playbook:
        """One playbook. Raises NotFound."""

    def scenarios(self) -> tuple[Scenario, ...]:
        """Every exercise scenario."""

    def scenario(self, id: str) -> Scenario:
        """One scenario. Raises NotFound."""

    def check_file(self, path: Path) -> tuple[Finding, ...]:
        """What is wrong with a playbook or scenario file; empty when nothing is."""


class Letters(Protocol):
    """Draws letters from templates."""

    def languages(self, rule: str, recipient: str) -> tuple[str, ...]:
        """The languages in which a template for this rule exists."""

    def draft(self, request: LetterRequest) -> Letter:
        """A letter, merge fields open. Raises MissingFacts naming every fact it lacks, InvalidInput for a bad template."""

    def fields(self, person: Person, language: str, reference: str) -> dict[str, str]:
        """One person's merge fields in a language."""


class Outbox(Protocol):
    """An open way out for mail."""

    async def send(self, notice: ApprovedNotice, batch: Sequence[Addressee], report: Callable[[Outcome], None]) -> None:
        """Send one message to each person of the batch; `report` hears each person's outcome as it becomes known."""


class Post(Protocol):
    """Where notices leave the building, or a tray that keeps them."""

    @property
    def domain(self) -> str:
        """The domain of the sender, for Message-IDs."""

    def open(self) -> AbstractAsyncContextManager[Outbox]:
        """Connect when the first message needs it; close on leaving."""


class Reading(Protocol):
    """What can be asked of the case database within one snapshot."""

    def incidents(self) -> list[Incident]: ...
    def incident(self, codename: str) -> Incident: ...
    def facts(self, codename: str) -> list[Fact]: ...
    def runs(self, codename: str) -> list[Run]: ...
    def newest_run(self, codename: str, as_of: datetime | None = None) -> Run | None: ...
    def steps(self, codename: str) -> list[StepRecord]: ...
    def assessments(self, codename: str) -> list[dict[str, Any]]: ...
    def notices(self, codename: str = "") -> list[Notice]: ...
    def notice(self, id: str) -> Notice: ...
    def drafts(self, notice: str) -> list[Draft]: ...
    def decisions(self, notice: str) -> list[Decision]: ...
    def comments(self, notice: str) -> list[Comment]: ...
    def addressees(
        self, notice: str, version: int, states: Iterable[State] = (), limit: int = 0, after: int = 0
    ) -> list[Addressee]: ...
    def tallied(self, notice: str, version: int) -> Tallied: ...
    def recipient_keys(self, notice: str, version: int) -> Iterator[tuple[str, str]]: ...
    def reached(self, notices: Sequence[str]) -> Iterator[str]: ...
    def send(self, notice: str, version: int) -> Send | None: ...
    def outcomes(self, notice: str, version: int, states: Iterable[State]) -> list[Outcome]: ...
    def filings(self, notice: str) -> list[Filing]: ...
    def journal(self, codename: str = "") -> Iterator[AuditEntry]: ...


class Writing(Reading, Protocol):
    """One transaction: deeds, and the journal entry without which it does not commit."""

    def enter(self, *, at: datetime, by: str, act: str, incident: str, what: Mapping[str, Any]) -> AuditEntry: ...
    def add_incident(self, incident: Incident) -> None: ...
    def change_incident(self, incident: Incident) -> None: ...
    def add_fact(self, codename: str, fact: Fact) -> None: ...
    def add_run(self, codename: str, run: Run) -> None: ...
    def add_step(self, codename: str, record: StepRecord) -> None: ...
    def add_assessment(self, codename: str, at: datetime, body: Mapping[str, Any]) -> int: ...
    def add_notice(self, notice: Notice) -> None: ...
    def next_notice_id(self) -> str: ...
    def add_draft(self, draft: Draft, addressees: Iterable[Addressee]) -> None: ...
    def add_decision(self, decision: Decision) -> None: ...
    def add_comment(self, notice: str, version: int, by: str, at: datetime, text: str) -> Comment: ...
    def resolve_comment(self, id: int, by: str) -> Comment: ...
    def begin_send(self, notice: str, version: int, by: str, at: datetime) -> None: ...
    def settle(self, notice: str, version: int, outcomes: Iterable[Outcome], at: datetime) -> None: ...
    def add_filing(self, filing: Filing) -> None: ...


class Store(Protocol):
    """The case database."""

    def read(self) -> AbstractContextManager[Reading]:
        """A consistent view."""

    def write(self) -> AbstractContextManager[Writing]:
        """One transaction, journal entry included; rolled back when anything raises."""

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Hold a named lock across processes; released when the process dies. Raises Gate when somebody else holds it."""


@dataclass(frozen=True)
class Desk:
    """A desk: its parts, its folder, its settings."""

    folder: Path
    settings: Settings
    clock: Clock
    law: Law
    people: People
    shelf: Shelf
    letters: Letters
    store: Store
    post: Post

    @property
    def banner(self) -> str:
        """EXERCISE or LIVE: on every screen and in every line of plain output."""
        return "EXERCISE" if self.settings.mode == "exercise" else "LIVE"
