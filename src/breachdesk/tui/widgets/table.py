"""A list of rows that draws only what is seen, so that a hundred thousand people open as quickly as ten.

Rows are values: a key, and cells with the name of a style each. The table knows no desk; it says which row was opened or moved to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from breachdesk.tui.words import clean

Cell = str | tuple[str, str]
"""A text, or a text with the name of its style: late, soon, ok, unknown, muted, strong."""

STYLES = ("late", "soon", "ok", "unknown", "muted", "strong")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` in cells (0: shares what is left), shown only in tables at least `wide` cells wide."""

    title: str
    width: int = 0
    wide: int = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line. A heading cannot be opened and is passed over by the cursor."""

    key: str
    cells: tuple[Cell, ...]
    heading: bool = False


def text_of(cell: Cell) -> str:
    """A cell's text."""
    return cell if isinstance(cell, str) else cell[0]


class Table(ScrollView, can_focus=True):
    """Rows under a line of titles, with one marked by `>`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--title", "table--heading", "table--cursor", "table--idle", *(f"table--{name}" for name in STYLES)
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "page down", show=False),
        Binding("home,g", "end(-1)", "first", show=False),
        Binding("end,G", "end(1)", "last", show=False),
        Binding("enter,l,right", "open", "open", show=False),
        Binding("S", "sort", "sort by the next column", show=False),
        Binding("Z", "turn", "turn the order round", show=False),
    ]

    class Opened(Message):
        """A row was opened."""

        def __init__(self, table: Table, key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> Table:
            """The table."""
            return self.table

    class Moved(Message):
        """The cursor came to a row."""

        def __init__(self, table: Table, key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

        @property
        def control(self) -> Table:
            """The table."""
            return self.table

    def __init__(self, *columns: Column, id: str | None = None, empty: str = "nothing here yet") -> None:
        super().__init__(id=id)
        self._columns = columns
        self._all: tuple[Row, ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._cursor = 0
        self._sieve = ""
        self._sorted: int | None = None
        self._turned = False
        self._empty = empty
        self._painted: dict[str, Style] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows in view of the filter."""
        return self._rows

    @property
    def key(self) -> str:
        """The key of the marked row; empty when there is none."""
        return self._rows[self._cursor].key if self._cursor < len(self._rows) and not self._rows[self._cursor].heading else ""

    @property
    def sieve(self) -> str:
        """The words the rows are filtered by."""
        return self._sieve

    def show(self, rows: Iterable[Row], *, mark: str = "", last: bool = False) -> None:
        """Take rows; the mark stays on the key it was on, or goes to `mark`, or to the last row."""
        self._all = tuple(rows)
        self._lay_out(mark or self.key, last=last)

    def sift(self, words: str) -> None:
        """Keep the rows in which each word stands somewhere; all when empty."""
        self._sieve = words
        self._lay_out(self.key)
        if self.key:
            self.post_message(self.Moved(self, self.key))

    def mark(self, key: str) -> None:
        """Put the cursor on a key, when it is there."""
        self._lay_out(key)

    def _lay_out(self, key: str, *, last: bool = False) -> None:
        wanted = self._sieve.casefold().split()
        self._rows = tuple(
            row for row in self._all
            if not wanted or (not row.heading and all(w in " ".join(map(text_of, row.cells)).casefold() for w in wanted))
        )  # fmt: skip
        if self._sorted is not None:
            column = self._sorted
            # Numbers are wanted largest first, words in the order of the alphabet.
            downwards = self._columns[column].right != self._turned
            self._rows = tuple(sorted((r for r in self._rows if not r.heading), key=lambda r: _rank(r, column), reverse=downwards))
        there = next((i for i, row in enumerate(self._rows) if row.key == key and not row.heading), None) if key else None
        self._cursor = there if there is not None else len(self._rows) - 1 if last else self._step(-1, 1)
        self._resize()
        self._follow()
        self.refresh()

    def sort(self, column: int | None) -> None:
        """Put the rows in the order of a column, by its index; the order they came in for None. The same column again turns it round."""
        self._turned = not self._turned if column is not None and column == self._sorted else False
        self._sorted = column
        self._lay_out(self.key)

    def action_sort(self) -> None:
        """The next column that is shown; after the last one the order the rows came in."""
        shown = [i for i, _, _ in self._fitted(self.scrollable_content_region.width)]
        following = [i for i in shown if self._sorted is None or i > self._sorted]
        self.sort(following[0] if following else None)

    def action_turn(self) -> None:
        """The other way round, when the rows are sorted."""
        if self._sorted is not None:
            self.sort(self._sorted)

    def _resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)

    def on_resize(self) -> None:
        """Columns are fitted to the width anew."""
        self._resize()
        self._follow()
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme changed: colours are looked up again."""
        super().notify_style_update()
        self._painted.clear()

    def on_focus(self) -> None:
        """The mark is drawn strong while the keys go here."""
        self.refresh()

    def on_blur(self) -> None:
        """And quietly while they do not."""
        self.refresh()

    def _step(self, start: int, by: int) -> int:
        at = start + by
        while 0 <= at < len(self._rows) and self._rows[at].heading:
            at += 1 if by > 0 else -1
        return at if 0 <= at < len(self._rows) else max(0, min(start, len(self._rows) - 1))

    def _go(self, at: int) -> None:
        if not self._rows:
            return
        self._cursor = at
        self._follow()
        self.refresh()
        if self.key:
            self.post_message(self.Moved(self, self.key))

    def _follow(self) -> None:
        height = max(1, self.scrollable_content_region.height - 1)
        top = round(self.scroll_y)
        first = self._cursor
        while first > 0 and self._rows[first - 1].heading:
            first -= 1
        if first < top:
            self.scroll_to(y=first, animate=False, force=True, immediate=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, force=True, immediate=True)

    def action_move(self, by: int) -> None:
        """One row up or down."""
        self._go(self._step(self._cursor, by))

    def action_page(self, by: int) -> None:
        """A screenful up or down."""
        height = max(1, self.size.height - 2)
        target = max(0, min(len(self._rows) - 1, self._cursor + by * height))
        self._go(self._step(target - by, by) if self._rows else 0)

    def action_end(self, by: int) -> None:
        """The first or the last row."""
        self._go(self._step(-1, 1) if by < 0 else self._step(len(self._rows), -1))

    def action_open(self) -> None:
        """Open the marked row."""
        if self.key:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """A click marks a row; on the marked row it opens it; on a title it sorts by that column."""
        at = round(self.scroll_y) + event.y - 1
        if event.y == 0:
            self._sort_at(event.x)
            return
        if not 0 <= at < len(self._rows) or self._rows[at].heading:
            return
        if at == self._cursor and event.chain == 2:
            self.action_open()
        else:
            self._go(at)

    def _sort_at(self, x: int) -> None:
        left = 2
        for i, _, width in self._fitted(self.scrollable_content_region.width):
            if left <= x < left + width:
                self.sort(i)
            left += width + 1

    def _fitted(self, width: int) -> list[tuple[int, Column, int]]:
        """The columns that are shown: their index, themselves, their width in cells."""
        there = [(i, c) for i, c in enumerate(self._columns) if width >= c.wide]
        free = width - 2 - sum(c.width for _, c in there) - (len(there) - 1)
        flexible = [i for i, c in there if not c.width]
        share, rest = divmod(max(0, free), len(flexible)) if flexible else (0, 0)
        return [(i, c, c.width or share + (rest if flexible and i == flexible[-1] else 0)) for i, c in there]

    def _arrow(self, column: int) -> str:
        if column != self._sorted:
            return ""
        return "↓" if self._columns[column].right != self._turned else "↑"

    def _style(self, name: str) -> Style:
        if name not in self._painted:
            self._painted[name] = self.get_component_rich_style(f"table--{name}")
        return self._painted[name]

    def render_line(self, y: int) -> Strip:
        """One line of the view: titles first, then the rows that are scrolled to."""
        width = self.scrollable_content_region.width
        if y == 0:
            text = "  " + " ".join(_fit(c.title + self._arrow(i), w, right=c.right) for i, c, w in self._fitted(width))
            return Strip([Segment(set_cell_size(text, width), self._style("title"))], width)
        at = round(self.scroll_y) + y - 1
        if at >= len(self._rows):
            say = "" if at or self._rows else f"  {self._empty}" if not self._sieve else f"  no row has {self._sieve!r}: Esc shows all"
            return Strip([Segment(set_cell_size(say, width), self._style("muted"))], width)
        row = self._rows[at]
        if row.heading:
            return Strip([Segment(_fit(" ".join(map(text_of, row.cells)), width), self._style("heading"))], width)
        marked = at == self._cursor
        base = (self._style("cursor") if self.has_focus else self._style("idle")) if marked else self.rich_style
        segments = [Segment("> " if marked else "  ", base)]
        for n, (i, column, w) in enumerate(self._fitted(width)):
            cell = row.cells[i] if i < len(row.cells) else ""
            name = "" if isinstance(cell, str) else cell[1]
            style = self._style(name) if name and not (marked and self.has_focus) else base
            if marked and not self.has_focus and name:
                style = base + Style(color=style.color)
            segments.append(Segment((" " if n else "") + _fit(text_of(cell), w, right=column.right), style))
        return Strip(segments).adjust_cell_length(width, base)


def _rank(row: Row, column: int) -> tuple[int, str]:
    """A cell's place in the order of its column: by its number where it is one, else by its words."""
    text = text_of(row.cells[column]) if column < len(row.cells) else ""
    digits = "".join(c for c in text if c.isdigit())
    return (int(digits), "") if digits and not any(c.isalpha() for c in text) else (-1, text.casefold())


def _fit(text: str, width: int, *, right: bool = False) -> str:
    """A cleaned text in exactly `width` cells; a cut is shown by an ellipsis."""
    text = clean(text)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def cells(*parts: Cell) -> tuple[Cell, ...]:
    """The cells of a row."""
    return parts


def plain(rows: Sequence[Row]) -> str:
    """Rows as text, one a line, cells parted by tabs: what `y` copies."""
    return "\n".join("\t".join(clean(text_of(cell)) for cell in row.cells) for row in rows)
