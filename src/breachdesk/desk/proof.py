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
from breachdesk.domain.errors import IntegrityFailure, InvalidInput
from breachdesk.domain.values import Value, canonical_json, iso

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
    """Check the whole chain, and that facts, counts, texts and decisions are those the journal tells of.

    Raises IntegrityFailure naming the first entry, or the first row, that does not fit.
    """
    with desk.store.read() as unit:
        count, head = verify(unit.journal())
        _rows_fit(unit)
    return Verified(entries=count, head=head)


def _rows_fit(unit: Reading) -> None:
    """Whether the desk's rows are what was journaled when they were written: none changed, taken away or slipped in since."""
    told: dict[str, list[str]] = {}
    for entry in unit.journal():
        if (row := _told(entry)) is not None:
            told.setdefault(row[0], []).append(canonical_json(row[1]))
    kept: dict[str, list[str]] = {}
    for where, row in _kept(unit):
        kept.setdefault(where, []).append(canonical_json(row))
    for where in sorted(told.keys() | kept.keys()):
        written, now = told.get(where, []), kept.get(where, [])
        if written != now:
            n = next((i for i, (a, b) in enumerate(zip(written, now, strict=False)) if a != b), min(len(written), len(now)))
            how = "was changed" if n < len(written) and n < len(now) else "was taken away" if n < len(written) else "was slipped in"
            raise IntegrityFailure(f"{where}: number {n + 1} {how}: the journal tells of {len(written)}, the desk holds {len(now)}")


def _told(entry: AuditEntry) -> tuple[str, Any] | None:
    what = entry.what
    match entry.act:
        case "fact.recorded":
            row = [what["key"], what["standing"], what["value"], what["source"], entry.by, iso(entry.at)]
            return f"facts of {entry.incident}", row
        case "people.counted":
            return f"counts of {entry.incident}", [what["run"], what["tally"]]
        case "notice.drafted":
            return f"texts of {what['notice']}", [what["version"], what["text"], what["recipients"]]
        case "notice.approved" | "notice.sent-back":
            return f"decisions on {what['notice']}", [what["version"], entry.act.partition(".")[2], entry.by, what["reasons"], what["text"]]
        case "notice.filed":
            return f"filings of {what['notice']}", [what["version"], what["reference"], entry.by]
    return None


def _kept(unit: Reading) -> Iterator[tuple[str, Any]]:
    for incident in unit.incidents():
        name = incident.codename
        for f in unit.facts(name):
            yield f"facts of {name}", [f.key, f.standing, f.value, f.source, f.said_by, iso(f.at)]
        for run in unit.runs(name):
            yield f"counts of {name}", [run.n, run.tally.digest]
    for notice in unit.notices():
        for draft in unit.drafts(notice.id):
            yield f"texts of {notice.id}", [draft.version, draft.digest, draft.recipients]
        for d in unit.decisions(notice.id):
            yield f"decisions on {notice.id}", [d.version, d.verdict, d.by, d.reasons, d.basis.text]
        for filing in unit.filings(notice.id):
            yield f"filings of {notice.id}", [filing.version, filing.reference, filing.by]


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

    Raises IntegrityFailure when the journal or the rows it tells of do not verify: a pack is not written over a broken chain. Raises
    InvalidInput when `out` exists. The same desk at the same instant gives the same bytes.
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
        _rows_fit(unit)
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
