"""What a template can say: `fact`, `when`, `day`, `count`, `duty`, `place`, `text`, and a few plain values.

Each value a template asks for is noted. A fact nobody has recorded does not stop the rendering at once: the rest is drawn
too, so that one refusal names everything that is missing. Facts that are only suspected are marked in letters to institutions,
and refused in letters to people and the public unless the template says it may use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from breachdesk.domain import places
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.incident import SPECS, TOLD, spec_of
from breachdesk.domain.notices import LetterRequest
from breachdesk.domain.vocabulary import EVENTS
from breachdesk.letters import formats, words
from breachdesk.letters.inserted import Inserted, insert, own
from breachdesk.letters.particulars import LABELS, WORDED, label

PUBLIC = frozenset({"individuals", "guardians", "media"})
"""Recipients to whom only confirmed facts are asserted."""

TIMELINE = "timeline."
COUNTED = "affected_estimate"
"""What to record when nobody has counted yet."""


class Gathering:
    """What one letter asked for: facts used, facts missing, facts only suspected. One per draft."""

    def __init__(self, request: LetterRequest) -> None:
        self.request = request
        self.language = formats.base(request.language)
        self.used: dict[str, None] = {}
        self.missing: dict[str, None] = {}
        self.unconfirmed: dict[str, None] = {}

    def recorded(self, key: str) -> bool:
        """Whether a fact is recorded as confirmed or suspected."""
        if key.startswith(TIMELINE):
            return key.removeprefix(TIMELINE) in self.request.timeline
        value = self.request.facts.get(key)
        return value is not None and (not isinstance(value, str) or bool(value.strip()))

    def spelled(self, key: str) -> str:
        """The key under which a fact is kept in the letter's language: `what_happened_ar`, else the key itself.

        The story itself must be told in the letter's language; a name or an address may stand as it is.
        """
        if self.language == "en" or key.startswith(("x-", TIMELINE)):
            return key
        translated = f"{key}_{self.language}"
        organisations_own = f"x-{key.replace('_', '-')}-{self.language}"
        if self.recorded(translated) or (translated in SPECS and key in TOLD):
            return translated
        return organisations_own if self.recorded(organisations_own) else key

    def mark(self, key: str, *, suspected_ok: bool = False) -> str:
        """Note that a recorded fact is used. Returns what must follow it: the marker of a suspected fact, or nothing."""
        self.used[key] = None
        if self.request.standings.get(key, "confirmed") != "suspected":
            return ""
        if self.request.recipient in PUBLIC and not suspected_ok:
            self.unconfirmed[key] = None
        return f" {words.UNCONFIRMED.get(self.language, words.UNCONFIRMED['en'])}"

    def lack(self, key: str) -> Inserted:
        """Note that a fact is missing; the placeholder only lets the drawing go on."""
        self.missing[key] = None
        return Inserted(f"({key})")



class Facts:
    """`fact.KEY`, `fact["x-own-fact"]`, `fact.get("KEY")`, `fact.has("KEY")`, `fact.suspected_ok("KEY")`."""

    def __init__(self, gathering: Gathering) -> None:
        self._g = gathering

    def __getitem__(self, key: str) -> Any:
        """A fact that the letter needs. Raises InvalidInput for a key no fact can have."""
        return self._read(_known(key))

    def get(self, key: str) -> Any:
        """A fact the letter can do without: an empty string when it is not recorded."""
        key = self._g.spelled(_known(key))
        return self._read(key) if self._g.recorded(key) else ""

    def has(self, key: str) -> bool:
        """Whether a fact is recorded."""
        return self._g.recorded(self._g.spelled(_known(key)))

    def suspected_ok(self, key: str) -> Any:
        """A needed fact that may be used while it is only suspected, and is then marked as such."""
        return self._read(_known(key), suspected_ok=True)

    def _read(self, asked: str, *, suspected_ok: bool = False) -> Any:
        g, key = self._g, self._g.spelled(asked)
        if not g.recorded(key):
            return g.lack(key)
        marker = g.mark(key, suspected_ok=suspected_ok)
        value = g.request.facts[key]
        spec = spec_of(key)
        if spec.kind in ("bool", "number") or spec.choices:
            return value if not isinstance(value, list) else tuple(value)
        if isinstance(value, list):
            return tuple(insert(str(item)) for item in value)
        return Inserted(insert(str(value)) + marker)


def _known(key: str) -> str:
    if key in SPECS and not key.startswith(TIMELINE):
        return key
    if key.startswith("x-"):
        return key
    if key.startswith(TIMELINE):
        raise InvalidInput("write {{ when.EVENT }} or {{ day.EVENT }} for a dated event", key=f"fact.{key}")
    raise InvalidInput("no fact has this key; `breachdesk facts keys` lists them, your own start with x-", key=f"fact.{key}")


class Times:
    """`when.EVENT` (day, time and zone) or `day.EVENT`; `.get("EVENT")` and `.has("EVENT")` for events that may be undated."""

    def __init__(self, gathering: Gathering, *, whole: bool) -> None:
        self._g, self._whole = gathering, whole

    def __getitem__(self, event: str) -> Inserted:
        """An event the letter needs. Raises InvalidInput for an event the contract does not have."""
        self._known(event)
        moment = self._g.request.timeline.get(event)
        return self._g.lack(TIMELINE + event) if moment is None else self._write(event, moment)

    def get(self, event: str) -> Inserted:
        """An event the letter can do without: empty when it is not dated."""
        return self[event] if self.has(event) else Inserted("")

    def has(self, event: str) -> bool:
        """Whether an event is dated."""
        return self._known(event) in self._g.request.timeline

    def unknown(self, event: str) -> bool:
        """Whether somebody recorded that this date is not known: not the same as nobody having recorded it."""
        return not self.has(event) and self._g.request.standings.get(TIMELINE + event) == "unknown"

    def suspected_ok(self, event: str) -> Inserted:
        """A needed event whose date may still be suspected, and is then marked as such."""
        moment = self._g.request.timeline.get(self._known(event))
        return self._g.lack(TIMELINE + event) if moment is None else self._write(event, moment, suspected_ok=True)

    def _known(self, event: str) -> str:
        if event not in EVENTS:
            raise InvalidInput(f"there is no such event; there are {', '.join(EVENTS)}", key=event)
        return event

    def _write(self, event: str, moment: datetime, *, suspected_ok: bool = False) -> Inserted:
        request = self._g.request
        marker = self._g.mark(TIMELINE + event, suspected_ok=suspected_ok)
        if self._whole:
            shown = formats.moment(moment, request.zone, request.language, request.place)
        else:
            shown = formats.day(moment.astimezone(ZoneInfo(request.zone)).date(), request.language, request.place)
        return Inserted(own(shown) + marker)


class Count:
    """`count.affected`, `count.total`, `count.minors`: numbers to print or compare. `count.places`: (place, number) pairs."""

    def __init__(self, gathering: Gathering) -> None:
        self._g = gathering

    @property
    def affected(self) -> int:
        """People this duty concerns."""
        return self._needed(self._g.request.affected)

    @property
    def total(self) -> int:
        """Everyone affected, wherever they live."""
        return self._needed(self._g.request.total)

    @property
    def records(self) -> int:
        """Records concerned, approximately: the rows the count read."""
        return self._needed(self._g.request.records)

    @property
    def minors(self) -> int:
        """Minors among them; 0 also when nobody counted them."""
        return self._g.request.minors

    @property
    def known(self) -> bool:
        """Whether anybody has counted the people this duty concerns."""
        return self._g.request.affected is not None

    @property
    def places(self) -> tuple[tuple[Inserted, int], ...]:
        """Where the people live, most people first."""
        rows = sorted(self._g.request.by_residence.items(), key=lambda row: (-row[1], row[0]))
        return tuple((insert(places.name(place, self._g.language)), number) for place, number in rows)

    def _needed(self, value: int | None) -> int:
        if value is None:
            self._g.lack(COUNTED)
            return 0
        return value


class DutyWords:
    """`duty.regime`, `.title`, `.authority`, `.terms`, `.limit`, `.due`, `.stage`, `.recipient`, `.rule`, `.citations`."""

    def __init__(self, gathering: Gathering) -> None:
        self._g = gathering

    @property
    def regime(self) -> Inserted:
        """The short name of the law."""
        return insert(self._g.request.regime)

    @property
    def title(self) -> Inserted:
        """The law's full name, or its short one."""
        return insert(self._g.request.title or self._g.request.regime)

    @property
    def authority(self) -> Inserted:
        """Who the notice goes to, by the official name in the letter's language where there is one."""
        request = self._g.request
        return insert(request.authority_local.get(self._g.language) or request.authority)

    @property
    def terms(self) -> Inserted:
        """The time the law gives, in its words."""
        return insert(self._g.request.terms)

    @property
    def limit(self) -> Inserted:
        """The limit in numbers; empty when the law gives none."""
        return insert("" if self._g.request.limit is None else str(self._g.request.limit))

    @property
    def due(self) -> Inserted:
        """When the notice is due; empty while its clock has not started."""
        request = self._g.request
        if request.due is None:
            return Inserted("")
        return own(formats.moment(request.due, request.zone, request.language, request.place))

    @property
    def late(self) -> bool:
        """Whether the letter is dated after the notice was due."""
        return self._g.request.due is not None and self._g.request.dated > self._g.request.due

    @property
    def stage(self) -> str:
        """early-warning, initial, update or final."""
        return self._g.request.stage

    @property
    def recipient(self) -> str:
        """The contract's word for whom it goes to."""
        return self._g.request.recipient

    @property
    def rule(self) -> Inserted:
        """The rule's id."""
        return insert(self._g.request.rule)

    @property
    def citations(self) -> tuple[Inserted, ...]:
        """Where the law stands."""
        return tuple(insert(citation) for citation in self._g.request.citations)


class PlaceWords:
    """`place.name` in the letter's language, `place.code`, and `place.us` (whether it lies in the United States)."""

    def __init__(self, gathering: Gathering) -> None:
        self._g = gathering

    @property
    def name(self) -> Inserted:
        """The place's name."""
        return insert(places.name(self._g.request.place, self._g.language))

    @property
    def code(self) -> str:
        """ISO 3166, for conditions."""
        return self._g.request.place

    @property
    def us(self) -> bool:
        """Whether the place lies in the United States."""
        return self._g.request.place.startswith("US")


class Text:
    """Ready words: `text.date`, `text.elements` (a sentence), `text.element_list`, `text.breach`, `text.access`, `text.harm`,
    `text.further(…)`."""

    def __init__(self, gathering: Gathering) -> None:
        self._g = gathering

    @property
    def date(self) -> Inserted:
        """The letter's own day."""
        request = self._g.request
        return own(formats.day(request.dated.astimezone(ZoneInfo(request.zone)).date(), request.language, request.place))

    @property
    def elements(self) -> Inserted:
        """The data elements hit, as part of a sentence."""
        return insert(words.joined(self._labels(), self._g.language)) if self._hit() else self._g.lack(COUNTED)

    @property
    def element_list(self) -> tuple[Inserted, ...]:
        """The data elements hit, for a list."""
        return tuple(insert(label) for label in self._labels()) if self._hit() else (self._g.lack(COUNTED),)

    @property
    def breach(self) -> Inserted:
        """The kinds of breach: confidentiality, integrity, availability."""
        return self._chosen("breach")

    @property
    def access(self) -> Inserted:
        """Whether data were accessed, acquired, lost or unavailable."""
        return self._chosen("access")

    @property
    def harm(self) -> Inserted:
        """How likely harm is, as somebody decided."""
        return self._chosen("harm")

    def further(self, *more: str) -> tuple[tuple[Inserted, Any], ...]:
        """What the law wants said beyond a letter's own words: (label, fact) pairs. `more`: tags this letter does not word itself."""
        asked = [tag for tag in LABELS if tag in self._g.request.contents and (tag not in WORDED or tag in more)]
        facts = Facts(self._g)
        return tuple((insert(label(tag, self._g.language)), facts[f"x-{tag}"]) for tag in asked)

    def _hit(self) -> bool:
        return bool(self._g.request.elements)

    def _labels(self) -> list[str]:
        return [words.element(element, self._g.language) for element in self._g.request.elements]

    def _chosen(self, key: str) -> Inserted:
        if not self._g.recorded(key):
            return self._g.lack(key)
        marker = self._g.mark(key)
        value = self._g.request.facts[key]
        by_word = words.CHOICES[key].get(self._g.language, words.CHOICES[key]["en"])
        said = [by_word.get(word, word) for word in (value if isinstance(value, list | tuple) else [value])]
        return Inserted(insert(words.joined(said, self._g.language)) + marker)


def _attributes(cls: type) -> frozenset[str]:
    return frozenset(name for name in vars(cls) if not name.startswith("_"))


ATTRIBUTES: Mapping[str, frozenset[str]] = MappingProxyType({
    "count": _attributes(Count), "duty": _attributes(DutyWords), "place": _attributes(PlaceWords), "text": _attributes(Text),
    "fact": _attributes(Facts), "when": _attributes(Times), "day": _attributes(Times),
})  # fmt: skip
"""What each name offers beside the keys of facts and events."""

PLAIN = frozenset({"contents", "forbids", "title_required", "headings_required", "months", "language", "reference",
                   "elements"})
"""Values that stand by themselves."""

NAMES = frozenset(ATTRIBUTES) | PLAIN


def namespace(gathering: Gathering) -> dict[str, Any]:
    """Everything a template of this letter can name."""
    request = gathering.request
    return {
        "fact": Facts(gathering), "when": Times(gathering, whole=True), "day": Times(gathering, whole=False),
        "count": Count(gathering), "duty": DutyWords(gathering), "place": PlaceWords(gathering), "text": Text(gathering),
        "elements": frozenset(request.elements),
        "contents": frozenset(request.contents), "forbids": frozenset(request.forbids),
        "title_required": insert(request.title_required), "months": request.credit_monitoring_months,
        "headings_required": tuple(insert(heading) for heading in request.headings_required),
        "language": gathering.language, "reference": insert(request.codename),
    }  # fmt: skip


def known_names() -> Iterator[str]:
    """Every name a template may use, for messages."""
    yield from sorted(NAMES)
