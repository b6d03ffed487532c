"""The journal: everything that was done, newest last, its chain checked on a key, its head shown."""

from __future__ import annotations

import json
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import proof
from breachdesk.domain.audit import AuditEntry
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import JournalRead, JournalVerified, PackWritten
from breachdesk.tui.screens.page import Page
from breachdesk.tui.screens.text import TextScreen
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import moment, shown


class JournalScreen(Page):
    """The record."""

    NAME = "journal"
    ROOT = True
    HELP = ("Every deed with its number, time, person and particulars; each entry carries the digest of the one before. v checks the "
            "whole chain. The head is the digest of the last entry: kept elsewhere, it proves that the journal was not cut or "
            "rewritten. p writes the incident's evidence pack.")  # fmt: skip
    BINDINGS = [("v", "verify", "verify"), ("p", "pack", "evidence pack"), ("i", "all", "all or this incident")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, AuditEntry] = {}
        self._all = False

    def body(self) -> ComposeResult:
        """The table, and the head."""
        yield Table(Column("n", 5, right=True), Column("at, UTC", 12), Column("by", 12), Column("deed", 18), Column("particulars"),
                    id="journal")  # fmt: skip
        yield Static("", id="head", classes="strip", markup=False)

    def twin(self) -> str:
        """The same as a command."""
        return command("audit", "log", "" if self._all else self.seat.codename)

    def read(self) -> None:
        """The incident's entries, or all."""
        codename = "" if self._all else self.seat.codename

        def ask() -> Message:
            return JournalRead(tuple(proof.journal(self.desk, codename)))

        self.fetch(ask)

    @on(JournalRead)
    def _read(self, event: JournalRead) -> None:
        grown = len(event.entries) != len(self._entries)
        self._entries = {str(entry.n): entry for entry in event.entries}
        table = self.query_one(Table)
        table.show((_row(entry) for entry in event.entries), mark=str(event.entries[-1].n) if grown and event.entries else "")
        if event.entries:
            last = event.entries[-1]
            self.query_one("#head", Static).update(write([(f"head {last.n} ", "muted"), last.digest]))
        if self.focused is None:
            table.focus()

    def actions(self) -> list[Action]:
        """Verify, pack."""
        return [
            Action("Verify the journal", self.action_verify, "v"),
            Action("Write the evidence pack", self.action_pack, "p", "" if self.seat.codename else "open an incident first"),
            Action("Show this incident's entries, or all", self.action_all, "i", "" if self.seat.codename else "no incident is open"),
        ]

    def action_verify(self) -> None:
        """`v`: check the whole chain."""
        self.say(("> checking every entry …", "soon"))
        self.perform(lambda: JournalVerified(proof.verify_journal(self.desk)))

    @on(JournalVerified)
    def _verified(self, event: JournalVerified) -> None:
        self.say(("ok the chain is whole", "ok"), f": {event.verified.entries} entries\nhead ", (event.verified.head, "strong"))

    def action_all(self) -> None:
        """`i`: this incident's entries, or all."""
        self._all = not self._all
        self.tick(self.seat.now())
        self.read()

    def action_pack(self) -> None:
        """`p`: the evidence pack."""
        codename, now = self.seat.codename, self.seat.now()
        if not codename:
            self.say(("! open an incident first", "soon"))
            return

        def then(answers: Answers) -> None:
            path = Path(answers["out"]).expanduser()
            self.as_somebody(lambda: self.long(lambda: PackWritten(proof.pack(self.desk, codename, path, by=self.seat.by))))

        self.ask("Write the evidence pack", [
            Ask("out", "File", str(self.desk.folder / f"{codename}-{now:%Y%m%d-%H%M}.tar.gz"), required=True, help="it must not be there yet"),
        ], then, verb="write", say=["Facts, counts, letters, decisions, ledgers and the journal; no name and no address of anyone."])  # fmt: skip

    @on(PackWritten)
    def _packed(self, event: PackWritten) -> None:
        self.say(("x pack written", "ok"), f": {event.pack.path}\nsha256 {event.pack.sha256}")
        self.read()

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        entry = self._entries[event.key]
        parts: list[Part] = [(f"{entry.n}  {entry.act}\n", "strong"), f"{moment(entry.at)}  by {entry.by}  {entry.incident}\n\n",
                             json.dumps(entry.what, ensure_ascii=False, indent=2, sort_keys=True),
                             ("\n\nprevious ", "muted"), entry.previous, ("\ndigest   ", "muted"), entry.digest]  # fmt: skip
        self.app.push_screen(TextScreen(f"entry {entry.n}", parts, self.twin()))


def _row(entry: AuditEntry) -> Row:
    what = "  ".join(f"{k}={shown(v)}" for k, v in entry.what.items() if v not in ("", None, [], {}))
    return Row(str(entry.n), cells((str(entry.n), "muted"), f"{entry.at:%d %b %H:%M}", entry.by, (entry.act, "strong"), what))


PAGE = JournalScreen
