"""Draft -> ApprovedNotice: a sign-off is bound by digest to the text, the count and the people it was given for.

There is no `approved` flag. What may be sent is an `ApprovedNotice`, and only `approved()` makes one, from a draft, the approval
somebody gave, and the state of the desk now; when anything differs it refuses and names what changed.
"""

from __future__ import annotations

import difflib
import html as markup
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.rules import Limit
from breachdesk.domain.values import Instant, Value, digest_of

RTL = frozenset({"ar", "fa", "he", "ur"})
"""Languages written from right to left."""

MERGE_FIELDS: tuple[str, ...] = ("greeting", "name", "elements", "reference")
"""What a letter may say about one person, written `[[greeting]]` in an approved text and filled as it is sent."""

_FIELD = re.compile(r"\[\[([a-z_]+)\]\]")


class FactUsed(Value):
    """A fact a draft asserts, as it was recorded then."""

    key: str
    value: Any
    standing: str


class Draft(Value):
    """One version of a notice. Texts still carry the merge fields of one person.

    `text` is plain text and `html` its page, from the same source; `template` the template's path and `template_digest` the
    digest of every file it was drawn from; `run` the number of the count it rests on (0 when none), `tally` that count's digest;
    `recipients` the digest of the ordered set of people and `people` how many they are.
    """

    notice: str
    version: int
    language: str
    subject: str
    text: str
    html: str
    template: str
    template_digest: str
    facts: tuple[FactUsed, ...]
    run: int
    tally: str
    recipients: str
    people: int
    drafted_by: str
    at: Instant

    @property
    def digest(self) -> str:
        """The digest of exactly what people will read: subject, text and page."""
        return digest_of({"subject": self.subject, "text": self.text, "html": self.html, "language": self.language})


class Notice(Value):
    """A notice the desk is preparing: one duty, one language, one kind of recipient. `id` is short, e.g. `N-0007`."""

    id: str
    incident: str
    duty: str
    rule: str
    place: str
    regime: str
    recipient: str
    authority: str = ""
    language: str
    opened_at: Instant


class Basis(Value):
    """What an approval is bound to: digests of the text, of the count it rests on, of the set of people."""

    text: str
    tally: str
    recipients: str


class Decision(Value):
    """A reviewer's decision on one version: approve, or send back with reasons."""

    notice: str
    version: int
    verdict: Literal["approved", "sent-back"]
    by: str
    capacity: str = ""
    reasons: str = ""
    basis: Basis
    at: Instant


class Comment(Value):
    """A remark on a version; `resolved_by` is empty while it is open."""

    id: int
    notice: str
    version: int
    by: str
    at: Instant
    text: str
    resolved_by: str = ""


class Filing(Value):
    """A filing made outside the desk (a portal, a letter): what was filed, when, by whom, under which reference."""

    notice: str
    version: int
    at: Instant
    by: str
    reference: str
    text: str
    """The digest of the text that was filed."""


_BETWEEN_US = object()


@dataclass(frozen=True, slots=True)
class ApprovedNotice:
    """A draft and the approval that covers it. Only `approved()` can make one: it is what mail code accepts."""

    draft: Draft
    decision: Decision
    seal: object = None

    def __post_init__(self) -> None:
        if self.seal is not _BETWEEN_US:
            raise TypeError("an ApprovedNotice comes from notices.approved(), never from a constructor call")


def basis_of(draft: Draft) -> Basis:
    """What an approval of this draft is bound to."""
    return Basis(text=draft.digest, tally=draft.tally, recipients=draft.recipients)


def decide(
    draft: Draft, *, verdict: Literal["approved", "sent-back"], by: str, read: str, now: Basis, open_comments: int,
    at: datetime, capacity: str = "", reasons: str = "",
) -> Decision:  # fmt: skip
    """A reviewer's decision. `read` is the digest of the text the reviewer saw; `now` what the desk would send today.

    Raises Gate when the reviewer wrote the draft, read another text, left comments open, or the count or people have changed
    since the draft; InvalidInput when it is sent back without a reason.
    """
    if verdict == "sent-back":
        if not reasons.strip():
            raise InvalidInput("say why it goes back", key="reasons")
    else:
        if by.strip().casefold() == draft.drafted_by.strip().casefold():
            raise Gate(f"{draft.notice} v{draft.version}: {by} drafted this text; somebody else must approve it")
        if read != draft.digest:
            raise Gate(f"{draft.notice} v{draft.version}: the text that was read is not this version; read it again")
        if open_comments:
            raise Gate(f"{draft.notice} v{draft.version}: {open_comments} comments are open; resolve them first")
        _unchanged(draft, basis_of(draft), now)
    return Decision(
        notice=draft.notice, version=draft.version, verdict=verdict, by=by, capacity=capacity, reasons=reasons,
        basis=basis_of(draft), at=at,
    )  # fmt: skip


def _unchanged(draft: Draft, then: Basis, now: Basis) -> None:
    name = f"{draft.notice} v{draft.version}"
    if then.text != now.text:
        raise Gate(f"{name}: the text changed after it was approved; the approval is void")
    if then.tally != now.tally:
        raise Gate(f"{name}: it rests on count run {draft.run}, and the people have been counted again; draft it anew")
    if then.recipients != now.recipients:
        raise Gate(f"{name}: the set of people it goes to has changed since it was drafted; draft it anew")


def approved(draft: Draft, decision: Decision | None, now: Basis) -> ApprovedNotice:
    """The notice that may be sent. Raises Gate when nobody approved this version, or anything changed since."""
    if decision is None or decision.verdict != "approved" or (decision.notice, decision.version) != (draft.notice, draft.version):
        raise Gate(f"{draft.notice} v{draft.version}: nobody has approved this version")
    _unchanged(draft, decision.basis, now)
    return ApprovedNotice(draft, decision, _BETWEEN_US)


def fields_in(text: str) -> tuple[str, ...]:
    """The merge fields a text uses, in order. Raises InvalidInput for one that does not exist."""
    found = tuple(dict.fromkeys(_FIELD.findall(text)))
    for field in found:
        if field not in MERGE_FIELDS:
            raise InvalidInput(f"there is no such merge field; there are {', '.join(MERGE_FIELDS)}", key=f"[[{field}]]")
    return found


def merge(text: str, person: Mapping[str, str], *, html: bool = False) -> str:
    """A text with one person's fields in it, escaped and isolated (`<bdi>`) for a page. Raises KeyError for a missing field."""

    def fill(match: re.Match[str]) -> str:
        value = person[match[1]]
        return f"<bdi>{markup.escape(value)}</bdi>" if html else value

    return _FIELD.sub(fill, text)


_WORD = re.compile(r"\s+|[^\s\w]|\w+")


class Span(Value):
    """A run of words in a comparison."""

    kind: Literal["same", "added", "removed"]
    text: str


def compare(before: str, after: str) -> tuple[Span, ...]:
    """A word-level comparison of two texts: joined, `same` and `removed` give the first, `same` and `added` the second."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    spans: list[Span] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for op, a, b, c, d in matcher.get_opcodes():
        if op == "equal":
            spans.append(Span(kind="same", text="".join(old[a:b])))
            continue
        if b > a:
            spans.append(Span(kind="removed", text="".join(old[a:b])))
        if d > c:
            spans.append(Span(kind="added", text="".join(new[c:d])))
    return tuple(spans)


class LetterRequest(Value):
    """What a letter is drawn from: a duty with its clock, what is known, and what the count says.

    `facts` holds current facts that are confirmed or suspected, by key; `standings` how sure each is. `elements` are the data
    elements hit; `records` the rows the count read, rejected ones apart. Times are UTC; the letter shows them in `zone`.
    """

    rule: str
    place: str
    regime: str
    title: str = ""
    recipient: str
    stage: str
    authority: str = ""
    authority_local: Mapping[str, str] = {}
    language: str
    zone: str
    codename: str
    facts: Mapping[str, Any]
    standings: Mapping[str, str]
    timeline: Mapping[str, Instant]
    elements: tuple[str, ...] = ()
    affected: int | None = None
    total: int | None = None
    records: int | None = None
    minors: int = 0
    by_residence: Mapping[str, int] = {}
    contents: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    title_required: str = ""
    headings_required: tuple[str, ...] = ()
    credit_monitoring_months: int = 0
    due: Instant | None = None
    limit: Limit | None = None
    terms: str = ""
    citations: tuple[str, ...] = ()
    dated: Instant


class Letter(Value):
    """A rendered letter, merge fields still open, and what it was drawn from."""

    subject: str
    text: str
    html: str
    template: str
    template_digest: str
    facts: tuple[str, ...]


def languages_for(wanted: Iterable[str], written: Iterable[str], fallback: str = "en") -> dict[str, str]:
    """Which language each reader gets: their own (`pt-BR` falls to `pt`), else the fallback."""
    there = set(written)
    chosen: dict[str, str] = {}
    for language in wanted:
        base = language.split("-")[0].lower()
        chosen[language] = language if language in there else base if base in there else fallback
    return chosen
