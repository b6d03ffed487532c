"""Assessing one incident against the whole rulebook, cold and warm: `python -m benchmarks.assess [ROUNDS]`.

Cold is a whole `breachdesk duties assess` in a process of its own against the floor `python -c "import pydantic"` (which is lazy: a
second row shows what importing `BaseModel` and `Field` takes), rounds interleaved. Warm is the engine alone, in this process,
with the whole rulebook loaded.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.start import FACTS, SOURCE, once

ROUNDS = 15
THIRTY = Path(__file__).with_name("thirty.toml")
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
FLOOR = 'python -c "import pydantic"'


def cold(rounds: int) -> None:
    """Whole processes, interleaved; medians in milliseconds, ratios to the floor."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "two.toml").write_text(FACTS, "utf-8")
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
        env = {**os.environ, "PYTHONPATH": path, "BREACHDESK_HOME": str(folder / "desk")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at every start
        desk = [sys.executable, "-m", "breachdesk", "duties", "assess"]
        at = ["--at", AT.isoformat(), "--json"]
        timed = {
            FLOOR: [sys.executable, "-c", "import pydantic"],
            'python -c "from pydantic import BaseModel, Field"': [sys.executable, "-c", "from pydantic import BaseModel, Field"],
            "breachdesk duties assess, two places": [*desk, str(folder / "two.toml"), *at],
            "breachdesk duties assess, thirty places": [*desk, str(THIRTY), *at],
        }
        for command in timed.values():
            once(command, env, folder)
        took: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(rounds):
            for name, command in timed.items():
                took[name].append(once(command, env, folder) * 1000)
    floor = statistics.median(took[FLOOR])
    for name, values in took.items():
        print(f"{name:52} {statistics.median(values):8.1f} ms  fastest {min(values):8.1f}  {statistics.median(values) / floor:6.2f} x")


def best(run: Callable[[], object], seconds: float = 2.0) -> float:
    """The median seconds of a call, repeated for about so long."""
    took, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(took) < 3:
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def warm() -> None:
    """Load, assessment and clocks in this process."""
    from breachdesk.domain.clocks import board
    from breachdesk.domain.duties import assess
    from breachdesk.domain.rules import TimeLimit
    from breachdesk.rulebook import LawFiles, ShippedCalendars, read_facts

    facts = read_facts(THIRTY)
    load = best(lambda: LawFiles(today=date.max).book())
    part = best(lambda: LawFiles(today=date.max).book(facts.places))
    book, calendars, target = LawFiles(today=date.max).book(), ShippedCalendars(), TimeLimit(amount=48, unit="hours")
    rules = sum(1 for _ in book.rules())
    assessed = best(lambda: assess(facts, book, AT))
    whole = best(lambda: board(assess(facts, book, AT), facts.timeline, calendars.of, target, at=AT, rulebook=book.digest))
    print(f"rulebook: {len(book.instruments)} instruments, {rules} rules; loaded in {load * 1000:.0f} ms, for thirty places {part * 1000:.0f} ms")
    print(f"thirty places, warm: assessed in {assessed * 1000:.1f} ms ({1 / assessed:.0f} a second); with every clock {whole * 1000:.1f} ms")


def main(rounds: int = ROUNDS) -> None:
    """Both, and what was compared with what."""
    print(f"{rounds} rounds, interleaved; Python {sys.version.split()[0]}; {os.cpu_count()} cores; floor: {FLOOR}")
    cold(rounds)
    warm()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
