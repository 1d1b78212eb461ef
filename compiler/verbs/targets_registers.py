"""`spikec targets registers`: a chip's words for whoever writes or reads them without spikec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..options import Options
from ..shell.verb_help import Verb
from .arguments import FILE, JSON, target_names
from .printing import print_json, write_file

if TYPE_CHECKING:
    from ...targets import AnyTarget

FORMATS = ("markdown", "c", "schema")


@click.command("registers", cls=Verb)
@click.argument("name", metavar="chip.toml|NAME", shell_complete=target_names)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="markdown", show_default=True,
    help="A map of registers, a C header, or the JSON Schema of the configuration file.",
)  # fmt: skip
@click.option("-o", "--out", type=FILE, metavar="FILE", help="Else it is printed.")
@JSON
def command(name: str, form: str, out: Path | None, as_json: bool) -> None:
    """Print a chip's words: the place of every field, as a map of registers, a C header or a JSON Schema."""

    from ...targets import read_target
    from ...targets.words import register_map
    from ..prepare import resolve_target, target_toml, with_target

    options = with_target(Options(target=name))
    resolve_target(options)
    target = read_target(target_toml(options))
    if as_json:
        print_json(register_map(target))
        return
    text = _text(target, form)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_file(out, text.encode())


def _text(target: AnyTarget, form: str) -> str:
    from ...targets.register_text import c_header, markdown
    from ...targets.words import configuration_schema, register_map

    if form == "schema":
        schema = configuration_schema(target)
        if schema is None:
            raise click.UsageError(f"the configuration of {target.title} is no JSON")
        return json.dumps(schema, indent=1, sort_keys=True) + "\n"
    return (c_header if form == "c" else markdown)(register_map(target))
