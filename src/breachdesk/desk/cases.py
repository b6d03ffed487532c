"""Opening an incident, recording what is known, moving it along. Nothing is overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from breachdesk.desk.parts import Desk, Writing
from breachdesk.domain.circumstances import Circumstances
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import STATES, Fact, Incident, Standing, State, check_fact, circumstances_of, current, parse_fact
from breachdesk.domain.veris import VerisImport, from_veris

_CODENAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_WORDS = (
    "amber", "basil", "birch", "cedar", "clover", "coral", "crane", "delta", "ember", "fern", "flint", "garnet", "heron",
    "indigo", "iris", "jasper", "juniper", "kestrel", "lark", "laurel", "linden", "lotus", "maple", "marble", "myrtle",
    "ochre", "olive", "onyx", "opal", "pearl", "pine", "quartz", "reed", "robin", "saffron", "sage", "slate", "swift",
    "tamarind", "teal", "thyme", "umber", "violet", "willow", "wren", "zephyr",
)  # fmt: skip


def open_incident(
    desk: Desk, title: str, *, by: str, codename: str = "", playbook: str = "", owner: str = "", counsel: str = "",
    facts: Mapping[str, Any] | None = None, standing: Standing = "suspected", source: str = "",
) -> Incident:  # fmt: skip
    """Put an incident on the register, with what is known already.

    Without a codename an innocent one is given. `facts` are values in JSON form by key. Raises InvalidInput, NotFound (playbook).
    """
    if not title.strip():
        raise InvalidInput("give the incident a title", key="title")
    need_name(by)
    if playbook:
        desk.shelf.playbook(playbook)
    checked = {key: check_fact(key, value) for key, value in (facts or {}).items()}
    now = desk.clock.now()
    with desk.store.write() as unit:
        taken = {incident.codename for incident in unit.incidents()}
        name = codename or next(word for word in _candidates() if word not in taken)
        if not _CODENAME.fullmatch(name):
            raise InvalidInput("a codename is 2 to 40 small letters, digits and hyphens", key=name)
        incident = Incident(
            codename=name, title=title.strip(), playbook=playbook, owner=owner or by, counsel=counsel, opened_at=now, opened_by=by
        )
        unit.add_incident(incident)
        unit.enter(at=now, by=by, act="incident.opened", incident=name, what={"title": title.strip(), "playbook": playbook})
        for key, value in checked.items():
            add_fact(unit, name, Fact(key=key, value=value, standing=standing, said_by=by, at=now, source=source))
    return incident


def _candidates() -> Sequence[str]:
    return [*_WORDS, *(f"{word}-{n}" for n in range(2, 1000) for word in _WORDS)]


def need_name(by: str) -> None:
    if not by.strip():
        raise InvalidInput("say who you are: --by NAME, or set BREACHDESK_USER", key="by")


def must_be_open(incident: Incident) -> None:
    """Nothing is added to a closed incident. Raises InvalidInput saying how to reopen it."""
    if incident.state == "closed":
        raise InvalidInput("the incident is closed; reopen it with `breachdesk incident state CODENAME open`", key=incident.codename)


def add_fact(unit: Writing, codename: str, fact: Fact) -> None:
    unit.add_fact(codename, fact)
    what = {"key": fact.key, "standing": fact.standing, "value": fact.value, "source": fact.source}
    unit.enter(at=fact.at, by=fact.said_by, act="fact.recorded", incident=codename, what=what)


def record_fact(
    desk: Desk, codename: str, key: str, text: str | None, *, by: str, standing: Standing = "confirmed", source: str = ""
) -> Fact:
    """Record a fact as a person typed it (None: nobody knows). Earlier values stay on the register. Raises InvalidInput."""
    value = None if text is None else parse_fact(key, text)
    return record_value(desk, codename, key, value, by=by, standing=standing, source=source)


def record_value(
    desk: Desk, codename: str, key: str, value: Any, *, by: str, standing: Standing = "confirmed", source: str = ""
) -> Fact:
    """Record a fact's value in JSON form; `unknown` when it is None. Raises InvalidInput, NotFound."""
    need_name(by)
    checked = None if value is None else check_fact(key, value)
    at = desk.clock.now()
    fact = Fact(key=key, value=checked, standing="unknown" if value is None else standing, said_by=by, at=at, source=source)
    with desk.store.write() as unit:
        must_be_open(unit.incident(codename))
        add_fact(unit, codename, fact)
        _check_timeline(unit, codename)
    return fact


def _check_timeline(unit: Writing, codename: str) -> None:
    try:
        circumstances_of("", current(unit.facts(codename)))
    except ValidationError as error:
        raise InvalidInput(error.errors()[0]["msg"].removeprefix("Value error, "), key="timeline") from None


def facts(desk: Desk, codename: str, *, as_of: datetime | None = None) -> dict[str, Fact]:
    """What is known by key, now or as known at an instant. Raises NotFound."""
    with desk.store.read() as unit:
        unit.incident(codename)
        return current(unit.facts(codename), as_of)


def fact_history(desk: Desk, codename: str, key: str) -> list[Fact]:
    """Every value ever recorded of one fact, oldest first."""
    with desk.store.read() as unit:
        unit.incident(codename)
        return [fact for fact in unit.facts(codename) if fact.key == key]


def circumstances(desk: Desk, codename: str, *, as_of: datetime | None = None) -> Circumstances:
    """Facts and newest count in the shape an assessment takes; before the first count, the estimate somebody gave."""
    with desk.store.read() as unit:
        incident = unit.incident(codename)
        known = current(unit.facts(codename), as_of)
        run = unit.newest_run(codename, as_of)
    if run is not None:
        tally = run.tally
        return circumstances_of(incident.title, known, tally.affected(), tally.subjects, tally.stored_in())
    estimate = known.get("affected_estimate")
    rows = estimate.value if estimate is not None and estimate.standing != "unknown" else ()
    return circumstances_of(incident.title, known, rows)


def set_state(desk: Desk, codename: str, state: str, *, by: str, reason: str = "") -> Incident:
    """Move an incident along its states; closing needs the reason the register keeps. Raises InvalidInput."""
    if state not in STATES:
        raise InvalidInput(f"{state!r} is not one of {', '.join(STATES)}", key="state")
    if state == "closed" and not reason.strip():
        raise InvalidInput("say why: the register keeps the reason, also for incidents nobody was notified of", key="reason")
    return _change(desk, codename, by, "incident.state", {"state": _state(state), "outcome": reason})


def _state(text: str) -> State:
    return next(state for state in STATES if state == text)


def choose_playbook(desk: Desk, codename: str, playbook: str, *, by: str) -> Incident:
    """Give an incident its playbook. Raises NotFound."""
    desk.shelf.playbook(playbook)
    return _change(desk, codename, by, "incident.playbook", {"playbook": playbook})


def _change(desk: Desk, codename: str, by: str, act: str, changes: Mapping[str, Any]) -> Incident:
    need_name(by)
    now = desk.clock.now()
    with desk.store.write() as unit:
        before = unit.incident(codename)
        after = before.model_copy(update=dict(changes))
        unit.change_incident(after)
        was = {key: getattr(before, key) for key in changes}
        unit.enter(at=now, by=by, act=act, incident=codename, what={"from": was, "to": dict(changes)})
    return after


def import_veris(
    desk: Desk, record: Mapping[str, Any], *, by: str, codename: str = "", file: str = ""
) -> tuple[Incident, VerisImport]:
    """Open an incident from a VERIS record: what maps becomes facts marked suspected; what does not is in the answer's list.

    `file` is where the record came from, for what an error names.
    """
    found = from_veris(dict(record), file=file)
    checked = [check_fact(key, value) for key, value, _, _ in found.facts]
    incident = open_incident(desk, found.title, by=by, codename=codename, source="VERIS record")
    now = desk.clock.now()
    with desk.store.write() as unit:
        for (key, _, standing, note), value in zip(found.facts, checked, strict=True):
            add_fact(
                unit, incident.codename,
                Fact(key=key, value=value, standing=standing, said_by=by, at=now, source=f"VERIS record; {note}".rstrip("; ")),
            )  # fmt: skip
        unit.enter(
            at=now, by=by, act="veris.imported", incident=incident.codename,
            what={"mapped": len(found.facts), "unmapped": [path for path, _, _ in found.unmapped]},
        )  # fmt: skip
    return incident, found
