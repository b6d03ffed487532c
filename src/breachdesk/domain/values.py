"""What every value of the domain has in common: it is frozen, refuses unknown keys, and its instants are aware UTC."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

__all__ = ["Instant", "Value", "canonical_json", "digest_of", "iso", "utc"]


def utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive time (a time without a zone is not an instant), and for years no
    incident has, from which no clock could be counted."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a time needs its offset, e.g. 2026-03-02T09:15:00+01:00")
    if not 1900 <= moment.year <= 9000:
        raise ValueError("the year must lie between 1900 and 9000")
    return moment.astimezone(UTC)


def _no_number(written: Any) -> Any:
    # pydantic would take a number, bare or in quotes, for seconds since 1970.
    if isinstance(written, (int, float)) or (isinstance(written, str) and re.fullmatch(r"\s*[+-]?[\d_.]+\s*", written)):
        raise ValueError("a number is no instant: write e.g. 2026-03-02T09:15:00+01:00")
    return written


Instant = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(utc)]
"""An aware instant, kept in UTC."""


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False, defer_build=True)


def iso(moment: datetime) -> str:
    """An instant as ISO 8601 with `Z` for UTC, or with its own offset otherwise; seconds, or microseconds when there are any."""
    text = moment.isoformat()
    return text[: -len("+00:00")] + "Z" if text.endswith("+00:00") else text


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, UTF-8 kept. What digests are taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def digest_of(value: Any) -> str:
    """`sha256:` and the hex digest of a value's canonical JSON, or of a string or bytes as they are."""
    data = value if isinstance(value, bytes) else (value if isinstance(value, str) else canonical_json(value)).encode()
    return "sha256:" + hashlib.sha256(data).hexdigest()
