"""What can be done from a screen: one list that the help and the palette both show, with the reason for what cannot be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do. `why_not` is empty when it is possible now; `key` is empty when only the palette has it."""

    title: str
    run: Callable[[], None]
    key: str = ""
    why_not: str = ""

    @property
    def line(self) -> str:
        """The title, and why it is not possible now."""
        return f"{self.title}: {self.why_not}" if self.why_not else self.title
