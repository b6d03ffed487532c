"""Groups that know their commands from a small table and import a command only when somebody calls it.

Help and completion of a group come from the table, so that `breachdesk --help` stays quick whatever the desk grows into.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from breachdesk.cli.seat import Seat


class Entry(NamedTuple):
    """A command of a group: the function to import (`module:function`) and its line of help."""

    where: str
    help: str


class Noun(NamedTuple):
    """A noun and its verbs. `default` is the verb meant when none is named (`send N-001`)."""

    help: str
    verbs: Mapping[str, Entry]
    default: str = ""


class LazyGroup(click.Group):
    """A group over a table of entries and nouns."""

    def __init__(self, *, table: Mapping[str, Entry | Noun], default: str = "", **attrs: Any) -> None:
        super().__init__(**attrs)
        self.table = table
        self.default = default

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        """Every command, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's shape
        """One command, imported now; None when there is no such command."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, Noun):
            return LazyGroup(name=cmd_name, help=entry.help, table=entry.verbs, default=entry.default)
        module, _, function = entry.where.partition(":")
        found = getattr(importlib.import_module(module), function)
        assert isinstance(found, click.Command)  # noqa: S101 - the table names commands only, and a test loads each
        found.name = cmd_name
        return found

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """With a default verb, a first word that is no verb is the verb's own argument. Raises UsageError when nothing is named."""
        if not (args or self.invoke_without_command or ctx.resilient_parsing):
            ctx.fail(f"missing command: one of {', '.join(self.table)}")
        if self.default and args and args[0] not in self.table and args[0] not in ("--help", "-h"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first word. Raises UsageError naming near ones when there is none."""
        name = args[0]
        if name not in self.table and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, self.table, n=2)
            hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(self.table)}"
            ctx.fail(f"there is no command {name!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's shape
        """The table, as help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Command names from the table, then this group's options."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(n, help=e.help) for n, e in self.table.items() if n.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


def _told(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Note what an option that holds everywhere said; the place nearest to the command has the last word."""
    if value in (None, False):
        return
    seat: Seat = ctx.obj
    if param.name in ("plain", "no_color"):
        seat.out.plain = seat.out.plain or param.name == "plain"
        seat.out.color = False
    else:
        setattr(seat, {"desk": "folder"}.get(str(param.name), str(param.name)), value)


def _everywhere() -> list[click.Option]:
    def option(*names: str, **attrs: Any) -> click.Option:
        return click.Option(list(names), expose_value=False, callback=_told, **attrs)

    return [
        option("--desk", metavar="FOLDER", type=click.Path(file_okay=False), help="The desk's folder (or BREACHDESK_HOME)."),
        option("--by", metavar="NAME", help="Who you are (or BREACHDESK_USER)."),
        option("--json", is_flag=True, help="Answer with one JSON object."),
        option("--plain", is_flag=True, help="One item per line, label before value (or BREACHDESK_PLAIN=1)."),
        option("--no-color", is_flag=True, help="No colours (or NO_COLOR)."),
        option("--debug", is_flag=True, help="Show where an error came from."),
    ]  # fmt: skip


EVERYWHERE: Sequence[click.Option] = _everywhere()


class DeskCommand(click.Command):
    """A command that takes the options that hold everywhere behind its own, too."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters and those that hold everywhere."""
        own = super().get_params(ctx)
        return [*own[:-1], *EVERYWHERE, own[-1]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options first, those that hold everywhere apart."""
        own = [p for p in self.get_params(ctx) if p not in EVERYWHERE]
        for title, params in (("Options", own), ("Options everywhere", EVERYWHERE)):
            records = [record for p in params if (record := p.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
