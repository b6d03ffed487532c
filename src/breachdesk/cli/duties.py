"""`breachdesk duties`: who must be told, by when, and because of what."""

from __future__ import annotations

import click

from breachdesk.cli.assess import ALL
from breachdesk.cli.clockwords import show_board
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import AS_OF, INCIDENT, PASS, Seat, instant
from breachdesk.cli.words import COUNSEL, distance, moment, people
from breachdesk.desk import assessment, notices, views
from breachdesk.domain.clocks import authority_name
from breachdesk.domain.duties import Reason

UNNAMED = "unnamed"
"""Who keeps an assessment when nobody said who they are: a cron job, a pager."""



@click.command(cls=DeskCommand)
@INCIDENT
@AS_OF
@ALL
@PASS
def list_(seat: Seat, incident: str, as_of: str | None, everything: bool) -> None:
    """What an incident owes, soonest first. The answer is kept as an assessment, unless --as-of looks back.

    \b
    breachdesk duties list amber
    breachdesk duties list amber --as-of 2026-03-02T12:00:00+01:00 --json
    """
    desk, then = seat.desk, instant(as_of, "--as-of")
    if then is None:
        board = assessment.assess_incident(desk, incident, by=seat.by or UNNAMED)
    else:
        board = assessment.duties(desk, incident, as_of=then)
    if seat.json:
        seat.out.raw_json(board.as_contract() | {"mode": desk.banner, "incident": incident})
        return
    found = [v for v in notices.notices(desk, incident) if then is None or v.notice.opened_at <= then]
    show_board(seat.out, board, views.clock_rows(desk, incident, board, found, board.at), everything=everything)


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("duty")
@PASS
def why(seat: Seat, incident: str, duty: str) -> None:
    """Why a duty is owed or not, and how its date was reckoned. DUTY is its id, or the end of it.

    \b
    breachdesk duties why amber eu/gdpr#33-1
    """
    desk = seat.desk
    clock = assessment.one_clock(desk, incident, duty)
    if seat.json:
        seat.answer("duty", incident=incident, **clock.as_contract())
        return
    out, found, version = seat.out, clock.duty, clock.duty.version
    out.line(f"{found.rule.instrument.regime}: {found.rule.duty.stage} notice to {authority_name(found) or found.rule.duty.recipient}")
    out.line(f"status: {found.status}")
    if found.affected is not None:
        out.line(f"people: {people(found.affected, plain=seat.plain)}")
    if clock.due is not None:
        soft = " (internal target)" if version.soft else ""
        out.line(f"due: {moment(clock.due, clock.zone)}, {distance(clock.due - desk.clock.now())}{soft}")
    elif clock.waits_for:
        out.line(f"due: no date until timeline.{clock.waits_for} is recorded")
    if clock.latest is not None:
        out.line(f"latest the law may allow: {moment(clock.latest, clock.zone)}")
    out.line(f"the law's words: {version.terms}")
    out.heading("Tests")
    for reason in found.reasons:
        out.line(f"{_verdict(reason)}: {reason.test}: found {reason.found}")
    for label, keys in (("missing", found.missing), ("would change with", found.flips_if)):
        if keys:
            out.line(f"{label}: {', '.join(keys)}")
    out.heading("Working")
    for line in clock.working or ("no clock runs",):
        out.line(line)
    out.heading("Sources")
    for citation in version.citation:
        read = f"read on {citation.read_on}" if citation.read_on else "NOT READ"
        out.line(f"{citation.text}: {citation.url} ({read})")
    if found.remarks:
        out.heading("Remarks")
        for remark in found.remarks:
            out.line(remark)
    out.line(COUNSEL)


def _verdict(reason: Reason) -> str:
    return {True: "yes", False: "no", None: "unknown"}[reason.holds]
