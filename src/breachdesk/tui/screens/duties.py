"""Every duty of an incident, soonest first: state in words, due in local time, how far away, to whom. One key says why."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import assessment, notices, views
from breachdesk.desk.views import ClockRow, IncidentView
from breachdesk.domain.places import name as place_name
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import AssessmentKept, DutiesRead, NoticesDrafted
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import count, distance, fresh, moment, recipient, tone

STATUS = {"owed": ("yes", ""), "undecided": ("??", "unknown"), "not-owed": ("no", "muted")}
SHORT = {"calendar day": "day", "business day": "bus. day"}


class DutiesScreen(Page):
    """The board of clocks."""

    NAME = "duties"
    ROOT = True
    HELP = ("Every duty the rulebook knows for this incident, soonest first. !! LATE, ! SOON, ok, ?? (waits for an event nobody has "
            "dated), not owed. Undecided duties are listed with the facts that would settle them; unknown never means not owed. w or "
            "Enter says why; d drafts the letters; a keeps this assessment in the journal; o hides and shows what is not owed.")  # fmt: skip
    BINDINGS = [  # noqa: RUF012
        ("w", "why", "why"), ("d", "draft", "draft"), ("a", "keep", "keep"), ("o", "owed", "owed only"),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._view: IncidentView | None = None
        self._rows: dict[str, ClockRow] = {}
        self._all = True

    def body(self) -> ComposeResult:
        """Places without law, the table, the marked duty in full."""
        yield Static("", id="uncovered", markup=False)
        yield Table(
            Column("clock", 8), Column("due, local", 18, wide=74), Column("left", 19), Column("place", 6), Column("to"),
            Column("limit", 22, wide=100), Column("people", 8, wide=100, right=True), Column("owed", 4), id="duties",
            empty="no rule concerns this incident yet: record role, established, and who is affected",
        )  # fmt: skip
        yield Static("", id="detail", classes="strip", markup=False)

    def twin(self) -> str:
        """The same as a command."""
        return command("duties", "list", self.seat.codename)

    def read(self) -> None:
        """The incident's clocks."""
        codename = self.seat.codename

        def ask() -> Message:
            return DutiesRead(views.incident_view(self.desk, codename))

        self.fetch(ask)

    @on(DutiesRead)
    def _read(self, event: DutiesRead) -> None:
        self._view = event.view
        self.redraw(self.seat.now())
        if self.focused is None:
            self.query_one(Table).focus()

    def redraw(self, now: datetime) -> None:
        """The table with the distances as they are now."""
        view = self._view
        if view is None:
            return
        warn = self.desk.settings.targets.warn_hours
        self._rows = {row.clock.duty.key: fresh(row, now, warn) for row in view.clocks}
        wanted, self.seat.duty = self.seat.duty, ""
        table = self.query_one(Table)
        table.show([_row(row) for row in self._rows.values() if self._all or row.urgency != "not-owed"], mark=wanted)
        self._say_gaps(view)
        self._detail(table.key)

    def _say_gaps(self, view: IncidentView) -> None:
        """Places whose law nobody has read, and those of which a part was read."""
        parts: list[Part] = []
        if view.not_covered:
            people = sum(n for _, n in view.not_covered)
            places = ", ".join(
                f"{place_name(p)} ({p}) {count(n)}" if p != "unknown" else f"residence unknown {count(n)}" for p, n in view.not_covered
            )
            parts += [("!! NOT COVERED", "late"), (f"  {count(people)} people live where the desk has read no law: ", "strong"),
                      places, ". Ask counsel."]  # fmt: skip
        if view.partly_covered:
            places = ", ".join(f"{p} {count(n)}" for p, n, _ in view.partly_covered)
            parts += ["\n" if parts else "", ("~ PARTLY READ", "soon"), f"  {places}: `breachdesk duties list` says what is left"]
        banner = self.query_one("#uncovered", Static)
        banner.set_class(bool(parts), "-told")
        banner.update(write(parts))

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        self._detail(event.key)

    def _detail(self, key: str) -> None:
        row = self._rows.get(key)
        detail = self.query_one("#detail", Static)
        if row is None:
            detail.update("")
            return
        duty, version = row.clock.duty, row.clock.duty.version
        loud: list[Part] = [] if version.verified else [("!! NOT VERIFIED  ", "late")]
        if self.size.width < 78 and row.clock.due is not None:
            loud.append((f"due {moment(row.clock.due, row.clock.zone, now=self.seat.now())}  ", "strong"))
        missing: list[Part] = [(f"  missing: {', '.join(duty.missing)}", "unknown")] if duty.missing else []
        letters = f"  letters: {row.notice}" if row.notice else ""
        detail.update(write([
            *loud, (duty.rule.instrument.regime, "strong"), f" · {duty.rule.duty.recipient}, {duty.rule.duty.stage} · {duty.status}"
            + (f" · to {row.to}" if row.to != duty.rule.duty.recipient else "") + " · "
            f"{row.clock.limit} from {row.clock.waits_for or row.clock.started_by or version.starts} · {count(duty.affected)} people{letters}",
            *missing,
        ]))  # fmt: skip

    def actions(self) -> list[Action]:
        """Why, draft, keep."""
        row = self._rows.get(self.query_one(Table).key)
        none = "no duty is marked" if row is None else ""
        not_owed = none or ("it is not owed; w says why" if row is not None and row.urgency == "not-owed" else "")
        return [
            Action("Why?", self.action_why, "w", none),
            Action("Draft the letters of the marked duty", self.action_draft, "d", not_owed),
            Action("Keep this assessment in the journal", self.action_keep, "a"),
            Action("Hide or show what is not owed", self.action_owed, "o"),
        ]

    @on(Table.Opened)
    def _open(self) -> None:
        self.action_why()

    def action_why(self) -> None:
        """`w`: why."""
        from breachdesk.tui.screens.why import WhyScreen

        if key := self.query_one(Table).key:
            self.app.push_screen(WhyScreen(key))

    def action_owed(self) -> None:
        """`o`: with or without what is not owed."""
        self._all = not self._all
        self.redraw(self.seat.now())

    def action_keep(self) -> None:
        """`a`: keep the assessment."""
        codename = self.seat.codename
        self.as_somebody(lambda: _drop(self.perform(
            lambda: AssessmentKept(assessment.assess_incident(self.desk, codename, by=self.seat.by)))))  # fmt: skip

    @on(AssessmentKept)
    def _kept(self, event: AssessmentKept) -> None:
        owed = sum(1 for c in event.board.clocks if c.duty.status == "owed")
        open_ = sum(1 for c in event.board.clocks if c.duty.status == "undecided")
        self.say(("x kept", "ok"), f": {owed} owed, {open_} undecided, under rulebook {event.board.rulebook[:19]}")

    def action_draft(self) -> None:
        """`d`: draw the letters of the marked duty."""
        key = self.query_one(Table).key
        row = self._rows.get(key)
        if row is None:
            return
        codename = self.seat.codename

        def then(answers: Answers) -> None:
            languages = tuple(answers["languages"].replace(",", " ").split())
            self.as_somebody(lambda: self.long(lambda: NoticesDrafted(tuple(notices.draft(
                self.desk, codename, key, by=self.seat.by, languages=languages,
                progress=self.progress("nothing was drafted"))))))  # fmt: skip

        self.ask("Draft the letters", [Ask("languages", "Languages", help="empty: the languages its people read, or the authority's own; "
                                           "or e.g. de, en")], then, verb="draft",
                 say=[(f"{row.clock.duty.rule.instrument.regime}\n", "strong"), f"to {row.to}, {row.clock.duty.place}. A letter asserts only "
                      "recorded facts; what is missing is named and nothing is kept."])  # fmt: skip

    @on(NoticesDrafted)
    def _drafted(self, event: NoticesDrafted) -> None:
        made = ", ".join(f"{d.notice} v{d.version} ({d.language}, {count(d.people)} people)" for d in event.drafts)
        self.say(("x drafted", "ok"), f": {made}. 5 shows them; somebody else approves them.")
        self.read()


def _drop(_: object) -> None:
    return None


def limit(text: str) -> str:
    """A limit that fits a column."""
    for long, short in SHORT.items():
        text = text.replace(long, short)
    return text


def _row(row: ClockRow) -> Row:
    duty = row.clock.duty
    due = moment(row.clock.due, row.clock.zone, short=True) if row.clock.due else ""
    left = distance(row.left) if row.clock.due and row.urgency != "done" else f"waits: {row.clock.waits_for}" if row.clock.waits_for else ""
    quiet = "muted" if row.urgency == "not-owed" else ""
    word = row.word if row.urgency != "waiting" else "??"
    return Row(duty.key, cells(
        (word, tone(row)), (due, quiet), (left, tone(row)), (duty.place, quiet), (recipient(row), quiet), (limit(row.clock.limit), quiet),
        (count(duty.affected), quiet), STATUS[duty.status]))  # fmt: skip


PAGE = DutiesScreen
