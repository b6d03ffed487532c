"""VERIS records become suspected facts, and nothing of them is lost in silence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breachdesk.domain.circumstances import Affected
from breachdesk.domain.errors import BreachdeskError, InvalidInput
from breachdesk.domain.incident import check_fact
from breachdesk.domain.veris import VerisImport, from_veris

RECORDS = {
    path.stem[:8]: json.loads(path.read_text("utf-8")) for path in sorted((Path(__file__).parent / "veris").glob("*.json"))
}
MINIMAL: dict[str, Any] = {
    "schema_version": "1.3.7",
    "summary": "A clerk mailed a list to the wrong customer.",
    "victim": {"country": ["DE"], "industry": "522110"},
    "action": {"error": {"variety": ["Misdelivery"], "vector": ["Carelessness"]}},
    "attribute": {
        "confidentiality": {
            "data_disclosure": "Yes",
            "data_total": 40,
            "data": [{"variety": "Bank", "amount": 40}],
            "state": ["Printed"],
            "data_victim": ["Customer"],
        }
    },
    "timeline": {"incident": {"year": 2026, "month": 3, "day": 2}, "discovery": {"unit": "Days", "value": 3}},
}


def facts(found: VerisImport) -> dict[str, Any]:
    return {key: value for key, value, _, _ in found.facts}


def why(found: VerisImport, path: str) -> str:
    return next(reason for leaf, _, reason in found.unmapped if leaf == path)


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for n, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{n}]")
    else:
        yield path


def changed(**parts: Any) -> dict[str, Any]:
    record = copy.deepcopy(MINIMAL)
    for path, value in parts.items():
        here = record
        *outer, last = path.split("__")
        for part in outer:
            here = here.setdefault(part, {})
        if value is ...:
            here.pop(last, None)
        else:
            here[last] = value
    return record


def test_there_are_ten_records() -> None:
    """The records this module rests on are there."""
    assert len(RECORDS) == 10


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_fact_is_suspected_and_fits_the_register(name: str) -> None:
    """Each fact of a real record is a value the facts register takes, marked suspected, with a note on how it was
    read."""
    found = from_veris(RECORDS[name])
    assert found.title
    assert len(found.title) <= 90
    for key, value, standing, note in found.facts:
        assert check_fact(key, value) is not None
        assert (standing, bool(note)) == ("suspected", True)
    assert len({key for key, *_ in found.facts}) == len(found.facts)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_no_leaf_is_lost_and_none_is_told_twice(name: str) -> None:
    """A leaf whose value is in no fact stands in the list of what was not mapped, once; `plus` has one line per key."""
    record = RECORDS[name]
    found = from_veris(record)
    told = [path for path, _, _ in found.unmapped]
    assert len(told) == len(set(told))
    assert {f"plus.{key}" for key in record["plus"]} <= set(told)
    said = json.dumps(found.facts, ensure_ascii=False)
    for leaf in leaves(record):
        if leaf.startswith("plus.") or leaf in told:
            continue
        value = record
        for part in leaf.replace("]", "").replace("[", ".").split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
        assert str(value).strip()[:20] in said or leaf in MAPPED_BY_MEANING or leaf.endswith(".variety"), leaf


MAPPED_BY_MEANING = {
    "attribute.confidentiality.data_disclosure", "attribute.confidentiality.data_victim[0]", "timeline.incident.year",
    "timeline.incident.month", "timeline.incident.day", "timeline.discovery.unit", "timeline.discovery.value", "victim.state",
}  # fmt: skip


def test_a_full_record_gives_what_the_desk_asks() -> None:
    """A clear record gives establishment, sector, kind, access, count of unknown residence and both instants."""
    found = facts(from_veris(MINIMAL))
    assert found["established"] == ["DE"]
    assert found["sectors"] == ["bank"]
    assert (found["breach"], found["access"], found["malicious"]) == (["confidentiality"], "acquired", False)
    assert found["categories_of_people"] == "customers"
    assert (found["timeline.occurred"], found["timeline.discovered"]) == ("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z")
    row = Affected.model_validate(found["affected_estimate"][0])
    assert (row.residence, row.count, row.encrypted) == ("unknown", 40, False)
    assert row.data == ("name", "financial-account", "financial-account-with-code")


def test_the_victims_country_is_never_the_peoples_residence() -> None:
    """A French organisation's incident has an estimate of unknown residence, and the import says why."""
    found = from_veris(RECORDS["01A00ECE"])
    assert facts(found)["established"] == ["FR"]
    assert [row["residence"] for row in facts(found)["affected_estimate"]] == ["unknown"]
    assert "never where the people live" in why(found, "(residence of the people)")


def test_a_class_that_names_no_elements_leaves_the_data_open() -> None:
    """`Personal` beside `Bank` leaves the estimate's data unknown: a guess at the elements could hide a duty."""
    found = from_veris(RECORDS["425BD921"])
    assert facts(found)["affected_estimate"][0]["data"] is None
    assert "financial-account" in facts(found)["x-veris-data"]
    assert "does not say whether names" in next(w for p, v, w in found.unmapped if v == "Personal")


@pytest.mark.parametrize(
    ("disclosure", "variety", "access"),
    [
        ("Yes", "Misdelivery", "acquired"),
        ("Potentially", "Loss", "lost"),
        ("Potentially", "Misdelivery", None),
        ("No", "Loss", None),
    ],
)
def test_only_confirmed_disclosure_is_acquisition(disclosure: str, variety: str, access: str | None) -> None:
    """`Yes` reads as acquired, a loss with open disclosure as lost, and anything nobody knows as no fact at all."""
    record = changed(attribute__confidentiality__data_disclosure=disclosure, action__error__variety=[variety])
    found = from_veris(record)
    assert facts(found).get("access") == access
    if access is None:
        assert "record" in why(found, "attribute.confidentiality.data_disclosure") or "a person decides" in why(
            found, "attribute.confidentiality.data_disclosure"
        )
    assert ("confidentiality" in facts(found).get("breach", [])) is (disclosure != "No")


@pytest.mark.parametrize(
    ("incident", "reason"),
    [
        ({"year": 2026}, "only the year is known"),
        ({"year": 2026, "month": 3}, "only the year and the month are known"),
        ({"year": 2026, "month": 2, "day": 30}, "2026-2-30 is not a day"),
    ],
)
def test_a_date_that_is_not_a_day_becomes_no_instant(incident: dict[str, int], reason: str) -> None:
    """Without a full and possible day there is no `timeline.occurred`, no discovery counted from it, and the reason is
    told."""
    found = from_veris(changed(timeline__incident=incident))
    assert "timeline.occurred" not in facts(found)
    assert "timeline.discovered" not in facts(found)
    assert why(found, "timeline.incident.year") == reason
    assert why(found, "timeline.discovery.unit") == "counted from an incident whose day is not known"


@pytest.mark.parametrize(
    ("discovery", "reason"),
    [
        ({"unit": "Hours"}, "some hours, VERIS does not say how many"),
        ({"unit": "Months", "value": 2}, "months have no fixed length, so no instant follows"),
        ({"unit": "Unknown"}, "VERIS does not say how long it took to notice"),
        ({"unit": "Weeks", "value": -1}, "some weeks, VERIS does not say how many"),
    ],
)
def test_discovery_is_dated_only_when_it_can_be_computed(discovery: dict[str, Any], reason: str) -> None:
    """A discovery without a number, or in units without a fixed length, becomes no instant and says so."""
    found = from_veris(changed(timeline__discovery=discovery))
    assert "timeline.discovered" not in facts(found)
    assert why(found, "timeline.discovery.unit") == reason


def test_states_known_to_the_desk_become_divisions() -> None:
    """Florida and Tokyo are placed as divisions; an unknown country becomes no fact."""
    assert facts(from_veris(RECORDS["0F2EFB3B"]))["established"] == ["US-FL"]
    assert facts(from_veris(RECORDS["476277c4"]))["established"][0].startswith("JP")
    unknown = from_veris(RECORDS["0fd698fb"])
    assert "established" not in facts(unknown)
    assert why(unknown, "victim.country[0]") == "VERIS says the country is unknown"


@pytest.mark.parametrize(
    ("states", "encrypted"),
    [(["Stored encrypted"], True), (["Stored unencrypted"], False), (["Stored"], None),
     (["Stored encrypted", "Transmitted unencrypted"], None)],
)  # fmt: skip
def test_only_a_plain_word_decides_encryption(states: list[str], encrypted: bool | None) -> None:
    """Encrypted and clear are taken from plain words; a mixture, or plain `Stored`, stays unknown."""
    found = from_veris(changed(attribute__confidentiality__state=states))
    assert facts(found)["affected_estimate"][0]["encrypted"] is encrypted


def test_data_that_is_not_about_people_gives_no_people() -> None:
    """Source code and internal papers make no estimate of people, and the import says so."""
    rows = [{"variety": "Source code", "amount": 9}, {"variety": "Internal"}]
    found = from_veris(changed(attribute__confidentiality__data=rows, attribute__confidentiality__data_total=9))
    assert "affected_estimate" not in facts(found)
    assert "not about people" in why(found, "(people affected)")


def test_misuse_is_malicious_only_with_a_motive() -> None:
    """Misuse for money is on purpose; misuse without a motive is left for a person."""
    misuse = {"misuse": {"variety": ["Privilege abuse"], "vector": ["LAN access"]}}
    greedy = from_veris(changed(action=misuse, actor={"internal": {"variety": ["End-user"], "motive": ["Financial"]}}))
    silent = from_veris(changed(action=misuse, actor={"internal": {"variety": ["End-user"], "motive": ["Unknown"]}}))
    assert facts(greedy)["malicious"] is True
    assert "malicious" not in facts(silent)


@pytest.mark.parametrize(
    ("record", "problem"),
    [([], "one JSON object"), ({"hello": 1}, "none of actor, action"), (changed(schema_version="1.2"), "VERIS 1.2 is not read")],
)
def test_what_is_no_veris_record_is_refused(record: Any, problem: str) -> None:
    """Something else than a VERIS 1.3 or 1.4 record is refused in one sentence."""
    with pytest.raises(InvalidInput, match=problem):
        from_veris(record)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 3000) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(
    path=st.sampled_from([
        "victim", "victim__country", "victim__state", "victim__industry", "action", "action__error", "attribute", "actor", "asset",
        "attribute__confidentiality", "attribute__confidentiality__data", "attribute__confidentiality__data_total", "plus",
        "attribute__confidentiality__state", "timeline", "timeline__incident", "timeline__discovery", "summary", "incident_id",
    ]),
    value=_JSON,
)  # fmt: skip
def test_a_damaged_record_is_read_as_far_as_it_goes(path: str, value: Any) -> None:
    """Whatever stands where something else should, the import answers with valid facts or an error of its own."""
    try:
        found = from_veris(changed(**{path: value}))
    except BreachdeskError:
        return
    for key, fact, _, _ in found.facts:
        check_fact(key, fact)
