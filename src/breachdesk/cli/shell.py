"""`breachdesk keys` and `breachdesk completion`: what a person's fingers and their shell need to know."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import PASS, Seat


@click.command(cls=DeskCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@PASS
def completion(seat: Seat, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    breachdesk completion bash > ~/.local/share/bash-completion/completions/breachdesk
    """
    from click.shell_completion import get_completion_class

    from breachdesk.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - the choices above are click's own
    seat.out.raw(kind(cli, {}, "breachdesk", "_BREACHDESK_COMPLETE").source())


@click.command(cls=DeskCommand)
@click.option("--print", "as_toml", is_flag=True, help="Print them as TOML, one table for each screen.")
@PASS
def keys(seat: Seat, as_toml: bool) -> None:
    """The keys of the screen, page by page."""
    found = screen_keys()
    if seat.json:
        seat.out.answer("keys", {"keys": [{"where": where, "key": key, "does": does} for where, key, does in found]})
        return
    if not as_toml:
        seat.out.items([("where", where), ("key", key), ("does", does)] for where, key, does in found)
        return
    for where in dict.fromkeys(where for where, _, _ in found):
        seat.out.line(f"[{where}]")
        for place, key, does in found:
            if place == where:
                seat.out.line(f"{json.dumps(key)} = {json.dumps(does)}")


def screen_keys() -> list[tuple[str, str, str]]:
    """Every key of the screens: where it works, what is pressed, what it does."""
    from breachdesk.tui.app import MODES_IN_ORDER, BreachDeskApp
    from breachdesk.tui.screens.page import Page

    found = [("everywhere", *binding) for owner in (BreachDeskApp, Page) for binding in _bindings(owner.BINDINGS)]
    for mode in MODES_IN_ORDER:
        page = importlib.import_module(f"breachdesk.tui.screens.{mode}").PAGE
        found += [(mode, *binding) for binding in _bindings(page.__dict__.get("BINDINGS", ()))]
    return found


def _bindings(declared: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Key and description of declared bindings, which are tuples or objects with these attributes."""
    for binding in declared:
        if isinstance(binding, tuple):
            yield binding[0], binding[-1]
        else:
            yield binding.key_display or binding.key, binding.description or binding.action
