"""What goes out, and how it stands: letters to people with their ledger, letters to institutions with their filing."""

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


class OutboxScreen(LettersPage):
    """Every letter on its way out."""

    NAME = "outbox"
    HELP = ("Each letter with how its people stand: accepted by the server, left to write to, refused, of unknown outcome, without an "
            "address. Enter opens its ledger, where it is rehearsed, sent (you type the number of people), settled, or, for "
            "institutions, filed with the reference they answered with.")  # fmt: skip

    def columns(self) -> tuple[Column, ...]:
        """How each letter's people stand."""
        return (
            Column("notice", 7), Column("status", 14), Column("to"), Column("people", 7, right=True), Column("accepted", 8, right=True),
            Column("left", 6, right=True), Column("refused", 7, right=True, wide=70), Column("unknown", 7, right=True, wide=70),
            Column("no addr.", 8, right=True, wide=96),
        )  # fmt: skip

    def row(self, view: NoticeView) -> Row:
        """A letter's line."""
        return _row(view)

    def told(self, view: NoticeView) -> list[Part]:
        """The law, what blocks the letter, and where it was filed."""
        parts: list[Part] = [(view.notice.regime, "strong"), f" · {view.notice.place} {view.notice.language} · "]
        parts += [("what blocks: ", "soon"), view.blocked] if view.blocked else [("ok", "ok")]
        if view.filing is not None:
            parts.append(f" filed under {view.filing.reference}")
        return parts

    def twin(self) -> str:
        """The same as a command."""
        key = self.query_one(Table).key if self.is_mounted else ""
        return command("send", "ledger", key) if key else command("notice", "list", self.seat.codename)

    def actions(self) -> list[Action]:
        """Open a ledger."""
        return [
            Action(f"Send or file {view.notice.id}", lambda id_=view.notice.id: self._ledger(id_), "Enter", _why_not(view))  # type: ignore[misc]
            for view in self._views.values()
        ]

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self._ledger(event.key)

    def _ledger(self, notice: str) -> None:
        from breachdesk.tui.screens.ledger import LedgerScreen

        self.app.push_screen(LedgerScreen(notice))


def _why_not(view: NoticeView) -> str:
    if view.status in ("sent", "filed"):
        return f"it is {view.status}"
    return view.blocked if view.status in ("drafted", "sent-back", "void") else ""


def _row(view: NoticeView) -> Row:
    notice, draft = view.notice, view.draft
    head = ((notice.id, "strong"), NOTICE_WORDS[view.status], f"{notice.place} {notice.authority or notice.recipient}")
    if notice.recipient not in notices.TO_PEOPLE:
        return Row(notice.id, cells(*head, *(("-", "muted"),) * 6))
    t = view.send.tallied if view.send is not None else None
    if t is None:
        return Row(notice.id, cells(*head, count(draft.people if draft else 0), *(("-", "muted"),) * 5))
    return Row(notice.id, cells(
        *head, count(t.people), (count(t.accepted), "ok"), (count(t.left), "soon" if t.left else ""),
        (count(t.refused), "late" if t.refused else ""),
        (count(t.unknown + t.sending), "unknown" if t.unknown + t.sending else ""),
        (count(t.unaddressed), "soon" if t.unaddressed else "")))  # fmt: skip


PAGE = OutboxScreen
