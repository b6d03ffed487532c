"""Progress in rows, stopping, and counts that may not be called complete."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.people.engine import engine
from breachdesk.people.watching import watched
from tests.people.records import Write, counted


class Stopped(Exception):
    pass


def test_rows_are_told_and_a_long_statement_can_be_stopped() -> None:
    """Told in rows of all rows; what the listener raises interrupts the statement and comes out where it began."""
    heard: list[tuple[str, int, int]] = []

    def tell(stage: str, done: int, total: int) -> None:
        heard.append((stage, done, total))
        raise Stopped

    with engine([]) as duck, pytest.raises(Stopped):
        watched(duck, 1000, tell, lambda: duck.rows("SELECT sum(hash(a.range + b.range) % 7) FROM range(1000000) a, range(1000000) b"))
    assert [(stage, total) for stage, _, total in heard] == [("rows", 1000)]


def test_a_stopped_count_leaves_nothing(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rejects file, no part of one, no private folder."""
    file, rejects = write({"encrypted": "maybe"}), tmp_path / "out" / "rejects.csv"
    rejects.parent.mkdir()
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))

    def tell(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("counting", 2):
            raise Stopped

    with pytest.raises(Stopped):
        counted(file, rejects=rejects, progress=tell)
    assert list(rejects.parent.iterdir()) == []
    assert list(private.iterdir()) == []


def test_too_many_rejected_rows_make_a_count_incomplete(write: Write, tmp_path: Path) -> None:
    """More than one in a hundred, or than the mapping says: not complete, and the finding says how many."""
    file = write({}, {"subject_id": ""}, {"subject_id": "2"})
    tally = counted(file)
    assert not tally.complete
    assert (tally.findings[0].kind, tally.findings[0].rule[:19]) == ("not-complete", "1 of 3 rows were re")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("[complete]\nrejected_at_most = 0.5\n", encoding="utf-8")
    assert counted(file, mapping=mapping).complete
    mapping.write_text("[complete]\nrejected_at_most = 2\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"complete\.rejected_at_most"):
        counted(file, mapping=mapping)
