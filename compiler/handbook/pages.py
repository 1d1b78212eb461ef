"""The pages of the documentation: Markdown that is written by hand, and what the program says of itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

CHIPS = "CHIPS"
"""Where the order of pages lists one for each family of chips."""
_FRONT = re.compile(r"\A---\n.*?^---\n", re.M | re.S)
_SNIPPET = re.compile(r'^--8<-- "([^"]+)"$', re.M)
_TABLE = "{{ chips }}"
Entry = str | Mapping[str, Any]
"""The path of a page; {title: path}; or {title of a chapter: its entries}."""


@dataclass(frozen=True)
class Pages:
    """order: entries as `pages.toml` has them, with every chip's page. made: path -> Markdown of pages that the program
    makes; all other paths are of files."""

    order: list[Entry]
    made: Mapping[str, str]

    @property
    def paths(self) -> tuple[str, ...]:
        """Every page, in the order of reading."""
        return tuple(path for entry in self.order for path in _paths(entry))


def folder() -> Traversable:
    """Where the Markdown lies: in the installed package, else in the tree that this file is of."""
    installed = resources.files("spikec") / "docs"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "docs"


def pages() -> Pages:
    """Make all pages."""
    from .api import api_page
    from .chips import chip_pages
    from .cli import cli_page
    from .codes import codes_page
    from .dialects import dialects_page

    chips = chip_pages()
    made = {path: text for path, (_, text) in chips.items()} | {
        "reference/cli.md": cli_page(),
        "reference/python.md": api_page(),
        "reference/diagnostics.md": codes_page(),
        "reference/dialects.md": dialects_page(),
    }
    titles = [{title: path} for path, (title, _) in chips.items()]
    order: list[Entry] = tomllib.loads((folder() / "pages.toml").read_text(encoding="utf-8"))["pages"]
    return Pages(order=[_with_chips(entry, titles) for entry in order], made=made)


def markdown(path: str, found: Pages) -> str:
    """The Markdown of a page, with the files and tables that it asks for."""
    text = found.made.get(path)
    if text is None:
        text = (folder() / path).read_text(encoding="utf-8")
    text = _SNIPPET.sub(lambda each: (folder() / each[1]).read_text(encoding="utf-8").rstrip(), text)
    return with_chips(_FRONT.sub("", text), path)


def with_chips(text: str, path: str) -> str:
    """Put the table of all chips where the Markdown of a page asks for it. path: of the page."""
    from .chips import overview

    return (
        text.replace(_TABLE, overview("" if path.startswith("chips/") else "chips/"))
        if _TABLE in text
        else text
    )


def _with_chips(entry: Entry, chips: list[dict[str, str]]) -> Entry:
    if isinstance(entry, str):
        return entry
    ((title, inner),) = entry.items()
    if isinstance(inner, str):
        return entry
    return {title: [made for one in inner for made in (chips if one == CHIPS else [_with_chips(one, chips)])]}


def _paths(entry: Entry) -> Iterator[str]:
    inner = entry if isinstance(entry, str) else next(iter(entry.values()))
    if isinstance(inner, str):
        yield inner
    else:
        for one in inner:
            yield from _paths(one)
