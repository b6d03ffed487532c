"""What a conformance check of an engine found."""

from __future__ import annotations

from breachdesk.domain.values import Instant, Value


class Conformance(Value):
    """One check: of which engine (the URL without a password) and version, when, over how many rows (and their digest), and
    whether it agreed with the built-in engine in every figure; `differences` says where it did not."""

    engine: str
    scheme: str
    url: str
    version: str
    at: Instant
    rows: int
    records: str
    agrees: bool
    differences: tuple[str, ...] = ()
