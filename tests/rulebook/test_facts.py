"""Facts files: what is wrong is named with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.rulebook import read_facts

GOOD = """\
title = "CRM export on an open bucket"
role = "controller"
sectors = ["general"]
established = ["DE"]
breach = ["confidentiality"]
access = "acquired"
harm = "high"

[timeline]
discovered = 2026-03-02T09:15:00+01:00

[[affected]]
residence = "DE"
count = 3

[[affected]]
residence = "US-CA"
count = 612
data = ["name", "ssn"]
encrypted = false
"""


def test_the_contracts_file_reads(tmp_path: Path) -> None:
    """A facts file as the contract writes it reads into circumstances; what is left out is unknown."""
    path = tmp_path / "facts.toml"
    path.write_text(GOOD, "utf-8")
    facts = read_facts(path)
    assert facts.affected[1].data == ("name", "ssn")
    assert facts.malicious is None


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('harm = "high"', 'harmm = "high"', "line 7", "harmm", "is not a key of a facts file"),
        ("2026-03-02T09", "2026-02-31T09", "line 10", "", "real date"),
        ("+01:00", "", "line 10", "timeline.discovered", "offset"),
        ("discovered =", "noticed =", "line 10", "timeline.noticed", "not an event of the timeline"),
        ('"US-CA"', '"California"', "line 17", "affected[2].residence", "is not a place"),
        ('"ssn"]', '"shoe"]', "line 19", "affected[2].data[2]", "is not a data element"),
        ("count = 612", "count = -1", "line 18", "affected[2].count", "greater than or equal to 0"),
        ('role = "controller"', 'role = "boss"', "line 2", "role", "controller"),
        ("2026-03-02T09:15:00+01:00", "1200", "line 10", "timeline.discovered", "a number is no instant"),
        ("2026-03-02T09:15:00+01:00", '"1200"', "line 10", "timeline.discovered", "a number is no instant"),
        ('data = ["name", "ssn"]', 'data = "name"', "line 19", "affected[2].data", "is a list"),
        ("encrypted = false", "encrypt = false", "line 20", "affected[2].encrypt", "[[affected]]; there are count, data"),
        ("[timeline]", "[timeline", "line 9", "", "is not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, line: str, key: str, words: str) -> None:
    """An unknown key, an impossible date, a naive time and the rest name file, line, key and what to write."""
    path = tmp_path / "facts.toml"
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_facts(path)
    error = caught.value
    assert (error.file, error.where, error.key) == (str(path), line, key)
    assert words in error.problem


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is said to be missing; one that is no text, too."""
    with pytest.raises(NotFound, match="no such file"):
        read_facts(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_facts(tmp_path / "b.toml")
