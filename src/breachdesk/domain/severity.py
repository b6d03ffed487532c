"""How bad it is, by published methods: the formula is shown, the method proposes, a person decides.

ENISA 2013 is arithmetic: SE = DPC x EI + CB ("Recommendations for a methodology of the assessment of severity of personal data
breaches", working document v1.0, December 2013). The harm tests of law (HIPAA's four factors, Canada, Australia, Singapore, New Zealand)
name what is to be looked at and give no weights; so the desk weighs nothing either: whatever raises the harm makes it the harm the
law asks about, and only when everything was looked at and lowers it is the lower one proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from breachdesk.domain.places import Place
from breachdesk.domain.rules import Citation
from breachdesk.domain.values import Value
from breachdesk.domain.vocabulary import Harm

Category = Literal["simple", "behavioural", "financial", "sensitive"]
Band = Literal["low", "medium", "high", "very high"]

BASE: Mapping[Category, int] = {"simple": 1, "behavioural": 2, "financial": 3, "sensitive": 4}
"""The basic DPC score of each category of data, before the context adjusts it within 1 to 4."""

IDENTIFIED: Mapping[str, float] = {"negligible": 0.25, "limited": 0.5, "significant": 0.75, "maximum": 1.0}

CIRCUMSTANCES: Mapping[str, Mapping[str, float]] = {
    "confidentiality": {"none": 0.0, "known recipients": 0.25, "unknown recipients": 0.5},
    "integrity": {"none": 0.0, "can be put right": 0.25, "cannot be put right": 0.5},
    "availability": {"none": 0.0, "for a time": 0.25, "for good": 0.5},
}
"""What each loss adds. `none`: at risk, or altered, or away for a while, with no sign that it did any harm."""

MALICE = 0.5
BANDS: tuple[tuple[float, Band], ...] = ((4.0, "very high"), (3.0, "high"), (2.0, "medium"), (0.0, "low"))
PROPOSED: Mapping[Band, Harm] = {"low": "possible", "medium": "likely", "high": "high", "very high": "high"}
"""The desk's own reading of the bands as the contract's harm. `unlikely` is never proposed by arithmetic."""

MANY = 100
"""Above this many people the method raises a flag beside the score."""


def _step(steps: Mapping[str, float]) -> Any:
    """A reader of one step of a scale: one of its words, or its number."""

    def read(given: object) -> object:
        if isinstance(given, str) and given in steps:
            return steps[given]
        if isinstance(given, (int, float)) and not isinstance(given, bool) and float(given) in steps.values():
            return float(given)
        words = ", ".join(f'"{word}" ({value:g})' for word, value in steps.items())
        raise ValueError(f"{given!r}: write one of {words}")

    return BeforeValidator(read)


class DataScore(Value):
    """One category of the data hit, and what the context adds or takes away. `because` says why."""

    category: Category
    adjust: int = Field(default=0, ge=-3, le=3)
    because: str = ""

    @model_validator(mode="after")
    def _reasoned(self) -> DataScore:
        if self.adjust and not self.because.strip():
            raise ValueError("say in `because` why the context adjusts the score")
        return self

    @property
    def score(self) -> int:
        """1 to 4: the basic score, adjusted, and kept within the method's range."""
        return min(4, max(1, BASE[self.category] + self.adjust))


class EnisaAnswers(Value):
    """What a person answers for ENISA's method."""

    data: tuple[DataScore, ...] = Field(min_length=1)
    identification: Annotated[float, _step(IDENTIFIED)]
    confidentiality: Annotated[float, _step(CIRCUMSTANCES["confidentiality"])] = 0.0
    integrity: Annotated[float, _step(CIRCUMSTANCES["integrity"])] = 0.0
    availability: Annotated[float, _step(CIRCUMSTANCES["availability"])] = 0.0
    malicious: bool = False
    people: int | None = Field(default=None, ge=0)
    unintelligible: bool = False
    because: str = ""


class Weighed(Value):
    """What a method comes to: what it proposes (None: something is still open), its working, what is open, its sources.

    `figures` are the numbers of an arithmetic method. A proposal decides nothing.
    """

    method: str
    proposal: Harm | None
    working: tuple[str, ...]
    open: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    figures: dict[str, float | str] = Field(default_factory=dict)
    citations: tuple[Citation, ...] = ()


def enisa(answers: EnisaAnswers, citations: tuple[Citation, ...] = ()) -> Weighed:
    """ENISA 2013: SE = DPC x EI + CB. Several categories of data: the highest score counts."""
    working = [
        f"{part.category} data: {BASE[part.category]}"
        + (f" {part.adjust:+d} ({part.because}) = {part.score}" if part.adjust else "")
        + (" (kept within 1 to 4)" if part.score != BASE[part.category] + part.adjust else "")
        for part in answers.data
    ]
    dpc = max(part.score for part in answers.data)
    losses = {kind: getattr(answers, kind) for kind in CIRCUMSTANCES}
    cb = sum(losses.values()) + (MALICE if answers.malicious else 0.0)
    score = dpc * answers.identification + cb
    band = next(band for least, band in BANDS if score >= least)
    working += [
        f"DPC = {dpc}" + (", the highest of them" if len(answers.data) > 1 else ""),
        f"EI = {answers.identification:g}",
        "CB = " + " + ".join(f"{kind} {value:g}" for kind, value in losses.items())
        + f" + malicious intent {MALICE if answers.malicious else 0:g} = {cb:g}",
        f"SE = DPC x EI + CB = {dpc} x {answers.identification:g} + {cb:g} = {score:g}",
        f"band: {band} (low below 2, medium from 2, high from 3, very high from 4)",
        f"proposed harm: {PROPOSED[band]}; that a risk is unlikely is for a person to decide",
    ]  # fmt: skip
    flags = []
    if answers.people is not None and answers.people > MANY:
        flags.append(f"more than {MANY} people ({answers.people}): the method asks to consider it beside the score")
    if answers.unintelligible:
        flags.append("the data are unintelligible to whoever has them: the method asks to consider it beside the score")
    return Weighed(
        method="enisa", proposal=PROPOSED[band], working=tuple(working), flags=tuple(flags), citations=citations,
        figures={"dpc": float(dpc), "ei": answers.identification, "cb": cb, "score": score, "band": band},
    )  # fmt: skip


class Factor(Value):
    """Something a harm test names: what to look at, and which finding raises or lowers the harm."""

    key: str = Field(pattern=r"^[a-z][a-z-]*$")
    question: str
    raises: str
    lowers: str


class HarmTest(Value):
    """A harm test of law: its factors, and what harm it comes to when they raise it or all lower it."""

    id: str
    place: Place
    name: str
    standard: str
    deemed: str = ""
    """A question whose yes the law itself answers with harm."""
    raised: Harm
    lowered: Harm
    factor: tuple[Factor, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()
    citation: tuple[Citation, ...] = Field(min_length=1)


class Answer(Value):
    """What was found on one factor. A finding is worth nothing without its reason."""

    leans: Literal["raises", "lowers", "unknown"] = "unknown"
    because: str = ""

    @model_validator(mode="after")
    def _reasoned(self) -> Answer:
        if self.leans != "unknown" and not self.because.strip():
            raise ValueError("say in `because` what was found")
        return self


class HarmAnswers(Value):
    """What a person answers for a harm test of law."""

    deemed: bool | None = None
    factor: dict[str, Answer] = Field(default_factory=dict)


def weigh(test: HarmTest, answers: HarmAnswers) -> Weighed:
    """A harm test of law. Raises ValueError for a factor the test does not have."""
    known = {factor.key: factor for factor in test.factor}
    for key in answers.factor:
        if key not in known:
            raise ValueError(f"{key!r} is not a factor of {test.id}; there are {', '.join(known)}")
    found = {key: answers.factor.get(key, Answer()) for key in known}
    working = [f"{test.name}: {test.standard}"]
    working += [
        f"{factor.question} {found[factor.key].leans}" + (f": {found[factor.key].because}" if found[factor.key].because else "")
        for factor in test.factor
    ]
    unanswered = [key for key, answer in found.items() if answer.leans == "unknown"]
    if test.deemed and answers.deemed is None:
        unanswered.insert(0, "deemed")
    raising = [key for key, answer in found.items() if answer.leans == "raises"]
    proposal: Harm | None
    if answers.deemed:
        proposal, why = test.raised, f"the law deems it so ({test.deemed})"
    elif raising:
        proposal, why = test.raised, f"raised by {', '.join(raising)}"
    elif unanswered:
        proposal, why = None, f"still open: {', '.join(unanswered)}"
    else:
        proposal, why = test.lowered, "every factor was looked at, and each lowers it"
    working.append(f"proposed harm: {proposal or 'none yet'}; {why}. The law gives no weights; a person decides.")
    return Weighed(
        method=test.id, proposal=proposal, working=tuple(working), open=tuple(unanswered), flags=test.notes, citations=test.citation
    )
