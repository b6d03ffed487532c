"""breachdesk: a terminal desk for personal-data breaches."""

__version__ = "0.1.0"
