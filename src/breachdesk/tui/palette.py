"""The palette: everything that can be done from here, found by typing a part of it; what cannot be done now says why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from breachdesk.tui.actions import Action

if TYPE_CHECKING:
    from breachdesk.tui.app import BreachDeskApp


class DeskActions(Provider):
    """The actions of the screen that is shown, and those of every screen."""

    def _actions(self) -> list[Action]:
        return cast("BreachDeskApp", self.app).possible()

    def _command(self, action: Action) -> Callable[[], None]:
        return partial(cast("BreachDeskApp", self.app).attempt, action)

    async def discover(self) -> Hits:
        """Everything, possible things first."""
        for action in sorted(self._actions(), key=lambda a: bool(a.why_not)):
            yield DiscoveryHit(action.line, self._command(action), help=_help(action))

    async def search(self, query: str) -> Hits:
        """What fits the words typed."""
        matcher = self.matcher(query)
        for action in self._actions():
            score = matcher.match(action.line)
            if score > 0:
                yield Hit(score, matcher.highlight(action.line), self._command(action), help=_help(action))


def _help(action: Action) -> str:
    return "not possible now" if action.why_not else f"key {action.key}" if action.key else "palette only"
