"""The desk: every incident on the register, and all running clocks, soonest first. An empty register asks what this is about."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from breachdesk.tui.actions import Action
from breachdesk.tui.messages import RegisterRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import count, distance, fresh, moment, recipient, tone

if TYPE_CHECKING:
    from breachdesk.desk.views import ClockRow, IncidentRow


class DeskScreen(Page):
    """Incidents above, clocks below; Enter opens the incident, or the clock among its duties."""

    NAME = "desk"
    ROOT = True
    HELP = ("The register: every incident, open ones first, and below it every running clock of every incident, soonest first. "
            "Enter opens an incident, or the duty behind a clock. Tab goes from one list to the other.")  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._clocks: tuple[ClockRow, ...] = ()
        self._incidents: tuple[IncidentRow, ...] = ()
        self._asked = False

    def body(self) -> ComposeResult:
        """Two tables."""
        with Vertical():
            yield Table(
                Column("incident", 12), Column("title"), Column("state", 9, wide=70), Column("people", 9, right=True),
                Column("clocks", 17), Column("next clock", 16, wide=100), id="incidents", empty="reading the register …",
            )  # fmt: skip
            yield Table(
                Column("clock", 7), Column("left", 19), Column("due, local", 18, wide=70), Column("place", 5), Column("to"),
                Column("incident", 10, wide=70), id="clocks", empty="no clock is running",
            )  # fmt: skip

    def heading(self) -> str:
        """All incidents."""
        return "breach desk"

    def twin(self) -> str:
        """The register as a command."""
        return command("incident", "list")

    def read(self) -> None:
        """The register and the clocks."""

        def ask() -> Message:
            from breachdesk.desk import views  # read while the first frame is being drawn

            return RegisterRead(tuple(views.register(self.desk)), tuple(views.all_clocks(self.desk)))

        self.fetch(ask)

    @on(RegisterRead)
    def _read(self, event: RegisterRead) -> None:
        self._incidents, self._clocks = event.incidents, event.clocks
        if not event.incidents:
            self.query_one("#incidents", Table).show(())
            if not self._asked:
                self._asked = True
                self.action_begin()
            return
        self.redraw(self.seat.now())
        if self.focused is None:
            self.query_one("#incidents").focus()

    def redraw(self, now: datetime) -> None:
        """Both tables, with the distances as they are now."""
        warn = self.desk.settings.targets.warn_hours
        self.query_one("#incidents", Table).show([_incident(row, now) for row in self._incidents], mark=self.seat.codename)
        self.query_one("#clocks", Table).show([
            _clock(fresh(row, now, warn)) for row in self._clocks
        ])  # fmt: skip

    def action_begin(self) -> None:
        """The three ways to begin."""
        from breachdesk.tui.screens.first_run import FirstRunScreen

        self.app.push_screen(FirstRunScreen())

    def actions(self) -> list[Action]:
        """Open, begin."""
        none = "" if self._incidents else "the register is empty"
        return [
            Action("Open the marked incident", lambda: self.query_one("#incidents", Table).action_open(), "Enter", none),
            Action("Begin: practise, check readiness, or this is real", self.action_begin, "b"),
        ]

    BINDINGS = [("b", "begin", "begin")]  # noqa: RUF012

    @on(Table.Opened, "#incidents")
    def _open(self, event: Table.Opened) -> None:
        self.seat.open_incident(event.key)

    @on(Table.Opened, "#clocks")
    def _open_clock(self, event: Table.Opened) -> None:
        self._to_duty(event.key, "duties")

    def _to_duty(self, key: str, mode: str) -> None:
        codename, _, duty = key.partition(" ")
        self.seat.duty = duty
        self.seat.open_incident(codename, mode)

    def action_why(self) -> None:
        """`w`: why the marked clock says what it says."""
        key = self.query_one("#clocks", Table).key
        if key:
            from breachdesk.tui.screens.why import WhyScreen

            codename, _, duty = key.partition(" ")
            self.seat.codename = codename
            self.app.push_screen(WhyScreen(duty))

    def action_next(self) -> None:
        """`n`: the incident with the soonest clock, on its next step."""
        first = self._clocks[0].incident if self._clocks else self._incidents[0].codename if self._incidents else ""
        if first:
            self.seat.open_incident(first)


def _incident(row: IncidentRow, now: datetime) -> Row:
    running = row.running - row.soon
    words = [f"{n} {word}" for n, word in ((row.late, "LATE"), (row.soon, "SOON"), (running, "ok")) if n] or ["none runs"]
    style = "late" if row.late else "soon" if row.soon else "ok"
    mark = "!! " if row.late else "! " if row.soon else ""
    nearest = distance(row.next_due - now) if row.next_due else "none"
    return Row(row.codename, cells((row.codename, "strong"), row.title, row.state, count(row.people),
                                   (mark + ", ".join(words), style), nearest))  # fmt: skip


def _clock(row: ClockRow) -> Row:
    due = moment(row.clock.due, row.clock.zone, short=True) if row.clock.due else ""
    return Row(f"{row.incident} {row.clock.duty.key}", cells(
        (row.word, tone(row)), (distance(row.left), tone(row)), due, row.clock.duty.place, recipient(row), (row.incident, "muted")))  # fmt: skip


PAGE = DeskScreen
