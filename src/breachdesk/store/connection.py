"""Opens the case database: WAL, synchronous=FULL, one BEGIN IMMEDIATE unit of work per deed.

A connection lives as long as one unit of work, so threads, commands and screens share one file safely. `kill -9` at any instant
leaves the last committed deed and its journal entry, both or neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from breachdesk.domain.errors import BreachdeskError, Gate, IntegrityFailure
from breachdesk.store.unit import Unit

BUSY_MS = 15_000


class Store:
    """The case database of a desk folder, migrated when first opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "desk.db"
        self._migrated = False

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """One consistent snapshot; writes are refused by SQLite itself."""
        with self._told(), closing(self._connect()) as db:
            db.execute("pragma query_only = on")
            db.execute("begin")
            yield Unit(db)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """One transaction. Commits only with a journal entry for what was written; any error rolls everything back."""
        with self._told(), closing(self._connect()) as db:
            db.execute("begin immediate")
            unit = Unit(db)
            try:
                yield unit
                unit.check_journaled()
                db.execute("commit")
            except BaseException:
                if db.in_transaction:
                    db.execute("rollback")
                raise

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """A named lock across processes: a tiny database held in an exclusive transaction, freed even by `kill -9`.

        Raises Gate when another process holds it.
        """
        locks = self._folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(locks / f"{name}.lock", isolation_level=None, timeout=0)) as db:
            try:
                db.execute("begin exclusive")
            except sqlite3.OperationalError:
                raise Gate(f"{name}: another desk is at it right now; wait for it to finish") from None
            yield

    def _connect(self) -> sqlite3.Connection:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # people are in it: for its owner alone
        db = sqlite3.connect(self._path, isolation_level=None, timeout=BUSY_MS / 1000)
        db.execute(f"pragma busy_timeout = {BUSY_MS}")
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma foreign_keys = on")
        if not self._migrated:
            migrate(db)
            self._migrated = True
        return db

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's own words for a full disk, a locked file or a broken one, as one sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith("SQLITE_FULL"):
                raise BreachdeskError(
                    f"{self._path}: the disk is full; nothing of this step was recorded. Free some space and repeat it"
                ) from error
            if name.startswith("SQLITE_BUSY"):
                raise BreachdeskError(f"{self._path}: another desk is writing and did not finish; try again") from error
            if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")):
                raise BreachdeskError(f"{self._path}: cannot be opened or written: {error}") from error
            raise
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
                raise IntegrityFailure(f"{self._path}: is not a sound case database: {error}") from error
            raise


def migrations() -> list[tuple[int, str]]:
    """The numbered migrations, in order: (number, SQL)."""
    folder = Path(__file__).with_name("migrations")
    found = [(int(f.name.split("_")[0]), f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql")]
    return sorted(found)


def migrate(db: sqlite3.Connection) -> None:
    """Apply what is missing, each migration and the note that it ran in one transaction.

    Raises IntegrityFailure for a database newer than this program.
    """
    done = int(db.execute("pragma user_version").fetchone()[0])
    steps = migrations()
    if done > steps[-1][0]:
        raise IntegrityFailure(f"the case database is of schema {done}; this breachdesk knows up to {steps[-1][0]}: update it")
    for number, sql in steps:
        if number <= done:
            continue
        db.execute("begin immediate")
        try:
            if int(db.execute("pragma user_version").fetchone()[0]) < number:  # another process may have been first
                for statement in filter(None, (part.strip() for part in sql.split(";\n"))):
                    db.execute(statement)
                db.execute(f"pragma user_version = {number}")
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise
