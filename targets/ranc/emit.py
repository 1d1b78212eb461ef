"""What a grid loads: written, read back, and what it then computes with."""

from ..machines.crossbar_grid import GridMachine
from .files import decode, encode
from .vectors import vectors

__all__ = ["decode", "encode", "machine", "vectors"]


def machine(configuration: GridMachine) -> GridMachine:
    """The images are the machine."""
    return configuration
