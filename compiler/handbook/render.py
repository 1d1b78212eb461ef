"""Markdown of a page as HTML: tables, coloured code, headings that can be linked to, links between pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_NAMED = re.compile(r"\s*\{ #([\w-]+) \}$")
"""A heading that says by what name it is linked to."""
_WITH_TITLE = re.compile(r'\{\.(\w+) title="[^"]*"\}')
"""Behind the fence of code that has a title, as PyMdown writes it."""


@dataclass(frozen=True)
class Heading:
    """A heading of a page. level: 1 to 6. anchor: what a link to it ends with."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A page as HTML. html: what stands in its body."""

    html: str
    headings: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """The text of its first heading."""
        return self.headings[0].text if self.headings else ""


def rendered(markdown: str) -> Rendered:
    """Render a page. Links to `.md` become links to `.html`."""
    parser = MarkdownIt("commonmark", {"html": True, "highlight": _coloured}).enable("table")
    tokens = parser.parse(markdown)
    headings = _headings(tokens)
    for token in tokens:
        if (named := _WITH_TITLE.fullmatch(token.info.strip())) is not None:
            token.info = named[1]
    for token in (inner for outer in tokens for inner in outer.children or ()):
        href = token.attrGet("href")
        if token.type == "link_open" and isinstance(href, str) and "://" not in href:
            token.attrSet("href", re.sub(r"\.md(?=#|$)", ".html", href))
    return Rendered(html=parser.renderer.render(tokens, parser.options, {}), headings=headings)


def colours_css() -> str:
    """Styles of coloured code, on light and on dark ground."""
    from pygments.formatters.html import HtmlFormatter

    light = HtmlFormatter(style="default").get_style_defs("pre")
    dark = HtmlFormatter(style="github-dark").get_style_defs("pre")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _headings(tokens: Sequence[Token]) -> tuple[Heading, ...]:
    """Give every heading its anchor."""
    found: list[Heading] = []
    for opened, inline in pairwise(tokens):
        if opened.type != "heading_open":
            continue
        inner = inline.children or []
        text = "".join(token.content for token in inner)
        named = _NAMED.search(text)
        if named is not None:
            text = text[: named.start()]
            inner[-1].content = _NAMED.sub("", inner[-1].content)
        anchor = _free(named[1] if named else slug(text), {heading.anchor for heading in found})
        opened.attrSet("id", anchor)
        found.append(Heading(level=int(opened.tag[1]), anchor=anchor, text=text))
    return tuple(found)


def slug(text: str) -> str:
    """What a link to a heading of this text ends with; the same as Python-Markdown makes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def _free(anchor: str, taken: set[str]) -> str:
    name, k = anchor, 0
    while name in taken:
        k += 1
        name = f"{anchor}_{k}"
    return name


def _coloured(text: str, language: str, _: str) -> str:
    """Code in colours; nothing where the language is none that has them."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    return highlight(text, lexer, HtmlFormatter(nowrap=True))
