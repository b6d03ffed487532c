"""`breachdesk`: nouns and verbs over the desk. This module holds the table of commands and imports none of them.

With nothing named it opens the screen on a terminal, and prints the short help anywhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from breachdesk import __version__
from breachdesk.cli import diagnostics
from breachdesk.cli.lazy import EVERYWHERE, Entry, LazyGroup, Noun
from breachdesk.cli.seat import Seat

C = "breachdesk.cli"

TABLE: Mapping[str, Entry | Noun] = {
    "incident": Noun("Open an incident, see where it stands, move it along.", {
        "new": Entry(f"{C}.incident:new", "Put an incident on the register."),
        "list": Entry(f"{C}.incident:list_", "Every incident with its clocks."),
        "show": Entry(f"{C}.incident:show", "One incident at a glance: next step, clocks, what blocks."),
        "state": Entry(f"{C}.incident:state", "Move it: open, contained, notified, closed."),
        "import-veris": Entry(f"{C}.incident:import_veris", "Open an incident from a VERIS record."),
        "facts-file": Entry(f"{C}.incident:facts_file", "Print what is known as a facts file."),
    }),
    "facts": Noun("Record what is known, suspected or unknown; nothing is overwritten.", {
        "set": Entry(f"{C}.facts:set_", "Record a fact."),
        "unknown": Entry(f"{C}.facts:unknown", "Record that nobody knows."),
        "list": Entry(f"{C}.facts:list_", "What is known now, or was at an instant."),
        "history": Entry(f"{C}.facts:history", "Every value a fact ever had."),
        "keys": Entry(f"{C}.facts:keys", "Every fact the desk knows by name."),
    }),
    "people": Noun("Count the people affected, from your own record files.", {
        "count": Entry(f"{C}.people:count", "Count distinct people over record files."),
        "runs": Entry(f"{C}.people:runs", "The counts kept on an incident."),
        "diff": Entry(f"{C}.people:diff", "What moved from one count to another."),
        "why": Entry(f"{C}.people:why", "Why a residence's number is what it is."),
        "map": Entry(f"{C}.people:map_", "Propose a mapping for a record file."),
        "near": Entry(f"{C}.people:near", "Pairs of ids that may be one person."),
        "decide": Entry(f"{C}.people:decide", "Decide whether two ids are one person."),
        "conform": Entry(f"{C}.people:conform", "Check that another engine counts exactly."),
    }),
    "duties": Noun("Who must be told, by when, and because of what.", {
        "assess": Entry(f"{C}.assess:assess", "What a facts file owes."),
        "list": Entry(f"{C}.duties:list_", "What an incident owes, soonest first."),
        "why": Entry(f"{C}.duties:why", "Why a duty is owed or not, and how its date was reckoned."),
    }),
    "clocks": Noun("Every running clock of the desk.", {
        "list": Entry(f"{C}.clocks:list_", "All clocks of all open incidents, soonest first."),
        "check": Entry(f"{C}.clocks:check", "Exit 10 when a clock is close, 11 when one is late."),
    }),
    "clock": Entry(f"{C}.assess:clock", "The clock engine alone: place, start, limit."),
    "law": Noun("The law the desk has read.", {
        "list": Entry(f"{C}.law:list_", "Every rule."),
        "show": Entry(f"{C}.law:show", "One rule: versions, limits, citations."),
        "coverage": Entry(f"{C}.law:coverage", "How far the law of each place has been read."),
        "stale": Entry(f"{C}.law:stale", "Rules nobody has read for a while."),
    }),
    "severity": Noun("How bad it is, by published methods: they propose, a person decides.", {
        "enisa": Entry(f"{C}.severity:enisa", "ENISA 2013: SE = DPC x EI + CB."),
        "test": Entry(f"{C}.severity:test", "A harm test of law: HIPAA, Canada, Australia, New Zealand, Singapore."),
        "questions": Entry(f"{C}.severity:questions", "A method's questions as a file to fill in."),
        "decide": Entry(f"{C}.severity:decide", "Record your decision about harm, with reasons."),
    }),
    "playbook": Noun("The procedures on the shelf.", {
        "list": Entry(f"{C}.playbook:list_", "Every playbook."),
        "show": Entry(f"{C}.playbook:show", "The steps of a playbook."),
        "use": Entry(f"{C}.playbook:use", "Give an incident its playbook."),
        "check": Entry(f"{C}.playbook:check", "Find what is wrong in a playbook or scenario file (exit 5 when anything is)."),
    }),
    "step": Noun("The way through the playbook.", {
        "list": Entry(f"{C}.step:list_", "Where every step stands."),
        "next": Entry(f"{C}.step:next_", "The next thing to do."),
        "begin": Entry(f"{C}.step:begin", "Take a step on."),
        "done": Entry(f"{C}.step:done", "A step is done."),
        "skip": Entry(f"{C}.step:skip", "Set a step aside, with the reason."),
        "reopen": Entry(f"{C}.step:reopen", "Take a finished step up again, with the reason."),
    }),
    "notice": Noun("Draft notices, have them reviewed, approve them, note their filing.", {
        "draft": Entry(f"{C}.notice:draft", "Draw the letters of a duty."),
        "list": Entry(f"{C}.notice:list_", "The review queue: every notice and what blocks it."),
        "show": Entry(f"{C}.notice:show", "Read a notice, with the code an approval asks for."),
        "compare": Entry(f"{C}.notice:compare", "What changed between two versions, word by word."),
        "comment": Entry(f"{C}.notice:comment", "Remark on the newest version."),
        "resolve": Entry(f"{C}.notice:resolve", "Mark a remark as dealt with."),
        "approve": Entry(f"{C}.notice:approve", "Approve exactly the text you read."),
        "send-back": Entry(f"{C}.notice:send_back", "Send it back to its author, with reasons."),
        "file": Entry(f"{C}.notice:file", "Note a filing made on a portal or by hand."),
    }),
    "send": Noun("Send an approved notice, one message per person: `breachdesk send ID`.", {
        "now": Entry(f"{C}.send:now", "Send, or resume a send (the same as `breachdesk send ID`)."),
        "ledger": Entry(f"{C}.send:ledger", "Whose message was not accepted, by number."),
        "settle": Entry(f"{C}.send:settle", "Decide about unknown outcomes: resend, or arrived."),
        "recover": Entry(f"{C}.send:recover", "Name the people a send that died left in the open."),
    }, default="now"),
    "audit": Noun("The journal of everything that happened.", {
        "verify": Entry(f"{C}.proof:verify", "Check the whole chain (exit 6 when it does not fit)."),
        "log": Entry(f"{C}.proof:log", "The journal, or one incident's part of it."),
    }),
    "pack": Entry(f"{C}.proof:pack", "Write an incident's evidence pack."),
    "readiness": Entry(f"{C}.proof:readiness", "What must be in order before any incident."),
    "exercise": Noun("Tabletop exercises on the real desk, with mail that cannot leave.", {
        "list": Entry(f"{C}.exercise:list_", "Every scenario."),
        "show": Entry(f"{C}.exercise:show", "A scenario for its facilitator (answers included)."),
        "begin": Entry(f"{C}.exercise:begin", "Begin a scenario in a folder of its own."),
        "next": Entry(f"{C}.exercise:next_", "Play the next inject."),
        "jump": Entry(f"{C}.exercise:jump", "Let time pass on the exercise's clock."),
        "clock": Entry(f"{C}.exercise:clock", "What time it is in the exercise."),
        "score": Entry(f"{C}.exercise:score", "How the team does, from the journal alone."),
        "rehearse": Entry(f"{C}.exercise:rehearse", "Run the whole script against a scripted team."),
    }),
    "demo": Entry(f"{C}.demo:demo", "A sample incident from the count to the letters, on this machine only."),
    "keys": Entry(f"{C}.shell:keys", "The keys of the screen."),
    "completion": Entry(f"{C}.shell:completion", "Print the completion script of a shell."),
}  # fmt: skip
"""Every command: what the help shows, and where the function is that does it."""

EPILOG = """\
\b
breachdesk incident new "CRM export on an open bucket" --by "A. Responder"
breachdesk duties assess facts.toml --json
breachdesk clocks check || page-someone
"""


class Root(LazyGroup):
    """The program. Every ending becomes an exit code here, also under a test runner."""

    def main(  # type: ignore[override]  # neither of click's two overloads: it never returns
        self, args: Any = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the arguments and leave with the contract's exit code."""
        seat = Seat()
        extra.update(standalone_mode=False, obj=seat)
        run = super().main
        sys.exit(
            diagnostics.guarded(
                lambda: run(args=args, prog_name=prog_name or "breachdesk", **extra), seat.out.close, lambda: seat.debug
            )
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse words that are no text: they could not be kept, nor shown again. Raises UsageError."""
        for number, word in enumerate(args, 1):
            if any("\ud800" <= c <= "\udfff" for c in word):
                ctx.fail(f"argument {number} is not UTF-8 text")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """A reader that goes away is not an error of the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise diagnostics.Unread from None


def _start(ctx: click.Context) -> int | None:
    if ctx.invoked_subcommand is not None:
        return None
    seat: Seat = ctx.obj
    if seat.out.plain or seat.json or not sys.stdin.isatty():
        seat.out.raw(ctx.get_help())
        return None
    from breachdesk.tui.app import run

    def practise() -> None:
        demo = cli.get_command(ctx, "demo")
        assert demo is not None  # noqa: S101 - it stands in the table
        ctx.invoke(demo)

    run(seat.desk, by=seat.by, practise=practise)
    return None


cli = Root(
    name="breachdesk", table=TABLE, invoke_without_command=True, callback=click.pass_context(_start), params=[*EVERYWHERE],
    help="A desk for personal-data breaches: count the people, find the duties, draft, approve, send, prove, rehearse.",
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
click.version_option(__version__, prog_name="breachdesk")(cli)


def main() -> NoReturn:
    """The entry point of the `breachdesk` command."""
    cli.main()
