"""A mail server that delivers to nobody, on this machine only: for the demo, for tests, for a first try of the
settings.

It speaks real SMTP, so what is sent to it takes the same road as real mail, and it can be told to misbehave: to
refuse people, to ask for a second try, to hang up when it has the text and owes the answer.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import ssl
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from breachdesk.domain.errors import BreachdeskError, Gate

_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived: the envelope's sender and recipients, and the text with dots unstuffed."""

    sender: str
    to: tuple[str, ...]
    content: bytes


class _Rules:
    """What the server answers; aiosmtpd calls these by name, in the server's own thread."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._seen: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str],  # noqa: ARG002
    ) -> str:  # fmt: skip
        sink = self._sink
        if address in sink.refuse:
            return "550 5.1.1 no such mailbox"
        if sink.greylist_once and address not in self._seen:
            self._seen.add(address)
            return "451 4.7.1 come back a little later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any,  # noqa: ARG002
    ) -> str:  # fmt: skip
        sink = self._sink
        if any(address in sink.drop_in_data for address in envelope.rcpt_tos):
            server.transport.abort()
            await asyncio.sleep(_START_SECONDS)  # cancelled at once, when the loop sees the connection gone
        sink.accepted += 1
        if sink.keep == "messages":
            sink.messages.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.content)))
        return f"250 2.0.0 taken as {sink.accepted}"


class Sink:
    """A context manager: inside it the server runs in a thread of its own at `.host`, `.port` (0 lets the system
    choose).

    `refuse` are addresses answered with 550, `drop_in_data` those whose connection breaks after the text.
    `greylist_once`: each address is asked to come back the first time. `tls_context` makes it offer STARTTLS, or
    speak TLS from the first byte with `implicit_tls`; `require_tls` refuses mail before. `login` is a name and
    password it then asks for. `accepted`, `connections` count; `messages` holds what came when `keep` is "messages".
    Raises Gate for a host that is not this machine.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, refuse: Collection[str] = (), greylist_once: bool = False,
        drop_in_data: Collection[str] = (), tls_context: ssl.SSLContext | None = None, implicit_tls: bool = False,
        require_tls: bool = False, login: tuple[str, str] | None = None, keep: Literal["count", "messages"] = "count",
    ) -> None:  # fmt: skip
        if not _is_loopback(host):
            raise Gate(f"{host}: the sink takes mail on this machine only; use 127.0.0.1 or ::1")
        self.host, self.port = host, port
        self.refuse, self.drop_in_data, self.greylist_once = frozenset(refuse), frozenset(drop_in_data), greylist_once
        self.keep: Literal["count", "messages"] = keep
        self.accepted = self.connections = 0
        self.messages: list[Received] = []
        self._tls, self._implicit, self._require_tls, self._login = tls_context, implicit_tls, require_tls, login
        self._rules = _Rules(self)
        self._sessions: WeakSet[SMTP] = WeakSet()
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="breachdesk-sink", daemon=True)

    def __enter__(self) -> Self:
        # The library writes each recipient to its log; addresses belong in no log.
        log = logging.getLogger("mail.log")
        log.addHandler(logging.NullHandler())
        log.propagate = False
        self._thread.start()
        self._ready.wait(_START_SECONDS)
        if self._failed is not None:
            self._thread.join()
            where = f"{self.host}:{self.port}"
            raise BreachdeskError(f"{where}: the sink cannot listen there: {self._failed.strerror}") from self._failed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _session(self) -> asyncio.Protocol:
        self.connections += 1
        protocol = SMTP(
            self._rules, loop=self._loop, hostname="localhost", ident="breachdesk sink", enable_SMTPUTF8=True,
            tls_context=None if self._implicit else self._tls,
            require_starttls=self._require_tls and not self._implicit,
            auth_required=self._login is not None, auth_require_tls=self._tls is not None and not self._implicit,
            authenticator=self._authenticate if self._login else None,
        )  # fmt: skip
        self._sessions.add(protocol)
        session: asyncio.Protocol = protocol
        return session

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any,  # noqa: ARG002
    ) -> AuthResult:  # fmt: skip
        name, password = self._login or ("", "")
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (name.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    async def _hang_up(self) -> None:
        for session in list(self._sessions):
            # After a TLS handshake that failed only the plain transport is left.
            for transport in (session.transport, session._original_transport):
                if isinstance(transport, asyncio.WriteTransport):
                    with suppress(AttributeError):  # Python before 3.11.4: a TLS transport whose protocol is gone already
                        transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(3):  # lets the transports finish closing
            await asyncio.sleep(0)

    def _run(self) -> None:
        loop = self._loop
        asyncio.set_event_loop(loop)
        try:
            try:
                server = loop.run_until_complete(
                    loop.create_server(self._session, self.host, self.port, ssl=self._tls if self._implicit else None)
                )
            except OSError as error:
                self._failed = error
                return
            self.port = server.sockets[0].getsockname()[1]
            loop.call_soon(self._ready.set)
            loop.run_forever()
            server.close()
            loop.run_until_complete(self._hang_up())
        finally:
            loop.close()
            self._ready.set()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
