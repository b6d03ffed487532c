"""The rejects file: every row left out and every value read as unknown, with its reason, harmless in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput
from tests.people.records import Write, counted, write_rows


def read(path: Path) -> list[tuple[str, int, str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["reason"] for row in rows)
    return [(Path(row["file"]).name, int(row["row"]), row["column"], row["value"]) for row in rows]


def test_each_bad_value_has_its_file_row_column_value_and_reason(write: Write, tmp_path: Path) -> None:
    """One line per value; rows are lines of a CSV file and records of the others."""
    bad = {"residence": "Narnia", "encrypted": "maybe", "data": "name;fur", "birth_year": "1066"}
    files = [write({}, bad, {"subject_id": ""}, name=f"a{suffix}") for suffix in (".csv", ".jsonl", ".parquet")]
    tally = counted(*files, rejects=tmp_path / "out.csv")
    assert (tally.rejected_rows, tally.flagged_rows) == (3, 3)
    expected = []
    for name, row in (("a.csv", 3), ("a.jsonl", 2), ("a.parquet", 2)):
        expected += [(name, row, column, bad[column]) for column in sorted(bad)]
        expected += [(name, row + 1, "subject_id", "")]
    assert read(tmp_path / "out.csv") == expected


def test_unparseable_lines_keep_their_place_and_text(tmp_path: Path) -> None:
    """Lines of the file are told exactly, past quoted newlines, empty lines and other bad lines."""
    lines = [
        "subject_id,residence,system,data", '1,DE,"two', 'lines",name', "2,XX,crm,name", "", "3,DE", "4,YY,crm,name", '5,"D"E,crm,name',
        ",DE,crm,name",
    ]  # fmt: skip
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tally = counted(file, rejects=tmp_path / "out.csv")
    assert (tally.rows, tally.rejected_rows, tally.flagged_rows) == (6, 3, 2)
    assert read(tmp_path / "out.csv") == [
        ("a.csv", 4, "residence", "XX"), ("a.csv", 6, "", "3,DE"), ("a.csv", 7, "residence", "YY"),
        ("a.csv", 8, "", '5,"D"E,crm,name'), ("a.csv", 9, "subject_id", ""),
    ]  # fmt: skip


def test_lines_are_exact_in_a_large_file_of_single_lines(tmp_path: Path) -> None:
    """The quick way to line numbers agrees with the lines themselves."""
    lines = ["subject_id,residence,system,data"]
    expected = []
    for i in range(2, 30_002):
        if i % 997 == 0:
            lines.append(f"p{i},DE")
            expected.append(("a.csv", i, "", f"p{i},DE"))
        elif i % 501 == 0:
            lines.append(f"p{i},Q{i},crm,name")
            expected.append(("a.csv", i, "residence", f"Q{i}"))
        else:
            lines.append(f"p{i},DE,crm,name")
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    counted(tmp_path / "a.csv", rejects=tmp_path / "out.csv")
    assert read(tmp_path / "out.csv") == expected


def test_nothing_in_the_file_is_a_formula(write: Write, tmp_path: Path) -> None:
    """A cell that a spreadsheet would run begins with an apostrophe."""
    formulas = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
    counted(write(*({"residence": each} for each in formulas)), rejects=tmp_path / "out.csv")
    assert sorted(value for _, _, _, value in read(tmp_path / "out.csv")) == sorted("'" + each for each in formulas)


def test_a_filter_keeps_its_rejects_too(write: Write, tmp_path: Path) -> None:
    """Rows the filter leaves out are not in the rejects."""
    file = write({"residence": "Q1"}, {"residence": "Q2", "system": "shop"})
    tally = counted(file, where="system = 'shop'", rejects=tmp_path / "out.csv")
    assert (tally.rows, tally.flagged_rows) == (1, 1)
    assert [value for _, _, _, value in read(tmp_path / "out.csv")] == ["Q2"]


def test_a_clean_count_leaves_a_header_alone(write: Write, tmp_path: Path) -> None:
    """No rejects is an answer too."""
    counted(write({}), rejects=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines() == ["file,row,column,value,reason"]


def test_rejects_that_cannot_be_written_stop_the_count(write: Write, tmp_path: Path) -> None:
    """A folder that is not there is named, and nothing is left behind."""
    with pytest.raises(InvalidInput, match="cannot be written"):
        counted(write({}), rejects=tmp_path / "no" / "out.csv")


def test_several_files_keep_their_own_rows(tmp_path: Path) -> None:
    """Row numbers begin again with each file."""
    for name in ("a.csv", "b.csv", "c.jsonl", "d.jsonl", "e.parquet", "f.parquet"):
        rows = [{"subject_id": "1", "residence": "DE", "system": "a", "data": "name"}] * 3
        write_rows(tmp_path / name, [*rows, {**rows[0], "residence": "Q"}, {**rows[0], "subject_id": name, "data": ""}])
    counted(tmp_path, rejects=tmp_path.parent / f"{tmp_path.name}.out")
    found = read(tmp_path.parent / f"{tmp_path.name}.out")
    assert [(name, row) for name, row, _, _ in found] == [
        ("a.csv", 5), ("b.csv", 5), ("c.jsonl", 4), ("d.jsonl", 4), ("e.parquet", 4), ("f.parquet", 4),
    ]  # fmt: skip


def test_rejects_never_replace_what_the_count_reads(write: Write, tmp_path: Path) -> None:
    """Naming a record file or the mapping as the rejects file is refused, and the file keeps its bytes."""
    file, mapping = write({"residence": "Narnia"}), tmp_path / "m.toml"
    mapping.write_text("[constants]\nring = \"held\"\n", encoding="utf-8")
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    before = file.read_bytes(), mapping.read_bytes()
    for out in (file, link, mapping):
        with pytest.raises(InvalidInput, match="is a file this count reads"):
            counted(file, mapping=mapping, rejects=out)
    assert (file.read_bytes(), mapping.read_bytes()) == before
    assert link.is_symlink()


def test_a_count_that_fails_writes_no_rejects(write: Write, tmp_path: Path) -> None:
    """When a record file changes while it is counted there is no count, and no rejects file of it either."""
    file = write({"residence": "Narnia"})

    def meddle(stage: str, done: int, _total: int) -> None:
        if stage == "counting" and done == 2:
            file.write_bytes(file.read_bytes() + b"\n")

    with pytest.raises(InvalidInput, match="changed while"):
        counted(file, rejects=tmp_path / "out.csv", progress=meddle)
    assert not (tmp_path / "out.csv").exists()
