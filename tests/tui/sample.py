"""A desk for the screens to sit at: the real store, law, count and tray, with a playbook and letters small enough to know by heart."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from breachdesk.bootstrap import MovableClock, exercise_desk
from breachdesk.desk import assessment, cases, notices
from breachdesk.desk.parts import Desk
from breachdesk.domain.deliveries import Outcome
from breachdesk.domain.errors import MissingFacts, NotFound
from breachdesk.domain.exercise import Scenario
from breachdesk.domain.notices import Letter, LetterRequest
from breachdesk.domain.people import Person
from breachdesk.domain.playbook import Finding, Playbook

START = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)

PLAYBOOK = Playbook.model_validate({
    "id": "open-bucket", "title": "Misconfigured storage", "version": "1",
    "role": [{"id": "lead", "title": "Incident lead"}, {"id": "counsel", "title": "Counsel"}],
    "phase": [{"id": "first-hour", "title": "First hour"}, {"id": "notify", "title": "Notify"}],
    "step": [
        {"id": "close-bucket", "phase": "first-hour", "title": "Close the bucket", "owner": "lead", "guidance": "Take **public** access away.",
         "asks": ["timeline.aware"], "evidence": [{"slot": "change", "what": "The change ticket"}]},
        {"id": "count-people", "phase": "first-hour", "title": "Count the people", "owner": "lead", "needs": ["close-bucket"],
         "leads_to": "count", "due": "4 hours", "due_after": "discovered"},
        {"id": "police", "phase": "notify", "title": "Report to the police", "owner": "counsel", "needs": ["close-bucket"],
         "when": [{"fact": "malicious", "is": [True]}]},
        {"id": "write-letters", "phase": "notify", "title": "Write the letters", "owner": "counsel", "needs": ["count-people"],
         "leads_to": "draft"},
    ],
})  # fmt: skip


class SmallShelf:
    """One playbook, no scenario."""

    def playbooks(self) -> tuple[Playbook, ...]:
        """The one playbook."""
        return (PLAYBOOK,)

    def playbook(self, id: str) -> Playbook:
        """The one playbook. Raises NotFound for any other."""
        if id != PLAYBOOK.id:
            raise NotFound(f"there is no playbook {id!r}")
        return PLAYBOOK

    def scenarios(self) -> tuple[Scenario, ...]:
        """None."""
        return ()

    def scenario(self, id: str) -> Scenario:
        """None. Raises NotFound."""
        raise NotFound(f"there is no scenario {id!r}")

    def check_file(self, path: Path) -> tuple[Finding, ...]:
        """Nothing is wrong."""
        return ()


class SmallLetters:
    """Letters of three lines that assert one fact."""

    def languages(self, rule: str, recipient: str) -> tuple[str, ...]:
        """English and Arabic."""
        return ("en", "ar")

    def draft(self, request: LetterRequest) -> Letter:
        """A letter. Raises MissingFacts without what happened."""
        if "what_happened" not in request.facts:
            raise MissingFacts(f"the letter for {request.rule} in {request.language}", ("what_happened",))
        said = request.facts["what_happened"]
        text = f"[[greeting]],\n\n{said}\n\n{request.affected} people are affected. Reference [[reference]]."
        if request.language == "ar":
            text = f"[[greeting]]،\n\nوقع خرق لبياناتك.\n\n{said}"
        return Letter(subject="Notice about your data", text=text, html=f"<p>{text}</p>", template=f"small/{request.language}",
                      template_digest="sha256:" + "0" * 64, facts=("what_happened",))  # fmt: skip

    def fields(self, person: Person, language: str, reference: str) -> dict[str, str]:
        """What the letters ask for."""
        return {"greeting": "Dear reader", "name": person.name, "elements": "", "reference": reference}


def write_records(path: Path, people: int = 12, *, home: str = "US-CA") -> Path:
    """Synthetic records: `people` in California, three in Riyadh, two of unknown residence; one without an address."""
    rows = [(f"p{n}", home, f"p{n}@example.com" if n else "", "en") for n in range(people)]
    rows += [(f"s{n}", "SA", f"s{n}@example.com", "ar") for n in range(3)]
    rows += [(f"u{n}", "", f"u{n}@example.com", "en") for n in range(2)]
    rows += [("z1", "ZA", "z1@example.com", "en")]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["subject_id", "residence", "system", "data", "encrypted", "email", "language", "storage_region"])
        for subject, residence, email, language in rows:
            out.writerow([subject, residence, "crm", "name;ssn;email", "false", email, language, "eu-central-1"])
    return path


def empty_desk(folder: Path, clock: MovableClock | None = None) -> Desk:
    """A desk with an empty register."""
    return replace(exercise_desk(folder, clock or MovableClock(START)), shelf=SmallShelf(), letters=SmallLetters())


def full_desk(folder: Path) -> Desk:
    """A desk with one incident, `linden`: counted, assessed, letters drafted; and a second one, `heron`, whose clocks are late."""
    clock = MovableClock(START)
    desk = empty_desk(folder, clock)
    by = "responder"
    cases.open_incident(
        desk, "CRM export on an open bucket", by=by, codename="linden", playbook="open-bucket", counsel="counsel", standing="confirmed",
        facts={"role": "controller", "established": ["DE"], "breach": ["confidentiality"], "access": "acquired", "malicious": False,
               "sectors": ["general"], "harm": "high", "timeline.discovered": START.isoformat(),
               "timeline.aware": (START + timedelta(hours=1)).isoformat(),
               "what_happened": "A copy of the customer table lay open."},
    )  # fmt: skip
    clock.move(timedelta(hours=2))
    assessment.count(desk, "linden", [write_records(folder / "records.csv")], by=by)
    for duty in (CALIFORNIA, BERLIN):
        notices.draft(desk, "linden", duty, by=by)
    cases.open_incident(desk, "Invoice mail to the wrong customer", by=by, codename="heron", standing="confirmed", facts={
        "role": "controller", "established": ["DE"], "timeline.aware": (START - timedelta(hours=100)).isoformat()})  # fmt: skip
    return desk


CALIFORNIA = "us/ca/civ-1798.82#individuals@US-CA"
BERLIN = "eu/gdpr#33-1@DE"
LETTER, FILING = "N-001", "N-002"


def lose_answers(desk: Desk, notice: str, numbers: tuple[int, ...]) -> None:
    """What a desk finds after its connection died: outcomes nobody knows."""
    with desk.store.write() as unit:
        unit.settle(notice, 1, [Outcome(n, "unknown", 0, "no answer after the message went out") for n in numbers], desk.clock.now())
        unit.enter(at=desk.clock.now(), by="responder", act="send.batch", incident="linden", what={"notice": notice})
