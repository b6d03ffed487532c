"""Notices drawn from templates: strict, sandboxed, and asserting only what somebody recorded."""

from breachdesk.letters.templates import Letters

__all__ = ["Letters"]
