"""An incident, and what is known about it: facts that are added, never overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from breachdesk.domain.circumstances import Affected, Circumstances
from breachdesk.domain.errors import InvalidInput
from breachdesk.domain.places import UNKNOWN, Place
from breachdesk.domain.values import Instant, Value, iso
from breachdesk.domain.vocabulary import EVENTS, Access, Breach, Event, Harm, Role, Sector

Standing = Literal["confirmed", "suspected", "unknown"]
State = Literal["open", "contained", "notified", "closed"]
STATES: tuple[State, ...] = get_args(State)


class Incident(Value):
    """An incident on the register. `codename` is its id in every command; `opened_at` is UTC."""

    codename: str
    title: str
    state: State = "open"
    playbook: str = ""
    owner: str = ""
    counsel: str = ""
    opened_at: Instant
    opened_by: str
    outcome: str = ""
    """Why the incident was closed the way it was: the reason the register keeps also for those not notified."""


PER_LAW: frozenset[Event] = frozenset({"initial_filed", "update_filed", "individuals_notified"})
"""Events that happen once under each law: a filing in one country starts no clock in another."""

NOTED = "noted by the desk: "
"""How the source of a fact begins that the desk dated itself, from a filing or a send of one notice."""


class FactSpec(Value):
    """What a fact is about: its key, the question a person is asked, and the kind of answer."""

    key: str
    question: str
    kind: Literal["text", "choice", "choices", "bool", "instant", "places", "number", "affected"] = "text"
    choices: tuple[str, ...] = ()
    group: Literal["law", "timeline", "story", "contact"] = "story"
    help: str = ""


def _spec(key: str, question: str, kind: str, group: str, choices: Iterable[str] = (), help: str = "") -> FactSpec:
    return FactSpec.model_validate(
        {"key": key, "question": question, "kind": kind, "group": group, "choices": tuple(choices), "help": help}
    )


_EVENT_QUESTIONS: Mapping[Event, str] = {
    "occurred": "When did the breach happen (its earliest moment)?",
    "discovered": "When did anyone in the organisation first notice something was wrong?",
    "aware": "When was there reasonable certainty that personal data had been hit?",
    "determined": "When did the investigation conclude that there was a reportable breach?",
    "scope_known": "When was it known whose data, and which, were hit?",
    "classified": "When was the incident classified as major (DORA)?",
    "material": "When was the incident judged material (securities law)?",
    "assessed": "When did the statutory assessment conclude?",
    "informed_by_processor": "When did the processor tell us?",
    "initial_filed": "When was the first notification filed with the authority?",
    "update_filed": "When was the last update filed?",
    "individuals_notified": "When were the people told?",
    "ransom_paid": "When was a ransom paid?",
    "hold_from": "From when did law enforcement ask for delay?",
    "hold_until": "Until when did law enforcement ask for delay?",
}

_TOLD: tuple[tuple[str, str], ...] = (
    ("what_happened", "What happened"), ("what_we_did", "What has been done"),
    ("what_we_will_do", "What will still be done"), ("likely_consequences", "What could happen to the people"),
    ("categories_of_people", "Who the people are"), ("credit_monitoring", "Which credit monitoring is offered"),
    ("police_report", "Whether a police report was filed"), ("reason_for_delay", "Why a notice is late, if it is"),
)  # fmt: skip

TOLD: frozenset[str] = frozenset(key for key, _ in _TOLD)
"""Facts that are sentences: each letter tells them in its own language, or leaves out those it can do without."""

SPECS: Mapping[str, FactSpec] = {
    spec.key: spec
    for spec in (
        _spec("role", "Do we decide about these data (controller), or hold them for somebody else (processor)?",
              "choice", "law", get_args(Role)),
        _spec("sectors", "Which sectors is the organisation in?", "choices", "law", get_args(Sector)),
        _spec("established", "Where is the organisation established? The main establishment first.", "places", "law",
              help="ISO codes, e.g. DE, SA; a free zone as AE-DIFC or AE-ADGM"),
        _spec("breach", "What was hit: confidentiality, integrity, availability?", "choices", "law", get_args(Breach)),
        _spec("access", "Were the data accessed, acquired, lost, or made unavailable?", "choice", "law",
              get_args(Access)),
        _spec("malicious", "Was it done on purpose?", "bool", "law"),
        _spec("key_taken", "Was the key to encrypted data taken too?", "bool", "law",
              help="if it was, encrypted data count as clear data"),
        _spec("significant", "Was the incident judged significant, major or material, as a sector law asks?", "bool", "law",
              help="no ends those duties; yes needs the day: timeline.classified or timeline.material"),
        _spec("stored_in", "In which places did the data lie?", "places", "law",
              help="ISO codes; some laws bind by where data are kept"),
        _spec("harm", "How likely is harm to the people?", "choice", "law", get_args(Harm),
              help="unlikely: no reasonable likelihood; possible: a risk; likely; high: high risk or serious harm. "
                   "A person decides; leave it out until somebody has."),
        _spec("affected_estimate", "Who is affected, as far as anybody can say before the records are counted?", "affected",
              "law", help="e.g. DE 5000 name+email; US-CA 600 name+ssn; used only until the first count"),
        *(_spec(f"timeline.{event}", question, "instant", "timeline") for event, question in _EVENT_QUESTIONS.items()),
        _spec("organisation", "The organisation's name as the letters give it", "text", "contact"),
        _spec("organisation_address", "Its postal address", "text", "contact"),
        _spec("contact_name", "Who answers questions (an office or a name)", "text", "contact"),
        _spec("contact_email", "The e-mail address for questions", "text", "contact"),
        _spec("contact_phone", "The telephone number for questions", "text", "contact"),
        _spec("contact_url", "The web page about this incident", "text", "contact"),
        _spec("dpo_contact", "The data protection officer and how to reach them", "text", "contact"),
        _spec("what_happened", "What happened, in two or three plain sentences", "text", "story",
              help="confirmed facts only, past tense"),
        _spec("what_we_did", "What has been done about it (done, not planned)", "text", "story"),
        _spec("what_we_will_do", "What will still be done", "text", "story"),
        _spec("likely_consequences", "What could happen to the people as a result", "text", "story"),
        _spec("categories_of_people", "Who the people are (customers, patients, staff …)", "text", "story"),
        _spec("credit_monitoring", "Which credit monitoring or identity protection is offered, for how long, and how to enrol",
              "text", "story"),
        _spec("police_report", "Whether a police report was filed, where, and its number", "text", "story"),
        _spec("reason_for_delay", "Why a notice is later than the law's limit, if it is", "text", "story"),
        *(_spec(f"{key}_{language}", f"{question} (in {spoken}, for letters in {spoken})", "text", "story")
          for language, spoken in (("ar", "Arabic"), ("de", "German"), ("es", "Spanish"), ("pt", "Portuguese"))
          for key, question in _TOLD),
        *(_spec(f"{key}_ar", f"{question} (in Arabic, for letters in Arabic)", "text", "story") for key, question in (
            ("organisation", "The organisation's name"), ("organisation_address", "Its postal address"),
            ("contact_name", "Who answers questions"))),
    )
}  # fmt: skip
"""Every fact the desk knows by name. A playbook may ask for further ones as `x-<word>`, always text."""

_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "text": TypeAdapter(str), "choice": TypeAdapter(str), "choices": TypeAdapter(list[str]), "bool": TypeAdapter(bool),
    "instant": TypeAdapter(Instant), "places": TypeAdapter(list[Place]), "number": TypeAdapter(int),
    "affected": TypeAdapter(list[dict[str, Any]]),
}  # fmt: skip


def spec_of(key: str) -> FactSpec:
    """The spec of a fact. Raises InvalidInput, naming the nearest keys, when the desk does not know it."""
    if key in SPECS:
        return SPECS[key]
    if key.startswith("x-"):
        return FactSpec(key=key, question=key)
    near = [known for known in SPECS if key.rpartition(".")[2] in known][:4]
    hint = f" (did you mean {', '.join(near)}?)" if near else " (`breachdesk facts keys` lists them)"
    raise InvalidInput("no fact has this key; your own facts start with x-" + hint, key=key)


def parse_fact(key: str, text: str) -> Any:
    """What a person typed, as the fact's value in JSON form. Raises InvalidInput naming the key and what to write.

    Lists are joined by commas; times need an offset; yes/no questions take yes, no, true, false.
    """
    spec = spec_of(key)
    value: Any = text.strip()
    if not value:
        raise InvalidInput("empty: give a value, or record it as unknown", key=key)
    if spec.kind in ("choices", "places"):
        value = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
    if spec.kind == "affected":
        try:
            return parse_estimate(value)
        except ValidationError as error:
            raise InvalidInput(error.errors()[0]["msg"], key=key) from None
        except ValueError as error:
            raise InvalidInput(str(error), key=key) from None
    if spec.kind == "bool":
        value = {"yes": True, "true": True, "no": False, "false": False}.get(value.lower(), value)
    return check_fact(key, value)


def check_fact(key: str, value: Any) -> Any:
    """A fact's value in JSON form, checked against its kind. Raises InvalidInput naming the key and what to write."""
    spec = spec_of(key)
    try:
        parsed = _ADAPTERS[spec.kind].validate_python(value)
    except ValidationError as error:
        raise InvalidInput(f"{value!r}: {error.errors()[0]['msg']}", key=key) from None
    if spec.kind == "affected":
        return [Affected.model_validate(row).model_dump(mode="json") for row in parsed]
    for word in parsed if isinstance(parsed, list) else [parsed]:
        if spec.choices and word not in spec.choices:
            raise InvalidInput(f"{word!r} is not one of {', '.join(spec.choices)}", key=key)
    return iso(parsed) if isinstance(parsed, datetime) else parsed


_ESTIMATE = re.compile(r"(?P<residence>\S+)\s+(?P<count>\d+)(?:\s+(?P<data>[a-z0-9+-]+))?(?:\s+(?P<state>encrypted|clear))?")


def parse_estimate(text: str) -> list[dict[str, Any]]:
    """`DE 5000 name+email clear; unknown 300` as affected rows in JSON form. Raises ValueError with the spelling wanted."""
    rows: list[dict[str, Any]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _ESTIMATE.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r}: write PLACE NUMBER [ELEMENT+ELEMENT] [encrypted|clear], e.g. DE 5000 name+email clear")
        data, state = match["data"], match["state"]
        row = Affected(
            residence=match["residence"], count=int(match["count"]), data=tuple(data.split("+")) if data else None,
            encrypted={"encrypted": True, "clear": False}.get(state or ""),
        )  # fmt: skip
        rows.append(row.model_dump(mode="json"))
    return rows


class Fact(Value):
    """One recorded value of a fact: who said so, when, and how sure. A later one of the same key supersedes it."""

    key: str
    value: Any = None
    standing: Standing
    said_by: str
    at: Instant
    source: str = ""


def current(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, Fact]:
    """The newest recorded value of each key, as known at `as_of` (everything when None). Order of recording decides."""
    known: dict[str, Fact] = {}
    for fact in facts:
        if as_of is None or fact.at <= as_of:
            known[fact.key] = fact
    return known


def circumstances_of(
    incident_title: str, facts: Mapping[str, Fact], affected: Iterable[Affected] = (), total: int | None = None,
    stored_in: Sequence[str] = (),
) -> Circumstances:  # fmt: skip
    """What the desk's current facts and newest count say, in the shape an assessment takes. Unknown facts are left out.

    `stored_in` is where the count found the data to lie (`unknown` among it when some rows do not say); a fact a person recorded
    comes before it.
    """
    values: dict[str, Any] = {"title": incident_title, "affected": tuple(affected), "total": total}
    if stored_in and set(stored_in) != {UNKNOWN}:
        values["stored_in"] = tuple(stored_in)
    timeline: dict[str, Any] = {}
    for key, fact in facts.items():
        if fact.standing == "unknown":
            continue
        head, _, event = key.partition(".")
        if head == "timeline" and event in EVENTS:
            timeline[event] = fact.value
        elif key in Circumstances.model_fields and key not in ("title", "affected", "timeline", "total"):
            values[key] = fact.value
    return Circumstances.model_validate({**values, "timeline": timeline})
