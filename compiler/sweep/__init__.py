"""Runs a design space: every network x target x weight width x seed, each job in a process of its own."""
