"""What a count of people answers: distinct people by residence, and the cells from which duties are worked out."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from breachdesk.domain.circumstances import Affected
from breachdesk.domain.places import Place
from breachdesk.domain.values import Instant, Value, digest_of
from breachdesk.domain.vocabulary import Element


class Input(Value):
    """One record file that was read: its path as given, the SHA-256 of its bytes (hex), and its rows."""

    path: str
    sha256: str
    rows: int


class ResidenceCount(Value):
    """Distinct people of one residence, in the contract's breakdown. Every figure is a number of people."""

    residence: Place
    subjects: int
    minors: int
    age_unknown: int
    encrypted: int
    unencrypted: int
    encryption_unknown: int
    data: dict[str, int]
    stored_in: dict[str, int]
    languages: dict[str, int]
    channels: dict[str, int] = Field(default_factory=dict)
    rings: dict[str, int]
    rows: int = 0
    """The rows that carry these people, whatever residence each row says."""
    elsewhere: int = 0
    """Those of them who have another residence too, and are counted there as well."""


class Cell(Value):
    """People of one residence who hold the same data elements in the same state of encryption.

    `data` is the union over a person's rows; None when no row of theirs says which data it holds.
    """

    residence: Place
    data: tuple[Element, ...] | None
    encrypted: bool | None
    subjects: int
    minors: int
    age_unknown: int = 0


DIVISIONS: tuple[str, ...] = ("residence", "data", "data-set", "encrypted", "minor", "stored-in", "language", "channel", "ring")
"""By what a count can be broken down. `data` tells each element apart; `data-set` all that leaked about a person, as one."""


class Share(Value):
    """How many people are at once of everything `of` says: a value by division, `unknown` where nothing is known."""

    of: dict[str, str]
    subjects: int


class Finding(Value):
    """Something the count makes visible beside the numbers."""

    kind: str
    residence: str = ""
    stored_in: str = ""
    subjects: int = 0
    rule: str = ""


class NearMatch(Value):
    """Two ids that may be one person, which no rule joined: for a person to decide."""

    a: str
    b: str
    why: str


class Matching(Value):
    """The match rules of a count, in words, and people before and after them; `near` is how many pairs wait for a decision."""

    rules: tuple[str, ...]
    unmerged: int
    merged: int
    near: int


class Tally(Value):
    """A count of people over record files. Frozen: a correction is another run.

    `subjects` is distinct people. A person with rows in two residences counts in both and once in the total.
    """

    subjects: int
    rows: int
    rejected_rows: int
    flagged_rows: int
    unknown_residence: int
    inputs: tuple[Input, ...]
    by_residence: tuple[ResidenceCount, ...]
    findings: tuple[Finding, ...] = ()
    cells: tuple[Cell, ...] = ()
    at: Instant
    engine: str = ""
    where: str = ""
    mapping: str = ""
    beside: dict[str, str] = Field(default_factory=dict)
    """The files beside the records that decided the count (mapping, crosswalk, decisions, policy), and the SHA-256 of each (hex)."""
    match: Matching | None = None
    breakdown: tuple[Share, ...] = ()
    """The combinations somebody asked for. A person with two residences, elements or rings is in each combination of theirs."""
    complete: bool = True
    """False when more rows were rejected than the mapping lets a count call complete: its numbers are then a lower bound."""

    @property
    def digest(self) -> str:
        """The digest of what was found in which inputs: two runs over the same bytes with the same answer have the same one."""
        left_out = {"at", "engine", "breakdown"} | ({"match"} if self.match is None else set()) | ({"complete"} if self.complete else set())
        return digest_of(self.model_dump(mode="json", exclude=left_out))

    def affected(self) -> tuple[Affected, ...]:
        """The cells as the rows an assessment takes. A cell was validated when it was made; its words are not looked up again."""
        return tuple(
            Affected.model_construct(
                residence=c.residence, count=c.subjects, data=c.data, encrypted=c.encrypted, minors=None if c.age_unknown else c.minors
            )
            for c in self.cells
        )

    def stored_in(self) -> tuple[str, ...]:
        """Where the rows lay, in the alphabet's order; `unknown` among them when some rows do not say."""
        return tuple(sorted({place for row in self.by_residence for place in row.stored_in}))

    def as_contract(self) -> dict[str, Any]:
        """The JSON answer of `breachdesk people count`."""
        body = self.model_dump(mode="json", exclude={"cells", "breakdown"} if not self.breakdown else {"cells"})
        if self.breakdown:
            body["breakdown"] = [{**share.of, "subjects": share.subjects} for share in self.breakdown]
        return {"schema": "breachdesk/people", "version": 1, **body}


class Run(Value):
    """A count kept on an incident: its number (from 1), when, by whom, from what, and what it found.

    `engine` is the URL of the engine that counted, without a password; empty for the built-in one.
    """

    n: int
    at: Instant
    by: str
    files: tuple[str, ...]
    mapping: str = ""
    where: str = ""
    engine: str = ""
    tally: Tally


class Change(Value):
    """How many people of one residence two runs found."""

    residence: Place
    before: int
    after: int


class TallyDiff(Value):
    """What moved between two runs, and the inputs whose bytes changed."""

    subjects: tuple[int, int]
    residences: tuple[Change, ...] = ()
    changed_inputs: tuple[str, ...] = Field(default=())


def compare(before: Tally, after: Tally) -> TallyDiff:
    """What moved from one run to the next: residences whose number of people differs, and files that changed, came or went."""
    old = {row.residence: row.subjects for row in before.by_residence}
    new = {row.residence: row.subjects for row in after.by_residence}
    residences = tuple(
        Change(residence=place, before=old.get(place, 0), after=new.get(place, 0))
        for place in sorted({*old, *new})
        if old.get(place, 0) != new.get(place, 0)
    )
    digests = [{i.path: i.sha256 for i in tally.inputs} for tally in (before, after)]
    changed = tuple(p for p in sorted({*digests[0], *digests[1]}) if digests[0].get(p) != digests[1].get(p))
    return TallyDiff(subjects=(before.subjects, after.subjects), residences=residences, changed_inputs=changed)
