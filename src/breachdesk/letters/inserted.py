"""What is put into a letter is data, never markup: an alphabet of its own carries it through the template and Markdown.

Every character of a fact that could mean something to Markdown, to HTML or to the merge fields is moved into the private use area
before the template sees it, and moved back when the text or the page is written, after all parsing is done. So a fact cannot
open a heading, a tag or a `[[field]]`, whatever stands beside it. The same trick marks where an inserted value begins and ends,
so that both renderings can keep its direction apart from the sentence around it (UAX #9).
"""

from __future__ import annotations

import html
import re
import unicodedata

_BASE = 0xE000
_SHELTERED = "\\`*_{}[]<>()#+-.!|~&=:;\"'/$%^@?,"
_HIDE = {ord(c): _BASE + ord(c) for c in _SHELTERED}
_SHOW = {hidden: chr(plain) for plain, hidden in _HIDE.items()}
BEGIN, END, PARAGRAPH = "\uE100", "\uE101", "\uE102"
FSI, PDI = "\u2068", "\u2069"
_MARKS = re.compile(f"[{BEGIN}{END}]")
_BLANK_LINE = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)+")
_BRACKETS = re.compile(r"(?<=\[)(?=\uE05B)|(?<=\uE05B)(?=[\[\uE05B])|(?<=\])(?=\uE05D)|(?<=\uE05D)(?=[\]\uE05D])")
_KEPT_CONTROLS = {"\n", "\t"}


class Inserted(str):
    """Text already carried over by `insert`: a template prints it as it is."""

    __slots__ = ()


def clean(value: str) -> str:
    """A value without control characters, direction overrides and private characters; line ends as `\\n`."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    kept = (
        c for c in unicodedata.normalize("NFC", text)
        if c in _KEPT_CONTROLS or c in "\u200c\u200d\u200e\u200f" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn")
    )
    return "".join(kept)


def one_line(value: str) -> str:
    """A value on one line, for a name or a subject."""
    return " ".join(clean(value).split())


def insert(value: str) -> Inserted:
    """A value ready to stand in a template: single line breaks become spaces, blank lines stay paragraph breaks."""
    paragraphs = [" ".join(part.split()) for part in _BLANK_LINE.split(clean(value).strip())]
    return Inserted(PARAGRAPH.join(f"{BEGIN}{part.translate(_HIDE)}{END}" for part in paragraphs if part))


def own(text: str) -> Inserted:
    """The desk's own words (a day, a label), carried the same way; they may hold isolates of their own."""
    return Inserted(f"{BEGIN}{text.translate(_HIDE)}{END}")


def strongly_rtl(text: str) -> bool:
    """Whether a text holds any letter written from right to left."""
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def _apart(text: str, rtl: bool, begin: str, end: str) -> str:
    def isolate(match: re.Match[str]) -> str:
        inner = match[1]
        return f"{begin}{inner}{end}" if rtl or strongly_rtl(inner) else inner

    return _MARKS.sub("", re.sub(f"{BEGIN}([^{BEGIN}{END}]*){END}", isolate, text))


def _unmerged(text: str) -> str:
    """Doubled brackets of which an inserted value holds one, pulled apart: they must never read as a merge field."""
    return _BRACKETS.sub(" ", text)


def as_text(text: str, *, rtl: bool) -> str:
    """Carried text as plain text, inserted values isolated where the letter or the value runs from right to left."""
    shown = _unmerged(_apart(text, rtl, FSI, PDI))
    return shown.replace(PARAGRAPH, "\n\n").translate(_SHOW)


def as_html(page: str, *, rtl: bool) -> str:
    """A page made of carried text, inserted values escaped and in `<bdi>` where direction matters."""
    shown = _unmerged(_apart(page, rtl, "<bdi>", "</bdi>"))
    return shown.replace(PARAGRAPH, "<br><br>").translate({code: html.escape(c) for code, c in _SHOW.items()})
