"""What happened, in the past tense, with the value it gave: workers post these, and a screen's handlers change what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from breachdesk.desk.assessment import Recount
    from breachdesk.desk.notices import NoticeView
    from breachdesk.desk.proof import Pack, Verified
    from breachdesk.desk.views import Check, ClockRow, IncidentRow, IncidentView
    from breachdesk.domain.audit import AuditEntry
    from breachdesk.domain.clocks import Board
    from breachdesk.domain.deliveries import Outcome, Send, Tallied
    from breachdesk.domain.incident import Fact, FactSpec, Incident
    from breachdesk.domain.notices import Comment, Decision, Draft, Filing, Span
    from breachdesk.domain.playbook import Playbook, StepRecord, StepRow
    from breachdesk.domain.tally import Run


@dataclass
class Refused(Message):
    """The desk said no; the sentence says why and what to do."""

    sentence: str


@dataclass
class Progressed(Message):
    """Long work went on: its stage, what is done, of how much (0: not known)."""

    stage: str
    done: int
    total: int


@dataclass
class Stopped(Message):
    """Long work was cancelled; what that means in one sentence."""

    sentence: str


@dataclass
class RegisterRead(Message):
    """The register and every running clock were read."""

    incidents: tuple[IncidentRow, ...]
    clocks: tuple[ClockRow, ...]


@dataclass
class ReadinessRead(Message):
    """The readiness report was made."""

    checks: tuple[Check, ...]


@dataclass
class PlaybooksRead(Message):
    """The playbooks on the shelf were listed."""

    playbooks: tuple[Playbook, ...]


@dataclass
class IncidentOpened(Message):
    """An incident was put on the register."""

    incident: Incident


@dataclass
class IncidentRead(Message):
    """An incident was read."""

    view: IncidentView
    phases: tuple[tuple[str, str], ...]


@dataclass
class PlaybookChosen(Message):
    """An incident got its playbook."""

    incident: Incident


@dataclass
class StepRead(Message):
    """One step was read, with the facts it asks for: their specs and what is recorded."""

    row: StepRow
    specs: tuple[FactSpec, ...]
    facts: dict[str, Fact]


@dataclass
class StepMoved(Message):
    """A step was begun, done, skipped or reopened."""

    record: StepRecord


@dataclass
class FactsRead(Message):
    """What is known was read."""

    facts: dict[str, Fact]


@dataclass
class FactRecorded(Message):
    """A fact was recorded."""

    fact: Fact


@dataclass
class HistoryRead(Message):
    """Every value ever recorded of one fact was read, oldest first."""

    spec: FactSpec
    history: tuple[Fact, ...]


@dataclass
class RunsRead(Message):
    """The counts of an incident were read, oldest first."""

    runs: tuple[Run, ...]


@dataclass
class PeopleCounted(Message):
    """People were counted and the run was kept."""

    recount: Recount


@dataclass
class DutiesRead(Message):
    """The duties of an incident were read, soonest first."""

    view: IncidentView


@dataclass
class AssessmentKept(Message):
    """An assessment was kept."""

    board: Board


@dataclass
class NoticesRead(Message):
    """The notices of an incident were read."""

    notices: tuple[NoticeView, ...]


@dataclass
class NoticesDrafted(Message):
    """Letters were drawn and kept."""

    drafts: tuple[Draft, ...]


@dataclass
class NoticeRead(Message):
    """One notice was read: where it stands, a version of its text, the remarks on it."""

    view: NoticeView
    draft: Draft
    comments: tuple[Comment, ...]


@dataclass
class VersionsCompared(Message):
    """Two versions of a notice were compared."""

    spans: tuple[Span, ...]


@dataclass
class NoticeDecided(Message):
    """A notice was approved or sent back."""

    decision: Decision


@dataclass
class CommentMade(Message):
    """A remark was made or dealt with."""

    comment: Comment


@dataclass
class PageWritten(Message):
    """A letter's HTML page was written to a file."""

    path: str


@dataclass
class LedgerRead(Message):
    """The ledger of a notice was read: how its people stand, and those whose message was not accepted."""

    view: NoticeView
    tallied: Tallied
    outcomes: tuple[Outcome, ...]


@dataclass
class SendRehearsed(Message):
    """Everything a send does up to the server was tried."""

    tallied: Tallied


@dataclass
class SendAsked(Message):
    """How many people a send would write to was counted, and the notice may be sent."""

    people: int


@dataclass
class DeliveryReported(Message):
    """A batch went: how everybody stands now."""

    tallied: Tallied


@dataclass
class SendEnded(Message):
    """A send came to its end, or paused with people left."""

    send: Send


@dataclass
class OutcomesSettled(Message):
    """Unknown outcomes were settled by a person."""

    number: int
    verdict: str


@dataclass
class NoticeFiled(Message):
    """A filing with an institution was noted."""

    filing: Filing


@dataclass
class JournalRead(Message):
    """The journal was read, oldest first."""

    entries: tuple[AuditEntry, ...]


@dataclass
class JournalVerified(Message):
    """The whole chain was checked and fits."""

    verified: Verified


@dataclass
class PackWritten(Message):
    """An evidence pack was written."""

    pack: Pack
