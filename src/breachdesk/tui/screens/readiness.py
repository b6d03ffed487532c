"""Whether the desk is ready before anything happens: mail, names, playbooks, templates, the age of the rules."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from breachdesk.desk import views
from breachdesk.tui.messages import ReadinessRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.paper import Paper, Part


class ReadinessScreen(Page):
    """The readiness report."""

    NAME = "readiness"
    HELP = "What must be in order before an incident. Each line that is not ready says what to do."

    def body(self) -> ComposeResult:
        """One text."""
        yield Paper(id="readiness")

    def twin(self) -> str:
        """The same as a command."""
        return command("readiness")

    def read(self) -> None:
        """Make the report."""
        self.query_one(Paper).show([("checking: mail, names, playbooks, templates, rules …", "muted")])
        self.fetch(lambda: ReadinessRead(tuple(views.readiness(self.desk))))

    @on(ReadinessRead)
    def _read(self, event: ReadinessRead) -> None:
        ready = sum(1 for check in event.checks if check.ready)
        parts: list[Part] = [(f"{ready} of {len(event.checks)} ready\n\n", "strong")]
        for check in event.checks:
            parts += [("ok        " if check.ready else "! not yet ", "ok" if check.ready else "soon"), (f"{check.what:<14}", "strong"),
                      f"{check.say}\n"]  # fmt: skip
        self.query_one(Paper).show([*parts, (f"\nThe desk's folder: {self.desk.folder}", "muted")])
        self.query_one(Paper).focus()
