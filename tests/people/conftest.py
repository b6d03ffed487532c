"""What the tests of counting share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.people.records import NEEDED, Row, Write, write_rows


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a record file of rows that each begin from a German customer called 1 whose name leaked."""

    def write(*rows: Row, name: str = "records.csv") -> Path:
        return write_rows(tmp_path / name, [{**NEEDED, **row} for row in rows])

    return write
