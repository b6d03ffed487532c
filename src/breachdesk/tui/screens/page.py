"""What every screen of the desk shares: the frame, the filter, the notice line, reading and doing in the background, copying.

A page reads through `fetch` and does through `perform`: both call the desk on a thread and post what came of it as a message. A page
that is shown again reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input, Static
from textual.worker import Worker, WorkerState, get_current_worker

from breachdesk.domain.errors import BreachdeskError
from breachdesk.domain.pace import Pace, bar
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import Progressed, Refused, Stopped
from breachdesk.tui.widgets.form import Answers, Ask, Check, Form
from breachdesk.tui.widgets.frame import Frame
from breachdesk.tui.widgets.paper import Paper, Part, write
from breachdesk.tui.widgets.table import Table, plain
from breachdesk.tui.words import count

if TYPE_CHECKING:
    from breachdesk.desk.parts import Desk
    from breachdesk.tui.app import BreachDeskApp

LEAST_WIDTH, LEAST_HEIGHT = 60, 20


class Halt(Exception):
    """Raised inside a progress callback to end long work that was cancelled."""


class Page(Screen[None]):
    """A screen of the desk. Subclasses say what stands in it, what is read, and what can be done."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False),
        Binding("slash", "filter", "filter", key_display="/", show=False),
        Binding("n", "next", "next", show=False),
        Binding("w", "why", "why", show=False),
        Binding("e", "edit", "edit", show=False),
        Binding("y", "copy", "copy", show=False),
    ]
    NAME = ""
    HELP = ""
    ROOT = False
    """Whether Esc leads to the desk instead of a page below."""

    def __init__(self) -> None:
        super().__init__()
        self._long: Worker[None] | None = None
        self._questions = 0
        self._standing_up = True
        self._pace = Pace()

    # -- what a page says about itself ---------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The widgets inside the frame."""
        yield Vertical()

    def read(self) -> None:
        """Ask the desk for what this page shows."""

    def redraw(self, now: datetime) -> None:
        """A minute passed: write the distances anew."""

    def twin(self) -> str:
        """The command that shows the same."""
        return "breachdesk"

    def actions(self) -> list[Action]:
        """What can be done here, and why not."""
        return []

    def heading(self) -> str:
        """What stands in the upper edge behind the banner."""
        return " ".join(filter(None, (self.seat.codename, self.NAME)))

    # -- the frame -----------------------------------------------------------------------------------------------------

    @property
    def seat(self) -> BreachDeskApp:
        """The app: who sits here, at which desk, over which incident."""
        return cast("BreachDeskApp", self.app)

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.seat.desk

    def compose(self) -> ComposeResult:
        """The frame and what every page has in it."""
        with Frame(self.desk.banner, id="frame"):
            yield Static("", id="small", markup=False)
            yield Static("", id="notice", markup=False)
            yield from self.body()
            yield Input(id="sieve", placeholder="filter: words that must stand in a row; Enter keeps, Esc shows all", compact=True)
            yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The frame is written before anything is read."""
        self.tick(self.seat.now())

    @on(events.ScreenResume)
    def _shown(self) -> None:
        self.tick(self.seat.now())
        self.call_after_refresh(self._stands)

    def _stands(self) -> None:
        """Every part of the page stands now: read what it shows, and from here on the minutes redraw it."""
        self._standing_up = False
        self.read()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when the window is too small to work in."""
        self.fit(event.size.width, event.size.height)

    def fit(self, width: int, height: int) -> None:
        """Show the page, or the plain command when it would not be legible."""
        small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(small, "-small")
        if small:
            self.query_one("#small", Static).update(write([
                (f"This window is {width} by {height}; the desk needs {LEAST_WIDTH} by {LEAST_HEIGHT}.\n\n", "soon"),
                "Enlarge it, or leave with q and use the plain command:\n\n", (self.twin(), "strong"),
            ]))  # fmt: skip
        self.tick(self.seat.now())

    async def _dispatch_message(self, message: Message) -> None:
        """An answer that comes while the screen is being taken down has nowhere to be shown: quitting early is no failure."""
        try:
            await super()._dispatch_message(message)
        except NoMatches:
            if not self.leaving:
                raise

    @property
    def leaving(self) -> bool:
        """Whether the screen is being put up or taken down, so that parts of it are not there."""
        going = self._pruning or self._closing or self.app._closing or self.app._exit or not self.is_attached
        return going or not self.query("#frame Footer")

    def minute(self, now: datetime) -> None:
        """A minute passed: the frame's edges and the distances are written anew, unless the screen is on its way in or out."""
        if self._standing_up:
            return
        try:
            self.tick(now)
            self.redraw(now)
        except NoMatches:
            if not self.leaving:
                raise

    def tick(self, now: datetime) -> None:
        """Write the edges of the frame."""
        if not self.is_mounted:
            return
        frame = self.query_one("#frame", Frame)
        width = self.size.width or self.app.size.width
        frame.head(self.heading(), now, self.seat.by, width)
        frame.command(self.twin(), width)

    def say(self, *parts: Part) -> None:
        """One line under the frame's upper edge; nothing takes it away but the next."""
        notice = self.query_one("#notice", Static)
        notice.set_class(bool(parts), "-told")
        notice.update(write(parts))

    # -- reading and doing ---------------------------------------------------------------------------------------------

    def fetch(self, ask: Callable[[], Message]) -> None:
        """Ask the desk on a thread and post the answer; a newer question makes an older answer void."""
        self._questions += 1
        self._fetch(ask, self._questions)

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _fetch(self, ask: Callable[[], Message], number: int) -> None:
        self.call_later(self._answered, number, _came_of(ask))

    def _answered(self, number: int, message: Message) -> None:
        """A thread cannot be stopped: what it read before a newer question was asked is not shown after it."""
        if number == self._questions:
            self.post_message(message)

    @work(thread=True, group="deed", exit_on_error=False)
    def perform(self, deed: Callable[[], Message]) -> None:
        """Do something on a thread and post what came of it."""
        message = _came_of(deed)
        if not get_current_worker().is_cancelled or not isinstance(message, Refused):
            self.post_message(message)

    def long(self, deed: Callable[[], Message]) -> None:
        """Do something that takes a while: progress is shown, Esc stops it. One at a time."""
        if self.busy:
            self.say(("! one long piece of work at a time: Esc stops the one that is going on", "soon"))
            return
        self._long = self.perform(deed)

    @property
    def busy(self) -> bool:
        """Whether long work is going on."""
        return self._long is not None and self._long.state in (WorkerState.PENDING, WorkerState.RUNNING)

    def progress(self, sentence: str) -> Callable[[str, int, int], None]:
        """A progress callback for the desk: posts what it hears, and ends the work once it was cancelled."""
        worker, self._pace = get_current_worker(), Pace()

        def heard(stage: str, done: int, total: int) -> None:
            if worker.is_cancelled:
                raise Halt(sentence)
            self.post_message(Progressed(stage, done, total))

        return heard

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        rate = self._pace.rate(event.stage, event.done, monotonic())
        share = f"{event.done * 100 // event.total} %, {count(event.done)} of {count(event.total)}" if event.total else count(event.done)
        told = f"{bar(event.done, event.total)} {share}".lstrip() + (f", {count(rate)} a second" if rate else "")
        self.say((f"> {event.stage}: {told}", "soon"), "   Esc stops it")

    @on(Stopped)
    def _stopped(self, event: Stopped) -> None:
        self._long = None
        self.say((f"- stopped: {event.sentence}", "soon"))
        self.read()

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        self.say((f"!! {event.sentence}", "late"))

    @on(Worker.StateChanged)
    def _unexpected(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = event.worker.error
            self.say((f"!! Something unexpected stopped this ({type(error).__name__}: {error}); what was already recorded stays.", "late"))

    # -- asking --------------------------------------------------------------------------------------------------------

    def ask(
        self, title: str, asks: Sequence[Ask], then: Callable[[Answers], None], *, say: Sequence[Part] = (), verb: str = "record",
        check: Check | None = None,
    ) -> None:
        """Put questions on top of this page; `then` hears the answers unless the form is left."""
        form = Form(self.desk.banner, title, asks, say=say, verb=verb, check=check)

        def heard(answers: Answers | None) -> None:
            if answers is not None:
                then(answers)

        self.app.push_screen(form, heard)

    def as_somebody(self, then: Callable[[], None]) -> None:
        """Go on once it is known who sits here: what is recorded carries a name."""
        if self.seat.by:
            then()
            return

        def named(answers: Answers) -> None:
            self.seat.by = answers["by"]
            self.call_after_refresh(then)

        self.ask("Who sits here?", [Ask("by", "Your name", required=True)], named, verb="go on",
                 say=["What is recorded carries a name. Say yours once; it stays until you quit."])  # fmt: skip

    # -- keys ----------------------------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Esc: stop long work, show all rows, close the page, or go to the desk; in this order."""
        if self.busy and self._long is not None:
            self._long.cancel()
            self.say(("- stopping …", "soon"))
        elif self.query_one("#sieve").has_class("-asked") or any(t.sieve for t in self.query(Table)):
            self._sift_off()
        elif len(self.app.screen_stack) > 1 and not self.ROOT:
            self.dismiss()
        else:
            self.seat.go("desk")

    def action_filter(self) -> None:
        """`/`: filter the rows."""
        if not self.query(Table):
            self.say(("! there is no table here to filter", "soon"))
            return
        sieve = self.query_one("#sieve", Input)
        sieve.add_class("-asked")
        self.call_after_refresh(sieve.focus)

    def _sift_off(self) -> None:
        sieve = self.query_one("#sieve", Input)
        sieve.value = ""
        sieve.remove_class("-asked")
        for table in self.query(Table):
            table.sift("")
        self._table().focus()

    def _table(self) -> Table:
        focused = self.focused
        return focused if isinstance(focused, Table) else self.query(Table).first()

    @on(Input.Changed, "#sieve")
    def _sift(self, event: Input.Changed) -> None:
        for table in self.query(Table):
            table.sift(event.value)

    @on(Input.Submitted, "#sieve")
    def _sifted(self) -> None:
        self.query_one("#sieve").remove_class("-asked")
        self.query(Table).first().focus()

    def action_next(self) -> None:
        """`n`: the next thing to do."""
        self.seat.next_thing()

    def action_why(self) -> None:
        """`w`: why."""
        self.say(("! nothing on this screen has a why; it is on the duties screen (4)", "soon"))

    def action_edit(self) -> None:
        """`e`: edit a long text in $EDITOR."""
        self.say(("! nothing on this screen is edited in an editor", "soon"))

    def copied(self) -> str:
        """What `y` copies: the marked row, or the text that is read."""
        focused = self.focused
        if isinstance(focused, Table):
            return plain([row for row in focused.rows if row.key == focused.key])
        if isinstance(focused, Paper):
            return focused.plain
        return self.twin()

    def action_copy(self) -> None:
        """`y`: copy, also into a file."""
        self.say(*self.seat.copy(self.copied()))

    def on_paste(self, event: events.Paste) -> None:
        """A paste onto the board triggers nothing."""
        event.stop()
        self.say((f"! {len(event.text)} pasted characters were ignored: paste into a field or an editor", "soon"))


def _came_of(deed: Callable[[], Message]) -> Message:
    """What came of a call to the desk: its answer, that it was stopped, or why it was refused."""
    try:
        return deed()
    except Halt as halt:
        return Stopped(str(halt))
    except BreachdeskError as error:
        return Refused(str(error))
