"""`spikec docs`: the documentation as pages that open without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..shell.verb_help import Verb
from .arguments import FILE, JSON
from .printing import print_json


@click.command("docs", cls=Verb)
@click.argument("page", default="index")
@click.option(
    "-o", "--out", type=FILE, metavar="DIR", help="Write the pages there, else where spikec keeps files."
)
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@JSON
def command(page: str, out: Path | None, opened: bool, as_json: bool) -> None:
    """Make the documentation as pages that open without a network, and print where they lie.

    PAGE is the path of one, as `reference/cli` or `howto/lint`, or the end of it. The pages are kept until spikec
    changes."""
    site = _site(out)
    file = site / _named(
        page, sorted(each.relative_to(site).with_suffix("").as_posix() for each in site.rglob("*.html"))
    )
    if opened:
        click.launch(file.as_uri())
    if as_json:
        from .printed import WrittenDocs

        print_json(WrittenDocs(folder=str(site), page=str(file)))
    else:
        click.echo(str(file))


def _site(out: Path | None) -> Path:
    """Where the pages lie, made. Raises DiagnosticError: SPK0504, SPK0601 or SPK0602."""
    from ...sim.diagnostic import DiagnosticError
    from ...targets.native.user_folder import user_folder
    from ..handbook.site import kept_site, write_site
    from ..shell.write_refused import write_refused

    base = user_folder("docs") if out is None else None
    if out is None and base is None:
        raise click.UsageError("there is no folder where spikec may keep files; name one with -o DIR")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise click.UsageError(f"-o: {out} is there already, and is no empty folder")
    try:
        if base is not None:
            return kept_site(base)
        made = Path(out or ".").absolute()
        write_site(made)
        return made
    except OSError as problem:
        raise DiagnosticError((write_refused(problem, "the documentation"),)) from problem


def _named(page: str, paths: Sequence[str]) -> str:
    """The file of a page, by its path or the end of it. Raises UsageError."""
    from ...sim.near_names import hint_of

    asked = page.removesuffix(".md").removesuffix(".html").strip("/")
    found = [path for path in paths if path == asked] or [
        path for path in paths if f"/{path}".endswith(f"/{asked}")
    ]
    if len(found) == 1:
        return f"{found[0]}.html"
    several = f"; it may be {', '.join(found)}" if found else f"; {hint_of(asked, paths, 'pages')}"
    raise click.UsageError(
        f"there is no page {page!r}{several}" if not found else f"{page!r} is several pages{several}"
    )
