"""What a careful reader of templates would find before a letter is ever drawn: run over every file, used or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import meta, nodes

from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import SPECS
from breachdesk.domain.notices import MERGE_FIELDS, fields_in
from breachdesk.domain.vocabulary import EVENTS
from breachdesk.letters.engine import LetterEnvironment, explained
from breachdesk.letters.namespace import ATTRIBUTES, NAMES
from breachdesk.letters.templates import BODY, PARTS, PER_PERSON, SUBJECT

_SUFFIX = ".j2"


def check(folder: Path, engine: LetterEnvironment) -> tuple[InvalidInput, ...]:
    """Every finding over every template file of a folder, by path and line."""
    findings: list[InvalidInput] = []
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        findings.extend(_file(path.relative_to(folder).as_posix(), folder, engine))
    findings.extend(_folders(folder))
    return tuple(findings)


def _folders(folder: Path) -> Iterator[InvalidInput]:
    """Each letter has both its files, and each kind of letter an English one to fall back on."""
    letters = sorted({p.parent for name in (SUBJECT, BODY) for p in folder.rglob(name)})
    for letter in letters:
        for name in (SUBJECT, BODY):
            if not (letter / name).is_file():
                yield InvalidInput("a letter needs both files: write it", file=(letter / name).relative_to(folder).as_posix())
    for home in sorted({letter.parent for letter in letters}):
        if not (home / "en" / BODY).is_file():
            yield InvalidInput("has no English letter to fall back on: add en/", file=home.relative_to(folder).as_posix())


def _file(name: str, folder: Path, engine: LetterEnvironment) -> Iterator[InvalidInput]:
    try:
        with explained(name, folder):
            source = (folder / name).read_text("utf-8")
            tree = engine._parse(source, name, str(folder / name))
            engine.compile(source, name, str(folder / name))
    except InvalidInput as error:
        yield error
        return
    yield from _merge_fields(name, source)
    yield from _includes(name, folder, tree)
    for unknown in sorted(meta.find_undeclared_variables(tree) - NAMES):
        line = next((n.lineno for n in tree.find_all(nodes.Name) if n.name == unknown), 0)
        known = ", ".join(sorted(NAMES))
        yield InvalidInput(f"no letter can provide this; templates know {known}", file=name, where=_at(line), key=unknown)
    yield from _attributes(name, tree)


def _merge_fields(name: str, source: str) -> Iterator[InvalidInput]:
    for number, line in enumerate(source.split("\n"), start=1):
        try:
            used = fields_in(line)
        except InvalidInput as error:
            yield InvalidInput(error.problem, file=name, where=_at(number), key=error.key)
            continue
        kind = name.split("/")[-3] if name.count("/") >= 2 else ""
        shared = name.startswith(f"{PARTS}/")
        if used and not shared and kind in ("authority", "controller", "credit-bureaus", "media", "csirt", "market", "police"):
            listed = ", ".join(sorted(PER_PERSON))
            problem = f"only letters to {listed} are filled in per person"
            yield InvalidInput(problem, file=name, where=_at(number), key=f"[[{used[0]}]]")
        if "[[" in line and not used and "{#" not in line:
            known = ", ".join(f"[[{field}]]" for field in MERGE_FIELDS)
            yield InvalidInput(f"a doubled bracket that is no merge field; there are {known}", file=name, where=_at(number))


def _includes(name: str, folder: Path, tree: nodes.Template) -> Iterator[InvalidInput]:
    for kind in (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends):
        for node in tree.find_all(kind):
            target = getattr(node, "template", None)
            if not isinstance(target, nodes.Const) or not isinstance(target.value, str):
                problem = "name the included file in quotes, so that it can be found and digested"
                yield InvalidInput(problem, file=name, where=_at(node.lineno))
            elif not (folder / target.value).is_file():
                yield InvalidInput("there is no such file to include", file=name, where=_at(node.lineno), key=target.value)


def _attributes(name: str, tree: nodes.Template) -> Iterator[InvalidInput]:
    asked = [(n.node, n.attr, n.lineno) for n in tree.find_all(nodes.Getattr)]
    asked += [(n.node, n.arg.value, n.lineno) for n in tree.find_all(nodes.Getitem) if isinstance(n.arg, nodes.Const)]
    for on, key, line in asked:
        if isinstance(on, nodes.Name) and on.name in ATTRIBUTES and not _known(on.name, str(key)):
            yield _unknown(name, line, f"{on.name}.{key}")
    for call in tree.find_all(nodes.Call):
        target, first = call.node, call.args[0] if call.args else None
        if not isinstance(target, nodes.Getattr) or not isinstance(target.node, nodes.Name) or not isinstance(first, nodes.Const):
            continue
        on_name = target.node.name
        if on_name in ("fact", "when", "day") and not _key(on_name, str(first.value)):
            yield _unknown(name, call.lineno, f"{on_name}.{target.attr}({first.value!r})")


def _known(on: str, key: str) -> bool:
    return key in ATTRIBUTES[on] or (on in ("fact", "when", "day") and _key(on, key))


def _key(on: str, key: str) -> bool:
    if on == "fact":
        return key.startswith("x-") or (key in SPECS and not key.startswith("timeline."))
    return key in EVENTS


def _unknown(name: str, line: int, key: str) -> InvalidInput:
    problem = "no fact or letter can provide this: see docs/templates.md for what there is"
    return InvalidInput(problem, file=name, where=_at(line), key=key)


def _at(line: int) -> str:
    return f"line {line}" if line else ""
