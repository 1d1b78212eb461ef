"""What long work says meanwhile: one line that is replaced on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

Tell = Callable[[str], None]
SECONDS = 4.0
"""Between two words on how much is done."""


@contextmanager
def progress(*, quiet: bool) -> Generator[Tell]:
    """What is told goes to stderr. On a terminal that can move its cursor the line is gone at the end; NO_COLOR
    and TERM=dumb are honoured."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if quiet:
        yield _nothing
    elif not console.is_terminal or console.is_dumb_terminal:
        yield _plain
    else:
        from rich.live import Live
        from rich.spinner import Spinner
        from rich.text import Text

        spinner = Spinner("line", style="green")
        with Live(spinner, console=console, transient=True, refresh_per_second=8) as live:
            console.show_cursor()  # a process that is killed could not bring it back

            def tell(text: str) -> None:
                spinner.update(text=Text(text, no_wrap=True, overflow="ellipsis"))
                live.refresh()

            yield tell


def counted(tell: Tell, text: str) -> Callable[[int, int], None]:
    """Say now and then how much of long work is done, and about how long the rest takes: `text` with {done} and
    {total} in it, called with both.

    Nothing is said of work that is done sooner than the first time has come."""
    began = last = time.monotonic()

    def said(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS:
            last = time.monotonic()
            left = (last - began) * (total - done) / max(done, 1)
            more = f", about {_duration(left)} left" if left >= SECONDS and done < total else ""
            tell(f"{text.format(done=f'{done:,}', total=f'{total:,}')}{more}")

    return said


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _nothing(text: str) -> None:
    pass


def _plain(text: str) -> None:
    click.echo(f"  {text} ...", err=True)
