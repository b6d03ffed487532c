"""Standard output has one mouth: answers as one JSON object, or as lines for people.

What is printed for people begins with the word LIVE or EXERCISE. On a terminal items stand in columns; in plain output each item is
one line, label before value, so that a screen reader, `grep` and a printer get the same as everybody else. What only some answers
need is imported where it is needed: this module is part of every start.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

Pair = tuple[str, str]
"""A label and its value; an empty label lets the value speak for itself, an empty value is left out."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]")
_COLOURS = {"!! ": "red", "! ": "yellow", "NOT COVERED": "red"}


def harmless(text: str) -> str:
    """Text without the control characters by which a file name or a title could drive a terminal, or turn the words of a line round."""
    return _CONTROLS.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def line(text: str = "") -> None:
    """One line at once, outside any desk's answer: what long commands say as they go."""
    sys.stdout.write(harmless(text) + "\n")
    sys.stdout.flush()


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


class Output:
    """Writes answers. `plain`: line by line; `color`: state words may be coloured; `banner`: LIVE or EXERCISE, once a desk is open."""

    def __init__(self) -> None:
        self.plain = True
        self.color = False
        self.banner = ""
        self._bannered = False

    def answer(self, schema: str, body: Mapping[str, Any]) -> None:
        """One JSON object with `schema` and `version`, and nothing else, on standard output."""
        self.raw_json({"schema": f"breachdesk/{schema}", "version": 1, **body})

    def raw_json(self, whole: Mapping[str, Any]) -> None:
        """One JSON object that brings its own `schema` and `version`."""
        import json

        ascii_only = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"
        self._write(json.dumps(whole, ensure_ascii=ascii_only, indent=2) + "\n")

    def raw(self, text: str) -> None:
        """A document as it is (HTML, TOML, a completion script)."""
        self._write(text if text.endswith("\n") else text + "\n")

    def line(self, text: str = "") -> None:
        """One line for a person (or several, when the text has several)."""
        if self.banner and not self._bannered:
            self._bannered = True
            self._write(self._styled(self.banner) + "\n")
        self._write(self._styled(harmless(text)) + "\n")

    def heading(self, text: str) -> None:
        """A heading, with air above it on a terminal."""
        if not self.plain:
            self.line()
        self.line(text)

    def items(self, rows: Iterable[Sequence[Pair]], *, lead: int = 3) -> None:
        """Items, one a line. On a terminal the first `lead` pairs stand in columns and the rest below them."""
        kept = [[(label, harmless(" ".join(value.split()))) for label, value in row] for row in rows]
        if self.plain:
            for row in kept:
                self.line("; ".join(f"{label}: {value}" if label else value for label, value in row if value))
            return
        widths = [max((_width(row[n][1]) for row in kept if n < len(row)), default=0) for n in range(lead)]
        for row in kept:
            self._columns(row, widths, lead)

    def _columns(self, row: Sequence[Pair], widths: Sequence[int], lead: int) -> None:
        import shutil

        room = shutil.get_terminal_size((80, 24)).columns
        first = "  ".join(v + " " * (w - _width(v)) for (_, v), w in zip(row[:lead], widths, strict=False)).rstrip()
        rest = [f"{label} {value}".strip() if label else value for label, value in row[lead:] if value]
        self.line(first)
        line = ""
        for part in rest:
            if line and _width(line) + _width(part) + 7 > room:
                self.line("    " + line)
                line = part
            else:
                line = f"{line} · {part}" if line else part
        if line:
            self.line("    " + line)

    def _styled(self, text: str) -> str:
        if not self.color:
            return text
        for start, colour in _COLOURS.items():
            if text.lstrip().startswith(start):
                return click.style(text, fg=colour, bold=True)
        return text

    def _write(self, text: str) -> None:
        stream = sys.stdout
        try:
            stream.write(text)
        except UnicodeEncodeError:  # a terminal that is not UTF-8 still gets every ASCII character
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def close(self) -> None:
        """Hand over what is still in the buffer. Raises BrokenPipeError when the reader has gone."""
        sys.stdout.flush()
