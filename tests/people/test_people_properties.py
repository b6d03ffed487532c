"""What holds for any records at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breachdesk.domain.tally import Tally
from tests.people.records import by_the_book, counted, write_rows

_COLUMNS = (
    "subject_id", "residence", "system", "storage_region", "data", "encrypted", "birth_date", "birth_year", "channel", "ring",
    "exposed_from",
)  # fmt: skip
_ROW = st.fixed_dictionaries({
    "subject_id": st.sampled_from(["1", "2", "3", "4", "ü-5", ""]),
    "residence": st.sampled_from(["", "DE", "FR", "US-CA", "US-TX", "SA"]),
    "system": st.sampled_from(["crm", "shop"]),
    "storage_region": st.sampled_from(["", "DE", "US"]),
    "data": st.lists(st.sampled_from(["name", "ssn", "email", "x-tier"]), unique=True).map(";".join),
    "encrypted": st.sampled_from(["", "true", "false"]),
    "birth_date": st.sampled_from(["", "2008-02-28", "2008-03-01", "2008-03-02", "1970-05-05"]),
    "birth_year": st.sampled_from(["", "2007", "2008", "1980"]),
    "channel": st.sampled_from(["", "email", "post"]),
    "ring": st.sampled_from(["", "touched", "held"]),
    "exposed_from": st.sampled_from(["", "2026-02-28", "2026-03-02"]),
})  # fmt: skip
_ROWS = st.lists(_ROW, min_size=1, max_size=14)
_SUFFIX = st.sampled_from([".csv", ".jsonl", ".parquet"])
_SOME = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _count(*parts: tuple[str, list[dict[str, str]]], **options: Any) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        files = [write_rows(Path(folder, f"part{i}{suffix}"), rows, _COLUMNS) for i, (suffix, rows) in enumerate(parts)]
        return counted(*files, **options)


def _people(tally: Tally) -> dict[str, Any]:
    """Every number of people; rows are no people."""
    found = tally.model_dump(include={"subjects", "by_residence", "cells", "unknown_residence"})
    return found | {"by_residence": [{**row, "rows": 0} for row in found["by_residence"]]}


@_SOME
@given(_ROWS, _SUFFIX)
def test_the_count_is_the_contracts(rows: list[dict[str, str]], suffix: str) -> None:
    """Every figure is the one a plain reading of section 2 gives, row by row."""
    tally = _count((suffix, rows))
    expected = by_the_book(rows)
    found = {
        row.residence: row.model_dump(exclude={"residence", "languages"}) for row in tally.by_residence
    }
    assert (tally.subjects, found) == (expected["subjects"], expected["places"])
    assert tally.rejected_rows == sum(not row["subject_id"] for row in rows)
    assert tally.flagged_rows == 0


@_SOME
@given(_ROWS, st.randoms(use_true_random=False), _SUFFIX, _SUFFIX)
def test_order_splitting_and_repetition_change_no_count(rows: list[dict[str, str]], dice: Any, one: str, two: str) -> None:
    """Shuffled, split over files of two formats, and with every row twice, the same people are the same count."""
    whole = _people(_count((one, rows)))
    mixed = list(rows)
    dice.shuffle(mixed)
    cut = dice.randint(1, len(mixed))
    assert _people(_count((one, mixed[:cut]), (two, mixed[cut:] or mixed[:1]))) == whole
    assert _people(_count((two, rows), (one, rows))) == whole


@_SOME
@given(_ROWS, _ROW)
def test_another_row_never_lowers_a_count(rows: list[dict[str, str]], row: dict[str, str]) -> None:
    """More records, never fewer people: in total, by known residence, by element, by place of storage."""
    before, after = _count((".csv", rows)), _count((".csv", [*rows, row]))
    assert after.subjects >= before.subjects
    later = {each.residence: each for each in after.by_residence}
    for each in before.by_residence:
        if each.residence == "unknown":
            continue
        assert later[each.residence].subjects >= each.subjects
        for name in ("data", "stored_in", "channels", "rings"):
            assert all(getattr(later[each.residence], name)[code] >= n for code, n in getattr(each, name).items())


@_SOME
@given(_ROWS)
def test_parts_and_totals_agree(rows: list[dict[str, str]]) -> None:
    """Residences sum to the total or more; states of encryption and cells sum to their residence exactly."""
    tally = _count((".parquet", rows))
    assert sum(row.subjects for row in tally.by_residence) >= tally.subjects
    for row in tally.by_residence:
        assert row.encrypted + row.unencrypted + row.encryption_unknown == row.subjects
        assert row.minors + row.age_unknown <= row.subjects
        cells = [cell for cell in tally.cells if cell.residence == row.residence]
        assert sum(cell.subjects for cell in cells) == row.subjects
        assert sum(cell.minors for cell in cells) == row.minors
