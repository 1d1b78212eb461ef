"""`spikec targets`: the chips that can be compiled for, one of them in full, and a user's own."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ..options import Options
from ..shell.verb_group import LazyGroup
from ..shell.verb_help import Verb
from .arguments import JSON, target_names
from .printing import print_json, say_packages

if TYPE_CHECKING:
    from ..verdicts.capabilities import SupportTable

VERBS = {
    "check": "Say what is wrong with a toml, or what its chip does with each kind of node.",
    "new": "Write a commented toml to start a chip of one's own from.",
    "registers": "Print a chip's words as a map of registers, a C header, or the schema of its configuration.",
    "show": "Show a target's numbers, and what it does with each kind of node.",
}
"""Verb -> its line of help. All but `show` are in modules `targets_<verb>.py`, imported when run."""


class TargetsGroup(LazyGroup):
    """The verbs of targets."""

    verbs = VERBS

    @staticmethod
    def load(name: str) -> click.Command:
        """Import a verb of targets."""
        return show if name == "show" else importlib.import_module(f".targets_{name}", __package__).command


@click.group("targets", cls=TargetsGroup, invoke_without_command=True)
@JSON
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the targets; show one, write a new one, check it, print its registers."""
    if ctx.invoked_subcommand is None:
        _list(as_json=as_json)


@click.command("show", cls=Verb)
@click.argument("name", metavar="NAME|chip.toml", shell_complete=target_names)
@JSON
def show(name: str, as_json: bool) -> None:
    """Show a target's numbers, and what it does with each kind of node."""
    import msgspec

    from ..prepare import resolve_target, with_target
    from ..verdicts.capabilities import support

    options = with_target(Options(target=name))
    record = msgspec.to_builtins(resolve_target(options))
    table = support(name, options.target_toml)
    if as_json:
        print_json({"target": record, "support": table})
        return
    _print_record(record)
    print_support(table)


def _list(*, as_json: bool) -> None:
    from ...targets import load, names

    titles = {name: load(name).title for name in names()}
    say_packages()
    if as_json:
        from .printed import TargetTitles

        print_json(TargetTitles(targets=titles))
        return
    for name, title in titles.items():
        click.echo(f"{name}  {title}")


def _print_record(record: Mapping[str, object]) -> None:
    for section, value in record.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for key, text in rows:
            click.echo(f"{section + '.' + key if key else section:<36} {text}")


def print_support(found: SupportTable) -> None:
    """Print what the chip does with each kind of node."""
    from ..text.render import console, table

    rows = [(row.kind, row.variant, row.answer, row.reason) for row in found.rows]
    click.echo()
    title = "What the chip does with a node, but for the rounding of numbers"
    console().print(table(title, ("node", "", "chip", "what differs"), rows))
    for text in found.always:
        click.echo(f"in every network: {text}")
