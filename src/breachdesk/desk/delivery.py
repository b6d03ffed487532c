"""Sending what is approved, and settling what is unknown.

Mail cannot be undone, so each batch takes two commits: (a) its rows go to `sending` and are committed, with the outcomes of
the batch before; (b) then the bytes go. A row found in `sending` when nobody is sending is `unknown`: a person decides, the program never
guesses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal

from breachdesk.desk import cases
from breachdesk.desk.notices import TO_PEOPLE, newest, ready
from breachdesk.desk.parts import Desk, Outbox, Writing
from breachdesk.domain.deliveries import Addressee, Outcome, Send, State, Tallied
from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.incident import NOTED, Fact, current
from breachdesk.domain.notices import ApprovedNotice, Notice, merge
from breachdesk.domain.values import iso

Watch = Callable[[Tallied], None]
Sleep = Callable[[float], Awaitable[None]]


def rehearse(desk: Desk, id: str) -> Tallied:
    """Everything a send does up to the server: approval checked, each person's letter filled in. Sends nothing, records nothing.

    Raises Gate when the notice may not be sent, InvalidInput when a letter cannot be filled in for a person.
    """
    with desk.store.read() as unit:
        notice, letter = ready(unit, id)
        _only_people(notice)
        people = mailable = 0
        while batch := unit.addressees(id, letter.draft.version, limit=desk.settings.mail.batch, after=people):
            for person in batch:
                try:
                    merge(letter.draft.text, person.fields)
                    merge(letter.draft.html, person.fields, html=True)
                except KeyError as error:
                    raise InvalidInput("the letter asks for a field this person does not have", key=f"[[{error.args[0]}]]") from None
                mailable += not person.unaddressed
            people = batch[-1].number
    return Tallied(planned=mailable, unaddressed=people - mailable)


def to_type(desk: Desk, id: str) -> int:
    """The number of people a send would write to now: what a person types to confirm it."""
    with desk.store.read() as unit:
        notice, letter = ready(unit, id)
        _only_people(notice)
        return unit.tallied(id, letter.draft.version).left


def _only_people(notice: Notice) -> None:
    if notice.recipient not in TO_PEOPLE:
        raise Gate(f"{notice.id} goes to an institution: file it and record the reference with `breachdesk notice file`")


async def send_approved(
    desk: Desk, id: str, *, by: str, typed: int, watch: Watch | None = None, retries: int = 0, pause: float = 60.0,
    sleep: Sleep = asyncio.sleep,
) -> Send:  # fmt: skip
    """Send an approved notice to everyone not yet written to; resumes where an earlier send stopped.

    `typed` must equal the number of people it will write to. `watch` hears the ledger after each batch. People the server put off
    (4xx) are tried again up to `retries` times, `pause` seconds apart. Raises Gate, MailServerUnavailable.
    """
    cases.need_name(by)
    with desk.store.alone(f"send-{id}"):
        notice, letter, people = _begin(desk, id, by, typed)
        async with desk.post.open() as outbox:
            await _pass(desk, notice, letter, outbox, by, ("planned",), watch)
            for _ in range(retries):
                if not _tallied(desk, letter).deferred:
                    break
                await sleep(pause)
                await _pass(desk, notice, letter, outbox, by, ("deferred",), watch)
        return _finish(desk, notice, letter, by, people)


def recover(desk: Desk, id: str, *, by: str) -> list[int]:
    """Name the people a send that died left in the open: their rows become `unknown`. Returns their numbers.

    Raises Gate while another process is sending this notice.
    """
    with desk.store.alone(f"send-{id}"):
        return _recover(desk, id, by)


def _recover(desk: Desk, id: str, by: str) -> list[int]:
    now = desk.clock.now()
    with desk.store.read() as unit:
        notice, draft = newest(unit, id)
        lost = [o.number for o in unit.outcomes(id, draft.version, ("sending",))]
    if lost:
        with desk.store.write() as unit:
            unit.settle(id, draft.version, [
                Outcome(number=n, state="unknown", code=0, reply="the desk stopped before the server's answer was recorded")
                for n in lost
            ], now)  # fmt: skip
            unit.enter(at=now, by=by, act="send.recovered", incident=notice.incident,
                       what={"notice": id, "version": draft.version, "unknown": lost})  # fmt: skip
    return lost


def _begin(desk: Desk, id: str, by: str, typed: int) -> tuple[Notice, ApprovedNotice, int]:
    _recover(desk, id, by)
    now = desk.clock.now()
    with desk.store.write() as unit:
        notice, letter = ready(unit, id)
        _only_people(notice)
        version = letter.draft.version
        people = unit.tallied(id, version).left
        if people == 0:
            raise Gate(f"{id}: there is nobody left to write to")
        if typed != people:
            raise Gate(f"{id}: this writes to {people} people; type that number to send (typed: {typed})")
        resumed = unit.send(id, version) is not None
        if not resumed:
            unit.begin_send(id, version, by, now)
        unit.enter(at=now, by=by, act="send.resumed" if resumed else "send.begun", incident=notice.incident,
                   what={"notice": id, "version": version, "rule": notice.rule, "place": notice.place, "people": people,
                         "text": letter.draft.digest, "recipients": letter.draft.recipients})  # fmt: skip
    return notice, letter, people


async def _pass(
    desk: Desk, notice: Notice, letter: ApprovedNotice, outbox: Outbox, by: str, states: Sequence[State], watch: Watch | None
) -> None:
    """One pass over everyone in `states`, each once, in order."""
    version = letter.draft.version
    heard: list[Outcome] = []
    after = 0
    try:
        while batch := _turn(desk, notice, version, by, heard, states, after, watch):
            heard.clear()
            after = batch[-1].number
            await outbox.send(letter, batch, heard.append)
            if all(o.state == "planned" for o in heard):
                break  # the server is gone: what was not handed over stays planned
        else:
            heard.clear()
    finally:
        _turn(desk, notice, version, by, heard, (), after, watch)


def _turn(
    desk: Desk, notice: Notice, version: int, by: str, heard: Sequence[Outcome], states: Sequence[State], after: int,
    watch: Watch | None,
) -> list[Addressee]:  # fmt: skip
    """The outcomes of the batch before and the intent for the next, in one transaction with their journal entry."""
    now = desk.clock.now()
    with desk.store.write() as unit:
        batch = unit.addressees(notice.id, version, states, desk.settings.mail.batch, after) if states else []
        if not heard and not batch:
            return []
        unit.settle(notice.id, version, heard, now)
        unit.settle(notice.id, version, (Outcome(a.number, "sending", 0, "") for a in batch), now)
        unit.enter(at=now, by=by, act="send.batch", incident=notice.incident, what=_journaled(notice, version, heard, batch))
    if watch is not None:
        watch(_read_tallied(desk, notice.id, version))
    return batch


def _journaled(notice: Notice, version: int, heard: Sequence[Outcome], batch: Sequence[Addressee]) -> dict[str, object]:
    def numbers(state: State) -> list[int]:
        return sorted(o.number for o in heard if o.state == state)

    told = {s: numbers(s) for s in ("refused", "deferred", "unknown", "planned", "unaddressed") if numbers(s)}
    return {
        "notice": notice.id, "version": version, "accepted": len(numbers("accepted")), **told,
        "next": [batch[0].number, batch[-1].number, len(batch)] if batch else [],
    }  # fmt: skip


def _tallied(desk: Desk, letter: ApprovedNotice) -> Tallied:
    return _read_tallied(desk, letter.draft.notice, letter.draft.version)


def _read_tallied(desk: Desk, id: str, version: int) -> Tallied:
    with desk.store.read() as unit:
        send = unit.send(id, version)
    return send.tallied if send else Tallied()


def _finish(desk: Desk, notice: Notice, letter: ApprovedNotice, by: str, people: int) -> Send:
    now = desk.clock.now()
    with desk.store.write() as unit:
        send = unit.send(notice.id, letter.draft.version)
        assert send is not None  # noqa: S101 - begun above, in this process, under the lock
        unit.enter(at=now, by=by, act="send.finished" if send.tallied.finished else "send.paused", incident=notice.incident,
                   what={"notice": notice.id, "version": letter.draft.version, "rule": notice.rule, "place": notice.place,
                         "people": people, **send.tallied.model_dump()})  # fmt: skip
        _date_individuals(unit, notice, now, by, send)
    return send


def _date_individuals(unit: Writing, notice: Notice, now: datetime, by: str, send: Send) -> None:
    """The first finished send to people dates `timeline.individuals_notified`, from which other clocks run."""
    known = current(unit.facts(notice.incident))
    dated = known.get("timeline.individuals_notified")
    if send.tallied.accepted and (dated is None or dated.standing == "unknown"):
        cases.add_fact(unit, notice.incident, Fact(
            key="timeline.individuals_notified", value=iso(now), standing="confirmed", said_by=by, at=now,
            source=f"{NOTED}send of {notice.id}",
        ))  # fmt: skip


def unknown(desk: Desk, id: str) -> list[Addressee]:
    """The people of whom it is not known whether their message arrived."""
    with desk.store.read() as unit:
        _, draft = newest(unit, id)
        return unit.addressees(id, draft.version, ("unknown",))


def settle(
    desk: Desk,
    id: str,
    verdict: Literal["resend", "arrived"],
    *,
    by: str,
    numbers: Iterable[int] = (),
    why: str = "",
) -> int:
    """Decide about unknown outcomes: `resend` puts people back in line (they may get it twice), `arrived` takes it as accepted.

    `numbers` picks people (all unknown ones when empty); `why` is kept in the journal, e.g. where in the server's log it was seen.
    """
    cases.need_name(by)
    now = desk.clock.now()
    with desk.store.alone(f"send-{id}"), desk.store.write() as unit:
        notice, draft = newest(unit, id)
        version = draft.version
        open_rows = {o.number for o in unit.outcomes(id, version, ("unknown",))}
        chosen = sorted(set(numbers) or open_rows)
        if strange := [n for n in chosen if n not in open_rows]:
            raise Gate(f"{id}: the outcome of {', '.join(map(str, strange))} is known; only unknown ones are settled")
        state: State = "planned" if verdict == "resend" else "accepted"
        unit.settle(id, version, [Outcome(n, state, 0, f"settled by hand: {verdict}") for n in chosen], now)
        unit.enter(at=now, by=by, act="send.settled", incident=notice.incident,
                   what={"notice": id, "version": version, "verdict": verdict, "people": chosen, "why": why})  # fmt: skip
    return len(chosen)


def ledger(desk: Desk, id: str, states: Iterable[State] = ()) -> list[Outcome]:
    """People of the newest version by number with the server's last word; those of some states, or those not accepted."""
    with desk.store.read() as unit:
        version = unit.drafts(unit.notice(id).id)[-1].version
        wanted = tuple(states) or ("refused", "deferred", "unknown", "sending", "unaddressed")
        return unit.outcomes(id, version, wanted)
