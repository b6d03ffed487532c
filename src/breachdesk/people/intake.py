"""Record files as one relation of canonical columns, whatever their format and the organisation's own column names.

Parquet is read where it lies. Text is taken in once, into a temporary table that may spill to disk, because every later
question about it would parse it again. A source's relation has, per row: `file_no`, `row_no` (1-based), `subject_id` (NULL
when there is none), the other canonical columns as text, `birth_date_day`, `birth_year_number`, `exposed_from_at`,
`exposed_to_at` parsed (NULL when unknown), and `dates_bad`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from breachdesk.domain.errors import InvalidInput
from breachdesk.people.columns import COLUMNS, DATES, REQUIRED, WITHIN
from breachdesk.people.csv_lines import Unparseable, count_lines, short_lines, write_clean
from breachdesk.people.engine import Engine, first_line
from breachdesk.people.inputs import RecordFile
from breachdesk.people.mapping import Mapping

if TYPE_CHECKING:
    import duckdb

_SNIFFED = 1 << 16
_SAMPLED_LINES = 1000
_LONGEST_OBJECT = 1 << 24
"""Bytes of a line of JSON Lines, at most."""
_OLDEST_YEAR = 1850


@dataclass
class Intake:
    """What the files hold: the relation of their rows, rows per file, and the lines nobody could parse (with the number of the file).

    `relation` is a SELECT; `present` the canonical columns that some file or constant has.
    """

    relation: str
    rows: list[int]
    unparseable: list[tuple[int, Unparseable]]
    present: frozenset[str]


@dataclass(frozen=True)
class _Shape:
    """The own column (or None) and DuckDB type of each canonical column of a file."""

    columns: tuple[tuple[str, str, str], ...]

    def of(self, column: str) -> tuple[str, str] | None:
        return next(((name, kind) for canonical, name, kind in self.columns if canonical == column), None)


def take_in(
    engine: Engine, files: Sequence[RecordFile], mapping: Mapping, wanted: Sequence[str], *, at: datetime, keep_order: bool,
    step: Callable[[int], None],
) -> Intake:  # fmt: skip
    """Opens every file. `wanted` are the columns the question needs; `keep_order` makes row numbers of text exact.

    Calls `step` with the number of files opened so far. Raises InvalidInput for a file that is broken or lacks a column.
    """
    import duckdb

    intake = Intake("", [0] * len(files), [], frozenset(mapping.constants))
    parquet: dict[_Shape, list[int]] = {}
    text = _TextTable(engine, mapping, wanted)
    for number, file in enumerate(files):
        try:
            if file.kind == "parquet":
                shape, intake.rows[number] = _open_parquet(engine, file, mapping)
                parquet.setdefault(shape, []).append(number)
            else:
                text.add(number, file, keep_order=keep_order)
        except duckdb.Error as problem:
            raise _broken(file, problem) from None
        except OSError as problem:
            raise InvalidInput(f"cannot be read: {problem.strerror or problem}", file=file.shown) from None
        step(number + 1)
    selects = []
    today = engine.value("today", at.date())
    for group, (shape, numbers) in enumerate(parquet.items()):
        paths = engine.value(f"parquet_{group}", [str(files[n].path) for n in numbers])
        file_no = engine.value(f"parquet_{group}_numbers", numbers)
        source = (
            f"SELECT *, {file_no}[file_index::INTEGER + 1] AS file_no, file_row_number + 1 AS row_no"
            f" FROM read_parquet({paths}, hive_partitioning = false)"
        )
        selects.append(_canonical(source, shape, mapping, today))
        intake.present |= {canonical for canonical, _, _ in shape.columns}
    if text.numbers:
        selects.append(_canonical(f"SELECT *, {text.row_number()} AS row_no FROM intake", text.shape(), mapping, today))
        intake.present |= text.present
        intake.unparseable = text.unparseable
        for number, rows in text.rows.items():
            intake.rows[number] = rows
    intake.relation = "\nUNION ALL\n".join(selects)
    return intake


def _broken(file: RecordFile, problem: Exception) -> InvalidInput:
    return InvalidInput(f"cannot be read as {file.kind}: {first_line(problem)}", file=file.shown)


def unreadable_file(engine: Engine, files: Sequence[RecordFile], problem: duckdb.Error) -> InvalidInput:
    """Which file made a statement over all of them fail: the first Parquet file that cannot be read on its own."""
    import duckdb

    for file in files:
        if file.kind == "parquet":
            try:
                engine.rows("SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet($one, hive_partitioning = false)", one=[str(file.path)])
            except duckdb.Error as own:
                return _broken(file, own)
    return InvalidInput(f"the records cannot be counted: {first_line(problem)}")


def resolve(shown: str, names: Sequence[str], mapping: Mapping) -> dict[str, str]:
    """Own column name per canonical column that the file has. Raises InvalidInput for a required or mapped one it lacks."""
    folded = {name.strip().casefold(): name for name in reversed(names)}
    found = {}
    for canonical in COLUMNS:
        own = mapping.source(canonical)
        if canonical in mapping.constants:
            continue
        if own in names:
            found[canonical] = own
        elif own.casefold() in folded:
            found[canonical] = folded[own.casefold()]
        elif mapping.named(canonical):
            raise InvalidInput(
                f"{mapping.file} maps {canonical} to it, but the file has no such column (it has {_listed(names)})",
                file=shown, key=own,
            )  # fmt: skip
        elif canonical in REQUIRED:
            raise missing_column(shown, canonical, names)
    return found


def missing_column(shown: str, canonical: str, names: Sequence[str]) -> InvalidInput:
    """The error for a required column, with the mapping line that supplies it."""
    line = f'{canonical} = "your column"'
    if canonical != "subject_id":
        line += " (or under [constants], one value for every row)"
    return InvalidInput(
        f"the file has no such column (it has {_listed(names)}); write in a mapping file, under [columns]: {line}",
        file=shown, key=canonical,
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name.strip() or '""' for name in names[:12])
    return (shown or "none") + (" …" if len(names) > 12 else "")


def _open_parquet(engine: Engine, file: RecordFile, mapping: Mapping) -> tuple[_Shape, int]:
    path = [str(file.path)]
    described = engine.rows("DESCRIBE SELECT * FROM read_parquet($one, hive_partitioning = false)", one=path)
    kinds = {row[0]: row[1] for row in described}
    own = resolve(file.shown, list(kinds), mapping)
    rows = engine.rows("SELECT num_rows FROM parquet_file_metadata($one)", one=path)[0][0]
    return _Shape(tuple((canonical, name, kinds[name]) for canonical, name in own.items())), rows


class _TextTable:
    """The temporary table `intake`, filled from CSV and JSON Lines, and `unparseable`, the lines left out of it."""

    def __init__(self, engine: Engine, mapping: Mapping, wanted: Sequence[str]) -> None:
        self.engine, self.mapping = engine, mapping
        self.columns = tuple(dict.fromkeys(("subject_id", *wanted)))
        self.numbers: list[int] = []
        self.csv: set[int] = set()
        self.exact = False
        self.rows: dict[int, int] = {}
        self.unparseable: list[tuple[int, Unparseable]] = []
        self.present: frozenset[str] = frozenset()

    def shape(self) -> _Shape:
        return _Shape(tuple((column, column, "VARCHAR") for column in self.columns if column in self.present))

    def row_number(self) -> str:
        """A row's number: the line it begins in for CSV, the record's for JSON Lines. Exact when the order was kept."""
        if not self.exact:
            return "0"
        first = self.engine.rows("SELECT file_no, min(rowid) FROM intake GROUP BY file_no")
        before = {number: rowid - (2 if number in self.csv else 1) for number, rowid in first}
        cases = " ".join(f"WHEN {number} THEN {rowid}" for number, rowid in before.items())
        return f"coalesce(line, rowid - CASE file_no {cases} ELSE 0 END)" if cases else "0"

    def add(self, number: int, file: RecordFile, *, keep_order: bool) -> None:
        if not self.numbers:
            listed = ", ".join(f"{column} VARCHAR" for column in self.columns)
            self.engine.run(f"CREATE TEMP TABLE intake (file_no INTEGER, line BIGINT, {listed})")
        self.numbers.append(number)
        self.exact = keep_order
        if file.kind == "csv":
            self.csv.add(number)
        if file.path.stat().st_size == 0:
            raise InvalidInput("is empty; a record file has at least its header or one record", file=file.shown)
        self.engine.run(f"SET preserve_insertion_order = {str(keep_order).lower()}")
        (self._add_csv if file.kind == "csv" else self._add_jsonl)(number, file)
        self.engine.run("SET preserve_insertion_order = false")

    def _insert(
        self, number: int, own: dict[str, str], source: str, *, value: str = "{}", line: str = "NULL", **parameters: object
    ) -> int:
        self.present |= own.keys()
        listed = ", ".join(value.format(_quoted(own[c])) if c in own else "NULL" for c in self.columns)
        inserted = self.engine.rows(f"INSERT INTO intake SELECT {number}, {line}, {listed} FROM {source}", **parameters)
        return int(inserted[0][0])

    def _add_csv(self, number: int, file: RecordFile) -> None:
        import duckdb

        delimiter, header = csv_header(file, self.mapping)
        own = resolve(file.shown, header, self.mapping)
        names = [f"c{i}" for i in range(len(header))]
        own = {canonical: names[header.index(name)] for canonical, name in own.items()}
        lines = count_lines(file.path)
        try:
            rows, bad = self._read_csv(number, own, names, str(file.path), delimiter, self.mapping.encoding)
            trusted = not bad and rows + 1 == lines
        except duckdb.Error:
            trusted = False
        if not trusted:
            self.engine.run(f"DELETE FROM intake WHERE file_no = {number}")
            clean = self.engine.spill / f"clean-{number}.csv"
            records, broken = write_clean(file.path, clean, delimiter=delimiter, encoding=self.mapping.encoding)
            rows, bad = self._read_csv(number, own, [*names, "line"], str(clean), delimiter, "utf-8", line="line::BIGINT")
            clean.unlink()
            if bad or rows != records:
                raise InvalidInput("cannot be read as csv without losing records", file=file.shown)
            self.unparseable += [(number, each) for each in broken]
        self.rows[number] = rows + sum(each == number for each, _ in self.unparseable)

    def _read_csv(
        self, number: int, own: dict[str, str], names: list[str], path: str, delimiter: str, encoding: str, line: str = "NULL"
    ) -> tuple[int, int]:
        """Takes in one CSV file; the rows read, and how many lines the engine found fault with."""
        source = (
            "read_csv($one, auto_detect = false, header = true, delim = $delimiter, quote = '\"', escape = '\"',"
            " columns = $columns, encoding = $encoding, store_rejects = true)"
        )
        try:
            rows = self._insert(
                number, own, source, line=line, one=path, delimiter=delimiter, columns=dict.fromkeys(names, "VARCHAR"),
                encoding=encoding,
            )  # fmt: skip
            return rows, self.engine.rows("SELECT count(*) FROM reject_errors")[0][0]
        finally:
            self.engine.run("DROP TABLE IF EXISTS reject_errors")
            self.engine.run("DROP TABLE IF EXISTS reject_scans")

    def _add_jsonl(self, number: int, file: RecordFile) -> None:
        keys = _json_keys(file)
        if keys is None:
            raise InvalidInput("holds no JSON object; JSON Lines has one object on each line", file=file.shown)
        absent = [c for c in REQUIRED if c not in self.mapping.constants and not _has(keys, self.mapping.source(c))]
        own = {c: _has(keys, self.mapping.source(c)) or self.mapping.source(c) for c in self.columns if c not in self.mapping.constants}
        path = self._clean_jsonl(number, file.path)
        columns = dict.fromkeys({**own, **{c: self.mapping.source(c) for c in absent}}.values(), "JSON")
        source = (
            "read_json($one, format = 'newline_delimited', records = true, ignore_errors = true, columns = $columns,"
            f" maximum_object_size = {_LONGEST_OBJECT})"
        )
        for column in absent:
            # A key that the sampled lines lack may still be in a later one.
            name = self.mapping.source(column)
            held = self.engine.rows(f"SELECT count({_quoted(name)}) FROM {source}", one=str(path), columns=columns)[0][0]
            if not held:
                raise missing_column(file.shown, column, keys)
        self.rows[number] = self._insert(number, own, source, value="{0} ->> '$'", one=str(path), columns=columns)


    def _clean_jsonl(self, number: int, path: Path) -> Path:
        """The file, or a copy of it that the engine's reader takes: without a byte-order mark, and with an object without a
        person, which is rejected, in the place of a line longer than any object it reads."""
        with path.open("rb") as source:
            marked = source.read(3) == codecs.BOM_UTF8
            if not marked:
                source.seek(0)
                half = _LONGEST_OBJECT // 2
                if all(b"\n" in chunk or len(chunk) < half for chunk in iter(lambda: source.read(half), b"")):
                    return path
                source.seek(0)
            clean = self.engine.spill / f"clean-{number}.jsonl"
            with clean.open("wb") as copy:
                for line, whole in short_lines(source, _LONGEST_OBJECT):
                    copy.write(line if whole else b"{}\n")
        return clean


def csv_header(file: RecordFile, mapping: Mapping) -> tuple[str, list[str]]:
    """A CSV file's delimiter and its column names. Raises InvalidInput for a header with two columns of one name."""
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    with file.path.open("rb") as stream:
        start = stream.read(_SNIFFED).decode(encoding, errors="replace")
    line = start.splitlines()[0] if start.splitlines() else ""
    delimiter = mapping.delimiter or max(",;\t|", key=lambda mark: (line.count(mark), mark == ","))
    header = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise InvalidInput("the header names this column twice; rename one", file=file.shown, where="line 1", key=twice[0])
    return delimiter, header


def _json_keys(file: RecordFile) -> list[str] | None:
    """The keys of the first objects of a JSON Lines file, in order of appearance; None when no line is an object."""
    keys: dict[str, None] = {}
    objects = 0
    with file.path.open("r", encoding="utf-8-sig", errors="replace") as lines:
        for line, whole in short_lines(lines, _LONGEST_OBJECT):
            if not whole:
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                keys.update(dict.fromkeys(value))
                objects += 1
                if objects == _SAMPLED_LINES:
                    break
    return list(keys) if objects else None


def _has(keys: Sequence[str], name: str) -> str:
    """The key that stands for a column: the same, or the same but for case; empty when there is none."""
    return name if name in keys else next((key for key in keys if key.strip().casefold() == name.casefold()), "")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _canonical(source: str, shape: _Shape, mapping: Mapping, today: str) -> str:
    """The relation of one group of files of the same shape, in canonical columns."""
    columns = ["file_no", "row_no", f"{_subject(shape, mapping)} AS subject_id"]
    bad = []
    for column in COLUMNS[1:]:
        own = shape.of(column)
        whole = column not in mapping.parts
        text = _constant(mapping.constants[column]) if column in mapping.constants else _part(_text(own), column, mapping)
        if column == "residence" and (shape.of("division") or "division" in mapping.constants):
            division = _constant(mapping.constants["division"]) if "division" in mapping.constants else _text(shape.of("division"))
            division = _part(division, "division", mapping)
            text = f"CASE WHEN trim({division}) <> '' THEN concat({text}, chr({ord(WITHIN)}), {division}) ELSE {text} END"
        columns.append(f"{text} AS {column}")
        if column in DATES or column == "birth_year":
            typed = own if own and whole else None
            parsed, wrong = parsed_date(
                column, text, typed[1] if typed else "VARCHAR", _quoted(typed[0]) if typed else text, mapping, today
            )
            present = own is not None or column in mapping.constants
            columns.append(f"{parsed if present else f'NULL::{_TYPES[column]}'} AS {PARSED[column]}")
            columns.append(f"{wrong if present else 'false'} AS {column}_bad")
    bad = [f"{column}_bad" for column in (*DATES, "birth_year")]
    return f"SELECT *, {' OR '.join(bad)} AS dates_bad FROM (SELECT {', '.join(columns)} FROM ({source}))"


PARSED = {
    "birth_date": "birth_date_day", "birth_year": "birth_year_number", "exposed_from": "exposed_from_at",
    "exposed_to": "exposed_to_at",
}  # fmt: skip
_TYPES = {"birth_date": "DATE", "birth_year": "INTEGER", "exposed_from": "TIMESTAMPTZ", "exposed_to": "TIMESTAMPTZ"}


def _constant(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _part(text: str, column: str, mapping: Mapping) -> str:
    """The text of a column or, where the mapping splits it, its part of that text; nothing where there are fewer parts."""
    part = mapping.parts.get(column)
    return f"nullif(trim(split_part({text}, {_constant(part.at)}, {part.number})), '')" if part else text


def _subject(shape: _Shape, mapping: Mapping) -> str:
    _, own, kind = shape.columns[0]
    name = _quoted(own)
    if "subject_id" in mapping.parts:
        return _part(_text((own, kind)), "subject_id", mapping)
    if kind in ("FLOAT", "DOUBLE"):
        # Writers that keep missing numbers as floats turn 42 into 42.0, which is still customer 42.
        name = f"CASE WHEN isfinite({name}) THEN CASE WHEN {name} = trunc({name}) THEN {name}::HUGEINT::VARCHAR ELSE {name}::VARCHAR END END"
    elif kind != "VARCHAR":
        name = f"{name}::VARCHAR"
    # Trimming every id costs as much as counting it; few have a space at either end.
    return (
        f"CASE WHEN starts_with({name}, ' ') OR ends_with({name}, ' ') OR {name} = ''"
        f" THEN nullif(trim({name}), '') ELSE {name} END"
    )


def _text(own: tuple[str, str] | None) -> str:
    if own is None:
        return "NULL::VARCHAR"
    name, kind = _quoted(own[0]), own[1]
    if kind.endswith("[]"):
        return f"to_json({name})::VARCHAR"
    return name if kind == "VARCHAR" else f"{name}::VARCHAR"


def parsed_date(column: str, text: str, kind: str, raw: str, mapping: Mapping, today: str) -> tuple[str, str]:
    """The SQL of a parsed date, instant or year, and of whether a value is there that could not be read."""
    wanted = _TYPES[column]
    formats = mapping.dates.get(column)
    if column == "birth_year":
        value = f"TRY_CAST({raw} AS INTEGER)"
        value = f"CASE WHEN {value} BETWEEN {_OLDEST_YEAR} AND year({today}) THEN {value} END"
    elif kind == "VARCHAR" and formats:
        listed = ", ".join(_constant(each) for each in formats)
        value = f"try_strptime(trim({text}), [{listed}])::{wanted}"
    elif kind in ("DATE", "VARCHAR") or kind.startswith("TIMESTAMP"):
        value = f"TRY_CAST({raw} AS {wanted})"
    else:
        value = f"TRY_CAST({text} AS {wanted})"
    if column == "birth_date":
        value = f"CASE WHEN {value} BETWEEN DATE '{_OLDEST_YEAR}-01-01' AND {today} THEN {value} END"
    elif column != "birth_year" and kind == "VARCHAR":
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    there = f"trim({text}) <> ''" if kind == "VARCHAR" else f"{raw} IS NOT NULL"
    return value, f"coalesce({there} AND ({value}) IS NULL, false)"
