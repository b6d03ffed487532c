"""Letters from templates: which template a duty gets, what is drawn from it, and what each person reads in it.

A template is a folder with `subject.txt.j2` and `body.md.j2`. The most specific folder that exists for a duty decides alone, its
languages too: where a state forbids what the general letter says, nobody may be given the general letter because theirs has
not been translated.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from breachdesk.domain.errors import Gate, InvalidInput, MissingFacts, NotFound
from breachdesk.domain.notices import Letter, LetterRequest, fields_in
from breachdesk.domain.people import Person
from breachdesk.domain.values import digest_of
from breachdesk.letters import formats, words
from breachdesk.letters.inserted import FSI, PDI, one_line, strongly_rtl
from breachdesk.letters.namespace import Gathering, namespace

if TYPE_CHECKING:
    from breachdesk.letters.engine import LetterEnvironment

SUBJECT, BODY = "subject.txt.j2", "body.md.j2"
BASE, PARTS = "base", "parts"
PER_PERSON = frozenset({"individuals", "guardians"})
"""Recipients whose letters are filled in for each person."""

_LIKE = {
    "guardians": "individuals", "csirt": "authority", "financial-supervisor": "authority", "market": "authority",
    "police": "authority",
}  # fmt: skip
"""Whose letter a recipient gets where nobody wrote its own."""


def candidates(rule: str, recipient: str) -> Iterator[str]:
    """The folders that may hold a duty's letter, most specific first: `us/ca/civ-1798.82/individuals` (the duty's key),
    `us/ca/civ-1798.82/` and each folder above it with the recipient, then `base`."""
    instrument, _, key = rule.partition("#")
    seen: set[str] = set()
    kinds = [recipient, *([_LIKE[recipient]] if recipient in _LIKE else [])]
    above = [str(p) for p in (PurePosixPath(instrument), *PurePosixPath(instrument).parents) if str(p) not in (".", "/")]
    for folder in (f"{instrument}/{key}", *(f"{where}/{kind}" for where in (*above, BASE) for kind in kinds)):
        if folder not in seen:
            seen.add(folder)
            yield folder


def written_in(folder: Path) -> tuple[str, ...]:
    """The languages a template folder holds: sub-folders with a body or a subject."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if (p / BODY).is_file() or (p / SUBJECT).is_file()))


class Letters:
    """The letters of one templates folder. Safe to share between threads; Jinja2 is loaded with the first letter drawn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment: LetterEnvironment | None = None
        self._lock = threading.Lock()

    def languages(self, rule: str, recipient: str) -> tuple[str, ...]:
        """The languages in which this duty's letter is written; empty when there is no letter at all."""
        return self._home(rule, recipient)[1]

    def draft(self, request: LetterRequest) -> Letter:
        """A letter with its merge fields open.

        Raises NotFound when no template fits; MissingFacts naming every fact it lacks; Gate naming every fact that is only
        suspected and cannot be asserted to the people or the public; InvalidInput (file and, where known, line) for a template
        that does not hold.
        """
        template = self._folder_for(request)
        gathering = Gathering(request)
        subject, body, loaded = self._draw(template, gathering)
        self._complete(request, gathering)
        return self._finish(request, template, subject, body, loaded, tuple(gathering.used))

    def fields(self, person: Person, language: str, reference: str) -> dict[str, str]:
        """One person's merge fields: greeting, name, elements, reference, each on one line.

        A minor is greeted through the guardian, by name where the records have it. A value whose direction may differ from the
        letter's is isolated.
        """
        spoken = formats.base(language)
        spoken = spoken if spoken in words.LANGUAGES else "en"
        name = _isolated(one_line(person.name), language)
        guardian = _isolated(one_line(person.guardian), language)
        if person.minor and guardian and name:
            greeting = words.GUARDIAN_BY_NAME[spoken].format(guardian=guardian, name=name)
        elif person.minor:
            greeting = words.GUARDIAN[spoken].format(name=name) if name else words.NAMELESS_GUARDIAN[spoken]
        else:
            greeting = words.GREETING[spoken].format(name=name) if name else words.NAMELESS[spoken]
        labels = [words.element(element, spoken) for element in person.data or ()]
        return {
            "greeting": greeting, "name": name, "elements": words.joined(labels, spoken) or words.SOME_DATA[spoken],
            "reference": _isolated(one_line(reference), language),
        }  # fmt: skip

    def check(self) -> tuple[InvalidInput, ...]:
        """Everything wrong with any template, each finding with its file and, where known, its line; empty when all hold."""
        from breachdesk.letters.lint import check

        if not self.folder.is_dir():
            return (InvalidInput("there is no such folder of templates", file=str(self.folder)),)
        return check(self.folder, self._engine())

    def _home(self, rule: str, recipient: str) -> tuple[str, tuple[str, ...]]:
        for candidate in candidates(rule, recipient):
            if languages := written_in(self.folder / candidate):
                return candidate, languages
        return "", ()

    def _folder_for(self, request: LetterRequest) -> str:
        home, languages = self._home(request.rule, request.recipient)
        if not languages:
            wanted = f"{BASE}/{request.recipient}/en/"
            raise NotFound(f"no template for {request.rule} ({request.recipient}) in {self.folder}: add {wanted}")
        for language in (request.language, formats.base(request.language)):
            if language in languages:
                return f"{home}/{language}"
        raise NotFound(f"the letter for {request.rule} is not written in {request.language}: {home} has {', '.join(languages)}")

    def _engine(self) -> LetterEnvironment:
        from breachdesk.letters.engine import LetterEnvironment

        with self._lock:
            if self._environment is None:
                self._environment = LetterEnvironment(self.folder)
            return self._environment

    def _draw(self, template: str, gathering: Gathering) -> tuple[str, str, frozenset[str]]:
        from breachdesk.letters.engine import budget, explained

        engine, names = self._engine(), namespace(gathering)
        drawn: list[str] = []
        with budget(gathering.language) as spent:
            for file in (f"{template}/{SUBJECT}", f"{template}/{BODY}"):
                with explained(file, self.folder):
                    drawn.append(engine.get_template(file).render(names))
        return drawn[0], drawn[1], frozenset(spent.loaded)

    @staticmethod
    def _complete(request: LetterRequest, gathering: Gathering) -> None:
        what = f"the letter for {request.rule} in {request.language}"
        doubtful = ", ".join(gathering.unconfirmed)
        if gathering.missing:
            more = f" (and only suspected, so not to be asserted: {doubtful})" if doubtful else ""
            raise MissingFacts(what + more, tuple(gathering.missing))
        if doubtful:
            raise Gate(
                f"{what} asserts only what is confirmed, and this is only suspected: {doubtful}. Record each as confirmed, or "
                "leave it out of the letter"
            )

    def _finish(
        self, request: LetterRequest, template: str, subject: str, body: str, loaded: frozenset[str], facts: tuple[str, ...]
    ) -> Letter:
        from breachdesk.letters import page

        file = f"{template}/{BODY}"
        title = page.subject(subject)
        if not title:
            raise InvalidInput("the subject is empty", file=f"{template}/{SUBJECT}")
        text, html = page.text(body, request.language), page.page(body, title, request.language)
        _merges(request, title + text, file)
        _headed(request, page.headings(body), file)
        return Letter(
            subject=title, text=text, html=html, template=file, template_digest=self._digest(loaded), facts=facts,
        )  # fmt: skip

    def _digest(self, loaded: frozenset[str]) -> str:
        """The digest of the text of every template file a letter was drawn from, by path."""
        return digest_of({path: (self.folder / path).read_text("utf-8") for path in sorted(loaded)})


def _merges(request: LetterRequest, text: str, file: str) -> None:
    try:
        used = fields_in(text)
    except InvalidInput as error:
        raise InvalidInput(error.problem, file=file, key=error.key) from None
    if used and request.recipient not in PER_PERSON:
        raise InvalidInput(f"a letter to {request.recipient} has no person to fill this in", file=file, key=f"[[{used[0]}]]")


def _headed(request: LetterRequest, headings: tuple[tuple[int, str], ...], file: str) -> None:
    """Raises InvalidInput when a title or heading the law prescribes is not there, word for word and in order.

    In a letter in another language the prescribed words may be followed by ` / ` and their translation.
    """
    found = [heading.split(" / ")[0] for _, heading in headings]
    if request.title_required and request.title_required not in found[:1]:
        raise InvalidInput(f"{request.regime} orders this title: {request.title_required}", file=file, key="title")
    rest = iter(found)
    for heading in request.headings_required:
        if heading not in rest:
            raise InvalidInput(f"{request.regime} orders this heading, in this order", file=file, key=heading)


def _isolated(value: str, language: str) -> str:
    return f"{FSI}{value}{PDI}" if value and formats.rtl(language) != strongly_rtl(value) else value

