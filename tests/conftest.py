"""What every test shares: a fixed instant, the shipped law, and a way to run a coroutine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from breachdesk.domain.rules import Rulebook
from breachdesk.rulebook import ShippedCalendars, load

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""The instant at which tests happen."""


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return load(today=date.max)


@pytest.fixture(scope="session")
def calendars() -> ShippedCalendars:
    return ShippedCalendars()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests of other engines have servers of their own: `make engines` names them, and only then are they collected."""
    if collection_path.name == "engines" and not any("engines" in argument for argument in config.args):
        return True
    return None
