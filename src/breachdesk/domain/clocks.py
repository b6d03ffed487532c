"""Duties and dated events -> due and latest, with the working shown.

`due` is the safe instant: who meets it has met every reading. `latest` is the later instant the law may allow, None when there
is none (`contract.md` section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from breachdesk.domain import places
from breachdesk.domain.calendars import Calendar, end_of, last_day, next_open
from breachdesk.domain.duties import Assessed, Assessment, NotCovered, PartlyCovered
from breachdesk.domain.rules import FurtherLimit, TimeLimit, Version
from breachdesk.domain.values import iso
from breachdesk.domain.vocabulary import Event

Calendars = Callable[[str], Calendar]
"""The calendar of a place."""

ARGUABLE: Mapping[str, tuple[Event, ...]] = {
    "discovered": ("aware", "determined"),
    "aware": ("discovered", "determined"),
    "determined": ("aware", "discovered"),
}
"""Which events could be argued to start a clock whose own event is not dated, where the rule does not say."""

YEAR_END = (12, 31)


class Reckoning(NamedTuple):
    """One limit from one instant: the safe end, the later end law may allow, and the working."""

    due: datetime
    latest: datetime | None
    working: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """An assessed duty with its dates. `due` is None while the event it starts from is not dated (`waits_for`)."""

    duty: Assessed
    due: datetime | None = None
    latest: datetime | None = None
    zone: str
    started_by: Event | None = None
    waits_for: Event | None = None
    working: tuple[str, ...] = ()

    @property
    def limit(self) -> str:
        """The limit as the contract writes it: `30 calendar days`, or the law's own words where it gives no number."""
        version = self.duty.version
        return str(version.limit) if version.limit is not None else version.terms

    @property
    def due_local(self) -> str | None:
        """`due` in the recipient's own time, ISO 8601 with offset."""
        return None if self.due is None else iso(self.due.astimezone(ZoneInfo(self.zone)))

    def as_contract(self) -> dict[str, Any]:
        """One entry of `duties` in the contract's JSON, with the desk's further keys behind."""
        duty, version = self.duty, self.duty.version
        return {
            "id": duty.rule.id, "place": duty.place, "regime": duty.rule.instrument.regime,
            "recipient": duty.rule.duty.recipient, "stage": duty.rule.duty.stage, "authority": authority_name(duty),
            "affected": duty.affected, "status": duty.status,
            "due": None if self.due is None else iso(self.due), "due_local": self.due_local,
            "latest": None if self.latest is None else iso(self.latest),
            "limit": self.limit, "soft": version.soft, "starts": self.waits_for or version.starts,
            "before": version.before,
            "reasons": [reason._asdict() for reason in duty.reasons], "missing": list(duty.missing),
            "flips_if": list(duty.flips_if), "working": list(self.working),
            "citations": [
                {"text": c.text, "url": c.url, "read_on": c.read_on.isoformat() if c.read_on else None}
                for c in version.citation
            ],
            "terms": version.terms, "verified": version.verified, "remarks": list(duty.remarks),
            "channel": version.channel, "contents": list(version.contents), "forbids": list(version.forbids),
        }  # fmt: skip


def authority_name(duty: Assessed) -> str | None:
    """Who the notice goes to, by official name; None for people and controllers."""
    if duty.authority is not None:
        return duty.authority.name
    return duty.rule.duty.authority or None


def zone_of(duty: Assessed) -> ZoneInfo:
    """The time zone in which a duty's days end: the authority's seat; for individuals, the place's own."""
    if duty.authority is not None:
        return ZoneInfo(duty.authority.time_zone)
    if duty.rule.instrument.seat and duty.rule.duty.recipient != "individuals":
        return ZoneInfo(duty.rule.instrument.seat)
    return places.zone(duty.place)


def reckon(
    limit: TimeLimit, start: datetime, zone: ZoneInfo, closed: Calendar, *, rolls: bool = False, eu_1182_71: bool = False,
    by_noon: bool = False, first_counts: bool = False, from_year_end: bool = False,
) -> Reckoning:  # fmt: skip
    """The end of one limit that starts at an aware instant.

    `rolls`: a law lets a last day on a closed day move to the next business day. `eu_1182_71`: Regulation (EEC, Euratom)
    1182/71 Art 3 counts an hour limit from the next full hour, and lets a day limit that ends on a closed day roll. `by_noon`:
    any limit that ends on a closed day may be met by noon of the next business day (Delegated Regulation (EU) 2025/301 Art 5). `first_counts`: the
    day of the start event is the first day of a limit in days.
    """
    if by_noon:
        plain = reckon(
            limit, start, zone, closed, eu_1182_71=eu_1182_71, first_counts=first_counts, from_year_end=from_year_end
        )
        return _noon(plain, zone, closed)
    local = start.astimezone(zone)
    if limit.unit == "hours":
        return _hours(limit, local, zone, eu_1182_71)
    day, working = local.date(), []
    if from_year_end:
        day = date(day.year, *YEAR_END)
        working.append(f"counted from the end of the calendar year, {day:%a %d %b %Y}")
    counted = f"{limit} after {day:%a %d %b %Y}, that day not counted"
    if first_counts:
        counted = f"{limit} from {day:%a %d %b %Y}, that day counted as the first"
        day -= timedelta(days=1)
    last, passed = last_day(day, limit, closed)
    working += [*passed, f"{counted}: last day {last:%a %d %b %Y}"]
    due = end_of(last, zone)
    working.append(f"ends at the end of that day in {zone.key}: {iso(due.astimezone(zone))}")
    if limit.unit == "business days" and not closed.in_table(last):
        working.append("the desk has no table of holidays for that day: weekends alone were left out, check the calendar")
    latest, more = _latest_day(limit, day, last, zone, closed, rolls or eu_1182_71)
    return Reckoning(due=due, latest=latest, working=(*working, *more))


def _hours(limit: TimeLimit, local: datetime, zone: ZoneInfo, eu_1182_71: bool) -> Reckoning:
    due = local.astimezone(UTC) + timedelta(hours=limit.amount)
    working = [f"{limit} of elapsed time after {iso(local)}: {iso(due.astimezone(zone))}"]
    shift = (due.astimezone(zone).utcoffset() or timedelta()) - (local.utcoffset() or timedelta())
    if shift:
        working.append(f"local clocks move by {shift.total_seconds() / 3600:+g} h in between: an hour limit does not notice")
    if not eu_1182_71:
        return Reckoning(due=due, latest=None, working=tuple(working))
    full = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC) + timedelta(hours=1)
    latest = full + timedelta(hours=limit.amount)
    working.append(
        f"Regulation 1182/71 Art 3(1) does not count the hour of the event: from {iso(full.astimezone(zone))}, "
        f"latest {iso(latest.astimezone(zone))}"
    )
    return Reckoning(due=due, latest=latest, working=tuple(working))


def _latest_day(
    limit: TimeLimit, start: date, last: date, zone: ZoneInfo, closed: Calendar, rolls: bool
) -> tuple[datetime | None, list[str]]:
    later, working = last, []
    if limit.unit == "business days":
        later, _ = last_day(start, limit, closed, trust_estimates=True)
        if later != last:
            working.append(f"if the estimated holidays fall as expected: {later:%a %d %b %Y}")
    elif why := closed.why_closed(last):
        if rolls:
            later, passed = next_open(last, closed)
            working += [*passed, f"the law lets the last day move: latest {later:%a %d %b %Y}; meet the earlier one"]
        else:
            working.append(f"{last:%a %d %b %Y} is {why}: the date does not move, offices may be closed")
    return (end_of(later, zone) if later != last else None), working


def _noon(found: Reckoning, zone: ZoneInfo, closed: Calendar) -> Reckoning:
    last = found.due.astimezone(zone).date()
    if not closed.why_closed(last):
        return found
    later, passed = next_open(last, closed)
    latest = datetime.combine(later, time(12), zone).astimezone(UTC)
    line = f"the law lets a limit that ends on a closed day be met by noon: latest {iso(latest.astimezone(zone))}; meet the earlier one"
    return Reckoning(due=found.due, latest=max(latest, found.due), working=(*found.working, *passed, line))


def fall_due(duty: Assessed, timeline: Mapping[Event, datetime], calendars: Calendars, target: TimeLimit) -> Clock:
    """The clock of one duty. `target` is the desk's internal target for limits without a number. Not-owed duties run no clock."""
    version, zone = duty.version, zone_of(duty)
    if duty.status == "not-owed":
        return Clock(duty=duty, zone=zone.key)
    closed = calendars(duty.place).as_law_counts(version.closed_days)
    event, preface = _start(version.starts, version.or_starts, timeline)
    ends: list[tuple[Reckoning, Event]] = []
    if event is not None:
        ends.append((_main(version, timeline[event], zone, closed, target), event))
    ends += [(_further(f, timeline[f.starts], zone, closed, version), f.starts) for f in version.also if f.starts in timeline]
    if not ends:
        line = f"the clock starts with `{version.starts}`, which is not dated yet"
        return Clock(duty=duty, zone=zone.key, waits_for=version.starts, working=(line,))
    first, by = min(ends, key=lambda end: end[0].due)
    working = [*preface, *(line for reckoning, _ in ends for line in reckoning.working)]
    if len(ends) > 1:
        working.append(f"whichever is earlier: {iso(first.due.astimezone(zone))}")
    latests = [end.latest or end.due for end, _ in ends]
    latest = min(latests) if min(latests) > first.due else None
    due, latest, held = _held(version, timeline, first.due, latest, zone)
    return Clock(duty=duty, due=due, latest=latest, zone=zone.key, started_by=by, working=(*working, *held))


def _start(own: Event, rule_others: tuple[Event, ...], timeline: Mapping[Event, datetime]) -> tuple[Event | None, list[str]]:
    if own in timeline:
        return own, [f"starts: {own} {iso(timeline[own])}"]
    dated = [event for event in (rule_others or ARGUABLE.get(own, ())) if event in timeline]
    if not dated:
        return None, []
    event = min(dated, key=lambda e: timeline[e])
    return event, [
        f"the law starts with `{own}`, which is not dated; `{event}` ({iso(timeline[event])}) is the earliest dated event that "
        "could be argued, and is used until it is"
    ]


def _main(version: Version, start: datetime, zone: ZoneInfo, closed: Calendar, target: TimeLimit) -> Reckoning:
    if version.limit is None:
        aim = reckon(target, start, zone, closed)
        line = f'the law says "{version.terms}" and gives no number; the desk\'s internal target is {target}'
        return Reckoning(due=aim.due, latest=None, working=(line, *aim.working))
    return _as_counted(version, version.limit, start, zone, closed, from_year_end=version.limit_from == "end-of-calendar-year")


def _as_counted(
    version: Version, limit: TimeLimit, start: datetime, zone: ZoneInfo, closed: Calendar, *, from_year_end: bool = False
) -> Reckoning:
    return reckon(
        limit, start, zone, closed, rolls=version.roll == "next-business-day", eu_1182_71=version.counting is not None,
        by_noon=version.roll == "noon-next-business-day", first_counts=version.first_day == "counted", from_year_end=from_year_end,
    )  # fmt: skip


def _further(further: FurtherLimit, start: datetime, zone: ZoneInfo, closed: Calendar, version: Version) -> Reckoning:
    found = _as_counted(version, further.limit, start, zone, closed)
    line = f"also: {further.terms or further.limit} from {further.starts} {iso(start)}"
    return Reckoning(due=found.due, latest=found.latest, working=(line, *found.working))


def _held(
    version: Version, timeline: Mapping[Event, datetime], due: datetime, latest: datetime | None, zone: ZoneInfo
) -> tuple[datetime, datetime | None, list[str]]:
    """Law enforcement's request for delay: while it lasts the notice waits, and is due when it ends."""
    since, until = timeline.get("hold_from"), timeline.get("hold_until")
    if since is None:
        return due, latest, []
    if not version.hold:
        return due, latest, ["law enforcement asked for delay, but this law knows none: the date stands"]
    if since > due:
        return due, latest, [f"the request for delay of {iso(since)} came after the date: the date stands"]
    if until is None:
        return due, latest, [
            f"law enforcement has asked for delay since {iso(since)}: the notice waits until the hold ends; record "
            "timeline.hold_until when it does. The date shown is the one without the hold"
        ]  # fmt: skip
    if until <= due:
        return due, latest, [f"law enforcement's hold ended {iso(until)}, before the date: the date stands"]
    return until, None, [f"held for law enforcement until {iso(until.astimezone(zone))}: due as soon as the hold ends"]


class Board(NamedTuple):
    """Every clock of an incident, soonest first, and the places the desk knows no law of."""

    at: datetime
    rulebook: str
    clocks: tuple[Clock, ...]
    not_covered: tuple[NotCovered, ...]
    partly_covered: tuple[PartlyCovered, ...] = ()

    def as_contract(self) -> dict[str, Any]:
        """The JSON answer of `breachdesk duties`."""
        return {
            "schema": "breachdesk/duties", "version": 1, "at": iso(self.at), "rulebook": self.rulebook,
            "duties": [clock.as_contract() for clock in self.clocks],
            "not_covered": [place._asdict() for place in self.not_covered],
            "partly_covered": [place._asdict() for place in self.partly_covered],
        }  # fmt: skip


_STATUS_ORDER = {"owed": 0, "undecided": 0, "not-owed": 1}
_FAR = datetime.max.replace(tzinfo=UTC)


def board(
    assessment: Assessment, timeline: Mapping[Event, datetime], calendars: Calendars, target: TimeLimit, *, at: datetime,
    rulebook: str, own: Mapping[str, Mapping[Event, datetime]] = MappingProxyType({}),
) -> Board:  # fmt: skip
    """All clocks, soonest first: running ones by date, then those that wait for an event, then what is not owed.

    `own` holds events of single instruments by id, over the common timeline: a filing in one country starts no clock in another.
    """
    clocks = [
        fall_due(duty, {**timeline, **own.get(duty.rule.instrument.id, {})}, calendars, target) for duty in assessment.duties
    ]
    return Board(at=at.astimezone(UTC), rulebook=rulebook, clocks=tuple(in_order(clocks)), not_covered=assessment.not_covered,
                 partly_covered=assessment.partly_covered)  # fmt: skip


def in_order(clocks: Iterable[Clock]) -> list[Clock]:
    """Soonest first; a clock without a date behind the dated ones, by what it waits for."""
    return sorted(
        clocks,
        key=lambda c: (_STATUS_ORDER[c.duty.status], c.due or _FAR, c.waits_for or "", c.duty.rule.id, c.duty.place),
    )
