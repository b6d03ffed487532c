"""Reads playbooks, snippets and scenarios from a folder, with file, line and key in every error.

The folder holds one TOML file per playbook, `snippets/` with steps that playbooks share, and `exercises/` with
scenarios. They are the organisation's to edit, so a file that does not fit says where and what to write, and one bad
file does not hide what is wrong in the rest: `check_file` collects everything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tomli
from pydantic import ValidationError

from breachdesk.domain import exercise, playbook
from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.exercise import Scenario
from breachdesk.domain.playbook import Finding, OwnFact, Playbook, Step
from breachdesk.domain.values import Value
from breachdesk.shelf.lines import Lines

V = TypeVar("V", bound=Value)
Where = tuple[str | int, ...]

SNIPPETS, EXERCISES = "snippets", "exercises"
_INCLUDE_KEYS = frozenset({"include", "with", "phase", "needs", "when"})
_SNIPPET_KEYS = frozenset({"title", "parameters", "fact", "step"})
_PARAMETER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_STAND_IN = "1 hour"
"""What stands for a parameter that has no default while a snippet is checked alone: good as words and as a span of
time."""
_SYNTAX_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class _Source:
    """A TOML file as read: how it is shown, its content, and the lines of its keys."""

    shown: str
    body: Mapping[str, Any]
    lines: Lines
    raw: bytes

    def finding(self, path: Sequence[str | int], problem: str) -> Finding:
        return Finding(file=self.shown, line=self.lines.of(path), key=_spelt(path), problem=problem)


@dataclass
class _Gathered:
    """A playbook with its snippets put in, and where each of its parts came from: path in the whole -> file and path
    there."""

    body: dict[str, Any]
    origins: dict[Where, tuple[_Source, Where]] = field(default_factory=dict)
    sources: list[_Source] = field(default_factory=list)

    def at(self, path: Where) -> tuple[_Source, Where]:
        """The file a part came from, and its path there."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                source, there = self.origins[path[:end]]
                return source, (*there, *path[end:])
        return self.sources[0], path


class Shelf:
    """The playbooks and scenarios of a folder. Files are read when asked for, each time anew: they are small, and
    edited."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def digest(self) -> str:
        """The digest of every TOML file on the shelf, by path and content."""
        seal = hashlib.sha256()
        for path in sorted(self._folder.rglob("*.toml")):
            raw = path.read_bytes()
            seal.update(f"{self._shown(path)}\0{len(raw)}\0".encode() + raw)
        return "sha256:" + seal.hexdigest()

    def playbooks(self) -> tuple[Playbook, ...]:
        """Every playbook, by file name. Raises InvalidInput naming file, line and key for one that does not load."""
        return tuple(self._playbook(path) for path in self._files(self._folder))

    def playbook(self, id: str) -> Playbook:
        """One playbook. Raises NotFound naming those there are, InvalidInput when its file does not load."""
        return self._playbook(self._one(self._folder, id, "playbook"))

    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario, by file name. Raises InvalidInput naming file, line and key for one that does not load."""
        return tuple(self._scenario(path) for path in self._files(self._folder / EXERCISES))

    def scenario(self, id: str) -> Scenario:
        """One scenario. Raises NotFound naming those there are, InvalidInput when its file does not load."""
        return self._scenario(self._one(self._folder / EXERCISES, id, "scenario"))

    def check_file(self, path: Path) -> tuple[Finding, ...]:
        """Everything wrong with a playbook, snippet or scenario file; empty when nothing is.

        A file elsewhere than on the shelf is read with the shelf's snippets and playbooks beside its own folder's.
        """
        try:
            source = self._read(path)
            if path.parent.name == SNIPPETS:
                return self._check_snippet(source)
            if path.parent.name == EXERCISES or "inject" in source.body:
                return self._check_scenario(path, source)
            return self._check_playbook(path, source)
        except InvalidInput as error:
            return (_as_finding(error, self._shown(path)),)

    # reading

    def _files(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("*.toml"))

    def _one(self, folder: Path, id: str, kind: str) -> Path:
        for path in self._files(folder):
            if path.stem == id:
                return path
        there = ", ".join(path.stem for path in self._files(folder)) or "none"
        raise NotFound(f"there is no {kind} {id!r} in {self._shown(folder)}; there is {there}")

    def _shown(self, path: Path) -> str:
        try:
            return path.resolve().relative_to(self._folder.resolve().parent).as_posix()
        except ValueError:
            return str(path)

    def _read(self, path: Path) -> _Source:
        shown = self._shown(path)
        try:
            raw = path.read_bytes()
            text = raw.decode()
            return _Source(shown, tomli.loads(text), Lines(text), raw)
        except OSError as error:
            raise InvalidInput(f"cannot be read: {error.strerror}", file=shown) from None
        except UnicodeDecodeError as error:
            where = f"line {raw[: error.start].count(10) + 1}"
            raise InvalidInput("is not UTF-8 text; save it as UTF-8", file=shown, where=where) from None
        except tomli.TOMLDecodeError as error:
            place = _SYNTAX_LINE.search(str(error))
            line = int(place[1]) if place else raw.count(b"\n") + 1
            problem = _SYNTAX_LINE.sub("", str(error)).strip().removesuffix("(at end of document)").strip()
            raise InvalidInput(f"is not TOML: {problem}", file=shown, where=f"line {line}") from None

    def _playbook(self, path: Path) -> Playbook:
        source = self._read(path)
        gathered = self._gather(path, source)
        _refuse(_problems(Playbook, gathered))
        found = Playbook.model_validate(gathered.body)
        if found.id != path.stem:
            raise _error(source.finding(("id",), f"the id must be the file's name: {path.stem}"))
        return found

    def _scenario(self, path: Path) -> Scenario:
        source = self._read(path)
        gathered = _Gathered(dict(source.body), sources=[source])
        _refuse(_problems(Scenario, gathered))
        found = Scenario.model_validate(gathered.body)
        if found.id != path.stem:
            raise _error(source.finding(("id",), f"the id must be the file's name: {path.stem}"))
        return found

    # snippets

    def _gather(self, path: Path, source: _Source) -> _Gathered:
        """The playbook's body with each `include` replaced by the steps of its snippet."""
        whole = _Gathered({**source.body}, sources=[source])
        if any(not isinstance(source.body.get(key, []), list) for key in ("step", "fact")):
            return whole
        steps: list[Any] = []
        facts = list(source.body.get("fact", []))
        for n, entry in enumerate(source.body.get("step", [])):
            if not isinstance(entry, Mapping) or "include" not in entry:
                whole.origins["step", len(steps)] = (source, ("step", n))
                steps.append(entry)
                continue
            snippet = self._read(self._snippet_path(path, source, n, entry))
            whole.sources.append(snippet)
            for index, step in enumerate(_filled(source, n, entry, snippet)):
                whole.origins["step", len(steps)] = (snippet, ("step", index))
                steps.append(step)
            for index, own in enumerate(_tables(snippet, "fact")):
                if own not in facts:
                    whole.origins["fact", len(facts)] = (snippet, ("fact", index))
                    facts.append(own)
        whole.body["step"] = steps
        if facts:
            whole.body["fact"] = facts
        return whole

    def _snippet_path(self, path: Path, source: _Source, n: int, entry: Mapping[str, Any]) -> Path:
        name = entry["include"]
        at: Where = ("step", n, "include")
        for key in entry:
            if key not in _INCLUDE_KEYS:
                raise _error(source.finding(("step", n, key), f"an include has only {', '.join(sorted(_INCLUDE_KEYS))}"))
        if not isinstance(name, str) or ".." in Path(name).parts or Path(name).is_absolute():
            raise _error(source.finding(at, f"{name!r} is not a path on the shelf: write e.g. snippets/call-counsel.toml"))
        for folder in (path.parent, self._folder):
            if (folder / name).is_file():
                return folder / name
        there = ", ".join(f"{SNIPPETS}/{p.name}" for p in self._files(self._folder / SNIPPETS)) or "none"
        raise _error(source.finding(at, f"there is no file {name}; there is {there}"))

    # checking

    def _check_playbook(self, path: Path, source: _Source) -> tuple[Finding, ...]:
        gathered = self._gather(path, source)
        found = _problems(Playbook, gathered)
        if not found:
            book = Playbook.model_validate(gathered.body)
            found = [_placed(finding, gathered) for finding in playbook.check(book, source.shown)]
            if book.id != path.stem:
                found.insert(0, source.finding(("id",), f"the id must be the file's name: {path.stem}"))
        return tuple(found)

    def _check_scenario(self, path: Path, source: _Source) -> tuple[Finding, ...]:
        gathered = _Gathered(dict(source.body), sources=[source])
        found = _problems(Scenario, gathered)
        if found:
            return tuple(found)
        scenario = Scenario.model_validate(gathered.body)
        book: Playbook | None = None
        try:
            book = self.playbook(scenario.incident.playbook)
        except NotFound as error:
            found.append(source.finding(("incident", "playbook"), str(error)))
        if scenario.id != path.stem:
            found.append(source.finding(("id",), f"the id must be the file's name: {path.stem}"))
        found += [_placed(finding, gathered) for finding in exercise.check(scenario, book, source.shown)]
        return tuple(found)

    def _check_snippet(self, source: _Source) -> tuple[Finding, ...]:
        found = [source.finding((key,), "is not a key of a snippet") for key in source.body if key not in _SNIPPET_KEYS]
        gathered = _Gathered({}, sources=[source])
        declared = _table(source, ("parameters",), source.body.get("parameters", {}))
        for n, step in enumerate(_tables(source, "step")):
            gathered.origins["step", n] = (source, ("step", n))
            filled = _each_text(step, lambda text: _PARAMETER.sub(lambda m: str(declared.get(m[1]) or _STAND_IN), text))
            found += _problems_in(Step, {"phase": "any", **filled}, gathered, ("step", n))
        for n, own in enumerate(_tables(source, "fact")):
            found += _problems_in(OwnFact, own, gathered, ("fact", n))
        if not _tables(source, "step"):
            found.append(source.finding((), "has no [[step]]"))
        for n, step in enumerate(_tables(source, "step")):
            found += [
                source.finding(("step", n, key), f"{{{{{word}}}}} is no parameter of this snippet; declare it in [parameters]")
                for key, value in step.items()
                for word in _PARAMETER.findall(str(value))
                if word not in declared
            ]
        return tuple(found)


def _table(source: _Source, path: Where, value: Any) -> Mapping[str, Any]:
    """A value that must be a table. Raises InvalidInput when it is not."""
    if not isinstance(value, Mapping):
        raise _error(source.finding(path, "should be a table"))
    return value


def _tables(source: _Source, key: str) -> list[Mapping[str, Any]]:
    """The tables under `[[key]]`, none when there are none. Raises InvalidInput when something else stands there."""
    rows = source.body.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise _error(source.finding((key,), f"should be tables, each begun with [[{key}]]"))
    return rows


def _filled(source: _Source, n: int, entry: Mapping[str, Any], snippet: _Source) -> list[Any]:
    """The steps of a snippet with the parameters filled in, in the including playbook's phase, behind the steps it
    names."""
    declared = _table(snippet, ("parameters",), snippet.body.get("parameters", {}))
    given = _table(source, ("step", n, "with"), entry.get("with", {}))
    for key in ("needs", "when"):
        if not isinstance(entry.get(key, []), list):
            raise _error(source.finding(("step", n, key), "should be a list"))
    for name in given:
        if name not in declared:
            words = ", ".join(declared) or "none"
            raise _error(source.finding(("step", n, "with"), f"{snippet.shown} has no parameter {name!r}; it has {words}"))
    values = {**declared, **given}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise _error(
                source.finding(("step", n, "with"), f"{snippet.shown} needs {name}, some words: with = {{ {name} = … }}")
            )
    steps: list[Any] = []
    for index, raw in enumerate(_tables(snippet, "step")):
        if not isinstance(raw.get("when", []), list):
            raise _error(snippet.finding(("step", index, "when"), "should be a list"))
        step = _with_parameters(raw, values, snippet, index)
        if "phase" in entry:
            step.setdefault("phase", entry["phase"])
        if entry.get("needs") and not step.get("needs"):
            step["needs"] = entry["needs"]
        if entry.get("when"):
            step["when"] = [*step.get("when", []), *entry["when"]]
        steps.append(step)
    if not steps:
        raise InvalidInput("has no [[step]]", file=snippet.shown)
    return steps


def _with_parameters(raw: Mapping[str, Any], values: Mapping[str, str], snippet: _Source, index: int) -> dict[str, Any]:
    """A snippet's step with its parameters filled in. Raises InvalidInput naming one that nobody declared."""
    for key, value in raw.items():
        for word in _PARAMETER.findall(str(value)):
            if word not in values:
                problem = f"{{{{{word}}}}} is no parameter of this snippet; declare it in [parameters]"
                raise _error(snippet.finding(("step", index, key), problem))
    filled: dict[str, Any] = _each_text(raw, lambda text: _PARAMETER.sub(lambda match: values[match[1]], text))
    return filled


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text within it changed."""
    if isinstance(value, Mapping):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _problems(kind: type[Value], gathered: _Gathered) -> list[Finding]:
    """Everything in a body that does not fit its value."""
    return _problems_in(kind, gathered.body, gathered, ())


def _problems_in(kind: type[Value], body: Any, gathered: _Gathered, root: Where) -> list[Finding]:
    try:
        kind.model_validate(body)
    except ValidationError as error:
        found: list[Finding] = []
        # A key that is not known comes first: it is mostly the missing one, misspelt.
        for problem in sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden"):
            source, path = gathered.at((*root, *_written(problem["loc"], body)))
            found.append(source.finding(path, _sentence(problem["type"], problem["msg"])))
        return list(dict.fromkeys(found))
    return []


def _written(location: Sequence[str | int], body: Any) -> Where:
    """A validation error's place as far as it stands in the file: what pydantic adds about unions and rows is left
    out."""
    path: list[str | int] = []
    here = body
    for part in location:
        there = isinstance(part, str) and isinstance(here, Mapping) and part in here
        there = there or (isinstance(part, int) and isinstance(here, list) and part < len(here))
        if not there:
            if isinstance(here, Mapping) and isinstance(part, str):
                path.append(part)
            break
        path.append(part)
        here = here[part]
    return tuple(path)


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a key here; check its spelling"
    if kind == "missing":
        return "is missing"
    if kind == "string_pattern_mismatch":
        return f"{message[0].lower()}{message[1:]} (lower-case words joined by hyphens)"
    message = message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _spelt(path: Sequence[str | int]) -> str:
    """A place as a person writes it: `step[3].asks[1]`, counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else ("." if text else "") + part
    return text


def _placed(finding: Finding, gathered: _Gathered) -> Finding:
    """A finding of the domain, whose key reads `step.<id>.needs`, with the file and line where that stands."""
    path: list[str | int] = []
    here: Any = gathered.body
    for part in re.findall(r"[^.\[\]]+", finding.key):
        if isinstance(here, list):
            index = int(part) - 1 if part.isdigit() else _index(here, part)
            if index is None:
                break
            path.append(index)
            here = here[index]
        else:
            path.append(part)
            here = here.get(part) if isinstance(here, Mapping) else None
    source, there = gathered.at(tuple(path))
    return finding.model_copy(update={"file": source.shown, "line": source.lines.of(there)})


def _index(rows: list[Any], id: str) -> int | None:
    names = [(row.get("id") or row.get("key")) if isinstance(row, Mapping) else row for row in rows]
    return names.index(id) if id in names else None


def _refuse(found: Sequence[Finding]) -> None:
    if found:
        raise _error(found[0])


def _error(finding: Finding) -> InvalidInput:
    where = f"line {finding.line}" if finding.line else ""
    return InvalidInput(finding.problem, file=finding.file, where=where, key=finding.key)


def _as_finding(error: InvalidInput, shown: str) -> Finding:
    line = error.where.removeprefix("line ")
    return Finding(file=error.file or shown, line=int(line) if line.isdigit() else 0, key=error.key, problem=error.problem)
