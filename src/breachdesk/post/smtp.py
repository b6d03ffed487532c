"""Notices leave the building: one message per person, over TLS, on a few connections that are kept and reused.

What matters here is that every answer is honest. A person's message was accepted when the server said so after the
last byte, and only then. When the connection is lost after the text went out and before that answer, nobody knows,
and the outcome says `unknown`; when it is lost earlier, nothing of the message had left, so it may be tried again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import aiosmtplib

from breachdesk.domain.deliveries import Addressee, Outcome, State
from breachdesk.domain.errors import BreachdeskError, Gate, InvalidInput
from breachdesk.domain.notices import ApprovedNotice
from breachdesk.post.addresses import Mailbox, mailbox, unreachable
from breachdesk.post.message import Letter, sender_address
from breachdesk.settings import Mail

UNSET_DOMAIN = "breachdesk.invalid"
"""The domain of Message-IDs made before anybody has written down a sender."""

_GOODBYE_SECONDS = 2.0
_REPLY_LETTERS = 500


class MailServerUnavailable(BreachdeskError):
    """There is no mail server where the settings say, or it turns everybody away."""


Step = Literal["RSET", "MAIL", "RCPT", "DATA", "message"]
"""What the server answers to; `message` is the answer after the last byte of the text."""


class Answer(NamedTuple):
    """What the server said about one message, and to which step."""

    to: Step
    code: int
    reply: str


class SmtpPost:
    """The mail server of the settings.

    `domain` is the sender's domain. `exercise` marks each message. `now` gives the instant (aware) a message is dated.
    Nothing is read from the network, and no setting judged, before `open()` is entered.
    """

    def __init__(self, mail: Mail, password: str | None, *, exercise: bool, now: Callable[[], datetime]) -> None:
        self._mail, self._password, self._exercise, self._now = mail, password, exercise, now
        self.domain: str = _domain_of(mail.sender)

    def open(self) -> AbstractAsyncContextManager[SmtpOutbox]:
        """A way out for mail; connections are made when the first message needs one, and closed on leaving.

        Entering raises Gate when the settings name no server, would send in the clear to another machine, or lack the
        password; InvalidInput for a sender that is not an address.
        """
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[SmtpOutbox]:
        mail = self._mail
        if not mail.host:
            raise Gate("no mail server is set; write [mail] host and sender into desk.toml")
        if mail.security == "none" and not await _is_this_machine(mail.host, mail.port):
            raise Gate(
                f"{mail.host}:{mail.port}: mail.security is none, and this is not this machine; nothing was sent. "
                "Set mail.security to starttls or tls."
            )
        if mail.username and not self._password:
            raise Gate(f"mail.username is {mail.username}: put its password into the variable {mail.password_env}")
        sender_address(mail.sender, mail.sender_name)
        tls = None if mail.security == "none" else await asyncio.to_thread(ssl.create_default_context)
        outbox = SmtpOutbox(mail, self._password or "", tls, exercise=self._exercise, now=self._now)
        try:
            yield outbox
        finally:
            await outbox.close()


def _domain_of(sender: str) -> str:
    try:
        return mailbox(sender).wire.rpartition(b"@")[2].decode("ascii")
    except InvalidInput:
        return UNSET_DOMAIN


async def _is_this_machine(host: str, port: int) -> bool:
    if host.lower() != "localhost":
        return _loopback(host)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError:
        return False
    return bool(found) and all(_loopback(str(entry[4][0])) for entry in found)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Line:
    """A place for one connection to the server, used for one message at a time; it may be dropped and connected anew.

    `begun`: the text of a message has gone out and its answer has not come. `busy`: an exchange was not finished; a
    connection left busy is out of step with the server and can only be dropped.
    """

    def __init__(self, sender: bytes, seconds: float) -> None:
        self._client: aiosmtplib.SMTP | None = None
        self._from, self._seconds = b"FROM:<" + sender + b">", seconds
        self._transaction = False
        self.begun = self.busy = self.international = False

    @property
    def usable(self) -> bool:
        """Whether another message can be handed over on it."""
        return self._client is not None and self._client.is_connected and not self.busy

    def connect(self, client: aiosmtplib.SMTP) -> None:
        """Go on with a client that is connected, greeted and logged in."""
        self.drop()
        self._client = client
        self._transaction = self.begun = self.busy = False
        self.international = client.supports_extension("smtputf8")

    async def hand_over(self, to: bytes, message: bytes, *, international: bool) -> Answer:
        """One message to one mailbox; the server's answer to the first command it did not take, or to the message.

        Raises SMTPException or OSError when the connection fails; `begun` then says whether the text had gone out.
        """
        protocol = self._client.protocol if self._client is not None else None
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self.busy = True
        seconds = self._seconds
        if self._transaction:
            reset = await protocol.execute_command(b"RSET", timeout=seconds)
            if reset.code != 250:
                return self._answered("RSET", reset)
            self._transaction = False
        options = (b"SMTPUTF8",) if international else ()
        taken = await protocol.execute_command(b"MAIL", self._from, *options, timeout=seconds)
        if taken.code != 250:
            return self._answered("MAIL", taken)
        self._transaction = True
        taken = await protocol.execute_command(b"RCPT", b"TO:<" + to + b">", timeout=seconds)
        if taken.code not in (250, 251):
            return self._answered("RCPT", taken)
        taken = await protocol.execute_command(b"DATA", timeout=seconds)
        if taken.code != 354:
            return self._answered("DATA", taken)
        self.begun = True
        protocol.write(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        final = await protocol.read_response(timeout=seconds)
        self.begun = self._transaction = False
        return self._answered("message", final)

    def _answered(self, to: Step, response: aiosmtplib.SMTPResponse) -> Answer:
        self.busy = False
        return Answer(to, response.code, _readable(response.message))

    def drop(self) -> None:
        """Close at once, without a word."""
        if self._client is not None:
            _hang_up(self._client)
            self._client = None

    async def close(self) -> None:
        """Say goodbye and close."""
        try:
            if self._client is not None and self.usable:
                await self._client.quit(timeout=min(self._seconds, _GOODBYE_SECONDS))
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.drop()


def _hang_up(client: aiosmtplib.SMTP) -> None:
    transport = client.transport
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    client.close()


class _Pace:
    """At most so many messages a second over all connections; 0 sets no limit."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        if not self._gap:
            return
        now = asyncio.get_running_loop().time()
        at = max(self._next, now)
        self._next = at + self._gap
        await asyncio.sleep(at - now)


@dataclass
class _Round:
    """One batch on its way: who waits, who has not been reported, and what stopped it."""

    letter: Letter
    report: Callable[[Outcome], None]
    waiting: deque[Addressee]
    open: dict[int, Addressee]
    answered: bool = False
    gone: MailServerUnavailable | None = None
    fault: BreachdeskError | None = None

    def tell(self, person: Addressee, state: State, code: int, reply: str) -> None:
        del self.open[person.number]
        self.report(Outcome(person.number, state, code, reply))

    def tell_rest(self, reply: str) -> None:
        for person in list(self.open.values()):
            self.tell(person, "planned", 0, reply)


class SmtpOutbox:
    """An open way out. Made by `SmtpPost.open()`; used by one task at a time."""

    def __init__(
        self, mail: Mail, password: str, tls: ssl.SSLContext | None, *, exercise: bool, now: Callable[[], datetime]
    ) -> None:
        self._mail, self._password, self._tls = mail, password, tls
        self._exercise, self._now = exercise, now
        self._sender = mailbox(mail.sender).wire
        self._where = f"{mail.host}:{mail.port}"
        self._allow_only = frozenset(address.lower() for address in mail.allow_only)
        self._idle: list[_Line] = []
        self._most = mail.connections
        self._pace = _Pace(mail.per_second)
        self._letter: Letter | None = None

    async def send(self, notice: ApprovedNotice, batch: Sequence[Addressee], report: Callable[[Outcome], None]) -> None:
        """One message to each person of the batch; `report` hears each person's outcome exactly once, whatever
        happens.

        `accepted`, `refused` (5xx) and `deferred` (4xx) carry the server's answer; `unknown`: the text went out and
        no answer came; `planned`: not handed over, with the reason; `unaddressed`: nothing may be mailed there. When
        this raises or is cancelled, everybody has been reported too: what was on the wire as `unknown`, the rest as
        `planned`.

        Raises MailServerUnavailable when the server is not there and nothing of the batch was handed over; Gate when
        TLS, the certificate, the login or the sender is not accepted; InvalidInput for a notice that cannot be a
        message; ValueError when the batch names a person twice.
        """
        if len({person.number for person in batch}) != len(batch):
            raise ValueError("the batch names a person twice")
        try:
            letter = self._letter_of(notice)
        except InvalidInput as error:
            for person in batch:
                report(Outcome(person.number, "planned", 0, f"not handed over: {error}"))
            raise
        run = _Round(letter, report, deque(), {person.number: person for person in batch})
        try:
            for person in batch:
                why = unreachable(person, self._allow_only)
                if why:
                    run.tell(person, "unaddressed", 0, why)
                else:
                    run.waiting.append(person)
            if run.waiting:
                await self._work_off(run)
        finally:
            run.tell_rest(str(run.fault or run.gone or "not handed over: the send was stopped"))
        if run.fault is not None:
            raise run.fault
        if run.gone is not None and not run.answered:
            raise run.gone

    async def close(self) -> None:
        """Close every connection."""
        idle, self._idle = self._idle, []
        try:
            await asyncio.gather(*(line.close() for line in idle))
        finally:
            for line in idle:
                line.drop()
        await asyncio.sleep(0)  # lets the transports finish closing

    def _letter_of(self, notice: ApprovedNotice) -> Letter:
        if self._letter is None or self._letter.notice != notice:
            mail = self._mail
            self._letter = Letter(
                notice, sender=mail.sender, sender_name=mail.sender_name, reply_to=mail.reply_to,
                exercise=self._exercise,
            )  # fmt: skip
        return self._letter

    async def _work_off(self, run: _Round) -> None:
        self._idle = [line for line in self._idle if line.usable]
        if not self._idle:  # the first connection shows whether there is a server to talk to at all
            first = self._line()
            if not await self._connected(first, run):
                return
            self._idle.append(first)
        count = min(self._most, len(run.waiting))
        workers = [asyncio.create_task(self._work(run)) for _ in range(count)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if run.gone is not None and self._idle:
            self._most = len(self._idle)  # the server takes no more connections than these

    async def _work(self, run: _Round) -> None:
        line = self._idle.pop() if self._idle else self._line()
        try:
            while run.waiting and run.fault is None:
                if not line.usable:
                    if not await self._connected(line, run):
                        return
                    continue  # somebody else may have taken the last one meanwhile
                if not await self._deliver(line, run.waiting.popleft(), run):
                    return
        finally:
            if line.usable:
                self._idle.append(line)
            else:
                line.drop()

    def _line(self) -> _Line:
        return _Line(self._sender, self._mail.timeout_seconds)

    async def _deliver(self, line: _Line, person: Addressee, run: _Round) -> bool:
        """Hand one person's message over and report what came of it; False when the server is gone."""
        try:
            await self._pace.turn()
            box = mailbox(person.address)
            if box.international and not line.international:
                why = f"{self._where} cannot take such letters in an address (it offers no SMTPUTF8)"
                run.tell(person, "unaddressed", 0, why)
                return True
            message = run.letter.compose(person, self._now())
            return await self._hand_over(line, person, box, message, run)
        except InvalidInput as error:
            run.tell(person, "unaddressed", 0, str(error))
            return True
        finally:
            if person.number in run.open:  # cancelled, or something nobody foresaw
                if line.begun:
                    run.tell(person, "unknown", 0, "the send was stopped after the message went out, before its answer")
                else:
                    run.tell(person, "planned", 0, "not handed over: the send was stopped")

    async def _hand_over(self, line: _Line, person: Addressee, box: Mailbox, message: bytes, run: _Round) -> bool:
        """The exchange itself; once more on a fresh connection when the first was lost before the text went out."""
        for last in (False, True):
            try:
                answer = await line.hand_over(box.wire, message, international=box.international)
            except (aiosmtplib.SMTPException, OSError) as error:
                why = f"the connection to {self._where} failed: {_cause(error)}"
                begun = line.begun
                line.drop()
                if begun:
                    run.answered = True
                    run.tell(person, "unknown", 0, f"no answer after the message went out: {why}")
                    return True
            else:
                if answer.code == 421:
                    line.drop()
                if answer.code != 421 or answer.to == "message":
                    self._settle(line, person, answer, run)
                    return True
                why = f"{self._where} closed the connection: 421 {answer.reply}"
                if last:
                    self._settle(line, person, answer, run)
            if last or not await self._connected(line, run):
                break
        run.gone = run.gone or MailServerUnavailable(why)
        if person.number in run.open:
            run.tell(person, "planned", 0, f"not handed over: {why}")
        return False

    def _settle(self, line: _Line, person: Addressee, answer: Answer, run: _Round) -> None:
        kind = answer.code // 100
        if (answer.to in ("RSET", "MAIL") and kind == 5) or (answer.code == 530 and answer.to != "message"):
            # Nobody has been named yet, or a login is asked for: this is about the sender, and would refuse everybody.
            run.fault = run.fault or Gate(
                f"{self._where} does not let {self._mail.sender} send ({answer.code} {answer.reply}); "
                "the rest were not written to. Check mail.sender and mail.username."
            )
            run.tell(person, "planned", answer.code, f"not handed over: {answer.reply}")
            return
        run.answered = True
        if kind == 5:
            run.tell(person, "refused", answer.code, answer.reply)
        elif kind == 4:
            run.tell(person, "deferred", answer.code, answer.reply)
        elif kind == 2 and answer.to == "message":
            run.tell(person, "accepted", answer.code, answer.reply)
        else:
            line.drop()
            state: State = "unknown" if answer.to == "message" else "planned"
            run.tell(person, state, answer.code, f"an answer to {answer.to} that means nothing there: {answer.reply}")

    async def _connected(self, line: _Line, run: _Round) -> bool:
        """Whether a line could be connected; the reason why not is kept on the round."""
        try:
            line.connect(await self._client())
        except MailServerUnavailable as error:
            run.gone = error
        except Gate as error:
            run.fault = run.fault or error
        else:
            return True
        return False

    async def _client(self) -> aiosmtplib.SMTP:
        mail = self._mail
        client = aiosmtplib.SMTP(
            hostname=mail.host, port=mail.port, timeout=mail.timeout_seconds, local_hostname="localhost",
            use_tls=mail.security == "tls", start_tls=False, tls_context=self._tls,
        )  # fmt: skip
        try:
            await self._introduce(client)
        except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
            _hang_up(client)
            raise self._explained(error) from error
        except BaseException:
            _hang_up(client)
            raise
        return client

    async def _introduce(self, client: aiosmtplib.SMTP) -> None:
        """Connect, greet (by this machine's address: its name is nobody's business), agree on TLS, log in."""
        mail = self._mail
        await client.connect()
        here = client.get_transport_info("sockname")[0]
        name = f"[IPv6:{here}]" if ":" in here else f"[{here}]"
        await client.ehlo(hostname=name)
        if mail.security == "starttls":
            if not client.supports_extension("starttls"):
                raise Gate(f"{self._where} offers no STARTTLS; notices do not travel in the clear; nothing was sent")
            await client.starttls()
            await client.ehlo(hostname=name)
        if mail.username:
            if not client.supports_extension("auth"):
                raise Gate(f"{self._where} offers no login (AUTH), and mail.username is set; nothing was sent")
            await client.login(mail.username, self._password)

    def _explained(self, error: Exception) -> BreachdeskError:
        mail, where = self._mail, self._where
        tls = error if isinstance(error, ssl.SSLError) else error.__cause__
        if isinstance(tls, ssl.SSLCertVerificationError):
            return Gate(f"{where}: its certificate does not verify ({tls.verify_message}); nothing was sent")
        if isinstance(tls, ssl.SSLError):
            return Gate(
                f"{where}: no TLS could be agreed on ({tls.reason}); nothing was sent. "
                "Check mail.port and mail.security (starttls on 587, tls on 465)."
            )
        if isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code // 100 == 5:
            return Gate(
                f"{where} does not accept the login of {mail.username} ({_cause(error)}); nothing was sent. "
                f"Check mail.username and the password in {mail.password_env}."
            )
        return MailServerUnavailable(f"{where}: the mail server cannot be used now: {_cause(error)}")


def _cause(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it said {error.code} {_readable(error.message)}"
    root = error.__cause__ if isinstance(error.__cause__, OSError) and str(error.__cause__) else error
    return _readable(str(root)) or type(root).__name__


def _readable(reply: str) -> str:
    """A server's words as one printable line: what it sends ends up on screens and in the ledger."""
    text = reply.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_REPLY_LETTERS]
