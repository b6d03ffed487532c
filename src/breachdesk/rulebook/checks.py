"""`python -m breachdesk.rulebook.checks [FOLDER]`: loads the rulebook and prints what does not fit, or what there is."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.rules import Rulebook
from breachdesk.rulebook.files import load


def unread(book: Rulebook) -> tuple[str, ...]:
    """Rules with a version nobody has read at its source, with what to read."""
    return tuple(
        f"{rule.id} (from {version.in_force_from}): {version.to_read}"
        for rule in book.rules()
        for version in rule.duty.version
        if not version.verified
    )


def main(arguments: list[str]) -> int:
    """Print the state of a rulebook folder; 5 when it does not load."""
    folder = Path(arguments[0]) if arguments else None
    try:
        book = load(folder, today=date.max)
    except InvalidInput as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    rules = list(book.rules())
    sys.stdout.write(f"{len(book.instruments)} instruments, {len(rules)} rules, {len(book.authorities)} authorities\n")
    for line in unread(book):
        sys.stdout.write(f"not verified: {line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
