"""How fast notices leave, beside a bare loop of the same mail library with the same connections to the same server.

python -m benchmarks.send [--messages 5000] [--connections 4] [--rounds 3]

Needs `smtp-sink` (Debian and Ubuntu: in the package `postfix`). Both sides send messages of the same size to the same
sink, in the same process, one after the other in every round, the order turned round each time. The bare loop sends
bytes built beforehand with `aiosmtplib.SMTP.sendmail`; `post` takes an approved notice and people, in batches of 100,
builds each person's message, and hears each outcome; `desk` is the whole send as a person starts it, with the ledger
committed before and after each batch and the journal written. The figure that counts is the ratio of the medians of CPU time
and of wall time; the goal is at most 1.2.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosmtplib

from benchmarks.crash import prepared
from breachdesk import bootstrap
from breachdesk.desk import delivery
from breachdesk.domain.deliveries import Addressee, message_id
from breachdesk.domain.notices import ApprovedNotice, Draft, approved, basis_of, decide
from breachdesk.post.message import Letter
from breachdesk.post.smtp import SmtpPost
from breachdesk.settings import Mail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SENDER = "desk@org.example"
SENTENCE = "A sentence of the length such letters have, about what happened and when."
TEXT = "[[greeting]]\n\n" + f"{SENTENCE}\n" * 18 + "[[elements]]\n"
HTML = "<p>[[greeting]]</p>\n" + f"<p>{SENTENCE}</p>\n" * 18 + "[[elements]]\n"


def notice() -> ApprovedNotice:
    """A letter of about 4 kB once encoded."""
    draft = Draft(
        notice="N-0001", version=1, language="en", subject="Notice of data breach", text=TEXT, html=HTML, template="t",
        template_digest="d", facts=(), run=1, tally="c", recipients="r", people=1, drafted_by="Drafter One", at=NOON,
    )  # fmt: skip
    now = basis_of(draft)
    decision = decide(
        draft, verdict="approved", by="Reviewer Two", read=draft.digest, now=now, open_comments=0, at=NOON
    )
    return approved(draft, decision, now)


def people(count: int) -> list[Addressee]:
    """Synthetic addressees."""
    return [
        Addressee(
            n, f"s{n}", f"sample{n}@people.example",
            {"greeting": f"Dear Sample {n},", "name": f"Sample {n}", "elements": "name, e-mail", "reference": "R"},
            message_id("amber-otter", "N-0001", 1, f"s{n}", "org.example"),
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


async def bare(port: int, ready: list[tuple[str, bytes]], connections: int) -> None:
    """The floor: the library's own `sendmail`, bytes ready, no outcomes kept."""
    waiting = deque(ready)

    async def worker() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="localhost", start_tls=False)
        async with client:
            while waiting:
                to, message = waiting.popleft()
                await client.sendmail(SENDER, to, message)

    await asyncio.gather(*(worker() for _ in range(connections)))


async def ours(port: int, addressees: list[Addressee], connections: int, batch: int) -> None:
    """The desk's way: batches, each person's message built as it goes, each outcome heard."""
    mail = Mail(host="127.0.0.1", port=port, security="none", sender=SENDER, connections=connections)
    states: Counter[str] = Counter()
    approved_notice = notice()
    async with SmtpPost(mail, None, exercise=False, now=lambda: NOON).open() as outbox:
        for first in range(0, len(addressees), batch):
            await outbox.send(approved_notice, addressees[first : first + batch], lambda o: states.update([o.state]))
    if states != {"accepted": len(addressees)}:
        sys.exit(f"not everybody was accepted: {dict(states)}")


async def desk_sends(folder: Path, connections: int, people: int, id: str) -> None:
    """The whole send of a signed notice on a desk of its own."""
    desk = bootstrap.open_desk(folder)
    mail = desk.settings.mail.model_copy(update={"connections": connections})
    desk = replace(
        desk, settings=desk.settings.model_copy(update={"mail": mail}),
        post=SmtpPost(mail, None, exercise=False, now=desk.clock.now),
    )  # fmt: skip
    sent = await delivery.send_approved(desk, id, by="Lead", typed=people)
    if not sent.tallied.everyone:
        sys.exit(f"not everybody was accepted: {sent.tallied}")


def timed(run: Coroutine[Any, Any, None]) -> tuple[float, float]:
    """Wall and CPU seconds of a coroutine."""
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run)
    return time.perf_counter() - wall, time.process_time() - cpu


def main(words: Sequence[str] = ()) -> None:
    """Run the rounds and print medians and ratios."""
    arguments = argparse.ArgumentParser(description="mail speed beside a bare aiosmtplib loop")
    arguments.add_argument("--messages", type=int, default=5000)
    arguments.add_argument("--connections", type=int, default=4)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--batch", type=int, default=100)
    given = arguments.parse_args(words)
    program = shutil.which("smtp-sink") or shutil.which("/usr/sbin/smtp-sink")
    if program is None:
        sys.exit("smtp-sink is not installed; it comes with postfix")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "100"])
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        addressees = people(given.messages)
        letter = Letter(notice(), sender=SENDER)
        ready = [(person.address, letter.compose(person, NOON)) for person in addressees]
        times: dict[str, list[tuple[float, float]]] = {"bare": [], "post": [], "desk": []}
        with tempfile.TemporaryDirectory() as top:
            base = Path(top) / "base"
            id = prepared(base, port, given.messages)
            for turn in range(given.rounds):
                for side in ("bare", "post", "desk") if turn % 2 == 0 else ("desk", "post", "bare"):
                    if side == "bare":
                        run = bare(port, ready, given.connections)
                    elif side == "post":
                        run = ours(port, addressees, given.connections, given.batch)
                    else:
                        folder = Path(top) / f"turn-{turn}"
                        shutil.copytree(base, folder)
                        run = desk_sends(folder, given.connections, given.messages, id)
                    times[side].append(timed(run))
    finally:
        sink.terminate()
        sink.wait()
    size = len(ready[0][1])
    print(f"{given.messages} messages of {size} bytes, {given.connections} connections, {given.rounds} rounds")
    medians = {side: [statistics.median(column) for column in zip(*runs, strict=True)] for side, runs in times.items()}
    for side, (wall, cpu) in medians.items():
        print(f"{side}: {given.messages / wall:7.0f} messages/s   {cpu / given.messages * 1e6:5.0f} us CPU/message")
    for side in ("post", "desk"):
        wall, cpu = (mine / floor for mine, floor in zip(medians[side], medians["bare"], strict=True))
        print(f"{side} is {wall:.2f} times the wall time of bare, {cpu:.2f} times its CPU time")


if __name__ == "__main__":
    main(sys.argv[1:])
