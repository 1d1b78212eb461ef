"""What a Xylo loads: written, read back, and what it then computes with."""

from .attributes import encode
from .configuration import machine
from .files import decode

__all__ = ["decode", "encode", "machine"]
