"""Who sits at the command line: the options that hold everywhere, and the desk opened when a command first needs it."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from breachdesk.cli.output import Output
from breachdesk.domain.errors import BreachdeskError, InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from click.shell_completion import CompletionItem

    from breachdesk.desk.parts import Desk

PASS = click.pass_obj


class Seat:
    """What the person said about themselves and their terminal, and the desk they sit at."""

    def __init__(self) -> None:
        tty = sys.stdout.isatty()
        dumb = os.environ.get("TERM") == "dumb"
        self.folder = ""
        self.by = os.environ.get("BREACHDESK_USER", "").encode(errors="surrogateescape").decode(errors="replace")
        self.json = False
        self.debug = False
        self.out = Output()
        self.out.plain = not tty or dumb or os.environ.get("BREACHDESK_PLAIN", "") not in ("", "0")
        self.out.color = tty and not dumb and not os.environ.get("NO_COLOR")

    @cached_property
    def desk(self) -> Desk:
        """The desk of the chosen folder. Raises InvalidInput for settings that do not fit."""
        from pathlib import Path

        from breachdesk import bootstrap

        desk = bootstrap.open_desk(Path(self.folder) if self.folder else bootstrap.default_folder())
        self.out.banner = f"{desk.banner} (desk {desk.folder})"
        return desk

    @property
    def who(self) -> str:
        """Who records. Raises InvalidInput when nobody said."""
        from breachdesk.desk.cases import need_name

        need_name(self.by)
        return self.by

    @property
    def plain(self) -> bool:
        """Whether output goes line by line."""
        return self.out.plain

    def answer(self, schema: str, **body: Any) -> None:
        """A JSON answer about this desk; `mode` says LIVE or EXERCISE."""
        self.out.answer(schema, {"mode": self.desk.banner, **body})


def instant(text: str | None, key: str) -> datetime | None:
    """An instant a person wrote, with its offset. Raises InvalidInput naming the option."""
    if text is None:
        return None
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not an instant, e.g. 2026-03-02T09:15:00+01:00 ({error})", key=key) from None
    if moment.utcoffset() is None:
        raise InvalidInput(f"{text!r} needs its offset, e.g. 2026-03-02T09:15:00+01:00 (or Z for UTC)", key=key)
    if not reckons_with(moment):
        raise InvalidInput(BEYOND, key=key)
    return moment


BEYOND = "the time lies beyond the years this desk reckons with (1900 to 9000)"


def reckons_with(moment: datetime) -> bool:
    """Whether the longest limit there is, from this instant, still ends within the calendar."""
    return 1900 <= moment.year <= 9000


def reckonable(key: str, value: str) -> str:
    """A fact as it was typed, once its time, if it is one, can be reckoned from. Raises InvalidInput naming the key."""
    from breachdesk.domain.incident import spec_of

    if spec_of(key).kind == "instant" and value.strip():
        instant(value, key)
    return value


def _offered(words: list[tuple[str, str]], typed: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, help=told) for word, told in words if word.startswith(typed)]


def _seat_of(ctx: click.Context) -> Seat:
    return ctx.obj if isinstance(ctx.obj, Seat) else Seat()


def offer_incidents(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:  # noqa: ARG001 - click's shape
    """Codenames, for the shell's completion; nothing when the desk cannot be opened."""
    from breachdesk.desk import views

    try:
        return _offered([(row.codename, row.title) for row in views.register(_seat_of(ctx).desk)], typed)
    except BreachdeskError:
        return []


def offer_notices(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:  # noqa: ARG001 - click's shape
    """Notice ids, for the shell's completion."""
    from breachdesk.desk import notices

    try:
        found = notices.notices(_seat_of(ctx).desk)
    except BreachdeskError:
        return []
    return _offered([(v.notice.id, f"{v.notice.place} {v.notice.recipient} {v.notice.language}") for v in found], typed)


def offer_facts(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:  # noqa: ARG001 - click's shape
    """Fact keys, for the shell's completion."""
    from breachdesk.domain.incident import SPECS

    return _offered([(spec.key, spec.question) for spec in SPECS.values()], typed)


INCIDENT = click.argument("incident", shell_complete=offer_incidents)
NOTICE = click.argument("notice", metavar="ID", shell_complete=offer_notices)
KEY = click.argument("key", shell_complete=offer_facts)
AS_OF = click.option("--as-of", metavar="INSTANT", help="As the desk knew it at this instant (with offset).")
