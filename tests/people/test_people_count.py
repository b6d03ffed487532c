"""Each rule of section 2 of the contract, on files small enough to count by eye."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from breachdesk.domain.places import COUNTRIES, UNKNOWN
from tests.people.records import AT, NEEDED, Write, counted, only, write_rows


def test_a_person_in_several_systems_and_files_counts_once(write: Write) -> None:
    """One id in CSV, JSON Lines and Parquet is one person."""
    files = [write({"system": str(i)}, {"system": "again"}, name=f"part{i}{suffix}") for i, suffix in enumerate((".csv", ".jsonl", ".parquet"))]
    tally = counted(*files)
    assert (tally.subjects, tally.rows, [each.rows for each in tally.inputs]) == (1, 6, [2, 2, 2])
    assert only(tally).subjects == 1


def test_two_residences_count_in_both_and_once_in_the_total(write: Write) -> None:
    """A person with rows in two residences counts in each, and once in the total."""
    tally = counted(write({}, {"residence": "US-CA"}, {"subject_id": "2"}))
    assert tally.subjects == 2
    assert {row.residence: row.subjects for row in tally.by_residence} == {"DE": 2, "US-CA": 1}


def test_person_level_facts_take_all_rows_whatever_their_residence(write: Write) -> None:
    """What leaked in one row leaked about the person, in every residence they count in."""
    tally = counted(
        write(
            {"residence": "DE", "data": "name", "encrypted": "true", "storage_region": "DE", "ring": "held"},
            {"residence": "US-CA", "data": "ssn", "encrypted": "false", "storage_region": "US", "ring": "touched"},
        )
    )
    for row in tally.by_residence:
        assert row.data == {"name": 1, "ssn": 1}
        assert (row.encrypted, row.unencrypted, row.encryption_unknown) == (0, 1, 0)
        assert row.stored_in == {"DE": 1, "US": 1}
        assert row.rings == {"touched": 1, "held": 1}


@pytest.mark.parametrize(
    ("residences", "expected"),
    [
        (["", ""], {UNKNOWN: 1}),
        (["", "DE"], {"DE": 1}),
        (["Atlantis", "unknown"], {UNKNOWN: 1}),
        (["Atlantis", "fr"], {"FR": 1}),
        ([" de ", "us-ca"], {"DE": 1, "US-CA": 1}),
        (["FR-75"], {"FR": 1}),
        (["US-ZZ"], {UNKNOWN: 1}),
    ],
)
def test_unknown_residence_is_for_people_none_of_whose_rows_has_one(
    write: Write, residences: list[str], expected: dict[str, int]
) -> None:
    """`unknown` is never a second residence; codes are read in any case; a division nobody tells apart gives its country."""
    tally = counted(write(*({"residence": each} for each in residences)))
    assert {row.residence: row.subjects for row in tally.by_residence} == expected
    assert tally.unknown_residence == expected.get(UNKNOWN, 0)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["true", "TRUE"], (1, 0, 0)),
        (["true", "false"], (0, 1, 0)),
        (["", "false"], (0, 1, 0)),
        (["true", ""], (0, 0, 1)),
        ([""], (0, 0, 1)),
        (["true", "perhaps"], (0, 0, 1)),
    ],
)
def test_encrypted_is_every_row_and_unencrypted_any(write: Write, states: list[str], expected: tuple[int, int, int]) -> None:
    """Encrypted: every row is. Unencrypted: at least one is not. The rest is unknown."""
    row = only(counted(write(*({"encrypted": each} for each in states))))
    assert (row.encrypted, row.unencrypted, row.encryption_unknown) == expected


@pytest.mark.parametrize(
    ("fields", "minors", "age_unknown"),
    [
        ({"birth_date": "2008-03-01"}, 0, 0),
        ({"birth_date": "2008-03-02"}, 1, 0),
        ({"birth_date": "2008-03-02", "exposed_from": "2026-03-02"}, 0, 0),
        ({"birth_date": "2008-03-01", "exposed_from": "2026-02-28T23:59:59Z"}, 1, 0),
        ({"birth_date": "2008-03-01", "exposed_from": "2026-02-28T23:30:00-01:00"}, 0, 0),
        ({"birth_date": "2008-02-29", "exposed_from": "2026-02-28"}, 1, 0),
        ({"birth_date": "2008-02-29", "exposed_from": "2026-03-01"}, 0, 0),
        ({"birth_year": "2008"}, 1, 0),
        ({"birth_year": "2007"}, 0, 0),
        ({"birth_year": "2007", "exposed_from": "2025-12-30"}, 1, 0),
        ({"birth_year": "2007", "exposed_from": "2025-12-31"}, 0, 0),
        ({"birth_year": "2008", "birth_date": "2008-01-15"}, 0, 0),
        ({}, 0, 1),
        ({"birth_date": "yesterday"}, 0, 1),
        ({"birth_date": "2027-01-01"}, 0, 1),
        ({"birth_year": "12"}, 0, 1),
    ],
)
def test_minors_are_under_18_on_the_day_of_exposure(
    write: Write, fields: dict[str, str], minors: int, age_unknown: int
) -> None:
    """Under 18 on the day of exposed_from, else of the run; a birth year alone counts the youngest possible age."""
    row = only(counted(write(fields)))
    assert (row.minors, row.age_unknown) == (minors, age_unknown)


def test_the_earliest_exposure_of_a_person_decides(write: Write) -> None:
    """A birth date in one row and an earlier exposure in another make one judgment."""
    rows = [{"birth_date": "2008-02-01", "exposed_from": "2026-02-15"}, {"exposed_from": "2026-01-15"}]
    assert only(counted(write(*rows))).minors == 1


def test_the_day_of_the_run_is_an_argument(write: Write) -> None:
    """The same file counted at another instant judges age by that instant."""
    file = write({"birth_date": "2008-03-01"})
    assert only(counted(file, at=datetime(2026, 2, 28, tzinfo=UTC))).minors == 1
    tally = counted(file, at=datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=1))))
    assert only(tally).minors == 1, "23:00 UTC of the day before"


def test_data_counts_people_holding_an_element_in_any_row(write: Write) -> None:
    """Elements are joined by a semicolon or are a list; a word nobody knows is left out and flagged."""
    tally = counted(
        write({"data": "name; email"}, {"data": "ssn;;"}, {"subject_id": "2", "data": "NAME;blood-sugar"}),
        write({"subject_id": "3", "data": ["name", "x-loyalty-tier"]}, name="more.jsonl"),
    )
    assert only(tally).data == {"name": 3, "email": 1, "ssn": 1, "x-loyalty-tier": 1}
    assert tally.flagged_rows == 1


def test_a_list_column_of_parquet_reads_like_joined_text(tmp_path: Path) -> None:
    """`list<varchar>` data and numeric ids mean what their text means."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({
        "subject_id": pa.array([1.0, 2.0, None]), "residence": ["DE", "DE", "DE"], "system": ["a", "a", "a"],
        "data": pa.array([["name", "ssn"], None, ["email"]], pa.list_(pa.string())),
        "encrypted": pa.array([True, None, False]), "birth_date": pa.array([datetime(2010, 1, 1), None, None], pa.timestamp("us")),
    })  # fmt: skip
    parquet.write_table(table, tmp_path / "lists.parquet")
    text = write_rows(tmp_path / "text.csv", [{"subject_id": "1", "residence": "", "system": "b", "data": "photo"}])
    tally = counted(tmp_path / "lists.parquet", text)
    assert (tally.subjects, tally.rejected_rows, tally.flagged_rows) == (2, 1, 0)
    assert only(tally).data == {"name": 1, "ssn": 1, "photo": 1}
    assert (only(tally).minors, only(tally).encryption_unknown) == (1, 2)


def test_more_than_sixty_four_elements_are_kept_apart(write: Write) -> None:
    """Custom elements beyond one machine word count like any other."""
    words = [f"x-field-{i}" for i in range(200)]
    tally = counted(write({"data": ";".join(words)}, {"subject_id": "2", "data": "x-field-150;x-field-3"}))
    row = only(tally)
    assert len(row.data) == 200
    assert (row.data["x-field-150"], row.data["x-field-3"], row.data["x-field-4"]) == (2, 2, 1)


def test_stored_in_counts_countries_and_unknown(write: Write) -> None:
    """Places and cloud regions become countries; empty and unrecognised storage is `unknown`."""
    tally = counted(write(*({"storage_region": each} for each in ("eu-west-1", "US-CA", "germanywestcentral", "", "moon-1"))))
    assert only(tally).stored_in == {"DE": 1, "IE": 1, "US": 1, "unknown": 1}
    assert tally.flagged_rows == 1
    assert only(counted(write({}))).stored_in == {"unknown": 1}


def test_languages_are_spelt_one_way(write: Write) -> None:
    """`PT_br` and `pt-BR` are one language; a sentence is none."""
    tally = counted(write({"language": "PT_br"}, {"subject_id": "2", "language": "pt-BR"}, {"subject_id": "3", "language": "I speak"}))
    assert only(tally).languages == {"pt-BR": 2}
    assert tally.flagged_rows == 1


def test_a_row_without_an_id_is_rejected_and_a_bad_value_only_flagged(write: Write) -> None:
    """Nobody is lost for a bad value: the person counts, the value is unknown, the row is flagged once."""
    bad = {"residence": "Narnia", "data": "fur", "encrypted": "maybe", "birth_date": "32.13.2001", "ring": "outer", "exposed_from": "soon"}
    tally = counted(write(bad, {"subject_id": ""}, {"subject_id": "  "}))
    assert (tally.subjects, tally.rows, tally.rejected_rows, tally.flagged_rows) == (1, 3, 2, 1)
    assert only(tally).residence == UNKNOWN
    assert tally.cells[0].data is None


def test_cells_of_a_residence_sum_to_its_people(write: Write) -> None:
    """Cells split a residence by the union of a person's data and their encryption."""
    tally = counted(
        write(
            {"data": "name"}, {"data": "ssn", "birth_year": "2015"}, {"subject_id": "2", "encrypted": "true"},
            {"subject_id": "3", "data": ""}, {"subject_id": "4", "data": "", "residence": ""},
        )
    )
    cells = [(c.residence, c.data, c.encrypted, c.subjects, c.minors) for c in tally.cells]
    assert cells == [
        ("DE", None, None, 1, 0), ("DE", ("name",), True, 1, 0), ("DE", ("name", "ssn"), None, 1, 1), (UNKNOWN, None, None, 1, 0),
    ]  # fmt: skip
    assert [each.count for each in tally.affected()] == [1, 1, 1, 1]
    assert tally.cells[0].model_dump() == type(tally.cells[0])(**tally.cells[0].model_dump()).model_dump()


def test_the_answer_names_its_inputs_and_how_it_was_made(write: Write) -> None:
    """A run says which bytes, engine, instant, filter and mapping it rests on."""
    import hashlib

    file = write({})
    tally = counted(file, where="system = 'crm'")
    assert tally.inputs[0].sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (tally.inputs[0].path, tally.where, tally.mapping, tally.at) == (str(file), "system = 'crm'", "", AT)
    assert tally.engine.startswith("duckdb ")
    assert tally.as_contract()["by_residence"][0]["residence"] == "DE"


def test_a_folder_a_glob_and_a_file_read_each_file_once(write: Write, tmp_path: Path) -> None:
    """Files named twice, by themselves and by their folder or a glob, are read once; others in it are reported."""
    file = write({})
    write({"subject_id": "2"}, name="b.jsonl")
    (tmp_path / "notes.txt").write_text("not records", encoding="utf-8")
    (tmp_path / "_SUCCESS").write_text("", encoding="utf-8")
    tally = counted(file, tmp_path, tmp_path / "*.csv")
    assert (tally.subjects, tally.rows, len(tally.inputs)) == (2, 2, 2)
    assert [(each.kind, "notes.txt" in each.rule) for each in tally.findings] == [("file-not-read", True)]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    """A path that exists is never taken for a pattern."""
    file = write_rows(tmp_path / "part[1].csv", [{"subject_id": "1", "residence": "DE", "system": "a", "data": "name"}])
    assert counted(file).subjects == 1


def test_progress_names_the_stages(write: Write) -> None:
    """Hashing, reading and counting each end with everything done."""
    told: list[tuple[str, int, int]] = []
    counted(write({}), write({}, name="b.parquet"), progress=lambda *step: told.append(step))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["hashing", "reading", "counting"]
    for stage in ("hashing", "reading", "counting"):
        last = [step for step in told if step[0] == stage][-1]
        assert last[1] == last[2] > 0


def test_memory_and_threads_do_not_change_the_answer(write: Write) -> None:
    """A bounded count is the same count."""
    file = write(*({"subject_id": str(i % 700), "residence": ("DE", "FR", "")[i % 3]} for i in range(2000)))
    assert counted(file, memory_limit="64MB", threads=1) == counted(file)


def test_importing_the_adapter_does_not_load_the_engine() -> None:
    """The command line stays quick: DuckDB is loaded when counting begins."""
    code = "import sys, breachdesk.people; sys.exit('duckdb' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_person_of_every_country_is_one_person(tmp_path: Path) -> None:
    """Somebody with a row in each country counts in each of them, in every other place nowhere, and once in the total."""
    file = write_rows(tmp_path / "all.csv", [{**NEEDED, "residence": place} for place in (*COUNTRIES, "")])
    tally = counted(file)
    assert (tally.subjects, len(tally.by_residence), tally.unknown_residence) == (1, len(COUNTRIES), 0)
    assert all((row.subjects, row.elsewhere, row.rows) == (1, 1, len(COUNTRIES) + 1) for row in tally.by_residence)


def test_more_movers_than_memory_holds_are_counted_by_the_union(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the list of people with several residences does not fit, everybody is asked about with the union: the same answer."""
    import duckdb

    from breachdesk.people.engine import Engine

    homes = (*COUNTRIES[:70], "")
    rows = [{**NEEDED, "subject_id": str(i % 400), "residence": homes[i * 7 % len(homes)], "data": ("name", "ssn")[i % 2]} for i in range(900)]
    file = write_rows(tmp_path / "movers.csv", [*rows, {**NEEDED, "subject_id": ""}])
    expected = counted(file)
    run = Engine.run

    def short_of_memory(self: Engine, sql: str, **values: object) -> object:
        if sql.startswith("CREATE TEMP TABLE mover"):
            raise duckdb.OutOfMemoryException("failed to allocate data")
        return run(self, sql, **values)

    monkeypatch.setattr(Engine, "run", short_of_memory)
    assert counted(file) == expected
