"""Where in a TOML file a key stands, so that an error can name the line.

The parser keeps no lines. This reads the text once more for table headers and keys, and nothing else: a key within an
inline table or an array has the line of the key that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*(\]\]?)\s*(#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_WORD = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


class Lines:
    """The lines of a TOML text, from 1. Positions in arrays count from 0, as the parsed file counts them."""

    def __init__(self, text: str) -> None:
        self._at: dict[Path, int] = {}
        self._read(text)

    def of(self, path: Sequence[str | int]) -> int:
        """The line of a key, or of the nearest table or key that holds it; 0 when nothing does."""
        for end in range(len(path), 0, -1):
            line = self._at.get(tuple(path[:end]))
            if line is not None:
                return line
        return 0

    def _read(self, text: str) -> None:
        table: Path = ()
        rows: dict[Path, int] = {}
        within = ""
        depth = 0
        for number, line in enumerate(text.splitlines(), 1):
            if within:
                within, depth = _after(line, within, depth)
                continue
            if depth == 0 and (header := _HEADER.match(line)):
                table = self._table(_words(header[2]), header[1] == "[[", rows)
                self._at.setdefault(table, number)
                continue
            if depth == 0 and (key := _KEY.match(line)):
                words = _words(key[1])
                for end in range(1, len(words) + 1):
                    self._at.setdefault((*table, *words[:end]), number)
                line = line[key.end() :]
            within, depth = _after(line, "", depth)

    @staticmethod
    def _table(words: Iterable[str], array: bool, rows: dict[Path, int]) -> Path:
        parts = list(words)
        path: Path = ()
        for n, word in enumerate(parts):
            path = (*path, word)
            if array and n == len(parts) - 1:
                rows[path] = rows.get(path, -1) + 1
                for inner in [p for p in rows if len(p) > len(path) and p[: len(path)] == path and p[len(path)] == rows[path]]:
                    del rows[inner]
            if path in rows:
                path = (*path, rows[path])
        return path


def _words(text: str) -> list[str]:
    return [word.strip("\"'") for word in _WORD.findall(text)]


def _after(line: str, within: str, depth: int) -> tuple[str, int]:
    """After a line: the quotes of a multi-line string that is still open, and how many brackets are."""
    position = 0
    while position < len(line):
        if within:
            end = line.find(within, position)
            if end < 0:
                return within, depth
            position, within = end + 3, ""
            continue
        three, one = line[position : position + 3], line[position]
        if three in ('"""', "'''"):
            within, position = three, position + 3
        elif one in "\"'":
            position = _end_of_string(line, position) + 1
        elif one == "#":
            break
        else:
            depth += (one in "[{") - (one in "]}")
            position += 1
    return within, max(0, depth)


def _end_of_string(line: str, start: int) -> int:
    quote, position = line[start], start + 1
    while position < len(line) and line[position] != quote:
        position += 2 if line[position] == "\\" and quote == '"' else 1
    return position
