"""Proof: the journal verified, and an evidence pack that anyone can check without the desk."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from breachdesk.desk import assessment, cases
from breachdesk.desk.parts import Desk, Reading
from breachdesk.domain.audit import AuditEntry, verify
from breachdesk.domain.deliveries import STATES
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.values import Value, iso

READ_ME = """\
Evidence pack of incident {codename}, written {at} by {by}.

Check that no file changed:      sha256sum -c SHA256SUMS
The journal's head when this was written: entry {n}, {head}

journal.jsonl holds every entry of the desk's journal, one JSON object a line. An entry's digest is the SHA-256 of the canonical
JSON (keys sorted, no spaces, UTF-8) of n, at, by, act, incident, what and previous; previous is the digest of the entry before,
64 zeros for the first. Whoever keeps the head above can tell whether the journal was cut or rewritten since.
ledger-*.csv name people by their number in the recipient set only. No name and no address stands in this pack.
"""


class Verified(Value):
    """A journal that verifies: how many entries, and the digest of the last (the head)."""

    entries: int
    head: str


def verify_journal(desk: Desk) -> Verified:
    """Check the whole chain. Raises IntegrityFailure naming the first entry that does not fit."""
    with desk.store.read() as unit:
        count, head = verify(unit.journal())
    return Verified(entries=count, head=head)


def journal(desk: Desk, codename: str = "", *, as_of: datetime | None = None) -> list[AuditEntry]:
    """The journal, or one incident's part of it, oldest first."""
    with desk.store.read() as unit:
        if codename:
            unit.incident(codename)
        return [e for e in unit.journal(codename) if as_of is None or e.at <= as_of]


class Pack(Value):
    """An evidence pack that was written: where, its own SHA-256 (hex), the files in it, and the journal's head."""

    path: str
    sha256: str
    files: tuple[str, ...]
    head: str


def pack(desk: Desk, codename: str, out: Path, *, by: str) -> Pack:
    """Write an incident's evidence into a .tar.gz with a manifest that `sha256sum -c` accepts.

    Raises IntegrityFailure when the journal does not verify: a pack is not written over a broken chain. Raises InvalidInput when
    `out` exists. The same desk at the same instant gives the same bytes.
    """
    cases.need_name(by)
    if out.exists():
        raise InvalidInput("is there already; name another file", file=str(out))
    now = desk.clock.now()
    board = assessment.duties(desk, codename)
    with desk.store.write() as unit:
        unit.incident(codename)
        unit.enter(at=now, by=by, act="pack.written", incident=codename, what={"file": out.name})
        count, head = verify(unit.journal())
        files = dict(_files(unit, codename))
    files["duties.json"] = _json(board.as_contract())
    files["README.txt"] = READ_ME.format(codename=codename, at=iso(now), by=by, n=count, head=head).encode()
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files["SHA256SUMS"] = sums.encode()
    data = _tar(files, f"{codename}-evidence", int(now.timestamp()))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", file=str(out)) from None
    return Pack(path=str(out), sha256=hashlib.sha256(data).hexdigest(), files=tuple(sorted(files)), head=head)


def _files(unit: Reading, codename: str) -> Iterator[tuple[str, bytes]]:
    yield "incident.json", _json(unit.incident(codename).model_dump(mode="json"))
    yield "facts.jsonl", _lines(fact.model_dump(mode="json") for fact in unit.facts(codename))
    yield "steps.jsonl", _lines(step.model_dump(mode="json") for step in unit.steps(codename))
    yield "counts.jsonl", _lines(run.model_dump(mode="json") for run in unit.runs(codename))
    yield "assessments.jsonl", _lines(iter(unit.assessments(codename)))
    yield "journal.jsonl", _lines(entry.model_dump(mode="json") | {"at": iso(entry.at)} for entry in unit.journal())
    for notice in unit.notices(codename):
        head = f"notices/{notice.id}"
        yield f"{head}/notice.json", _json(notice.model_dump(mode="json"))
        yield f"{head}/decisions.jsonl", _lines(d.model_dump(mode="json") for d in unit.decisions(notice.id))
        yield f"{head}/comments.jsonl", _lines(c.model_dump(mode="json") for c in unit.comments(notice.id))
        yield f"{head}/filings.jsonl", _lines(f.model_dump(mode="json") for f in unit.filings(notice.id))
        for draft in unit.drafts(notice.id):
            name = f"{head}/v{draft.version}"
            yield f"{name}.txt", f"{draft.subject}\n\n{draft.text}".encode()
            yield f"{name}.html", draft.html.encode()
            yield f"{name}.json", _json(draft.model_dump(mode="json", exclude={"text", "html"}) | {"digest": draft.digest})
            if unit.send(notice.id, draft.version) is not None:
                yield f"{head}/ledger-v{draft.version}.csv", _ledger(unit, notice.id, draft.version)


def _ledger(unit: Reading, notice: str, version: int) -> bytes:
    rows = ["number,state,code,message_id"]
    ids = {a.number: a.message_id for a in unit.addressees(notice, version)}
    rows += [f"{o.number},{o.state},{o.code},{ids[o.number]}" for o in unit.outcomes(notice, version, STATES)]
    return ("\n".join(rows) + "\n").encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _lines(values: Iterator[Any]) -> bytes:
    return "".join(json.dumps(v, ensure_ascii=False, sort_keys=True) + "\n" for v in values).encode()


def _tar(files: dict[str, bytes], folder: str, mtime: int) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size, info.mtime, info.mode = len(files[name]), mtime, 0o644
            tar.addfile(info, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), mtime=mtime)
