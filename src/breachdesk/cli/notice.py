"""`breachdesk notice`: from draft to approval. What is approved is exactly the text whose code the reviewer read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from breachdesk.cli.diagnostics import Progress
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.output import Pair
from breachdesk.cli.seat import INCIDENT, NOTICE, PASS, Seat, instant, offer_incidents
from breachdesk.cli.words import moment, people
from breachdesk.desk import notices
from breachdesk.desk.notices import NoticeView
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.notices import Comment, Decision, Draft, Span

CAPACITY = click.option("--capacity", default="", help="In which capacity: in-house counsel, outside counsel, DPO …")


def _draft_as_json(draft: Draft) -> dict[str, object]:
    return draft.model_dump(mode="json") | {"digest": draft.digest, "code": notices.next_codes(draft)}


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("duty")
@click.option("--language", "languages", multiple=True, help="Only this language; may be repeated.")
@click.option("--again", is_flag=True, help="Also to people already written to: a correction.")
@PASS
def draft(seat: Seat, incident: str, duty: str, languages: tuple[str, ...], again: bool) -> None:
    """Draw the letters of a duty: one notice for each language its people read. Facts that are missing are named.

    \b
    breachdesk notice draft amber us/ca/civ-1798.82#individuals
    """
    progress = Progress()
    try:
        drawn = notices.draft(seat.desk, incident, duty, by=seat.who, languages=languages, again=again, progress=progress)
    finally:
        progress.end()
    if seat.json:
        kept = [_draft_as_json(d) | {"text": d.text, "html": d.html} for d in drawn]
        seat.answer("drafts", incident=incident, duty=duty, drafts=kept)
        return
    seat.out.items(
        [
            ("notice", f"{d.notice} version {d.version}"),
            ("language", d.language),
            ("for", people(d.people, plain=seat.plain) if d.people else "an institution"),
            ("subject", d.subject),
            ("read it", f"breachdesk notice show {d.notice}"),
        ]
        for d in drawn
    )


@click.command(cls=DeskCommand)
@click.argument("incident", required=False, default="", shell_complete=offer_incidents)
@PASS
def list_(seat: Seat, incident: str) -> None:
    """Every notice of an incident (of the desk, when none is named) and what blocks it."""
    found = notices.notices(seat.desk, incident)
    if seat.json:
        seat.answer("notices", notices=[_view_as_json(view) for view in found])
        return
    seat.out.line(f"Notices: {len(found)}")
    seat.out.items(_pairs(view, seat) for view in found)


def _view_as_json(view: NoticeView) -> dict[str, object]:
    body = view.model_dump(mode="json", exclude={"draft"})
    if view.draft is not None:
        shown = {"version", "language", "subject", "people", "run", "drafted_by", "at"}
        kept = view.draft.model_dump(mode="json", include=shown)
        body["draft"] = kept | {"digest": view.draft.digest, "code": notices.next_codes(view.draft)}
    return body


def _pairs(view: NoticeView, seat: Seat) -> list[Pair]:
    notice = view.notice
    return [
        ("notice", notice.id),
        ("status", view.status),
        ("", f"{notice.place} {notice.authority or notice.recipient} {notice.language}"),
        ("incident", notice.incident),
        ("version", f"{view.versions} of {view.versions}"),
        ("people", people(view.draft.people, plain=seat.plain) if view.draft and view.draft.people else ""),
        ("blocked", view.blocked),
        ("approved by", view.decision.by if view.decision and view.decision.verdict == "approved" else ""),
        ("filed", f"{moment(view.filing.at)}, reference {view.filing.reference}" if view.filing else ""),
        ("duty", notice.duty),
    ]


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--version", "number", type=int, default=0, help="A certain version; the newest when left out.")
@click.option("--html", "as_html", is_flag=True, help="Print the page instead of the text.")
@click.option("--html-out", type=click.Path(path_type=Path), help="Write the page to a new file.")
@PASS
def show(seat: Seat, notice: str, number: int, as_html: bool, html_out: Path | None) -> None:
    """Read a notice. The code at its end is what an approval asks for."""
    text = notices.read_text(seat.desk, notice, number)
    view = notices.one(seat.desk, notice)
    remarks = [c for c in notices.comments(seat.desk, notice) if c.version == text.version]
    if html_out is not None:
        _write(html_out, text.html)
    if seat.json:
        seat.answer(
            "notice", **_view_as_json(view), text=_draft_as_json(text), comments=[c.model_dump(mode="json") for c in remarks]
        )
        return
    if as_html:
        seat.out.raw(text.html)
        return
    out = seat.out
    out.items([_pairs(view, seat)])
    out.line(f"version {text.version} of {view.versions}, drafted {moment(text.at)} by {text.drafted_by}")
    if html_out is not None:
        out.line(f"page written: {html_out}")
    out.heading(f"Subject: {text.subject}")
    out.line()
    out.line(text.text.rstrip())
    out.line()
    for remark in remarks:
        out.items([_remark(remark)], lead=1)
    for fact in text.facts:
        if fact.standing != "confirmed":
            out.line(f"rests on a fact that is {fact.standing}: {fact.key}")
    out.line(f"code: {notices.next_codes(text)}")
    if text.version == view.versions:
        out.line(f"approve it: breachdesk notice approve {notice} --read {notices.next_codes(text)}")


def _remark(comment: Comment) -> list[Pair]:
    state = f"resolved by {comment.resolved_by}" if comment.resolved_by else "open"
    return [("", f"comment {comment.id} ({state})"), ("by", comment.by), ("at", moment(comment.at)), ("", comment.text)]


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidInput("is there already; name another file", file=str(path)) from None
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", file=str(path)) from None


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--from", "before", type=int, default=0, help="The earlier version.")
@click.option("--to", "after", type=int, default=0, help="The later version.")
@PASS
def compare(seat: Seat, notice: str, before: int, after: int) -> None:
    """What changed between two versions, word by word: the last two when none are named."""
    spans = notices.compare_versions(seat.desk, notice, before, after)
    if seat.json:
        seat.answer("comparison", notice=notice, spans=[span.model_dump() for span in spans])
        return
    seat.out.line(f"{notice}: [-removed-] and {{+added+}}")
    seat.out.line("".join(_marked(spans)).rstrip())


def _marked(spans: Iterable[Span]) -> Iterable[str]:
    for span in spans:
        if span.kind == "same":
            yield span.text
        else:
            before, after = ("{+", "+}") if span.kind == "added" else ("[-", "-]")
            yield f"{before}{span.text}{after}"


@click.command(cls=DeskCommand)
@NOTICE
@click.argument("text")
@PASS
def comment(seat: Seat, notice: str, text: str) -> None:
    """Remark on the newest version. An open remark stands in the way of approval."""
    _commented(seat, notices.comment(seat.desk, notice, text, by=seat.who))


@click.command(cls=DeskCommand)
@click.argument("comment", type=click.IntRange(1, 10**9))
@PASS
def resolve(seat: Seat, comment: int) -> None:
    """Mark a remark as dealt with, by its number."""
    _commented(seat, notices.resolve(seat.desk, comment, by=seat.who))


def _commented(seat: Seat, made: Comment) -> None:
    if seat.json:
        seat.answer("comment", comment=made.model_dump(mode="json"))
        return
    seat.out.items([[("notice", made.notice), *_remark(made)]], lead=2)


def digest_of_code(text: Draft, code: str) -> str:
    """The digest of a text whose code (or digest) the reviewer read back; what they typed when it is another text's."""
    return text.digest if code.strip().lower() in (notices.next_codes(text), text.digest) else code


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--read", "code", required=True, metavar="CODE", help="The code at the end of the text you read.")
@CAPACITY
@click.option("--reasons", default="", help="On what the decision rests.")
@PASS
def approve(seat: Seat, notice: str, code: str, capacity: str, reasons: str) -> None:
    """Approve exactly the text you read. Any later change of text, count or people voids it.

    \b
    breachdesk notice approve N-001 --read 3f9c01d2ab44 --by "C. Counsel" --capacity "outside counsel"
    """
    desk = seat.desk
    read = digest_of_code(notices.read_text(desk, notice), code)
    _decided(seat, notices.approve(desk, notice, by=seat.who, read=read, capacity=capacity, reasons=reasons))


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--reasons", required=True, help="What must change.")
@CAPACITY
@PASS
def send_back(seat: Seat, notice: str, reasons: str, capacity: str) -> None:
    """Send the newest version back to its author."""
    _decided(seat, notices.send_back(seat.desk, notice, by=seat.who, reasons=reasons, capacity=capacity))


def _decided(seat: Seat, decision: Decision) -> None:
    if seat.json:
        seat.answer("decision", decision=decision.model_dump(mode="json"))
        return
    seat.out.line(f"{decision.notice} version {decision.version}: {decision.verdict} by {decision.by}")


@click.command(cls=DeskCommand)
@NOTICE
@click.option("--reference", required=True, help="What the authority answered with, or where the receipt lies.")
@click.option("--at", metavar="INSTANT", help="When it was filed (with offset); now when left out.")
@PASS
def file(seat: Seat, notice: str, reference: str, at: str | None) -> None:
    """Note that an approved letter was filed on a portal or by hand."""
    filing = notices.file(seat.desk, notice, by=seat.who, reference=reference, at=instant(at, "--at"))
    if seat.json:
        seat.answer("filing", filing=filing.model_dump(mode="json"))
        return
    seat.out.line(f"{filing.notice} version {filing.version}: filed {moment(filing.at)}, reference {filing.reference}")
