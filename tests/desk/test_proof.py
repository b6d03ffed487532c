"""The evidence pack: anyone can check it without the desk."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from breachdesk.desk import notices, proof
from breachdesk.domain.errors import InvalidInput
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
