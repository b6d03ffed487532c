"""The ledger of one letter: rehearse, send with the number of people typed, follow it, settle what is unknown; or file it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from breachdesk.desk import delivery, notices
from breachdesk.desk.notices import NoticeView
from breachdesk.domain.deliveries import Outcome, Send, State, Tallied
from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import (
    DeliveryReported,
    LedgerRead,
    NoticeFiled,
    OutcomesSettled,
    SendAsked,
    SendEnded,
    SendRehearsed,
)
from breachdesk.tui.screens.page import Halt, Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import NOTICE_WORDS, count, moment, read_moment

TONES: Mapping[State, tuple[str, str]] = {
    "planned": (". planned", ""), "sending": ("> sending", "soon"), "accepted": ("x accepted", "ok"), "refused": ("!! refused", "late"),
    "deferred": ("! put off", "soon"), "unknown": ("?? unknown", "unknown"), "unaddressed": ("! no address", "soon"),
}  # fmt: skip
LOOK_AGAIN = 0.2


class LedgerScreen(Page):
    """How the people of one letter stand."""

    NAME = "ledger"
    HELP = ("One row per person, by number: names and addresses stay in the case database. r rehearses (fills in every letter, sends "
            "nothing). s sends: it asks you to type the number of people; Enter alone never sends. Esc while it sends stops it; whoever "
            "was not handed over stays planned. u settles unknown outcomes: write again (they may get it twice) or take it as arrived. "
            "f files a letter to an institution with the reference it answered with.")  # fmt: skip
    BINDINGS = [("r", "rehearse", "rehearse"), ("s", "send", "send"), ("u", "settle", "settle unknown"), ("f", "file", "file")]  # noqa: RUF012

    def __init__(self, notice: str) -> None:
        super().__init__()
        self._which = notice
        self._view: NoticeView | None = None
        self._tallied = Tallied()
        self._bare = 0

    def body(self) -> ComposeResult:
        """Where it stands, how many are in each state, and everyone who is not accepted."""
        yield Static("", id="standing", classes="strip", markup=False)
        yield Static("", id="tallied", classes="strip", markup=False)
        yield Table(Column("number", 9, right=True), Column("state", 13), Column("code", 5), Column("the server's last word"), id="outcomes",
                    empty="nobody is refused, put off, unknown or without an address")  # fmt: skip

    def heading(self) -> str:
        """Codename and notice."""
        return f"{self.seat.codename} {self._which} ledger"

    def twin(self) -> str:
        """The same as a command."""
        return command("send", "ledger", self._which)

    def _to_people(self) -> bool:
        return self._view is not None and self._view.notice.recipient in notices.TO_PEOPLE

    def read(self) -> None:
        """Where it stands, and everyone whose message was not accepted."""

        def ask() -> Message:
            view = notices.one(self.desk, self._which)
            tallied = view.send.tallied if view.send is not None else Tallied()
            return LedgerRead(view, tallied, tuple(delivery.ledger(self.desk, self._which)))

        self.fetch(ask)

    @on(LedgerRead)
    def _read(self, event: LedgerRead) -> None:
        self._view = view = event.view
        draft, notice = view.draft, view.notice
        to = f"{count(draft.people if draft else 0)} people" if self._to_people() else notice.authority or notice.recipient
        parts: list[Part] = [NOTICE_WORDS[view.status], f"  v{draft.version if draft else 0} {notice.place} {notice.language} to {to}"]
        if view.blocked:
            parts += ["\n", ("what blocks: ", "soon"), view.blocked]
        elif view.filing is not None:
            parts += [f"\nfiled {moment(view.filing.at)} by {view.filing.by}, reference ", (view.filing.reference, "strong")]
        elif view.status == "approved":
            said = "r rehearses, s sends" if self._to_people() else "file it with the institution, then f notes the reference"
            parts += ["\n", ("ok ", "ok"), said]
        self.query_one("#standing", Static).update(write(parts))
        if not self.busy:
            self._show(event.tallied)
        table = self.query_one(Table)
        table.set_class(not self._to_people(), "-hidden")
        table.show(_outcome(o) for o in event.outcomes)
        self._bare = sum(1 for o in event.outcomes if o.state == "unaddressed")
        if self.focused is None and self._to_people():
            table.focus()

    def _show(self, tallied: Tallied) -> None:
        self._tallied = tallied
        self.query_one("#tallied", Static).update(write(bar(tallied) if tallied.people else [("nothing has been sent", "muted")]))

    def actions(self) -> list[Action]:
        """Rehearse, send, settle, file."""
        view = self._view
        people, unknown = self._to_people(), self._tallied.unknown + self._tallied.sending
        shut = "it is still being read" if view is None else view.blocked if view.status in ("drafted", "sent-back", "void") else ""
        ended = shut or (f"it is {view.status}" if view is not None and view.status in ("sent", "sent-in-part", "filed") else "")
        institution = "" if people else "it goes to an institution: f files it"
        return [
            Action(f"Rehearse {self._which}", self.action_rehearse, "r", institution or shut),
            Action(f"Send {self._which}", self.action_send, "s", institution or ended),
            Action("Settle unknown outcomes", self.action_settle, "u", institution or ("" if unknown else "no outcome is unknown")),
            Action(f"File {self._which} with its reference", self.action_file, "f", "it goes to people: s sends it" if people else ended),
        ]

    def _refuse(self, key: str) -> bool:
        action = next(a for a in self.actions() if a.key == key)
        if action.why_not:
            self.say((f"! {action.line}", "soon"))
        return bool(action.why_not)

    # -- rehearse and send ---------------------------------------------------------------------------------------------

    def action_rehearse(self) -> None:
        """`r`: everything but the sending."""
        if not self._refuse("r"):
            self.long(lambda: SendRehearsed(delivery.rehearse(self.desk, self._which)))

    @on(SendRehearsed)
    def _rehearsed(self, event: SendRehearsed) -> None:
        t = event.tallied
        self.say(("x rehearsed", "ok"), f": {count(t.planned)} letters fill in and would be handed over; {count(t.unaddressed)} people "
                 "have no usable address. Nothing was sent.")  # fmt: skip

    def action_send(self) -> None:
        """`s`: how many people it is, then the question."""
        if not self._refuse("s") and not self.busy:
            self.perform(lambda: SendAsked(delivery.to_type(self.desk, self._which)))

    @on(SendAsked)
    def _asked(self, event: SendAsked) -> None:
        people = event.people

        def check(answers: Mapping[str, str]) -> None:
            typed = answers["typed"].replace(",", "").replace(" ", "")
            if not typed.isdigit() or int(typed) != people:
                raise Gate(f"this writes to {people} people; type that number to send (typed: {answers['typed'] or 'nothing'})")

        def then(answers: Answers) -> None:
            self._send(answers["by"], int(answers["typed"].replace(",", "").replace(" ", "")))

        live = self.desk.banner == "LIVE"
        where: list[Part] = [("LIVE: these letters leave the building and cannot be called back.\n", "late")] if live else [
            ("EXERCISE: these letters do not reach anybody outside.\n", "ok")]
        self.ask(f"Send {self._which}", [
            Ask("by", "Your name", self.seat.by, required=True),
            Ask("typed", "Number of people", help="type the number; Enter alone sends nothing", required=True),
        ], then, verb="send", check=check,
            say=[*where, "It writes to ", (f"{count(people)} people", "strong"), ", one message each. Type that number to send."
                 + (f" ({count(self._bare)} more have no usable address.)" if self._bare else "")])  # fmt: skip

    def _send(self, by: str, typed: int) -> None:
        def deed() -> Message:
            return SendEnded(asyncio.run(self._sending(by, typed)))

        self.long(deed)

    async def _sending(self, by: str, typed: int) -> Send:
        worker = get_current_worker()
        sending = asyncio.ensure_future(delivery.send_approved(
            self.desk, self._which, by=by, typed=typed, watch=lambda t: _drop(self.post_message(DeliveryReported(t)))))  # fmt: skip
        while not sending.done():
            if worker.is_cancelled:
                sending.cancel()
            await asyncio.wait([sending], timeout=LOOK_AGAIN)
        if sending.cancelled():
            lost = delivery.recover(self.desk, self._which, by=by)
            known = f"{len(lost)} outcomes are unknown: u settles them" if lost else "every outcome is known"
            raise Halt(f"{known}; s goes on with the rest")
        return sending.result()

    @on(DeliveryReported)
    def _reported(self, event: DeliveryReported) -> None:
        self._show(event.tallied)
        t = event.tallied
        self.say(("> sending", "soon"), f": {count(t.people - t.left - t.sending)} of {count(t.people)}   Esc stops it")

    @on(SendEnded)
    def _ended(self, event: SendEnded) -> None:
        t = event.send.tallied
        self._show(t)
        if t.everyone:
            self.say(("x sent", "ok"), f": the server accepted all {count(t.people)}")
        elif t.finished:
            self.say(("! sent in part", "soon"), f": {count(t.accepted)} accepted, {count(t.refused)} refused, {count(t.unaddressed)} without "
                     "an address; those need another way (post, telephone, substitute notice)")  # fmt: skip
        else:
            self.say(("! paused", "soon"), f": {count(t.left)} left, {count(t.unknown)} unknown; s goes on")
        self.read()

    # -- settle and file -----------------------------------------------------------------------------------------------

    def action_settle(self) -> None:
        """`u`: decide about unknown outcomes."""
        if self._refuse("u"):
            return

        def check(answers: Mapping[str, str]) -> None:
            numbers(answers["numbers"])

        def then(answers: Answers) -> None:
            verdict = answers["verdict"]
            self.as_somebody(lambda: _drop(self.perform(lambda: OutcomesSettled(delivery.settle(
                self.desk, self._which, "resend" if verdict == "resend" else "arrived", by=self.seat.by, numbers=numbers(answers["numbers"]),
                why=answers["why"]), verdict))))  # fmt: skip

        self.ask("Settle unknown outcomes", [
            Ask("numbers", "Numbers", help="e.g. 4, 7-9; empty: all unknown ones"),
            Ask("verdict", "What becomes of them", choices=("arrived", "resend"), help="arrived: seen in the server's log; resend: back in line, "
                "they may get it twice"),
            Ask("why", "Where it was seen", help="kept in the journal", required=True),
        ], then, verb="settle", check=check)  # fmt: skip

    @on(OutcomesSettled)
    def _settled(self, event: OutcomesSettled) -> None:
        self.say(("x settled", "ok"), f": {event.number} as {event.verdict}")
        self.read()

    def action_file(self) -> None:
        """`f`: note a filing made outside the desk."""
        if self._refuse("f"):
            return
        now = self.seat.now()

        def check(answers: Mapping[str, str]) -> None:
            read_moment(answers["at"], now, "when")

        def then(answers: Answers) -> None:
            at = min(read_moment(answers["at"], now, "when"), now)
            self.as_somebody(lambda: _drop(self.perform(lambda: NoticeFiled(notices.file(
                self.desk, self._which, by=self.seat.by, reference=answers["reference"], at=at)))))  # fmt: skip

        self.ask(f"Filed: {self._which}", [
            Ask("reference", "Reference", help="the number the authority answered with, or where the receipt lies", required=True),
            Ask("at", "When", f"{now.astimezone():%Y-%m-%d %H:%M}", help="this machine's zone, or with an offset", required=True),
        ], then, verb="note the filing", check=check,
            say=["Noting a filing sends nothing. It dates the event from which later filings run."])  # fmt: skip

    @on(NoticeFiled)
    def _filed(self, event: NoticeFiled) -> None:
        self.say(("x filing noted", "ok"), f": {event.filing.reference}, {moment(event.filing.at)}")
        self.read()


def numbers(text: str) -> tuple[int, ...]:
    """`4, 7-9` as numbers. Raises InvalidInput with the spelling wanted."""
    found: list[int] = []
    for part in text.replace(",", " ").split():
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()) or (dash and int(last) - int(first) > 1_000_000):
            raise InvalidInput(f"{part!r}: write numbers and ranges, e.g. 4, 7-9", key="numbers")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def bar(t: Tallied, width: int = 40) -> list[Part]:
    """How many are in each state: a bar in plain characters, and the numbers."""
    done = t.people - t.left - t.sending
    full = done * width // t.people if t.people else 0
    parts: list[Part] = [("#" * full, "ok"), ("." * (width - full), "muted"), f" {done * 100 // t.people} %  {count(done)} of {count(t.people)}\n"]
    for state, (word, style) in TONES.items():
        number = getattr(t, state)
        if number:
            parts += [(word, style), f" {count(number)}   "] if style else [f"{word} {count(number)}   "]
    return parts


def _outcome(outcome: Outcome) -> Row:
    return Row(str(outcome.number), cells(str(outcome.number), TONES[outcome.state], str(outcome.code or ""), outcome.reply))


def _drop(_: object) -> None:
    return None
