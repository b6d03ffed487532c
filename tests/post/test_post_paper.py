"""Mail of an exercise stays in its tray."""

from __future__ import annotations

import email
import email.policy
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.post.paper import PaperPost, TrayUnusable

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def _send(post, notice, batch):
    outcomes = []
    async with post.open() as outbox:
        await outbox.send(notice, batch, outcomes.append)
    return outcomes


async def test_one_file_per_person(tmp_path, make_notice, person):
    """Each person's message is one private file that parses, and no file name says who the person is."""
    tray = tmp_path / "exercise" / "tray"
    post = PaperPost(tray, "exercise.example", exercise=True, now=lambda: NOON)
    outcomes = await _send(post, make_notice(), [person(1), person(2)])
    assert [(o.number, o.state, o.code) for o in outcomes] == [(1, "accepted", 250), (2, "accepted", 250)]
    files = sorted(tray.iterdir())
    assert [file.name[:8] for file in files] == ["0000001-", "0000002-"]
    assert all(file.suffix == ".eml" and "sample" not in file.name for file in files)
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    message = email.message_from_bytes(files[1].read_bytes(), policy=email.policy.default)
    assert message["To"] == "sample2@people.example"
    assert message["From"] == "desk@exercise.example"
    assert message["Subject"] == "EXERCISE: Notice of data breach"


async def test_outcomes_of_the_tray(tmp_path, make_notice, person):
    """An exercise can have bounces, and people who cannot be mailed are said so; neither leaves a file."""
    post = PaperPost(tmp_path, "exercise.example", exercise=True, now=lambda: NOON, refuse=frozenset({"s2"}))
    bare = person(4)
    del bare.fields["greeting"]
    batch = [person(1), person(2), replace(person(3), unaddressed="no e-mail address"), bare]
    outcomes = await _send(post, make_notice(), batch)
    assert [(o.number, o.state, o.code) for o in outcomes] == [
        (1, "accepted", 250), (2, "refused", 550), (3, "unaddressed", 0), (4, "unaddressed", 0),
    ]  # fmt: skip
    assert "[[greeting]]" in outcomes[3].reply
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_second_copy_is_seen(tmp_path, make_notice, person):
    """Sending to the same person twice leaves two files, so that the mistake shows."""
    post = PaperPost(tmp_path, "exercise.example", exercise=True, now=lambda: NOON)
    await _send(post, make_notice(), [person(1)])
    await _send(post, make_notice(), [person(1)])
    assert len(list(tmp_path.iterdir())) == 2


async def test_tray_that_cannot_be_made(tmp_path, make_notice, person):
    """A tray that cannot be a folder is one sentence naming it."""
    (tmp_path / "tray").write_text("a file")
    post = PaperPost(tmp_path / "tray", "x.example", exercise=True, now=lambda: NOON)
    with pytest.raises(TrayUnusable, match="tray: cannot be used"):
        await _send(post, make_notice(), [person(1)])


async def test_tray_that_vanishes(tmp_path, make_notice, person):
    """When a letter cannot be written, whoever was not filed is reported as planned before the error is raised."""
    tray, outcomes = tmp_path / "tray", []

    def report(outcome):
        outcomes.append(outcome)
        for file in tray.iterdir():
            file.unlink()
        tray.rmdir()

    async with PaperPost(tray, "x.example", exercise=True, now=lambda: NOON).open() as outbox:
        with pytest.raises(TrayUnusable):
            await outbox.send(make_notice(), [person(1), person(2), person(3)], lambda o: (
                report(o) if o.state == "accepted" else outcomes.append(o)
            ))  # fmt: skip
    assert [(o.number, o.state) for o in outcomes] == [(1, "accepted"), (2, "planned"), (3, "planned")]


async def test_notice_that_cannot_be_a_message(tmp_path, make_notice, person):
    """A notice that cannot be made into a message leaves no file, and everybody is reported as planned."""
    outcomes = []
    async with PaperPost(tmp_path, "x.example", exercise=True, now=lambda: NOON).open() as outbox:
        with pytest.raises(InvalidInput, match="salary"):
            await outbox.send(make_notice(text="[[salary]]"), [person(1)], outcomes.append)
    assert [o.state for o in outcomes] == ["planned"]
    assert not list(tmp_path.iterdir())


def test_knows_no_network():
    """The tray's code loads no mail library and no socket."""
    network = {"aiosmtplib", "aiosmtpd", "smtplib", "asyncio", "ssl"}
    code = f"import sys, breachdesk.post.paper; print({network} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
