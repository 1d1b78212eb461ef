"""What tinyODIN chips and their host load: written, and read back."""

from ..files import decode, encode

__all__ = ["decode", "encode"]
