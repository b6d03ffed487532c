"""The clock engine: the contract's examples, and what must hold for every date there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachdesk.domain.calendars import Calendar, add_months, business_days_after, end_of
from breachdesk.domain.circumstances import Affected, Circumstances
from breachdesk.domain.clocks import board, fall_due, reckon
from breachdesk.domain.duties import assess
from breachdesk.domain.rules import Rulebook, TimeLimit, parse_limit
from breachdesk.rulebook import ShippedCalendars

BERLIN, LOS_ANGELES = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
OPEN = Calendar(place="DE", weekend=frozenset())
WEEKENDS = Calendar(place="DE")
TARGET = TimeLimit(amount=48, unit="hours")

instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(
    ["Europe/Berlin", "America/Los_Angeles", "Asia/Riyadh", "Australia/Sydney", "Asia/Kathmandu", "Africa/Cairo"]
)
limits = st.builds(
    TimeLimit, amount=st.integers(1, 90), unit=st.sampled_from(["hours", "calendar days", "business days", "weeks", "months"])
)
calendars_ = st.builds(
    Calendar,
    place=st.just("DE"),
    weekend=st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset()]),
    closed=st.dictionaries(st.dates(date(2020, 1, 1), date(2036, 1, 1)), st.just("holiday"), max_size=40),
)


def limit(text: str) -> TimeLimit:
    found = parse_limit(text)
    assert isinstance(found, TimeLimit)
    return found


def test_seventy_two_hours_over_the_change_to_summer_time() -> None:
    """72 hours are 72 elapsed hours when clocks go forward; Regulation 1182/71 leaves the hour of the event out."""
    aware = datetime.fromisoformat("2026-03-27T16:20:00+01:00")
    found = reckon(limit("72 hours"), aware, BERLIN, OPEN, eu_1182_71=True)
    assert found.due == datetime(2026, 3, 30, 15, 20, tzinfo=UTC)
    assert found.latest == datetime(2026, 3, 30, 16, 0, tzinfo=UTC)
    assert any("17:20:00+02:00" in line for line in found.working)
    assert any("local clocks move" in line for line in found.working)


def test_thirty_days_exclude_the_day_of_the_event_and_end_with_the_last_one() -> None:
    """The contract's Californian example: the day of discovery is the local one, the end the last second of day 30."""
    found = reckon(limit("30 calendar days"), datetime.fromisoformat("2026-03-02T09:15:00+01:00"), LOS_ANGELES, OPEN)
    assert found.due == datetime(2026, 4, 2, 6, 59, 59, tzinfo=UTC)
    assert found.latest is None


def test_a_last_day_on_a_sunday_moves_only_where_a_law_lets_it() -> None:
    """A closed last day never moves `due`; `latest` moves with a roll rule and is absent without one."""
    start = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    stands = reckon(limit("2 calendar days"), start, BERLIN, WEEKENDS)
    rolls = reckon(limit("2 calendar days"), start, BERLIN, WEEKENDS, rolls=True)
    assert stands.due == rolls.due == end_of(date(2026, 3, 29), BERLIN)
    assert stands.latest is None
    assert rolls.latest == end_of(date(2026, 3, 30), BERLIN)


def test_noon_of_the_next_business_day() -> None:
    """DORA's rule: a limit that ends on a Saturday may be met by Monday noon, in hours and months alike; `due` stays."""
    friday = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
    for words, due in (("24 hours", datetime(2026, 3, 28, 9, 0, tzinfo=UTC)), ("1 calendar day", end_of(date(2026, 3, 28), BERLIN))):
        found = reckon(limit(words), friday, BERLIN, WEEKENDS, by_noon=True)
        assert found.due == due
        assert found.latest == datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
    assert reckon(limit("4 hours"), friday, BERLIN, WEEKENDS, by_noon=True).latest is None


def test_a_law_that_counts_the_day_of_the_event() -> None:
    """Thirty days with the first counted end a day sooner than without, and the working says which was done."""
    start = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    plain, counted = (reckon(limit("30 calendar days"), start, BERLIN, OPEN, first_counts=first) for first in (False, True))
    assert plain.due - counted.due == timedelta(days=1)
    assert any("that day counted as the first" in line for line in counted.working)


def test_a_law_says_what_its_business_days_are() -> None:
    """Saturday counts where a law leaves out Sundays and holidays only; holidays count where it names weekends only."""
    easter = Calendar(place="DE", closed={date(2026, 4, 6): "Easter Monday"})
    ends = {how: business_days_after(date(2026, 4, 2), 2, easter.as_law_counts(how), trust_estimates=True)[0].day
            for how in ("weekends-and-holidays", "sundays-and-holidays", "weekends")}  # fmt: skip
    assert ends == {"weekends-and-holidays": 7, "sundays-and-holidays": 4, "weekends": 6}


def test_business_days_are_not_hours() -> None:
    """Three business days from a Thursday in Riyadh pass over Friday and Saturday."""
    riyadh = Calendar(place="SA", weekend=frozenset({4, 5}))
    last, passed = business_days_after(date(2026, 11, 19), 3, riyadh, trust_estimates=True)
    assert last == date(2026, 11, 24)
    assert len(passed) == 2


def test_a_moon_dependent_holiday_never_moves_the_safe_date() -> None:
    """An estimated holiday counts as a business day for `due` and as a closed day for `latest`, and the working says so."""
    eid = date(2026, 3, 20)
    calendar = Calendar(
        place="SA", weekend=frozenset({4, 5}), closed={date(2026, 3, 22): "Eid"}, estimated=frozenset({date(2026, 3, 22)})
    )
    found = reckon(limit("1 business day"), datetime(2026, 3, 19, 8, tzinfo=UTC), ZoneInfo("Asia/Riyadh"), calendar)
    assert found.due == end_of(date(2026, 3, 22), ZoneInfo("Asia/Riyadh"))
    assert found.latest == end_of(date(2026, 3, 23), ZoneInfo("Asia/Riyadh"))
    assert any("estimate" in line for line in found.working)
    assert eid.weekday() in calendar.weekend


def test_a_month_without_a_31st_ends_on_its_last_day() -> None:
    """One month after 31 January is the last of February, leap years included."""
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


@given(start=instants, hours=st.integers(1, 2000), zone=zones)
def test_an_hour_limit_is_exactly_its_hours(start: datetime, hours: int, zone: str) -> None:
    """Whatever the wall clock does in between, an hour clock is its hours."""
    found = reckon(TimeLimit(amount=hours, unit="hours"), start, ZoneInfo(zone), OPEN)
    assert found.due - start == timedelta(hours=hours)


@given(start=instants, lim=limits, zone=zones, closed=calendars_, rolls=st.booleans(), eu=st.booleans())
def test_latest_is_never_before_due(start: datetime, lim: TimeLimit, zone: str, closed: Calendar, rolls: bool, eu: bool) -> None:
    """The later reading is later, and `due` never lies before the event."""
    found = reckon(lim, start, ZoneInfo(zone), closed, rolls=rolls, eu_1182_71=eu)
    assert found.due > start
    assert found.latest is None or found.latest > found.due


@given(start=instants, days=st.integers(1, 30), closed=calendars_, extra=st.dates(date(2020, 1, 1), date(2036, 1, 1)))
def test_a_further_closed_day_never_brings_a_clock_forward(start: datetime, days: int, closed: Calendar, extra: date) -> None:
    """Adding a closed day moves a business-day clock back or not at all."""
    more = replace(closed, closed={**closed.closed, extra: "new"})
    before = reckon(TimeLimit(amount=days, unit="business days"), start, BERLIN, closed)
    after = reckon(TimeLimit(amount=days, unit="business days"), start, BERLIN, more)
    assert after.due >= before.due


@given(start=instants, days=st.integers(1, 40), closed=calendars_)
def test_the_working_adds_up(start: datetime, days: int, closed: Calendar) -> None:
    """Business days plus the days the working passes over are the calendar days between start and end."""
    first = start.astimezone(BERLIN).date()
    last, passed = business_days_after(first, days, closed, trust_estimates=True)
    assert (last - first).days == days + len(passed)


def _facts(**changes: object) -> Circumstances:
    body: dict[str, object] = {
        "role": "controller", "established": ("DE-BY",), "harm": "high",
        "timeline": {"aware": datetime(2026, 3, 27, 15, 20, tzinfo=UTC)},
        "affected": (Affected(residence="DE", count=10, data=("name",), encrypted=False),),
    }  # fmt: skip
    return Circumstances.model_validate({**body, **changes})


def test_a_missing_start_event_is_replaced_aloud(book: Rulebook, calendars: ShippedCalendars) -> None:
    """With `aware` missing the earliest arguable event is used, and the working says so; two discovery times never give the later."""
    facts = _facts(
        timeline={"discovered": datetime(2026, 3, 1, 8, tzinfo=UTC), "determined": datetime(2026, 3, 5, 8, tzinfo=UTC)}
    )
    at = datetime(2026, 3, 6, tzinfo=UTC)
    found = board(assess(facts, book, at), facts.timeline, calendars.of, TARGET, at=at, rulebook="")
    clock = next(c for c in found.clocks if c.duty.rule.id == "eu/gdpr#33-1")
    assert clock.due == datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert any("not dated" in line for line in clock.working)


def test_no_event_at_all_waits_and_says_for_what(book: Rulebook, calendars: ShippedCalendars) -> None:
    """Without any dated event a clock has no date, names the event it waits for, and sorts behind the dated ones."""
    facts = _facts(timeline={})
    at = datetime(2026, 3, 6, tzinfo=UTC)
    found = board(assess(facts, book, at), facts.timeline, calendars.of, TARGET, at=at, rulebook="")
    clock = next(c for c in found.clocks if c.duty.rule.id == "eu/gdpr#33-1")
    assert clock.due is None
    assert clock.as_contract()["starts"] == "aware"


def test_law_enforcement_hold(book: Rulebook, calendars: ShippedCalendars) -> None:
    """Where a law allows it the notice waits for the end of the hold; GDPR Art. 33 knows none, and its date stands."""
    facts = Circumstances.model_validate({
        "role": "controller", "breach": ["confidentiality"], "access": "acquired", "harm": "high", "established": ["US-CA"],
        "timeline": {"discovered": "2026-03-02T09:00:00-08:00", "hold_from": "2026-03-10T00:00:00-08:00",
                     "hold_until": "2026-05-01T00:00:00-07:00"},
        "affected": [{"residence": "US-CA", "count": 5, "data": ["name", "ssn"], "encrypted": False}],
    })  # fmt: skip
    at = datetime(2026, 3, 20, tzinfo=UTC)
    duty = next(d for d in assess(facts, book, at).duties if d.rule.id == "us/ca/civ-1798.82#individuals")
    clock = fall_due(duty, facts.timeline, calendars.of, TARGET)
    assert clock.due == facts.timeline["hold_until"]
    assert any("held for law enforcement" in line for line in clock.working)


def test_the_board_is_soonest_first(book: Rulebook, calendars: ShippedCalendars) -> None:
    """Dated clocks come by date, soft ones among them; what is not owed comes last."""
    facts = _facts()
    at = datetime(2026, 3, 28, tzinfo=UTC)
    found = board(assess(facts, book, at), facts.timeline, calendars.of, TARGET, at=at, rulebook="")
    dues = [c.due for c in found.clocks if c.due]
    assert dues == sorted(dues)
    assert [c.duty.status == "not-owed" for c in found.clocks] == sorted(c.duty.status == "not-owed" for c in found.clocks)


def test_a_limit_is_spelled_one_way() -> None:
    """A limit nobody can misread loads; anything else is refused with the spelling wanted."""
    assert str(limit("1 month")) == "1 month"
    assert str(limit("3 business days")) == "3 business days"
    with pytest.raises(ValueError, match="is not a limit"):
        parse_limit("three days")
