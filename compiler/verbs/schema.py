"""`spikec schema`: the JSON Schemas of what spikec writes."""

from __future__ import annotations

import json

import click

from ..shell.verb_help import Verb
from .arguments import JSON
from .printing import print_json


def _names(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ..schemas import names

    return [name for name in names() if name.startswith(incomplete)]


@click.command("schema", cls=Verb)
@click.argument("name", required=False, shell_complete=_names)
@JSON
def command(name: str | None, as_json: bool) -> None:
    """Print the JSON Schema of an output, or list them.

    Verbs' schemas have the verbs' names and hold for their --json; the others are those of files in OUT. What is
    printed stands alone."""
    from ...sim.near_names import hint_of
    from ..schemas import load, names

    if name is None:
        if as_json:
            from .printed import SchemaNames

            print_json(SchemaNames(schemas=names()))
            return
        width = max(map(len, names()))
        for each in names():
            click.echo(f"{each:<{width}}  {load(each)['title']}")
        return
    if name not in names():
        raise click.UsageError(f"there is no schema {name!r}; {hint_of(name, names(), 'schemas')}")
    click.echo(json.dumps(load(name), indent=1))
