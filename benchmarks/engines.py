"""The same records counted by the built-in engine, PostgreSQL and a Spark standalone cluster: equal answers, and times.

Run: python -m benchmarks.engines [ROWS]. Needs the extra `engines`; `python -m tools.servers` installs Java and PostgreSQL.
Each engine counts twice; the second time is the one to compare, the first pays for the start of sessions.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.servers import load_postgres, postgres_server, spark_cluster

from benchmarks.count import AT, write_records
from breachdesk.domain.tally import Tally
from breachdesk.people import count

COLUMNS = {
    "customer": "text", "residence": "text", "system": "text", "storage_region": "text", "data": "text", "encrypted": "text",
    "birth_date": "date", "language": "text", "ring": "text", "exposed_from": "timestamptz",
}  # fmt: skip


def figures(tally: Tally) -> Any:
    """What has to be equal."""
    return tally.model_dump(exclude={"at", "engine", "inputs"})


def timed(name: str, expected: Any, *arguments: Any, **options: Any) -> None:
    """Counts twice, stops when an answer differs, and prints both times."""
    for turn in ("first", "second"):
        start = time.perf_counter()
        tally = count(*arguments, **options)
        taken = time.perf_counter() - start
        assert figures(tally) == expected, name
        print(f"{name:12} {turn:6} {taken:8.1f} s   equal: {tally.subjects:,} people   {tally.engine.split(' at ')[0]}", flush=True)


def main(rows: int = 10_000_000) -> None:
    with tempfile.TemporaryDirectory(prefix="breachdesk-benchmark-") as folder:
        Path(folder).chmod(0o755)
        file, mapping = Path(folder, "records.parquet"), Path(folder, "mapping.toml")
        write_records(rows, file)
        mapping.write_text('[columns]\nsubject_id = "customer"\n', encoding="utf-8")
        expected = figures(count([file], at=AT, mapping=mapping))
        timed("built in", expected, [file], at=AT, mapping=mapping)
        with postgres_server() as url:
            start = time.perf_counter()
            load_postgres(url, "records", file, COLUMNS)
            print(f"{'PostgreSQL':12} load   {time.perf_counter() - start:8.1f} s", flush=True)
            timed("PostgreSQL", expected, ["records"], at=AT, mapping=mapping, engine_url=url)
        with spark_cluster(memory="2g") as url:
            timed("Spark", expected, [str(file)], at=AT, mapping=mapping, engine_url=url)


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:2]))
