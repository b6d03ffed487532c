"""A clock as a line for people: its state in words, when it ends twice over, where, to whom, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from breachdesk.cli.output import Output, Pair
from breachdesk.cli.words import COUNSEL, distance, grouped, moment, people
from breachdesk.desk.views import ClockRow
from breachdesk.domain import places
from breachdesk.domain.clocks import Board

NOT_OWED = "not-owed"


def clock_pairs(row: ClockRow, *, plain: bool, incident: bool = False) -> Sequence[Pair]:
    """The pairs of one clock."""
    clock, duty = row.clock, row.clock.duty
    soft = duty.version.soft
    to_people = duty.rule.duty.recipient in ("individuals", "guardians")
    return [
        ("", "??" if row.urgency == "waiting" else row.word),
        ("due", moment(clock.due, clock.zone) if clock.due else "no date"),
        ("", distance(row.left) if row.left is not None and row.urgency != "done" else ""),
        ("", "reasons for delay required" if row.urgency == "late" and not to_people else ""),
        ("", "internal target" if soft and clock.due else ""),
        ("waits for", clock.waits_for or ""),
        ("incident", row.incident if incident else ""),
        ("place", f"{duty.place} {places.name(duty.place)}" if places.name(duty.place) != duty.place else duty.place),
        ("to", row.to),
        ("people", grouped(duty.affected, plain=plain) if duty.affected is not None else ""),
        ("limit", f"{clock.limit} (the law gives no number)" if soft else clock.limit),
        ("status", duty.status),
        ("", "" if duty.version.verified else "NOT VERIFIED: nobody has read this rule at its source"),
        ("missing", ", ".join(duty.missing)),
        ("latest the law may allow", moment(clock.latest, clock.zone) if clock.latest else ""),
        ("done by", row.done_by),
        ("duty", duty.key),
    ]


def not_owed_pairs(row: ClockRow) -> Sequence[Pair]:
    """The pairs of a duty that is not owed: the test that failed stands for the rest."""
    duty = row.clock.duty
    failed = next((r for r in duty.reasons if r.holds is False), None)
    return [
        ("", "not owed"),
        ("place", duty.place),
        ("to", row.to),
        ("because", f"{failed.test}: found {failed.found}" if failed else ""),
        ("would change with", ", ".join(duty.flips_if)),
        ("duty", duty.key),
    ]


def show_board(out: Output, board: Board, rows: Iterable[ClockRow], *, everything: bool) -> None:
    """A whole board: running clocks soonest first, what is not covered, and what is not owed."""
    rows = list(rows)
    running = [row for row in rows if row.urgency != NOT_OWED]
    lifted = [row for row in rows if row.urgency == NOT_OWED]
    owed = sum(1 for row in running if row.clock.duty.status == "owed")
    out.line(f"Duties at {moment(board.at)}: {owed} owed, {len(running) - owed} undecided, {len(lifted)} not owed")
    out.items(clock_pairs(row, plain=out.plain) for row in running)
    show_not_covered(out, ((p.place, p.people) for p in board.not_covered))
    show_partly_covered(out, ((p.place, p.people, p.read) for p in board.partly_covered))
    if everything:
        out.heading("Not owed")
        out.items((not_owed_pairs(row) for row in lifted), lead=2)
    elif lifted:
        out.line(f"{len(lifted)} more are not owed (--all lists them and says why)")
    if running:
        out.line(COUNSEL)


def show_not_covered(out: Output, places_people: Iterable[tuple[str, int]]) -> None:
    """People whose law nobody has read: as loud as a late clock."""
    for place, number in places_people:
        name = places.name(place)
        told = people(number, plain=out.plain)
        what = "nobody knows where they live" if place == places.UNKNOWN else "the desk has read no law of this place"
        label = name if place == places.UNKNOWN else f"{place} {name}"
        out.line(f"NOT COVERED: {label}: {told}: {what}. Ask counsel.")


def show_partly_covered(out: Output, rows: Iterable[tuple[str, int, str]]) -> None:
    """Places of whose law a part was read, with what is left."""
    for place, number, read in rows:
        out.line(f"PARTLY READ: {place} {places.name(place)}: {people(number, plain=out.plain)}: {read}")


def next_line(rows: Sequence[ClockRow], now: datetime) -> str:
    """The soonest clock in one sentence."""
    dated = [row for row in rows if row.clock.due is not None and row.urgency in ("late", "soon", "running")]
    if not dated:
        return "No dated clock is running."
    row = dated[0]
    assert row.clock.due is not None  # noqa: S101 - filtered above
    return f"Next clock: {row.to} ({row.clock.duty.place}), {moment(row.clock.due, row.clock.zone)}, {distance(row.clock.due - now)}"
