"""Real SMTP on this machine: what the server did is what the outcome says."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import time
import typing
from collections import Counter
from dataclasses import replace

import pytest
import trustme

from breachdesk.domain.errors import Gate, InvalidInput
from breachdesk.domain.notices import ApprovedNotice
from breachdesk.post.message import Letter
from breachdesk.post.sink import Sink
from breachdesk.post.smtp import MailServerUnavailable, SmtpOutbox


async def _send(post, notice, *batches):
    """Send batches through one outbox; outcomes by number, each reported once."""
    outcomes = {}

    def report(outcome):
        assert outcome.number not in outcomes
        outcomes[outcome.number] = outcome

    async with post.open() as outbox:
        for batch in batches:
            await outbox.send(notice, batch, report)
    return outcomes


def _states(outcomes):
    return {number: outcome.state for number, outcome in sorted(outcomes.items())}


async def _greet(reader, writer, *extensions):
    """The server's side of greeting and EHLO."""
    writer.write(b"220 script\r\n")
    await reader.readline()
    writer.write(b"".join(b"250-" + e + b"\r\n" for e in extensions) + b"250 script\r\n")


async def _serve(reader, writer, **say):
    """Answer commands; `say` overrides the answer to a verb or to the `text`: None hangs up, "" falls silent."""
    await _greet(reader, writer)
    answers = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "RSET": "250 ok", "QUIT": "221 bye", **say}
    while line := await reader.readline():
        verb = line[:4].decode().upper()
        answer = answers[verb]
        if verb == "DATA" and answer and answer.startswith("354"):
            writer.write(answer.encode() + b"\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            answer = answers.get("text", "250 taken")
        if answer is None:
            return
        if answer == "":
            await reader.read()
            return
        writer.write(answer.encode() + b"\r\n")


async def test_everybody_accepted(make_post, make_notice, person):
    """Each person gets one message of their own, alone in its envelope, and the outcome carries the server's answer."""
    with Sink(keep="messages") as sink:
        outcomes = await _send(make_post(sink.port), make_notice(), [person(n) for n in range(1, 31)])
    assert _states(outcomes) == dict.fromkeys(range(1, 31), "accepted")
    assert all(outcome.code == 250 and "taken as" in outcome.reply for outcome in outcomes.values())
    assert sorted(m.to for m in sink.messages) == sorted((person(n).address,) for n in range(1, 31))
    for received in sink.messages:
        message = email.message_from_bytes(received.content, policy=email.policy.default)
        assert received.sender == "desk@org.example"
        assert message["To"] == received.to[0]
        name = message["To"].partition("@")[0].replace("sample", "Sample ")
        assert f"Dear {name},\r\n" in message.get_body(("plain",)).get_content()


async def test_connections_are_reused(make_post, make_notice, person):
    """Three batches over at most two connections make two connections."""
    with Sink() as sink:
        post = make_post(sink.port, connections=2)
        batches = [[person(n) for n in range(first, first + 10)] for first in (1, 11, 21)]
        outcomes = await _send(post, make_notice(), *batches)
    assert Counter(o.state for o in outcomes.values()) == {"accepted": 30}
    assert (sink.accepted, sink.connections) == (30, 2)


async def test_no_connection_before_a_message(make_post, make_notice, person):
    """An outbox that has nothing to send connects to nobody."""
    with Sink() as sink:
        outcomes = await _send(make_post(sink.port), make_notice(), [], [replace(person(1), unaddressed="moved")])
    assert sink.connections == 0
    assert _states(outcomes) == {1: "unaddressed"}
    assert outcomes[1].reply == "moved"


async def test_one_refused(make_post, make_notice, person):
    """A refused recipient is refused alone; the next person on the same connection is accepted."""
    with Sink(refuse={person(2).address}) as sink:
        outcomes = await _send(make_post(sink.port, connections=1), make_notice(), [person(1), person(2), person(3)])
    assert _states(outcomes) == {1: "accepted", 2: "refused", 3: "accepted"}
    assert (outcomes[2].code, outcomes[2].reply) == (550, "5.1.1 no such mailbox")
    assert sink.connections == 1


async def test_greylisted_then_accepted(make_post, make_notice, person):
    """A 4xx is deferred with its code, and a later send to the same person is accepted."""
    with Sink(greylist_once=True) as sink:
        post = make_post(sink.port)
        first = await _send(post, make_notice(), [person(1), person(2)])
        second = await _send(post, make_notice(), [person(1), person(2)])
    assert [(o.state, o.code) for o in first.values()] == [("deferred", 451)] * 2
    assert _states(second) == {1: "accepted", 2: "accepted"}
    assert sink.accepted == 2


async def test_dropped_in_data_is_unknown(make_post, make_notice, person):
    """When the server hangs up with the text in hand, the outcome is unknown, nothing goes twice, the rest go on."""
    with Sink(drop_in_data={person(2).address}, keep="messages") as sink:
        batch = [person(n) for n in range(1, 6)]
        outcomes = await _send(make_post(sink.port, connections=1), make_notice(), batch)
    assert _states(outcomes) == {1: "accepted", 2: "unknown", 3: "accepted", 4: "accepted", 5: "accepted"}
    assert f"127.0.0.1:{sink.port}" in outcomes[2].reply
    assert Counter(m.to[0] for m in sink.messages) == Counter(person(n).address for n in (1, 3, 4, 5))
    assert sink.connections == 2


async def test_no_answer_in_time_is_unknown(make_post, make_notice, person, scripted):
    """A server that takes the text and says nothing within the time limit leaves the outcome unknown."""
    async with scripted(lambda r, w: _serve(r, w, text="")) as port:
        outcomes = await _send(make_post(port, timeout_seconds=0.2), make_notice(), [person(1)])
    assert _states(outcomes) == {1: "unknown"}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [None, "421 4.3.2 going down"])
async def test_lost_before_the_text_is_tried_once_more(make_post, make_notice, person, scripted, verb, answer):
    """A connection lost or closed with 421 before the text went out costs one fresh connection, and nobody."""
    connections = 0

    async def script(reader, writer):
        nonlocal connections
        connections += 1
        await _serve(reader, writer, **({verb: answer} if connections == 1 else {}))

    async with scripted(script) as port:
        outcomes = await _send(make_post(port, connections=1), make_notice(), [person(1), person(2)])
    assert _states(outcomes) == {1: "accepted", 2: "accepted"}
    assert connections == 2


async def test_lost_twice_is_not_handed_over(make_post, make_notice, person, scripted):
    """A server that hangs up again and again gets two tries, not two per person, and everybody stays planned."""
    connections = 0

    async def script(reader, writer):
        nonlocal connections
        connections += 1
        await _serve(reader, writer, RCPT=None)

    outcomes = []
    async with scripted(script) as port, make_post(port, connections=1).open() as outbox:
        with pytest.raises(MailServerUnavailable, match=f"127.0.0.1:{port}"):
            await outbox.send(make_notice(), [person(n) for n in range(1, 20)], outcomes.append)
    assert connections == 2
    assert Counter(o.state for o in outcomes) == {"planned": 19}
    assert all("failed" in o.reply for o in outcomes)


async def test_421_twice_is_deferred(make_post, make_notice, person, scripted):
    """A server that closes with 421 on the second try too has deferred that person; the others were not handed over."""
    async with scripted(lambda r, w: _serve(r, w, RCPT="421 4.7.0 too many")) as port:
        outcomes = await _send(make_post(port, connections=1), make_notice(), [person(1), person(2)])
    assert _states(outcomes) == {1: "deferred", 2: "planned"}
    assert outcomes[1].code == 421


@pytest.mark.parametrize(
    ("say", "state", "code"),
    [
        ({"text": "554 5.7.1 content refused"}, "refused", 554),
        ({"text": "452 4.2.2 mailbox full"}, "deferred", 452),
        ({"text": "421 4.3.2 going down"}, "deferred", 421),
        ({"text": "354 go on"}, "unknown", 354),
        ({"text": "hello"}, "unknown", 0),
        ({"DATA": "554 5.5.1 no"}, "refused", 554),
        ({"DATA": "451 4.3.0 later"}, "deferred", 451),
        ({"DATA": "250 what"}, "planned", 250),
        ({"MAIL": "452 4.3.1 no room"}, "deferred", 452),
        ({"RCPT": "251 will forward"}, "accepted", 250),
    ],
)
async def test_what_each_answer_means(make_post, make_notice, person, scripted, say, state, code):
    """5xx refuses, 4xx defers, 2xx after the text accepts; what cannot be understood after the text is unknown."""
    async with scripted(lambda r, w: _serve(r, w, **say)) as port:
        outcomes = await _send(make_post(port, connections=1), make_notice(), [person(1)])
    assert (outcomes[1].state, outcomes[1].code) == (state, code)


async def test_421_after_the_text_is_not_tried_at_once(make_post, make_notice, person, scripted):
    """A 421 that answers the text defers that person without a second copy; the next one goes over a fresh connection."""
    texts = 0

    async def script(reader, writer):
        nonlocal texts
        texts += 1
        await _serve(reader, writer, text="421 4.3.2 going down" if texts == 1 else "250 taken")

    async with scripted(script) as port:
        outcomes = await _send(make_post(port, connections=1), make_notice(), [person(1), person(2)])
    assert _states(outcomes) == {1: "deferred", 2: "accepted"}
    assert texts == 2


async def test_a_line_with_a_dot_arrives_whole(make_post, make_notice, person, monkeypatch):
    """Even a message with a lone dot on a line, which would end it, arrives byte for byte."""
    message = b"Subject: x\r\n\r\n.\r\n..\r\n.end\r\n"
    monkeypatch.setattr(Letter, "compose", lambda *_: message)
    with Sink(keep="messages") as sink:
        outcomes = await _send(make_post(sink.port, connections=1), make_notice(), [person(1), person(2)])
    assert _states(outcomes) == {1: "accepted", 2: "accepted"}
    assert [m.content for m in sink.messages] == [message, message]


@pytest.mark.parametrize("say", [{"MAIL": "550 5.7.60 not your address"}, {"RCPT": "530 5.7.0 login first"}])
async def test_sender_not_allowed(make_post, make_notice, person, scripted, say):
    """A server that will not let us send refuses nobody in particular: it is a gate, and everybody stays planned."""
    outcomes = []
    async with scripted(lambda r, w: _serve(r, w, **say)) as port, make_post(port).open() as outbox:
        with pytest.raises(Gate, match=r"does not let desk@org.example send \(5"):
            await outbox.send(make_notice(), [person(n) for n in range(1, 9)], outcomes.append)
    assert Counter(o.state for o in outcomes) == {"planned": 8}


async def test_server_not_there(make_post, make_notice, person):
    """No server at all is an error with host and port and exit code 1, and everybody is reported as planned."""
    with Sink() as gone:
        port = gone.port
    outcomes = []
    async with make_post(port).open() as outbox:
        words = f"127.0.0.1:{port}: the mail server cannot be used now"
        with pytest.raises(MailServerUnavailable, match=words) as caught:
            await outbox.send(make_notice(), [person(1), person(2)], outcomes.append)
    assert caught.value.exit_code == 1
    assert [(o.state, o.code) for o in outcomes] == [("planned", 0)] * 2


async def test_server_turns_away(make_post, make_notice, person, scripted):
    """A server that greets with 554 is not there for us."""

    async def script(reader, writer):
        writer.write(b"554 5.7.1 \x1b[31mnot you\r\n")
        await reader.read()

    async with scripted(script) as port:
        with pytest.raises(MailServerUnavailable, match=r"it said 554 5.7.1 \[31mnot you"):
            await _send(make_post(port), make_notice(), [person(1)])


async def test_server_silent(make_post, make_notice, person, scripted):
    """A server that connects and never speaks is given up after the time limit."""
    async with scripted(lambda r, _: r.read()) as port:
        with pytest.raises(MailServerUnavailable):
            await _send(make_post(port, timeout_seconds=0.2), make_notice(), [person(1)])


async def test_server_vanishes_in_a_batch(make_post, make_notice, person):
    """When the server goes away midway, those not handed over come back planned; nobody is lost or repeated."""
    sink, outcomes = Sink(keep="messages"), {}
    sink.__enter__()
    stopped = False

    def report(outcome):
        nonlocal stopped
        assert outcome.number not in outcomes
        outcomes[outcome.number] = outcome
        if len(outcomes) == 20 and not stopped:
            stopped = True
            sink.__exit__(None, None, None)

    async with make_post(sink.port, connections=3).open() as outbox:
        await outbox.send(make_notice(), [person(n) for n in range(1, 101)], report)
        with pytest.raises(MailServerUnavailable):
            await outbox.send(make_notice(), [person(200)], report)
    states = Counter(o.state for o in outcomes.values())
    assert states["accepted"] >= 17
    assert states["planned"] >= 70
    assert set(states) <= {"accepted", "planned", "unknown"}
    assert len(outcomes) == 101
    arrived = Counter(m.to[0] for m in sink.messages)
    assert set(arrived.values()) == {1}
    known = {person(o.number).address for o in outcomes.values() if o.state == "accepted"}
    assert known <= set(arrived)
    assert not {person(o.number).address for o in outcomes.values() if o.state == "planned"} & set(arrived)


async def test_fewer_connections_than_asked(make_post, make_notice, person, scripted):
    """A server that takes one connection at a time gets all the mail over one, and is not knocked at for each batch."""
    connections = current = 0

    async def script(reader, writer):
        nonlocal connections, current
        connections += 1
        if current:
            writer.write(b"421 4.7.0 one at a time\r\n")
            return
        current += 1
        try:
            await _serve(reader, writer)
        finally:
            current -= 1

    async with scripted(script) as port:
        batches = [[person(n) for n in range(first, first + 20)] for first in (1, 21, 41)]
        outcomes = await _send(make_post(port, connections=4), make_notice(), *batches)
    assert Counter(o.state for o in outcomes.values()) == {"accepted": 60}
    assert connections == 4


async def test_idle_connection_closed_by_the_server(make_post, make_notice, person, scripted):
    """A connection the server closed between two batches is replaced without a word."""

    async def script(reader, writer):
        await _greet(reader, writer)
        for _ in range(3):
            verb = await reader.readline()
            writer.write(b"354 go\r\n" if verb.startswith(b"DATA") else b"250 ok\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await writer.drain()

    outcomes = []
    async with scripted(script) as port, make_post(port, connections=1).open() as outbox:
        await outbox.send(make_notice(), [person(1)], outcomes.append)
        await asyncio.sleep(0.05)
        await outbox.send(make_notice(), [person(2)], outcomes.append)
    assert [o.state for o in outcomes] == ["accepted", "accepted"]


async def test_address_with_a_line_break_never_leaves(make_post, make_notice, person):
    """An address that holds a line break, or is no plain mailbox, is not mailed and opens no connection."""
    broken = "a@people.example\r\nRCPT TO:<x@evil.example>"
    evil = [person(1, broken), person(2, "list:a@people.example"), person(3, "")]
    with Sink() as sink:
        outcomes = await _send(make_post(sink.port), make_notice(), evil)
    assert sink.connections == 0
    assert _states(outcomes) == {1: "unaddressed", 2: "unaddressed", 3: "unaddressed"}
    assert outcomes[1].reply == "the address holds a control character"


async def test_person_without_a_field(make_post, make_notice, person):
    """A person whose letter cannot be written is reported with the reason; everybody else is written to."""
    bare = person(2)
    del bare.fields["elements"]
    with Sink() as sink:
        outcomes = await _send(make_post(sink.port), make_notice(), [person(1), bare, person(3)])
    assert _states(outcomes) == {1: "accepted", 2: "unaddressed", 3: "accepted"}
    assert "[[elements]]" in outcomes[2].reply
    assert sink.accepted == 2


async def test_notice_that_cannot_be_a_message(make_post, make_notice, person):
    """A notice that cannot be made into a message is refused before anybody, and everybody is reported as planned."""
    outcomes = []
    with Sink() as sink:
        async with make_post(sink.port).open() as outbox:
            with pytest.raises(InvalidInput, match="salary"):
                await outbox.send(make_notice(text="[[salary]]"), [person(1), person(2)], outcomes.append)
    assert sink.connections == 0
    assert [o.state for o in outcomes] == ["planned", "planned"]


async def test_letters_outside_ascii_in_an_address(make_post, make_notice, person, scripted):
    """Such an address goes to a server with SMTPUTF8, and is listed as not mailable when the server has none."""
    arabic = "أحمد@people.example"
    with Sink(keep="messages") as sink:
        outcomes = await _send(make_post(sink.port), make_notice(), [person(1, arabic)])
    assert _states(outcomes) == {1: "accepted"}
    assert sink.messages[0].to == (arabic,)
    assert f"To: {arabic}\r\n".encode() in sink.messages[0].content
    async with scripted(_serve) as port:
        outcomes = await _send(make_post(port, connections=1), make_notice(), [person(1, arabic), person(2)])
    assert _states(outcomes) == {1: "unaddressed", 2: "accepted"}
    assert "SMTPUTF8" in outcomes[1].reply


async def test_allow_list(make_post, make_notice, person):
    """With a list of allowed addresses, nobody else's message reaches the server."""
    with Sink(keep="messages") as sink:
        post = make_post(sink.port, allow_only=["Sample2@people.example"])
        outcomes = await _send(post, make_notice(), [person(1), person(2), person(3)])
    assert _states(outcomes) == {1: "unaddressed", 2: "accepted", 3: "unaddressed"}
    assert "mail.allow_only" in outcomes[1].reply
    assert [m.to for m in sink.messages] == [("sample2@people.example",)]


async def test_rate_limit(make_post, make_notice, person):
    """Ten messages at fifty a second take at least nine gaps, however many connections there are."""
    with Sink() as sink:
        post = make_post(sink.port, per_second=50, connections=4)
        began = time.monotonic()
        await _send(post, make_notice(), [person(n) for n in range(1, 11)])
        took = time.monotonic() - began
    assert sink.accepted == 10
    assert took >= 9 / 50


async def test_exercise_mark(make_post, make_notice, person):
    """A post made for an exercise marks what it sends."""
    with Sink(keep="messages") as sink:
        await _send(make_post(sink.port, exercise=True), make_notice(), [person(1)])
    assert b"Subject: EXERCISE: Notice of data breach\r\n" in sink.messages[0].content


async def test_two_notices_through_one_outbox(make_post, make_notice, person):
    """Each notice keeps its own text when several go through one outbox."""
    with Sink(keep="messages") as sink:
        async with make_post(sink.port, connections=1).open() as outbox:
            for subject in ("One", "Two", "One"):
                await outbox.send(make_notice(subject=subject), [person(1)], lambda _: None)
    assert [email.message_from_bytes(m.content)["Subject"] for m in sink.messages] == ["One", "Two", "One"]


async def test_cancelled(make_post, make_notice, person, scripted):
    """When a send is cancelled, what was on the wire is unknown, the rest planned, and everybody reported once."""
    holding, outcomes = asyncio.Event(), []

    async def script(reader, writer):
        await _greet(reader, writer)
        for _ in range(3):
            verb = await reader.readline()
            writer.write(b"354 go\r\n" if verb.startswith(b"DATA") else b"250 ok\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        holding.set()
        await reader.read()

    async with scripted(script) as port, make_post(port, connections=1).open() as outbox:
        sending = asyncio.create_task(outbox.send(make_notice(), [person(n) for n in range(1, 6)], outcomes.append))
        await holding.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert {o.number: o.state for o in outcomes} == {1: "unknown"} | dict.fromkeys(range(2, 6), "planned")
    assert len(outcomes) == 5


async def test_cancelled_before_the_text(make_post, make_notice, person, scripted):
    """Cancelled while the server thinks about the recipient, nothing of the message has left: planned."""
    outcomes = []
    asked = asyncio.Event()

    async def script(reader, writer):
        await _greet(reader, writer)
        await reader.readline()
        writer.write(b"250 ok\r\n")
        await reader.readline()
        asked.set()
        await reader.read()

    async with scripted(script) as port, make_post(port).open() as outbox:
        sending = asyncio.create_task(outbox.send(make_notice(), [person(1)], outcomes.append))
        await asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert [(o.number, o.state) for o in outcomes] == [(1, "planned")]


async def test_report_that_fails(make_post, make_notice, person):
    """When the ledger cannot be written, the send stops with that error instead of going on unrecorded."""
    with Sink() as sink:
        async with make_post(sink.port, connections=1).open() as outbox:
            with pytest.raises(OSError, match="disk full"):
                await outbox.send(make_notice(), [person(n) for n in range(1, 50)], _disk_full)
    assert sink.accepted == 1


def _disk_full(outcome):
    raise OSError("disk full")


async def test_person_twice_in_a_batch(make_post, make_notice, person):
    """A batch that names a person twice is refused whole."""
    async with make_post(1).open() as outbox:
        with pytest.raises(ValueError, match="twice"):
            await outbox.send(make_notice(), [person(1), person(1)], lambda _: None)


async def test_only_an_approved_notice(make_post, make_notice, person):
    """The outbox takes an ApprovedNotice by its type, and refuses a draft."""
    assert typing.get_type_hints(SmtpOutbox.send)["notice"] is ApprovedNotice
    async with make_post(1).open() as outbox:
        with pytest.raises(TypeError, match="not a Draft"):
            await outbox.send(make_notice().draft, [person(1)], lambda _: None)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_over_tls(make_post, make_notice, person, server_tls, trusted, security):
    """With an authority the system trusts, mail goes over TLS both ways, several connections and batches."""
    with Sink(tls_context=server_tls, require_tls=True, implicit_tls=security == "tls") as sink:
        post = make_post(sink.port, security=security, connections=2)
        outcomes = await _send(post, make_notice(), [person(n) for n in range(1, 9)], [person(9)])
    assert Counter(o.state for o in outcomes.values()) == {"accepted": 9}
    assert sink.connections == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_unknown_authority(make_post, make_notice, person, server_tls, security):
    """A certificate nobody vouches for shuts the gate; no message leaves and everybody stays planned."""
    outcomes = []
    with Sink(tls_context=server_tls, implicit_tls=security == "tls") as sink:
        async with make_post(sink.port, security=security).open() as outbox:
            with pytest.raises(Gate, match="certificate does not verify"):
                await outbox.send(make_notice(), [person(1), person(2)], outcomes.append)
    assert sink.accepted == 0
    assert [o.state for o in outcomes] == ["planned", "planned"]


async def test_certificate_of_another_host(make_post, make_notice, person, authority: trustme.CA, trusted):
    """A good certificate for another name shuts the gate too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example").configure_cert(context)
    with Sink(tls_context=context) as sink, pytest.raises(Gate, match="certificate does not verify"):
        await _send(make_post(sink.port, security="starttls"), make_notice(), [person(1)])
    assert sink.accepted == 0


async def test_no_starttls_offered(make_post, make_notice, person):
    """A server without STARTTLS gets nothing when STARTTLS is asked for."""
    with Sink() as sink, pytest.raises(Gate, match="offers no STARTTLS"):
        await _send(make_post(sink.port, security="starttls"), make_notice(), [person(1)])
    assert sink.accepted == 0


async def test_tls_to_a_plain_port(make_post, make_notice, person):
    """Speaking TLS to a port that speaks plain SMTP is a gate that names both settings."""
    with Sink() as sink, pytest.raises(Gate, match=r"no TLS could be agreed on .* mail.port and mail.security"):
        await _send(make_post(sink.port, security="tls"), make_notice(), [person(1)])


@pytest.mark.parametrize("host", ["192.0.2.7", "mail.example", "", "127.0.0.1.example"])
async def test_never_in_the_clear_elsewhere(make_post, host):
    """Without TLS nothing opens towards any host but this machine, and a desk without a server says what to write."""
    with pytest.raises(Gate, match=r"mail.security is none|no mail server is set"):
        async with make_post(25, host=host).open():
            pass


@pytest.mark.parametrize("host", ["127.0.0.9", "localhost", "::1"])
async def test_in_the_clear_on_this_machine(make_post, host):
    """This machine is any of its loopback addresses, and localhost when it means nothing else."""
    async with make_post(25, host=host).open() as outbox:
        assert isinstance(outbox, SmtpOutbox)


async def test_login(make_post, make_notice, person, server_tls, trusted):
    """With a user name the desk logs in over TLS, and a wrong or missing password is a gate that shows none."""
    with Sink(tls_context=server_tls, require_tls=True, login=("desk", "right")) as sink:
        settings = {"security": "starttls", "username": "desk"}
        outcomes = await _send(make_post(sink.port, password="right", **settings), make_notice(), [person(1)])
        assert _states(outcomes) == {1: "accepted"}
        with pytest.raises(Gate, match="does not accept the login of desk") as caught:
            await _send(make_post(sink.port, password="wrong-secret", **settings), make_notice(), [person(1)])
        assert "wrong-secret" not in str(caught.value)
        with pytest.raises(Gate, match="BREACHDESK_SMTP_PASSWORD"):
            await _send(make_post(sink.port, **settings), make_notice(), [person(1)])
    assert sink.accepted == 1


async def test_login_not_offered(make_post, make_notice, person, scripted):
    """A user name in the settings and no AUTH at the server is a gate, not a try without."""
    async with scripted(_serve) as port:
        with pytest.raises(Gate, match="offers no login"):
            await _send(make_post(port, username="desk", password="x"), make_notice(), [person(1)])


async def test_sender_that_is_no_address(make_post):
    """A sender that is not an address stops the opening, by the name of its setting."""
    with pytest.raises(InvalidInput, match=r"desk\.toml: mail\.sender"):
        async with make_post(25, sender="desk").open():
            pass


def test_domain(make_post):
    """Message-IDs carry the sender's domain, or one that can never exist while no sender is written down."""
    assert make_post(25).domain == "org.example"
    assert make_post(25, sender="desk@bücher.example").domain == "xn--bcher-kva.example"
    assert make_post(25, sender="").domain == "breachdesk.invalid"
