"""How far long work has come and how fast it goes, for whoever shows it."""

from __future__ import annotations

_WIDTH = 20
_SETTLED = 0.5
"""Seconds before a rate means anything."""


class Pace:
    """Remembers when each stage of long work began. Times are seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, int]] = {}

    def rate(self, stage: str, done: int, at: float) -> int:
        """How many a second since the stage began; 0 before half a second has gone by, or when nothing was done."""
        began, first = self._began.setdefault(stage, (at, done))
        gone = at - began
        return round((done - first) / gone) if gone >= _SETTLED and done > first else 0


def bar(done: int, total: int) -> str:
    """A bar of twenty cells; empty when the total is not known."""
    full = _WIDTH * min(done, total) // total if total else 0
    return f"[{'#' * full}{'.' * (_WIDTH - full)}]" if total else ""
