"""Law as values: an instrument, its duties, their dated versions, and the citations inside each.

The keys of a rule file and the fields of these values are one declaration; a file that says anything else does not load.
There are no expressions: a rule that cannot be said in this vocabulary extends the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, PlainSerializer, model_validator
from pydantic.functional_validators import BeforeValidator

from breachdesk.domain.places import PART_OF, Place
from breachdesk.domain.values import Value
from breachdesk.domain.vocabulary import (
    Access,
    Breach,
    Content,
    Element,
    Event,
    Harm,
    Recipient,
    Role,
    Sector,
    Stage,
)

Unit = Literal["hours", "calendar days", "business days", "weeks", "months"]
_LIMIT = re.compile(r"(\d+) (hour|calendar day|business day|week|month)s?")


class TimeLimit(Value):
    """An amount of time as law counts it. Written `72 hours`, `30 calendar days`, `3 business days`, `2 weeks`, `1 month`."""

    amount: int = Field(ge=0, le=10_000)
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit if self.amount != 1 else self.unit.removesuffix('s')}"


def parse_limit(text: object) -> object:
    """`72 hours` as a TimeLimit; anything that is not a string passes through. Raises ValueError with the spelling wanted."""
    if not isinstance(text, str):
        return text
    match = _LIMIT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'{text!r} is not a limit: write e.g. "72 hours", "30 calendar days", "3 business days"')
    return TimeLimit.model_validate({"amount": int(match[1]), "unit": match[2] + "s"})


Limit = Annotated[TimeLimit, BeforeValidator(parse_limit), PlainSerializer(str, return_type=str)]


class Citation(Value):
    """Where a version's words stand, and the day they were read. `said` is one line in our own words."""

    text: str = Field(min_length=3)
    url: str = Field(pattern=r"^https?://")
    read_on: date | None = None
    official: bool = False
    said: str = ""


class Combination(Value):
    """Data elements that count: at least one of `any`, and, when `with` is given, at least one of `with` beside it."""

    beside: tuple[Element, ...] = Field(default=(), alias="with")
    any: tuple[Element, ...] = Field(min_length=1)


class Threshold(Value):
    """A number of people at which a duty begins: `at_least` N or `more_than` N; `fewer_than` N for what only small breaches owe."""

    at_least: int | None = Field(default=None, ge=1)
    more_than: int | None = Field(default=None, ge=0)
    fewer_than: int | None = Field(default=None, ge=2)
    counted: Literal["residents", "total", "residents-of-one-state"] = "residents"

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if sum(bound is not None for bound in (self.at_least, self.more_than, self.fewer_than)) != 1:
            raise ValueError("give at_least, more_than or fewer_than, one of them")
        return self

    def met_by(self, people: int) -> bool:
        """Whether exactly this many people meet it."""
        if self.fewer_than is not None:
            return people < self.fewer_than
        return people >= (self.at_least if self.at_least is not None else (self.more_than or 0) + 1)

    def __str__(self) -> str:
        who = {"residents": "residents", "total": "people in all", "residents-of-one-state": "residents of one state"}[
            self.counted
        ]
        for words, bound in (("at least", self.at_least), ("more than", self.more_than), ("fewer than", self.fewer_than)):
            if bound is not None:
                return f"{who} {words} {bound}"
        raise AssertionError("a threshold has a bound")


class Trigger(Value):
    """One way a duty is triggered. Everything stated must hold; a version with several triggers needs any one of them."""

    breach: tuple[Breach, ...] = ()
    access: tuple[Access, ...] = ()
    encryption: Literal["safe"] | None = None
    elements: tuple[Combination, ...] = ()
    harm: Harm | None = None
    harm_presumed: bool = False
    malicious: bool | None = None
    judged: Event | None = None
    """The event by which somebody judged the incident to be what the law asks: `classified`, `material`. Dated: it holds; the
    fact `significant = false`: it does not; neither: nobody knows."""
    threshold: Threshold | None = None

    @cached_property
    def wanted(self) -> str:
        """The data elements that count, in words."""
        return "; ".join((f"one of {', '.join(c.beside)} with " if c.beside else "") + f"one of {', '.join(c.any)}" for c in self.elements)


class FurtherLimit(Value):
    """A second limit beside the first; whichever ends first governs."""

    starts: Event
    limit: Limit
    terms: str = ""


class CreditMonitoring(Value):
    """Months of credit monitoring or identity protection the law orders, when any of `when` was hit (always when empty)."""

    months: int = Field(ge=1)
    when: tuple[Element, ...] = ()


class Version(Value):
    """One dated state of a duty. `in_force_to` is the last day in force. A version without `limit` gives no number.

    A version that says `pending` instead of `in_force_from` is law made without a day, or a draft: it never fires.
    """

    in_force_from: date | None = None
    in_force_to: date | None = None
    pending: str = ""
    roles: tuple[Role, ...] = ("controller",)
    sectors: tuple[Sector, ...] = ()
    except_sectors: tuple[Sector, ...] = ()
    connects: tuple[Literal["residence", "establishment", "storage"], ...] = ("residence",)
    except_established: tuple[Place, ...] = ()
    """Places with their own law: who is established nowhere else is not bound by this one."""
    starts: Event
    or_starts: tuple[Event, ...] = ()
    limit: Limit | None = None
    limit_from: Literal["event", "end-of-calendar-year"] = "event"
    terms: str = Field(min_length=3)
    also: tuple[FurtherLimit, ...] = ()
    first_day: Literal["excluded", "counted"] = "excluded"
    """Whether the day of the start event is the first day of a limit in days, as some laws have it."""
    roll: Literal["next-business-day", "noon-next-business-day"] | None = None
    closed_days: Literal["weekends-and-holidays", "sundays-and-holidays", "weekends"] = "weekends-and-holidays"
    """Which days the law's own definition leaves out of its business days."""
    counting: Literal["eu-1182-71"] | None = None
    before: str | None = None
    hold: bool = False
    channel: str = ""
    contents: tuple[Content, ...] = ()
    forbids: tuple[Content, ...] = ()
    title_required: str = ""
    headings_required: tuple[str, ...] = ()
    credit_monitoring: CreditMonitoring | None = None
    verified: bool = True
    to_read: str = ""
    notes: tuple[str, ...] = ()
    when: tuple[Trigger, ...] = ()
    citation: tuple[Citation, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Version:
        if not self.citation:
            raise ValueError("the version cites nothing: add a [[duty.version.citation]]")
        if self.verified and any(c.read_on is None for c in self.citation):
            raise ValueError("a citation of a verified version needs read_on, the day it was read")
        if not self.verified and not self.to_read:
            raise ValueError("an unverified version says what to read: add to_read")
        if (self.in_force_from is None) != bool(self.pending):
            raise ValueError("give in_force_from, or say in pending why there is no such day yet")
        if self.in_force_from and self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise ValueError("in_force_to is before in_force_from")
        return self

    @property
    def soft(self) -> bool:
        """Whether the law gives no number."""
        return self.limit is None

    @property
    def read_on(self) -> date | None:
        """The day the newest citation was read, or None when nobody has read one."""
        return max((c.read_on for c in self.citation if c.read_on), default=None)

    def in_force(self, day: date) -> bool:
        """Whether this version is the law on `day`."""
        return self.in_force_from is not None and self.in_force_from <= day <= (self.in_force_to or date.max)


class Duty(Value):
    """One duty of an instrument: to whom, at which stage. `key` is the part of the rule id behind `#`."""

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    recipient: Recipient
    stage: Stage = "initial"
    authority: str = ""
    authority_local: dict[str, str] = Field(default_factory=dict)
    authority_url: str = ""
    routed_by: Literal["gdpr", "establishment"] | None = None
    version: tuple[Version, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_overlap(self) -> Duty:
        ordered = sorted((v.in_force_from, v.in_force_to or date.max) for v in self.version if v.in_force_from is not None)
        for (began, ended), (begins, _) in pairwise(ordered):
            if ended >= begins:
                raise ValueError(
                    f"{self.key}: the versions from {began} and {begins} overlap: give the earlier one in_force_to"
                )
        return self

    def at(self, day: date) -> Version | None:
        """The version in force on `day`, or None."""
        return next((v for v in self.version if v.in_force(day)), None)


class Instrument(Value):
    """One legal instrument: a law or regulation, and the duties it sets. `id` is its file's path under `data/`."""

    id: str
    place: Place
    regime: str
    title: str = ""
    local_names: dict[str, str] = Field(default_factory=dict)
    seat: str = ""
    duty: tuple[Duty, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_differ(self) -> Instrument:
        keys = [d.key for d in self.duty]
        if len(keys) != len(set(keys)):
            raise ValueError("two duties have the same key")
        return self


class Authority(Value):
    """A supervisory authority to which a duty of Union law is routed."""

    country: Place
    land: Place | None = None
    name: str
    english: str = ""
    abbreviation: str = ""
    languages: tuple[str, ...] = ()
    url: str = ""
    notification_url: str = ""
    time_zone: str
    citation: tuple[Citation, ...] = ()


class Rule(NamedTuple):
    """A duty with the instrument it stands in. `id` is `instrument#key`."""

    instrument: Instrument
    duty: Duty

    @property
    def id(self) -> str:
        """The rule's id in every answer: `us/ca/civ-1798.82#individuals`."""
        return f"{self.instrument.id}#{self.duty.key}"


Coverage = Literal["complete", "partial", "none"]


@dataclass(frozen=True)
class Rulebook:
    """All the law the desk has read. `digest` is over the text of every file; `coverage` is place -> complete or partial, and
    `read` what was read of a place and what is left."""

    instruments: tuple[Instrument, ...]
    authorities: tuple[Authority, ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    @cached_property
    def places(self) -> frozenset[str]:
        """Every place of which there is a rule."""
        return frozenset(instrument.place for instrument in self.instruments)

    def rules(self, of: Collection[str] | None = None) -> Iterable[Rule]:
        """Every rule, instrument by instrument; with `of`, those of the instruments of these places."""
        for instrument in self.instruments:
            if of is None or instrument.place in of:
                for duty in instrument.duty:
                    yield Rule(instrument=instrument, duty=duty)

    def covered(self, place: str) -> Coverage:
        """How far the desk has read the law of a place: complete, partial, or none; for `RE` that of France, whose law it has."""
        return self.coverage.get(place) or self.coverage.get(PART_OF.get(place, place), "none")

    def reading(self, place: str) -> str:
        """What was read of the law of a place, and what is left; empty where nobody looked."""
        return self.read.get(place) or self.read.get(PART_OF.get(place, place), "")
