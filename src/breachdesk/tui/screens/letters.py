"""A table of an incident's letters and a line about the marked one: what the review queue and the outbox have in common."""

from __future__ import annotations

from abc import abstractmethod

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import notices
from breachdesk.desk.notices import NoticeView
from breachdesk.tui.messages import NoticesRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table

NO_LETTER = "no letter yet: 4 shows the duties, d there drafts their letters"


class LettersPage(Page):
    """Letters as rows. Subclasses say which columns there are, what a row holds, and what is told about the marked letter."""

    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, NoticeView] = {}

    @abstractmethod
    def columns(self) -> tuple[Column, ...]:
        """The table's columns."""

    @abstractmethod
    def row(self, view: NoticeView) -> Row:
        """A letter's line."""

    @abstractmethod
    def told(self, view: NoticeView) -> list[Part]:
        """What stands below the table about the marked letter."""

    def body(self) -> ComposeResult:
        """The table, and the line about the marked letter."""
        yield Table(*self.columns(), id=self.NAME, empty=NO_LETTER)
        yield Static("", id="detail", classes="strip", markup=False)

    def read(self) -> None:
        """The notices of the incident."""
        codename = self.seat.codename

        def ask() -> Message:
            return NoticesRead(tuple(notices.notices(self.desk, codename)))

        self.fetch(ask)

    @on(NoticesRead)
    def _read(self, event: NoticesRead) -> None:
        self._views = {view.notice.id: view for view in event.notices}
        table = self.query_one(Table)
        table.show(map(self.row, event.notices))
        self._detail(table.key)
        if self.focused is None:
            table.focus()

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        self._detail(event.key)

    def _detail(self, key: str) -> None:
        view = self._views.get(key)
        self.query_one("#detail", Static).update(write(self.told(view)) if view is not None else "")
        self.tick(self.seat.now())
