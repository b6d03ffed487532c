"""The log of what could not be verified says what the rules say: no rule is missing from it, none stands there that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from breachdesk.domain.rules import Rulebook

LOG = Path(__file__).resolve().parents[2] / "docs/law/disagreements"


def named() -> Iterator[tuple[str, str, str]]:
    """(page, instrument, key or nothing) of each rule in a table of what is not verified; `#key` continues the instrument before it."""
    for page in sorted(LOG.glob("*.md")):
        for part in page.read_text("utf-8").split("## Not verified")[1:]:
            instrument = ""
            for line in re.split(r"^(?:## |Verified)", part, flags=re.MULTILINE)[0].splitlines():
                for word in re.findall(r"`([^`]+)`", line.split("|")[1]) if line.startswith("| ") else ():
                    first, _, key = word.partition("#")
                    instrument = first or instrument
                    if "/" in instrument:
                        yield page.name, instrument, key


def test_the_log_names_the_rules_that_are_not_verified(book: Rulebook) -> None:
    """Whoever reads a text takes the rule out of the log; whoever marks a rule puts it in."""
    open_keys = {
        i.id: {d.key for d in i.duty if not all(v.verified and not v.pending for v in d.version)} for i in book.instruments
    }
    marked = {i.id for i in book.instruments if not all(v.verified for d in i.duty for v in d.version)}
    rows = list(named())
    read = [(page, id, key) for page, id, key in rows if not open_keys.get(id) or (key and key not in open_keys[id])]
    assert not read, f"these were read, or are no rules: {read}"
    missing = sorted(marked - {id for _, id, _ in rows})
    assert not missing, f"not verified, and not in docs/law/disagreements: {missing}"
