"""The documentation as a folder of pages that opens from disk, without a network and without a script."""

from __future__ import annotations

import hashlib
import posixpath
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from .pages import Entry, Pages, folder, markdown, pages

if TYPE_CHECKING:
    import jinja2

    from .render import Rendered

IMAGES = "images"
INDEX = "index.html"


@dataclass(frozen=True)
class Line:
    """A line of the list of pages. href: of a page, seen from the one that shows the list; none of a chapter. depth: of
    chapters around it."""

    title: str
    href: str | None
    depth: int
    here: bool


def kept_site(base: Path) -> Path:
    """The folder of the site of this installation below `base`, made where it is not there yet.

    Its name is a digest of all that the pages are made of. Raises OSError."""
    site = base / f"docs-{_digest()}"
    if not (site / INDEX).is_file():
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base, prefix="docs-made-") as made:
            write_site(Path(made) / "site")
            try:
                (Path(made) / "site").rename(site)
            except OSError:  # another process was faster
                if not (site / INDEX).is_file():
                    raise
    return site


def write_site(site: Path) -> None:
    """Write every page, the images and the style into a folder; the same bytes for the same program. Raises OSError."""
    from .render import colours_css, rendered

    found = pages()
    texts = {path: rendered(markdown(path, found)) for path in found.paths}
    titles = {path: page.title for path, page in texts.items()}
    for path, page in texts.items():
        file = site / html_of(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_page(path, page, _lines(found, titles, path)), encoding="utf-8")
    style = _source("handbook.css") + colours_css()
    (site / "style.css").write_text(style, encoding="utf-8")
    (site / IMAGES).mkdir(exist_ok=True)
    for image in (folder() / IMAGES).iterdir():
        (site / IMAGES / image.name).write_bytes(image.read_bytes())


def html_of(path: str) -> str:
    """Where the page of some Markdown lies in the site."""
    return f"{path.removesuffix('.md')}.html"


def _lines(found: Pages, titles: dict[str, str], here: str) -> list[Line]:
    return [line for entry in found.order for line in _entry(entry, titles, here, 0)]


def _entry(entry: Entry, titles: dict[str, str], here: str, depth: int) -> Iterator[Line]:
    if isinstance(entry, str):
        yield _line(titles[entry], entry, here, depth)
        return
    ((title, inner),) = entry.items()
    if isinstance(inner, str):
        yield _line(title, inner, here, depth)
        return
    yield Line(title, None, depth, here=False)
    for one in inner:
        yield from _entry(one, titles, here, depth + 1)


def _line(title: str, path: str, here: str, depth: int) -> Line:
    return Line(title, _from(here, html_of(path)), depth, here=path == here)


def _from(page: str, file: str) -> str:
    """A file of the site, seen from a page."""
    return posixpath.relpath(file, posixpath.dirname(page) or ".")


def _page(path: str, page: Rendered, lines: list[Line]) -> str:
    found = [line for line in lines if line.href]
    here = next(k for k, line in enumerate(found) if line.here)
    return _template().render(
        title=page.title,
        body=page.html,
        lines=lines,
        parts=[heading for heading in page.headings if heading.level in (2, 3)],
        before=found[here - 1] if here else None,
        after=found[here + 1] if here + 1 < len(found) else None,
        style=_from(path, "style.css"),
        home=_from(path, INDEX),
    )


@cache
def _template() -> jinja2.Template:
    import jinja2

    loader = jinja2.FunctionLoader(_source)
    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, loader=loader
    )
    return made.get_template("page.html.j2")


def _source(name: str) -> str:
    return (resources.files("spikec.compiler.handbook") / name).read_text(encoding="utf-8")


def _digest() -> str:
    """Of every file of the program, and of the Markdown."""
    digest = hashlib.sha256()
    for name in ("compiler", "sim", "targets"):
        for file in _files(resources.files("spikec") / name):
            digest.update(file.read_bytes())
    for file in _files(folder()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files(inside: Traversable) -> Iterator[Traversable]:
    for one in sorted(inside.iterdir(), key=lambda each: each.name):
        if one.is_dir():
            if one.name != "__pycache__":
                yield from _files(one)
        elif one.is_file():
            yield one
