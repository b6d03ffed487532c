"""Draft, ask for review, approve, send back: a duty's letters in each language its people read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from breachdesk.desk import assessment, cases
from breachdesk.desk.law import OwnEvents
from breachdesk.desk.parts import Desk, Progress, Reading
from breachdesk.desk.spool import Spool
from breachdesk.domain import places
from breachdesk.domain.clocks import Clock, authority_name
from breachdesk.domain.deliveries import Addressee, Send, message_id, recipients_digest, unmailable
from breachdesk.domain.duties import concerns
from breachdesk.domain.errors import Gate, NotFound
from breachdesk.domain.incident import NOTED, PER_LAW, Fact, Incident, current
from breachdesk.domain.notices import (
    ApprovedNotice,
    Basis,
    Comment,
    Decision,
    Draft,
    FactUsed,
    Filing,
    LetterRequest,
    Notice,
    Span,
    approved,
    basis_of,
    compare,
    decide,
    fields_in,
    languages_for,
)
from breachdesk.domain.people import Person
from breachdesk.domain.tally import ResidenceCount, Run
from breachdesk.domain.values import Value, digest_of

TO_PEOPLE = frozenset({"individuals", "guardians"})
NOBODY = digest_of([])
"""The digest of no recipients: letters that go to an institution are filed, not mailed to people."""


class NoticeView(Value):
    """A notice as screens and commands show it. `status` says where it stands, `blocked` what keeps it from being sent."""

    notice: Notice
    draft: Draft | None
    versions: int
    status: Literal["drafted", "approved", "sent-back", "void", "sending", "sent", "sent-in-part", "filed"]
    blocked: str
    decision: Decision | None
    open_comments: int
    send: Send | None
    filing: Filing | None


def draft(
    desk: Desk, codename: str, duty: str, *, by: str, languages: Sequence[str] = (), again: bool = False,
    progress: Progress | None = None,
) -> list[Draft]:  # fmt: skip
    """Draw the letters of one duty: one notice per language its people read (or the authority's), a new version each time.

    People whose message was accepted under an earlier version are left out; `again` writes to them too, as a correction does. All
    letters of the duty are drawn before any is kept, and its people pass through in constant memory. Raises MissingFacts naming
    every fact a letter lacks, Gate when nothing is owed or the records changed since they were counted.
    """
    clock = assessment.one_clock(desk, codename, duty)
    if clock.duty.status == "not-owed":
        raise Gate(f"{clock.duty.key} is not owed; `breachdesk duties why {codename} {clock.duty.key}` says why")
    now = desk.clock.now()
    with desk.store.read() as unit:
        incident, known, run = unit.incident(codename), current(unit.facts(codename)), unit.newest_run(codename)
        there = {n.language: n for n in unit.notices(codename) if n.duty == clock.duty.key}
        versions = {n.id: len(unit.drafts(n.id)) for n in there.values()}
        if not again:
            _must_be_settled(unit, there.values())
    own = assessment.own_events(desk, codename)
    with ExitStack() as stack:
        if clock.duty.rule.duty.recipient in TO_PEOPLE:
            told = () if again else tuple(n.id for n in there.values())
            groups = _groups(desk, clock, run, known, languages, told, progress, stack)
        else:
            groups = {language: stack.enter_context(closing(Spool())) for language in _institution(desk, clock, languages)}
        letters = {language: desk.letters.draft(_request(clock, incident, known, run, language, now, own)) for language in groups}
        for letter in letters.values():
            fields_in(letter.subject + letter.text)
        kept: list[Draft] = []
        for language, letter in letters.items():
            people = groups[language]
            with desk.store.write() as unit:
                notice = there.get(language)
                if notice is None:
                    notice = _open(unit.next_notice_id(), clock, codename, language, now)
                    unit.add_notice(notice)
                made = Draft(
                    notice=notice.id, version=versions.get(notice.id, 0) + 1, language=language, subject=letter.subject,
                    text=letter.text, html=letter.html, template=letter.template, template_digest=letter.template_digest,
                    facts=tuple(FactUsed(key=k, value=known[k].value, standing=known[k].standing) for k in letter.facts if k in known),
                    run=run.n if run else 0, tally=run.tally.digest if run else "", recipients=people.seal.digest,
                    people=people.seal.count, drafted_by=by, at=now,
                )  # fmt: skip
                unit.add_draft(made, _addressees(desk, codename, made, people))
                unit.enter(
                    at=now, by=by, act="notice.drafted", incident=codename,
                    what={"notice": notice.id, "version": made.version, "rule": notice.rule, "place": notice.place,
                          "language": language, "text": made.digest, "template": made.template,
                          "template_digest": made.template_digest, "run": made.run, "tally": made.tally,
                          "recipients": made.recipients, "people": made.people, "facts": [f.key for f in made.facts]},
                )  # fmt: skip
            kept.append(made)
    return kept


def _open(id: str, clock: Clock, codename: str, language: str, at: datetime) -> Notice:
    rule = clock.duty.rule
    return Notice(
        id=id, incident=codename, duty=clock.duty.key, rule=rule.id, place=clock.duty.place, regime=rule.instrument.regime,
        recipient=rule.duty.recipient, authority=authority_name(clock.duty) or "", language=language, opened_at=at,
    )  # fmt: skip


def _institution(desk: Desk, clock: Clock, languages: Sequence[str]) -> Sequence[str]:
    """One letter, in the languages asked for, else the institution's own where a template exists, else English."""
    written = desk.letters.languages(clock.duty.rule.id, clock.duty.rule.duty.recipient)
    if not written:
        raise NotFound(f"no template for {clock.duty.rule.id}; add one under templates/ (docs/templates.md)")
    own = clock.duty.authority.languages if clock.duty.authority else tuple(clock.duty.rule.duty.authority_local)
    wanted = languages or [next((lang for lang in own if lang in written), "en" if "en" in written else written[0])]
    for language in wanted:
        if language not in written:
            raise NotFound(f"no template for {clock.duty.rule.id} in {language!r}; there are {', '.join(written)}")
    return wanted


def _must_be_settled(unit: Reading, earlier: Iterable[Notice]) -> None:
    """Raises Gate while a send of any earlier version is not finished."""
    for notice in earlier:
        for draft in unit.drafts(notice.id):
            send = unit.send(notice.id, draft.version)
            if send is not None and not send.tallied.finished:
                raise Gate(f"{notice.id} v{draft.version} is being sent: finish it and settle what is unknown before drafting anew")


def _groups(
    desk: Desk, clock: Clock, run: Run | None, known: dict[str, Fact], languages: Sequence[str], told: Sequence[str],
    progress: Progress | None, stack: ExitStack,
) -> dict[str, Spool]:  # fmt: skip
    """The duty's people by the language of the letter they will read: their own where a template exists, else English.

    Those who accepted a message under one of the notices in `told` are left out. `stack` closes the spools.
    """
    if run is None:
        raise Gate(f"{clock.duty.key}: nobody has counted the people yet; `breachdesk people count --incident` comes first")
    written = desk.letters.languages(clock.duty.rule.id, clock.duty.rule.duty.recipient)
    if not written:
        raise NotFound(f"no template for {clock.duty.rule.id}; add one under templates/ (docs/templates.md)")
    groups: dict[str, Spool] = {}
    with desk.store.read() as unit:
        reached = unit.reached(told)
        for person in _not_reached(people_of(desk, clock, run, known, progress), reached):
            language = languages_for([person.language], written, "en" if "en" in written else written[0])[person.language]
            if not languages or language in languages:
                if language not in groups:
                    groups[language] = stack.enter_context(closing(Spool()))
                groups[language].add(person)
        if not groups and next(unit.reached(told), None) is not None:
            raise Gate(f"{clock.duty.key}: everyone has been written to; `--again` drafts a correction to all of them")
    if not groups:
        raise Gate(f"{clock.duty.key}: count run {run.n} knows nobody who would receive this letter")
    return dict(sorted(groups.items()))


def _not_reached(people: Iterable[Person], reached: Iterator[str]) -> Iterator[Person]:
    """People whose id is not among `reached`; both are in the order of ids by code point."""
    last = next(reached, None)
    for person in people:
        while last is not None and last < person.subject_id:
            last = next(reached, None)
        if person.subject_id != last:
            yield person


def people_of(desk: Desk, clock: Clock, run: Run, known: dict[str, Fact], progress: Progress | None = None) -> Iterator[Person]:
    """The people of a duty, streamed from the records its count read. Raises Gate when a record file changed since."""
    files: list[Path | str] = [f if run.engine else Path(f) for f in run.files]
    mapping = Path(run.mapping) if run.mapping else None
    beside = desk.people.digests_beside(mapping)
    if sorted(beside.values()) != sorted(run.tally.beside.values()):
        raise Gate(f"the mapping of count run {run.n} or a table it names ({', '.join(sorted(beside))}) changed since; count again first")
    if run.engine:
        # Tables have no bytes to hash: the same question must still have the same answer.
        again = desk.people.count(files, at=run.at, mapping=mapping, where=run.where, engine=run.engine)
        if again.cells != run.tally.cells or again.by_residence != run.tally.by_residence:
            raise Gate(f"the tables changed since count run {run.n}; count again first")
    else:
        now = list(desk.people.digests([Path(f) for f in run.files]).values())
        changed = [i.path for i in run.tally.inputs if i.sha256 not in now]
        if changed or len(now) != len(run.tally.inputs):
            raise Gate(f"{', '.join(changed) or 'the set of record files'} changed since count run {run.n}; count again first")
    version = clock.duty.version
    lived_in = None if clock.duty.everyone else frozenset(row.residence for row in _rows(clock, run))
    key = known.get("key_taken")
    key_taken = key.value if key is not None and key.standing != "unknown" else None
    stream = desk.people.recipients(
        files, at=run.at, mapping=mapping, where=run.where, residences=lived_in, engine=run.engine
    )
    for n, person in enumerate(stream, 1):
        if progress is not None and n % 5000 == 0:
            progress("recipients", n, 0)
        if concerns(person.data, person.encrypted, key_taken, version) is not False:
            yield person


def _timeline(recorded: dict[str, Fact]) -> dict[str, Any]:
    """The dated events every letter may speak of: what the desk dated for one law alone belongs to that law's letters only."""
    dated = {key.partition(".")[2]: fact for key, fact in recorded.items() if key.startswith("timeline.")}
    return {e: f.value for e, f in dated.items() if not (e in PER_LAW and f.source.startswith(NOTED))}


def _rows(clock: Clock, run: Run) -> list[ResidenceCount]:
    """The residences whose people a duty concerns."""
    return [r for r in run.tally.by_residence if clock.duty.everyone or places.within(r.residence, clock.duty.place)]


def _addressees(desk: Desk, codename: str, draft: Draft, people: Iterable[Person]) -> Iterator[Addressee]:
    for number, person in enumerate(people, 1):
        reference = digest_of([codename, draft.notice, person.subject_id])[7:15].upper()
        yield Addressee(
            number=number, subject_id=person.subject_id, address=person.address,
            fields=desk.letters.fields(person, draft.language, reference),
            message_id=message_id(codename, draft.notice, draft.version, person.subject_id, desk.post.domain),
            unaddressed=unmailable(person.address),
        )  # fmt: skip


def _request(
    clock: Clock, incident: Incident, known: dict[str, Fact], run: Run | None, language: str, now: datetime,
    own: OwnEvents,
) -> LetterRequest:
    duty, version = clock.duty, clock.duty.version
    recorded = {k: f for k, f in known.items() if f.standing != "unknown"}
    rows = _rows(clock, run) if run else []
    elements = sorted({element for row in rows for element in row.data})
    monitoring = version.credit_monitoring
    ordered = monitoring is not None and (not monitoring.when or bool(set(monitoring.when) & set(elements)))
    local = duty.rule.duty.authority_local
    return LetterRequest(
        rule=duty.rule.id, place=duty.place, regime=duty.rule.instrument.regime, title=duty.rule.instrument.title,
        recipient=duty.rule.duty.recipient, stage=duty.rule.duty.stage, authority=authority_name(duty) or "",
        authority_local=local, language=language, zone=clock.zone, codename=incident.codename,
        facts={k: f.value for k, f in recorded.items()}, standings={k: f.standing for k, f in known.items()},
        timeline={**_timeline(recorded), **own.get(duty.rule.instrument.id, {})},
        elements=tuple(elements), affected=duty.affected, total=run.tally.subjects if run else None,
        records=run.tally.rows - run.tally.rejected_rows if run else None,
        minors=sum(row.minors for row in rows), by_residence={row.residence: row.subjects for row in rows},
        contents=version.contents, forbids=version.forbids, title_required=version.title_required,
        headings_required=version.headings_required, credit_monitoring_months=monitoring.months if monitoring and ordered else 0,
        due=clock.due, limit=version.limit, terms=version.terms, citations=tuple(c.text for c in version.citation), dated=now,
    )  # fmt: skip


def basis_now(unit: Reading, notice: Notice, draft: Draft) -> Basis:
    """What the desk would send if it sent this draft now: its text, the newest count, the people kept for it.

    Raises Gate when a fact the draft asserts has another value today.
    """
    known = current(unit.facts(notice.incident))
    changed = [
        fact.key
        for fact in draft.facts
        if fact.key.partition(".")[2] not in PER_LAW and (fact.key not in known or known[fact.key].value != fact.value)
    ]
    if changed:
        raise Gate(f"{draft.notice} v{draft.version}: it rests on facts that have changed since: {', '.join(changed)}; draft it anew")
    run = unit.newest_run(notice.incident)
    recipients = recipients_digest(unit.recipient_keys(draft.notice, draft.version))
    return Basis(text=draft.digest, tally=run.tally.digest if run else "", recipients=recipients)


def newest(unit: Reading, id: str) -> tuple[Notice, Draft]:
    """A notice and its newest version. Raises NotFound."""
    notice = unit.notice(id)
    return notice, unit.drafts(id)[-1]


def decision_on(unit: Reading, draft: Draft) -> Decision | None:
    """The newest decision on exactly this version."""
    return next((d for d in reversed(unit.decisions(draft.notice)) if d.version == draft.version), None)


def read_text(desk: Desk, id: str, version: int = 0) -> Draft:
    """A version of a notice (the newest when 0). Raises NotFound."""
    with desk.store.read() as unit:
        unit.notice(id)
        drafts = unit.drafts(id)
    if version == 0:
        return drafts[-1]
    if not 1 <= version <= len(drafts):
        raise NotFound(f"{id} has versions 1 to {len(drafts)}, not {version}")
    return drafts[version - 1]


def compare_versions(desk: Desk, id: str, before: int = 0, after: int = 0) -> tuple[Span, ...]:
    """What changed between two versions, word by word; the newest against the one before when none are named."""
    with desk.store.read() as unit:
        unit.notice(id)
        drafts = unit.drafts(id)
    new = after or len(drafts)
    old = before or new - 1
    for n in (old, new):
        if not 1 <= n <= len(drafts):
            raise NotFound(f"{id} has versions 1 to {len(drafts)}; there is nothing to compare")
    texts = [f"{d.subject}\n\n{d.text}" for d in (drafts[old - 1], drafts[new - 1])]
    return compare(*texts)


def approve(desk: Desk, id: str, *, by: str, read: str, capacity: str = "", reasons: str = "") -> Decision:
    """Approve the newest version; `read` is the digest of the text the reviewer saw. Raises Gate saying what stands against it."""
    return _decide(desk, id, "approved", by=by, read=read, capacity=capacity, reasons=reasons)


def send_back(desk: Desk, id: str, *, by: str, reasons: str, capacity: str = "") -> Decision:
    """Send the newest version back to its author, with reasons."""
    return _decide(desk, id, "sent-back", by=by, read="", capacity=capacity, reasons=reasons)


def _decide(
    desk: Desk,
    id: str,
    verdict: Literal["approved", "sent-back"],
    *,
    by: str,
    read: str,
    capacity: str,
    reasons: str,
) -> Decision:
    cases.need_name(by)
    now = desk.clock.now()
    with desk.store.write() as unit:
        notice, text = newest(unit, id)
        waiting = sum(1 for c in unit.comments(id) if c.version == text.version and not c.resolved_by)
        basis = basis_now(unit, notice, text) if verdict == "approved" else basis_of(text)
        decision = decide(
            text, verdict=verdict, by=by, read=read, now=basis, open_comments=waiting, at=now,
            capacity=capacity, reasons=reasons,
        )  # fmt: skip
        unit.add_decision(decision)
        unit.enter(
            at=now, by=by, act=f"notice.{verdict}", incident=notice.incident,
            what={"notice": id, "version": text.version, "rule": notice.rule, "place": notice.place, "capacity": capacity,
                  "reasons": reasons, **decision.basis.model_dump()},
        )  # fmt: skip
    return decision


def comment(desk: Desk, id: str, text: str, *, by: str) -> Comment:
    """Remark on the newest version; open remarks stand in the way of approval."""
    cases.need_name(by)
    now = desk.clock.now()
    with desk.store.write() as unit:
        notice, draft = newest(unit, id)
        made = unit.add_comment(id, draft.version, by, now, text)
        unit.enter(at=now, by=by, act="notice.commented", incident=notice.incident,
                   what={"notice": id, "version": draft.version, "comment": made.id, "text": text})  # fmt: skip
    return made


def resolve(desk: Desk, comment_id: int, *, by: str) -> Comment:
    """Mark a remark as dealt with."""
    cases.need_name(by)
    now = desk.clock.now()
    with desk.store.write() as unit:
        made = unit.resolve_comment(comment_id, by)
        unit.enter(at=now, by=by, act="comment.resolved", incident=unit.notice(made.notice).incident,
                   what={"notice": made.notice, "comment": comment_id})  # fmt: skip
    return made


def comments(desk: Desk, id: str) -> list[Comment]:
    """Every remark on a notice."""
    with desk.store.read() as unit:
        unit.notice(id)
        return unit.comments(id)


@dataclass(frozen=True, slots=True)
class _Standing:
    status: Any
    blocked: str


def view(unit: Reading, notice: Notice) -> NoticeView:
    """A notice with where it stands and what blocks it."""
    drafts = unit.drafts(notice.id)
    last = drafts[-1]
    decision = decision_on(unit, last)
    waiting = sum(1 for c in unit.comments(notice.id) if c.version == last.version and not c.resolved_by)
    send, filings = unit.send(notice.id, last.version), unit.filings(notice.id)
    filing = filings[-1] if filings else None
    standing = _standing(unit, notice, last, decision, waiting, send, filing)
    return NoticeView(
        notice=notice, draft=last, versions=len(drafts), status=standing.status, blocked=standing.blocked, decision=decision,
        open_comments=waiting, send=send, filing=filing,
    )  # fmt: skip


def _standing(
    unit: Reading, notice: Notice, draft: Draft, decision: Decision | None, waiting: int, send: Send | None, filing: Filing | None
) -> _Standing:
    if send is not None:
        t = send.tallied
        if t.finished:
            left = t.refused + t.unaddressed
            return _Standing("sent" if not left else "sent-in-part", f"{left} people still need another way" if left else "")
        unknown = t.unknown + t.sending
        return _Standing("sending", f"{unknown} outcomes unknown: settle them" if unknown else f"{t.left} still to send")
    if filing is not None and filing.version == draft.version:
        return _Standing("filed", "")
    if decision is None:
        return _Standing("drafted", f"{waiting} comments open" if waiting else "counsel has not approved it")
    if decision.verdict == "sent-back":
        return _Standing("sent-back", decision.reasons)
    try:
        approved(draft, decision, basis_now(unit, notice, draft))
    except Gate as gate:
        return _Standing("void", str(gate))
    return _Standing("approved", "")


def notices(desk: Desk, codename: str = "") -> list[NoticeView]:
    """Every notice of an incident (of the desk when empty) with where it stands: the review queue."""
    with desk.store.read() as unit:
        return [view(unit, notice) for notice in unit.notices(codename)]


def one(desk: Desk, id: str) -> NoticeView:
    """One notice with where it stands."""
    with desk.store.read() as unit:
        return view(unit, unit.notice(id))


def ready(unit: Reading, id: str) -> tuple[Notice, ApprovedNotice]:
    """A notice that may be sent or filed now. Raises Gate when it may not, saying why.

    A send that began under a valid approval is finished under it: a count or a fact that changes meanwhile asks for another
    notice, and leaves nobody of this one half told.
    """
    notice, text = newest(unit, id)
    decision = decision_on(unit, text)
    if decision is not None and unit.send(id, text.version) is not None:
        recipients = recipients_digest(unit.recipient_keys(id, text.version))
        now = Basis(text=text.digest, tally=decision.basis.tally, recipients=recipients)
        return notice, approved(text, decision, now)
    return notice, approved(text, decision, basis_now(unit, notice, text))


def file(desk: Desk, id: str, *, by: str, reference: str, at: datetime | None = None) -> Filing:
    """Note that an approved letter was filed outside the desk (a portal, by hand), with its reference.

    The first filing with an authority dates `timeline.initial_filed`, later ones `timeline.update_filed`. Raises Gate when the
    letter is not approved, or goes to people one by one.
    """
    cases.need_name(by)
    now = desk.clock.now()
    filed_at = at or now
    if filed_at > now:
        raise Gate(f"{id}: a filing cannot lie in the future")
    if not reference.strip():
        raise Gate(f"{id}: give the reference the authority answered with (or where the receipt lies)")
    with desk.store.write() as unit:
        notice, ready_notice = ready(unit, id)
        if notice.recipient in TO_PEOPLE:
            raise Gate(f"{id} goes to people: `breachdesk send {id}` sends it")
        draft = ready_notice.draft
        filing = Filing(notice=id, version=draft.version, at=filed_at, by=by, reference=reference, text=draft.digest)
        unit.add_filing(filing)
        unit.enter(at=now, by=by, act="notice.filed", incident=notice.incident,
                   what={"notice": id, "version": draft.version, "rule": notice.rule, "place": notice.place,
                         "reference": reference, "at": filed_at.isoformat(), "text": draft.digest})  # fmt: skip
        if notice.recipient == "authority":
            known = current(unit.facts(notice.incident))
            first = "timeline.initial_filed" not in known or known["timeline.initial_filed"].standing == "unknown"
            event = "timeline.initial_filed" if first else "timeline.update_filed"
            cases.add_fact(unit, notice.incident, Fact(
                key=event, value=filed_at.isoformat(), standing="confirmed", said_by=by, at=now, source=f"{NOTED}filing of {id}",
            ))  # fmt: skip
    return filing


def next_codes(text: Draft) -> str:
    """The short code of a text, printed for a reviewer to read back: the first twelve digits of its digest."""
    return text.digest[7:19]


__all__ = [
    "NoticeView", "approve", "basis_now", "basis_of", "comment", "comments", "compare_versions", "draft", "file",
    "next_codes", "notices", "one", "people_of", "read_text", "ready", "resolve", "send_back",
]  # fmt: skip
