"""`python -m spikec.compiler` is the command `spikec`."""

from .cli import main

main()
