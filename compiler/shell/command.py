"""The command `spikec`: Ctrl-C is heeded before anything large is imported."""

from __future__ import annotations

from .interrupt import interruptible


def main() -> None:
    """Run the command line."""
    interruptible(_time_is_up)
    from .cli import main as run

    run()


def _time_is_up() -> int:
    from .shell_limits import time_is_up

    return time_is_up()
