"""How long the command line takes to start, against what it cannot be quicker than.

Rounds are interleaved, so that whatever else the machine does falls on every row alike. Medians of wall time, in milliseconds;
ratios to the bare interpreter. `python benchmarks/start.py [ROUNDS]`
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
SOURCE = Path(__file__).resolve().parents[1] / "src"

FACTS = """\
title = "CRM export on an open bucket"
role = "controller"
sectors = ["general"]
established = ["DE"]
breach = ["confidentiality"]
access = "acquired"

[timeline]
aware = 2026-03-27T16:20:00+01:00

[[affected]]
residence = "DE"
count = 1200
data = ["name", "email"]
encrypted = false

[[affected]]
residence = "US-CA"
count = 612
data = ["name", "ssn"]
encrypted = false
"""

BARE = "python -c pass"
EMPTY = "an empty click group, --help"
PYDANTIC = 'python -c "from pydantic import BaseModel"'
EMPTY_GROUP = "import click; click.Group('empty').main(['--help'])"


def commands(facts: Path) -> dict[str, list[str]]:
    """What is timed, by name."""
    python = [sys.executable]
    desk = [*python, "-m", "breachdesk"]
    return {
        BARE: [*python, "-c", "pass"],
        EMPTY: [*python, "-c", EMPTY_GROUP],
        "breachdesk --help": [*desk, "--help"],
        "breachdesk duties --help": [*desk, "duties", "--help"],
        'python -c "import pydantic"': [*python, "-c", "import pydantic"],
        PYDANTIC: [*python, "-c", "from pydantic import BaseModel"],
        "breachdesk duties assess": [*desk, "duties", "assess", str(facts), "--at", "2026-03-27T17:00:00Z", "--json"],
    }


def once(command: list[str], env: dict[str, str], cwd: Path) -> float:
    """Seconds of wall time of one run, which must go well."""
    began = time.perf_counter()
    subprocess.run(command, env=env, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main(rounds: int = ROUNDS) -> dict[str, float]:
    """Time every command, print the table, and return the medians in milliseconds by name."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        facts = folder / "facts.toml"
        facts.write_text(FACTS, "utf-8")
        path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
        env = {**os.environ, "PYTHONPATH": path, "BREACHDESK_HOME": str(folder / "desk")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled once, not at every start
        timed = commands(facts)
        for command in timed.values():
            once(command, env, folder)  # byte code compiled, files in the page cache
        took: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(rounds):
            for name, command in timed.items():
                took[name].append(once(command, env, folder) * 1000)
    medians = {name: statistics.median(values) for name, values in took.items()}
    base, click_alone, pydantic = medians[BARE], medians[EMPTY], medians[PYDANTIC]
    print(f"{rounds} rounds, interleaved; Python {sys.version.split()[0]}; {os.cpu_count()} cores")
    print(f"{'command':42} {'median ms':>10} {'fastest ms':>11} {'x bare python':>14}")
    for name, median in medians.items():
        print(f"{name:42} {median:10.1f} {min(took[name]):11.1f} {median / base:14.2f}")
    print(f"breachdesk --help is {medians['breachdesk --help'] / click_alone:.2f} x an empty click group")
    print(f"breachdesk duties assess is {medians['breachdesk duties assess'] / pydantic:.2f} x importing pydantic's BaseModel")
    return medians


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
