"""The options that make a command one of several processes of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

if TYPE_CHECKING:
    from ...sim.engines.processes import Party

F = TypeVar("F", bound=Callable[..., object])
HIGHEST_PORT = 65535


class PartyWords(TypedDict):
    """What the command line says of other processes."""

    coordinator: str | None
    processes: int | None
    process: int | None


def party_options(function: F) -> F:
    """Add them to a command. JAX's environment variables say the same."""
    for option in (
        click.option(
            "--process",
            type=click.IntRange(0),
            envvar="JAX_PROCESS_ID",
            metavar="K",
            help="Which this one is.",
        ),
        click.option(
            "--processes",
            type=click.IntRange(1),
            envvar="JAX_NUM_PROCESSES",
            metavar="N",
            help="Share the run out over the devices of N processes; process 0 writes the trace.",
        ),
        click.option(
            "--coordinator",
            envvar="JAX_COORDINATOR_ADDRESS",
            metavar="HOST:PORT",
            help="Where process 0 is found by the others.",
        ),
    ):
        function = option(function)
    return function


def party(words: PartyWords) -> Party | None:
    """Read the options; None where the process is the only one. Raises UsageError."""
    from ...sim.engines.processes import Party

    where, count, number = words["coordinator"], words["processes"], words["process"]
    if where is None and count is None and number is None:
        return None
    if where is None or count is None or number is None:
        raise click.UsageError("--coordinator, --processes and --process need each other")
    host, _, port = where.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:9]) <= HIGHEST_PORT:
        raise click.UsageError(f"--coordinator takes HOST:PORT, not {where[:200]!r}")
    if number >= count:
        raise click.UsageError(f"--process {number}: there are processes 0 to {count - 1}")
    return Party(host=host, port=int(port), count=count, number=number)


@contextmanager
def as_messages() -> Generator[None]:
    """Within it, what libraries of other languages print goes to stderr: they tell of connections on stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
