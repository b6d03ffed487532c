"""One step of the playbook: guidance, the facts it asks, its evidence, and the part of the desk it opens."""

from __future__ import annotations

import re
from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import cases, walkthrough
from breachdesk.domain.incident import Fact, FactSpec
from breachdesk.domain.playbook import LeadsTo, StepRow
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import FactRecorded, StepMoved, StepRead
from breachdesk.tui.screens.facts import STANDINGS, ask_fact, recorded
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Paper, Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import STEP_WORDS, distance, moment, shown_fact

LEADS: Mapping[LeadsTo, tuple[str, str]] = {
    "count": ("people", "count the people"), "assess": ("duties", "what is owed and when"), "draft": ("duties", "draft letters"),
    "review": ("notices", "review letters"), "send": ("outbox", "send"), "file": ("outbox", "file with authorities"),
    "pack": ("journal", "write the evidence pack"), "facts": ("facts", "record facts"),
}  # fmt: skip


class StepScreen(Page):
    """A step, opened."""

    NAME = "step"
    HELP = ("What to do and how. Below: the facts this step asks for (Enter records one: confirmed, suspected, or unknown when nobody "
            "knows) and its evidence. b begins it, d is done (asks for the evidence), s skips it with a reason, r takes it up again, "
            "o opens the part of the desk it leads to.")  # fmt: skip
    BINDINGS = [  # noqa: RUF012
        ("d", "done", "done"), ("b", "begin", "begin"), ("s", "skip", "skip"), ("r", "reopen", "reopen"), ("o", "lead", "open"),
    ]  # fmt: skip

    def __init__(self, step: str) -> None:
        super().__init__()
        self._which = step
        self._row: StepRow | None = None
        self._specs: dict[str, FactSpec] = {}
        self._facts: dict[str, Fact] = {}

    def body(self) -> ComposeResult:
        """Guidance above, what is asked below."""
        yield Static("", id="standing", classes="strip", markup=False)
        yield Paper(id="guidance")
        yield Table(Column("", 9), Column("asked", 22), Column("question or value"), Column("standing", 12), id="asked",
                    empty="this step asks for no fact and no evidence")  # fmt: skip

    def heading(self) -> str:
        """Codename and step."""
        return f"{self.seat.codename} · step {self._which}"

    def twin(self) -> str:
        """The same as a command."""
        return command("step", "done", self.seat.codename, self._which)

    def read(self) -> None:
        """The step where it stands, and the facts it asks for."""
        codename, step = self.seat.codename, self._which

        def ask() -> Message:
            row = next(r for r in walkthrough.walk(self.desk, codename) if r.step.id == step)
            book = walkthrough.playbook_of(self.desk, codename)
            keys = dict.fromkeys((*row.step.asks, *row.step.needs_facts))
            return StepRead(row, tuple(book.fact(key) for key in keys), cases.facts(self.desk, codename))

        self.fetch(ask)

    @on(StepRead)
    def _read(self, event: StepRead) -> None:
        first = self._row is None
        self._row, self._facts = event.row, event.facts
        self._specs = {spec.key: spec for spec in event.specs}
        row, step = event.row, event.row.step
        standing: list[Part] = [STEP_WORDS[row.state], "  ", (step.title, "strong"), f"\n{step.owner}"]
        if row.due is not None:
            left = distance(row.due - self.seat.now())
            standing += [" · due ", moment(row.due), " ", (left, "late" if left.startswith("late") else "")]
        if step.leads_to:
            standing += [" · ", ("o ", "soon"), f"opens: {LEADS[step.leads_to][1]}"]
        self.query_one("#standing", Static).update(write([p for p in standing if p]))
        self.query_one("#guidance", Paper).show(self._guidance(row), top=first)
        table = self.query_one(Table)
        table.show(self._asked(row))
        if self.focused is None:
            (table if table.rows else self.query_one("#guidance")).focus()

    def _guidance(self, row: StepRow) -> list[Part]:
        parts: list[Part] = []
        for why in row.why:
            parts.append((f"! {why}\n", "unknown"))
        if row.record is not None and row.record.state != "reopened":
            record = row.record
            parts.append((f"{record.state} by {record.by}, {moment(record.at)}" + (f": {record.note}" if record.note else "") + "\n", "muted"))
        parts += emphasised(row.step.guidance.strip())
        if row.step.artefact:
            parts += ["\nyields: ", (row.step.artefact, "strong")]
        return parts

    def _asked(self, row: StepRow) -> list[Row]:
        rows: list[Row] = []
        for key, spec in self._specs.items():
            fact = self._facts.get(key)
            said = shown_fact(key, fact.value) if fact is not None and fact.value is not None else spec.question
            standing = STANDINGS[fact.standing] if fact is not None else ("not recorded", "soon")
            rows.append(Row(f"fact {key}", cells(("fact", "muted"), key, said, standing)))
        for slot in row.step.evidence:
            there = row.evidence.get(slot.slot, "")
            state = ("x there", "ok") if there else ("needed", "soon") if slot.required else ("optional", "muted")
            rows.append(Row(f"slot {slot.slot}", cells(("evidence", "muted"), slot.slot, there or slot.what, state)))
        return rows

    def _cannot(self, verb: str) -> str:
        row = self._row
        if row is None:
            return "it is still being read"
        settled = row.state in ("done", "skipped")
        if verb == "reopen":
            return "" if settled else f"it is {row.state}"
        if settled:
            return f"it is {row.state}; reopen it first"
        return "; ".join(w for w in row.why if w.startswith("waits for")) if verb != "skip" and row.state == "blocked" else ""

    def actions(self) -> list[Action]:
        """Move the step along."""
        leads = self._row.step.leads_to if self._row else ""
        return [
            Action("Done", self.action_done, "d", self._cannot("done")),
            Action("Begin", self.action_begin, "b", self._cannot("begin")),
            Action("Skip, with a reason", self.action_skip, "s", self._cannot("skip")),
            Action("Take it up again", self.action_reopen, "r", self._cannot("reopen")),
            Action(f"Open: {LEADS[leads][1]}" if leads else "Open the part it leads to", self.action_lead, "o",
                   "" if leads else "this step leads to no other part"),
        ]  # fmt: skip

    def _possible(self, verb: str) -> bool:
        if why := self._cannot(verb):
            self.say((f"! {verb} is not possible now: {why}", "soon"))
        return not why

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        kind, _, key = event.key.partition(" ")
        if kind == "fact":
            ask_fact(self, self._specs[key], self._facts.get(key))
        else:
            self.action_done()

    def action_begin(self) -> None:
        """`b`: somebody takes it on."""
        codename = self.seat.codename
        if self._possible("begin"):
            self.as_somebody(lambda: _drop(self.perform(
                lambda: StepMoved(walkthrough.begin(self.desk, codename, self._which, by=self.seat.by)))))  # fmt: skip

    def action_done(self) -> None:
        """`d`: it is done; evidence and a note are asked for."""
        row = self._row
        if row is None or not self._possible("done"):
            return
        if row.open_facts:
            self.say((f"! not done without the facts {', '.join(row.open_facts)}", "soon"),
                     ": Enter on each records it, as unknown when nobody knows")
            return
        codename = self.seat.codename

        def then(answers: Answers) -> None:
            evidence = {s.slot: answers[s.slot] for s in row.step.evidence if answers[s.slot]}
            self.as_somebody(lambda: _drop(self.perform(lambda: StepMoved(walkthrough.done(
                self.desk, codename, self._which, by=self.seat.by, evidence=evidence, note=answers["note"])))))  # fmt: skip

        self.ask(f"Done: {row.step.title}", [
            *(Ask(s.slot, s.slot, row.evidence.get(s.slot, ""), help=f"{s.what}: a path, a link, a number", required=s.required)
              for s in row.step.evidence),
            Ask("note", "Note", help="may stay empty"),
        ], then, verb="done")  # fmt: skip

    def action_skip(self) -> None:
        """`s`: set it aside, with the reason."""
        codename = self.seat.codename

        def then(answers: Answers) -> None:
            self.as_somebody(lambda: _drop(self.perform(lambda: StepMoved(
                walkthrough.skip(self.desk, codename, self._which, by=self.seat.by, reason=answers["reason"])))))  # fmt: skip

        if self._possible("skip"):
            self.ask("Skip this step", [Ask("reason", "Reason", required=True, help="the journal and the hand-over keep it")], then,
                     verb="skip", say=["Steps that wait for it may go on; the facts it asks for stay open."])  # fmt: skip

    def action_reopen(self) -> None:
        """`r`: take it up again."""
        codename = self.seat.codename

        def then(answers: Answers) -> None:
            self.as_somebody(lambda: _drop(self.perform(lambda: StepMoved(
                walkthrough.reopen(self.desk, codename, self._which, by=self.seat.by, reason=answers["reason"])))))  # fmt: skip

        if self._possible("reopen"):
            self.ask("Take this step up again", [Ask("reason", "Reason", required=True)], then, verb="reopen")

    def action_lead(self) -> None:
        """`o`: the part of the desk it leads to."""
        leads = self._row.step.leads_to if self._row else ""
        if not leads:
            self.say(("! this step leads to no other part of the desk", "soon"))
            return
        self.dismiss()
        self.seat.go(LEADS[leads][0])

    @on(StepMoved)
    def _moved(self, event: StepMoved) -> None:
        self.say(("x recorded", "ok"), f": {event.record.step} is {event.record.state}", ". Esc goes back; n there jumps to the next thing.")
        self.read()

    @on(FactRecorded)
    def _fact(self, event: FactRecorded) -> None:
        self.say(*recorded(event.fact))
        self.read()


def emphasised(text: str) -> list[Part]:
    """Guidance with `**words**` and backquoted words set apart; lines of one paragraph flow together, lists keep their lines."""
    flowing = re.sub(r"(?<!\n)\n(?![\n*\d-])", " ", text)
    parts: list[Part] = []
    for piece in re.split(r"(\*\*[^*]+\*\*|`[^`]+`)", flowing):
        marked = re.fullmatch(r"\*\*(.+)\*\*|`(.+)`", piece, re.DOTALL)
        parts.append((marked[1] or marked[2], "strong" if marked[1] else "soon") if marked else piece)
    return parts


def _drop(_: object) -> None:
    return None
