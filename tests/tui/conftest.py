"""A desk built once and copied for each test, and a seat at it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from breachdesk.bootstrap import MovableClock
from breachdesk.desk.parts import Desk
from breachdesk.tui.app import BreachDeskApp
from tests.tui.sample import START, empty_desk, full_desk

Heard = TypeVar("Heard", bound=Message)


@dataclass
class Seat:
    """An app under a pilot, and every message it heard."""

    app: BreachDeskApp
    pilot: Pilot[Any]
    heard: list[Message] = field(default_factory=list)

    async def settle(self) -> None:
        """Wait until no worker runs and every message was handled: three looks in a row that find nothing going on."""
        quiet = 0
        while quiet < 3:
            quiet += 1
            while any(worker.is_running for worker in self.app.workers):
                quiet = 0
                await asyncio.sleep(0.005)
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, waiting after each for what it sets off."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text into the field that has the keys."""
        await self.pilot.press(*text)
        await self.pilot.pause()

    async def hears(self, kind: type[Heard]) -> Heard:
        """The newest message of a kind, waited for: a thread that was told to stop says so when it gets there."""
        async with asyncio.timeout(30):
            while not self.count(kind):
                await asyncio.sleep(0.01)
        return self.last(kind)

    def last(self, kind: type[Heard]) -> Heard:
        """The newest message of a kind; fails when there was none."""
        found = [message for message in self.heard if isinstance(message, kind)]
        assert found, f"no {kind.__name__} was heard"
        return found[-1]

    def count(self, kind: type[Message]) -> int:
        """How many messages of a kind were heard."""
        return len({id(message) for message in self.heard if isinstance(message, kind)})

    def said(self) -> str:
        """What stands on the screen, wrapped sentences in one piece."""
        return flat(self.text())

    def text(self, screen: Screen[Any] | None = None) -> str:
        """What stands on a screen, line by line."""
        shown = screen or self.app.screen
        return "\n".join("".join(segment.text for segment in strip) for strip in shown._compositor.render_strips())


def flat(text: str) -> str:
    """A screen's text as one line: wrapped sentences in one piece, the frame's edges left out."""
    return " ".join(text.replace("│", " ").split())


Sit = Callable[..., Any]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The full desk, built once."""
    return full_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(built: Desk, tmp_path: Path) -> Desk:
    """A copy of the full desk that a test may change; its law is the one already read."""
    folder = tmp_path / "desk"
    shutil.copytree(built.folder, folder)
    return replace(empty_desk(folder, MovableClock(START + timedelta(hours=2))), law=built.law)


@pytest.fixture
def bare(built: Desk, tmp_path: Path) -> Desk:
    """A desk whose register is empty."""
    return replace(empty_desk(tmp_path / "bare"), law=built.law)


@pytest.fixture
def sit() -> Sit:
    """Sit down at a desk: `async with sit(desk) as seat`."""

    @asynccontextmanager
    async def seated(
        desk: Desk, *, size: tuple[int, int] = (80, 24), by: str = "responder", incident: str = "linden",
        practise: Callable[[], None] | None = None,
    ) -> AsyncIterator[Seat]:  # fmt: skip
        heard: list[Message] = []
        app = BreachDeskApp(desk, by=by, incident=incident, practise=practise)
        async with app.run_test(size=size, message_hook=heard.append) as pilot:
            seat = Seat(app, pilot, heard)
            await seat.settle()
            yield seat

    return seated
