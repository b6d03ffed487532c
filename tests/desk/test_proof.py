"""The evidence pack: anyone can check it without the desk."""

from __future__ import annotations

import sqlite3
import subprocess
import tarfile
from pathlib import Path

import pytest

from breachdesk.desk import notices, proof
from breachdesk.domain.errors import IntegrityFailure, InvalidInput
from tests.desk.conftest import Seat


def test_a_plain_sha256sum_accepts_the_pack(told: Seat, tmp_path: Path) -> None:
    """`sha256sum -c SHA256SUMS` passes on an unpacked pack, and fails when one byte of one file is changed."""
    notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
    written = proof.pack(told.desk, told.codename, tmp_path / "pack.tar.gz", by="Lead")
    with tarfile.open(written.path) as tar:
        tar.extractall(tmp_path / "out")  # noqa: S202 - our own archive; `filter` is newer than 3.11.2
    folder = tmp_path / "out" / "cedar-evidence"
    check = ["sha256sum", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    with (folder / "journal.jsonl").open("a") as file:
        file.write(" ")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


def test_no_person_stands_in_a_pack(told: Seat, tmp_path: Path) -> None:
    """Neither an address nor a name of a data subject is in any file of the pack."""
    notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
    written = proof.pack(told.desk, told.codename, tmp_path / "pack.tar.gz", by="Lead")
    with tarfile.open(written.path) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member)
            assert file is not None
            body = file.read().decode()
            assert "p1@mail.example" not in body
            assert "Erika Muster" not in body


def test_a_pack_is_never_written_over_a_file(told: Seat, tmp_path: Path) -> None:
    """An existing file is left alone."""
    (tmp_path / "pack.tar.gz").write_text("mine")
    with pytest.raises(InvalidInput, match="is there already"):
        proof.pack(told.desk, told.codename, tmp_path / "pack.tar.gz", by="Lead")


def test_the_pack_names_the_journals_head(told: Seat, tmp_path: Path) -> None:
    """The head printed in the pack is the journal's, its own entry included."""
    written = proof.pack(told.desk, told.codename, tmp_path / "pack.tar.gz", by="Lead")
    assert written.head == proof.verify_journal(told.desk).head


@pytest.mark.parametrize(("sql", "says"), [
    ("update fact set value = '\"processor\"' where key = 'role'", "facts of cedar: number 1 was changed"),
    ("delete from fact where id = (select max(id) from fact)", "was taken away"),
    ("insert into fact select null, incident, key, value, standing, said_by, at, source from fact limit 1", "was slipped in"),
    ("update draft set body = replace(body, 'happened', 'occurred')", "texts of N-00.: number 1 was changed"),
    ("update run set body = replace(body, '\"subjects\":', '\"subjects\":1')", "counts of cedar: number 1 was changed"),
])  # fmt: skip
def test_a_row_that_is_not_what_was_journaled_is_found(told: Seat, sql: str, says: str) -> None:
    """A fact, text or count that was changed, taken away or slipped in behind the desk's back fails verification, named."""
    notices.draft(told.desk, told.codename, "eu/gdpr#34", by="Author")
    proof.verify_journal(told.desk)
    with sqlite3.connect(told.desk.folder / "desk.db") as db:
        assert db.execute(sql).rowcount
    with pytest.raises(IntegrityFailure, match=says):
        proof.verify_journal(told.desk)


def test_no_pack_is_written_over_changed_rows(told: Seat, tmp_path: Path) -> None:
    """A desk whose rows do not fit its journal writes no evidence."""
    with sqlite3.connect(told.desk.folder / "desk.db") as db:
        db.execute("update fact set said_by = 'Somebody else'")
    with pytest.raises(IntegrityFailure, match="facts of cedar"):
        proof.pack(told.desk, told.codename, tmp_path / "pack.tar.gz", by="Lead")
    assert not (tmp_path / "pack.tar.gz").exists()
