"""One incident: the playbook's steps on the left, the next three clocks and what blocks on the right."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import cases, views, walkthrough
from breachdesk.desk.views import IncidentView
from breachdesk.domain.incident import STATES
from breachdesk.domain.playbook import StepRow
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import IncidentRead, PlaybookChosen, PlaybooksRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.clocks import cards
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Paper, Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import STEP_WORDS, count, distance


class IncidentScreen(Page):
    """Where the team is, what runs, and what is in the way."""

    NAME = "incident"
    ROOT = True
    HELP = ("Left: the playbook's steps by phase. A step is todo, doing, done, skipped (with its reason), blocked (it waits for "
            "another), or off-path (a fact took it off). Right: the next three clocks, and what blocks. n jumps to the next thing; "
            "Enter opens a step; w says why the first clock runs.")  # fmt: skip
    BINDINGS = [  # noqa: RUF012
        ("n", "next", "next thing"), ("w", "why", "why"), ("p", "playbook", "playbook"), ("t", "state", "state"),
    ]  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._view: IncidentView | None = None
        self._phases: tuple[tuple[str, str], ...] = ()
        self._jump = True

    def body(self) -> ComposeResult:
        """Steps, clocks, blockers."""
        yield Static("", id="facts", classes="strip", markup=False)
        with Horizontal():
            with Vertical(id="left"):
                yield Table(Column("step", 10), Column("what"), Column("owner", 12, wide=56), Column("due", 19, wide=66), id="steps",
                            empty="no playbook yet: p chooses one")  # fmt: skip
                yield Static("", id="step", classes="strip", markup=False)
            with Vertical(id="right"):
                yield Static("next clocks", classes="title")
                yield Static("", id="clocks", markup=False)
                yield Static("what blocks", classes="title")
                yield Paper(id="blockers")

    def twin(self) -> str:
        """The same as a command."""
        return command("incident", "show", self.seat.codename)

    def heading(self) -> str:
        """Codename and title."""
        return f"{self.seat.codename} · {self._view.incident.title}" if self._view else self.seat.codename

    def read(self) -> None:
        """The incident, and the names of its playbook's phases."""
        codename = self.seat.codename

        def ask() -> Message:
            view = views.incident_view(self.desk, codename)
            book = walkthrough.playbook_of(self.desk, codename) if view.incident.playbook else None
            return IncidentRead(view, tuple((p.id, p.title) for p in book.phases) if book else ())

        self.fetch(ask)

    @on(IncidentRead)
    def _read(self, event: IncidentRead) -> None:
        if self._view is None or self._view.incident.codename != event.view.incident.codename:
            self._jump = True
        self._view, self._phases = event.view, event.phases
        mark = event.view.next_step.step.id if self._jump and event.view.next_step else ""
        self._jump = False
        self.redraw(self.seat.now())
        steps = self.query_one("#steps", Table)
        steps.show(self._rows(event.view.steps, event.view.at), mark=mark)
        self._detail(steps.key)
        if self.focused is None:
            steps.focus()
        self.tick(self.seat.now())

    def redraw(self, now: datetime) -> None:
        """Clocks with the distances as they are now; what blocks."""
        view = self._view
        if view is None:
            return
        warn = self.desk.settings.targets.warn_hours
        self.query_one("#clocks", Static).update(write(cards(view.clocks, now, warn)))
        people = f"{count(view.run.tally.subjects)} people (count {view.run.n})" if view.run else "people not counted"
        settled = sum(1 for row in view.steps if row.settled)
        parts: list[Part] = [(view.incident.state, "strong"), f" · {people} · {settled}/{len(view.steps)} steps"]
        if view.not_covered:
            parts += [" · ", (f"!! NOT COVERED: {len(view.not_covered)} places", "late")]
        self.query_one("#facts", Static).update(write(parts))
        blocked: list[Part] = []
        for n, blocker in enumerate(view.blockers, 1):
            blocked += [(f"{n} ", "soon"), f"{blocker.what}\n"]
            if self.has_class("-wide"):
                blocked.append((f"  $ {blocker.command}\n", "muted"))
        self.query_one("#blockers", Paper).show(blocked or [("ok ", "ok"), "nothing is in the way"])

    @on(Table.Moved, "#steps")
    def _moved(self, event: Table.Moved) -> None:
        self._detail(event.key)

    def _detail(self, key: str) -> None:
        row = next((r for r in self._view.steps if r.step.id == key), None) if self._view else None
        parts: list[Part] = []
        if row is not None:
            parts = [(row.step.title, "strong"), f" ({row.step.owner})", *((f"\n{why}", "unknown") for why in row.why)]
        self.query_one("#step", Static).update(write(parts))

    def _rows(self, steps: tuple[StepRow, ...], now: datetime) -> list[Row]:
        rows: list[Row] = []
        for id_, title in self._phases:
            mine = [row for row in steps if row.step.phase == id_]
            rows.append(Row("", (title.upper(), f"{sum(1 for r in mine if r.settled)}/{len(mine)}"), heading=True))
            for row in mine:
                word, style = STEP_WORDS[row.state]
                open_ = row.state in ("todo", "doing", "blocked")
                due = distance(row.due - now) if row.due and open_ else ""
                late = "late" if due.startswith("late") else "muted"
                text = (row.step.title, "muted") if row.settled else row.step.title
                rows.append(Row(row.step.id, cells((word, style), text, (row.step.owner, "muted"), (due, late))))
        return rows

    def actions(self) -> list[Action]:
        """Open a step, choose a playbook, move the state."""
        step = self.query_one("#steps", Table)
        return [
            Action("Open the marked step", step.action_open, "Enter", "" if step.key else "there is no step: choose a playbook"),
            Action("Why does the first clock run?", self.action_why, "w", "" if self._first() else "no clock runs"),
            Action("Choose the playbook", self.action_playbook, "p"),
            Action("Move the incident's state", self.action_state, "t"),
        ]

    @on(Table.Opened, "#steps")
    def _open(self, event: Table.Opened) -> None:
        from breachdesk.tui.screens.step import StepScreen

        self.app.push_screen(StepScreen(event.key))

    def _first(self) -> str:
        rows = self._view.clocks if self._view else ()
        return next((r.clock.duty.key for r in rows if r.urgency in ("late", "soon", "running")), "")

    def action_why(self) -> None:
        """`w`: why the first clock runs."""
        from breachdesk.tui.screens.why import WhyScreen

        if first := self._first():
            self.app.push_screen(WhyScreen(first))
        else:
            self.say(("! no clock runs yet: 4 says what each waits for", "soon"))

    def action_next(self) -> None:
        """`n`: mark the next thing to do."""
        step = self._view.next_step if self._view else None
        if step is None:
            self.say(("! no step can be begun now", "soon"), ": see what blocks")
            return
        table = self.query_one("#steps", Table)
        table.mark(step.step.id)
        table.focus()
        self._detail(step.step.id)

    def action_playbook(self) -> None:
        """`p`: choose the playbook."""
        self.fetch(lambda: PlaybooksRead(self.desk.shelf.playbooks()))

    @on(PlaybooksRead)
    def _choose(self, event: PlaybooksRead) -> None:
        ids = tuple(p.id for p in event.playbooks)
        if not ids:
            self.say(("! no playbook is on the shelf", "soon"))
            return
        now = self._view.incident.playbook if self._view else ""

        def then(answers: Answers) -> None:
            codename, chosen = self.seat.codename, answers["playbook"]
            self.as_somebody(lambda: self._set_playbook(codename, chosen))

        self.ask("Which playbook?", [Ask("playbook", "Playbook", now or ids[0], choices=ids)], then, verb="choose",
                 say=[part for p in event.playbooks for part in ((f"{p.id}: ", "strong"), f"{p.title}\n")])  # fmt: skip

    def _set_playbook(self, codename: str, chosen: str) -> None:
        self._jump = True
        self.perform(lambda: PlaybookChosen(cases.choose_playbook(self.desk, codename, chosen, by=self.seat.by)))

    def action_state(self) -> None:
        """`t`: move the incident along."""
        state = self._view.incident.state if self._view else "open"

        def then(answers: Answers) -> None:
            codename = self.seat.codename
            self.as_somebody(lambda: self._set_state(codename, answers))

        self.ask("Where does the incident stand?", [
            Ask("state", "State", state, choices=STATES), Ask("reason", "Reason", help="closing needs one; the register keeps it"),
        ], then)  # fmt: skip

    def _set_state(self, codename: str, answers: Answers) -> None:
        self.perform(lambda: PlaybookChosen(
            cases.set_state(self.desk, codename, answers["state"], by=self.seat.by, reason=answers["reason"])))  # fmt: skip

    @on(PlaybookChosen)
    def _chosen(self, event: PlaybookChosen) -> None:
        self.say(("x recorded", "ok"), f": {event.incident.codename} is {event.incident.state}, "
                 f"playbook {event.incident.playbook or 'none'}")  # fmt: skip
        self.read()


PAGE = IncidentScreen
