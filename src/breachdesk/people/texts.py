"""A text file that a person named: its text, or one sentence that says why there is none."""

from __future__ import annotations

from pathlib import Path

from breachdesk.domain.errors import InvalidInput, NotFound


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark. Raises NotFound saying `what` is missing, or InvalidInput."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no such {what}") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput(f"cannot be read as a UTF-8 text file: {problem}", file=str(path)) from None
