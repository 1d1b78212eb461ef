"""`python -m spikec` is the command `spikec`."""

from __future__ import annotations

from spikec.compiler.shell.command import main

if __name__ == "__main__":
    main()
