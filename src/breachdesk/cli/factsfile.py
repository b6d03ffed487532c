"""A facts file (`contract.md` section 3) into facts of the register, and what is known back into a facts file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from breachdesk.cli.seat import BEYOND, reckons_with
from breachdesk.desk.parts import Desk
from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.values import iso

_KEYS = ("role", "sectors", "established", "breach", "access", "malicious", "key_taken", "harm")


def read_facts(desk: Desk, path: Path) -> Circumstances:
    """What a facts file states. Raises InvalidInput naming file, line and key; also for years no limit can be reckoned from."""
    try:
        known = desk.law.read_facts(path)
    except OverflowError:
        raise InvalidInput(BEYOND, file=str(path), key="timeline") from None
    for event, at in known.timeline.items():
        if not reckons_with(at):
            raise InvalidInput(BEYOND, file=str(path), key=f"timeline.{event}")
    return known


def facts_of(known: Circumstances) -> dict[str, Any]:
    """The facts a facts file states, by key, in the JSON form of facts. Its affected rows become the estimate."""
    body = known.model_dump(mode="json")
    facts = {key: body[key] for key in _KEYS if body[key] is not None}
    facts.update({f"timeline.{event}": value for event, value in body["timeline"].items()})
    if body["affected"]:
        facts["affected_estimate"] = body["affected"]
    return facts


def as_toml(known: Circumstances, banner: str) -> str:
    """A facts file that states what is known; what is unknown is left out."""
    body = known.model_dump(exclude_none=True)
    lines = [f"# {banner}", f"title = {_toml(known.title)}"]
    lines += [f"{key} = {_toml(body[key])}" for key in (*_KEYS, "total") if key in body]
    lines += ["", "[timeline]", *(f"{event} = {_toml(at)}" for event, at in sorted(body["timeline"].items(), key=lambda i: i[1]))]
    for row in body["affected"]:
        lines += ["", "[[affected]]", *(f"{key} = {_toml(value)}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def spelled(value: Any) -> str:
    """A fact's value as a person reads it: lists by commas, yes and no, rows of an estimate as they are typed."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if "residence" in value and "count" in value:
            encrypted = value.get("encrypted")
            state = "" if encrypted is None else "encrypted" if encrypted else "clear"
            return " ".join(filter(None, (value["residence"], str(value["count"]), "+".join(value.get("data") or ()), state)))
        return ", ".join(f"{key} {spelled(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        rows = any(isinstance(part, Mapping) for part in value)
        return ("; " if rows else ", ").join(spelled(part) for part in value)
    return str(value)
