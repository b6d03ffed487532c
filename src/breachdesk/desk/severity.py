"""How bad it is: a method weighs what a person answered and proposes; the person decides, with reasons, and that is what counts."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from breachdesk.desk import cases
from breachdesk.desk.parts import Desk
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import Fact
from breachdesk.domain.severity import Weighed
from breachdesk.domain.vocabulary import Harm


def weigh(desk: Desk, method: str, answers: Path) -> Weighed:
    """What a method comes to for a file of answers. Records nothing. Raises NotFound, InvalidInput naming file and key."""
    return desk.law.weigh(method, answers)


def decide(desk: Desk, codename: str, method: str, answers: Path, harm: str, *, by: str, reasons: str) -> tuple[Weighed, Fact]:
    """Record a person's decision about harm beside what the method proposed: the fact `harm`, and the whole working in the journal.

    Raises InvalidInput without reasons or for a word that is no degree of harm.
    """
    cases.need_name(by)
    if harm not in get_args(Harm):
        raise InvalidInput(f"{harm!r} is not one of {', '.join(get_args(Harm))}", key="--harm")
    if not reasons.strip():
        raise InvalidInput("say why: a decision about harm is kept with its reasons", key="--because")
    found = weigh(desk, method, answers)
    at = desk.clock.now()
    proposed = found.proposal or f"nothing yet, open: {', '.join(found.open)}"
    fact = Fact(
        key="harm", value=harm, standing="confirmed", said_by=by, at=at, source=f"{method} proposed {proposed}; decided: {reasons.strip()}"
    )
    with desk.store.write() as unit:
        cases.must_be_open(unit.incident(codename))
        cases.add_fact(unit, codename, fact)
        unit.enter(
            at=at, by=by, act="harm.decided", incident=codename,
            what={"method": method, "proposed": found.proposal, "decided": harm, "reasons": reasons.strip(),
                  "working": list(found.working), "open": list(found.open), "flags": list(found.flags), "figures": found.figures},
        )  # fmt: skip
    return found, fact
