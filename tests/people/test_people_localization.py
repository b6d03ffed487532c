"""Where data lay, against where law or the organisation's own policy says they must stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people.localization import read_rules, shipped_rules
from tests.people.records import Write, counted


def test_rows_elsewhere_and_nowhere_known_are_findings(write: Write) -> None:
    """People of a place with such law and a row in another country, by country, each person once; a row nobody knows where is one too."""
    tally = counted(write(
        {"residence": "RU", "storage_region": "eu-west-1"}, {"residence": "RU", "storage_region": "RU"},
        {"subject_id": "2", "residence": "RU", "storage_region": ""}, {"subject_id": "3", "residence": "RU", "storage_region": "RU"},
        {"subject_id": "4", "residence": "IN", "storage_region": "US", "data": "name"},
        {"subject_id": "5", "residence": "IN", "storage_region": "US", "data": "payment-card"},
        {"subject_id": "6", "residence": "DE", "storage_region": "us-east-1"},
    ))  # fmt: skip
    found = [(f.kind, f.residence, f.stored_in, f.subjects) for f in tally.findings]
    assert found == [
        ("localization", "RU", "IE", 1), ("storage-unknown", "RU", "unknown", 1), ("localization", "IN", "US", 1),
        ("transfer", "EU", "US", 1), ("storage-unknown", "", "unknown", 1),
    ]  # fmt: skip
    assert "Article 18(5)" in tally.findings[0].rule


def test_a_policy_of_the_organisations_own(write: Write, tmp_path: Path) -> None:
    """Its rules are read from a file beside the mapping; a state and the Union may be named."""
    file = write({"residence": "US-CA", "storage_region": "IE"}, {"subject_id": "2", "residence": "FR", "storage_region": "DE"})
    (tmp_path / "policy.toml").write_text(
        '[[rule]]\nid = "own/1"\nresidence = "US"\nkind = "localization"\nallowed = ["US"]\ntext = "Policy 7"\n'
        '[[rule]]\nid = "own/2"\nresidence = "EU"\nkind = "localization"\nallowed = ["EU"]\ntext = "Policy 8"\n', encoding="utf-8",
    )  # fmt: skip
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[localization]\npolicy = "policy.toml"\n', encoding="utf-8")
    assert [(f.residence, f.stored_in, f.rule) for f in counted(file, mapping=mapping).findings] == [("US", "IE", "Policy 7")]
    mapping.write_text('[localization]\npolicy = "none.toml"\n', encoding="utf-8")
    with pytest.raises(NotFound, match=r"none\.toml"):
        counted(file, mapping=mapping)


def test_shipped_rules_are_cited() -> None:
    """Every rule that comes with the program has a source and the day it was read; ids are unique."""
    rules = shipped_rules()
    assert len({rule.id for rule in rules}) == len(rules) >= 8


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("kind = 'maybe'", "kind"), ("allowed = ['XX']", "allowed"),
        ("data = ['shoe']", "data"), ("colour = 1", "colour"), ("residence = 'ZZ'", "residence"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_rule_and_key(text: str, key: str) -> None:
    """One sentence that says where."""
    fields = {"id": "'a'", "residence": "'DE'", "kind": "'localization'", "allowed": "['DE']", "text": "'t'"}
    name, value = text.split(" = ")
    body = "[[rule]]\n" + "\n".join(f"{k} = {v}" for k, v in {**fields, name: value}.items())
    with pytest.raises(InvalidInput, match=f"policy.*rule 1.*{key}"):
        read_rules(body, "policy", cited=False)
