"""`kill -9` at random during a 5,000-person send to postfix smtp-sink, resumed each time; the server's own copy is the judge.

`python -m benchmarks.crash [ROUNDS]`. A round: a fresh copy of a desk with one signed notice, a real `breachdesk send` in a process of
its own, `kill -9` at a random moment, `send recover` (which names the unknown), and `send` again until nobody is left, killed no
more. Those named unknown are then sent again, as a person might decide. Counted in what smtp-sink kept: people who never got a
message (lost), people who got it twice, and people who got it twice without having been named beforehand.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from breachdesk import bootstrap
from breachdesk.desk import assessment, cases, notices

PEOPLE = 5_000
SETTINGS = """\
mode = "live"
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "privacy@stores.example"
"""
FACTS = {
    "role": "controller", "established": "DE-BY", "access": "acquired", "breach": "confidentiality", "harm": "high",
    "timeline.occurred": "2026-11-20T10:00:00Z", "timeline.discovered": "2026-11-22T08:00:00Z", "timeline.aware": "2026-11-22T09:00:00Z",
    "organisation": "Example Stores", "organisation_address": "1 Example Street", "contact_name": "Privacy office",
    "contact_email": "privacy@stores.example", "contact_phone": "+49 89 0000", "contact_url": "https://stores.example/i",
    "dpo_contact": "dpo@stores.example", "what_happened": "Somebody copied customer records.", "what_we_did": "We closed the access.",
    "what_we_will_do": "We will review every account.", "likely_consequences": "Others may write to you in our name.",
    "categories_of_people": "customers",
}  # fmt: skip


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sink(folder: Path, port: int) -> Any:
    """smtp-sink on loopback, keeping every message in one file each."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    who = ["-u", "nobody"] if Path("/proc/self").stat().st_uid == 0 else []
    folder.chmod(0o777)
    process = subprocess.Popen([program, *who, "-R", str(folder), "-D", "mails.", f"127.0.0.1:{port}", "256"])
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    try:
        yield folder
    finally:
        process.terminate()
        process.wait()


def prepared(folder: Path, port: int, people: int = PEOPLE) -> str:
    """A live desk with one signed notice to so many people; the notice's id."""
    folder.mkdir(parents=True)
    (folder / "desk.toml").write_text(SETTINGS.format(port=port), "utf-8")
    desk = bootstrap.open_desk(folder)
    records = folder / "crm.csv"
    rows = "".join(f"p{n:05},DE,crm,name;email,false,en,p{n:05}@mail.example\n" for n in range(people))
    records.write_text("subject_id,residence,system,data,encrypted,language,email\n" + rows, "utf-8")
    cases.open_incident(desk, "Customer records copied", by="Lead", codename="cedar")
    for key, text in FACTS.items():
        cases.record_fact(desk, "cedar", key, text, by="Lead")
    assessment.count(desk, "cedar", [records], by="Lead")
    (draft,) = notices.draft(desk, "cedar", "eu/gdpr#34", by="Author")
    notices.approve(desk, draft.notice, by="Counsel", read=draft.digest)
    return draft.notice


def command(folder: Path, *words: str) -> list[str]:
    """A breachdesk command on a folder, as a user would start it."""
    return [sys.executable, "-m", "breachdesk", "--desk", str(folder), "--by", "Lead", *words]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one to its end."""
    return subprocess.run(command(folder, *words), capture_output=True, text=True, check=False)


def left(folder: Path, notice: str) -> int:
    """How many people a send would write to now."""
    found = run(folder, "send", notice, "--rehearse", "--json")
    return int(json.loads(found.stdout)["would_send"])


def received(spool: Path) -> Counter[str]:
    """How often each person's message arrived, by recipient, from what the server kept."""
    counted: Counter[str] = Counter()
    for path in spool.rglob("mails.*"):
        for line in path.read_bytes().splitlines():
            if match := re.match(rb"^X-Rcpt-Args: <(p\d+)@mail\.example>", line):
                counted[match[1].decode()] += 1
    return counted


def one_round(base: Path, work: Path, notice: str, port: int, dice: random.Random, longest: float) -> dict[str, Any]:
    """One kill and its resumption."""
    folder, spool = work / "desk", work / "spool"
    shutil.copytree(base, folder)
    spool.mkdir()
    with sink(spool, port):
        wait = dice.uniform(0.3, longest)
        process = subprocess.Popen(
            command(folder, "send", notice, "--people", str(PEOPLE)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = run(folder, "send", "recover", notice, "--json")
        named = {f"p{n - 1:05}" for n in json.loads(before.stdout)["unknown"]} if before.returncode == 0 else set()
        at_kill = PEOPLE - left(folder, notice)
        if waiting := left(folder, notice):
            run(folder, "send", notice, "--people", str(waiting))
        if named:
            run(folder, "send", "settle", notice, "resend", "--why", "crash test")
            run(folder, "send", notice, "--people", str(len(named)))
        journal = run(folder, "audit", "verify").returncode
    got = received(spool)
    twice = {person for person, times in got.items() if times > 1}
    return {
        "killed_after_s": round(wait, 2), "reached_at_kill": at_kill, "named_unknown": len(named), "people": len(got),
        "lost": PEOPLE - len(got), "twice": len(twice), "twice_unnamed": len(twice - named), "journal": journal,
    }  # fmt: skip


def main(rounds: int = 50, seed: int = 20261123) -> None:
    """Run the rounds and print each, and the totals."""
    dice, total = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as top:
        root = Path(top)
        root.chmod(0o755)
        port = free_port()
        notice = prepared(root / "base", port)
        began = time.monotonic()
        spool = root / "dry"
        spool.mkdir()
        with sink(spool, port):
            shutil.copytree(root / "base", root / "dry-desk")
            run(root / "dry-desk", "send", notice, "--people", str(PEOPLE))
        longest = time.monotonic() - began + 0.2
        print(f"an undisturbed send of {PEOPLE} takes {longest:.1f} s; {rounds} kills at random moments of it, {datetime.now(UTC):%F}")
        for n in range(1, rounds + 1):
            work = root / f"round-{n}"
            work.mkdir()
            work.chmod(0o755)
            found = one_round(root / "base", work, notice, port, dice, longest)
            total.update({key: value for key, value in found.items() if key != "killed_after_s"})
            print(f"{n:3} {json.dumps(found)}", flush=True)
            shutil.rmtree(work)
    keys = ("named_unknown", "lost", "twice", "twice_unnamed", "journal")
    print("total " + json.dumps({key: total[key] for key in keys}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
