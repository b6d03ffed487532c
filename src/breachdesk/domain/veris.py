"""A VERIS record (1.3, 1.4) as facts of an incident: what maps is marked suspected, and what does not is listed with
the reason.

VERIS describes incidents for statistics, and the desk asks what law asks; the two meet in fewer places than their words
suggest. It says where the organisation is and never where the people live; it counts records, not people; it names
classes of data, not elements. Where its word is wider than the desk's, the wider reading is taken, because a narrow one
could make a duty disappear. Nothing is dropped in silence: every leaf of the record is either used or stands in
`unmapped`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from breachdesk.domain import places
from breachdesk.domain.circumstances import Affected
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.values import Value, iso
from breachdesk.domain.vocabulary import ELEMENTS, SECTORS

MappedFact = tuple[str, Any, str, str]
"""A fact's key, its value in JSON form, its standing (always `suspected`), and a note on how it was read."""
Unmapped = tuple[str, str, str]
"""The path of a leaf, its value as text, and why it became no fact."""


class VerisImport(Value):
    """What a record gives an incident, and what it could not give."""

    title: str
    facts: tuple[MappedFact, ...]
    unmapped: tuple[Unmapped, ...]


_SECTORS: tuple[tuple[str, str], ...] = (
    ("5221", "bank"), ("5231", "broker-dealer"), ("524", "insurance"), ("522", "financial"), ("523", "financial"),
    ("52", "financial"), ("62", "health"), ("61", "education"), ("92", "government"), ("517", "telecom"),
)  # fmt: skip
"""NAICS prefixes from which a sector of the desk surely follows, the longest first where they nest."""

_ELEMENTS: Mapping[str, tuple[str, ...]] = {
    "Medical": ("name", "medical"),
    "Bank": ("name", "financial-account", "financial-account-with-code"),
    "Payment": ("name", "payment-card", "payment-card-with-code"),
    "Credentials": ("email", "online-credentials"),
}
"""Classes of data whose elements follow, in the wider reading: the code with the account, and the name beside both."""

_NO_PERSONAL_DATA = frozenset(
    {"Internal", "System", "Secrets", "Classified", "Source code", "Copyrighted", "Digital certificate"}
)
_AMBIGUOUS: Mapping[str, str] = {
    "Personal": "personal data of some kind: VERIS does not say whether names, addresses, ids or social security numbers",
    "Sensitive Personal": "sensitive data of some kind: VERIS does not say which",
    "Virtual currency": "a wallet, not surely data about a person",
    "Multi-factor credential": "a second factor alone is not an online credential in the desk's sense",
}
_PEOPLE = {"Customer": "customers", "Employee": "employees", "Former employee": "former employees", "Patient": "patients",
           "Student": "students", "Partner": "business partners", "Customer - former": "former customers"}  # fmt: skip
_UNITS = {"Seconds": timedelta(seconds=1), "Minutes": timedelta(minutes=1), "Hours": timedelta(hours=1),
          "Days": timedelta(days=1), "Weeks": timedelta(weeks=1)}  # fmt: skip
_ON_PURPOSE = ("hacking", "malware", "social", "physical")
_MOTIVES = frozenset({"Financial", "Espionage", "Ideology", "Grudge", "Fun", "Fear", "Secondary"})
_NOBODY_KNOWS = frozenset({"Unknown", "", "000", "000000", "0"})
_NOT_SAID = frozenset({"Unknown", "NA", "000000", "None", "{}", "[]", ""})

_WHY: tuple[tuple[str, str], ...] = (
    ("victim.region", "the country says more than the United Nations region"),
    ("victim.employee_count", "no duty on the desk depends on the size of the organisation"),
    ("victim.revenue", "no duty on the desk depends on revenue"),
    ("victim.locations_affected", "a number of sites of the organisation, not where the people live"),
    ("victim.secondary", "other organisations hit: whether we or they are controller is for a person to record as `role`"),
    ("victim.government", "the sector is read from the industry code"),
    ("victim", "the desk keeps no such fact about the organisation"),
    ("timeline.compromise", "the desk keeps no such event"),
    ("timeline.exfiltration", "the desk keeps no such event"),
    ("timeline.containment", "the desk keeps no such event; containing is a state of the incident"),
    ("security_incident", "every imported fact is marked suspected; a person confirms each"),
    ("confidence", "every imported fact is marked suspected; a person confirms each"),
    ("schema_version", "says how to read the record, not what happened"),
    ("source_id", "which collection the record comes from, not what happened"),
    ("campaign_id", "links records of one campaign; the desk keeps incidents apart"),
    ("discovery_method", "who found it is not a fact the law on the desk asks for"),
    ("discovery_notes", "who found it is not a fact the law on the desk asks for"),
    ("impact", "losses are not a fact the law on the desk asks for"),
    ("actor", "detail about the actor beyond its kind and motive"),
    ("action", "detail about the action beyond its kind, variety and vector"),
    ("asset", "detail about assets beyond their variety"),
    ("attribute.confidentiality.notes", "free text; read it and record what it says"),
    ("attribute.availability", "detail about availability beyond that it was hit"),
    ("attribute.integrity", "detail about integrity beyond that it was hit"),
    ("targeted", "whether the victim was chosen changes no duty on the desk"),
    ("value_chain", "the attacker's supply chain changes no duty on the desk"),
    ("corrective_action", "what was mended belongs in `what_we_did`, in words a person answers for"),
    ("cost_corrective_action", "what mending cost is not a fact the desk keeps"),
    ("control_failure", "an analyst's judgement; read it and record what it says"),
)


def from_veris(record: Any, *, file: str = "") -> VerisImport:
    """The facts of a VERIS record. Raises InvalidInput when it is not one, or is of a version that means other
    things; `file` is where it came from."""
    if not isinstance(record, Mapping):
        raise InvalidInput("is not a VERIS record: one JSON object is expected", file=file)
    if not any(key in record for key in ("actor", "action", "attribute", "victim")):
        raise InvalidInput("is not a VERIS record: it has none of actor, action, attribute and victim", file=file)
    version = str(record.get("schema_version", ""))
    if version and not version.startswith(("1.3", "1.4")):
        raise InvalidInput(
            f"VERIS {version} is not read; convert the record to 1.3 or 1.4 first", file=file, key="schema_version"
        )
    reading = _Reading(record)
    for part in (_identity, _victim, _cause, _breach, _people, _timeline):
        part(reading)
    return reading.result()


class _Reading:
    """A record being read: what was made of it so far, and which leaves were used or explained."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self.leaves = dict(_leaves(record))
        self.facts: list[MappedFact] = []
        self.used: set[str] = set()
        self.unmapped: list[Unmapped] = []

    def get(self, path: str) -> Any:
        """What stands at a path, None when nothing does."""
        here: Any = self.record
        for part in path.split("."):
            here = here.get(part) if isinstance(here, Mapping) else None
        return here

    def words(self, path: str) -> list[str]:
        """The known words at a path, which may hold one or a list."""
        found = self.get(path)
        rows = found if isinstance(found, list) else [] if found is None else [found]
        return [str(row).strip() for row in rows if not isinstance(row, (Mapping, list))]

    def say(self, key: str, value: Any, note: str, *paths: str) -> None:
        """A fact, and the leaves (all below each path) it was read from."""
        self.facts.append((key, value, "suspected", note))
        self.use(*paths)

    def use(self, *paths: str) -> None:
        for path in paths:
            self.used.update(leaf for leaf in self.leaves if _below(leaf, path))

    def explain(self, path: str, why: str) -> None:
        """Every unused leaf below a path, with the reason it became no fact."""
        for leaf, value in self.leaves.items():
            if _below(leaf, path) and leaf not in self.used:
                self.unmapped.append((leaf, _text(value), why))
                self.used.add(leaf)

    def result(self) -> VerisImport:
        plus = self.record.get("plus")
        if isinstance(plus, Mapping):
            for key, value in plus.items():
                below = sum(1 for leaf in self.leaves if _below(leaf, f"plus.{key}"))
                self.use(f"plus.{key}")
                shown = _text(value) if not isinstance(value, (Mapping, list)) else f"{below} value{'s' * (below != 1)}"
                self.unmapped.append((f"plus.{key}", shown, "the collection's own notes on how the record was made"))
        for leaf, value in self.leaves.items():
            if str(value) in _NOT_SAID:
                self.explain(leaf, "VERIS says that this is unknown, or does not apply")
        for path, why in _WHY:
            self.explain(path, why)
        self.explain("", "the desk has no fact for this")
        order = {leaf: n for n, leaf in enumerate(self.leaves)}
        self.unmapped.sort(key=lambda row: order.get(row[0], -1))
        return VerisImport(title=_title(self), facts=tuple(self.facts), unmapped=tuple(self.unmapped))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its path: `victim.country[0]`. An empty object or list is a leaf of its own."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for n, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{n}]")
    else:
        yield path, value


def _below(leaf: str, path: str) -> bool:
    return not path or leaf == path or leaf.startswith((f"{path}.", f"{path}["))


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def _title(reading: _Reading) -> str:
    summary = " ".join(str(reading.get("summary") or "").split())
    if summary:
        return summary if len(summary) <= 90 else summary[:89].rsplit(" ", 1)[0] + "…"
    who = str(reading.get("victim.victim_id") or "").strip()
    return f"Incident at {who}" if who else f"VERIS incident {reading.get('incident_id') or 'without an id'}"


def _identity(reading: _Reading) -> None:
    for path, key in (("incident_id", "x-veris-id"), ("summary", "x-veris-summary"), ("reference", "x-veris-reference"),
                      ("notes", "x-veris-notes")):  # fmt: skip
        text = reading.get(path)
        if isinstance(text, str) and text.strip():
            reading.say(key, text.strip(), f"VERIS {path}", path)
        else:
            reading.explain(path, "empty")


def _victim(reading: _Reading) -> None:
    if not isinstance(reading.get("victim"), Mapping):
        reading.explain("victim", "the victim is not given as one organisation")
        return
    name = str(reading.get("victim.victim_id") or "").strip()
    if name and name not in _NOBODY_KNOWS:
        reading.say("organisation", name, "VERIS victim.victim_id", "victim.victim_id")
    _established(reading)
    _sector(reading)
    if any(_below(leaf, "victim") for leaf in reading.leaves):
        why = "VERIS says where the organisation is, never where the people live; count the records to learn it"
        reading.unmapped.append(("(residence of the people)", "", why))


def _established(reading: _Reading) -> None:
    found: list[str] = []
    states = reading.words("victim.state")
    for n, land in enumerate(reading.words("victim.country")):
        leaf = f"victim.country[{n}]" if isinstance(reading.get("victim.country"), list) else "victim.country"
        if land in _NOBODY_KNOWS:
            reading.explain(leaf, "VERIS says the country is unknown")
        elif not places.known(land) or len(land) != 2:
            reading.explain(leaf, f"{land!r} is not an ISO 3166 country the desk knows")
        else:
            found.append(_division(reading, land, states))
            reading.use(leaf)
    reading.explain("victim.state", "no division of that country the desk knows")
    if found:
        reading.say("established", list(dict.fromkeys(found)), "where VERIS places the victim organisation")


def _division(reading: _Reading, land: str, states: list[str]) -> str:
    for state in states:
        code = state if state.startswith(f"{land}-") else f"{land}-{state}"
        if places.known(code):
            reading.use("victim.state")
            return code
    return land


def _sector(reading: _Reading) -> None:
    code = str(reading.get("victim.industry") or "").strip()
    if not code:
        reading.explain("victim.industry", "empty")
    elif not code.strip("0") or code in _NOBODY_KNOWS:
        reading.explain("victim.industry", "VERIS says the industry is unknown")
    else:
        sector = next((name for prefix, name in _SECTORS if code.startswith(prefix)), "")
        if sector in SECTORS:
            reading.say("sectors", [sector], f"NAICS {code}", "victim.industry")
        else:
            reading.explain("victim.industry", f"no sector of the desk surely follows from NAICS {code}; record `sectors`")


def _cause(reading: _Reading) -> None:
    """Whether it was done on purpose, and kind, variety and vector of action, actor and assets as text."""
    kinds = [kind for kind in (reading.get("action") or {}) if kind != "unknown"] if _is_table(reading, "action") else []
    deliberate = [kind for kind in kinds if kind in _ON_PURPOSE]
    motives = {word for kind in ("external", "internal", "partner") for word in reading.words(f"actor.{kind}.motive")}
    if deliberate:
        reading.say("malicious", True, f"VERIS action: {', '.join(deliberate)}")
    elif "misuse" in kinds and motives & _MOTIVES:
        reading.say("malicious", True, f"VERIS action: misuse, with a motive: {', '.join(sorted(motives & _MOTIVES))}")
    elif "misuse" in kinds:
        why = "misuse without a motive on record may be without malice; record `malicious`"
        reading.unmapped.append(("action.misuse", "", why))
    elif kinds and set(kinds) <= {"error", "environmental"}:
        reading.say("malicious", False, f"VERIS action: {', '.join(kinds)}")
    _as_text(reading, "x-veris-action", "action", ("variety", "vector"))
    _as_text(reading, "x-veris-actor", "actor", ("variety", "motive"))
    assets = reading.get("asset.assets")
    if isinstance(assets, list):
        varieties = {n: str(row.get("variety") or "") for n, row in enumerate(assets) if isinstance(row, Mapping)}
        known = {n: word for n, word in varieties.items() if word not in _NOT_SAID}
        if known:
            reading.say("x-veris-assets", ", ".join(known.values()), "VERIS asset.assets",
                        *(f"asset.assets[{n}].variety" for n in known))  # fmt: skip


def _is_table(reading: _Reading, path: str) -> bool:
    return isinstance(reading.get(path), Mapping)


def _as_text(reading: _Reading, key: str, path: str, parts: tuple[str, ...]) -> None:
    if not _is_table(reading, path):
        return
    told: list[str] = []
    for kind in reading.get(path):
        below = tuple(f"{path}.{kind}.{part}" for part in parts)
        said = {leaf: str(word).strip() for leaf, word in reading.leaves.items() if any(_below(leaf, b) for b in below)}
        known = {leaf: word for leaf, word in said.items() if word not in _NOT_SAID}
        told.append(f"{kind}: {', '.join(known.values())}" if known else str(kind))
        reading.use(*known)
        if reading.get(f"{path}.{kind}") in ({}, [], None):
            reading.use(f"{path}.{kind}")
    if told:
        reading.say(key, "; ".join(told), f"VERIS {path}")


def _breach(reading: _Reading) -> None:
    disclosure = str(reading.get("attribute.confidentiality.data_disclosure") or "")
    kinds = [kind for kind in ("confidentiality", "integrity", "availability") if _is_table(reading, f"attribute.{kind}")]
    if "confidentiality" in kinds and disclosure == "No":
        kinds.remove("confidentiality")
    if kinds:
        notes = []
        if words := reading.words("attribute.integrity.variety"):
            notes.append(f"integrity: {', '.join(words)}, not surely of personal data")
        if words := reading.words("attribute.availability.variety"):
            notes.append(f"availability: {', '.join(words)}")
        reading.say("breach", kinds, "; ".join(notes) or "VERIS attribute", "attribute.integrity.variety",
                    "attribute.availability.variety")  # fmt: skip
    for kind in ("integrity", "availability"):
        if reading.get(f"attribute.{kind}") == {}:
            reading.use(f"attribute.{kind}")
    _access(reading, disclosure, kinds)


def _access(reading: _Reading, disclosure: str, kinds: list[str]) -> None:
    leaf = "attribute.confidentiality.data_disclosure"
    lost = "Loss" in reading.words("action.error.variety") or "Theft" in reading.words("action.physical.variety")
    if disclosure == "Yes":
        note = "VERIS confirms disclosure, not how; read as acquired, because reading it as mere access could hide a duty"
        reading.say("access", "acquired", note, leaf)
    elif disclosure == "No":
        reading.explain(leaf, "VERIS rules disclosure out; a person decides what that means for `access`")
    elif lost and disclosure:
        reading.say("access", "lost", f"lost or stolen, disclosure: {disclosure}", leaf)
    elif disclosure:
        reading.explain(leaf, f"{disclosure}: nobody knows whether the data were accessed or acquired; record `access`")
    elif kinds == ["availability"]:
        reading.say("access", "unavailable", "VERIS attribute: availability alone")


def _people(reading: _Reading) -> None:
    """Who the people are, how many records, which data, encrypted or not: one row of unknown residence."""
    who = [_PEOPLE[word] for word in reading.words("attribute.confidentiality.data_victim") if word in _PEOPLE]
    if who:
        reading.say("categories_of_people", ", ".join(dict.fromkeys(who)), "VERIS data_victim")
        found = reading.get("attribute.confidentiality.data_victim")
        if isinstance(found, list):
            reading.use(*(f"attribute.confidentiality.data_victim[{n}]" for n, w in enumerate(found) if str(w) in _PEOPLE))
        else:
            reading.use("attribute.confidentiality.data_victim")
    reading.explain("attribute.confidentiality.data_victim", "says nothing about who the people are")
    data, personal = _data(reading)
    encrypted = _encrypted(reading)
    count = _count(reading)
    if count is None:
        why = "VERIS gives no number of records; record `affected_estimate`, or count the people"
        reading.unmapped.append(("(people affected)", "", why))
        return
    reading.say("x-number-of-records", str(count), "VERIS counts records, not people")
    if not personal:
        why = "all classes of data named are not about people; count the people if some are"
        reading.unmapped.append(("(people affected)", str(count), why))
        return
    row = Affected(residence=places.UNKNOWN, count=count, data=data, encrypted=encrypted)
    note = "a number of records, so at most about as many people; where they live VERIS does not say"
    reading.say("affected_estimate", [row.model_dump(mode="json")], note)


def _data(reading: _Reading) -> tuple[tuple[str, ...] | None, bool]:
    """The data elements, None when they do not surely follow; and whether any class named may be about people."""
    rows = reading.get("attribute.confidentiality.data")
    rows = rows if isinstance(rows, list) else []
    elements: list[str] = []
    sure, personal = True, not rows
    for n, row in enumerate(rows):
        leaf = f"attribute.confidentiality.data[{n}].variety"
        word = str(row.get("variety") or "Unknown") if isinstance(row, Mapping) else "Unknown"
        if word in _ELEMENTS:
            elements += _ELEMENTS[word]
            personal = True
            reading.use(leaf)
        elif word in _NO_PERSONAL_DATA:
            reading.explain(leaf, "not a class of data about people")
        else:
            sure, personal = False, True
            reading.explain(leaf, _AMBIGUOUS.get(word, "VERIS does not say which data elements these are"))
    known = tuple(sorted(set(elements), key=ELEMENTS.index))
    if known:
        note = "the classes VERIS names, in the wider reading (the name and the code held beside them)"
        if not sure:
            note += "; other classes do not say their elements, so the estimate leaves its data open"
        reading.say("x-veris-data", ", ".join(known), note)
    return (known if known and sure else None), personal


def _encrypted(reading: _Reading) -> bool | None:
    """Whether the data were encrypted: only where every state named says so, or one says that they were not."""
    leaf = "attribute.confidentiality.state"
    words = reading.words(leaf)
    clear = [w for w in words if w.endswith("unencrypted") or w == "Printed"]
    sealed = [w for w in words if w.endswith(" encrypted")]
    if clear and not sealed:
        reading.say("x-veris-state", ", ".join(words), "read as not encrypted", leaf)
        return False
    if sealed and len(sealed) == len(words):
        reading.say("x-veris-state", ", ".join(words), "read as encrypted; whether the key was taken VERIS does not say", leaf)
        return True
    reading.explain(leaf, "does not say whether the data were encrypted")
    return None


def _count(reading: _Reading) -> int | None:
    total = _number(reading.get("attribute.confidentiality.data_total"))
    rows = reading.get("attribute.confidentiality.data")
    amounts = [(n, _number(row.get("amount"))) for n, row in enumerate(rows if isinstance(rows, list) else [])
               if isinstance(row, Mapping)]  # fmt: skip
    known = [(n, amount) for n, amount in amounts if amount is not None]
    if total is not None:
        reading.use("attribute.confidentiality.data_total")
    elif known:
        total = max(amount for _, amount in known)
    for n, amount in known:
        if amount == total:
            reading.use(f"attribute.confidentiality.data[{n}].amount")
        reading.explain(f"attribute.confidentiality.data[{n}].amount", "a part of the records; the largest number stands for all")
    reading.explain("attribute.confidentiality.data_total", "not a number of records")
    return total


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0 or value != int(value):
        return None
    return int(value)


def _timeline(reading: _Reading) -> None:
    year, month, day = (_number(reading.get(f"timeline.incident.{part}")) for part in ("year", "month", "day"))
    occurred: datetime | None = None
    if year and month and day:
        try:
            occurred = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            reading.explain("timeline.incident", f"{year}-{month}-{day} is not a day")
    if occurred is not None:
        reading.say("timeline.occurred", iso(occurred), "only the day is known; its beginning in UTC stands for it",
                    "timeline.incident.year", "timeline.incident.month", "timeline.incident.day")  # fmt: skip
        reading.explain("timeline.incident", "a time of day without its zone is not an instant")
    known = "year and the month are" if year and month else "year is" if year else "date is not"
    reading.explain("timeline.incident", f"only the {known} known" if year else "the date is not known")
    _discovered(reading, occurred)


def _discovered(reading: _Reading, occurred: datetime | None) -> None:
    leaf = "timeline.discovery"
    unit, value = str(reading.get(f"{leaf}.unit") or ""), reading.get(f"{leaf}.value")
    amount = value if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1_000_000 else None
    reasons: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: unit in ("Unknown", "NA", "Never", ""), "VERIS does not say how long it took to notice"),
        (lambda: unit not in _UNITS, f"{unit.lower()} have no fixed length, so no instant follows"),
        (lambda: amount is None, f"some {unit.lower()}, VERIS does not say how many"),
        (lambda: occurred is None, "counted from an incident whose day is not known"),
    )
    for applies, why in reasons:
        if applies():
            reading.explain(leaf, why)
            return
    assert occurred is not None and amount is not None  # noqa: S101, PT018 - the reasons above returned
    try:
        found = occurred + _UNITS[unit] * amount
    except OverflowError:
        reading.explain(leaf, "too long to be an instant")
        return
    note = f"{amount:g} {unit.lower()} after the incident, which is known to the day"
    reading.say("timeline.discovered", iso(found), note, f"{leaf}.unit", f"{leaf}.value")
