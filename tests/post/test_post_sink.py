"""The sink takes mail on this machine only."""

from __future__ import annotations

import socket

import pytest

from breachdesk.domain.errors import BreachdeskError, Gate
from breachdesk.post.sink import Sink


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "mail.example", "::"])  # noqa: S104
def test_not_beyond_this_machine(host):
    """A sink that others could reach is refused before it listens."""
    with pytest.raises(Gate, match="this machine only"):
        Sink(host)


def test_port_in_use():
    """A port that is taken is one sentence with host and port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BreachdeskError, match=f"127.0.0.1:{port}: the sink cannot listen"), Sink(port=port):
            pass


def test_gone_after_leaving():
    """Leaving the sink frees its port, also while somebody is connected."""
    with Sink() as sink:
        client = socket.create_connection((sink.host, sink.port))
        assert client.recv(100).startswith(b"220 localhost")
    client.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sink.host, sink.port))
