"""`breachdesk people`: distinct people over record files, the counts an incident keeps, and what moved between them."""

from __future__ import annotations

from pathlib import Path

import click

from breachdesk.cli.diagnostics import Progress
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.output import Pair
from breachdesk.cli.seat import INCIDENT, PASS, Seat, instant, offer_incidents
from breachdesk.cli.words import grouped, moment, people
from breachdesk.desk import assessment
from breachdesk.desk.assessment import Crossing, Recount
from breachdesk.desk.parts import Desk
from breachdesk.domain import places
from breachdesk.domain.errors import Gate
from breachdesk.domain.tally import DIVISIONS, ResidenceCount, Tally, TallyDiff

PATH = click.Path(path_type=Path)


@click.command(cls=DeskCommand)
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE…")
@click.option("--mapping", type=PATH, help="A TOML file that names your own columns.")
@click.option("--where", default="", metavar="EXPR", help="Only rows for which this holds.")
@click.option("--rejects", type=PATH, help="Write rejected and flagged rows to this CSV.")
@click.option("--by", default="", metavar="WORDS", help=f"Count each combination too, e.g. residence,data,minor. Of: {', '.join(DIVISIONS)}.")
@click.option("--at", metavar="INSTANT", help="The instant of the run (with offset), for ages; now when left out.")
@click.option("--engine", default="", metavar="URL", help="spark://host:7077, postgresql://user@host/db …; FILE is a table or path of it.")
@click.option("--incident", default="", metavar="CODENAME", shell_complete=offer_incidents, help="Keep the count on an incident.")
@PASS
def count(
    seat: Seat, files: tuple[str, ...], mapping: Path | None, where: str, rejects: Path | None, by: str, at: str | None,
    engine: str, incident: str,
) -> None:  # fmt: skip
    """Count distinct people over record files: CSV, Parquet, JSON Lines.

    \b
    breachdesk people count crm.parquet newsletter.csv --json
    breachdesk people count crm.parquet --mapping crm.toml --rejects rejects.csv --incident amber
    """
    engine = "" if engine == "duckdb" else engine
    named: list[Path | str] = [name if engine else Path(name) for name in files]
    if incident and at:
        raise click.UsageError("--at goes without --incident: a count that is kept is of now")
    desk, progress, divisions = seat.desk, Progress(), tuple(filter(None, (word.strip() for word in by.split(","))))
    kept: Recount | None = None
    try:
        if incident:
            kept = assessment.count(
                desk, incident, named, by=seat.who, mapping=mapping, where=where, rejects=rejects, progress=progress, engine=engine,
                divisions=divisions,
            )
            tally = kept.run.tally
        else:
            tally = assessment.count_people(
                desk, named, mapping=mapping, where=where, rejects=rejects, at=instant(at, "--at"), progress=progress, engine=engine,
                divisions=divisions,
            )
    finally:
        progress.end()
    if seat.json:
        seat.out.raw_json(tally.as_contract() | (_kept_as_json(desk, incident, kept) if kept else {}))
        return
    _show_tally(seat, tally)
    if kept is not None:
        seat.out.line(f"kept on {incident} as run {kept.run.n}")
        if kept.diff is not None:
            _show_diff(seat, kept.diff)
        _show_crossings(seat, kept.crossings)
    elif rejects and (tally.rejected_rows or tally.flagged_rows):
        seat.out.line(f"rejected and flagged rows: {rejects}")


@click.command(cls=DeskCommand)
@click.option("--engine", required=True, metavar="URL", help="The engine to check, as for people count.")
@PASS
def conform(seat: Seat, engine: str) -> None:
    """Check that an engine counts exactly as the built-in one does, and keep the result.

    Six thousand made-up rows are counted on both under three filters, and every figure is compared. Engines that the project's own
    tests do not run on are used only after this has passed on them.
    """
    found = assessment.conform(seat.desk, engine)
    if seat.json:
        seat.answer("engine-conformance", **found.model_dump(mode="json"))
    else:
        seat.out.line(f"{found.engine} {found.version} at {found.url}: " + ("counts exactly" if found.agrees else "DOES NOT AGREE"))
        for difference in found.differences[:20]:
            seat.out.line(difference)
    if not found.agrees:
        raise Gate(f"{found.url}: differs in {len(found.differences)} figures; it cannot be used for counting")


@click.command(name="map", cls=DeskCommand)
@click.argument("file", type=PATH)
@click.option("--fides", type=PATH, help="A Fides manifest that says which data the file holds.")
@click.option("--fides-key", default="", metavar="KEY", help="The data set or system of the manifest, when it has several.")
@PASS
def map_(seat: Seat, file: Path, fides: Path | None, fides_key: str) -> None:
    """Propose a mapping for a record file by looking at it.

    \b
    breachdesk people map kunden.csv > mapping.toml
    """
    text = assessment.propose_mapping(seat.desk, file, fides=fides, key=fides_key)
    if seat.json:
        seat.answer("mapping-proposal", file=str(file), mapping=text)
    else:
        click.echo(text, nl=False)


@click.command(cls=DeskCommand)
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE…")
@click.option("--mapping", type=PATH, required=True, help="The mapping whose [match] rules say what is compared.")
@PASS
def near(seat: Seat, files: tuple[Path, ...], mapping: Path) -> None:
    """Pairs of ids that may be one person, for a person to decide."""
    found = assessment.near_matches(seat.desk, files, mapping=mapping)
    if seat.json:
        seat.answer("near-matches", pairs=[pair.model_dump(mode="json") for pair in found])
        return
    seat.out.line(f"{len(found)} pairs to decide on")
    seat.out.items([("", pair.a), ("", pair.b), ("why", pair.why)] for pair in found)


@click.command(cls=DeskCommand)
@click.argument("first")
@click.argument("second")
@click.option("--mapping", type=PATH, required=True, help="The mapping whose [match] decisions file keeps the decision.")
@click.option("--same/--different", "same", required=True, help="Whether the two ids are one person.")
@PASS
def decide(seat: Seat, first: str, second: str, mapping: Path, same: bool) -> None:
    """Decide whether two ids are one person; the next count follows it."""
    assessment.decide_match(seat.desk, first, second, mapping=mapping, same=same, by=seat.who)
    seat.out.line(f"kept: {first} and {second} are {'the same person' if same else 'different people'}")


def _kept_as_json(desk: Desk, incident: str, kept: Recount) -> dict[str, object]:
    return {
        "mode": desk.banner, "incident": incident, "run": kept.run.n,
        "diff": kept.diff.model_dump(mode="json") if kept.diff else None,
        "crossings": [crossed.model_dump(mode="json") for crossed in kept.crossings],
    }  # fmt: skip


def _show_tally(seat: Seat, tally: Tally) -> None:
    out, plain = seat.out, seat.plain
    said = "People" if tally.complete else "NOT COMPLETE, people at least"
    out.line(f"{said}: {people(tally.subjects, plain=plain)} in {grouped(tally.rows, plain=plain)} rows")
    out.line(
        f"rows rejected: {grouped(tally.rejected_rows, plain=plain)}; rows flagged: {grouped(tally.flagged_rows, plain=plain)}; "
        f"residence unknown: {people(tally.unknown_residence, plain=plain)}"
    )
    if tally.match is not None:
        out.line(
            f"match rules: {'; '.join(tally.match.rules)}. Before them {people(tally.match.unmerged, plain=plain)}, after them "
            f"{people(tally.match.merged, plain=plain)}; pairs to decide on: {grouped(tally.match.near, plain=plain)} (people near)"
        )
    out.items(_residence(row, plain) for row in tally.by_residence)
    out.items([*share.of.items(), ("people", grouped(share.subjects, plain=plain))] for share in tally.breakdown)
    for finding in tally.findings:
        where = f"{finding.residence} stored in {finding.stored_in}: " if finding.residence or finding.stored_in else ""
        out.line(f"finding: {finding.kind}: {where}{people(finding.subjects, plain=plain)}. {finding.rule}")


def _residence(row: ResidenceCount, plain: bool) -> list[Pair]:
    def number(n: int) -> str:
        return grouped(n, plain=plain)

    def split(parts: dict[str, int]) -> str:
        return ", ".join(f"{name} {number(n)}" for name, n in sorted(parts.items(), key=lambda item: (-item[1], item[0])))

    return [
        ("residence", row.residence),
        ("", places.name(row.residence) if places.name(row.residence) != row.residence else ""),
        ("people", number(row.subjects) if plain else people(row.subjects)),
        ("minors", number(row.minors)),
        ("age unknown", number(row.age_unknown)),
        ("encrypted", f"{number(row.encrypted)} yes, {number(row.unencrypted)} no, {number(row.encryption_unknown)} unknown"),
        ("data", split(row.data)),
        ("stored in", split(row.stored_in)),
        ("rings", " / ".join(f"{ring} {number(row.rings[ring])}" for ring in ("touched", "reachable", "held") if row.rings.get(ring))),
        ("languages", split(row.languages)),
        ("channels", split(row.channels)),
    ]


def _show_crossings(seat: Seat, crossings: tuple[Crossing, ...]) -> None:
    for crossed in crossings:
        turn = "a clock begins" if crossed.after == "owed" else "a clock falls" if crossed.before == "owed" else "no clock was sure"
        seat.out.line(f"CROSSED: {crossed.rule} ({crossed.place}): {crossed.before} -> {crossed.after} ({turn}); {crossed.found}")


def _show_diff(seat: Seat, diff: TallyDiff) -> None:
    def number(n: int) -> str:
        return grouped(n, plain=seat.plain)

    before, after = diff.subjects
    seat.out.line(f"people: {number(before)} before, {number(after)} now ({after - before:+d})")
    for change in diff.residences:
        seat.out.line(
            f"{change.residence}: {number(change.before)} before, {number(change.after)} now ({change.after - change.before:+d})"
        )
    for path in diff.changed_inputs:
        seat.out.line(f"file changed: {path}")


@click.command(cls=DeskCommand)
@INCIDENT
@PASS
def runs(seat: Seat, incident: str) -> None:
    """The counts kept on an incident, oldest first."""
    found = assessment.runs(seat.desk, incident)
    if seat.json:
        kept = [run.model_dump(mode="json", exclude={"tally"}) | {"tally": run.tally.as_contract()} for run in found]
        seat.answer("runs", incident=incident, runs=kept)
        return
    seat.out.line(f"Counts of {incident}: {len(found)}")
    seat.out.items(
        [
            ("run", str(run.n)),
            ("people", grouped(run.tally.subjects, plain=seat.plain)),
            ("at", moment(run.at)),
            ("by", run.by),
            ("residence unknown", grouped(run.tally.unknown_residence, plain=seat.plain)),
            ("files", ", ".join(run.files)),
            ("where", run.where),
        ]
        for run in found
    )


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("residence")
@click.option("--run", "number", type=int, default=0, metavar="N", help="The run to explain; the newest when left out.")
@PASS
def why(seat: Seat, incident: str, residence: str, number: int) -> None:
    """Why a residence's number is what it is: the parts that add up to it, and how it was counted.

    \b
    breachdesk people why amber US-CA
    """
    run, row = assessment.one_residence(seat.desk, incident, residence, number)
    tally, plain = run.tally, seat.plain
    cells = [cell for cell in tally.cells if cell.residence == row.residence]
    if seat.json:
        seat.answer("people-why", incident=incident, run=run.n, residence=row.model_dump(mode="json"),
                    cells=[cell.model_dump(mode="json") for cell in cells],
                    counted=run.model_dump(mode="json", include={"at", "by", "files", "mapping", "where", "engine"}),
                    inputs=[i.model_dump(mode="json") for i in tally.inputs], beside=tally.beside)  # fmt: skip
        return
    seat.out.line(f"{people(row.subjects, plain=plain)} of {row.residence}, in {grouped(row.rows, plain=plain)} rows (run {run.n}, {moment(run.at)})")
    if row.elsewhere:
        seat.out.line(f"{grouped(row.elsewhere, plain=plain)} of them have another residence too, and are counted there as well")
    seat.out.line("made up of, each person in one line:")
    seat.out.items(
        [
            ("people", grouped(cell.subjects, plain=plain)),
            ("", {True: "encrypted", False: "clear", None: "encryption unknown"}[cell.encrypted]),
            ("minors", grouped(cell.minors, plain=plain)),
            ("age unknown", grouped(cell.age_unknown, plain=plain)),
            ("data", ", ".join(cell.data or ("unknown",))),
        ]
        for cell in sorted(cells, key=lambda cell: -cell.subjects)
    )
    for path, sha256 in ((*((i.path, i.sha256) for i in tally.inputs), *tally.beside.items())):
        seat.out.line(f"read: {path} sha256 {sha256}")
    seat.out.line(f"only rows where {tally.where}" if tally.where else "every row, no filter")
    if tally.match is not None:
        seat.out.line(f"one person: {'; '.join(tally.match.rules)}")


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("before", type=int, default=0, required=False)
@click.argument("after", type=int, default=0, required=False)
@PASS
def diff(seat: Seat, incident: str, before: int, after: int) -> None:
    """What moved from run BEFORE to run AFTER; the last two when none are named."""
    found = assessment.runs(seat.desk, incident)
    new = after or len(found)
    old = before or new - 1
    moved, crossed = assessment.diff(seat.desk, incident, old, new)
    if seat.json:
        seat.answer("runs-diff", incident=incident, before=old, after=new, diff=moved.model_dump(mode="json"),
                    crossings=[each.model_dump(mode="json") for each in crossed])  # fmt: skip
        return
    seat.out.line(f"Run {old} to run {new} of {incident}")
    _show_diff(seat, moved)
    _show_crossings(seat, crossed)
