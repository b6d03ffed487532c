"""Reads and cross-checks the shipped rules, and the facts files held against them."""

from breachdesk.rulebook.facts import read_facts
from breachdesk.rulebook.files import LawFiles, ShippedCalendars, load

__all__ = ["LawFiles", "ShippedCalendars", "load", "read_facts"]
