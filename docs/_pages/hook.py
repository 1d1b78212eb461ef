"""Makes pages at build time that say what the program says: chips, command line, Python, diagnostics, dialects.

mkdocs calls these functions; nothing that they make is kept.
"""

from __future__ import annotations

from typing import Any

from api import api_page
from chips import chip_pages, overview
from cli import cli_page
from codes import codes_page
from dialects import dialects_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CHIPS = "CHIPS"
"""Where the navigation lists one page a family."""
_pages: dict[str, tuple[str, str]] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the generated pages in the navigation."""
    _pages.clear()
    _pages.update(chip_pages())
    config.nav = [_with_chips(entry) for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    texts = {path: text for path, (_, text) in _pages.items()}
    texts |= {
        "reference/cli.md": cli_page(),
        "reference/python.md": api_page(),
        "reference/diagnostics.md": codes_page(),
        "reference/dialects.md": dialects_page(),
    }
    for path, text in sorted(texts.items()):
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Put the table of all chips where a page asks for it."""
    if "{{ chips }}" not in markdown:
        return markdown
    return markdown.replace(
        "{{ chips }}", overview("" if page.file.src_uri.startswith("chips/") else "chips/")
    )


def _with_chips(entry: Any) -> Any:
    if isinstance(entry, dict) and isinstance(next(iter(entry.values())), list):
        ((title, entries),) = entry.items()
        made: list[Any] = []
        for one in entries:
            made += [{name: path} for path, (name, _) in _pages.items()] if one == CHIPS else [one]
        return {title: made}
    return entry
