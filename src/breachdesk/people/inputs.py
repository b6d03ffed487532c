"""Which record files a count reads, and proof that they stayed the same while it read them.

A path given by the user is read as it is. What a folder or a glob expands to must lie inside it: a link that leads
elsewhere is refused, because nobody named that place.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.people.mapping import Mapping

Kind = Literal["csv", "jsonl", "parquet"]
Progress = Callable[[str, int, int], None]
"""Called with a stage (`hashing`, `reading`, `counting`), what is done and the total."""

KINDS: dict[str, Kind] = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_MAGIC = re.compile(r"[*?\[]")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class RecordFile:
    """One record file: where it is, how the user named it, its format, and its state on disk when it was found."""

    path: Path
    shown: str
    kind: Kind
    state: tuple[int, int, int, int]


@dataclass(frozen=True)
class Expansion:
    """The files to read, each once, in the order of their names; and files of a folder that are in no known format."""

    files: tuple[RecordFile, ...]
    passed_over: tuple[str, ...]


def expand(paths: Sequence[Path]) -> Expansion:
    """Every record file the paths name: files, folders (with what lies below them) and globs.

    Raises NotFound for a path or glob that names nothing, InvalidInput for a format nobody knows or a link out of a folder.
    """
    if not paths:
        raise InvalidInput("name at least one record file, folder or glob")
    found: dict[Path, RecordFile] = {}
    passed_over: list[str] = []
    for path in paths:
        try:
            for file in _expand_one(Path(path), passed_over):
                found.setdefault(file.path, file)
        except (OSError, ValueError) as problem:
            raise InvalidInput(f"cannot be opened: {problem}", file=str(path)) from None
    return Expansion(tuple(found.values()), tuple(passed_over))


def _expand_one(path: Path, passed_over: list[str]) -> list[RecordFile]:
    if path.is_dir():
        members = _below(path)
        files = [_record_file(member) for member in members if _kind(member)]
        passed_over.extend(str(member) for member in members if not _kind(member))
        if not files:
            raise NotFound(f"{path}: the folder holds no .csv, .jsonl, .ndjson or .parquet file")
        return files
    if path.exists():
        if not path.is_file():
            raise InvalidInput("is not a file; name a record file, a folder or a glob", file=str(path))
        return [_record_file(path)]
    if _MAGIC.search(str(path)):
        return _matching(path)
    raise NotFound(f"{path}: there is no such file or folder")


def _below(folder: Path) -> list[Path]:
    members = []
    for root, folders, names in os.walk(folder):
        for name in folders:
            _must_stay_inside(Path(root, name), folder)
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in names:
            # Hidden files and Spark's _SUCCESS markers are not records.
            if not name.startswith((".", "_")):
                _must_stay_inside(Path(root, name), folder)
                members.append(Path(root, name))
    return sorted(members)


def _matching(pattern: Path) -> list[RecordFile]:
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if _MAGIC.search(part))
    base = Path(*parts[:first]) if first else Path()
    matches = sorted(base.glob(str(Path(*parts[first:])))) if base.is_dir() else []
    files = []
    for match in matches:
        _must_stay_inside(match, base)
        if match.is_file():
            files.append(_record_file(match))
    if not files:
        raise NotFound(f"{pattern}: no file matches")
    return files


def _must_stay_inside(member: Path, folder: Path) -> None:
    if not member.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput(
            f"leads out of {folder}; name the file it leads to, if it belongs to the count", file=str(member)
        )


def _kind(path: Path) -> Kind | None:
    return KINDS.get(path.suffix.lower())


def _record_file(path: Path) -> RecordFile:
    kind = _kind(path)
    if kind is None:
        with path.open("rb") as stream:
            if stream.read(4) != b"PAR1":
                raise InvalidInput("is in no known format; give a .csv, .jsonl, .ndjson or .parquet file", file=str(path))
        kind = "parquet"
    real = path.resolve()
    return RecordFile(real, str(path), kind, _state(real))


def _state(path: Path) -> tuple[int, int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def digest(file: RecordFile, *, utf8: bool) -> str:
    """The SHA-256 of a file's bytes, in hex. With `utf8`, a text that is not UTF-8 raises InvalidInput naming the line."""
    sha, decoder, line = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), 1
    try:
        with file.path.open("rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                sha.update(chunk)
                if not utf8:
                    continue
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as problem:
                    raise _other_encoding(file, line + problem.object[: problem.start].count(b"\n")) from None
                line += chunk.count(b"\n")
        if utf8:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _other_encoding(file, line) from None
    except OSError as problem:
        raise InvalidInput(f"cannot be read: {problem.strerror}", file=file.shown) from None
    return sha.hexdigest()


def _other_encoding(file: RecordFile, line: int) -> InvalidInput:
    with file.path.open("rb") as stream:
        wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
    guess, remedy = ("UTF-16", "") if wide else ("Latin-1", ', or write encoding = "latin-1" under [csv] in the mapping')
    if file.kind != "csv":
        remedy = ""
    return InvalidInput(
        f"is not UTF-8 (it may be {guess}); save it as UTF-8{remedy}", file=file.shown, where=f"line {line}"
    )


def must_be_unchanged(file: RecordFile, sha256: str | None) -> None:
    """Raises InvalidInput when a file is no longer what it was when the count began.

    A touched file whose bytes still have the same digest passes.
    """
    try:
        now = _state(file.path)
        same = now == file.state or (sha256 is not None and now[1] == file.state[1] and digest(file, utf8=False) == sha256)
    except (OSError, InvalidInput):
        same = False
    if not same:
        raise InvalidInput("changed while it was being counted; count again when nothing writes to it", file=file.shown)


def digests_beside(mapping: Mapping) -> dict[str, str]:
    """The SHA-256 (hex) of each file beside the records that decides a count: the mapping and the tables it names that are there."""
    match = mapping.match
    paths = [Path(mapping.file)] if mapping.file else []
    paths += [path for path in (mapping.policy, match and match.crosswalk, match and match.decisions) if path and path.exists()]
    return {str(path): digest(RecordFile(path, str(path), "csv", (0, 0, 0, 0)), utf8=False) for path in paths}


def digests(paths: Sequence[Path]) -> dict[str, str]:
    """The SHA-256 (hex) of each file the paths stand for, by the path as it was named. Raises what `expand` raises."""
    return {file.shown: digest(file, utf8=False) for file in expand(paths).files}
