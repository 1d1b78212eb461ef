"""The reference of the command line, as click knows it."""

from __future__ import annotations

import inspect

import click

from ..shell.cli import TITLES, cli
from ..shell.verb_help import examples
from .pieces import code, table


def cli_page() -> str:
    """Every verb with its options and examples."""
    parts = [
        "# Command line",
        "`spikec VERB --help` prints the same. Every verb takes `--json`; `spikec schema VERB` is the JSON Schema of "
        "what it then prints. Completion in the shell is in [How-tos](../howto/shell.md).",
    ]
    for title, verbs in TITLES.items():
        parts.append(f"## {title}")
        parts += [_verb(("spikec", verb), _command(cli, verb), 3) for verb in verbs]
    return "\n\n".join(parts)


def _command(group: click.Group, name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    if found is None:
        raise LookupError(name)
    return found


def _verb(path: tuple[str, ...], command: click.Command, level: int) -> str:
    context = click.Context(command, info_name=" ".join(path))
    words = " ".join([*path, *command.collect_usage_pieces(context)])
    parts = [f"{'#' * level} {' '.join(path)}", code(words), _prose(command.help or "")]
    options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
    rows = [record for option in options if (record := option.get_help_record(context)) is not None]
    if rows:
        parts.append(table(("option", ""), [(_typed(name), text) for name, text in rows]))
    if len(path) == 2 and path[1] in examples():
        parts.append(code("\n".join(examples()[path[1]]), "sh"))
    if isinstance(command, click.Group):
        inner = [(name, _command(command, name)) for name in command.list_commands(context)]
        parts += [_verb((*path, name), each, level + 1) for name, each in inner]
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    return inspect.cleandoc(text).replace("\b\n", "")


def _typed(option: str) -> str:
    """An option as code; a bar would end the cell."""
    return f"<code>{option.replace('|', '&#124;')}</code>"
