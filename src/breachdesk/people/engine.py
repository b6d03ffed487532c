"""One DuckDB in this process: no extensions from outside, no files but those of the count, spilling to a private folder."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.people.inputs import RecordFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PARAMETER = re.compile(r"\$([a-z_][a-z_0-9]*)")


class Engine:
    """A connection, the private folder that goes with it, and the values that its statements name as `$parameters`."""

    def __init__(self, connection: DuckDBPyConnection, spill: Path) -> None:
        self.connection, self.spill = connection, spill
        self.parameters: dict[str, Any] = {}

    def run(self, sql: str, **values: Any) -> DuckDBPyConnection:
        """Executes one statement with those of the known parameters that it names."""
        known = {**self.parameters, **values}
        named = {name: known[name] for name in _PARAMETER.findall(sql)}
        return self.connection.execute(sql, named or None)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of a statement whose answer is known to be small."""
        return self.run(sql, **values).fetchall()

    def value(self, name: str, value: Any) -> str:
        """Keeps a value under a name and gives the placeholder to write in SQL."""
        self.parameters[name] = value
        return f"${name}"

    @property
    def version(self) -> str:
        return f"duckdb {self.rows('SELECT version()')[0][0].lstrip('v')}"


@contextmanager
def engine(files: Sequence[RecordFile], *, memory_limit: str = "", threads: int | None = None) -> Iterator[Engine]:
    """An engine that may read the given files and nothing else. `memory_limit` is such as `1GB`; empty is DuckDB's own.

    Raises InvalidInput for a memory limit or thread count that DuckDB does not take.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="breachdesk-count-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "preserve_insertion_order": "false",
            "temp_directory": spill,
        }
        if memory_limit:
            config["memory_limit"] = memory_limit
        if threads is not None:
            config["threads"] = str(threads)
        try:
            connection = duckdb.connect(":memory:", config=config)
        except duckdb.Error as problem:
            raise InvalidInput(f"the engine does not take these settings: {first_line(problem)}", key="memory_limit") from None
        try:
            # A terminal may be showing screens, and standard output belongs to answers.
            connection.execute("SET enable_progress_bar_print = false")
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET allowed_paths = ?", [[str(file.path) for file in files]])
            connection.execute("SET allowed_directories = ?", [[spill]])
            connection.execute("SET enable_external_access = false")
            yield Engine(connection, Path(spill))
        finally:
            connection.close()


def first_line(problem: BaseException) -> str:
    """The first sentence of an engine's error, without its class."""
    text = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    return text.split(" Error: ", 1)[-1]
