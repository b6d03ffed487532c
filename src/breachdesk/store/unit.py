"""One unit of work: every statement there is, gathered from the modules that own them."""

from __future__ import annotations

from breachdesk.store.audit import Journal
from breachdesk.store.cases import Cases
from breachdesk.store.deliveries import Deliveries
from breachdesk.store.notices import Notices


class Unit(Cases, Notices, Deliveries, Journal):
    """A transaction's view of the case database."""
