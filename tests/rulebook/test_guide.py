"""The rule author's guide lists the vocabulary, and nothing but the vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

from breachdesk.domain.rules import (
    Citation,
    Combination,
    CreditMonitoring,
    Duty,
    FurtherLimit,
    Instrument,
    Threshold,
    Trigger,
    Version,
)
from breachdesk.domain.values import Value

GUIDE = Path(__file__).parents[2] / "docs" / "law" / "rules.md"
TABLES: dict[str, type[Value]] = {
    "the file": Instrument, "`[[duty]]`": Duty, "`[[duty.version]]`": Version, "`[[duty.version.when]]`": Trigger,
    "`elements = [{…}]`": Combination, "`threshold = {…}`": Threshold, "`also = [{…}]`": FurtherLimit,
    "`credit_monitoring = {…}`": CreditMonitoring, "`[[….citation]]`": Citation,
}  # fmt: skip


def test_the_guide_lists_every_key_and_no_other() -> None:
    """Each table of the guide names exactly the keys that the loader takes."""
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    listed = {table: set(re.findall(r"`(\w+)`", keys.replace("`shared`", ""))) for table, keys in rows if table in TABLES}
    takes = {
        table: {field.alias or name for name, field in kind.model_fields.items()} for table, kind in TABLES.items()
    }  # fmt: skip
    assert listed == takes
