"""What an assessment looks at: the keys of the contract's facts file (`contract.md` section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import Field, field_validator, model_validator

from breachdesk.domain.places import Place
from breachdesk.domain.values import Instant, Value
from breachdesk.domain.vocabulary import Access, Breach, Element, Event, Harm, Role, Sector


class Affected(Value):
    """People of one residence who share the same answers. `None` is unknown; counts are distinct people."""

    residence: Place
    count: int = Field(ge=0)
    data: tuple[Element, ...] | None = None
    encrypted: bool | None = None
    minors: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _minors_are_people(self) -> Affected:
        if self.minors is not None and self.minors > self.count:
            raise ValueError(f"minors ({self.minors}) are among the people counted ({self.count})")
        return self


class Circumstances(Value):
    """What an assessment looks at: the keys of the contract's facts file. `None` and absence mean unknown."""

    title: str = ""
    role: Role | None = None
    sectors: tuple[Sector, ...] | None = None
    established: tuple[Place, ...] | None = None
    breach: tuple[Breach, ...] | None = None
    access: Access | None = None
    malicious: bool | None = None
    key_taken: bool | None = None
    significant: bool | None = None
    """Whether the incident was judged to be what a sector law asks (significant, major, material); unknown while nobody has."""
    stored_in: tuple[Place, ...] | None = None
    """Where the data lay."""
    harm: Harm | None = None
    timeline: dict[Event, Instant] = Field(default_factory=dict)
    affected: tuple[Affected, ...] = ()
    total: int | None = Field(default=None, ge=0)
    """Distinct people in all, where that is less than the sum of the rows because some live in two places."""

    @cached_property
    def by_residence(self) -> Mapping[str, tuple[Affected, ...]]:
        """The rows that hold anybody, by residence: what every rule looks up."""
        found: dict[str, list[Affected]] = {}
        for row in self.affected:
            if row.count:
                found.setdefault(row.residence, []).append(row)
        return {residence: tuple(rows) for residence, rows in found.items()}

    @cached_property
    def worked_out(self) -> dict[Any, Any]:
        """Room for what many rules ask of the same circumstances, so that it is worked out once."""
        return {}

    @property
    def places(self) -> frozenset[str]:
        """Every place that connects the breach to a law: where people live, the organisation sits, the data lay."""
        return frozenset((*self.by_residence, *(self.established or ()), *(self.stored_in or ())))

    @field_validator("timeline")
    @classmethod
    def _in_order(cls, timeline: dict[Event, datetime]) -> dict[Event, datetime]:
        start, end = timeline.get("hold_from"), timeline.get("hold_until")
        if start and end and end < start:
            raise ValueError("hold_until is before hold_from")
        return timeline
