"""The people affected: the newest count by residence, every count before it, and counting again from record files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import split

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from breachdesk.desk import assessment
from breachdesk.desk.assessment import Recount
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import name as place_name
from breachdesk.domain.tally import ResidenceCount, Run, compare
from breachdesk.tui.actions import Action
from breachdesk.tui.messages import PeopleCounted, RunsRead
from breachdesk.tui.screens.page import Page
from breachdesk.tui.screens.text import TextScreen
from breachdesk.tui.twin import command
from breachdesk.tui.widgets.form import Answers, Ask
from breachdesk.tui.widgets.paper import Part, write
from breachdesk.tui.widgets.table import Column, Row, Table, cells
from breachdesk.tui.words import count, moment


class PeopleScreen(Page):
    """The newest count."""

    NAME = "people"
    ROOT = True
    HELP = ("Distinct people by residence, as the newest count found them. People whose residence nobody knows are a row, never left "
            "out. A person with two residences counts in both and once in the total. c counts again from record files (CSV, Parquet, "
            "JSON Lines), u shows every count and what moved between them. Enter or w asks why a number is what it is: of which people it "
            "is made up, what the rows said, and how to count it again. S sorts by the next column, Z turns the order round, / filters.")  # fmt: skip
    BINDINGS = [("c", "count", "count again"), ("u", "runs", "counts and changes")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[Run, ...] = ()

    def body(self) -> ComposeResult:
        """Totals, the table, findings."""
        yield Static("", id="total", classes="strip", markup=False)
        yield Table(
            Column("residence"), Column("people", 9, right=True), Column("minors", 7, right=True), Column("encr.", 7, right=True),
            Column("clear", 7, right=True), Column("?", 6, right=True), Column("data most held", 24, wide=100),
            Column("stored in", 20, wide=90), id="people", empty="nobody has counted the people yet: c counts record files",
        )  # fmt: skip
        yield Static("", id="detail", classes="strip", markup=False)
        yield Static("", id="findings", classes="strip", markup=False)

    def twin(self) -> str:
        """The same as a command."""
        return command("people", "runs", self.seat.codename)

    def read(self) -> None:
        """Every count kept."""
        codename = self.seat.codename

        def ask() -> Message:
            return RunsRead(tuple(assessment.runs(self.desk, codename)))

        self.fetch(ask)

    @on(RunsRead)
    def _read(self, event: RunsRead) -> None:
        self._runs = event.runs
        table = self.query_one(Table)
        if event.runs:
            run = event.runs[-1]
            table.show(sorted((_residence(r) for r in run.tally.by_residence), key=lambda r: r.key == "unknown"))
            self.query_one("#total", Static).update(write(_total(run)))
            self.query_one("#findings", Static).update(write(_findings(run)))
            self._detail(table.key)
        if self.focused is None:
            table.focus()

    @on(Table.Moved)
    def _moved(self, event: Table.Moved) -> None:
        self._detail(event.key)

    def _detail(self, key: str) -> None:
        row = next((r for r in self._runs[-1].tally.by_residence if r.residence == key), None) if self._runs else None
        parts: list[Part] = []
        if row is not None:
            parts = [("data: ", "strong"), _most(row.data, 5), ("   stored in: ", "strong"), _most(row.stored_in, 4)]
        self.query_one("#detail", Static).update(write(parts))

    def actions(self) -> list[Action]:
        """Count, look back."""
        return [
            Action("Count again from record files", self.action_count, "c", "a count is going on: Esc stops it" if self.busy else ""),
            Action("Every count, and what moved between them", self.action_runs, "u", "" if self._runs else "there is no count yet"),
        ]

    @on(Table.Opened)
    def _open(self, event: Table.Opened) -> None:
        self._why(event.key)

    def action_why(self) -> None:
        """`w`: why the marked residence's number is what it is."""
        self._why(self.query_one(Table).key)

    def _why(self, residence: str) -> None:
        run = self._runs[-1] if self._runs else None
        row = next((r for r in run.tally.by_residence if r.residence == residence), None) if run else None
        if run is None or row is None:
            self.say(("! there is no number to explain yet", "soon"))
            return
        twin = command("people", "why", self.seat.codename, row.residence)
        self.app.push_screen(TextScreen(f"why {count(row.subjects)}: {row.residence}", why(run, row), twin))

    def action_count(self) -> None:
        """`c`: count record files."""
        last = self._runs[-1] if self._runs else None

        def check(answers: Mapping[str, str]) -> None:
            paths(answers["files"])
            if answers["mapping"]:
                paths(answers["mapping"])

        def then(answers: Answers) -> None:
            self.as_somebody(lambda: self._count(answers))

        self.ask("Count the people", [
            Ask("files", "Record files", " ".join(_quoted(f) for f in last.files) if last else "", required=True,
                help="CSV, Parquet or JSON Lines, parted by spaces; * and ~ work"),
            Ask("mapping", "Mapping file", last.mapping if last else "", help="TOML; empty when the columns have the contract's names"),
            Ask("where", "Only rows where", last.where if last else "", help="e.g. ring = 'touched'; empty: all rows"),
        ], then, verb="count", check=check,
            say=["Distinct people, by residence. Earlier counts stay. Rejected rows are told, never dropped silently."])  # fmt: skip

    def _count(self, answers: Answers) -> None:
        codename = self.seat.codename

        def deed() -> Message:
            heard = self.progress("nothing was recorded")
            heard("reading", 0, 0)
            return PeopleCounted(assessment.count(
                self.desk, codename, paths(answers["files"]), by=self.seat.by, where=answers["where"], progress=heard,
                mapping=paths(answers["mapping"])[0] if answers["mapping"] else None,
            ))  # fmt: skip

        self.long(deed)

    @on(PeopleCounted)
    def _counted(self, event: PeopleCounted) -> None:
        run = event.recount.run
        self.say(("x counted", "ok"), f": run {run.n}, {count(run.tally.subjects)} people. 4 shows what that means.")
        self.read()
        if event.recount.diff is not None:
            self.app.push_screen(TextScreen("what moved", moved(event.recount), command("people", "diff", self.seat.codename)))

    def action_runs(self) -> None:
        """`u`: every count and what moved between them."""
        if not self._runs:
            self.say(("! there is no count yet", "soon"))
            return
        parts: list[Part] = []
        for before, run in zip((None, *self._runs), self._runs, strict=False):
            parts += [(f"run {run.n}", "strong"), f"  {moment(run.at)} by {run.by}: {count(run.tally.subjects)} people, "
                      f"{count(run.tally.unknown_residence)} of unknown residence, {count(run.tally.rejected_rows)} rows rejected\n"]  # fmt: skip
            if run.where:
                parts.append(f"   only rows where {run.where}\n")
            for i in run.tally.inputs:
                parts.append((f"   {i.path}  {count(i.rows)} rows  {i.sha256[:12]}\n", "muted"))
            if before is not None:
                diff = compare(before.tally, run.tally)
                parts += [f"   {c.residence}: {count(c.before)} -> {count(c.after)} ({c.after - c.before:+,})\n" for c in diff.residences]
                parts += [f"   file changed, came or went: {path}\n" for path in diff.changed_inputs]
        self.app.push_screen(TextScreen("counts", parts, command("people", "runs", self.seat.codename)))


def paths(text: str) -> list[Path]:
    """The files a person named, parted by spaces, `~` and `*` worked out. Raises InvalidInput for one that is not there."""
    try:
        words = split(text)
    except ValueError as error:
        raise InvalidInput(f"the quotes do not close: {error}", key="files") from None
    found: list[Path] = []
    for word in words:
        path = Path(word).expanduser()
        wild = any(c in path.name for c in "*?[")
        there = sorted(path.parent.glob(path.name)) if wild else [path] if path.exists() else []
        if not there:
            raise InvalidInput("there is no such file", file=word)
        found += there
    return found


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in path else path


def _residence(row: ResidenceCount) -> Row:
    unknown = row.residence == "unknown"
    data, stored = _most(row.data, 3), _most(row.stored_in, 3)
    name = ("?? residence unknown", "unknown") if unknown else f"{row.residence:<6} {place_name(row.residence)}"
    return Row(row.residence, cells(name, (count(row.subjects), "strong"), count(row.minors), count(row.encrypted), count(row.unencrypted),
                                    (count(row.encryption_unknown), "unknown" if row.encryption_unknown else ""), data, stored))  # fmt: skip


def _most(table: Mapping[str, int], most: int) -> str:
    """The largest of a breakdown, and how many more there are."""
    parts = [f"{key} {count(n)}" for key, n in sorted(table.items(), key=lambda i: -i[1])]
    return ", ".join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def _total(run: Run) -> list[Part]:
    tally = run.tally
    twice = sum(r.subjects for r in tally.by_residence) - tally.subjects
    parts: list[Part] = [
        (f"{count(tally.subjects)} people", "strong"), f" in {count(tally.rows)} rows · count {run.n}, {moment(run.at, short=True)}, by {run.by}",
    ]  # fmt: skip
    if tally.rejected_rows or tally.flagged_rows:
        parts += [" · ", (f"{count(tally.rejected_rows)} rows rejected, {count(tally.flagged_rows)} flagged", "soon")]
    if twice:
        parts.append((f" · {count(twice)} counted in a second residence too", "muted"))
    return parts


def _findings(run: Run) -> list[Part]:
    parts: list[Part] = []
    for finding in run.tally.findings[:3]:
        where = f" of {finding.residence}" if finding.residence else ""
        stored = f" stored in {finding.stored_in}" if finding.stored_in else ""
        parts += [("! ", "soon"), f"{finding.kind}: {count(finding.subjects)} people{where}{stored} {finding.rule}".rstrip(), "\n"]
    if len(run.tally.findings) > 3:
        parts.append((f"and {len(run.tally.findings) - 3} more findings", "muted"))
    return parts[:-1] if parts and parts[-1] == "\n" else parts


def why(run: Run, row: ResidenceCount) -> list[Part]:
    """Why a residence's number is what it is: the parts that add up to it, what their rows said, and how it was counted."""
    tally = run.tally
    parts: list[Part] = [
        (f"Why {count(row.subjects)} people in {place_name(row.residence)} ({row.residence})?\n\n", "strong"),
        f"{count(row.rows)} rows are about them" + (f" (of {count(tally.rows)} in all)" if tally.rows != row.rows else "") + ". A person with "
        "several rows is one person, and all of their rows are taken together.\n",
    ]  # fmt: skip
    if row.residence == "unknown":
        parts.append("None of their rows says a residence the desk knows.\n")
    if row.elsewhere:
        parts.append(f"{count(row.elsewhere)} of them have another residence too, and are counted there as well; once in the total.\n")
    parts.append(("\nMADE UP OF, EACH PERSON IN ONE LINE\n", "strong"))
    cells = sorted((c for c in tally.cells if c.residence == row.residence), key=lambda c: -c.subjects)
    for cell in cells[:_MOST_CELLS]:
        young = f", {count(cell.minors)} minors" if cell.minors else ""
        parts.append(f"  {count(cell.subjects):>12}  {_STATE[cell.encrypted]}{young}: {', '.join(cell.data or ('data unknown',))}\n")
    if len(cells) > _MOST_CELLS:
        parts.append((f"  {count(sum(c.subjects for c in cells[_MOST_CELLS:])):>12}  in {count(len(cells) - _MOST_CELLS)} more lines\n", "muted"))
    parts += [f"  {'=':>12}\n  {count(row.subjects):>12}  people\n"]
    for title, table in (
        ("AGE ON THE DAY OF THE EXPOSURE, ELSE OF THE COUNT", {"minors": row.minors, "age unknown": row.age_unknown,
                                                               "grown up": row.subjects - row.minors - row.age_unknown}),
        ("ENCRYPTED", {"every row": row.encrypted, "at least one row not": row.unencrypted, "unknown": row.encryption_unknown}),
        ("DATA (people who hold it in any row)", row.data), ("STORED IN", row.stored_in), ("LANGUAGES", row.languages),
        ("CHANNELS", row.channels), ("RINGS", row.rings),
    ):  # fmt: skip
        parts.append((f"\n{title}\n", "strong"))
        parts += [f"  {count(n):>12}  {k or 'unknown'}\n" for k, n in sorted(table.items(), key=lambda i: -i[1]) if n] or [("  none said\n", "muted")]
    parts.append(("\nHOW IT WAS COUNTED, AND CAN BE AGAIN\n", "strong"))
    parts.append(f"  {recount_command(run)}\n")
    parts.append(f"  run {run.n}, {moment(run.at)}, by {run.by}, {tally.engine}\n")
    parts += [(f"  {i.path}  {count(i.rows)} rows  sha256 {i.sha256[:16]}\n") for i in tally.inputs]
    parts += [(f"  {path}  sha256 {sha256[:16]}\n") for path, sha256 in tally.beside.items()]
    parts.append(f"  only rows where {tally.where}\n" if tally.where else "  no filter: every row\n")
    if tally.match is not None:
        parts.append(f"  one person: {'; '.join(tally.match.rules)} ({count(tally.match.unmerged)} before, {count(tally.match.merged)} after)\n")
    if tally.rejected_rows or tally.flagged_rows:
        parts.append((f"  {count(tally.rejected_rows)} rows rejected (nobody's), {count(tally.flagged_rows)} flagged (a value read as unknown); "
                      "--rejects lists them\n", "soon"))  # fmt: skip
    return parts


_MOST_CELLS = 200
_STATE = {True: "encrypted", False: "clear", None: "encryption unknown"}


def recount_command(run: Run) -> str:
    """The command that counts the same again and keeps nothing."""
    options = ["--mapping", run.mapping] if run.mapping else []
    options += ["--where", run.where] if run.where else []
    options += ["--engine", run.engine] if run.engine else []
    return command("people", "count", *run.files, *options)


def moved(recount: Recount) -> list[Part]:
    """What another count moved, and the duties it crosses."""
    diff = recount.diff
    parts: list[Part] = []
    if diff is not None:
        parts.append((f"{count(diff.subjects[0])} -> {count(diff.subjects[1])} people ({diff.subjects[1] - diff.subjects[0]:+,})\n\n", "strong"))
        parts += [f"  {c.residence:<8}{count(c.before):>10} -> {count(c.after):>10}  {c.after - c.before:+,}\n" for c in diff.residences]
        parts += [(f"  file changed, came or went: {path}\n", "muted") for path in diff.changed_inputs]
    parts.append(("\nDUTIES THIS CHANGES\n", "strong"))
    for crossing in recount.crossings:
        style = "late" if crossing.after == "owed" else "soon"
        parts += [(f"  {crossing.before} -> {crossing.after}", style), f"  {crossing.rule} in {crossing.place}", f"  {crossing.found}\n"]
    if not recount.crossings:
        parts.append(("  none\n", "muted"))
    return [*parts, ("\nLetters drafted on an earlier count can no longer be approved or sent: draft them anew.", "muted")]


PAGE = PeopleScreen
