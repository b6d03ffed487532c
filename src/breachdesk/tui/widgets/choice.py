"""One of a few words, on one line, changed with the arrow keys: the marked one stands in brackets, so colour is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Choice(Widget, can_focus=True):
    """A choice of words; `value` is the one that is marked. An empty word reads `(not known)`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l,space", "turn(1)", "next", show=False),
        Binding("left,h", "turn(-1)", "previous", show=False),
        Binding("enter", "settle", "next field", show=False),
    ]
    value: reactive[str] = reactive("")

    class Settled(Message):
        """Enter was pressed on the choice."""

    def __init__(self, words: Sequence[str], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = tuple(words)
        self.set_reactive(Choice.value, value if value in words else self.words[0])

    def render(self) -> Content:
        """All words on one line when they fit, else the marked one and how many there are."""
        names = [word or "(not known)" for word in self.words]
        at = self.words.index(self.value)
        whole = sum(cell_len(name) + 3 for name in names)
        if whole <= self.size.width:
            return Content.assemble(*((f"[{n}] ", "bold") if i == at else (f" {n}  ", "$muted") for i, n in enumerate(names)))
        return Content.assemble((f"[{names[at]}]", "bold"), (f"  {at + 1} of {len(names)}: left, right", "$muted"))

    def action_turn(self, by: int) -> None:
        """The next or the previous word."""
        self.value = self.words[(self.words.index(self.value) + by) % len(self.words)]

    def on_click(self) -> None:
        """A click takes the next word."""
        self.action_turn(1)

    def action_settle(self) -> None:
        """Go on to the next field."""
        self.post_message(self.Settled())
