"""The rejects file: each row that was left out, and each value that was read as unknown, with its reason."""

from __future__ import annotations

import bisect
import csv
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from breachdesk.domain.errors import InvalidInput
from breachdesk.people.columns import DATES, DIMENSIONS
from breachdesk.people.engine import Engine
from breachdesk.people.inputs import RecordFile
from breachdesk.people.intake import Intake
from breachdesk.people.mapping import Mapping

HEADER = ("file", "row", "column", "value", "reason")
_BATCH = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_REASONS = {
    "birth_date": "is not a date, or not one between 1850 and the day of the count; read as unknown",
    "birth_year": "is not a year between 1850 and the year of the count; read as unknown",
    "exposed_from": "is not a date or an instant such as 2026-03-02T09:15:00+01:00; read as unknown",
    "exposed_to": "is not a date or an instant such as 2026-03-02T09:15:00+01:00; read as unknown",
}
_NOBODY = {
    "jsonl": "there is no subject_id, or the line is not a JSON object; the row cannot be tied to a person",
    "csv": "there is no subject_id; the row cannot be tied to a person",
    "parquet": "there is no subject_id; the row cannot be tied to a person",
}


def write_rejects(
    engine: Engine, files: Sequence[RecordFile], intake: Intake, rows: str, flagged: frozenset[str], where: str, mapping: Mapping, out: Path
) -> None:
    """Writes the rejects file, whole or not at all. Raises InvalidInput when it cannot be written."""
    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=out.parent, prefix=".rejects-", delete=False, encoding="utf-8", newline=""
        ) as stream:
            part = Path(stream.name)
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            for row in _rejects(engine, files, intake, rows, flagged, where, mapping):
                writer.writerow([harmless(str(cell)) for cell in row])
        part.replace(out)
    except OSError as problem:
        raise InvalidInput(f"cannot be written: {problem.strerror or problem}", file=str(out), key="rejects") from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def harmless(cell: str) -> str:
    """The cell with an apostrophe before anything a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rejects(
    engine: Engine, files: Sequence[RecordFile], intake: Intake, rows: str, flagged: frozenset[str], where: str, mapping: Mapping
) -> Iterator[tuple[str, int, str, str, str]]:
    problems = [
        f"CASE WHEN {column}_reason <> '' THEN {{'field': '{column}', 'value': {column}, 'reason': {column}_reason}} END"
        for column in DIMENSIONS
        if column in flagged
    ] + [
        f"CASE WHEN {column}_bad THEN {{'field': '{column}', 'value': {column}, 'reason': '{_REASONS[column]}'}} END"
        for column in (*DATES, "birth_year")
    ]
    nobody = "{'field': 'subject_id', 'value': '', 'reason': ''}"
    found = (
        f"SELECT file_no, row_no, p.field, p.value, p.reason FROM (SELECT file_no, row_no, unnest(CASE WHEN subject_id IS NULL"
        f" THEN [{nobody}] ELSE list_filter([{', '.join(problems)}], lambda x: x IS NOT NULL) END) AS p"
        f" FROM ({rows}) WHERE (bad OR subject_id IS NULL){f' AND {where}' if where else ''})"
    )
    for number, file in enumerate(files):
        if file.kind == "csv":
            broken = _broken_lines(engine, number, file)
            numbers = _csv_lines(file, intake, number, [line for line, _, _ in broken], mapping)
        else:
            broken, numbers = [], _Shifted([])
        first = engine.rows("SELECT min(rowid) FROM intake WHERE file_no = $file", file=number)[0][0] if file.kind != "parquet" else 0
        own = f"SELECT row_no::BIGINT AS row_no, field, value, reason FROM ({found}) WHERE file_no = $file"
        cursor = engine.run(f"{own} ORDER BY row_no, field", file=number)
        waiting = iter(broken)
        next_broken = next(waiting, None)
        while batch := cursor.fetchmany(_BATCH):
            for row_no, column, value, reason in batch:
                line = numbers.line(row_no - (first or 0))
                while next_broken is not None and next_broken[0] < line:
                    yield file.shown, next_broken[0], "", next_broken[1], next_broken[2]
                    next_broken = next(waiting, None)
                yield file.shown, line, column, value or "", reason or _NOBODY[file.kind]
        while next_broken is not None:
            yield file.shown, next_broken[0], "", next_broken[1], next_broken[2]
            next_broken = next(waiting, None)


def _broken_lines(engine: Engine, number: int, file: RecordFile) -> list[tuple[int, str, str]]:
    """The unparseable lines of a CSV file: (line of the file, text, reason), in order."""
    found = engine.rows(
        "SELECT position::BIGINT, value, reason FROM unparseable WHERE file_no = $file ORDER BY position", file=number
    )
    if not found:
        return []
    lines, line, at, index = [], 1, 0, 0
    with file.path.open("rb") as stream:
        for text in stream:
            at += len(text)
            while index < len(found) and found[index][0] < at:
                value = found[index][1] or ""
                # The engine keeps empty lines before a record as part of it.
                lines.append((line + len(value) - len(value.lstrip("\r\n")), value.strip("\r\n"), found[index][2]))
                index += 1
            line += 1
    return lines


class _Shifted:
    """Lines of records that each fill one line: the record's number, moved down by the lines left out above it."""

    def __init__(self, broken: Sequence[int], header: int = 0) -> None:
        self.header = header
        self.above = [line - 1 - i for i, line in enumerate(broken)]

    def line(self, record: int) -> int:
        good = record + self.header
        return good + bisect.bisect_left(self.above, good)


class _Scanned:
    """Lines of records when some span several or stand between empty ones: found by reading along, in rising order."""

    def __init__(self, records: Iterator[int]) -> None:
        self.records, self.record, self.found = records, 0, 0

    def line(self, record: int) -> int:
        while self.record < record:
            self.record += 1
            self.found = next(self.records, self.found)
        return self.found


def _csv_lines(
    file: RecordFile, intake: Intake, number: int, broken: Sequence[int], mapping: Mapping
) -> _Shifted | _Scanned:
    with file.path.open("rb") as stream:
        lines = sum(1 for _ in stream)
    if lines == 1 + intake.rows[number]:
        return _Shifted(broken, header=1)
    return _Scanned(_record_starts(file, intake.delimiters[number], frozenset(broken), mapping))


def _record_starts(file: RecordFile, delimiter: str, broken: frozenset[int], mapping: Mapping) -> Iterator[int]:
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    with file.path.open("r", encoding=encoding, errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        start, header = 1, True
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                fields = []
            if fields and start not in broken:
                if not header:
                    yield start
                header = False
            start = reader.line_num + 1
