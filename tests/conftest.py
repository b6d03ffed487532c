"""What every test shares: a fixed instant, the shipped law, and a way to run a coroutine."""

from __future__ import annotations

from datetime import UTC, date, datetime

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
