"""From the restrained Markdown of a body to what people read: tidy plain text, and one small page that loads nothing.

The Markdown is headings, paragraphs, `-` lists, `*emphasis*` and escapes; no links, images or HTML, so that a letter never asks
its reader to click and no template can bring in a remote resource.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from breachdesk.letters import formats
from breachdesk.letters.inserted import FSI, PDI, as_html, as_text

_MARKDOWN = MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False}).enable(
    ["heading", "list", "escape", "emphasis", "newline"]
)
_UNDER = {"h1": "=", "h2": "-"}
_STYLE = {
    "h1": "font-size:1.5em;line-height:1.3;margin:0 0 0.8em",
    "h2": "font-size:1.15em;line-height:1.35;margin:1.6em 0 0.4em",
    "h3": "font-size:1em;line-height:1.4;margin:1.2em 0 0.3em",
    "p": "margin:0 0 0.8em", "ul": "margin:0 0 0.8em;padding-inline-start:1.4em", "li": "margin:0 0 0.3em",
}  # fmt: skip
_FACES = {
    "ar": "'Noto Naskh Arabic','Noto Sans Arabic','Segoe UI','Geeza Pro',Tahoma,sans-serif",
    "": "Georgia,'Noto Serif','Times New Roman',serif",
}
_BODY = (
    "margin:0;padding:2em 1.2em;background:#ffffff;color:#1a1a1a;font-family:{face};font-size:{size};line-height:{line};"
    "text-align:start;overflow-wrap:break-word"
)


def headings(body: str) -> tuple[tuple[int, str], ...]:
    """The headings of a body as (level, plain text), in order."""
    tokens = _MARKDOWN.parse(body)
    return tuple(
        (int(token.tag[1]), as_text(_plain(tokens[i + 1].children or ()), rtl=False))
        for i, token in enumerate(tokens) if token.type == "heading_open"
    )  # fmt: skip


def subject(line: str) -> str:
    """A subject as one line of plain text, without marks and isolates: mail clients show it alone."""
    children = _MARKDOWN.parseInline(" ".join(line.split()))[0].children or ()
    shown = as_text(_plain(children).replace("\n", " "), rtl=False)
    return " ".join(shown.replace(FSI, "").replace(PDI, "").split())


def text(body: str, language: str) -> str:
    """A body as plain text: headings underlined, one blank line between blocks, no hard wrap. Ends with one line break."""
    rtl = formats.rtl(language)
    tokens = _MARKDOWN.parse(body)
    written, depth, bullet, in_list = "", 0, "", False
    for i, token in enumerate(tokens):
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                bullet = f"{token.info}{token.markup} " if token.info else "- "
            case "inline":
                said = as_text(_plain(token.children or ()), rtl=rtl)
                if tokens[i - 1].type == "heading_open":
                    said = f"{said}\n{_UNDER.get(tokens[i - 1].tag, '-') * len(said)}"
                elif depth:
                    indent = "  " * (depth - 1)
                    said = f"{indent}{bullet or '  '}{said}".replace("\n", f"\n{indent}  ")
                    bullet = ""
                between = "\n" if depth and in_list else "\n\n"
                written, in_list = f"{written}{between}{said}" if written else said, bool(depth)
            case _:
                pass
    return "\n".join(line.rstrip() for line in written.split("\n")) + "\n"


def _plain(children: Sequence[Token]) -> str:
    shown = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(shown.get(t.type, t.content if t.type in ("text", "text_special") else "") for t in children)


def page(body: str, title: str, language: str) -> str:
    """A body as an accessible page: its language and direction declared, styles inline, nothing loaded from anywhere."""
    rtl = formats.rtl(language)
    tokens = _MARKDOWN.parse(body)
    for token in tokens:
        if token.nesting == 1 and token.tag in _STYLE:
            token.attrSet("style", _STYLE[token.tag])
    inner = as_html(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}), rtl=rtl)
    base = formats.base(language)
    style = _BODY.format(face=_FACES.get(base, _FACES[""]), size="19px" if rtl else "17px", line="1.9" if rtl else "1.55")
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}" dir="{"rtl" if rtl else "ltr"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n</head>\n"
        f'<body style="{style}">\n<main style="max-width:42em;margin:0 auto">\n{inner}</main>\n</body>\n</html>\n'
    )
