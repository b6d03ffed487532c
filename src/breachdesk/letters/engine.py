"""The one template environment: strict, sandboxed, bounded. Imported only when a letter is drawn or templates are checked.

Templates are text that an organisation edits, so they get no more than letters need: no Python attributes, no globals, a handful
of filters, no arithmetic that can grow a string, and a budget of steps and characters that ends any loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import (
    SecurityError,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from breachdesk.domain.errors import InvalidInput
from breachdesk.letters.formats import number
from breachdesk.letters.inserted import own
from breachdesk.letters.namespace import NAMES

MOST_STEPS = 20_000
MOST_CHARACTERS = 200_000
_FILTERS = ("default", "d", "first", "last", "length", "count", "lower", "sort", "unique", "upper", "capitalize")
_BOUNDED = "bounded"


@dataclass
class Budget:
    """What one drawing may still spend, its language, and which template files it has loaded."""

    language: str
    steps: int = MOST_STEPS
    characters: int = MOST_CHARACTERS
    loaded: set[str] = field(default_factory=set)

    def step(self) -> None:
        """Spend a step. Raises TemplateRuntimeError when none is left."""
        self.steps -= 1
        if self.steps < 0:
            raise TemplateRuntimeError(f"does not come to an end: more than {MOST_STEPS} steps")

    def write(self, text: str) -> str:
        """Spend the characters of a text. Raises TemplateRuntimeError when too many were written."""
        self.characters -= len(text)
        if self.characters < 0:
            raise TemplateRuntimeError(f"writes more than {MOST_CHARACTERS} characters: no letter is that long")
        return text


_budget: ContextVar[Budget | None] = ContextVar("_budget", default=None)


@contextmanager
def budget(language: str) -> Iterator[Budget]:
    """The bounds of one drawing."""
    fresh = Budget(language)
    token = _budget.set(fresh)
    try:
        yield fresh
    finally:
        _budget.reset(token)


# The three below take the context so that the compiler cannot work them out once and keep the answer.


@pass_context
def _bounded(_: Context, items: Iterable[Any]) -> Iterator[Any]:
    spent = _budget.get()
    for item in items:
        if spent is not None:
            spent.step()
        yield item


@pass_context
def _join(_: Context, items: Iterable[Any], between: str = "") -> str:
    """`list|join(", ")` over texts and numbers."""
    spent, parts = _budget.get(), []
    for item in items:
        if isinstance(item, bool) or not isinstance(item, str | int):
            raise TemplateRuntimeError(f"joins a {type(item).__name__}: only texts and numbers can be joined")
        parts.append(str(item))
        if spent is not None:
            spent.write(parts[-1] + between)
    return between.join(parts)


@pass_context
def _print(_: Context, value: Any) -> Any:
    """What `{{ … }}` writes: text, or a number with its groups; anything else is a mistake in the template."""
    spent = _budget.get()
    if isinstance(value, int) and not isinstance(value, bool):
        return value if spent is None else spent.write(own(number(value, spent.language)))
    if isinstance(value, StrictUndefined):
        return str(value)  # raises, naming it
    if isinstance(value, str):
        return value if spent is None else spent.write(value)
    raise TemplateRuntimeError(f"prints a {type(value).__name__}: print texts and numbers, test the rest with {{% if %}}")


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 as letters need it."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, folder: Path) -> None:
        super().__init__(
            loader=FileSystemLoader(str(folder)), undefined=StrictUndefined, autoescape=False, finalize=_print,
            trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, cache_size=400,
        )  # fmt: skip
        kept = {name: self.filters[name] for name in _FILTERS}
        self.filters.clear()
        self.filters.update(kept)
        self.filters["join"] = _join
        self.filters[_BOUNDED] = _bounded
        self.globals.clear()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for concat in tree.find_all(nodes.Concat):
            raise TemplateSyntaxError("~ is not available: write the pieces beside each other", concat.lineno, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _BOUNDED, [], [], None, None, lineno=loop.iter.lineno)
        tree.set_environment(self)
        return tree

    def _load_template(self, name: str, globals: Any) -> Template:
        spent = _budget.get()
        if spent is not None:
            spent.step()
            spent.loaded.add(name)
        return super()._load_template(name, globals)

    def call(self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call something from a template, within the budget."""
        spent = _budget.get()
        if spent is not None:
            spent.step()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers may be added and multiplied; text may not grow that way."""
        if all(isinstance(side, int) and abs(side) < 10**9 for side in (left, right)) and operator != "**":
            return super().call_binop(context, operator, left, right)
        raise SecurityError(f"{operator} works on small numbers only")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what the namespace offers: texts have no methods here."""
        return not isinstance(obj, str | bytes) and super().is_safe_attribute(obj, attr, value)


@contextmanager
def explained(file: str, folder: Path) -> Iterator[None]:
    """Turn what goes wrong in a template into InvalidInput with its file and line."""
    try:
        yield
    except InvalidInput as error:
        where, line = _place(error, file, folder)
        raise InvalidInput(error.problem, file=error.file or where, where=error.where or line, key=error.key) from None
    except TemplateSyntaxError as error:
        where, line = (error.name or file), f"line {error.lineno}"
        raise InvalidInput(error.message or "is not a template", file=where, where=line) from None
    except TemplateNotFound as error:
        where, line = _place(error, file, folder)
        problem = f"there is no template {error.name!r}: add the file, or mend its name"
        raise InvalidInput(problem, file=where, where=line) from None
    except SecurityError as error:
        where, line = _place(error, file, folder)
        raise InvalidInput(f"reaches for what templates may not touch: {error}", file=where, where=line) from None
    except UndefinedError as error:
        where, line = _place(error, file, folder)
        raise InvalidInput(f"{error}; templates know {', '.join(sorted(NAMES))}", file=where, where=line) from None
    except RecursionError:
        raise InvalidInput("templates or macros call each other without end", file=file) from None
    except UnicodeDecodeError:
        raise InvalidInput("is not UTF-8 text, or includes a file that is not", file=file) from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        where, line = _place(error, file, folder)
        raise InvalidInput(f"cannot be drawn: {error}", file=where, where=line) from None


def _place(error: BaseException, file: str, folder: Path) -> tuple[str, str]:
    """The template file and line nearest to where an error arose."""
    place = (file, "")
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(".j2"):
            at = Path(name)
            place = (at.relative_to(folder).as_posix() if at.is_relative_to(folder) else file, f"line {trace.tb_lineno}")
        trace = trace.tb_next
    return place
