"""`python -m spikec.compiler` is the command `spikec`."""

from .shell.command import main

if __name__ == "__main__":
    main()
