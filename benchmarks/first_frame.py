"""Time to the first frame of the terminal seat on a desk with data, against a bare Textual app of one widget.

Each start is a process in a pseudo-terminal of 120x40 that answers the terminal's questions. Starts of the two are interleaved; the
figure is the ratio of the medians, and the goal is at most 2. The frame counts once the register's rows are on it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROUNDS = 7
SIZE = (40, 120)
GOAL = 2.0
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("READY-TO-WORK")
Bare().run()
"""
SEAT = """
import sys
from pathlib import Path
from breachdesk.bootstrap import open_desk
from breachdesk.tui.app import run
run(open_desk(Path(sys.argv[1])), by="responder")
"""
QUESTIONS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y", b"\x1b[c": b"\x1b[?62c"}


def build(folder: Path) -> None:
    """A desk with three incidents and what they owe."""
    from breachdesk.bootstrap import MovableClock, exercise_desk
    from breachdesk.desk import assessment, cases

    now = datetime.now(UTC)
    desk = exercise_desk(folder, MovableClock(now - timedelta(hours=20)))
    homes = ("DE", "US-CA", "US-TX", "US-NY", "SA", "AE", "GB", "SG", "")
    rows = [f"p{n},{homes[n % len(homes)]},crm,name;ssn;email,false" for n in range(2_000)]
    records = folder / "records.csv"
    records.write_text("subject_id,residence,system,data,encrypted\n" + "\n".join(rows) + "\n", "utf-8")
    for codename in ("linden", "heron", "iris"):
        cases.open_incident(desk, "Open bucket", by="responder", codename=codename, standing="confirmed", facts={
            "role": "controller", "established": ["DE"], "breach": ["confidentiality"], "access": "acquired", "harm": "high",
            "timeline.aware": (now - timedelta(hours=21)).isoformat()})  # fmt: skip
        assessment.count(desk, codename, [records], by="responder")


def first(code: str, *arguments: str, until: bytes) -> float:
    """Seconds from the start of a process to the first byte of `until` on its terminal."""
    begun = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.execv(sys.executable, [sys.executable, "-c", code, *arguments])  # noqa: S606 - our own program
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    seen = b""
    try:
        while until not in seen:
            ready, _, _ = select.select([terminal], [], [], 30)
            if not ready:
                raise SystemExit(f"nothing was drawn in 30 s; seen: {seen[-300:]!r}")
            part = os.read(terminal, 65536)
            for question, answer in QUESTIONS.items():
                if question in part:
                    os.write(terminal, answer)
            seen += part
        return time.perf_counter() - begun
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def main() -> dict[str, float]:
    """Measure; print and return the medians (seconds) and ratios."""
    with tempfile.TemporaryDirectory(prefix="breachdesk-") as temporary:
        folder = Path(temporary) / "desk"
        build(folder)
        bare, frame, filled = [], [], []
        for _ in range(ROUNDS):
            bare.append(first(BARE, until=b"READY-TO-WORK"))
            frame.append(first(SEAT, str(folder), until=b"EXERCISE"))
            filled.append(first(SEAT, str(folder), until=b"linden"))
    found = {name: statistics.median(times) for name, times in (("bare", bare), ("frame", frame), ("filled", filled))}
    found["ratio"] = found["frame"] / found["bare"]
    found["ratio_filled"] = found["filled"] / found["bare"]
    print(f"bare Textual app        {found['bare'] * 1000:6.0f} ms")
    print(f"first frame of the seat {found['frame'] * 1000:6.0f} ms   {found['ratio']:.2f} of bare (goal at most {GOAL:g})")
    print(f"register read and drawn {found['filled'] * 1000:6.0f} ms   {found['ratio_filled']:.2f} of bare")
    return found


if __name__ == "__main__":
    main()
