"""Peak memory of a count, and of a stream of recipients, each in a process of its own; with and without a limit of 1 GB.

Run: python -m benchmarks.memory [ROWS] [KIND], KIND `count`, `recipients`, or `draft`: an incident counted, its letters drafted and
signed for ROWS people and for a quarter of them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.count import AT, write_records


def one(kind: str, file: Path, mapping: Path, limit: str) -> None:
    """Counts or streams once in this process and prints seconds, people and peak memory; for a stream also a quarter of the way."""
    from breachdesk.people import count, recipients

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    start, quarter, people = time.perf_counter(), 0.0, 0
    if kind == "count":
        people = count([file], at=AT, mapping=mapping, memory_limit=limit).subjects
    else:
        for people, _person in enumerate(recipients([file], at=AT, mapping=mapping, memory_limit=limit or "1GB"), 1):
            if people == 250_000:
                quarter = peak()
    told = f", {quarter:.0f} MB after 250,000" if quarter else ""
    print(f"{kind:10} limit {limit or 'none':5} {time.perf_counter() - start:8.1f} s  {people:,} people  peak {peak():.0f} MB{told}", flush=True)


def draft(people: int) -> None:
    """Counts, drafts and signs in this process; prints seconds and peak memory."""
    from benchmarks import crash

    with tempfile.TemporaryDirectory(prefix="breachdesk-benchmark-") as folder:
        start = time.perf_counter()
        crash.prepared(Path(folder, "desk"), 25, people)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"draft      {people:,} people  {time.perf_counter() - start:8.1f} s  peak {peak:.0f} MB", flush=True)


def main(rows: int = 10_000_000, kind: str = "count") -> None:
    if kind == "draft":
        for people in (rows // 4, rows):
            subprocess.run([sys.executable, "-m", "benchmarks.memory", "--draft", str(people)], check=True)
        return
    with tempfile.TemporaryDirectory(prefix="breachdesk-benchmark-") as folder:
        file, mapping = Path(folder, "records.parquet"), Path(folder, "mapping.toml")
        write_records(rows, file)
        mapping.write_text('[columns]\nsubject_id = "customer"\n', encoding="utf-8")
        for limit in ("", "1GB"):
            subprocess.run([sys.executable, "-m", "benchmarks.memory", "--one", kind, str(file), str(mapping), limit], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
    elif sys.argv[1:2] == ["--draft"]:
        draft(int(sys.argv[2]))
    else:
        main(*(int(each.replace("_", "")) for each in sys.argv[1:2]), *sys.argv[2:3])
