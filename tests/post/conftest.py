"""Approved notices, people, settings and servers for the tests of the post: all synthetic, all on this machine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from breachdesk.domain.deliveries import Addressee, message_id
from breachdesk.domain.notices import ApprovedNotice, Draft, approved, basis_of, decide
from breachdesk.post.smtp import SmtpPost
from breachdesk.settings import Mail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HTML = "<p>[[greeting]]</p>\n<p>Data about you were taken: [[elements]].</p>\n"


def _notice(
    subject: str = "Notice of data breach", text: str = "[[greeting]]\n\nTaken: [[elements]].\n.\n", html: str = HTML,
    language: str = "en",
) -> ApprovedNotice:  # fmt: skip
    draft = Draft(
        notice="N-0001", version=1, language=language, subject=subject, text=text, html=html, template="t",
        template_digest="d", facts=(), run=1, tally="c", recipients="r", people=2, drafted_by="Drafter One", at=NOON,
    )  # fmt: skip
    decision = decide(
        draft, verdict="approved", by="Reviewer Two", read=draft.digest, now=basis_of(draft), open_comments=0, at=NOON
    )
    return approved(draft, decision, basis_of(draft))


def _person(number: int, address: str | None = None, **fields: str) -> Addressee:
    name = f"Sample {number}"
    given = {"greeting": f"Dear {name},", "name": name, "elements": "name, e-mail", "reference": "R"}
    return Addressee(
        number, f"s{number}", f"sample{number}@people.example" if address is None else address, given | fields,
        message_id("amber-otter", "N-0001", 1, f"s{number}", "org.example"),
    )  # fmt: skip


@pytest.fixture
def make_notice() -> Callable[..., ApprovedNotice]:
    """Makes an approved notice."""
    return _notice


@pytest.fixture
def person() -> Callable[..., Addressee]:
    """Makes an addressee by number."""
    return _person


@pytest.fixture
def make_post() -> Callable[..., SmtpPost]:
    """Makes the post of a server's port on this machine, in the clear unless told otherwise."""

    def make(port: int, *, password: str | None = None, exercise: bool = False, **settings: object) -> SmtpPost:
        given = {
            "host": "127.0.0.1", "port": port, "security": "none", "sender": "desk@org.example",
            "sender_name": "Example Org", "timeout_seconds": 5, **settings,
        }  # fmt: skip
        return SmtpPost(Mail.model_validate(given), password, exercise=exercise, now=lambda: NOON)

    return make


@pytest.fixture
def authority() -> trustme.CA:
    """An authority of certificates that nobody trusts by itself."""
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """A server's TLS for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Makes this process trust the authority, as an administrator would: through SSL_CERT_FILE."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def scripted() -> Callable[[Script], AbstractAsyncContextManager[int]]:
    """Runs a server that says exactly what a test's script says, and gives its port."""

    @asynccontextmanager
    async def run(script: Script) -> AsyncIterator[int]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await script(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await server.wait_closed()
            await asyncio.sleep(0.01)

    return run
