"""Playbooks and scenarios on disk."""

from breachdesk.shelf.files import Shelf

__all__ = ["Shelf"]
