"""A page that is only read: the history of a fact, what moved between counts, an entry of the journal."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from breachdesk.tui.screens.page import Page
from breachdesk.tui.widgets.paper import Paper, Part


class TextScreen(Page):
    """A title, a text, and the command that prints the same."""

    HELP = "A text to read: arrows or jk scroll, y copies it, Esc goes back."

    def __init__(self, name: str, parts: Sequence[Part], twin: str) -> None:
        super().__init__()
        self.NAME = name
        self._parts, self._twin = parts, twin

    def body(self) -> ComposeResult:
        """The text."""
        yield Paper(id="text")

    def on_mount(self) -> None:
        """Show it."""
        super().on_mount()
        paper = self.query_one(Paper)
        paper.show(self._parts)
        paper.focus()

    def twin(self) -> str:
        """The same as a command."""
        return self._twin
