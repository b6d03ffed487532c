"""`breachdesk law`: the law the desk has read, how far, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import PASS, Seat
from breachdesk.domain import places
from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.rules import Rule, Rulebook, Trigger, Version

_AGE = re.compile(r"(\d{1,5})\s*(d|days?)")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_on(rule: Rule) -> date | None:
    return max((v.read_on for v in rule.duty.version if v.read_on), default=None)


def _version_as_json(version: Version) -> dict[str, Any]:
    body = version.model_dump(mode="json", by_alias=True, exclude={"citation"}, exclude_none=True)
    return body | {
        "in_force_from": _day(version.in_force_from), "in_force_to": _day(version.in_force_to),
        "read_on": _day(version.read_on), "citations": [c.model_dump(mode="json") for c in version.citation],
    }  # fmt: skip


def _as_json(rule: Rule) -> dict[str, Any]:
    instrument, duty = rule.instrument, rule.duty
    return {
        "id": rule.id, "place": instrument.place, "regime": instrument.regime, "title": instrument.title,
        "recipient": duty.recipient, "stage": duty.stage, "authority": duty.authority or None, "read_on": _day(_read_on(rule)),
        "versions": [_version_as_json(version) for version in duty.version],
        "citations": [c.model_dump(mode="json") for version in duty.version for c in version.citation],
    }  # fmt: skip


def _limit(version: Version) -> str:
    return str(version.limit) if version.limit else f"no number: {version.terms}"


@click.command(cls=DeskCommand)
@click.option("--place", default="", help="Only rules of this place.")
@PASS
def list_(seat: Seat, place: str) -> None:
    """Every rule: id, place, regime, versions with dates, citations, and when it was read."""
    book = seat.desk.law.book()
    rules = [rule for rule in book.rules() if not place or rule.instrument.place == place]
    if seat.json:
        seat.out.answer("law", {"rulebook": book.digest, "rules": [_as_json(rule) for rule in rules]})
        return
    seat.out.line(f"Rules: {len(rules)}")
    today = seat.desk.clock.now().date()
    seat.out.items(
        [
            ("rule", rule.id),
            ("place", rule.instrument.place),
            ("to", rule.duty.authority or rule.duty.recipient),
            ("regime", rule.instrument.regime),
            ("limit", _limit(now) if (now := rule.duty.at(today)) else "not in force today"),
            ("read on", _day(_read_on(rule)) or "NOT READ"),
        ]
        for rule in rules
    )


def _find(book: Rulebook, name: str) -> Rule:
    rules = list(book.rules())
    near = [r for r in rules if r.id == name] or [r for r in rules if r.id.endswith(name) or r.instrument.id == name]
    if len(near) == 1:
        return near[0]
    if near:
        raise NotFound(f"{name!r} names several rules: {', '.join(r.id for r in near)}")
    alike = [r.id for r in rules if name.casefold() in r.id.casefold()][:6]
    raise NotFound(f"there is no rule {name!r}" + (f"; there are {', '.join(alike)}" if alike else "; see `breachdesk law list`"))


@click.command(cls=DeskCommand)
@click.argument("rule")
@PASS
def show(seat: Seat, rule: str) -> None:
    """One rule: its versions, limits, and where each was read.

    \b
    breachdesk law show eu/gdpr#33-1
    """
    found = _find(seat.desk.law.book(), rule)
    if seat.json:
        seat.out.answer("rule", _as_json(found))
        return
    out = seat.out
    instrument, duty = found.instrument, found.duty
    out.line(f"{found.id}: {instrument.regime}")
    for label, text in (("title", instrument.title), *((f"title ({k})", v) for k, v in instrument.local_names.items())):
        if text:
            out.line(f"{label}: {text}")
    out.line(f"place: {instrument.place} {places.name(instrument.place)}")
    out.line(f"to: {duty.authority or duty.recipient} ({duty.recipient}, {duty.stage})")
    for language, text in duty.authority_local.items():
        out.line(f"to ({language}): {text}")
    if duty.authority_url:
        out.line(f"at: {duty.authority_url}")
    for version in sorted(duty.version, key=lambda v: v.in_force_from or date.max, reverse=True):
        out.heading(_dates(version))
        for label, text in described(version):
            out.line(f"{label}: {text}" if label else text)
    out.line("Counsel confirms.")


def _dates(version: Version) -> str:
    if version.in_force_from is None:
        return f"NOT IN FORCE: {version.pending}"
    until = f" until {version.in_force_to}" if version.in_force_to else ""
    return f"In force from {version.in_force_from}{until}"


def described(version: Version) -> Iterator[tuple[str, str]]:
    """A version as a lawyer reads one, a (label, text) pair a line: whom it binds, what triggers it, by when, how, and the sources."""
    if not version.verified:
        yield "", f"NOT VERIFIED: nobody has read this at its source. To read: {version.to_read}"
    bound = [f"every {' or '.join(version.roles)}"]
    bound += [f"in sector {' or '.join(version.sectors)}"] if version.sectors else []
    bound += [f"unless only in sector {' or '.join(version.except_sectors)}"] if version.except_sectors else []
    yield "binds", f"{' '.join(bound)}, by {' or '.join(version.connects)}"
    if version.except_established:
        yield "not", f"who is established only in {' or '.join(version.except_established)}, which has its own law"
    for number, trigger in enumerate(version.when, 1):
        label = "when" if len(version.when) == 1 else f"when, way {number}"
        yield label, "; ".join(_trigger(trigger))
    starts = " or, until that is dated, ".join((version.starts, *version.or_starts[:1]))
    yield "limit", f"{_limit(version)}, from {starts}" + (
        ", counted from the end of the calendar year" if version.limit_from != "event" else ""
    )
    for further in version.also:
        yield "and", f"{further.limit} from {further.starts}, whichever ends first" + (f" ({further.terms})" if further.terms else "")
    yield "the law's words", version.terms
    if version.roll:
        yield "closed days", "the law lets a last day on one move: " + version.roll.replace("-", " ")
    if version.closed_days != "weekends-and-holidays":
        yield "business days", f"leave out {version.closed_days.replace('-', ' ')}"
    if version.before:
        yield "before", version.before
    yield "law enforcement", "may ask for delay" if version.hold else "no delay is provided for"
    told = [("channel", version.channel), ("title", version.title_required), ("headings", "; ".join(version.headings_required)),
            ("the notice says", ", ".join(version.contents)), ("it must not say", ", ".join(version.forbids))]  # fmt: skip
    yield from ((label, text) for label, text in told if text)
    if version.credit_monitoring:
        hit = version.credit_monitoring.when
        yield "offer", f"{version.credit_monitoring.months} months of credit monitoring" + (f" when {', '.join(hit)} was hit" if hit else "")
    yield from (("note", note) for note in version.notes)
    for citation in version.citation:
        read = f"read on {citation.read_on}" if citation.read_on else "NOT READ"
        yield "source", f"{citation.text}: {citation.url} ({read}{', official' if citation.official else ''})"


def _trigger(trigger: Trigger) -> Iterator[str]:
    if trigger.breach:
        yield f"breach of {' or '.join(trigger.breach)}"
    if trigger.access:
        yield f"data {' or '.join(trigger.access)}"
    if trigger.elements:
        ways = [
            f"one of {', '.join(c.any)}" + (f" beside one of {', '.join(c.beside)}" if c.beside else "") for c in trigger.elements
        ]
        yield " or ".join(ways)
    if trigger.encryption:
        yield "not encrypted, or the key went too"
    if trigger.harm:
        yield f"harm at least {trigger.harm}" + (", presumed until decided" if trigger.harm_presumed else "")
    if trigger.malicious is not None:
        yield "done on purpose" if trigger.malicious else "not done on purpose"
    if trigger.judged:
        yield f"the incident was judged to be what the law asks (`{trigger.judged}`)"
    if trigger.threshold:
        yield str(trigger.threshold)
    if trigger == Trigger():
        yield "every breach"


@click.command(cls=DeskCommand)
@PASS
def coverage(seat: Seat) -> None:
    """How far the law of each place has been read: complete, partial, none. Silence is never `no duty`."""
    book = seat.desk.law.book()
    covered = {place: book.covered(places.SAME.get(place, place)) for place in sorted({*places.COUNTRIES, *book.coverage})}
    if seat.json:
        seat.out.answer("coverage", {"rulebook": book.digest, "places": covered})
        return
    states = list(covered.values())
    told = ", ".join(f"{states.count(state)} {state}" for state in ("complete", "partial", "none"))
    seat.out.line(f"Places: {len(covered)}: {told}. Where it says none the law is NOT COVERED: ask counsel")
    seat.out.items([("place", place), ("", places.name(place)), ("coverage", state)] for place, state in covered.items())


@click.command(cls=DeskCommand)
@click.option("--older-than", "age", default="180d", show_default=True, metavar="DAYS", help="How old a reading may be: 180d.")
@PASS
def stale(seat: Seat, age: str) -> None:
    """Rules in force that nobody has read for a while, or at their source at all."""
    match = _AGE.fullmatch(age.strip())
    if match is None:
        raise InvalidInput(f"{age!r} is not a number of days: write e.g. 180d", key="--older-than")
    days, today = int(match[1]), seat.desk.clock.now().date()
    found: list[tuple[Rule, Version]] = []
    for rule in seat.desk.law.book().rules():
        version = rule.duty.at(today)
        if version and (not version.verified or version.read_on is None or (today - version.read_on).days > days):
            found.append((rule, version))
    if seat.json:
        rows = [
            {"id": rule.id, "place": rule.instrument.place, "read_on": _day(version.read_on), "verified": version.verified,
             "to_read": version.to_read}
            for rule, version in found
        ]  # fmt: skip
        seat.out.answer("law-stale", {"older_than_days": days, "at": today.isoformat(), "rules": rows})
        return
    seat.out.line(f"Rules not read within {days} days: {len(found)}")
    seat.out.items(
        [
            ("rule", rule.id),
            ("read on", _day(version.read_on) or "never"),
            ("", "" if version.verified else "NOT VERIFIED"),
            ("to read", version.to_read),
        ]
        for rule, version in found
    )
