"""A text to read: wrapped, scrolled by the same keys as a list, never taken for markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from breachdesk.tui.words import clean

Part = str | tuple[str, str]
"""A run of text, or a run with the name of its style: late, soon, ok, unknown, muted, strong, added, removed."""

_STYLES = {"strong": "bold $ink", "late": "bold $late", "added": "$added underline", "removed": "$removed"}


def write(parts: Iterable[Part]) -> Content:
    """Runs of text as Textual content, cleaned of control characters."""
    return Content.assemble(*(
        clean(p, lines=True) if isinstance(p, str) else (clean(p[0], lines=True), _STYLES.get(p[1], f"${p[1]}")) for p in parts
    ))  # fmt: skip


class Paper(VerticalScroll):
    """A scrolled text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", show=False),
        Binding("down,j", "scroll_down", "down", show=False),
        Binding("pageup,ctrl+b", "page_up", "page up", show=False),
        Binding("pagedown,ctrl+f,space", "page_down", "page down", show=False),
        Binding("home,g", "scroll_home", "top", show=False),
        Binding("end,G", "scroll_end", "end", show=False),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = Static("", markup=False)
        self.plain = ""

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._text

    def show(self, parts: Iterable[Part], *, top: bool = False) -> None:
        """Show another text; `top` scrolls to its beginning."""
        content = write(parts)
        self.plain = content.plain
        self._text.update(content)
        if top:
            self.scroll_home(animate=False)
