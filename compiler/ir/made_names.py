"""Names of the neurons and inputs that the compiler adds to those of the file, so that no node of a file has one."""

from __future__ import annotations

import re

from ...sim.nir.path import stored_at

WORDS = (
    "bias", "copy", "current", "floor", "gate", "high", "level", "low", "over", "overshoot", "phases", "pulse", "relay",
)  # fmt: skip
"""What such a name begins with; a step, a number or the neurons that it serves follow: `bias@3`, `relay@1:lif`."""

_MADE = re.compile(rf"(?:{'|'.join(WORDS)})(?:@[\w.]+)?(:.*)?", re.DOTALL)


def is_made(name: str) -> bool:
    """Whether a population or an input of this name is the compiler's own, were it not in the file."""
    found = _MADE.fullmatch(name)
    return found is not None and name not in WORDS


def served_by(name: str) -> str:
    """Find the population that an added one of this name serves, "" where it serves all; any other name is itself."""
    found = _MADE.fullmatch(name)
    if found is None or not is_made(name):
        return name
    if name.startswith("bias:"):  # the clock, or the step from which biases act
        return ""
    return served_by((found[1] or ":")[1:].rpartition(">")[2])


def place_of(name: str) -> str:
    """Give the place in the file of a population, or of the one that an added population serves, for a `Diagnostic`."""
    return stored_at(served_by(name))
