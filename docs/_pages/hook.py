"""Gives mkdocs the pages that the program makes of itself, and the order of all pages.

mkdocs calls these functions; nothing that they make is kept. `spikec docs` makes a plainer site of the same pages.
"""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from spikec.compiler.handbook.pages import Pages, pages, with_chips

_found: list[Pages] = []


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List all pages in the navigation."""
    _found[:] = [pages()]
    config.nav = _found[0].order
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for path, text in sorted(_found[0].made.items()):
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Put the table of all chips where a page asks for it."""
    return with_chips(markdown, page.file.src_uri)
