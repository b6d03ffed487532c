"""Read models: what a screen or a command shows at a glance, read in one snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from breachdesk.desk import assessment, cases, notices, walkthrough
from breachdesk.desk.notices import NoticeView
from breachdesk.desk.parts import Desk
from breachdesk.domain.clocks import Board, Clock, authority_name
from breachdesk.domain.incident import PER_LAW, Fact, Incident, State, spec_of
from breachdesk.domain.playbook import StepRow, next_step
from breachdesk.domain.tally import Run
from breachdesk.domain.values import Instant, Value

Urgency = Literal["late", "soon", "running", "waiting", "done", "not-owed"]


class ClockRow(Value):
    """One line of the clock board. `left` is the time to `due` (negative when late), None without a date.

    `done_by` names the notice that fulfilled the duty: filed, or sent to the end.
    """

    incident: str
    clock: Clock
    to: str
    urgency: Urgency
    left: timedelta | None
    notice: str = ""
    done_by: str = ""

    @property
    def word(self) -> str:
        """The state in words, for screens that have no colour: `!! LATE`, `! SOON`, `ok`, `?? waits for aware`."""
        if self.urgency == "late":
            return "!! LATE"
        if self.urgency == "soon":
            return "! SOON"
        if self.urgency == "waiting":
            return f"?? waits for {self.clock.waits_for}"
        return {"running": "ok", "done": "done", "not-owed": "not owed"}[self.urgency]


class IncidentRow(Value):
    """One line of the register."""

    codename: str
    title: str
    state: State
    opened_at: Instant
    people: int | None
    late: int
    soon: int
    running: int
    next_due: Instant | None


class Blocker(Value):
    """What stands in the way, and the command that moves it."""

    what: str
    command: str


class IncidentView(Value):
    """Everything the incident screen shows: steps, clocks soonest first, what blocks, people, notices."""

    incident: Incident
    steps: tuple[StepRow, ...]
    next_step: StepRow | None
    clocks: tuple[ClockRow, ...]
    not_covered: tuple[tuple[str, int], ...]
    partly_covered: tuple[tuple[str, int, str], ...]
    blockers: tuple[Blocker, ...]
    run: Run | None
    runs: int
    notices: tuple[NoticeView, ...]
    facts: tuple[Fact, ...]
    at: Instant


def clock_rows(desk: Desk, codename: str, board: Board, found: list[NoticeView], now: datetime) -> list[ClockRow]:
    """The board of an incident as lines, soonest first; fulfilled duties behind the open ones."""
    by_duty: dict[str, list[NoticeView]] = {}
    for view in found:
        by_duty.setdefault(view.notice.duty, []).append(view)
    rows = [_clock_row(desk, codename, clock, by_duty.get(clock.duty.key, []), now) for clock in board.clocks]
    order = {"late": 0, "soon": 0, "running": 0, "waiting": 1, "done": 2, "not-owed": 3}
    return sorted(rows, key=lambda row: order[row.urgency])


def _clock_row(desk: Desk, codename: str, clock: Clock, mine: list[NoticeView], now: datetime) -> ClockRow:
    done = bool(mine) and all(view.status in ("sent", "sent-in-part", "filed") for view in mine)
    left = clock.due - now if clock.due else None
    urgency: Urgency
    if clock.duty.status == "not-owed":
        urgency = "not-owed"
    elif done:
        urgency = "done"
    elif left is None:
        urgency = "waiting"
    elif left < timedelta():
        urgency = "late"
    else:
        urgency = "soon" if left <= timedelta(hours=desk.settings.targets.warn_hours) else "running"
    names = ", ".join(view.notice.id for view in mine)
    recipient = clock.duty.rule.duty.recipient
    return ClockRow(
        incident=codename, clock=clock, to=authority_name(clock.duty) or recipient, urgency=urgency, left=left, notice=names,
        done_by=names if done else "",
    )  # fmt: skip


def incident_view(desk: Desk, codename: str, *, as_of: datetime | None = None) -> IncidentView:
    """One incident at a glance, now or as known at an instant. Raises NotFound."""
    now = as_of or desk.clock.now()
    board = assessment.duties(desk, codename, as_of=as_of)
    found = [v for v in notices.notices(desk, codename) if as_of is None or v.notice.opened_at <= as_of]
    with desk.store.read() as unit:
        incident = unit.incident(codename)
        run = unit.newest_run(codename, as_of)
    steps = walkthrough.walk(desk, codename, as_of=as_of)
    known = cases.facts(desk, codename, as_of=as_of)
    rows = clock_rows(desk, codename, board, found, now)
    return IncidentView(
        incident=incident, steps=steps, next_step=next_step(steps), clocks=tuple(rows),
        not_covered=tuple((p.place, p.people) for p in board.not_covered),
        partly_covered=tuple((p.place, p.people, p.read) for p in board.partly_covered),
        blockers=tuple(_blockers(codename, rows, found, run, known)), run=run, runs=run.n if run else 0,
        notices=tuple(found), facts=tuple(known.values()), at=now,
    )  # fmt: skip


def _blockers(
    codename: str, rows: list[ClockRow], found: list[NoticeView], run: Run | None, known: dict[str, Fact]
) -> list[Blocker]:
    blockers: list[Blocker] = []
    if run is None:
        blockers.append(
            Blocker(what="nobody has counted the people", command=f"breachdesk people count FILE… --incident {codename}")
        )
    weight: dict[str, int] = {}
    for row in rows:
        waits = row.clock.waits_for
        dated = (f"timeline.{waits}",) if waits and waits not in PER_LAW else ()  # filings and letters date those themselves
        for key in (*row.clock.duty.missing, *dated):
            weight[key] = weight.get(key, 0) + 1
    for key, clocks in sorted(weight.items(), key=lambda item: (-item[1], item[0])):
        if key in ("affected", "data", "encrypted", "residence"):
            continue
        doubt = " (recorded as unknown)" if key in known else ""
        moves = "It moves 1 clock." if clocks == 1 else f"It moves {clocks} clocks."
        command = f"breachdesk facts set {codename} {key} VALUE"
        blockers.append(Blocker(what=f"{spec_of(key).question}{doubt} {moves}", command=command))
    for view in found:
        if view.blocked:
            command = f"breachdesk notice show {view.notice.id}"
            blockers.append(
                Blocker(what=f"{view.notice.id} {view.notice.place} {view.notice.language}: {view.blocked}", command=command)
            )
    return blockers


def register(desk: Desk) -> list[IncidentRow]:
    """Every incident, open ones first, the soonest clock first among them."""
    now = desk.clock.now()
    with desk.store.read() as unit:
        incidents = unit.incidents()
    rows: list[IncidentRow] = []
    for incident in incidents:
        view = incident_view(desk, incident.codename)
        count = {u: sum(1 for row in view.clocks if row.urgency == u) for u in ("late", "soon", "running")}
        dues = [row.clock.due for row in view.clocks if row.urgency in ("late", "soon", "running") and row.clock.due]
        rows.append(
            IncidentRow(
                codename=incident.codename, title=incident.title, state=incident.state, opened_at=incident.opened_at,
                people=view.run.tally.subjects if view.run else None, late=count["late"], soon=count["soon"],
                running=count["running"] + count["soon"], next_due=min(dues, default=None),
            )
        )  # fmt: skip
    far = now + timedelta(days=36500)
    return sorted(rows, key=lambda row: (row.state == "closed", row.next_due or far))


def all_clocks(desk: Desk) -> list[ClockRow]:
    """Every running clock of every open incident, soonest first."""
    now = desk.clock.now()
    with desk.store.read() as unit:
        incidents = [i for i in unit.incidents() if i.state != "closed"]
    rows: list[ClockRow] = []
    for incident in incidents:
        board = assessment.duties(desk, incident.codename)
        found = notices.notices(desk, incident.codename)
        rows += [r for r in clock_rows(desk, incident.codename, board, found, now) if r.urgency in ("late", "soon", "running")]
    return sorted(rows, key=lambda row: row.clock.due or now)


class Check(Value):
    """One line of the readiness report."""

    what: str
    ready: bool
    say: str


def readiness(desk: Desk) -> list[Check]:
    """What must be in order before any incident: mail, names, playbooks, templates, the age of the rules."""
    today = desk.clock.now().date()
    mail, book = desk.settings.mail, desk.law.book()
    versions = [v for rule in book.rules() for v in rule.duty.version]
    unverified = sum(1 for v in versions if not v.verified)
    stale = sum(1 for v in versions if v.read_on is not None and (today - v.read_on).days > 180)
    playbooks = desk.shelf.playbooks()
    lacking = [r.id for r in book.rules() if not desk.letters.languages(r.id, r.duty.recipient)]
    return [
        Check(what="mail server", ready=bool(mail.host), say=f"{mail.host}:{mail.port}, {mail.security}" if mail.host
              else "none: set [mail] host in desk.toml"),
        Check(what="sender", ready=bool(mail.sender), say=mail.sender or "none: set [mail] sender in desk.toml"),
        Check(what="organisation", ready=bool(desk.settings.organisation),
              say=desk.settings.organisation or "none: set organisation in desk.toml"),
        Check(what="playbooks", ready=bool(playbooks), say=f"{len(playbooks)} load"),
        Check(what="templates", ready=not lacking, say="every rule has a letter" if not lacking
              else f"{len(lacking)} rules have no letter: {', '.join(lacking[:3])} …"),
        Check(what="rules read", ready=not unverified, say=f"{len(versions)} versions, {unverified} not read at their source"),
        Check(what="rules fresh", ready=not stale, say=f"{stale} were last read more than 180 days ago"),
        Check(what="places", ready=True, say=f"{len(book.coverage)} places covered; everywhere else is NOT COVERED: ask counsel"),
    ]  # fmt: skip
