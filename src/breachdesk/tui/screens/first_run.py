"""Nothing is set up yet: three ways to begin, and nothing else. The real one asks little and ends on a running clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import cases
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import check_fact, parse_fact
from breachdesk.domain.values import iso
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import IncidentOpened, PlaybooksRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import read_moment

CHOICES = (
    ("practise", "Practise with a sample incident (10 min)", "synthetic people; nothing leaves"),
    ("ready", "Check our readiness", "mail, letters, age of the rules"),
    ("real", "This is real - start now", "a few questions, then a clock"),
)


class FirstRunScreen(Page):
    """Three choices."""

    NAME = "begin"
    HELP = ("Practise: a sample incident with synthetic people. Check our readiness: what is missing before anything happens. This is "
            "real: what happened, who first learned of it and when, which systems, who is counsel; the first clock runs at once.")  # fmt: skip

    def body(self) -> ComposeResult:
        """The choices."""
        yield Static(write([("What is this about?", "strong")]), classes="strip", id="question", markup=False)
        yield Table(Column("", 42), Column(""), id="choices")
        yield Static("", id="folder", classes="strip", markup=False)

    def heading(self) -> str:
        """Nothing is open yet."""
        return "breach desk · begin"

    def twin(self) -> str:
        """How the real one begins as a command."""
        return command("incident", "new", "TITLE")

    def on_mount(self) -> None:
        """Show them; the last is what somebody in a hurry needs, so 3 leads to it too."""
        super().on_mount()
        table = self.query_one(Table)
        table.show(Row(key, cells((title, "strong"), (more, "muted"))) for key, title, more in CHOICES)
        table.focus()
        self.query_one("#folder", Static).update(write([
            ("Everything stays in ", "muted"), str(self.desk.folder), ("\nNo account, no network, no telemetry.", "muted"),
        ]))  # fmt: skip

    def actions(self) -> list[Action]:
        """The three choices."""
        return [Action(title, lambda key=key: self._take(key)) for key, title, _ in CHOICES]  # type: ignore[misc]

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self._take(event.key)

    def _take(self, key: str) -> None:
        if key == "practise":
            self._practise()
        elif key == "ready":
            from breachdesk.tui.screens.readiness import ReadinessScreen

            self.app.push_screen(ReadinessScreen())
        else:
            self.fetch(lambda: PlaybooksRead(self.desk.shelf.playbooks()))

    def _practise(self) -> None:
        if self.seat.practise is not None:
            self.app.exit("practise")
        else:
            self.say("Leave with q and start it: ", (command("demo"), "strong"))

    @on(PlaybooksRead)
    def _real(self, event: PlaybooksRead) -> None:
        now = self.seat.now()
        ids = ("", *(p.id for p in event.playbooks))

        def check(answers: Mapping[str, str]) -> None:
            known(answers, self.seat.by or answers["by"], read_moment(answers["discovered"], now, "when").isoformat())

        def then(answers: Answers) -> None:
            self.seat.by = answers["by"]
            self._begin(answers)

        self.ask("This is real - start now", [
            Ask("by", "Your name", self.seat.by, required=True, help="what you record carries it"),
            Ask("title", "What happened", required=True, help="a few words: they become the incident's title"),
            Ask("kind", "Kind (playbook)", choices=ids, help="left and right choose; it can be changed later"),
            Ask("first", "Who first learned of it", help="a name or an office"),
            Ask("discovered", "When", f"{now.astimezone():%Y-%m-%d %H:%M}", required=True,
                help="this machine's zone, or with an offset: 2026-03-02T09:15+01:00. Clocks may run from here."),
            Ask("systems", "Which systems", help="as far as anybody knows"),
            Ask("role", "We are", choices=("controller", "processor", ""), help="controller: we decide about these data; processor: we hold them "
                "for somebody else"),
            Ask("established", "Established in", help="ISO codes, the main establishment first: DE, SA, US", required=True),
            Ask("sectors", "Sectors", "general", help="general, health, bank, telecom … joined by commas; empty: nobody knows yet, and every "
                "sector's clocks stay open"),
            Ask("counsel", "Counsel", help="who signs notices off; may stay empty"),
        ], then, verb="start the clock", check=check)  # fmt: skip

    def _begin(self, answers: Answers) -> None:
        discovered = iso(read_moment(answers["discovered"], self.seat.now(), "when"))
        facts = known(answers, self.seat.by, discovered)

        def deed() -> Message:
            return IncidentOpened(cases.open_incident(
                self.desk, answers["title"], by=self.seat.by, playbook=answers["kind"], counsel=answers["counsel"], facts=facts,
                source=f"first learned by {answers['first']}" if answers["first"] else "",
            ))  # fmt: skip

        self.perform(deed)

    @on(IncidentOpened)
    def _opened(self, event: IncidentOpened) -> None:
        self.dismiss()
        self.seat.open_incident(event.incident.codename)


def known(answers: Mapping[str, str], by: str, discovered: str) -> dict[str, Any]:
    """The facts of the answers, in JSON form; what was left empty is left out. Raises InvalidInput naming the field."""
    cases.need_name(by)
    facts: dict[str, Any] = {
        "established": parse_fact("established", answers["established"].upper()),
        "timeline.discovered": check_fact("timeline.discovered", discovered),
    }
    if answers["role"]:
        facts["role"] = answers["role"]
    if answers["sectors"].strip():
        facts["sectors"] = parse_fact("sectors", answers["sectors"])
    for key, field in (("x-systems", "systems"), ("x-first-learned-by", "first")):
        if answers[field]:
            facts[key] = answers[field]
    if not answers["title"].strip():
        raise InvalidInput("say what happened, in a few words", key="title")
    return facts
