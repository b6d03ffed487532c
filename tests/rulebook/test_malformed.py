"""One file per mistake a rule author can make; each first line says the words the error must carry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from breachdesk.domain.errors import InvalidInput
from breachdesk.rulebook import load

FOLDER = Path(__file__).parent / "malformed"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_a_malformed_rule_does_not_load(path: Path, tmp_path: Path) -> None:
    """A rule file with a mistake does not load, and the error names the file and says what is wrong."""
    text = path.read_text("utf-8")
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "test.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, today=date(2026, 11, 23))
    assert text.splitlines()[0].removeprefix("# says: ") in str(caught.value)
    assert "xx/test.toml" in str(caught.value)
    assert caught.value.exit_code == 5


def test_the_error_names_the_key(tmp_path: Path) -> None:
    """The key is written as a person would find it in the file: which duty, which version."""
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "test.toml").write_text((FOLDER / "limit-in-words.toml").read_text("utf-8"), "utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, today=date(2026, 11, 23))
    assert caught.value.key == "duty[1].version[1].limit"
