"""`breachdesk incident`: the register, and one incident at a glance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from breachdesk.cli.clockwords import clock_pairs, next_line, show_not_covered, show_partly_covered
from breachdesk.cli.factsfile import as_toml, facts_of, read_facts, spelled
from breachdesk.cli.lazy import DeskCommand
from breachdesk.cli.seat import AS_OF, INCIDENT, PASS, Seat, instant, reckonable
from breachdesk.cli.words import grouped, moment
from breachdesk.desk import cases, views
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import STATES, Incident, parse_fact
from breachdesk.domain.values import iso


@click.command(cls=DeskCommand)
@click.argument("title")
@click.option("--codename", default="", help="Small letters, digits and hyphens; an innocent word is given when left out.")
@click.option("--playbook", default="", help="The procedure to follow (`breachdesk playbook list`).")
@click.option("--owner", default="", help="Who leads; you, when left out.")
@click.option("--counsel", default="", help="Who answers for the law.")
@click.option("--facts", "file", type=click.Path(path_type=Path), help="Take what is known from a facts file.")
@click.option("--fact", "pairs", multiple=True, metavar="KEY=VALUE", help="Something that is known; may be repeated.")
@click.option("--suspected", is_flag=True, help="What is given is suspected, not confirmed.")
@click.option("--source", default="", help="Where the facts come from.")
@PASS
def new(
    seat: Seat, title: str, codename: str, playbook: str, owner: str, counsel: str, file: Path | None,
    pairs: tuple[str, ...], suspected: bool, source: str,
) -> None:  # fmt: skip
    """Put an incident on the register.

    \b
    breachdesk incident new "CRM export on an open bucket" --fact timeline.aware=2026-03-02T10:20+01:00
    breachdesk incident new "Lost laptop" --playbook lost-device --facts facts.toml
    """
    desk = seat.desk
    facts: dict[str, Any] = facts_of(read_facts(desk, file)) if file else {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInput(f"{pair!r} is not KEY=VALUE", key="--fact")
        facts[key] = parse_fact(key, reckonable(key, value))
    made = cases.open_incident(
        desk, title, by=seat.who, codename=codename, playbook=playbook, owner=owner, counsel=counsel, facts=facts,
        standing="suspected" if suspected else "confirmed", source=source or (file.name if file else ""),
    )  # fmt: skip
    if seat.json:
        seat.answer("incident", incident=made.model_dump(mode="json"))
        return
    seat.out.line(f"{made.codename}: {made.title}")
    seat.out.line(f"facts recorded: {len(facts)}")
    seat.out.line(f"next: breachdesk incident show {made.codename}")


@click.command(cls=DeskCommand)
@PASS
def list_(seat: Seat) -> None:
    """Every incident with its clocks, open ones first."""
    rows = views.register(seat.desk)
    if seat.json:
        seat.answer("incidents", incidents=[row.model_dump(mode="json") for row in rows])
        return
    seat.out.line(f"Incidents: {len(rows)}")
    seat.out.items(
        [
            ("incident", row.codename),
            ("state", row.state),
            ("clocks", f"{row.late} late, {row.soon} soon, {row.running} running"),
            ("title", row.title),
            ("next clock", moment(row.next_due) if row.next_due else ""),
            ("people", grouped(row.people, plain=seat.plain) if row.people is not None else "not counted"),
            ("opened", moment(row.opened_at)),
        ]
        for row in rows
    )


@click.command(cls=DeskCommand)
@INCIDENT
@AS_OF
@PASS
def show(seat: Seat, incident: str, as_of: str | None) -> None:
    """One incident at a glance: the next step, the next clocks, what blocks."""
    desk = seat.desk
    view = views.incident_view(desk, incident, as_of=instant(as_of, "--as-of"))
    if seat.json:
        seat.answer("incident", **_view_as_json(view))
        return
    out = seat.out
    out.line(f"{view.incident.codename}: {view.incident.title}")
    out.items(_about(view.incident))
    if view.next_step is None:
        out.line("next step: none" if view.steps else "next step: choose a playbook with `breachdesk playbook use`")
    else:
        number = [row.step.id for row in view.steps].index(view.next_step.step.id) + 1
        out.line(f"next step: {view.next_step.step.title} (step {number} of {len(view.steps)}: {view.next_step.step.id})")
    counted = f"{grouped(view.run.tally.subjects, plain=seat.plain)} (run {view.run.n})" if view.run else "not counted"
    out.line(f"people: {counted}")
    out.heading(next_line(view.clocks, view.at))
    out.items(clock_pairs(row, plain=seat.plain) for row in view.clocks if row.urgency != "not-owed")
    show_not_covered(out, view.not_covered)
    show_partly_covered(out, view.partly_covered)
    if view.blockers:
        out.heading(f"What blocks: {len(view.blockers)}")
        out.items(([("", blocker.what), ("do", blocker.command)] for blocker in view.blockers), lead=1)


def _about(incident: Incident) -> list[list[tuple[str, str]]]:
    return [
        [(label, value)]
        for label, value in (
            ("state", incident.state), ("playbook", incident.playbook), ("owner", incident.owner), ("counsel", incident.counsel),
            ("opened", f"{moment(incident.opened_at)} by {incident.opened_by}"), ("outcome", incident.outcome),
        )
        if value
    ]  # fmt: skip


def _view_as_json(view: views.IncidentView) -> dict[str, Any]:
    return {
        "at": iso(view.at), "incident": view.incident.model_dump(mode="json"),
        "next_step": view.next_step.step.id if view.next_step else None,
        "clocks": [
            {"urgency": row.urgency, "to": row.to, "done_by": row.done_by, **row.clock.as_contract()} for row in view.clocks
        ],
        "not_covered": [{"place": place, "people": number} for place, number in view.not_covered],
        "partly_covered": [{"place": place, "people": number, "read": read} for place, number, read in view.partly_covered],
        "blockers": [blocker.model_dump() for blocker in view.blockers],
        "people": view.run.tally.subjects if view.run else None, "runs": view.runs,
        "notices": [
            {"id": v.notice.id, "duty": v.notice.duty, "language": v.notice.language, "status": v.status, "blocked": v.blocked}
            for v in view.notices
        ],
        "facts": [fact.model_dump(mode="json") for fact in view.facts],
    }  # fmt: skip


@click.command(cls=DeskCommand)
@INCIDENT
@click.argument("state", type=click.Choice(STATES))
@click.option("--reason", default="", help="Why; closing needs one, and the register keeps it.")
@PASS
def state(seat: Seat, incident: str, state: str, reason: str) -> None:
    """Move an incident: open, contained, notified, closed."""
    moved = cases.set_state(seat.desk, incident, state, by=seat.who, reason=reason)
    if seat.json:
        seat.answer("incident", incident=moved.model_dump(mode="json"))
        return
    seat.out.line(f"{moved.codename}: {moved.state}")


@click.command(cls=DeskCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--codename", default="", help="Small letters, digits and hyphens; an innocent word is given when left out.")
@PASS
def import_veris(seat: Seat, file: Path, codename: str) -> None:
    """Open an incident from a VERIS record (JSON). What maps becomes suspected facts; the rest is listed."""
    made, found = cases.import_veris(seat.desk, _record(file), by=seat.who, codename=codename, file=str(file))
    mapped = [{"key": key, "value": value, "standing": standing, "note": note} for key, value, standing, note in found.facts]
    unmapped = [{"path": path, "value": value, "why": why} for path, value, why in found.unmapped]
    if seat.json:
        seat.answer("veris", incident=made.model_dump(mode="json"), facts=mapped, unmapped=unmapped)
        return
    seat.out.line(f"{made.codename}: {made.title}")
    for row in mapped:
        seat.out.line(f"recorded: {row['key']}: {spelled(row['value'])} ({row['standing']}); {row['note']}")
    for row in unmapped:
        seat.out.line(f"not mapped: {row['path']}: {spelled(row['value'])}: {row['why']}")


def _record(file: Path) -> Mapping[str, Any]:
    try:
        body = json.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise InvalidInput("there is no such file", file=str(file)) from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", file=str(file)) from None
    except UnicodeDecodeError:
        raise InvalidInput("is not UTF-8 text", file=str(file)) from None
    except json.JSONDecodeError as error:
        raise InvalidInput(f"is not JSON: {error.msg}", file=str(file), where=f"line {error.lineno}") from None
    except RecursionError:
        raise InvalidInput("is nested too deeply to be a record", file=str(file)) from None
    if not isinstance(body, dict):
        raise InvalidInput("is not a VERIS record: a JSON object is wanted", file=str(file))
    return body


@click.command(cls=DeskCommand)
@INCIDENT
@AS_OF
@PASS
def facts_file(seat: Seat, incident: str, as_of: str | None) -> None:
    """Print what is known as a facts file (TOML), which `duties assess` reads.

    \b
    breachdesk incident facts-file amber > facts.toml
    """
    known = cases.circumstances(seat.desk, incident, as_of=instant(as_of, "--as-of"))
    if seat.json:
        seat.answer("facts-file", incident=incident, facts=known.model_dump(mode="json"))
        return
    seat.out.raw(as_toml(known, seat.desk.banner))
