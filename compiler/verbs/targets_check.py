"""`spikec targets check`: what is wrong with a toml, or what its chip does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..options import Options
from ..shell.verb_help import Verb
from .arguments import JSON, QUIET, target_names
from .printing import print_json
from .progress import progress
from .targets import print_support

if TYPE_CHECKING:
    from ..verdicts.own_target import Proven


@click.command("check", cls=Verb)
@click.argument("name", metavar="chip.toml|NAME", shell_complete=target_names)
@JSON
@QUIET
def command(name: str, as_json: bool, quiet: bool) -> None:
    """Say what is wrong with a toml, or what its chip does with each kind of node.

    A network of each kind of neuron that spikes is compiled, its words are decoded and run. The exit code is 0 if one
    is proven right, 2 if the toml is wrong, 4 if networks compile and none is right, 3 if none compiles."""

    from ..prepare import resolve_target, target_toml, with_target
    from ..verdicts.capabilities import support
    from ..verdicts.own_target import CheckedTarget, prove_kinds

    with progress(quiet=quiet or as_json) as tell:
        options = with_target(Options(target=name))
        target, toml = resolve_target(options), target_toml(options)
        tell("each kind of node")
        table = support(name, toml)
        tell("the placement of each kind of neuron")
        proven = prove_kinds(toml, table)
    if as_json:
        print_json(CheckedTarget(target=target.name, support=table, proven=proven))
    else:
        print_support(table)
        _print(proven)
    code = _exit_code(proven)
    if code:
        raise SystemExit(code)


def _print(proven: Sequence[Proven]) -> None:
    from ..text.render import console, table

    rows = [(one.kind, one.variant, one.placement, one.reason) for one in proven]
    click.echo()
    console().print(table("Compiled and proven", ("neuron", "", "placement", "why"), rows))


def _exit_code(proven: Sequence[Proven]) -> int:
    from ..diagnostics import CHECK_FAILED, NO_FIT, OK

    found = {one.placement for one in proven}
    if "identical" in found:
        return OK
    return CHECK_FAILED if "different" in found else NO_FIT
