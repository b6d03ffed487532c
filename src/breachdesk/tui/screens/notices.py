"""The letters of an incident: where each stands, and what keeps it from being sent."""

from __future__ import annotations

from textual import on

from breachdesk.desk import notices
from breachdesk.desk.notices import NoticeView
from breachdesk.tui.actions import Action
from breachdesk.tui.screens.letters import LettersPage
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.paper import Part
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import NOTICE_WORDS, count


class NoticesScreen(LettersPage):
    """The review queue."""

    NAME = "notices"
    HELP = ("Every letter of this incident. Enter opens one: its text, the facts it rests on, remarks, earlier versions, approval. A "
            "letter is sent only after somebody other than its author approved exactly that text, for that count and those people; "
            "any change voids the approval. Letters are drafted from the duties screen (4, d).")  # fmt: skip

    def columns(self) -> tuple[Column, ...]:
        """Where each letter stands, and what keeps it."""
        return (
            Column("notice", 8), Column("status", 14), Column("place", 6), Column("to"), Column("lang", 4),
            Column("people", 8, right=True), Column("v", 2, right=True), Column("what blocks", wide=100),
        )  # fmt: skip

    def row(self, view: NoticeView) -> Row:
        """A letter's line."""
        return notice_row(view)

    def told(self, view: NoticeView) -> list[Part]:
        """The law, and what blocks the letter."""
        blocked: list[Part] = [("ok ", "ok"), "nothing blocks it: 6 sends or files it"]
        if view.blocked:
            blocked = [("what blocks: ", "soon"), view.blocked]
        return [(view.notice.regime, "strong"), f" · {view.notice.recipient} · ", *blocked]

    def twin(self) -> str:
        """The same as a command."""
        return command("notice", "list", self.seat.codename)

    def actions(self) -> list[Action]:
        """Open, draft."""
        none = "" if self.query_one(Table).key else "there is no letter yet"
        found = [Action("Open the marked letter", self.query_one(Table).action_open, "Enter", none)]
        found += [
            Action(f"Send {view.notice.id}", lambda: self.seat.go("outbox"), "6", view.blocked or _no_send(view))
            for view in self._views.values()
        ]
        return [*found, Action("Draft letters", lambda: self.seat.go("duties"), "4")]

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        from breachdesk.tui.screens.notice import NoticeScreen

        self.app.push_screen(NoticeScreen(event.key))

    def action_why(self) -> None:
        """`w`: why this letter is owed."""
        from breachdesk.tui.screens.why import WhyScreen

        if view := self._views.get(self.query_one(Table).key):
            self.app.push_screen(WhyScreen(view.notice.duty))


def _no_send(view: NoticeView) -> str:
    return "" if view.status in ("approved", "sending") else f"it is {view.status}"


def notice_row(view: NoticeView) -> Row:
    """A notice's line."""
    notice, draft = view.notice, view.draft
    people = count(draft.people) if draft is not None and notice.recipient in notices.TO_PEOPLE else "-"
    return Row(notice.id, cells(
        (notice.id, "strong"), NOTICE_WORDS[view.status], notice.place, notice.authority or notice.recipient, notice.language, people,
        str(view.versions), (view.blocked, "soon")))  # fmt: skip


PAGE = NoticesScreen
