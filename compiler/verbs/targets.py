"""`spikec targets`: the chips that can be compiled for, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ..options import Options
from .arguments import JSON, target_names
from .printing import print_json

if TYPE_CHECKING:
    from ..verdicts.capabilities import SupportTable


@click.command()
@click.argument("verb", required=False, type=click.Choice(["show"]))
@click.argument("name", required=False, shell_complete=target_names)
@JSON
def command(verb: str | None, name: str | None, as_json: bool) -> None:
    """List the installed targets, or `targets show NAME` one of them."""
    if verb is None:
        _list(as_json=as_json)
    elif name is None:
        raise click.UsageError("targets show NAME")
    else:
        _show(name, as_json=as_json)


def _list(*, as_json: bool) -> None:
    from ...targets import load, names

    titles = {name: load(name).title for name in names()}
    if as_json:
        print_json({"targets": titles})
        return
    for name, title in titles.items():
        click.echo(f"{name}  {title}")


def _show(name: str, *, as_json: bool) -> None:
    import msgspec

    from ..prepare import resolve_target
    from ..verdicts.capabilities import support

    record = msgspec.to_builtins(resolve_target(Options(target=name)))
    table = support(name)
    if as_json:
        print_json({"target": record, "support": msgspec.to_builtins(table)})
        return
    _print_record(record)
    _print_support(table)


def _print_record(record: Mapping[str, Any]) -> None:
    for section, value in record.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for key, text in rows:
            click.echo(f"{section + '.' + key if key else section:<36} {text}")


def _print_support(found: SupportTable) -> None:
    from ..render import console, table

    rows = [(row.kind, row.variant, row.answer, row.reason) for row in found.rows]
    click.echo()
    title = "What the chip does with a node, but for the rounding of numbers"
    console().print(table(title, ("node", "", "chip", "what differs"), rows))
    for text in found.always:
        click.echo(f"in every network: {text}")
