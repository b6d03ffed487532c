"""Where the rulebook was read: every version cites something that was read, or says that nobody has; no known-bad source is cited."""

from __future__ import annotations

from datetime import date

from breachdesk.domain.rules import Rulebook

KNOWN_BAD = ("complianceiq.site", "ansvar", "lawve-ai", "awesome-legal-skills", "skills.sh", "agent-skills")
"""Sets whose texts were found wrong or written by a model."""
READ_UNTIL = date(2026, 11, 26)
"""The newest reading; an author who reads later moves it."""


def test_no_known_bad_source_is_cited(book: Rulebook) -> None:
    """No citation, verified or not, points at a set known to be wrong."""
    bad = [
        (rule.id, citation.url) for rule in book.rules() for version in rule.duty.version for citation in version.citation
        if any(word in citation.url.casefold() for word in KNOWN_BAD)
    ]  # fmt: skip
    assert not bad


def test_no_rule_was_read_tomorrow(book: Rulebook) -> None:
    """No citation was read after the newest reading that its authors vouch for."""
    late = [
        (rule.id, citation.read_on) for rule in book.rules() for version in rule.duty.version for citation in version.citation
        if citation.read_on and citation.read_on > READ_UNTIL
    ]  # fmt: skip
    assert not late


def test_every_place_with_a_rule_says_how_far_it_was_read(book: Rulebook) -> None:
    """An instrument of a place that no coverage file speaks of would be law without its limits."""
    assert {i.place for i in book.instruments} <= set(book.coverage)
