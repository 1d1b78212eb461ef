"""`spikec explain`: a diagnostic code in words."""

from __future__ import annotations

import click

from ..shell.verb_help import Verb
from .arguments import JSON
from .printing import print_json


def _codes(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ..diagnostics import codes

    return [code for code in codes() if code.startswith(incomplete.upper())]


@click.command("explain", cls=Verb)
@click.argument("code", shell_complete=_codes)
@JSON
def command(code: str, as_json: bool) -> None:
    """Say what a diagnostic code means and what to do."""
    from ...sim.near_names import did_you_mean, sentence
    from ..diagnostics import aliases, codes

    table, asked = codes(), code.upper()
    now = aliases().get(asked, asked)
    found = table.get(now)
    if found is None:
        message = f"there is no code {code!r}; codes run from {min(table)} to {max(table)}."
        raise click.UsageError(f"{message} {sentence(did_you_mean(code, table))}".rstrip())
    if as_json:
        from msgspec import structs

        from .printed import Explanation

        print_json(Explanation(code=now, **structs.asdict(found)))
        return
    if now != asked:
        click.echo(f"{asked} is {now} now.\n")
    click.echo(f"{now} ({found.severity}): {found.title}\n\n{found.explanation}")
    if found.hint:
        click.echo(f"\nhint: {found.hint}")
