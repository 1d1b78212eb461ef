"""`spikec dialects`: the frameworks whose reading of a `.nir` file is known, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ..shell.verb_group import LazyGroup
from ..shell.verb_help import Verb
from .arguments import JSON
from .printing import print_json

if TYPE_CHECKING:
    from ..front.dialect_record import DialectRecord


def _names(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ...sim.dialect.dialect import names

    return [name for name in names() if name.startswith(incomplete)]


class DialectsGroup(LazyGroup):
    """The verbs of dialects."""

    verbs: Mapping[str, str] = {"show": "Show what a dialect means, its options, and what writes it."}

    @staticmethod
    def load(name: str) -> click.Command:
        """The only verb of dialects."""
        return show


@click.group("dialects", cls=DialectsGroup, invoke_without_command=True)
@JSON
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the ways to read a file; show what one of them means.

    NIR stores no time step, no reset and no discretisation, so each framework's files mean something of their own."""
    if ctx.invoked_subcommand is None:
        _list(as_json=as_json)


@click.command("show", cls=Verb)
@click.argument("name", shell_complete=_names)
@JSON
def show(name: str, as_json: bool) -> None:
    """Show what a dialect means, its options, and which framework and version writes it."""
    from ..front.dialect_record import dialect_record

    found = dialect_record(name)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _list(*, as_json: bool) -> None:
    from ...sim.dialect.dialect import names
    from ...sim.dialect.guide import family_name, guide

    families = guide().families
    titles = {name: families[family_name(name)].title for name in names()}
    if as_json:
        from .printed import DialectTitles

        print_json(DialectTitles(dialects=titles))
        return
    for name, title in titles.items():
        click.echo(f"{name:<20} {title}")
    click.echo(
        "\n`spikec dialects show NAME` says what one means; `spikec inspect NET.nir`, which ones fit a file."
    )


def _print(found: DialectRecord) -> None:
    from ...sim.dialect.words import reading_lines
    from ..text.render import console, table

    click.echo(f"{found.name}: {found.title}\n")
    rows = [("versions", found.versions), ("written by", found.writes), ("means", found.means)]
    rows += [
        ("not in the file", found.missing),
        ("known from", found.evidence),
        ("time step", found.time_step),
    ]
    _print_rows(rows)
    click.echo("\nIn a step:")
    for line in reading_lines(found.words):
        click.echo(f"  {line}")
    if found.options:
        click.echo()
        options = [(key, each.takes, each.text) for key, each in found.options.items()]
        console().print(
            table("Options of the framework (--dialect-option KEY=JSON)", ("", "takes", ""), options)
        )
    click.echo()
    fields = [(key, _value(each.value), each.takes, each.text) for key, each in found.fields.items()]
    title = "Fields that may be set as well; `now` is of a LIF"
    console().print(table(title, ("", "now", "takes", ""), fields))


def _print_rows(rows: list[tuple[str, str]]) -> None:
    for label, text in rows:
        click.echo(f"{label:<16} {text}")


def _value(value: object) -> str:
    import json

    return json.dumps(value) if not isinstance(value, Mapping) else ""
