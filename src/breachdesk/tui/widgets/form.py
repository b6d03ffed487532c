"""A few questions on top of a screen, one deep. Enter goes to the next field and, on the last, records; Esc changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from breachdesk.domain.errors import BreachdeskError
from breachdesk.tui.widgets.choice import Choice
from breachdesk.tui.widgets.paper import Part, write

Answers = Mapping[str, str]
Check = Callable[[Answers], None]
"""Looks at the answers before the form closes; raises BreachdeskError with what to write instead."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One field: its name in the answers, its label, the value it starts with, a line of help, the words to choose from."""

    name: str
    label: str
    value: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False


class Form(ModalScreen[Answers | None]):
    """Asks, and answers with the words typed; None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Esc leaves without recording"),
        Binding("ctrl+s", "record", "Ctrl+S records"),
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]

    def __init__(
        self, banner: str, title: str, asks: Sequence[Ask], *, say: Sequence[Part] = (), verb: str = "record", check: Check | None = None
    ) -> None:
        super().__init__()
        self._banner, self._title, self._say, self._asks, self._verb = banner, title, say, tuple(asks), verb
        self._check = check

    def compose(self) -> ComposeResult:
        """A box: what this is about, the fields, help for the field that is being filled in, what is wrong, the keys."""
        with Vertical(id="box", classes="-live" if self._banner == "LIVE" else "-exercise") as box:
            box.border_title = Content.assemble((f" {self._banner} ", "bold reverse"), f" {self._title} ")
            if self._say:
                with VerticalScroll(id="say", can_focus=False):
                    yield Static(write(self._say), markup=False)
            with VerticalScroll(id="fields", can_focus=False):
                for ask in self._asks:
                    with Horizontal(classes="field"):
                        yield Label(ask.label + (" *" if ask.required else ""), markup=False, classes="label")
                        yield self._field(ask)
            yield Static("", id="help", markup=False)
            yield Static("", id="wrong", markup=False)
            yield Static(write([("Enter", "soon"), " next field, on the last ", (self._verb, "strong"), "   ", ("Ctrl+S", "soon"),
                                f" {self._verb}   ", ("Esc", "soon"), " leave"]), id="keys", markup=False)  # fmt: skip

    @staticmethod
    def _field(ask: Ask) -> Widget:
        if ask.choices:
            return Choice(ask.choices, ask.value, id=f"f-{_safe(ask.name)}")
        return Input(ask.value, id=f"f-{_safe(ask.name)}", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """The first field that must be filled in gets the keys, else the first."""
        widgets = [self.query_one(f"#f-{_safe(ask.name)}") for ask in self._asks]
        empty = [w for w, ask in zip(widgets, self._asks, strict=True) if ask.required and not ask.value and not ask.choices]
        if widgets:
            (empty or widgets)[0].focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Help for the field that is being filled in."""
        name = (event.widget.id or "").removeprefix("f-")
        ask = next((a for a in self._asks if _safe(a.name) == name), None)
        if ask is not None:
            self.query_one("#help", Static).update(Content(ask.help))
            event.widget.scroll_visible(animate=False)

    @on(Input.Submitted)
    @on(Choice.Settled)
    def _onward(self) -> None:
        names = [f"f-{_safe(ask.name)}" for ask in self._asks]
        here = self.focused.id if self.focused is not None else ""
        if here in names and here != names[-1]:
            self.query_one(f"#{names[names.index(here) + 1]}").focus()
        else:
            self.action_record()

    def answers(self) -> dict[str, str]:
        """What stands in the fields, stripped."""
        found: dict[str, str] = {}
        for ask in self._asks:
            widget = self.query_one(f"#f-{_safe(ask.name)}")
            assert isinstance(widget, (Input, Choice))  # noqa: S101 - `_field` makes nothing else
            found[ask.name] = widget.value.strip()
        return found

    def action_record(self) -> None:
        """Close with the answers, or say what is wrong with them."""
        found = self.answers()
        lacking = [ask for ask in self._asks if ask.required and not found[ask.name]]
        try:
            if not lacking and self._check is not None:
                self._check(found)
        except BreachdeskError as error:
            self._wrong(str(error))
            return
        if lacking:
            self._wrong(f"{lacking[0].label}: say something here")
            self.query_one(f"#f-{_safe(lacking[0].name)}").focus()
            return
        self.dismiss(found)

    def _wrong(self, sentence: str) -> None:
        self.query_one("#wrong", Static).update(write([("!! ", "late"), (sentence, "late")]))

    def action_leave(self) -> None:
        """Close without recording."""
        self.dismiss(None)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
