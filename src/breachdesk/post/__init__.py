"""Where notices leave the building: SMTP, a tray that keeps them, and a loopback server to try it on.

The two that know the network are read when first asked for, so that a desk with a tray loads no mail library at all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from breachdesk.post.paper import PaperPost

if TYPE_CHECKING:
    from breachdesk.post.sink import Sink
    from breachdesk.post.smtp import MailServerUnavailable, SmtpPost

__all__ = ["MailServerUnavailable", "PaperPost", "Sink", "SmtpPost"]

_LATER = {"MailServerUnavailable": "smtp", "SmtpPost": "smtp", "Sink": "sink"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
