"""What is known: each fact with how sure it is, who said so and when. A correction is added; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import cases
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import SPECS, Fact, FactSpec, Standing, parse_fact, spec_of
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import FactRecorded, FactsRead, HistoryRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.screens.text import TextScreen
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import moment, read_moment, shown, shown_fact

GROUPS = {"law": "WHAT THE LAW LOOKS AT", "timeline": "WHEN", "story": "WHAT LETTERS TELL", "contact": "WHO ANSWERS"}
STANDINGS = {"confirmed": ("x confirmed", "ok"), "suspected": ("? suspected", "soon"), "unknown": ("?? unknown", "unknown")}
WORDS = ("confirmed", "suspected", "unknown")


class FactsScreen(Page):
    """The register of facts."""

    NAME = "facts"
    ROOT = True
    HELP = ("Every fact is confirmed, suspected or unknown, with who said so and when. Enter records or corrects the marked fact (the "
            "earlier value stays in its history, o). e writes a long text in $EDITOR. i hides facts nobody has recorded. Own facts "
            "start with x-.")  # fmt: skip
    BINDINGS = [("o", "history", "history"), ("e", "edit", "edit"), ("i", "recorded", "recorded only"), ("x", "own", "own fact")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._facts: dict[str, Fact] = {}
        self._recorded = False

    def body(self) -> ComposeResult:
        """The table, and the question behind the marked fact."""
        yield Table(
            Column("fact", 22), Column("value"), Column("standing", 11), Column("who", 12, wide=70), Column("when", 16, wide=90),
            id="facts",
        )  # fmt: skip
        yield Static("", id="detail", classes="strip", markup=False)

    def twin(self) -> str:
        """The same as a command."""
        return command("facts", "list", self.seat.codename)

    def read(self) -> None:
        """What is known now."""
        codename = self.seat.codename

        def ask() -> Message:
            return FactsRead(cases.facts(self.desk, codename))

        self.fetch(ask)

    @on(FactsRead)
    def _read(self, event: FactsRead) -> None:
        self._facts = event.facts
        table = self.query_one(Table)
        table.show(self._rows(), mark=self.seat.fact)
        self.seat.fact = ""
        self._detail(table.key)
        if self.focused is None:
            table.focus()

    def _rows(self) -> list[Row]:
        rows: list[Row] = []
        for group, title in GROUPS.items():
            keys = [k for k, s in SPECS.items() if s.group == group]
            keys += [k for k in self._facts if k not in SPECS] if group == "story" else []
            mine = [k for k in keys if k in self._facts or not self._recorded]
            if mine:
                rows.append(Row("", (title, f"{sum(1 for k in keys if k in self._facts)}/{len(keys)}"), heading=True))
            rows += [fact_row(k, self._facts.get(k)) for k in mine]
        return rows

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        self._detail(event.key)

    def _detail(self, key: str) -> None:
        detail = self.query_one("#detail", Static)
        if not key:
            detail.update("")
            return
        spec, fact = spec_of(key), self._facts.get(key)
        parts: list[Part] = [(spec.question, "strong"), f"  {spec.help}" if spec.help else ""]
        if fact is not None:
            parts.append((f"\n{fact.said_by}, {moment(fact.at)}" + (f", {fact.source}" if fact.source else ""), "muted"))
        detail.update(write([p for p in parts if p]))

    def actions(self) -> list[Action]:
        """Record, look back."""
        key = self.query_one(Table).key
        return [
            Action(f"Record or correct {key or 'a fact'}", self.query_one(Table).action_open, "Enter", "" if key else "no fact is marked"),
            Action("Write the value in $EDITOR", self.action_edit, "e", "" if key else "no fact is marked"),
            Action("Its history", self.action_history, "o", "" if key in self._facts else "nobody has recorded it"),
            Action("Record a fact of your own", self.action_own, "x"),
            Action("Hide or show what nobody has recorded", self.action_recorded, "i"),
        ]

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        ask_fact(self, spec_of(event.key), self._facts.get(event.key))

    def action_own(self) -> None:
        """`x`: a fact of the organisation's own."""

        def then(answers: Answers) -> None:
            key = "x-" + answers["key"].removeprefix("x-")
            record(self, key, answers["value"], "confirmed", answers["source"])

        self.ask("A fact of your own", [
            Ask("key", "Key", "x-", help="x- and small letters, digits, hyphens", required=True), Ask("value", "Value", required=True),
            Ask("source", "Source"),
        ], then)  # fmt: skip

    def action_edit(self) -> None:
        """`e`: the value in $EDITOR."""
        key = self.query_one(Table).key
        if not key:
            return
        fact = self._facts.get(key)
        text = self.seat.edit(shown(fact.value) if fact is not None and fact.value is not None else "")
        if text:
            record(self, key, text, fact.standing if fact is not None and fact.standing != "unknown" else "confirmed", "")

    def action_recorded(self) -> None:
        """`i`: with or without what nobody has recorded."""
        self._recorded = not self._recorded
        self.query_one(Table).show(self._rows())

    def action_history(self) -> None:
        """`o`: every value of the marked fact."""
        key, codename = self.query_one(Table).key, self.seat.codename
        if key:
            self.fetch(lambda: HistoryRead(spec_of(key), tuple(cases.fact_history(self.desk, codename, key))))

    @on(HistoryRead)
    def _history(self, event: HistoryRead) -> None:
        if not event.history:
            self.say((f"! nobody has recorded {event.spec.key}", "soon"))
            return
        parts: list[Part] = [(f"{event.spec.key}: {event.spec.question}\n\n", "strong")]
        for n, fact in enumerate(event.history, 1):
            parts += [f"{n}  {moment(fact.at)}  ", STANDINGS[fact.standing], f"  {shown(fact.value)}\n",
                      (f"   said by {fact.said_by}" + (f", {fact.source}" if fact.source else "") + "\n", "muted")]  # fmt: skip
        self.app.push_screen(TextScreen("history", parts, command("facts", "history", self.seat.codename, event.spec.key)))

    @on(FactRecorded)
    def _recorded_one(self, event: FactRecorded) -> None:
        self.say(*recorded(event.fact))
        self.read()


def fact_row(key: str, fact: Fact | None) -> Row:
    """A fact's line."""
    name = key.removeprefix("timeline.")
    if fact is None:
        return Row(key, cells((name, "muted"), ("not recorded", "muted"), ("", ""), "", ""))
    return Row(key, cells(name, shown_fact(key, fact.value), STANDINGS[fact.standing], fact.said_by, moment(fact.at, short=True)))


def recorded(fact: Fact) -> tuple[Part, ...]:
    """What to say after a fact was recorded."""
    return (("x recorded", "ok"), f": {fact.key} = {shown(fact.value)} ({fact.standing})")


def record(page: Page, key: str, text: str, standing: str, source: str) -> None:
    """Record a fact as it was typed."""
    codename, seat = page.seat.codename, page.seat

    def deed() -> Message:
        value = None if standing == "unknown" else typed(key, text, page)
        sure: Standing = "suspected" if standing == "suspected" else "confirmed"
        return FactRecorded(cases.record_value(page.desk, codename, key, value, by=seat.by, standing=sure, source=source))

    page.as_somebody(lambda: _drop(page.perform(deed)))


def typed(key: str, text: str, page: Page) -> object:
    """A fact's value as typed; instants may be given in this machine's zone. Raises InvalidInput."""
    spec = spec_of(key)
    if spec.kind == "instant":
        return read_moment(text, page.seat.now(), key)
    return parse_fact(key, text)


def ask_fact(page: Page, spec: FactSpec, fact: Fact | None) -> None:
    """Put one fact's question; what is typed is checked before the form closes."""
    was = "" if fact is None or fact.value is None else shown(fact.value)
    kind = spec.kind
    choices: tuple[str, ...] = spec.choices if kind == "choice" or (kind == "text" and spec.choices) else ("yes", "no") if kind == "bool" else ()
    hint = spec.help
    if kind == "choices":
        hint = f"one or more, with commas: {', '.join(spec.choices)}"
    if kind == "instant":
        hint = f"e.g. {page.seat.now().astimezone():%Y-%m-%d %H:%M} (this machine's zone), 09:15 (today), or 2026-03-02T09:15+01:00"

    def check(answers: Mapping[str, str]) -> None:
        if answers["standing"] == "unknown":
            return
        if not answers["value"]:
            raise InvalidInput("give a value, or choose unknown", key=spec.key)
        typed(spec.key, answers["value"], page)

    def then(answers: Answers) -> None:
        record(page, spec.key, answers["value"], answers["standing"], answers["source"])

    page.ask(spec.key, [
        Ask("value", "Value", was, help=hint, choices=choices),
        Ask("standing", "How sure", fact.standing if fact is not None else "confirmed", choices=WORDS,
            help="unknown: asked, and nobody knows; it is recorded too"),
        Ask("source", "Source", fact.source if fact is not None else "", help="where it comes from: a log, a call, a name"),
    ], then, say=[(spec.question, "strong")], check=check)  # fmt: skip


def _drop(_: object) -> None:
    return None


PAGE = FactsScreen
