"""Severity by published methods: the arithmetic is ENISA's, the proposals are the desk's, the decision a person's."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from breachdesk.domain.severity import Answer, EnisaAnswers, HarmAnswers, enisa, weigh
from breachdesk.rulebook.harm import harm_test, methods


def answers(**more: Any) -> EnisaAnswers:
    body: dict[str, Any] = {"data": [{"category": "financial"}], "identification": "maximum", **more}
    return EnisaAnswers.model_validate(body)


@pytest.mark.parametrize(("more", "score", "band", "harm"), [
    ({"data": [{"category": "simple"}], "identification": "negligible"}, 0.25, "low", "possible"),
    ({"data": [{"category": "simple"}], "confidentiality": "unknown recipients", "malicious": True}, 2.0, "medium", "likely"),
    ({"data": [{"category": "simple"}], "confidentiality": "unknown recipients", "availability": "for a time"}, 1.75, "low", "possible"),
    ({"identification": 0.75, "confidentiality": 0.25}, 2.5, "medium", "likely"),
    ({}, 3.0, "high", "high"),
    ({"data": [{"category": "sensitive"}], "integrity": "cannot be put right"}, 4.5, "very high", "high"),
])  # fmt: skip
def test_enisa_arithmetic(more: dict[str, Any], score: float, band: str, harm: str) -> None:
    """SE = DPC x EI + CB, worked by hand, and the band with its lower edge included."""
    found = enisa(answers(**more))
    assert (found.figures["score"], found.figures["band"], found.proposal) == (score, band, harm)
    assert any("SE = DPC x EI + CB" in line and f"= {score:g}" in line for line in found.working)


def test_the_highest_category_counts_and_context_stays_within_one_to_four() -> None:
    """Several categories: the highest; an adjustment never leads out of the method's range, and the working says so."""
    found = enisa(answers(data=[{"category": "simple", "adjust": 2, "because": "an adult shop's addresses"},
                                {"category": "sensitive", "adjust": 1, "because": "test results"}]))  # fmt: skip
    assert found.figures["dpc"] == 4
    assert any("kept within 1 to 4" in line for line in found.working)


def test_flags_stand_beside_the_score() -> None:
    """More than a hundred people, and unintelligible data, change no score and are said."""
    found = enisa(answers(people=101, unintelligible=True))
    assert found.figures["score"] == 3.0
    assert len(found.flags) == 2
    assert enisa(answers(people=100)).flags == ()


@pytest.mark.parametrize("body", [
    {"data": [], "identification": "maximum"}, {"data": [{"category": "simple", "adjust": 1}], "identification": "maximum"},
    {"data": [{"category": "simple"}], "identification": "certain"},
    {"data": [{"category": "simple"}], "identification": "maximum", "confidentiality": 0.3},
    {"data": [{"category": "simple"}], "identification": "maximum", "malice": True},
])  # fmt: skip
def test_answers_that_do_not_fit_are_refused(body: dict[str, Any]) -> None:
    """No data, an adjustment without its reason, a word or number the method does not have, a key it does not know."""
    with pytest.raises(ValidationError):
        EnisaAnswers.model_validate(body)


LOWERS = Answer(leans="lowers", because="seen in the logs")
RAISES = Answer(leans="raises", because="unknown hands")


@pytest.mark.parametrize("method", [name for name in methods() if name != "enisa"])
def test_a_harm_test_never_lowers_what_nobody_looked_at(method: str) -> None:
    """Everything lowers: the lower harm. One unknown: no proposal, and it is named. One raises: the harm the law asks about."""
    test = harm_test(method)
    keys = [factor.key for factor in test.factor]
    deemed = False if test.deemed else None
    assert weigh(test, HarmAnswers(deemed=deemed, factor=dict.fromkeys(keys, LOWERS))).proposal == test.lowered
    found = weigh(test, HarmAnswers(deemed=deemed, factor=dict.fromkeys(keys[1:], LOWERS)))
    assert (found.proposal, found.open) == (None, (keys[0],))
    assert weigh(test, HarmAnswers(deemed=deemed, factor={keys[0]: RAISES})).proposal == test.raised
    assert found.citations


def test_what_the_law_deems_needs_no_weighing() -> None:
    """Singapore's prescribed data are significant harm; whether they are is asked first."""
    test = harm_test("sg-pdpa")
    assert weigh(test, HarmAnswers(deemed=True)).proposal == "high"
    assert weigh(test, HarmAnswers(factor={"other-harm": LOWERS})).open == ("deemed",)


def test_a_finding_needs_its_reason_and_a_factor_its_name() -> None:
    """`lowers` without because is refused; a factor the test does not have is named."""
    with pytest.raises(ValidationError):
        Answer(leans="lowers")
    with pytest.raises(ValueError, match="there are sensitivity, misuse"):
        weigh(harm_test("ca-pipeda"), HarmAnswers(factor={"weather": LOWERS}))
