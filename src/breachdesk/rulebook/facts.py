"""Reads a facts file (`contract.md` section 3): what is known of a breach, as an assessment takes it."""

from __future__ import annotations

import re
from pathlib import Path

import tomli
from pydantic import ValidationError

from breachdesk.domain.circumstances import Affected, Circumstances
from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.rulebook.files import key_of

_NAIVE = "needs its offset"


def read_facts(path: Path) -> Circumstances:
    """The circumstances a facts file states. Raises NotFound, and InvalidInput naming file, line, key and what to write."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no such file") from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError:
        raise InvalidInput("is not UTF-8 text", file=str(path)) from None
    try:
        body = tomli.loads(text)
    except (tomli.TOMLDecodeError, ValueError) as error:
        message, where = _split(str(error))
        raise InvalidInput(f"is not TOML: {message}{_impossible_date(text, where)}", file=str(path), where=where) from None
    try:
        return Circumstances.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        names = [part for part in first["loc"] if isinstance(part, str) and part != "[key]"]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            table, known = ("[[affected]]", Affected) if names[:1] == ["affected"] else ("a facts file", Circumstances)
            message = f"is not a key of {table}; there are {', '.join(sorted(known.model_fields))}"
        elif first["type"] == "tuple_type":
            row = names == ["affected"]
            message = "is a table for each place: write [[affected]] on its own line" if row else 'is a list: write ["…", "…"]'
        elif "[key]" in first["loc"]:
            message = "is not an event of the timeline: " + message.removeprefix("Input should be ")
        elif names[:1] == ["timeline"] and first["type"].startswith("datetime"):
            message = f"is not an instant with an offset, e.g. 2026-03-02T09:15:00+01:00 ({message})"
        line = _line(text, first["loc"])
        raise InvalidInput(message, file=str(path), where=line, key=key_of(p for p in first["loc"] if p != "[key]")) from None


def _split(message: str) -> tuple[str, str]:
    match = re.search(r"\s*\(at line (\d+), column \d+\)$", message)
    return (message[: match.start()], f"line {match[1]}") if match else (message, "")


def _impossible_date(text: str, where: str) -> str:
    lines = text.splitlines()
    number = int(where.removeprefix("line ")) if where else 0
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    return f" (is {line.split('=')[-1].strip()} a real date?)" if re.search(r"\d{4}-\d{2}-\d{2}", line) else ""


def _line(text: str, location: tuple[int | str, ...]) -> str:
    """The line where the last named key of a place stands: the n-th `[[table]]` is counted for lists of tables."""
    names = [part for part in location if isinstance(part, str) and part != "[key]"]
    index = next((part for part in location if isinstance(part, int)), None)
    lines = text.splitlines()
    start = 0
    if names[:1] == ["affected"] and index is not None:
        heads = [n for n, line in enumerate(lines) if line.strip().startswith("[[affected]]")]
        start = heads[index] if index < len(heads) else 0
    elif names[:1] == ["timeline"]:
        start = next((n for n, line in enumerate(lines) if line.strip().startswith("[timeline]")), 0)
    for n, line in enumerate(lines[start:], start + 1):
        if names and re.match(rf"\s*\"?{re.escape(names[-1])}\"?\s*=", line):
            return f"line {n}"
    return f"line {start + 1}" if start else ""
