"""The frame of every screen: codename, EXERCISE or LIVE, the time in its upper edge; the same thing as a command in its lower one."""

from __future__ import annotations

from datetime import datetime

from textual.containers import Vertical
from textual.content import Content

from breachdesk.tui.words import clean, offset_of, zone_name


class Frame(Vertical):
    """A box around a screen. `banner` is EXERCISE or LIVE."""

    def __init__(self, banner: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.banner = banner
        self.add_class("-live" if banner == "LIVE" else "-exercise")

    def head(self, title: str, now: datetime, by: str, width: int) -> None:
        """Write the upper edge: banner, title, time in UTC and on this machine."""
        local = now.astimezone()
        here = "" if not local.utcoffset() else f" / {local:%H:%M} {zone_name(local)}"
        clock = f"{now:%a %d %b} {now:%H:%M} UTC{here}"
        if width >= 100:
            clock = f"{now:%a %d %b %Y} {now:%H:%M} UTC{here}" + (f" ({offset_of(local)})" if here else "") + (f"  you: {by}" if by else "")
        room = width - len(clock) - len(self.banner) - 14
        name = clean(title)
        name = name if len(name) <= room else name[: max(0, room - 1)] + "…"
        self.border_title = Content.assemble((f" {self.banner} ", "bold reverse"), f" {name} ─ ", (clock, "bold"), " ")

    def command(self, text: str, width: int) -> None:
        """Write the lower edge: what a shell would say."""
        room = width - 9
        said = clean(text)
        said = said if len(said) <= room else said[: room - 1] + "…"
        self.border_subtitle = Content(f" $ {said} ")
