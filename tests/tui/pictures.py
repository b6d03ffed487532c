"""Draws the pictures in docs/screens: `PYTHONPATH=src python -m tests.tui.pictures`.

A desk is built from a sample incident in a temporary folder, each screen is opened as a person would, and what it shows is written as
SVG: at 80x24 all of them, at 140x40 those that gain most from the room.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from breachdesk.bootstrap import MovableClock, exercise_desk
from breachdesk.desk import assessment, cases, delivery, notices, walkthrough
from breachdesk.desk.parts import Desk
from breachdesk.domain.errors import BreachdeskError
from breachdesk.people.sample import write_sample
from breachdesk.tui.app import BreachDeskApp
from breachdesk.tui.widgets.table import Table
from tests.tui.conftest import Seat
from tests.tui.sample import lose_answers

OUT = Path(__file__).parents[2] / "docs" / "screens"
START = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
CALIFORNIA = "us/ca/civ-1798.82#individuals@US-CA"
TEXAS = "us/tx/buscom-521.053#individuals@US-TX"
STORY = {
    "what_happened": "A copy of the customer table lay open on a storage bucket. Somebody outside copied it.",
    "what_we_did": "The bucket was closed. The keys were changed.",
    "what_we_will_do": "An outside firm is examining the logs.",
    "likely_consequences": "Somebody may use the data to pretend to be you.",
    "categories_of_people": "customers", "organisation": "Cedar & Palm Market", "contact_name": "Privacy office",
    "organisation_address": "Musterweg 1, 10115 Berlin", "contact_email": "privacy@cedar-palm.example",
    "contact_phone": "+49 30 5550100", "contact_url": "https://cedar-palm.example/incident", "dpo_contact": "dpo@cedar-palm.example",
    "credit_monitoring": "24 months of monitoring; the letter's reference enrols you",
    "police_report": "Filed in Berlin, number 261123-0042",
}  # fmt: skip
SCREENS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("desk", ("1",)), ("incident", ("2", "n")), ("step", ("2", "n", "enter")), ("people", ("3",)), ("duties", ("4",)),
    ("why", ("4", "w")), ("notices", ("5",)), ("notice", ("5", "/CA en", "enter", "enter")),
    ("compare", ("5", "/CA en", "enter", "enter", "c")), ("approve", ("5", "enter", "a")), ("outbox", ("6",)),
    ("ledger", ("6", "/CA individuals", "enter", "enter")), ("send", ("6", "/TX", "enter", "enter", "s")), ("journal", ("7", "v")),
    ("facts", ("8",)), ("help", ("4", "question_mark")),
)  # fmt: skip
WIDE = ("incident", "duties", "notice")


def build(folder: Path) -> Desk:
    """A desk 40 hours into an incident: counted, drafted, one letter sent, one approved."""
    clock = MovableClock(START)
    desk, by = exercise_desk(folder / "desk", clock), "responder"
    playbook = desk.shelf.playbooks()[0].id
    cases.open_incident(
        desk, "CRM export on an open bucket", by=by, codename="linden", playbook=playbook, counsel="counsel", standing="confirmed",
        facts={"role": "controller", "established": ["DE"], "breach": ["confidentiality"], "access": "acquired", "malicious": True,
               "sectors": ["general"], "harm": "high", "timeline.occurred": (START - timedelta(days=5)).isoformat(),
               "timeline.discovered": START.isoformat(), "timeline.aware": (START + timedelta(hours=1)).isoformat()},
    )  # fmt: skip
    for key, text in STORY.items():
        cases.record_fact(desk, "linden", key, text, by=by)
    for language, sentence in (("es", "Una copia de la tabla de clientes quedó abierta."), ("de", "Eine Kopie der Kundentabelle lag offen.")):
        for key in ("what_happened", "what_we_did", "what_we_will_do", "likely_consequences"):
            cases.record_fact(desk, "linden", f"{key}_{language}", sentence, by=by)
    clock.move(timedelta(hours=4))
    files = [p for p in write_sample(folder / "records", seed=7, rows=24_000, exposed=date(2026, 11, 18)) if "late" not in p.name]
    assessment.count(desk, "linden", files, by=by)
    clock.move(timedelta(hours=36))
    for owed in assessment.assess_incident(desk, "linden", by=by).clocks:
        if owed.duty.status != "not-owed":
            with contextlib.suppress(BreachdeskError):  # a letter that lacks a fact is not drafted; the board shows that too
                notices.draft(desk, "linden", owed.duty.key, by=by)
    cases.record_fact(desk, "linden", "what_we_did", "The bucket was closed within an hour. The keys were changed.", by=by)
    for duty in (CALIFORNIA, TEXAS):
        notices.draft(desk, "linden", duty, by=by, languages=("en",))
        letter = next(v.notice.id for v in notices.notices(desk, "linden") if v.notice.duty == duty and v.notice.language == "en")
        text = notices.read_text(desk, letter)
        notices.approve(desk, letter, by="counsel", read=text.digest, capacity="outside counsel")
        if duty == CALIFORNIA:
            asyncio.run(delivery.send_approved(desk, letter, by=by, typed=delivery.to_type(desk, letter)))
            lose_answers(desk, letter, (4, 17))
    for _ in range(3):
        row = walkthrough.next_thing(desk, "linden")
        if row is None:
            break
        for key in row.open_facts:
            cases.record_value(desk, "linden", key, None, by=by)
        walkthrough.done(desk, "linden", row.step.id, by=by, evidence={s.slot: "ticket 4711" for s in row.step.evidence})
    cases.open_incident(desk, "Invoice mail to the wrong customer", by=by, codename="heron", standing="confirmed", facts={
        "role": "controller", "established": ["DE"], "timeline.aware": (clock.now() - timedelta(hours=74)).isoformat()})  # fmt: skip
    return desk


async def draw(desk: Desk, name: str, keys: tuple[str, ...], size: tuple[int, int], incident: str = "linden") -> str:
    """One picture, after these keys; `/words` filters the table."""
    app = BreachDeskApp(desk, by="responder", incident=incident)
    async with app.run_test(size=size) as pilot:
        seat = Seat(app, pilot)
        await seat.settle()
        for key in keys:
            if key.startswith("/"):
                await seat.press("slash")
                app.screen.query_one(Table).sift(key[1:])
                await seat.settle()
            else:
                await seat.press(key)
        return app.export_screenshot(title=f"breachdesk: {name}")


def main() -> None:
    """Draw all pictures."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="breachdesk-") as temporary:
        empty = exercise_desk(Path(temporary) / "empty", MovableClock(START))
        desk = build(Path(temporary))
        drawn = [("begin", asyncio.run(draw(empty, "begin", (), (80, 24), ""))),
                 ("real", asyncio.run(draw(empty, "this is real", ("G", "enter"), (80, 24), "")))]  # fmt: skip
        drawn += [(name, asyncio.run(draw(desk, name, keys, (80, 24)))) for name, keys in SCREENS]
        drawn += [(f"{name}-140x40", asyncio.run(draw(desk, name, keys, (140, 40)))) for name, keys in SCREENS if name in WIDE]
        for name, svg in drawn:
            plain = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # a picture asks no other server for a font
            (OUT / f"{name}.svg").write_text(plain.replace(temporary, "~"), "utf-8")


if __name__ == "__main__":
    main()
