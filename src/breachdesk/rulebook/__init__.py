"""Reads and cross-checks the shipped rules, and the facts files held against them."""

from breachdesk.rulebook.facts import read_facts
from breachdesk.rulebook.files import ShippedCalendars, load

__all__ = ["ShippedCalendars", "load", "read_facts"]
