"""Standard error has one mouth: what is said to a person, and the one line and exit code by which every command fails.

    0 fine · 1 unexpected · 2 usage · 3 not found · 4 a gate · 5 input not valid · 6 integrity · 10, 11 clocks · 12 sent in part
    130 stopped by Ctrl+C · 141 the reader of the output has gone
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import perf_counter

import click

from breachdesk.cli.output import harmless
from breachdesk.domain.errors import BreachdeskError
from breachdesk.domain.pace import Pace, bar

UNEXPECTED, USAGE, STOPPED, UNREAD = 1, 2, 130, 141


def tell(text: str) -> None:
    """One line to a person."""
    click.echo(harmless(" ".join(text.split())), file=sys.stderr)


def on_terminal() -> bool:
    """Whether a person sits there who can answer a question: both standard input and standard error are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Progress:
    """A line on a terminal's standard error that says how far long work has come; silent when nobody watches."""

    def __init__(self) -> None:
        self._shown = False
        self._watched = sys.stderr.isatty()
        self._pace = Pace()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Work has come so far; `total` is 0 when it is not known."""
        if self._watched:
            rate = self._pace.rate(stage, done, perf_counter())
            told = f"{bar(done, total)} {done:_}" + (f" of {total:_} ({100 * done // total} %)" if total else "")
            told += f", {rate:_} a second" if rate else ""
            click.echo(f"\r\x1b[2K{harmless(stage)}: {told.replace('_', ' ').lstrip()}", nl=False, file=sys.stderr)
            self._shown = True

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[2K", nl=False, file=sys.stderr)
            self._shown = False


def guarded(run: Callable[[], object], close: Callable[[], None], debug: Callable[[], bool]) -> int:
    """Run a command; every way it can end becomes one exit code and at most one line on standard error."""
    try:
        result = run()
        close()
    except (BrokenPipeError, Unread):
        _stop_writing()
        return UNREAD
    except BreachdeskError as error:
        return _failed(f"breachdesk: {error}", error.exit_code, debug)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "breachdesk"
        return _failed(f"breachdesk: {error.format_message()} (`{path} --help` says how it is used)", USAGE, lambda: False)
    except click.ClickException as error:
        return _failed(f"breachdesk: {error.format_message()}", error.exit_code, debug)
    except (click.Abort, KeyboardInterrupt):
        tell("breachdesk: stopped. Nothing is lost: what was recorded stays, and a send resumes where it stopped.")
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last mouth there is
        told = f"breachdesk: unexpected {type(error).__name__}: {error}"
        told += "" if debug() else ". Run it again with --debug to see where."
        return _failed(told, UNEXPECTED, debug)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


class Unread(Exception):
    """Whoever read our output has gone."""


def _failed(line: str, code: int, debug: Callable[[], bool]) -> int:
    if debug():
        import traceback

        traceback.print_exc(file=sys.stderr)
    tell(line)
    return code


def _stop_writing() -> None:
    """Let the interpreter flush into nowhere on its way out."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
