"""Long statements that say how far they have come, and that can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from breachdesk.people.engine import Engine
from breachdesk.people.inputs import Progress

_EVERY = 0.25
_Answer = TypeVar("_Answer")


def watched(duck: Engine, rows: int, tell: Progress, run: Callable[[], _Answer]) -> _Answer:
    """Runs a statement over `rows` rows, telling (`rows`, rows done, rows) four times a second.

    Whatever `tell` raises interrupts the statement and is raised here, so that a person can stop it; nothing it made is kept.
    """
    import duckdb

    over, raised = threading.Event(), list[BaseException]()

    def watch() -> None:
        while not over.wait(_EVERY):
            share = min(max(duck.connection.query_progress(), 0.0), 100.0)
            try:
                tell("rows", int(rows * share / 100), rows)
            except BaseException as problem:  # noqa: BLE001 - whatever it is, it is raised again where the statement was begun
                raised.append(problem)
                duck.connection.interrupt()
                return

    watcher = threading.Thread(target=watch, name="breachdesk-watch", daemon=True)
    watcher.start()
    try:
        answer = run()
    except duckdb.Error:
        over.set()
        watcher.join()
        if raised:
            raise raised[0] from None
        raise
    finally:
        over.set()
        watcher.join()
    if raised:
        raise raised[0]
    return answer
