"""`spikec targets new`: a toml to start a chip of one's own from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ..shell.verb_help import Verb
from .arguments import JSON, target_names
from .printing import print_json, write_file


@click.command("new", cls=Verb)
@click.argument("name")
@click.option(
    "--like", required=True, metavar="TARGET", shell_complete=target_names, help="An installed target."
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Else NAME.toml; - prints it."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@JSON
def command(name: str, like: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Write a commented toml to start a chip of one's own from.

    It is the toml of an installed target under another name: every section and number with what it means, what is
    allowed, and where the number was read."""
    from ...sim.near_names import hint_of
    from ...targets import names, toml_of
    from ...targets.template import template
    from ..options import Options
    from ..prepare import resolve_target

    if like not in names():
        raise click.UsageError(f"--like: there is no target {like!r}; {hint_of(like, names(), 'targets')}")
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", name) is None:
        raise click.UsageError(f"NAME is {name!r}; letters, digits, `_`, `.` and `-`, at most 63")
    text = template(toml_of(like), name)
    resolve_target(Options(target_toml=text))
    if out is not None and str(out) == "-":
        click.echo(text.decode(), nl=False)
        return
    file = Path(f"{name}.toml") if out is None else out
    if file.exists() and not force:
        raise click.UsageError(f"{file.name} is there already; choose another -o, or --force")
    write_file(file, text)
    if as_json:
        from .printed import WrittenTarget

        print_json(WrittenTarget(file=file.name, like=like))
    else:
        click.echo(f"{file.name}  like {like}; then: spikec targets check {file.name}")
