"""Counting people: record files in, distinct people out. DuckDB is imported when counting begins, and only here;
Ibis, an extra, when an engine is named."""

from __future__ import annotations

from breachdesk.people.counting import count
from breachdesk.people.inputs import digests
from breachdesk.people.recipients import recipients

__all__ = ["count", "digests", "recipients"]
