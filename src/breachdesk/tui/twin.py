"""The command that says what a screen shows: every screen has its line-by-line twin, and names it in its lower edge."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """`breachdesk` and its words, quoted for a shell; words in capitals stand for what a person fills in."""
    return " ".join(["breachdesk", *(w if w.isupper() or w.endswith("…") else shlex.quote(w) for w in words if w)])
