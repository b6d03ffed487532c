"""Files that are broken, in another encoding, or not there: one sentence naming the file, and nothing else escapes."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people import count
from breachdesk.people.csv_lines import LONGEST_LINE
from tests.people.records import AT, NEEDED, Write, counted, only, write_rows

HEADER = "subject_id,residence,system,data\n"


def text(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, **options: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        counted(path, **options)
    return caught.value


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("content", [b"", b"ab", b"\x00\x00", b"PAR1", b"{}", b"\n\n"])
def test_a_file_with_next_to_nothing_in_it(tmp_path: Path, name: str, content: bytes) -> None:
    """Empty and two-byte files are refused by name, whatever they claim to be."""
    file = text(tmp_path / name, content)
    assert refused(file).file == str(file)


def test_a_cut_or_damaged_parquet_file_is_named_among_good_ones(write: Write, tmp_path: Path) -> None:
    """Of many files, the broken one is the one named: cut short, and damaged inside a page."""
    good = [write({"subject_id": str(i)}, name=f"good{i}.parquet") for i in range(3)]
    whole = write(*({"subject_id": f"{i:032x}"} for i in range(3000)), name="bad.parquet").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:200] + bytes(4000) + whole[4200:]):
        bad = text(tmp_path / "bad.parquet", content)
        with pytest.raises(InvalidInput) as caught:
            counted(*good, bad)
        assert caught.value.file == str(bad)


def test_a_missing_file_folder_or_match_is_not_found(tmp_path: Path) -> None:
    """What is not there is not found, by name."""
    for path in (tmp_path / "no.csv", tmp_path / "*.csv", tmp_path / "no" / "*.csv", tmp_path):
        with pytest.raises(NotFound, match=str(path.name).replace("*", r"\*")):
            counted(path)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """A spreadsheet is not guessed at; a file without a suffix that is Parquet inside is read."""
    assert "known format" in refused(text(tmp_path / "people.xlsx", b"PK\x03\x04")).problem
    parquet = write_rows(tmp_path / "p.parquet", [{"subject_id": "1", "residence": "DE", "system": "a", "data": "name"}])
    assert counted(parquet.rename(tmp_path / "part-0000")).subjects == 1


def test_no_files_at_all() -> None:
    """A count of nothing is a mistake, not a zero."""
    with pytest.raises(InvalidInput, match="at least one"):
        count([], at=AT)


def test_a_time_without_its_offset_is_refused(write: Write) -> None:
    """`at` is an instant."""
    with pytest.raises(InvalidInput, match="offset"):
        counted(write({}), at=AT.replace(tzinfo=None))


def test_latin_1_is_said_to_be_that_and_can_be_read_by_a_mapping(tmp_path: Path) -> None:
    """A Latin-1 file names the line and the remedy; with the remedy it counts."""
    file = text(tmp_path / "alt.csv", (HEADER + "1,DE,crm,name\nMüller-2,FR,crm,name\n").encode("latin-1"))
    problem = refused(file)
    assert (problem.where, "Latin-1" in problem.problem, "encoding" in problem.problem) == ("line 3", True, True)
    mapping = text(tmp_path / "m.toml", '[csv]\nencoding = "latin-1"\n')
    assert counted(file, mapping=mapping).subjects == 2


def test_utf_16_and_a_broken_end_are_refused(tmp_path: Path) -> None:
    """UTF-16 says so; a character cut off by the end of the file is not passed over."""
    assert "UTF-16" in refused(text(tmp_path / "a.csv", (HEADER + "1,DE,crm,name\n").encode("utf-16"))).problem
    assert "UTF-8" in refused(text(tmp_path / "b.csv", (HEADER + "1,DE,crm,nameü").encode()[:-1])).problem
    assert "UTF-8" in refused(text(tmp_path / "c.jsonl", b'{"subject_id": "\xff"}\n')).problem


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_data(tmp_path: Path) -> None:
    """What Excel writes is read."""
    content = "\ufeff" + HEADER.replace("\n", "\r\n") + "1,DE,crm,name\r\n2,FR,crm,ssn\r\n"
    tally = counted(text(tmp_path / "excel.csv", content))
    assert (tally.subjects, tally.flagged_rows) == (2, 0)
    lines = '\ufeff{"subject_id": "1", "residence": "DE", "system": "a", "data": "name"}\n'
    assert counted(text(tmp_path / "bom.jsonl", lines)).subjects == 1


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_delimiters_are_recognised_by_the_header(tmp_path: Path, mark: str) -> None:
    """Semicolons, tabs and bars are read, with `;` inside quotation marks kept."""
    content = HEADER.replace(",", mark) + f'1{mark}DE{mark}crm{mark}"name;ssn"\n'
    assert only(counted(text(tmp_path / "a.csv", content))).data == {"name": 1, "ssn": 1}


def test_quoted_newlines_belong_to_their_record(tmp_path: Path) -> None:
    """An address over three lines is one field of one record."""
    content = HEADER.replace("system", "system,postal_address") + '1,DE,crm,"Weg 1\n10115 ""Berlin""\nDE",name\n2,FR,crm,,ssn\n'
    tally = counted(text(tmp_path / "a.csv", content))
    assert (tally.subjects, tally.rows, tally.rejected_rows) == (2, 2, 0)


def test_three_percent_bad_lines_are_rejected_and_counted(tmp_path: Path) -> None:
    """Lines with too few or too many fields or a stray quotation mark are rejected; everybody else counts."""
    bad = {7: "x7,DE", 41: "x41,DE,crm,name,extra,fields", 77: 'x77,"D"E,crm,name'}
    lines = [bad.get(i % 100, f"p{i},DE,crm,name") for i in range(3000)]
    tally = counted(text(tmp_path / "a.csv", HEADER + "\n".join(lines) + "\n"))
    assert (tally.subjects, tally.rows, tally.rejected_rows) == (2910, 3000, 90)


def test_a_quotation_mark_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    """A reader that trusts the mark would lose everybody after it; here each such line is one rejected row."""
    lines = [f"p{i},DE,crm,name" for i in range(50_000)]
    lines[10] = 'x10,"DE,crm,name'
    lines[25_000] = 'x25000,DE,"crm,name'
    tally = counted(text(tmp_path / "a.csv", HEADER + "\n".join(lines) + "\n"))
    assert (tally.subjects, tally.rows, tally.rejected_rows) == (49_998, 50_000, 2)
    lines[25_000] = lines[9]
    tally = counted(text(tmp_path / "b.csv", HEADER + "\n".join(lines) + "\n"), threads=1)
    assert (tally.subjects, tally.rows, tally.rejected_rows) == (49_998, 50_000, 1)


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    """A file put together from two systems has both kinds of line end."""
    tally = counted(text(tmp_path / "a.csv", HEADER + "1,DE,crm,name\r\n2,DE,crm,name\n3,DE,crm,name\r\n"))
    assert (tally.subjects, tally.rejected_rows) == (3, 0)


def test_bad_json_lines_are_rejected_and_counted(tmp_path: Path) -> None:
    """A line that is no object is rejected; numbers, lists and missing keys are read."""
    good = '{"subject_id": 7, "residence": "DE", "system": "a", "data": ["name"], "encrypted": true}\n'
    content = good + "{oops\n\n[1, 2]\nnull\n" + '{"subject_id": "7", "data": "ssn", "residence": null}\n{"residence": "DE"}\n'
    tally = counted(text(tmp_path / "a.jsonl", content))
    assert (tally.subjects, tally.rows, tally.rejected_rows, tally.flagged_rows) == (1, 6, 4, 0)
    assert only(tally).data == {"name": 1, "ssn": 1}


def test_a_header_that_names_a_column_twice(tmp_path: Path) -> None:
    """Which of the two would count is not guessed."""
    problem = refused(text(tmp_path / "a.csv", "subject_id,data,residence,system,data\n1,name,DE,a,ssn\n"))
    assert (problem.key, problem.where) == ("data", "line 1")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("missing", ["subject_id", "residence", "system", "data"])
def test_a_missing_required_column_says_what_to_write(tmp_path: Path, name: str, missing: str) -> None:
    """The error names the file, the column and the line of the mapping that supplies it."""
    row = {column: "x" for column in ("subject_id", "residence", "system", "data") if column != missing}
    problem = refused(write_rows(tmp_path / name, [row]))
    assert (problem.file, problem.key) == (str(tmp_path / name), missing)
    assert f'{missing} = "your column"' in problem.problem


def test_a_key_that_only_late_json_lines_have_is_no_missing_column(tmp_path: Path) -> None:
    """Writers that leave out nulls may name a column for the first time after thousands of lines."""
    early = '{"subject_id": "1", "system": "a", "data": "name"}\n' * 1500
    file = text(tmp_path / "a.jsonl", early + '{"subject_id": "2", "residence": "DE", "system": "a", "data": "name"}\n')
    assert counted(file).subjects == 2


def test_column_names_differ_in_case_and_spaces(tmp_path: Path) -> None:
    """` Subject_ID ` is subject_id."""
    assert counted(text(tmp_path / "a.csv", " Subject_ID ,RESIDENCE,System,Data\n1,DE,a,name\n")).subjects == 1


def test_a_header_alone_is_nobody(tmp_path: Path) -> None:
    """A file without records is a count of zero people."""
    tally = counted(text(tmp_path / "a.csv", HEADER))
    assert (tally.subjects, tally.rows, tally.by_residence, tally.cells) == (0, 0, (), ())


def test_links_out_of_a_folder_or_glob_are_refused_and_named_ones_are_read(tmp_path: Path) -> None:
    """What a folder or glob expands to stays inside it; a link the user names is theirs to name."""
    outside = text(tmp_path / "outside.csv", HEADER + "1,DE,crm,name\n")
    folder = tmp_path / "in"
    folder.mkdir()
    link = folder / "link.csv"
    link.symlink_to(outside)
    for path in (folder, folder / "*.csv"):
        problem = refused(path)
        assert (problem.file, "leads out of" in problem.problem) == (str(link), True)
    assert counted(link).subjects == 1
    link.unlink()
    (folder / "sub").symlink_to(tmp_path)
    assert "leads out of" in refused(folder).problem
    assert "leads out of" in refused(folder / ".." / "in" / "*" / "*.csv").problem


def test_a_glob_cannot_climb(tmp_path: Path) -> None:
    """`*/../..` leaves the folder, and is refused."""
    text(tmp_path / "a.csv", HEADER)
    (tmp_path / "in" / "deep").mkdir(parents=True)
    assert "leads out of" in refused(tmp_path / "in" / "*" / ".." / ".." / "*.csv").problem


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would wait for ever."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert "not a file" in refused(pipe).problem


def test_a_file_that_changes_while_it_is_read_is_refused(write: Write) -> None:
    """Bytes that are not those that were hashed never make a count; a touched file with the same bytes does."""
    file = write({})

    def grow(stage: str, done: int, _total: int) -> None:
        if stage == "counting" and done == 1:
            with file.open("a", encoding="utf-8") as stream:
                stream.write("2,FR,crm,name\n")

    assert "changed" in refused(file, progress=grow).problem

    def touch(stage: str, done: int, _total: int) -> None:
        if stage == "counting" and done == 1:
            os.utime(file, (1, 1))

    assert counted(file, progress=touch).subjects == 2

    def remove(stage: str, done: int, _total: int) -> None:
        if stage == "counting" and done == 1:
            file.unlink()

    assert "changed" in refused(file, progress=remove).problem


def test_settings_the_engine_does_not_take(write: Write) -> None:
    """A memory limit is a size and a thread count a positive number."""
    file = write({})
    for options in ({"memory_limit": "lots"}, {"threads": 0}, {"threads": -1}):
        refused(file, **options)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(content=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".jsonl", ".parquet"]), head=st.booleans())
def test_no_bytes_raise_anything_but_invalid_input(tmp_path: Path, content: bytes, suffix: str, head: bool) -> None:
    """Whatever a file holds, it is counted or refused in words."""
    start = {".csv": HEADER.encode(), ".jsonl": b'{"subject_id": 1, "residence": "DE", "system": "a", "data": "name"}\n', ".parquet": b"PAR1"}
    file = text(tmp_path / f"any{suffix}", (start[suffix] if head else b"") + content)
    with contextlib.suppress(InvalidInput):
        tally = counted(file, rejects=tmp_path / "rejects.csv")
        assert tally.rows >= tally.rejected_rows


@pytest.mark.parametrize("name", ["a.csv", "q.csv", "a.jsonl"])
def test_a_line_of_any_length_costs_that_line_and_little_memory(tmp_path: Path, name: str) -> None:
    """Ninety-six megabytes without a line end, quoted or not, among good lines: one rejected row, with where it was."""
    path, rejects = tmp_path / name, tmp_path / "r.csv"
    filler = "x" * 96_000_000
    if name == "a.jsonl":
        lines = [json.dumps({**NEEDED, "subject_id": str(i), "data": filler if i == 2 else "name"}) for i in range(1, 5)]
    else:
        quote = '"' if name == "q.csv" else ""
        lines = ["subject_id,residence,system,data", *(f"{i},DE,crm,{quote + filler if i == 2 else 'name'}" for i in range(1, 5))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tracemalloc.start()
    tally = counted(path, rejects=rejects)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tally.subjects, tally.rows, tally.rejected_rows, tally.complete) == (3, 4, 1, False)
    assert peak < 96_000_000
    with rejects.open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert int(row["row"]) == (2 if name == "a.jsonl" else 3)
    assert len(row["value"]) < 3000


def test_lines_just_short_enough_are_read(tmp_path: Path) -> None:
    """The longest line there may be is a record like any other."""
    path = tmp_path / "long.csv"
    path.write_text(f"subject_id,residence,system,data,note\n1,DE,crm,name,{'ü' * (LONGEST_LINE - 20)}\n2,DE,crm,name,\n", encoding="utf-8")
    assert counted(path).subjects == 2


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_thousand_columns(tmp_path: Path, suffix: str) -> None:
    """Columns nobody asked for cost nothing, wherever the needed ones stand among them."""
    rows = [{**{f"c{i}": str(i) for i in range(500)}, **NEEDED, **{f"d{i}": str(i) for i in range(500)}, "subject_id": str(n)} for n in range(3)]
    assert counted(write_rows(tmp_path / f"wide{suffix}", rows)).subjects == 3


def test_parquet_files_of_different_schemas_are_one_count(tmp_path: Path) -> None:
    """Ids as text, whole and broken numbers; data as text and as a list; days, instants and texts; columns in another order, more or
    fewer of them, one of a nested type: the same people are the same people."""
    import pyarrow as pa
    from pyarrow import parquet

    day = date(2015, 3, 2)
    tables: list[dict[str, Any]] = [
        {"subject_id": pa.array(["1", "2"]), "residence": pa.array(["DE", "FR"]), "system": pa.array(["a", "a"]),
         "data": pa.array(["name", "email"])},
        {"data": pa.array([["ssn", "name"], []], pa.list_(pa.string())), "system": pa.array(["b", "b"]).dictionary_encode(),
         "residence": pa.array(["DE", None]), "subject_id": pa.array([1, 3], pa.int64()), "birth_date": pa.array([day, None], pa.date32())},
        {"subject_id": pa.array([2.0, None]), "residence": pa.array(["FR", "DE"]), "system": pa.array(["c", "c"]), "data": pa.array(["name", "name"]),
         "birth_date": pa.array(["2015-03-02", "soon"]), "encrypted": pa.array([True, None]), "more": pa.array([{"x": 1}, {"x": 2}])},
        {"subject_id": pa.array(["3"], pa.large_string()), "residence": pa.array(["SA"]), "system": pa.array(["d"]), "data": pa.array(["phone"]),
         "exposed_from": pa.array([datetime(2026, 1, 1, tzinfo=UTC)]), "encrypted": pa.array(["false"])},
    ]  # fmt: skip
    files = []
    for n, columns in enumerate(tables):
        files.append(tmp_path / f"{n}.parquet")
        parquet.write_table(pa.table(columns), files[-1])
    tally = counted(*files)
    rows = {row.residence: row for row in tally.by_residence}
    assert (tally.subjects, tally.rows, tally.rejected_rows) == (3, 7, 1)
    assert {place: (row.subjects, row.minors) for place, row in rows.items()} == {"DE": (1, 1), "FR": (1, 1), "SA": (1, 0)}
    assert rows["DE"].data == {"name": 1, "ssn": 1}
    assert (rows["SA"].unencrypted, rows["FR"].encryption_unknown) == (1, 1)
