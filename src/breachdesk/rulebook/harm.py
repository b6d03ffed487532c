"""Reads the shipped harm tests, and the files in which a person answers one. Raises InvalidInput naming file and key."""

from __future__ import annotations

from pathlib import Path

from breachdesk.domain.errors import InvalidInput, NotFound
from breachdesk.domain.rules import Citation
from breachdesk.domain.severity import CIRCUMSTANCES, IDENTIFIED, EnisaAnswers, HarmAnswers, HarmTest, Weighed, enisa, weigh
from breachdesk.rulebook.files import HARM, parse_toml, read_bytes, shipped, value_from

ENISA = "enisa"


def methods(folder: Path | None = None) -> tuple[str, ...]:
    """The methods there are: `enisa`, and the id of each harm test of law."""
    return tuple(path.stem for path in sorted((folder or shipped()).glob(f"{HARM}*.toml")))


def harm_test(method: str, folder: Path | None = None) -> HarmTest:
    """A harm test of law. Raises NotFound naming those there are."""
    known = [name for name in methods(folder) if name != ENISA]
    if method not in known:
        raise NotFound(f"there is no method {method!r}; there are {', '.join((ENISA, *known))}")
    shown = f"{HARM}{method}.toml"
    test = value_from(HarmTest, parse_toml(read_bytes((folder or shipped()) / shown, shown), shown), shown)
    if test.id != method:
        raise InvalidInput(f"the id must be the file's name: {method}", file=shown, key="id")
    return test


def enisa_sources(folder: Path | None = None) -> tuple[Citation, ...]:
    """Where ENISA's method was read."""
    shown = f"{HARM}{ENISA}.toml"
    rows = parse_toml(read_bytes((folder or shipped()) / shown, shown), shown)["citation"]
    return tuple(value_from(Citation, row, f"{shown}: citation {n}") for n, row in enumerate(rows, 1))


def weigh_file(method: str, answers: Path) -> Weighed:
    """What a method comes to for the answers of a TOML file. Raises InvalidInput, NotFound."""
    shown = str(answers)
    test = None if method == ENISA else harm_test(method)
    if not answers.exists():
        raise NotFound(f"{shown}: there is no such file; `breachdesk severity questions {method}` prints one to fill in")
    body = parse_toml(read_bytes(answers, shown), shown)
    if test is None:
        return enisa(value_from(EnisaAnswers, body, shown, "an answer of this method"), enisa_sources())
    try:
        return weigh(test, value_from(HarmAnswers, body, shown, "an answer of this method"))
    except ValueError as error:
        raise InvalidInput(str(error), file=shown, key="factor") from None


def questions(method: str) -> str:
    """A file of answers to fill in, with the method's questions as comments. Raises NotFound."""
    if method == ENISA:
        return _enisa_questions()
    test = harm_test(method)
    lines = [f"# {test.name}", f"# {test.standard}", "# leans: raises, lowers or unknown; because: what was found.", ""]
    if test.deemed:
        lines += [f"# deemed = true    # yes or no: {test.deemed}", ""]
    for factor in test.factor:
        lines += [
            f"[factor.{factor.key}]", f"# {factor.question}", f"#   raises: {factor.raises}", f"#   lowers: {factor.lowers}",
            'leans = "unknown"', 'because = ""', "",
        ]  # fmt: skip
    return "\n".join(lines)


def _enisa_questions() -> str:
    lines = [
        "# ENISA 2013: SE = DPC x EI + CB", "# How easily can somebody who has the data tell who the people are?",
        f'identification = "maximum"    # {", ".join(IDENTIFIED)}',
    ]  # fmt: skip
    lines += [f'{kind} = "none"    # {", ".join(steps)}' for kind, steps in CIRCUMSTANCES.items()]
    lines += [
        "malicious = false", "unintelligible = false", "# people = 100", "",
        "# One table for each category hit: simple 1, behavioural 2, financial 3, sensitive 4. The context (volume, who the",
        "# controller or the people are, data out of date, public before, or saying little) adjusts within 1 to 4.",
        "[[data]]", 'category = "simple"', "adjust = 0", 'because = ""', "",
    ]  # fmt: skip
    return "\n".join(lines)
