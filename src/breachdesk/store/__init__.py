"""The case database, and every statement there is."""

from breachdesk.store.connection import Store

__all__ = ["Store"]
