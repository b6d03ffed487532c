"""`breachdesk exercise`: a tabletop on the real desk, in a folder of its own, with a clock that can be moved and mail that cannot leave."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.output import Pair
from breachdesk.cli.seat import BEYOND, PASS, Seat, reckons_with
from breachdesk.cli.words import moment
from breachdesk.desk import cases, exercises, proof, views
from breachdesk.desk.exercises import Played
from breachdesk.desk.parts import Desk
from breachdesk.domain.errors import Gate, InvalidInput, NotFound
from breachdesk.domain.exercise import Inject, ObjectiveScore, Scenario
from breachdesk.domain.playbook import span
from breachdesk.domain.values import iso

FOLDER = click.Path(path_type=Path, file_okay=False)
SCENARIO = click.option("--scenario", default="", help="Which scenario this desk plays, where that is not plain.")


@click.command(cls=DeskCommand)
@PASS
def list_(seat: Seat) -> None:
    """Every scenario."""
    found = seat.desk.shelf.scenarios()
    if seat.json:
        rows = [
            {"id": s.id, "title": s.title, "summary": s.summary, "minutes": s.minutes, "objectives": len(s.objectives),
             "injects": len(s.injects)}
            for s in found
        ]  # fmt: skip
        seat.answer("scenarios", scenarios=rows)
        return
    seat.out.line(f"Scenarios: {len(found)}")
    seat.out.items(
        [("scenario", s.id), ("length", f"{s.minutes} minutes"), ("title", s.title), ("summary", " ".join(s.summary.split()))]
        for s in found
    )


@click.command(cls=DeskCommand)
@click.argument("scenario")
@PASS
def show(seat: Seat, scenario: str) -> None:
    """A scenario for its facilitator: it holds the answers, so keep it from the players."""
    found = seat.desk.shelf.scenario(scenario)
    if seat.json:
        seat.answer("scenario", scenario=found.model_dump(mode="json", by_alias=True))
        return
    out = seat.out
    out.line(f"{found.id}: {found.title} ({found.minutes} minutes). For the facilitator: answers inside.")
    out.line(" ".join(found.summary.split()))
    out.heading("Objectives")
    out.items([("objective", o.id), ("", o.text)] for o in found.objectives)
    out.heading("Roles")
    out.items([("role", r.id), ("", r.title), ("", r.person)] for r in found.roles)
    out.heading("Injects")
    out.items((_inject(inject) for inject in found.injects), lead=3)


def _inject(inject: Inject) -> list[Pair]:
    return [
        ("at", inject.at),
        ("inject", inject.id),
        ("", inject.title),
        ("to", inject.to),
        ("from", inject.sender),
        ("channel", inject.channel),
        ("", "in reserve" if inject.reserve else ""),
        ("expected", "; ".join(expected.text for expected in inject.expected)),
    ]


@click.command(cls=DeskCommand)
@click.argument("scenario")
@click.option("--folder", type=FOLDER, required=True, help="A new folder for this exercise alone.")
@PASS
def begin(seat: Seat, scenario: str, folder: Path) -> None:
    """Begin a scenario: its incident as it stands at T0, its synthetic records, its clock running from the start.

    \b
    breachdesk exercise begin night-shift --folder ./drill
    breachdesk exercise next --desk ./drill
    """
    from breachdesk import bootstrap

    script = seat.desk.shelf.scenario(scenario)
    desk = bootstrap.begin_exercise(folder, script.start)
    incident, files = exercises.open_scenario(desk, script, by=seat.by or exercises.FACILITATOR)
    if seat.json:
        seat.out.answer(
            "exercise",
            {"mode": desk.banner, "scenario": script.id, "folder": str(folder), "incident": incident.codename,
             "at": iso(desk.clock.now()), "records": [str(path) for path in files]},
        )  # fmt: skip
        return
    seat.out.banner = f"{desk.banner} (desk {desk.folder})"
    seat.out.line(f"{script.title}: begun at {moment(desk.clock.now())}")
    seat.out.line(f"incident: {incident.codename}")
    for path in files:
        seat.out.line(f"records: {path}")
    seat.out.line(f"next: breachdesk exercise next --desk {folder}")


def _drill(seat: Seat) -> Desk:
    if seat.desk.banner != "EXERCISE":
        raise Gate(f"{seat.desk.folder} is a LIVE desk: name the exercise's folder with --desk FOLDER")
    return seat.desk


def _scenario(desk: Desk, named: str) -> Scenario:
    """The scenario a desk plays: the one named, the one whose injects its journal holds, or the one whose incident it has."""
    if named:
        return desk.shelf.scenario(named)
    played = [e.what["scenario"] for e in proof.journal(desk) if e.act == "inject.played" and "scenario" in e.what]
    if played:
        return desk.shelf.scenario(str(played[-1]))
    there = {row.codename for row in views.register(desk)}
    fitting = [s for s in desk.shelf.scenarios() if s.incident.codename in there]
    if len(fitting) != 1:
        raise NotFound(f"{desk.folder}: cannot tell which scenario is played here; say --scenario ID")
    return fitting[0]


@click.command(cls=DeskCommand)
@SCENARIO
@PASS
def next_(seat: Seat, scenario: str) -> None:
    """Play the next inject: the clock moves up to it, and it is read out."""
    from breachdesk import bootstrap

    desk = _drill(seat)
    script = _scenario(desk, scenario)
    row = exercises.next_inject(desk, script)
    if row is None or row.inject is None:
        if seat.json:
            seat.answer("inject", scenario=script.id, inject=None)
        else:
            seat.out.line("every inject has been played; `breachdesk exercise score` says how it went")
        return
    if row.at > desk.clock.now():
        bootstrap.folder_clock(desk.folder).set(row.at)
    exercises.play(desk, script, row.inject, by=seat.by or exercises.FACILITATOR)
    inject = row.inject
    if seat.json:
        told = inject.model_dump(mode="json", include={"id", "at", "to", "sender", "channel", "title", "text", "module"})
        seat.answer("inject", scenario=script.id, at=iso(desk.clock.now()), inject=told)
        return
    seat.out.line(f"{inject.id}: {inject.title}")
    seat.out.line(f"at: {moment(desk.clock.now())}")
    seat.out.line(f"from: {inject.sender}, by {inject.channel}, to {inject.to}")
    seat.out.line(inject.text.strip())


@click.command(cls=DeskCommand)
@click.argument("length", metavar="SPAN")
@PASS
def jump(seat: Seat, length: str) -> None:
    """Let time pass on the exercise's clock.

    \b
    breachdesk exercise jump "4 hours" --desk ./drill
    """
    from breachdesk import bootstrap

    desk = _drill(seat)
    running = bootstrap.folder_clock(desk.folder)
    try:
        ahead = span(length)
        beyond = not reckons_with(running.now() + ahead)
    except ValueError as error:
        raise InvalidInput(str(error), key="SPAN") from None
    except OverflowError:
        beyond = True
    if beyond:
        raise InvalidInput(BEYOND, key="SPAN")
    running.move(ahead)
    _told_time(seat, desk)


@click.command(cls=DeskCommand)
@PASS
def clock(seat: Seat) -> None:
    """What time it is in the exercise."""
    _told_time(seat, _drill(seat))


def _told_time(seat: Seat, desk: Desk) -> None:
    if seat.json:
        seat.answer("exercise-clock", at=iso(desk.clock.now()))
        return
    seat.out.line(f"exercise time: {moment(desk.clock.now())}")


@click.command(cls=DeskCommand)
@SCENARIO
@PASS
def score(seat: Seat, scenario: str) -> None:
    """How the team does, read from the journal alone: met, partly, not met, not tested."""
    desk = _drill(seat)
    script = _scenario(desk, scenario)
    cases.facts(desk, script.incident.codename)
    found = exercises.scored(desk, script)
    if seat.json:
        seat.answer("exercise-score", scenario=script.id, objectives=[o.model_dump(mode="json") for o in found])
        return
    _show_score(seat, found)


def _show_score(seat: Seat, objectives: Sequence[ObjectiveScore]) -> None:
    for objective in objectives:
        minutes = f", {objective.minutes:g} minutes at the longest" if objective.minutes is not None else ""
        seat.out.heading(f"{objective.verdict}: {objective.text}{minutes}")
        seat.out.items(
            [
                ("", e.verdict),
                ("", f"{e.minutes:g} minutes" if e.minutes is not None else ""),
                ("", e.text),
                ("because", e.why),
                ("inject", e.inject),
            ]
            for e in objective.expected
        )


@click.command(cls=DeskCommand)
@click.argument("scenario")
@click.option("--folder", type=FOLDER, help="Keep the rehearsed desk in this new folder.")
@PASS
def rehearse(seat: Seat, scenario: str, folder: Path | None) -> None:
    """Run the whole script against its scripted team, and score it. No real time passes.

    \b
    breachdesk exercise rehearse night-shift --json
    """
    script = seat.desk.shelf.scenario(scenario)
    if folder is not None:
        if folder.exists() and any(folder.iterdir()):
            raise InvalidInput("is not empty; a rehearsal gets a folder of its own", file=str(folder))
        _rehearse(seat, script, folder)
        return
    with tempfile.TemporaryDirectory(prefix="breachdesk-rehearsal-") as place:
        _rehearse(seat, script, Path(place))


def _rehearse(seat: Seat, script: Scenario, folder: Path) -> None:
    from breachdesk import bootstrap

    time = bootstrap.MovableClock(script.start)
    desk = bootstrap.exercise_desk(folder, time)
    seat.out.banner = f"{desk.banner} (rehearsal of {script.id})"
    if seat.json:
        done = exercises.rehearse(desk, script, time.set)
        seat.out.answer(
            "rehearsal",
            {"mode": desk.banner, "scenario": script.id, "ended": iso(done.ended),
             "objectives": [o.model_dump(mode="json") for o in done.objectives],
             "played": [line.model_dump(mode="json") for line in done.played]},
        )  # fmt: skip
        return

    def told(line: Played) -> None:
        trouble = f" - COULD NOT: {line.trouble}" if line.trouble else ""
        seat.out.line(f"{moment(line.at)}: {line.what}{trouble}")

    _show_score(seat, exercises.rehearse(desk, script, time.set, told=told).objectives)
