"""Where data lay against where they should: what law or the organisation's own policy says of residents' data, as findings.

Rules are data. The shipped ones stand in `data/localization.toml`, each with its source and the day it was read; a mapping names the
organisation's own file (`[localization] policy = "policy.toml"`), in the same form but for `url`, `read` and `read_on`. A finding
says how many people of a place have a row elsewhere, or in a place nobody knows; whether the law applied is for a person to decide.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import EEA, UNKNOWN, country, known, within
from breachdesk.domain.tally import Finding
from breachdesk.domain.vocabulary import check_element
from breachdesk.people.dictionary import WORD, Dictionary
from breachdesk.people.engine import Engine
from breachdesk.people.texts import read_text

_KEYS = {"id", "residence", "kind", "allowed", "data", "text", "condition", "url", "read", "read_on"}
_KINDS = ("localization", "transfer")


@dataclass(frozen=True)
class StayRule:
    """Data of people living in `residence` (of those who hold one of `data`, if any is named) lie in one of `allowed` only."""

    id: str
    residence: str
    kind: str
    allowed: tuple[str, ...]
    data: tuple[str, ...]
    sentence: str


def shipped_rules() -> tuple[StayRule, ...]:
    """The rules of law that come with the program."""
    source = Path(__file__).with_name("data") / "localization.toml"
    return read_rules(source.read_text(encoding="utf-8"), "localization.toml", cited=True)


def policy_rules(file: Path | None) -> tuple[StayRule, ...]:
    """The organisation's own rules; none for None. Raises NotFound, or InvalidInput naming file, rule and key."""
    if file is None:
        return ()
    return read_rules(read_text(file, "policy file"), str(file), cited=False)


def read_rules(text: str, file: str, *, cited: bool) -> tuple[StayRule, ...]:
    """The `[[rule]]` tables of a file; `cited` asks for `url`, `read` and `read_on` too. Raises InvalidInput."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput(f"is not TOML: {problem}", file=file) from None
    rules = body.get("rule")
    if set(body) != {"rule"} or not isinstance(rules, list):
        raise InvalidInput("holds [[rule]] tables and nothing else", file=file)
    return tuple(_rule(rule, file, n, cited=cited) for n, rule in enumerate(rules, 1))


def _rule(rule: dict[str, Any], file: str, n: int, *, cited: bool) -> StayRule:
    def wrong(key: str, problem: str) -> InvalidInput:
        return InvalidInput(problem, file=file, where=f"rule {n}", key=key)

    for key in rule:
        if key not in _KEYS:
            raise wrong(key, f"is not a key of a rule; use {', '.join(sorted(_KEYS))}")
    for key in ("id", "residence", "kind", "text", *(("url", "read") if cited else ())):
        if not isinstance(rule.get(key), str) or not rule[key]:
            raise wrong(key, "must be there, a text in quotes")
    if cited and "read_on" not in rule:
        raise wrong("read_on", "must be there: the day the source was read")
    if rule["kind"] not in _KINDS:
        raise wrong("kind", f"must be one of {', '.join(_KINDS)}")
    allowed = rule.get("allowed")
    if not isinstance(allowed, list) or not allowed:
        raise wrong("allowed", 'must be a list of countries, e.g. ["DE"], or ["EU"]')
    for key, codes in (("residence", [rule["residence"]]), ("allowed", allowed)):
        for code in codes:
            if not isinstance(code, str) or not (known(code) or code == "EU"):
                raise wrong(key, f"{code!r} is not a place: use ISO 3166 codes such as DE or US-CA, or EU")
    data = rule.get("data", [])
    try:
        elements = tuple(check_element(word) for word in data)
    except (ValueError, TypeError) as problem:
        raise wrong("data", str(problem)) from None
    condition = f" ({rule['condition']})" if rule.get("condition") else ""
    return StayRule(rule["id"], rule["residence"], rule["kind"], tuple(allowed), elements, f"{rule['text']}{condition}")


def findings(duck: Engine, dictionary: Dictionary, rules: Sequence[StayRule], *, storage_known: bool) -> tuple[Finding, ...]:
    """What the profiles show against the rules, in the order of the rules; then data of people of the EEA kept outside it, by country;
    then people with a row kept nobody knows where (when the records have a column for it at all)."""
    found: list[Finding] = []
    stored = dictionary.codes["storage_region"].numbers
    for rule in rules:
        residents = [code for code in dictionary.codes["residence"].numbers if within(code, rule.residence)]
        holds = f"{_any(dictionary, 'residence', residents)} AND {_any(dictionary, 'data', rule.data) if rule.data else 'true'}"
        for place in sorted(stored):
            if place != UNKNOWN and any(within(place, allowed) for allowed in rule.allowed):
                continue
            people = _people(duck, f"{holds} AND {_any(dictionary, 'storage_region', [place])}") if residents else 0
            if people:
                kind = "storage-unknown" if place == UNKNOWN else rule.kind
                found.append(Finding(kind=kind, residence=rule.residence, stored_in=place, subjects=people, rule=rule.sentence))
    europeans = [code for code in dictionary.codes["residence"].numbers if country(code) in EEA]
    for place in sorted(stored):
        if europeans and place != UNKNOWN and country(place) not in EEA:
            people = _people(duck, f"{_any(dictionary, 'residence', europeans)} AND {_any(dictionary, 'storage_region', [place])}")
            if people:
                found.append(Finding(kind="transfer", residence="EU", stored_in=place, subjects=people,
                                     rule="people of the EEA with a row kept outside it: name the basis of the transfer"))  # fmt: skip
    if storage_known and (people := _people(duck, _any(dictionary, "storage_region", [UNKNOWN]))):
        found.append(Finding(kind="storage-unknown", stored_in=UNKNOWN, subjects=people, rule="nobody knows where a row of theirs was kept"))
    return tuple(found)


def _any(dictionary: Dictionary, column: str, codes: Sequence[str]) -> str:
    """SQL: whether a profile carries one of the codes."""
    words = dictionary.words(column)
    masks = [0] * len(words)
    for code in codes:
        number = dictionary.codes[column].numbers.get(code)
        if number is not None:
            masks[number // WORD] |= 1 << number % WORD
    tests = [f"({word} & {mask}::UBIGINT) <> 0" for word, mask in zip(words, masks, strict=True) if mask]
    return f"({' OR '.join(tests)})" if tests else "false"


def _people(duck: Engine, where: str) -> int:
    return int(duck.rows(f"SELECT coalesce(sum(people), 0) FROM profile WHERE NOT nobody AND {where}")[0][0])
