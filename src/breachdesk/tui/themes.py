"""Three themes, and the only colours the screens may use.

Every foreground is named in `PAIRS` with the grounds it may stand on, so that a test can compute each contrast: at least 7:1 in the
high-contrast theme, at least 4.5:1 in the others. Live desks are framed in one colour, exercises in another; the word stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK: Mapping[str, str] = {
    "paper": "#10151c", "panel": "#1b232e", "ink": "#e6ebf2", "muted": "#a3b0c2", "late": "#ff9d8f", "soon": "#f5cd6a",
    "ok": "#8fd6a0", "unknown": "#c9b6ff", "added": "#8fd6a0", "removed": "#ff9d8f", "cursor-ink": "#0c1118",
    "cursor-paper": "#a9cdf7", "frame-live": "#ff9d8f", "frame-exercise": "#7fc4ff",
}  # fmt: skip
LIGHT: Mapping[str, str] = {
    "paper": "#fbfaf7", "panel": "#ebe8e0", "ink": "#1c1f24", "muted": "#50565f", "late": "#9c1c10", "soon": "#6b4a00",
    "ok": "#14602d", "unknown": "#55309c", "added": "#14602d", "removed": "#9c1c10", "cursor-ink": "#ffffff",
    "cursor-paper": "#1f4e82", "frame-live": "#9c1c10", "frame-exercise": "#1f4e82",
}  # fmt: skip
CONTRAST: Mapping[str, str] = {
    "paper": "#000000", "panel": "#111111", "ink": "#ffffff", "muted": "#d8d8d8", "late": "#ffb3a7", "soon": "#ffe066",
    "ok": "#9dffb0", "unknown": "#dccbff", "added": "#9dffb0", "removed": "#ffb3a7", "cursor-ink": "#000000",
    "cursor-paper": "#ffffff", "frame-live": "#ffb3a7", "frame-exercise": "#8fd3ff",
}  # fmt: skip

ON_PAPER = ("ink", "muted", "late", "soon", "ok", "unknown", "added", "removed", "frame-live", "frame-exercise")
PAIRS: tuple[tuple[str, str], ...] = (
    *((front, ground) for front in ON_PAPER for ground in ("paper", "panel")),
    ("cursor-ink", "cursor-paper"), ("paper", "frame-live"), ("paper", "frame-exercise"),
)  # fmt: skip
"""Every pair of text colour and ground that the screens use."""


def _theme(name: str, colours: Mapping[str, str], *, dark: bool) -> Theme:
    return Theme(
        name=name, dark=dark, primary=colours["cursor-paper"], secondary=colours["frame-exercise"], warning=colours["soon"],
        error=colours["late"], success=colours["ok"], accent=colours["soon"], foreground=colours["ink"],
        background=colours["paper"], surface=colours["paper"], panel=colours["panel"],
        variables={
            **colours, "footer-key-foreground": colours["soon"], "footer-foreground": colours["ink"],
            "footer-description-foreground": colours["ink"], "footer-background": colours["panel"],
            "input-selection-background": f"{colours['cursor-paper']} 40%", "scrollbar": colours["muted"],
            "scrollbar-background": colours["panel"], "border": colours["muted"], "block-cursor-foreground": colours["cursor-ink"],
            "block-cursor-background": colours["cursor-paper"], "input-cursor-background": colours["ink"],
            "input-cursor-foreground": colours["paper"],
        },
    )  # fmt: skip


COLOURS: Mapping[str, Mapping[str, str]] = {"desk-dark": DARK, "desk-light": LIGHT, "desk-contrast": CONTRAST}
THEMES: tuple[Theme, ...] = tuple(_theme(name, colours, dark=name != "desk-light") for name, colours in COLOURS.items())
DEFAULT = "desk-dark"


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: str, ground: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2)."""
    light, dark = sorted((luminance(front), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
