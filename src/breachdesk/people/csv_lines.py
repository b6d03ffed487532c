"""Reading a text file that is not clean: line by line, so that one bad line costs that line and no other.

The engine's own reader is much faster, but one quotation mark that is never closed can hide every line after it. A file in which
it finds anything odd, or fewer records than lines, is therefore gone through here, and a clean copy is given to the engine.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, AnyStr, TextIO

LONGEST_LINE = 1 << 19
"""Characters of a CSV record, at most: what the engine's own reader takes, however many bytes each of them has."""
_LONGEST_RECORD = 200
_CHUNK = 1 << 20
_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Unparseable:
    """A line that is no record: its number in the file, its text (cut at 2000 characters), and why."""

    line: int
    text: str
    reason: str


def count_lines(path: Path) -> int:
    """The lines of a file, without empty ones at its end."""
    lines, last = 0, b""
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            lines += chunk.count(b"\n")
            last = (last + chunk)[-4096:]
    body = last.rstrip(b"\r\n")
    return lines - last[len(body) :].count(b"\n") + 1 if body else 0


def short_lines(stream: IO[AnyStr], longest: int) -> Iterator[tuple[AnyStr, bool]]:
    """The lines of a stream, each with whether it is whole: of a line longer than `longest` only so much is kept in memory."""
    while line := stream.readline(longest):
        newline = "\n" if isinstance(line, str) else b"\n"
        whole = len(line) < longest or line.endswith(newline)
        rest = line
        while rest and not rest.endswith(newline):
            rest = stream.readline(longest)
        yield line, whole


def write_clean(path: Path, out: Path, *, delimiter: str, encoding: str) -> tuple[int, list[Unparseable]]:
    """Copies the records of a CSV file, each with the number of the line it begins in as one more field.

    Gives the number of records, without the header, and the lines left out. The copy is UTF-8 with one kind of line end.
    """
    csv.field_size_limit(1 << 24)
    with (
        path.open("r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="\n") as source,
        out.open("w", encoding="utf-8", newline="") as copy,
    ):
        return _Copier(source, copy, delimiter).run()


class _Copier:
    def __init__(self, source: TextIO, copy: TextIO, delimiter: str) -> None:
        self.lines = _Ahead(source)
        self.copy, self.delimiter = copy, delimiter
        self.writer = csv.writer(copy, delimiter=delimiter, lineterminator="\n")
        self.records = -1
        self.width = 0
        self.broken: list[Unparseable] = []

    def run(self) -> tuple[int, list[Unparseable]]:
        while (line := self.lines.take()) is not None:
            text = line[0].rstrip("\r\n")
            if not line[1]:
                self.broken.append(Unparseable(self.lines.number, text[:_KEPT], f"longer than {LONGEST_LINE} characters"))
            elif text:
                self.one(text, self.lines.number)
        return max(self.records, 0), self.broken

    def one(self, text: str, number: int) -> None:
        """Copies the record that begins with this line, or notes why there is none."""
        plain = '"' not in text and "\r" not in text
        fields = text.split(self.delimiter) if plain else self.quoted(text)
        if isinstance(fields, str):
            self.broken.append(Unparseable(number, text[:_KEPT], fields))
        elif self.width and len(fields) != self.width:
            few = "fewer" if len(fields) < self.width else "more"
            self.broken.append(Unparseable(number, text[:_KEPT], f"{few} fields than the header has columns"))
        else:
            self.width = self.width or len(fields)
            self.records += 1
            if plain:
                self.copy.write(f"{text}{self.delimiter}{number}\n")
            else:
                self.writer.writerow([*fields, number])

    def quoted(self, text: str) -> list[str] | str:
        """The fields of a record with quotation marks, over as many lines as it takes; or why they are none."""
        fields = self.parse(text)
        if fields is not None:
            return fields
        # A record that goes on below has an odd number of marks so far, and ends where they become even.
        whole, taken = text, 0
        if text.count('"') % 2:
            for line, complete in self.lines.peek(_LONGEST_RECORD):
                if not complete or len(whole) + len(line) > LONGEST_LINE:
                    break
                whole, taken = f"{whole}\n{line.rstrip(chr(10))}", taken + 1
                if line.count('"') % 2:
                    fields = self.parse(whole.rstrip("\r"))
                    if fields is not None and (not self.width or len(fields) == self.width):
                        self.lines.skip(taken)
                        return fields
                    break
        return "a quotation mark that is not closed or not doubled"

    def parse(self, text: str) -> list[str] | None:
        try:
            records = list(csv.reader(text.splitlines(keepends=True), delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None
        return records[0] if len(records) == 1 else None


class _Ahead:
    """Lines, each with whether it is whole, and a look ahead; `number` is that of the line taken last."""

    def __init__(self, source: TextIO) -> None:
        self.source, self.number = short_lines(source, LONGEST_LINE), 0
        self.waiting: deque[tuple[str, bool]] = deque()

    def take(self) -> tuple[str, bool] | None:
        line = self.waiting.popleft() if self.waiting else next(self.source, None)
        self.number += line is not None
        return line

    def peek(self, most: int) -> Iterator[tuple[str, bool]]:
        for i in range(most):
            if i == len(self.waiting):
                line = next(self.source, None)
                if line is None:
                    return
                self.waiting.append(line)
            yield self.waiting[i]

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            self.take()
