"""The synthetic record files hold what their answers say they hold."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from breachdesk.domain import vocabulary
from breachdesk.domain.deliveries import unmailable
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import known
from breachdesk.people import sample

EXPOSED = date(2026, 11, 20)
ROWS = 24_000
RESERVED = re.compile(r".+@(example\.(com|org|net)|[a-z]+\.(example|invalid))", re.DOTALL)


def _read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    table = duckdb.sql(f"SELECT * FROM '{path}'")
    return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]


def _elements(row: dict[str, Any]) -> list[str]:
    return row["data"] if isinstance(row["data"], list) else row["data"].split(";")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return sample.write_sample(tmp_path_factory.mktemp("sample"), seed=7, rows=ROWS, exposed=EXPOSED)


@pytest.fixture(scope="module")
def first(files: tuple[Path, ...]) -> list[dict[str, Any]]:
    return [*_read_csv(files[0]), *_read_parquet(files[1]), *_read_csv(files[2])]


def _people_by_residence(rows: list[dict[str, Any]]) -> tuple[int, dict[str, int]]:
    homes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["subject_id"]:
            homes[row["subject_id"]] |= {row["residence"]} if row["residence"] and known(row["residence"]) else set()
    counted = Counter(place for mine in homes.values() for place in (mine or {"unknown"}))
    return len(homes), dict(sorted(counted.items()))


def test_the_written_rows_hold_the_distinct_people_the_answers_name(first: list[dict[str, Any]]) -> None:
    """Counting the files row by row gives the answers' people, in all and by residence, unknown residence included."""
    truth = sample.answers(seed=7, rows=ROWS, exposed=EXPOSED)
    subjects, by_residence = _people_by_residence(first)
    assert (len(first), subjects) == (ROWS, truth.subjects)
    assert by_residence == truth.by_residence
    assert truth.unknown_residence == by_residence["unknown"] == 310
    assert sum(by_residence.values()) == subjects + 27  # the people with two homes count in both


def test_the_cohorts_stand_at_the_thresholds_they_were_planted_for(first: list[dict[str, Any]]) -> None:
    """California has 612 people, Texas 238, Florida and Singapore more than 500, each holding what their laws ask for,
    in clear."""
    _, by_residence = _people_by_residence(first)
    assert (by_residence["US-CA"], by_residence["US-TX"]) == (612, 238)
    assert by_residence["US-FL"] > 500
    assert by_residence["SG"] > 500
    assert max(by_residence, key=lambda place: by_residence[place]) == "SA"
    clear = {r["subject_id"] for r in first if r["residence"] == "US-TX" and "ssn" in _elements(r) and r["encrypted"] == "false"}
    assert len(clear) == 238


def test_twelve_more_texans_turn_up_late_beside_five_already_counted(
    files: tuple[Path, ...], first: list[dict[str, Any]]
) -> None:
    """The late file brings Texas to exactly 250 distinct people, although it has seventeen rows."""
    truth = sample.answers(seed=7, rows=ROWS, exposed=EXPOSED)
    late = _read_csv(files[3])
    subjects, by_residence = _people_by_residence([*first, *late])
    assert (len(late), truth.late_rows) == (17, 17)
    assert (by_residence["US-TX"], subjects) == (250, truth.late_subjects)
    assert by_residence == truth.late_by_residence


def test_minors_are_those_the_answers_name(first: list[dict[str, Any]]) -> None:
    """People under 18 on the day of exposure, the youngest age taken where only the year is known, are as many as
    planted."""
    truth = sample.answers(seed=7, rows=ROWS, exposed=EXPOSED)
    born: dict[str, tuple[int, int, int]] = {}
    homes: dict[str, set[str]] = defaultdict(set)
    for row in first:
        person = row["subject_id"]
        if row.get("birth_date"):
            year, month, day = map(int, row["birth_date"].split("-"))
            born[person] = (year, month, day)
        elif row.get("birth_year"):
            born.setdefault(person, (int(row["birth_year"]), 12, 31))
        if row["residence"] and known(row["residence"]):
            homes[person].add(row["residence"])
    minors = Counter(
        place
        for person, (year, month, day) in born.items()
        if (year + 18, month, day) > (2026, 11, 20)
        for place in homes[person] or {"unknown"}
    )
    assert dict(minors) == truth.minors
    assert 0.01 < sum(minors.values()) / truth.subjects < 0.02


def test_bad_rows_are_planted_and_counted(first: list[dict[str, Any]]) -> None:
    """Rows without a person, misspelt residences and regions that do not exist are as many as the answers say."""
    truth = sample.answers(seed=7, rows=ROWS, exposed=EXPOSED)
    assert sum(not row["subject_id"] for row in first) == truth.rejected_rows == 5
    assert sum(bool(row["residence"]) and not known(row["residence"]) for row in first) == truth.misspelt_rows
    nowhere = {"eu-centrl-1", "me-sout-1", "mars-north-1", "rack 14", "us-est-1"}
    assert sum(row["storage_region"] in nowhere for row in first) == truth.no_region_rows
    smuggled = [row["email"] for row in first if row["email"] and "\n" in row["email"]]
    assert len(smuggled) == 1
    assert unmailable(smuggled[0]) == "the address holds a control character"


def test_every_address_is_reserved_and_every_word_is_the_contracts(first: list[dict[str, Any]]) -> None:
    """No address can reach anybody, about two in a hundred people have none, and data elements are the contract's."""
    addresses = {row["subject_id"]: row["email"] for row in first}
    assert all(RESERVED.fullmatch(address) for address in addresses.values() if address)
    assert 0.01 < sum(not address for address in addresses.values()) / len(addresses) < 0.03
    assert {element for row in first for element in _elements(row)} <= set(vocabulary.ELEMENTS)
    assert {row["ring"] for row in first} <= set(vocabulary.RINGS)
    assert {row["language"] or "" for row in first} == {"ar", "en", "de", "es", "pt", ""}


def test_one_person_has_one_name_and_address_in_every_system(first: list[dict[str, Any]]) -> None:
    """Rows of the same subject id agree on name and address, so that merging them loses nothing."""
    seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
    systems: dict[str, set[str]] = defaultdict(set)
    for row in first:
        if row["subject_id"]:
            seen[row["subject_id"]].add((row["name"], row["email"] or ""))
            systems[row["subject_id"]].add(row["system"])
    assert {len(ways) for ways in seen.values()} == {1}
    assert sum(len(mine) > 1 for mine in systems.values()) > 3000


def test_the_same_seed_writes_the_same_bytes(files: tuple[Path, ...], tmp_path: Path) -> None:
    """The same arguments give the same files to the byte; another seed gives others with the same answers by
    residence."""
    again = sample.write_sample(tmp_path / "a", seed=7, rows=ROWS, exposed=EXPOSED)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]
    other = sample.write_sample(tmp_path / "b", seed=8, rows=ROWS, exposed=EXPOSED)
    assert other[0].read_bytes() != files[0].read_bytes()
    assert (
        sample.answers(seed=8, rows=ROWS, exposed=EXPOSED).by_residence
        == sample.answers(seed=7, rows=ROWS, exposed=EXPOSED).by_residence
    )
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(path.name for path in files)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    """A number of rows that cannot hold the planned population is refused, and no file is written."""
    with pytest.raises(InvalidInput, match="rows: 100 rows cannot hold"):
        sample.write_sample(tmp_path / "x", seed=7, rows=100, exposed=EXPOSED)
    assert not (tmp_path / "x").exists()
