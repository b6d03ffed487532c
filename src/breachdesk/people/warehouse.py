"""A database or cluster the organisation already has, reached by its URL through Ibis (the extra `engines`).

`postgresql://user@host:5432/database` (record files are then names of tables, or of views), `spark://host:7077` (a standalone
cluster) and `sc://host:15002` (Spark Connect): record files are paths every worker can read, or tables. Any other URL that
`ibis.connect` takes is a table engine too, once a conformance check has passed on it. A password belongs in the environment
(`PGPASSWORD`, `~/.pgpass`), and what is kept or shown of a URL has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people.inputs import KINDS

PROVEN = ("postgresql", "spark", "sc")
"""Schemes whose conformance the project's own tests check; `postgres` is another spelling of the first."""
_EXTRA = 'needs the extra "engines": pip install "breachdesk[engines]"'
_BATCH = 10_000
_PATHLIKE = re.compile(r"[/\\]|://")


def shown_url(url: str) -> str:
    """The URL without user's password, as it may be kept and shown."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{user}{host}{port}", parts.path, "", "")) if parts.netloc else url.split("?")[0]


def scheme_of(url: str) -> str:
    """The kind of engine a URL names. Raises InvalidInput for a text that is no URL."""
    scheme, colon, _ = url.partition("://")
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        raise InvalidInput(
            "is no engine: write duckdb (built in), or a URL such as spark://host:7077 or postgresql://user@host/database", key=f"--engine {url}"
        )
    return "postgresql" if scheme == "postgres" else scheme


def arrow_table(columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> Any:
    """Rows as an Arrow table of the given columns (name -> `string` | `int64` | `boolean`)."""
    import pyarrow as pa

    kinds = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_()}
    listed = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table({c: pa.array(listed[i], kinds[kind]) for i, (c, kind) in enumerate(columns.items())})


class Warehouse:
    """An open Ibis backend. `scheme`, `url` (without a password) and `version` say which."""

    def __init__(self, backend: Any, scheme: str, url: str) -> None:
        self.backend, self.scheme, self.url = backend, scheme, url
        self.given: dict[str, Any] = {}
        """Relations by a name of our own, beside the engine's tables."""
        self._made = 0

    def fresh(self, name: str) -> str:
        """A name no other temporary table of this session has."""
        self._made += 1
        return f"{name}_{self._made}"

    @property
    def version(self) -> str:
        """The engine and its version, as a run keeps them."""
        return f"{self.backend.name} {self.backend.version} at {self.url}"

    def problem(self, error: Exception) -> InvalidInput:
        """An engine's complaint in one sentence that names it."""
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        return InvalidInput(f"the engine cannot answer: {lines[0][:300]}", file=self.url)

    def relation(self, name: str) -> Any:
        """The table of this name (`schema.table` for one outside the usual schema). Raises NotFound."""
        if name in self.given:
            return self.given[name]
        database, _, table = name.rpartition(".")
        try:
            return self.backend.table(table, database=database) if database else self.backend.table(name)
        except Exception as error:  # noqa: BLE001 - each backend has its own class for a table that is not there
            raise NotFound(f"{name}: {self.url} has no such table ({type(error).__name__})") from None

    def put(self, name: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> Any:
        """A temporary table of the session with these columns (name -> `string` | `int64` | `boolean`) and rows."""
        import ibis

        del name
        return ibis.memtable(arrow_table(columns, rows), schema=ibis.schema(columns))

    def ordered(self, text: Any) -> Any:
        """A text whose greatest is the greatest by code point, whatever the engine's own order of letters; see `unordered`."""
        return text

    def unordered(self, text: str | None) -> str | None:
        """The text that `ordered` was made from."""
        return text

    def stream(self, expression: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of an expression, a batch at a time."""
        with self.backend.to_pyarrow_batches(expression, chunk_size=_BATCH) as reader:
            for batch in reader:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def arrow(self, expression: Any) -> Any:
        """The rows of an expression as an Arrow table, for answers that are counts."""
        return self.backend.to_pyarrow(expression)

    def file_kind(self, name: str) -> str:
        """`csv`, `jsonl` or `parquet` when this engine would read the name as a path; empty for a table."""
        del name
        return ""


class Spark(Warehouse):
    """A Spark session: files are read by its executors, small tables go to them as literals."""

    def file_kind(self, name: str) -> str:
        """The format of a path; empty for the name of a table."""
        suffix = Path(name.rstrip("/")).suffix.lower()
        if suffix in KINDS:
            return KINDS[suffix]
        return "parquet" if _PATHLIKE.search(name) else ""

    @property
    def session(self) -> Any:
        """The session itself."""
        return self.backend._session

    def put(self, name: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> Any:
        """A temporary view over Arrow's own form: executors need no Python, and an empty text is not taken for none."""
        view = self.fresh(name)
        self.session.createDataFrame(arrow_table(columns, rows)).createOrReplaceTempView(view)
        return self.backend.table(view)

    def frame(self, expression: Any) -> Any:
        """The expression as a data frame."""
        return self.session.sql(self.backend.compile(expression))

    def stream(self, expression: Any) -> Iterator[tuple[Any, ...]]:
        """Partition by partition, so that no more than one of them is here."""
        return map(tuple, self.frame(expression).toLocalIterator(prefetchPartitions=False))

    def arrow(self, expression: Any) -> Any:
        """Through Arrow's own stream."""
        return self.frame(expression).toArrow()

    def read(self, path: str, kind: str, number: int, *, delimiter: str, encoding: str) -> tuple[Any, str]:
        """The rows of files under a path, and the column that holds a line which is no record (empty: none does)."""
        reader, bad, view = self.session.read, "_no_record", f"breachdesk_file_{number}"
        if kind == "parquet":
            frame, bad = reader.parquet(path), ""
        elif kind == "jsonl":
            frame = reader.json(path, primitivesAsString=True, columnNameOfCorruptRecord=bad)
            bad = bad if bad in frame.columns else ""
        else:
            options = {"header": True, "sep": delimiter or ",", "quote": '"', "escape": '"', "multiLine": True, "encoding": encoding}
            names = reader.csv(path, **options).columns
            schema = ", ".join(f"`{name.replace('`', '``')}` string" for name in names) + f", {bad} string"
            frame = reader.csv(path, schema=schema, mode="PERMISSIVE", columnNameOfCorruptRecord=bad, enforceSchema=False, **options)
        frame.createOrReplaceTempView(view)
        return self.backend.table(view), bad


class Postgres(Warehouse):
    """A PostgreSQL connection within one transaction, so that every statement sees the same rows."""

    def put(self, name: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> Any:
        """A temporary table that goes with the transaction."""
        from psycopg import sql

        kinds, name = {"string": "text", "int64": "bigint", "boolean": "boolean"}, self.fresh(name)
        listed = sql.SQL(", ").join(sql.SQL("{} " + kinds[kind]).format(sql.Identifier(c)) for c, kind in columns.items())
        with self.backend.con.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(name), listed))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))
        return self.backend.table(name)

    def ordered(self, text: Any) -> Any:
        """As hexadecimal digits of its bytes: a database may sort letters by a language."""
        import ibis

        def convert_to(value, encoding):  # type: ignore[no-untyped-def]
            ...

        def encode(value, form):  # type: ignore[no-untyped-def]
            ...

        convert_to.__annotations__ = {"value": str, "encoding": str, "return": bytes}
        encode.__annotations__ = {"value": bytes, "form": str, "return": str}
        return ibis.udf.scalar.builtin(encode)(ibis.udf.scalar.builtin(convert_to)(text, "UTF8"), "hex")

    def unordered(self, text: str | None) -> str | None:
        """The digits as text again."""
        return bytes.fromhex(text).decode() if text is not None else None

    def stream(self, expression: Any) -> Iterator[tuple[Any, ...]]:
        """Through a cursor on the server."""
        query = self.backend.compile(expression)
        with self.backend.con.cursor(name="breachdesk_stream") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(query)
            yield from cursor


@contextmanager
def open_warehouse(url: str) -> Iterator[Warehouse]:
    """The engine behind a URL, closed at the end. Raises InvalidInput when it cannot be reached or the extra is missing."""
    scheme = scheme_of(url)
    try:
        import ibis
    except ImportError:
        raise InvalidInput(_EXTRA, key=f"--engine {scheme}") from None
    del ibis
    opened = {"postgresql": _postgres, "spark": _spark, "sc": _spark}.get(scheme, _other)
    with opened(url, scheme) as warehouse:
        yield warehouse


@contextmanager
def _postgres(url: str, scheme: str) -> Iterator[Warehouse]:
    import ibis
    import psycopg

    try:
        connection = psycopg.connect(url, autocommit=False, application_name="breachdesk")
    except (psycopg.Error, OSError) as error:
        raise InvalidInput(f"cannot be reached: {_first(error)}", file=shown_url(url)) from None
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True):
            yield Postgres(ibis.postgres.from_connection(connection), scheme, shown_url(url))
    finally:
        connection.close()


@contextmanager
def _spark(url: str, scheme: str) -> Iterator[Warehouse]:
    import ibis

    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InvalidInput(_EXTRA, key="--engine spark") from None
    parts = urlsplit(url)
    address = f"{parts.scheme}://{parts.netloc}"
    builder = SparkSession.builder.appName("breachdesk")
    builder = builder.remote(address) if scheme == "sc" else builder.master(address)
    if scheme == "spark":
        builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    for key, value in {**_SESSION, **dict(parse_qsl(parts.query))}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        backend = ibis.pyspark.connect(session)
    except Exception as error:  # noqa: BLE001 - Java's and Python's own classes, all of which mean the same here
        raise InvalidInput(f"cannot be reached: {_first(error)}", file=shown_url(url)) from None
    try:
        yield Spark(backend, scheme, shown_url(url))
    finally:
        session.stop()


_SESSION = {"spark.log.level": "ERROR", "spark.sql.session.timeZone": "UTC", "spark.sql.csv.parser.columnPruning.enabled": "false"}
"""Without the second a CSV line with too few fields passes unseen when the question does not read the missing ones."""


@contextmanager
def _other(url: str, scheme: str) -> Iterator[Warehouse]:
    import ibis

    try:
        backend = ibis.connect(url)
    except Exception as error:  # noqa: BLE001 - every backend has classes of its own
        raise InvalidInput(f"cannot be reached through Ibis: {_first(error)}", file=shown_url(url)) from None
    try:
        yield Warehouse(backend, scheme, shown_url(url))
    finally:
        backend.disconnect()


def _first(error: BaseException) -> str:
    lines: Iterable[str] = (line.strip(" :") for line in str(error).strip().splitlines())
    return next((line for line in lines if line and not line.startswith("An error occurred while calling")), type(error).__name__)
