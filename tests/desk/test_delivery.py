"""Sending: nobody lost, nobody written to twice unless a person said so, and only what was signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from breachdesk.desk import assessment, delivery, notices, proof
from breachdesk.desk.parts import Desk
from breachdesk.domain.deliveries import Addressee, Outcome, Send
from breachdesk.domain.errors import Gate
from breachdesk.domain.notices import ApprovedNotice
from breachdesk.settings import Mail
from tests.desk.conftest import Seat

PEOPLE = "eu/gdpr#34"
HEADER = "subject_id,residence,system,storage_region,data,encrypted,birth_date,language,email,name,exposed_from\n"


class Server:
    """A way out that answers as told: per person, or by dying after so many messages."""

    domain = "stores.example"

    def __init__(self, answers: dict[str, list[tuple[str, int]]] | None = None, dies_after: int | None = None) -> None:
        self.answers, self.dies_after = answers or {}, dies_after
        self.heard: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Server]:
        yield self

    async def send(
        self, notice: ApprovedNotice, batch: Sequence[Addressee], report: Callable[[Outcome], None]
    ) -> None:
        for person in batch:
            if self.dies_after is not None and len(self.heard) >= self.dies_after:
                raise KeyboardInterrupt
            self.heard.append(person.subject_id)
            state, code = (self.answers.get(person.subject_id) or [("accepted", 250)]).pop(0)
            report(Outcome(person.number, state, code, "told"))  # type: ignore[arg-type]


def many(seat: Seat, people: int, server: Server, batch: int = 4) -> tuple[Desk, str]:
    """A desk with one signed notice for so many Germans, and its id."""
    rows = "".join(
        f"p{n:04},DE,crm,eu-central-1,name;email,false,1980-01-01,en,p{n:04}@mail.example,Person {n},\n" for n in range(people)
    )
    seat.records.write_text(HEADER + rows, "utf-8")
    desk = replace(seat.desk, post=server, settings=seat.desk.settings.model_copy(update={"mail": Mail(batch=batch)}))
    assessment.count(desk, seat.codename, [seat.records], by="Analyst")
    (made,) = notices.draft(desk, seat.codename, PEOPLE, by="Author")
    notices.approve(desk, made.notice, by="Counsel", read=made.digest)
    return desk, made.notice


def send(desk: Desk, id: str, typed: int, **more: object) -> Send:
    return asyncio.run(delivery.send_approved(desk, id, by="Author", typed=typed, **more))  # type: ignore[arg-type]


def test_everyone_is_written_to_once(told: Seat) -> None:
    """A whole send: each person once, in order, the ledger finished, the duty's event dated, the journal whole."""
    server = Server()
    desk, id = many(told, 10, server)
    watched = []
    sent = send(desk, id, 10, watch=watched.append)
    assert server.heard == [f"p{n:04}" for n in range(10)]
    assert sent.tallied.everyone
    assert [t.accepted for t in watched] == [0, 4, 8, 10]
    assert notices.one(desk, id).status == "sent"
    assert assessment.duties(desk, told.codename)
    acts = [e.act for e in proof.journal(desk)]
    assert acts[-2:] == ["send.finished", "fact.recorded"]
    assert proof.verify_journal(desk)


def test_the_number_of_people_is_typed(told: Seat) -> None:
    """A wrong number sends nothing and says the right one."""
    server = Server()
    desk, id = many(told, 3, server)
    with pytest.raises(Gate, match="writes to 3 people"):
        send(desk, id, 2)
    assert server.heard == []


def test_an_unsigned_notice_never_reaches_the_mail(told: Seat) -> None:
    """Without an approval, or with a voided one, nothing is sent."""
    server = Server()
    desk, id = many(told, 3, server)
    told.records.write_text(told.records.read_text("utf-8") + "p9999,DE,crm,,name;email,false,,en,p9@mail.example,N,\n", "utf-8")
    assessment.count(desk, told.codename, [told.records], by="Analyst")
    with pytest.raises(Gate, match="counted again"):
        send(desk, id, 3)
    assert server.heard == []


def test_refused_and_deferred_have_their_own_states(told: Seat) -> None:
    """5xx is refused and stays, 4xx waits and is tried again; finished means every row has a final state."""
    server = Server({"p0001": [("refused", 550)], "p0002": [("deferred", 451), ("accepted", 250)]})
    desk, id = many(told, 4, server)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    sent = send(desk, id, 4, retries=2, pause=7.0, sleep=sleep)
    assert (sent.tallied.accepted, sent.tallied.refused, sent.tallied.deferred) == (3, 1, 0)
    assert slept == [7.0]
    assert server.heard.count("p0002") == 2
    assert notices.one(desk, id).status == "sent-in-part"
    assert [(o.number, o.code) for o in delivery.ledger(desk, id)] == [(2, 550)]


def test_a_desk_that_dies_names_the_unknown_and_repeats_nobody_else(told: Seat) -> None:
    """After a death mid-batch the batch on the wire is unknown, by number; a resumed send leaves it alone until a person decides."""
    server = Server(dies_after=6)
    desk, id = many(told, 10, server)
    real = delivery._turn

    def died(*arguments: object) -> list[Addressee]:
        if not arguments[5]:  # the closing commit of a pass: a killed process never gets to it
            return []
        return real(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(delivery, "_turn", died)
        send(desk, id, 10)
    assert delivery.recover(desk, id, by="Lead") == [5, 6, 7, 8]
    server.dies_after = None
    send(desk, id, 2)
    assert server.heard[6:] == ["p0008", "p0009"]
    assert "4 outcomes unknown" in notices.one(desk, id).blocked
    assert delivery.settle(desk, id, "arrived", by="Lead", numbers=[5, 6], why="seen in the server's log") == 2
    assert delivery.settle(desk, id, "resend", by="Lead") == 2
    assert send(desk, id, 2).tallied.everyone
    assert server.heard[8:] == ["p0006", "p0007"]


def test_only_unknown_outcomes_are_settled(told: Seat) -> None:
    """A known outcome cannot be rewritten."""
    server = Server()
    desk, id = many(told, 2, server)
    send(desk, id, 2)
    with pytest.raises(Gate, match="is known"):
        delivery.settle(desk, id, "resend", by="Lead", numbers=[1])


def test_a_server_that_vanishes_leaves_the_rest_in_line(told: Seat) -> None:
    """What was not handed over stays planned, and the next send takes it up where this one stopped."""
    answers = {f"p{n:04}": [("planned", 0), ("accepted", 250)] for n in range(4, 8)}
    server = Server(answers)
    desk, id = many(told, 12, server)
    sent = send(desk, id, 12)
    assert (sent.tallied.accepted, sent.tallied.planned) == (4, 8)
    assert send(desk, id, 8).tallied.everyone


def test_two_desks_cannot_send_the_same_notice(told: Seat) -> None:
    """While one desk sends, another is refused."""
    server = Server()
    desk, id = many(told, 2, server)
    with desk.store.alone(f"send-{id}"), pytest.raises(Gate, match="another desk"):
        send(desk, id, 2)
    assert server.heard == []


def test_a_rehearsal_sends_and_records_nothing(told: Seat) -> None:
    """A rehearsal fills in every letter and leaves neither a message nor a journal entry."""
    server = Server()
    desk, id = many(told, 5, server)
    before = proof.verify_journal(desk)
    assert delivery.rehearse(desk, id).planned == 5
    assert server.heard == []
    assert proof.verify_journal(desk) == before


def test_a_line_break_in_an_address_never_reaches_the_wire(told: Seat) -> None:
    """A person whose address carries a line break is listed for another way, and not mailed."""
    server = Server()
    desk, id = many(told, 1, server)
    told.records.write_text(
        HEADER + 'p1,DE,crm,,name;email,false,,en,"p1@mail.example\nBcc: x@mail.example",P,\n'
        + "p2,DE,crm,,name;email,false,,en,p2@mail.example,P,\n", "utf-8"
    )  # fmt: skip
    assessment.count(desk, told.codename, [told.records], by="Analyst")
    (made,) = notices.draft(desk, told.codename, PEOPLE, by="Author")
    notices.approve(desk, id, by="Counsel", read=made.digest)
    sent = send(desk, id, 1)
    assert server.heard == ["p2"]
    assert (sent.tallied.accepted, sent.tallied.unaddressed) == (1, 1)
    assert delivery.ledger(desk, id)[0].number == 1


def test_letters_to_an_institution_are_filed_not_mailed(told: Seat) -> None:
    """A letter to an authority has no recipients to type and no road to the mail."""
    server = Server()
    desk, _ = many(told, 1, server)
    (made,) = notices.draft(desk, told.codename, "eu/gdpr#33-1", by="Author")
    notices.approve(desk, made.notice, by="Counsel", read=made.digest)
    with pytest.raises(Gate, match="institution"):
        send(desk, made.notice, 0)


def test_a_send_that_began_is_finished_whatever_is_counted_meanwhile(told: Seat) -> None:
    """People found later get a notice of their own; nobody of a send that began under a valid approval is left half told."""
    answers = {f"p{n:04}": [("planned", 0), ("accepted", 250)] for n in range(4, 8)}
    server = Server(answers)
    desk, id = many(told, 8, server)
    send(desk, id, 8)
    more = told.records.read_text("utf-8") + "p9999,DE,crm,,name;email,false,,en,p9@mail.example,N,\n"
    told.records.write_text(more, "utf-8")
    assessment.count(desk, told.codename, [told.records], by="Analyst")
    assert send(desk, id, 4).tallied.everyone


def test_drafting_anew_leaves_out_those_already_told(told: Seat) -> None:
    """A later version goes to people found since; those accepted before get it only as an explicit correction."""
    server = Server()
    desk, id = many(told, 3, server)
    send(desk, id, 3)
    with pytest.raises(Gate, match="--again"):
        notices.draft(desk, told.codename, PEOPLE, by="Author")
    more = told.records.read_text("utf-8") + "p9999,DE,crm,,name;email,false,,en,p9@mail.example,N,\n"
    told.records.write_text(more, "utf-8")
    assessment.count(desk, told.codename, [told.records], by="Analyst")
    (late,) = notices.draft(desk, told.codename, PEOPLE, by="Author")
    assert (late.version, late.people) == (2, 1)
    (correction,) = notices.draft(desk, told.codename, PEOPLE, by="Author", again=True)
    assert correction.people == 4


def test_nothing_is_drafted_while_a_send_is_open(told: Seat) -> None:
    """A send that is not finished is finished first, so that nobody falls between two versions."""
    server = Server({f"p{n:04}": [("planned", 0)] for n in range(4)})
    desk, id = many(told, 4, server)
    send(desk, id, 4)
    with pytest.raises(Gate, match="is being sent"):
        notices.draft(desk, told.codename, PEOPLE, by="Author")
