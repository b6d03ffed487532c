"""How far and how fast."""

from __future__ import annotations

from breachdesk.domain.pace import Pace, bar


def test_a_rate_waits_until_it_means_something() -> None:
    """Nothing in the first half second; then rows a second since the stage began, each stage on its own."""
    pace = Pace()
    assert [pace.rate("rows", 0, 10.0), pace.rate("rows", 500, 10.4), pace.rate("rows", 2000, 12.0)] == [0, 0, 1000]
    assert [pace.rate("other", 5, 12.0), pace.rate("other", 5, 20.0), pace.rate("other", 15, 22.0)] == [0, 0, 1]


def test_a_bar_is_as_long_as_the_work_is_done() -> None:
    """Twenty cells; none without a total; never longer than whole."""
    assert bar(0, 10) == "[....................]"
    assert bar(9, 20) == "[#########...........]"
    assert bar(30, 20) == "[####################]"
    assert bar(5, 0) == ""
