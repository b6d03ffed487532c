"""Help that can be searched and run: what this screen is for, every key, and why something is not possible now."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from breachdesk.tui.actions import Action
from breachdesk.tui.screens.page import Page
from breachdesk.tui.widgets.table import Column, Row, Table

MOVES = (
    ("arrows, hjkl", "move; l opens, h or Esc goes back"), ("PgUp, PgDn, g, G", "a screenful, first, last"), ("Enter", "open"),
    ("Esc", "stop long work, show all rows, back"), ("/", "filter the rows"), ("Tab", "the next part of the screen"),
    ("w", "why: reasons, working, sources"), ("e", "edit a long text in $EDITOR"), ("Ctrl+P", "palette: everything by name"),
    ("q, Ctrl+Q", "quit"),
)  # fmt: skip


class HelpScreen(ModalScreen[None]):
    """The help of one page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close"),
        Binding("down", "focus_rows", show=False),
    ]

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._actions: list[Action] = page.seat.possible()

    def compose(self) -> ComposeResult:
        """What the page is for, a line to search with, the rows."""
        banner = self._page.desk.banner
        with Vertical(id="box", classes="-live" if banner == "LIVE" else "-exercise") as box:
            box.border_title = Content.assemble((f" {banner} ", "bold reverse"), f" Help: {self._page.NAME or 'desk'} ")
            box.border_subtitle = " type to search, Down to the rows, Enter does it, Esc closes "
            yield Static(self._page.HELP, id="about", markup=False)
            yield Input(placeholder="search", id="words", compact=True)
            yield Table(Column("key", 15), Column("what"), id="rows")

    def on_mount(self) -> None:
        """Everything is shown; typing narrows it."""
        rows = [
            Row(f"do-{n}", ((a.key, "soon"), (a.line, "muted" if a.why_not else "")))
            for n, a in enumerate(self._actions)
        ]
        rows += [Row("", (("moving about", ""),), heading=True)]
        rows += [Row(f"key-{key}", ((key, "soon"), what)) for key, what in MOVES]
        self.query_one(Table).show(rows)
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        self.query_one(Table).sift(event.value)

    @on(Input.Submitted)
    def _first(self) -> None:
        self._do(self.query_one(Table).key)

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        self._do(event.key)

    def action_focus_rows(self) -> None:
        """Down from the search line to the rows."""
        self.query_one(Table).focus()

    def _do(self, key: str) -> None:
        if not key.startswith("do-"):
            return
        action, seat = self._actions[int(key.removeprefix("do-"))], self._page.seat
        self.dismiss()
        seat.call_later(seat.attempt, action)
