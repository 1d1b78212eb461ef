"""What is said of an argument that is of no kind that the function takes."""

from __future__ import annotations

from ...sim.diagnostic import DiagnosticError, error


def wrong_kind(argument: str, value: object, takes: str) -> DiagnosticError:
    """The error SPK0532. takes: what would do, in words."""
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return DiagnosticError((error("SPK0532", f"`{argument}` is of type {name}", hint=f"it takes {takes}"),))
