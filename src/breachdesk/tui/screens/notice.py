"""One letter: its text, what it rests on, remarks, earlier versions word by word, and the sign-off bound to exactly this text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import notices
from breachdesk.desk.notices import NoticeView
from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.notices import RTL, Comment, Draft, Span
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import CommentMade, NoticeDecided, NoticeRead, NoticesDrafted, PageWritten, VersionsCompared
from breachdesk.tui.screens.page import Page
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Paper, Part, write
from breachdesk.tui.words import NOTICE_WORDS, count, moment, shown_fact

NEAR = 240
"""How many letters beside a change are shown in a comparison."""
Side = Literal["text", "rests", "compare"]


class NoticeScreen(Page):
    """A letter under review."""

    NAME = "notice"
    HELP = ("The letter as people will read it; [[words]] in double brackets are filled in per person. a approves exactly this text: "
            "somebody other than its author, who reads its short code back. b sends it back with reasons. m remarks, v marks a remark "
            "as dealt with (open remarks block approval), r drafts it anew. c compares with the version before: [+ added +], "
            "[- removed -]. f shows what it rests on. x "
            "writes the HTML page to a file: for Arabic and other right-to-left letters review that page, since "
            "terminals disagree about direction.")  # fmt: skip
    BINDINGS = [  # noqa: RUF012
        ("a", "approve", "approve"), ("b", "send_back", "back"), ("m", "comment", "remark"), ("c", "compare", "compare"),
        ("f", "rests", "facts"), ("x", "page", "html"), Binding("v", "resolve", "dealt with", show=False),
        Binding("r", "redraft", "redraft", show=False),
    ]  # fmt: skip

    def __init__(self, notice: str) -> None:
        super().__init__()
        self._which = notice
        self._view: NoticeView | None = None
        self._draft: Draft | None = None
        self._comments: tuple[Comment, ...] = ()
        self._side: Side = "text"

    def body(self) -> ComposeResult:
        """Where it stands; text left, what it rests on right (in a narrow window one at a time)."""
        yield Static("", id="standing", classes="strip", markup=False)
        with Horizontal():
            yield Paper(id="letter")
            yield Paper(id="rests")

    def heading(self) -> str:
        """Codename and notice."""
        return f"{self.seat.codename} {self._which}"

    def twin(self) -> str:
        """The same as a command."""
        return command("notice", "compare" if self._side == "compare" else "show", self._which)

    def read(self) -> None:
        """The notice, its newest text, the remarks."""

        def ask() -> Message:
            view, draft = notices.one(self.desk, self._which), notices.read_text(self.desk, self._which)
            return NoticeRead(view, draft, tuple(notices.comments(self.desk, self._which)))

        self.fetch(ask)

    @on(NoticeRead)
    def _read(self, event: NoticeRead) -> None:
        new = self._draft is None or self._draft.digest != event.draft.digest
        self._view, self._draft, self._comments = event.view, event.draft, event.comments
        self.query_one("#standing", Static).update(write(self._standing()))
        if self._side != "compare" or new:
            self.query_one("#letter", Paper).show(letter(event.draft), top=new)
        self.query_one("#rests", Paper).show(rests_on(event.view, event.draft, event.comments))
        if self.focused is None:
            self.query_one("#letter").focus()

    def _standing(self) -> list[Part]:
        view, draft = self._view, self._draft
        if view is None or draft is None:
            return []
        to = f"{count(draft.people)} people" if view.notice.recipient in notices.TO_PEOPLE else view.notice.authority or view.notice.recipient
        parts: list[Part] = [NOTICE_WORDS[view.status], f" v{draft.version} · {view.notice.place} {draft.language} · to {to} · by {draft.drafted_by}"
                             f"\ncode ", (notices.next_codes(draft), "strong")]  # fmt: skip
        if view.blocked:
            parts += [" · ", ("what blocks: ", "soon"), view.blocked]
        if draft.language in RTL:
            parts += ["\n", ("! right-to-left: terminals disagree; x writes the HTML page, review that", "soon")]
        return parts

    def _why_not(self, verdict: str) -> str:
        view, draft = self._view, self._draft
        if view is None or draft is None:
            return "it is still being read"
        if view.status not in ("drafted", "void", "sent-back") and not (verdict == "send back" and view.status == "approved"):
            return f"it is {view.status}"
        if verdict == "approve" and view.open_comments:
            return f"{view.open_comments} remarks are open"
        return ""

    def actions(self) -> list[Action]:
        """Review, and what stands in the way."""
        view = self._view
        open_ = [c for c in self._comments if not c.resolved_by]
        return [
            Action(f"Approve {self._which}", self.action_approve, "a", self._why_not("approve")),
            Action("Send back with reasons", self.action_send_back, "b", self._why_not("send back")),
            Action("Remark", self.action_comment, "m"),
            Action("Remark in $EDITOR", self.action_edit, "e"),
            Action("Mark a remark as dealt with", self.action_resolve, "v", "" if open_ else "no remark is open"),
            Action("Compare with the version before", self.action_compare, "c", "" if view and view.versions > 1 else "there is one version"),
            Action("What it rests on", self.action_rests, "f"),
            Action("Write the HTML page to a file", self.action_page, "x"),
            Action("Draft it anew from the facts and count of now", self.action_redraft, "r"),
            Action(f"Send {self._which}", lambda: self.seat.go("outbox"), "6", (view.blocked if view else "") or ""),
        ]

    # -- looking -------------------------------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """`c`: the version before against this one, and back to the text."""
        if self._side == "compare":
            self._look("text")
        elif self._view is not None and self._view.versions < 2:
            self.say(("! there is one version, and nothing to compare", "soon"))
        else:
            self.fetch(lambda: VersionsCompared(notices.compare_versions(self.desk, self._which)))

    @on(VersionsCompared)
    def _compared(self, event: VersionsCompared) -> None:
        self._look("compare")
        self.query_one("#letter", Paper).show(redline(event.spans), top=True)

    def action_rests(self) -> None:
        """`f`: the facts it rests on and the remarks, and back to the text."""
        self._look("text" if self._side == "rests" else "rests")

    def _look(self, side: Side) -> None:
        self._side = side
        self.set_class(side == "rests", "-rests")
        self.query_one("#rests" if side == "rests" else "#letter").focus()
        if side == "text" and self._draft is not None:
            self.query_one("#letter", Paper).show(letter(self._draft), top=True)
        self.tick(self.seat.now())

    def action_why(self) -> None:
        """`w`: why the letter is owed."""
        from breachdesk.tui.screens.why import WhyScreen

        if self._view is not None:
            self.app.push_screen(WhyScreen(self._view.notice.duty))

    def action_page(self) -> None:
        """`x`: the HTML page as a file."""
        draft = self._draft
        if draft is None:
            return
        path = self.desk.folder / f"{draft.notice}-v{draft.version}.html"

        def write_page() -> Message:
            try:
                path.touch(mode=0o600)
                path.write_text(draft.html, "utf-8")
            except OSError as error:
                raise InvalidInput(f"cannot be written: {error.strerror}", file=str(path)) from None
            return PageWritten(str(path))

        self.perform(write_page)

    @on(PageWritten)
    def _written(self, event: PageWritten) -> None:
        self.say(("x page written: ", "ok"), event.path, "  open it in a browser")

    # -- deciding ------------------------------------------------------------------------------------------------------

    def action_approve(self) -> None:
        """`a`: approve exactly the text that is shown."""
        if why := self._why_not("approve"):
            self.say((f"! {self._which} cannot be approved now: {why}", "soon"))
            return
        draft = self._draft
        if draft is None:
            return
        code = notices.next_codes(draft)

        def check(answers: Answers) -> None:
            if answers["by"].strip().casefold() == draft.drafted_by.strip().casefold():
                raise Gate(f"{draft.drafted_by} drafted this text; somebody else must approve it")
            if answers["code"].strip().casefold() != code:
                raise Gate(f"the code of the text you read is {code}; type it to say that this is what you approve")

        def then(answers: Answers) -> None:
            self.perform(lambda: NoticeDecided(notices.approve(
                self.desk, self._which, by=answers["by"], read=draft.digest, capacity=answers["capacity"], reasons=answers["reasons"])))

        self.ask(f"Approve {self._which} v{draft.version}", [
            Ask("by", "Your name", help=f"not {draft.drafted_by}: the author of a text cannot approve it", required=True),
            Ask("capacity", "In which capacity", help="e.g. in-house counsel, outside counsel, data protection officer", required=True),
            Ask("code", f"Short code ({code})", help="type the code of the text you have read", required=True),
            Ask("reasons", "Remark", help="kept with the approval; may stay empty"),
        ], then, say=[
            "You approve exactly this text, for this count and these people. Any change voids it.\n",
            f"Drafted by {draft.drafted_by}, ", ("who cannot approve it", "strong"), f". Code of this text: {code}",
        ], verb="approve", check=check)  # fmt: skip

    def action_send_back(self) -> None:
        """`b`: send it back to its author."""
        if why := self._why_not("send back"):
            self.say((f"! {self._which} cannot be sent back now: {why}", "soon"))
            return

        def then(answers: Answers) -> None:
            self.perform(lambda: NoticeDecided(notices.send_back(
                self.desk, self._which, by=answers["by"], reasons=answers["reasons"], capacity=answers["capacity"])))  # fmt: skip

        self.ask(f"Send {self._which} back", [
            Ask("by", "Your name", self.seat.by, required=True), Ask("capacity", "In which capacity"),
            Ask("reasons", "Why it goes back", required=True),
        ], then, verb="send back")  # fmt: skip

    @on(NoticeDecided)
    def _decided(self, event: NoticeDecided) -> None:
        decision = event.decision
        if decision.verdict == "approved":
            self.say(("x approved", "ok"), f" by {decision.by}, {decision.capacity or 'no capacity given'}, bound to {decision.basis.text[7:19]}. "
                     "6 sends or files it.")  # fmt: skip
        else:
            self.say(("< sent back", "late"), f" by {decision.by}: {decision.reasons}")
        self.read()

    def action_redraft(self) -> None:
        """`r`: a new version from the facts and the count of now."""
        view = self._view
        if view is None:
            return

        def go() -> None:
            self.long(lambda: NoticesDrafted(tuple(notices.draft(
                self.desk, view.notice.incident, view.notice.duty, by=self.seat.by, languages=(view.notice.language,),
                progress=self.progress("nothing was drafted")))))  # fmt: skip

        self.as_somebody(go)

    @on(NoticesDrafted)
    def _redrafted(self, event: NoticesDrafted) -> None:
        self.say(("x drafted anew", "ok"), ": " + ", ".join(f"{d.notice} v{d.version}" for d in event.drafts), ". c compares it with the one before.")
        self.read()

    # -- remarks -------------------------------------------------------------------------------------------------------

    def action_comment(self) -> None:
        """`m`: a remark in one line."""

        def then(answers: Answers) -> None:
            self._remark(answers["text"])

        self.ask(f"Remark on {self._which}", [Ask("text", "Remark", help="open remarks block approval; e writes a long one in $EDITOR",
                                               required=True)], then)  # fmt: skip

    def action_edit(self) -> None:
        """`e`: a long remark in $EDITOR."""
        text = self.seat.edit("")
        if text:
            self._remark(text)

    def _remark(self, text: str) -> None:
        self.as_somebody(lambda: _drop(self.perform(lambda: CommentMade(notices.comment(self.desk, self._which, text, by=self.seat.by)))))

    def action_resolve(self) -> None:
        """`v`: mark a remark as dealt with."""
        open_ = [c for c in self._comments if not c.resolved_by]
        if not open_:
            self.say(("! no remark is open", "soon"))
            return

        def then(answers: Answers) -> None:
            number = int(answers["comment"])
            self.as_somebody(lambda: _drop(self.perform(lambda: CommentMade(notices.resolve(self.desk, number, by=self.seat.by)))))

        self.ask("Which remark is dealt with?", [Ask("comment", "Remark", choices=tuple(str(c.id) for c in open_))], then,
                 say=[part for c in open_ for part in ((f"{c.id} ", "strong"), f"{c.by}: {c.text}\n")])  # fmt: skip

    @on(CommentMade)
    def _commented(self, event: CommentMade) -> None:
        done = event.comment.resolved_by
        self.say(("x remark dealt with", "ok") if done else ("x remark kept", "ok"), f": {event.comment.id}")
        self.read()


def _drop(_: object) -> None:
    return None


def letter(draft: Draft) -> list[Part]:
    """Subject and text, merge fields marked."""
    parts: list[Part] = [("Subject: ", "muted"), (draft.subject, "strong"), "\n\n"]
    rest = draft.text
    while "[[" in rest and "]]" in rest:
        before, _, after = rest.partition("[[")
        field, _, rest = after.partition("]]")
        parts += [before, (f"[[{field}]]", "soon")]
    return [*parts, rest]


def redline(spans: Sequence[Span]) -> list[Part]:
    """A comparison: added and removed words in brackets and in colour."""
    parts: list[Part] = [("compared with the version before: ", "muted"), ("[+ added +]", "added"), " ", ("[- removed -]", "removed"), "\n\n"]
    for n, span in enumerate(spans):
        if span.kind == "same":
            parts += around(span.text, first=n == 0, last=n == len(spans) - 1)
        else:
            start, end = ("[+ ", " +]") if span.kind == "added" else ("[- ", " -]")
            parts.append((f"{start}{span.text}{end}", span.kind))
    return parts


def around(text: str, *, first: bool, last: bool) -> list[Part]:
    """What stays the same, shortened to what stands next to a change."""
    if len(text) <= 2 * NEAR:
        return [text]
    head = "" if first else text[:NEAR].rpartition(" ")[0]
    tail = "" if last else text[-NEAR:].partition(" ")[2]
    return [head, (f"\n[... {count(len(text) - len(head) - len(tail))} letters the same ...]\n", "muted"), tail]


def rests_on(view: NoticeView, draft: Draft, comments: Sequence[Comment]) -> list[Part]:
    """What a letter rests on: decision, remarks, facts, count, template."""
    parts: list[Part] = [("DECISION\n", "strong")]
    if view.decision is None:
        parts.append(("  nobody has decided on this version\n", "soon"))
    else:
        decision = view.decision
        parts.append(f"  {decision.verdict} by {decision.by}" + (f", {decision.capacity}" if decision.capacity else "")
                     + f", {moment(decision.at)}\n" + (f"  {decision.reasons}\n" if decision.reasons else ""))  # fmt: skip
    if view.filing is not None:
        parts.append(f"  filed {moment(view.filing.at)} by {view.filing.by}, reference {view.filing.reference}\n")
    parts.append(("\nREMARKS\n", "strong"))
    for c in comments:
        state = f"dealt with by {c.resolved_by}" if c.resolved_by else "open"
        parts += [(f"  {c.id} v{c.version} {state} ", "muted" if c.resolved_by else "late"), f"{c.by}: {c.text}\n"]
    if not comments:
        parts.append(("  none\n", "muted"))
    parts.append(("\nFACTS\n", "strong"))
    for fact in draft.facts:
        style = "ok" if fact.standing == "confirmed" else "soon"
        parts += [f"  {fact.key}: {shown_fact(fact.key, fact.value)} ", (f"({fact.standing})\n", style)]
    parts += [("\nDRAWN FROM\n", "strong"), f"  template {draft.template}\n", f"  {draft.template_digest[:26]}\n",
              f"  count run {draft.run}\n" if draft.run else "  no count\n", f"  people {count(draft.people)}, {draft.recipients[:26]}\n",
              f"  text {draft.digest}\n", f"  drafted {moment(draft.at)} by {draft.drafted_by}\n"]  # fmt: skip
    return parts
