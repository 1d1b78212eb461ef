"""Options that several verbs share, and what their texts mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _key_value(
    _: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, Any], ...]:
    found: list[tuple[str, Any]] = []
    for text in values:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text!r} is not KEY=JSON")
        try:
            found.append((key, json.loads(value)))
        except ValueError:
            found.append((key, value))
    return tuple(found)


def target_names(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ...targets import names

    return [name for name in names() if name.startswith(incomplete)]


def _dialects(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ...sim.dialect import names

    return [name for name in names() if name.startswith(incomplete)]


def grouped(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in this order in the help."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return wrap


FILE = click.Path(path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
QUIET = click.option("-q", "--quiet", is_flag=True, help="Do not say meanwhile what is done.")
TARGET = click.option(
    "--target",
    default="loihi1",
    show_default=True,
    metavar="NAME|chip.toml",
    shell_complete=target_names,
    help="`spikec targets` lists them.",
)
WEIGHT_BITS = click.option(
    "--weight-bits", type=click.IntRange(2, 8), default=8, show_default=True, help="Of a stored weight."
)
CHIPS = click.option("--chips", type=click.IntRange(1), default=1, show_default=True, help="On the board.")
CONSENT = click.option(
    "--allow-approximation", is_flag=True, help="Compile what the chip's neurons only come near to."
)
READING = grouped(
    click.option(
        "--dialect",
        metavar="NAME",
        shell_complete=_dialects,
        help="How to read the file; recognised from it if it can be.",
    ),
    click.option(
        "--dialect-option",
        multiple=True,
        callback=_key_value,
        metavar="KEY=JSON",
        help="What the file leaves open, NODE.KEY for one node.",
    ),
    click.option("--dt", type=float, metavar="SECONDS", help="Time step."),
)
STIMULUS = grouped(
    click.option("--stimulus", type=FILE, metavar="S.npz", help="`input` (T, B, ...) and optional `labels`."),
    click.option("--poisson", type=float, metavar="RATE", help="Random spikes instead: probability a step."),
    click.option("--steps", type=click.IntRange(1), default=64, show_default=True, help="Of --poisson."),
    click.option("--batch", type=click.IntRange(1), default=4, show_default=True, help="Its samples."),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Its seed."),
)
