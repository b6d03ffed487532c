"""Counting hours, days, weeks, months and business days, and rolling off a closed day.

A day begins and ends at local midnight of the place that counts. The day of the start event is excluded, the last day ends at
23:59:59 local time (`contract.md` section 3). Hours run as elapsed time, whatever the wall clock does.
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from breachdesk.domain.rules import TimeLimit

LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The closed days of a place. `weekend` holds Python weekday numbers (Monday is 0); `closed` maps a day to its name.

    `estimated` are closed days whose date rests on the moon being seen. `covered` is False where no table was found.
    """

    place: str
    weekend: frozenset[int] = frozenset({5, 6})
    closed: Mapping[date, str] = field(default_factory=dict)
    estimated: frozenset[date] = frozenset()
    years: tuple[int, ...] = ()
    source: str = ""
    covered: bool = True

    def as_law_counts(self, closed_days: str) -> Calendar:
        """This calendar with the days a law's own definition leaves out: `weekends-and-holidays`, `sundays-and-holidays`, `weekends`."""
        if closed_days == "sundays-and-holidays":
            return replace(self, weekend=frozenset({6}))
        if closed_days == "weekends":
            return replace(self, closed={}, estimated=frozenset())
        return self

    def why_closed(self, day: date) -> str:
        """Why a day is no business day, or an empty string when it is one."""
        if day.weekday() in self.weekend:
            return gregorian.day_name[day.weekday()]
        return self.closed.get(day, "")

    def in_table(self, day: date) -> bool:
        """Whether the table of holidays reaches this day."""
        return self.covered and len(self.years) == 2 and self.years[0] <= day.year <= self.years[1]


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of a local day, in UTC. On a day whose last second comes twice, the later one."""
    return datetime.combine(day, LAST_SECOND, zone).replace(fold=1).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def business_days_after(day: date, amount: int, closed: Calendar, *, trust_estimates: bool) -> tuple[date, list[str]]:
    """The `amount`-th business day after `day`, and a line for each day passed over.

    With `trust_estimates` a moon-dependent holiday is a closed day; without, it is counted as a business day, because the
    sighting may put the holiday elsewhere and the earlier date is the safe one.
    """
    passed: list[str] = []
    current, counted = day, 0
    while counted < amount:
        current += timedelta(days=1)
        why = closed.why_closed(current)
        if why and current in closed.estimated and current.weekday() not in closed.weekend and not trust_estimates:
            passed.append(f"{current:%a %d %b %Y} counted although {why} is expected: its date is an estimate")
            why = ""
        if why:
            passed.append(f"{current:%a %d %b %Y} not counted: {why}")
        else:
            counted += 1
    return current, passed


def last_day(start: date, limit: TimeLimit, closed: Calendar, *, trust_estimates: bool = False) -> tuple[date, list[str]]:
    """The last day of a limit in days, weeks, months or business days, the day of the event excluded, and the working.

    Raises ValueError for a limit in hours, which has no last day.
    """
    if limit.unit == "calendar days":
        return start + timedelta(days=limit.amount), []
    if limit.unit == "weeks":
        return start + timedelta(weeks=limit.amount), []
    if limit.unit == "months":
        return add_months(start, limit.amount), []
    if limit.unit == "business days":
        return business_days_after(start, limit.amount, closed, trust_estimates=trust_estimates)
    raise ValueError("a limit in hours has no last day")


def next_open(day: date, closed: Calendar) -> tuple[date, list[str]]:
    """The day itself when it is a business day, else the next one, and a line for each closed day passed over."""
    passed: list[str] = []
    while why := closed.why_closed(day):
        passed.append(f"{day:%a %d %b %Y} is closed: {why}")
        day += timedelta(days=1)
    return day, passed
