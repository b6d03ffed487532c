"""The desk in a terminal: who sits here, over which incident, and the way from screen to screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ScreenStackError, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.screen import Screen

from breachdesk.domain.errors import BreachdeskError
from breachdesk.tui.actions import Action
from breachdesk.tui.palette import DeskActions
from breachdesk.tui.screens.page import Page
from breachdesk.tui.themes import COLOURS, DEFAULT, THEMES
from breachdesk.tui.widgets.form import Answers, Ask, Form
from breachdesk.tui.widgets.paper import Part

if TYPE_CHECKING:
    from breachdesk.desk.parts import Desk

MODES_IN_ORDER = ("desk", "incident", "people", "duties", "notices", "outbox", "journal", "facts")
EVERY_SECONDS = 1.0
STYLES = [
    "screens/page.tcss", "widgets/form.tcss",
    *(f"screens/{name}.tcss" for name in (
        "desk", "duties", "facts", "first_run", "help", "incident", "journal", "ledger", "notice", "notices", "outbox", "people", "step",
    )),
]  # fmt: skip
"""Every style sheet, read once at the start: one that comes later makes Textual read all of them again."""


def _page(name: str) -> Callable[[], Screen[Any]]:
    """A maker of the page of that name; its module is imported when the page is first opened."""

    def make() -> Screen[Any]:
        from importlib import import_module

        module = import_module(f"breachdesk.tui.screens.{name}")
        page: Screen[Any] = module.PAGE()
        return page

    return make


class BreachDeskApp(App[str]):
    """The terminal seat of a desk.

    `by` is who sits here (asked for when something is recorded, if empty), `incident` the codename to begin with. `practise` is what
    "Practise with a sample incident" starts once the screen is left; without it the command is shown.
    """

    TITLE = "breachdesk"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", *STYLES]
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {DeskActions}
    MODES: ClassVar[dict[str, Any]] = {name: _page(name) for name in MODES_IN_ORDER}
    DEFAULT_MODE = "desk"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("1", "go('desk')", "go", key_display="1-8"),
        *(Binding(str(n), f"go('{name}')", name, show=False) for n, name in enumerate(MODES_IN_ORDER[1:], 2)),
        Binding("q", "quit", "quit", show=False),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True),
        Binding("ctrl+p", "command_palette", "palette", key_display="^p", priority=True),
    ]

    def __init__(
        self, desk: Desk, *, by: str = "", incident: str = "", practise: Callable[[], None] | None = None
    ) -> None:
        self.desk, self.by, self.codename, self.practise = desk, by, incident, practise
        self._minute = ""
        self.duty = ""
        self.fact = ""
        self._told_tmux = False
        if incident:
            self.DEFAULT_MODE = "incident"  # type: ignore[misc]  # Textual reads it once, as it starts
        super().__init__()
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        self.set_reactive(App.theme, DEFAULT)  # not assigned: that would read every style sheet a second time

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The desk's own colour names, so that a theme from elsewhere has them too."""
        return dict(COLOURS[DEFAULT])

    def on_mount(self) -> None:
        """Let the clock tick."""
        self.set_interval(EVERY_SECONDS, self._tick)

    # -- time ----------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The desk's present instant, UTC; the last one known when an exercise's clock cannot be read."""
        try:
            self._last = self.desk.clock.now()
        except BreachdeskError as error:
            self.notify(str(error), severity="error", markup=False)
            self._last = getattr(self, "_last", datetime.fromtimestamp(0, UTC))
        return self._last

    def _tick(self) -> None:
        try:
            page = self.screen
        except ScreenStackError:  # a mode whose screen is not up yet, or a desk that is being left
            return
        now = self.now()
        if not isinstance(page, Page):
            return
        minute = f"{now:%Y-%m-%dT%H:%M}"
        if minute != self._minute:
            self._minute = minute
            page.minute(now)

    # -- going about ---------------------------------------------------------------------------------------------------

    def go(self, mode: str) -> None:
        """Show a screen."""
        if mode not in ("desk", "journal") and not self.codename:
            page = self.screen
            if isinstance(page, Page):
                page.say(("! open an incident first: mark one and press Enter", "soon"))
            return
        if mode != self.current_mode:
            self.switch_mode(mode)

    def action_go(self, mode: str) -> None:
        """1 to 8: the screens."""
        self.go(mode)

    def open_incident(self, codename: str, mode: str = "incident") -> None:
        """Work on an incident."""
        self.codename = codename
        self.go(mode)

    def next_thing(self) -> None:
        """`n` from anywhere: the incident screen, on the next step."""
        self.go("incident")

    async def action_help(self) -> None:
        """`?`: what can be done here; typing searches, Enter does it."""
        from breachdesk.tui.screens.help import HelpScreen

        page = self.screen
        if isinstance(page, Page):
            await self.push_screen(HelpScreen(page))

    async def action_quit(self) -> None:
        """Leave; asks first while something long is going on."""
        page = self.screen
        if isinstance(page, Page) and page.busy:
            page.say(("! something is still going on: Esc stops it, then q quits", "soon"))
            return
        self.exit()

    # -- what can be done ----------------------------------------------------------------------------------------------

    def possible(self) -> list[Action]:
        """The actions of the page that is shown, and those of every page, each with the reason when it is not possible now."""
        page = next((s for s in reversed(self.screen_stack) if isinstance(s, Page)), None)
        lacking = "" if self.codename else "open an incident first"
        found = list(page.actions()) if page is not None else []
        for n, name in enumerate(MODES_IN_ORDER, 1):
            free = name in ("desk", "journal")
            found.append(Action(f"Go to {name}", lambda name=name: self.go(name), str(n), "" if free else lacking))  # type: ignore[misc]
        if page is not None:
            found += [
                Action("Next thing to do", page.action_next, "n", lacking),
                Action("Copy", page.action_copy, "y"),
                Action("Filter the rows", page.action_filter, "/"),
            ]
        found.append(Action("Say who sits here", self.ask_who))
        found += [Action(f"Theme: {name.removeprefix('desk-')}", lambda name=name: self.dress(name)) for name in COLOURS]  # type: ignore[misc]
        found.append(Action("Save a picture of this screen", self.picture))
        found.append(Action("Quit", self.exit, "q"))
        return found

    def attempt(self, action: Action) -> None:
        """Do an action, or say why it cannot be done now."""
        if not action.why_not:
            action.run()
            return
        page = self.screen
        if isinstance(page, Page):
            page.say((f"! {action.line}", "soon"))

    def get_system_commands(self, screen: Screen[Any]) -> Any:  # noqa: ARG002 - Textual passes it
        """Textual's own commands are left out: the desk lists its own."""
        yield from ()

    def dress(self, theme: str) -> None:
        """Change the colours."""
        self.theme = theme

    def ask_who(self) -> None:
        """Change who sits here."""

        def named(answers: Answers | None) -> None:
            if answers is not None:
                self.by = answers["by"]

        self.push_screen(Form(self.desk.banner, "Who sits here?", [Ask("by", "Your name", self.by, required=True)]), named)

    def picture(self) -> None:
        """An SVG of the screen in the desk's folder."""
        path = self.save_screenshot(path=str(self.desk.folder))
        page = self.screen
        if isinstance(page, Page):
            page.say((f"x picture written to {path}", "ok"))

    # -- out of the window ---------------------------------------------------------------------------------------------

    def copy(self, text: str) -> list[Part]:
        """Copy with OSC 52, and into `last-copy.txt` of the desk's folder, since some terminals ignore it. Says what was done."""
        self.copy_to_clipboard(text)
        path = self.desk.folder / "last-copy.txt"
        try:
            self.desk.folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text + "\n", "utf-8")
        except OSError as error:
            return [("+ copied", "ok"), (f"; {path} could not be written: {error.strerror}", "soon")]
        hint = ""
        if os.environ.get("TMUX") and not self._told_tmux:
            self._told_tmux = True
            hint = " (tmux passes copies on only with: set -g set-clipboard on)"
        return [("+ copied", "ok"), f"; also in {path}{hint}"]

    def edit(self, text: str) -> str | None:
        """A text as it comes back from $VISUAL or $EDITOR; None when it is unchanged or there is no editor."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        with tempfile.TemporaryDirectory(prefix="breachdesk-") as folder:
            path = Path(folder) / "text.txt"
            path.write_text(text, "utf-8")
            try:
                with self.suspend():
                    subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 - the person's own editor
                after = path.read_text("utf-8")
            except (SuspendNotSupported, OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
                page = self.screen
                if isinstance(page, Page):
                    page.say((f"! {editor} could not be used ({type(error).__name__}): set EDITOR, or type into the form", "soon"))
                return None
        after = after.rstrip("\n")
        return None if after == text.rstrip("\n") else after


def run(desk: Desk, by: str = "", incident: str = "", practise: Callable[[], None] | None = None) -> None:
    """Open the terminal seat; returns when it is left."""
    if BreachDeskApp(desk, by=by, incident=incident, practise=practise).run() == "practise" and practise is not None:
        practise()


__all__ = ["BreachDeskApp", "run"]
