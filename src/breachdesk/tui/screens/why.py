"""Why a duty is owed, not owed or undecided, and where its date comes from: tests, working, sources, and what nobody has verified."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from breachdesk.desk import views
from breachdesk.desk.views import ClockRow, IncidentView
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import DutiesRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.paper import Paper, Part
from breachdesk.tui.words import HOLDS, count, distance, fresh, moment, tone

COUNSEL = "Counsel confirms each date and each duty: the desk shows its sources and working, it does not give legal advice."


class WhyScreen(Page):
    """One duty, explained."""

    NAME = "why"
    HELP = ("Why this duty is owed, not owed or undecided: each test, what it found and whether it holds; the facts nobody has recorded; "
            "the working of the date line by line; the sources with the day they were read. NOT VERIFIED means that nobody has read "
            "the rule at its source.")  # fmt: skip
    BINDINGS = [("d", "draft", "draft letters"), ("f", "facts", "facts")]  # noqa: RUF012

    def __init__(self, duty: str) -> None:
        super().__init__()
        self._duty = duty
        self._view: IncidentView | None = None

    def body(self) -> ComposeResult:
        """One text."""
        yield Paper(id="why")

    def twin(self) -> str:
        """The same as a command."""
        return command("duties", "why", self.seat.codename, self._duty)

    def read(self) -> None:
        """The duty and its clock."""
        codename = self.seat.codename

        def ask() -> Message:
            return DutiesRead(views.incident_view(self.desk, codename))

        self.fetch(ask)

    @on(DutiesRead)
    def _read(self, event: DutiesRead) -> None:
        self._view = event.view
        self.redraw(self.seat.now())
        if self.focused is None:
            self.query_one(Paper).focus()

    def redraw(self, now: datetime) -> None:
        """The explanation, with the distance as it is now."""
        row = next((r for r in self._view.clocks if r.clock.duty.key == self._duty), None) if self._view else None
        if row is None:
            self.say((f"! {self._duty} is no longer among the duties", "soon"))
            return
        self.query_one(Paper).show(explained(fresh(row, now, self.desk.settings.targets.warn_hours)))

    def actions(self) -> list[Action]:
        """Draft, record facts."""
        return [Action("Draft the letters of this duty", self.action_draft, "d"), Action("Record a fact", self.action_facts, "f")]

    def action_draft(self) -> None:
        """`d`: back to the duties, drafting this one."""
        self.seat.duty = self._duty
        self.dismiss()
        self.seat.go("duties")

    def action_facts(self) -> None:
        """`f`: the facts."""
        self.seat.go("facts")


def explained(row: ClockRow) -> list[Part]:
    """A duty's explanation, the loudest first."""
    clock, duty = row.clock, row.clock.duty
    version = duty.version
    parts: list[Part] = [(row.word, tone(row)), f"  {duty.rule.instrument.regime}  ({duty.rule.duty.recipient}, {duty.rule.duty.stage})\n"]
    if not version.verified:
        parts.append((f"!! NOT VERIFIED: nobody has read this rule at its source. To read: {version.to_read}\n", "late"))
    parts += [f"{duty.status}, to {row.to}, for {duty.place}, {count(duty.affected)} people meet its trigger\n"]
    if clock.due is not None:
        parts += ["due ", (moment(clock.due, clock.zone), "strong"), "  ", (distance(row.left), tone(row)), "\n"]
        parts += [f"   = {moment(clock.due)}\n"]
    if row.urgency == "late":
        parts.append(("   late: the law asks for the reasons for delay (fact reason_for_delay)\n", "late"))
    if clock.latest is not None:
        parts.append(f"latest reading {moment(clock.latest, clock.zone)}: meet the earlier one\n")
    parts += [f"limit {clock.limit}" + (" (soft: the desk's own target)" if version.soft else "") + f", starts with {version.starts}\n"]
    if version.terms:
        parts.append((f"   \"{version.terms}\"\n", "muted"))
    if row.done_by:
        parts.append((f"done by {row.done_by}\n", "ok"))
    parts.append(("\nREASONS\n", "strong"))
    for reason in duty.reasons:
        word, style = HOLDS[reason.holds]
        parts += ["  ", (f"{word:<10}", style), f" {reason.test}\n", (f"             found: {reason.found}\n", "muted")]
    if duty.missing:
        parts.append(("\nMISSING FACTS\n", "strong"))
        parts += [(f"  ?? {key}\n", "unknown") for key in duty.missing]
    if duty.flips_if:
        parts.append((f"  the answer could change with: {', '.join(duty.flips_if)}\n", "muted"))
    parts.append(("\nWORKING\n", "strong"))
    parts += [f"  {n} {line}\n" for n, line in enumerate(clock.working, 1)] or [("  no clock runs\n", "muted")]
    parts.append(("\nSOURCES\n", "strong"))
    for citation in version.citation:
        read = f"read {citation.read_on}" if citation.read_on else "NOT READ"
        parts += [f"  {citation.text}  ", (read + "\n", "muted" if citation.read_on else "late"), (f"    {citation.url}\n", "muted")]
    if duty.remarks:
        parts.append(("\nREMARKS\n", "strong"))
        parts += [(f"  - {r}\n", "late" if r.startswith(("NOT VERIFIED", "The law changed", "THE ANSWER DIFFERS")) else "") for r in duty.remarks]
    parts += [("\n" + COUNSEL, "muted")]
    return parts
