"""Loops over whole numbers as machine code: how they are compiled, and where the code is kept."""
