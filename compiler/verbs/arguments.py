"""Options that several verbs share, and what their texts mean."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ..options import OPTIONS, Options
from ..shell.option_kinds import LINE, Kind

Decorator = Callable[[Callable[..., object]], Callable[..., object]]


def target_names(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a target."""
    from ...targets import names

    return [name for name in names() if name.startswith(incomplete)]


def listed_names(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """`A,B`, or the option twice."""
    names = tuple(name for text in values for name in text.split(","))
    if not all(names):
        raise click.BadParameter("a name between two commas is empty")
    return names


def _dialects(_: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from ...sim.dialect.dialect import names

    return [name for name in names() if name.startswith(incomplete)]


def grouped(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in this order in the help."""

    def wrap(function: Callable[..., object]) -> Callable[..., object]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return wrap


class FilePath(click.Path):
    """The path of a file or folder: what other tools call `-` is none here, and no name holds a zero byte."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Make a path of the text. Raises BadParameter for `-` and for a zero byte."""
        text = os.fspath(value)
        if text == "-":
            message = "`-` is no file: spikec reads and writes files by their names, not its standard input or output"
            self.fail(f"{message} (./- is a file of that name)", param, ctx)
        if "\0" in text:
            self.fail("no path holds a zero byte", param, ctx)
        return super().convert(value, param, ctx)


class ShareRange(click.FloatRange):
    """A number from 0 to 1; what is no number is neither below nor above, and would let everything pass."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Make a number of the text. Raises BadParameter outside the range."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{found} is not in the range 0<=x<=1.", param, ctx)
        return found


FILE = FilePath(path_type=Path)
SHARE = ShareRange(0, 1)
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


def asked(name: str, **more: Any) -> Decorator:
    """The option of the command line that sets field `name` of `Options`; its value goes by that name."""
    option, default = OPTIONS[name], getattr(Options(), name)
    told: dict[str, Any] = dict(option.kind.click)
    if "min" in told:
        told = {"type": click.IntRange(told["min"], told["max"]), "show_default": default is not None}
    if option.kind.parse is not None:
        told["callback"] = _parsed(option.kind)
    if option.kind is LINE:
        told["callback"] = _line
    if not told.get("is_flag") and not told.get("multiple"):
        told["default"] = default
    return click.option(option.flag, name, metavar=option.metavar, help=option.help, **told, **more)


def _parsed(kind: Kind) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], object]:
    def callback(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> object:
        try:
            return kind.read([kind.parse(text) if kind.parse is not None else text for text in values])
        except ValueError as problem:
            raise click.BadParameter(str(problem)) from problem

    return callback


def _line(_: click.Context, parameter: click.Parameter, value: str) -> object:
    try:
        return LINE.read(value)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from problem


def asked_options(given: Mapping[str, object], usual: Options | None = None) -> Options:
    """The options that the command line asked for. given: its values by name, and others. usual: what it leaves."""
    values = {
        name: not given[name] if OPTIONS[name].inverse else given[name] for name in OPTIONS if name in given
    }
    return replace(usual or Options(), **values)


READING = grouped(asked("dialect", shell_complete=_dialects), asked("dialect_options"), asked("dt_seconds"))
SPIKES = grouped(
    click.option("--stimulus", type=FILE, metavar="S.npz", help="`input` (T, B, ...) and optional `labels`."),
    click.option("--poisson", type=float, metavar="RATE", help="Random spikes instead: probability a step."),
    click.option("--steps", type=click.IntRange(1), default=64, show_default=True, help="Of --poisson."),
    click.option("--batch", type=click.IntRange(1), default=4, show_default=True, help="Its samples."),
)
STIMULUS = grouped(SPIKES, asked("seed"))
