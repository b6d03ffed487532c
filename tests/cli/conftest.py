"""A command line to sit at: its own desk folder, a clock that stands still, standard output and standard error apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from breachdesk import bootstrap
from breachdesk.cli.main import cli
from breachdesk.rulebook import LawFiles

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

FACTS = """\
title = "CRM export on an open bucket"
role = "controller"
sectors = ["general"]
established = ["DE"]
breach = ["confidentiality"]
access = "acquired"
malicious = true

[timeline]
aware = 2026-11-23T16:20:00+01:00

[[affected]]
residence = "DE"
count = 1200
data = ["name", "email"]
encrypted = false

[[affected]]
residence = "US-CA"
count = 612
data = ["name", "ssn"]
encrypted = false

[[affected]]
residence = "AQ"
count = 7
"""

RECORDS = """\
subject_id,residence,system,storage_region,data,encrypted,email,language,birth_year,ring
p1,US-CA,crm,eu-west-1,name;ssn,false,p1@example.org,en,1980,touched
p2,US-CA,crm,eu-west-1,name;ssn,false,p2@example.org,en,1981,touched
p3,US-CA,crm,eu-west-1,name;ssn,false,,en,1982,touched
p3,US-CA,shop,eu-west-1,name;email,true,,en,,touched
p4,DE,crm,eu-west-1,name;email,,p4@example.org,de,2012,held
p5,,crm,eu-west-1,name,,p5@example.org,,,held
,DE,crm,eu-west-1,name,,p6@example.org,,,held
"""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.out)

    @property
    def line(self) -> str:
        """The one line on standard error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Hands:
    """Types commands at a desk of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = folder / "desk"

    def __call__(self, *args: str | Path, by: str = "A. Responder", typed: str | None = None, **env: str) -> Said:
        where = {"BREACHDESK_HOME": str(self.desk), "BREACHDESK_USER": by, **env}
        result = CliRunner().invoke(cli, [str(a) for a in args], env=where, input=typed)
        return Said(code=result.exit_code, out=result.stdout, err=result.stderr)

    def ok(self, *args: str | Path, by: str = "A. Responder") -> Said:
        """A command that must go well."""
        said = self(*args, by=by)
        assert said.code == 0, said
        return said

    def write(self, name: str, text: str) -> Path:
        """A file beside the desk."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Puts the machine's clock to NOW, and lets time pass."""
    state = {"now": NOW}
    monkeypatch.setattr(bootstrap.SystemClock, "now", lambda _: state["now"])
    # Law is read on days after NOW too.
    monkeypatch.setattr(bootstrap.ShippedLaw, "_files", LawFiles(today=date.max))

    def pass_by(span: timedelta) -> None:
        state["now"] += span

    return pass_by


@pytest.fixture
def desk(tmp_path: Path, move: Callable[[timedelta], None]) -> Hands:
    """An empty live desk, and a clock that stands at NOW."""
    return Hands(tmp_path)


@pytest.fixture
def amber(desk: Hands) -> Hands:
    """A desk with one incident, `amber`, opened from FACTS."""
    desk.ok("incident", "new", "CRM export", "--codename", "amber", "--facts", desk.write("facts.toml", FACTS))
    return desk


LETTER_FACTS = {
    "organisation": "Example Organisation", "what_happened": "A file was copied.", "timeline.occurred": "2026-11-20T10:00:00Z",
    "timeline.discovered": "2026-11-23T16:00:00+01:00", "what_we_did": "The bucket was closed.",
    "credit_monitoring": "twelve months of monitoring", "contact_name": "Privacy office",
    "contact_email": "privacy@example.org", "contact_phone": "+1 555 0100", "contact_url": "https://example.org/notice",
    "what_we_will_do": "Access is being reviewed.", "likely_consequences": "Somebody may try to use the data.",
}  # fmt: skip

SETTINGS = """\
mode = "exercise"
organisation = "Example Organisation"

[mail]
sender = "privacy@example.org"
batch = 1
"""


@pytest.fixture
def drafted(desk: Hands) -> Hands:
    """An exercise desk whose incident `amber` was counted and whose letter N-001 to three Californians was drafted."""
    desk.desk.mkdir()
    (desk.desk / "desk.toml").write_text(SETTINGS, "utf-8")
    facts = [f"--fact={key}={value}" for key, value in LETTER_FACTS.items()]
    desk.ok("incident", "new", "CRM export", "--codename", "amber", "--facts", desk.write("facts.toml", FACTS), *facts)
    desk.ok("people", "count", desk.write("records.csv", RECORDS), "--incident", "amber")
    desk.ok("notice", "draft", "amber", "us/ca/civ-1798.82#individuals")
    return desk


@pytest.fixture
def approved(drafted: Hands) -> Hands:
    """The same with N-001 approved by somebody else."""
    code = drafted.ok("notice", "show", "N-001", "--json").json["text"]["code"]
    drafted.ok("notice", "approve", "N-001", "--read", code, "--capacity", "outside counsel", by="C. Counsel")
    return drafted
