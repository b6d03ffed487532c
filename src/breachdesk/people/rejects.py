"""The rejects file: each row that was left out, and each value that was read as unknown, with its reason."""

from __future__ import annotations

import csv
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from breachdesk.domain.errors import InvalidInput
from breachdesk.people.columns import DATES, DIMENSIONS, WITHIN
from breachdesk.people.csv_lines import Unparseable
from breachdesk.people.engine import Engine
from breachdesk.people.inputs import RecordFile
from breachdesk.people.intake import Intake

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
    engine: Engine, files: Sequence[RecordFile], intake: Intake, rows: str, flagged: frozenset[str], where: str, out: Path
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
            for row in _rejects(engine, files, intake, rows, flagged, where):
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
    engine: Engine, files: Sequence[RecordFile], intake: Intake, rows: str, flagged: frozenset[str], where: str
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
    broken: dict[int, list[Unparseable]] = {}
    for number, each in intake.unparseable:
        broken.setdefault(number, []).append(each)
    for number, file in enumerate(files):
        own = f"SELECT row_no::BIGINT, field, value, reason FROM ({found}) WHERE file_no = $file ORDER BY 1, 2"
        cursor = engine.run(own, file=number)
        lines = deque(broken.get(number, ()))
        while batch := cursor.fetchmany(_BATCH):
            for row, column, value, reason in batch:
                while lines and lines[0].line < row:
                    yield _line(file, lines.popleft())
                yield file.shown, row, column, (value or "").replace(WITHIN, ", "), reason or _NOBODY[file.kind]
        while lines:
            yield _line(file, lines.popleft())


def _line(file: RecordFile, found: Unparseable) -> tuple[str, int, str, str, str]:
    return file.shown, found.line, "", found.text, f"{found.reason}; the line cannot be read"
