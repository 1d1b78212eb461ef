"""Drivers of programs that answer what a chip would: each runs in a Python of its own, which has what it needs."""
