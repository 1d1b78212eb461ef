"""Rules on the toml of a chip with the arithmetic, the words and the buses of ReckOn."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, among, can_do, equal, latency, multiple, spans, within
from . import neuron
from .model import ReckonChip
from .words import ALPHA_BITS, LEAST_DIGIT, MOST_NEURONS, MOST_READOUTS

ALPHAS = (LEAST_DIGIT << ALPHA_BITS, (LEAST_DIGIT + 2 << ALPHA_BITS) - 1)

# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "decay"),
    "multi": (1,),
    "refractory": (0,),
    "v0": ("rest", "any"),
    "v_min": ("none",),
}
PHASES = ("same", "next_before_decay")
"""In which a spike sets a membrane to 0. With a synapse of a neuron onto itself a threshold is taken off in them
too."""


def rules(chip: ReckonChip) -> Iterator[Rule]:
    """List what its arithmetic, words and buses can hold."""
    given_back = chip.constructs.self_synapse
    resets = ("subtract", "v_reset", "none") if given_back else ("subtract", "v_reset")
    yield from can_do(
        chip,
        {**DIALECT, "reset": resets, "reset_phase": PHASES},
        if_subtract=("next_after_decay",),
    )
    yield among(chip, "constructs.spared", ("none",))
    for name in ("counts", "copies", "delays", "raised_rest", "start_pulses", "lowered"):
        yield equal(chip, f"constructs.{name}", False)
    yield within(chip, "capacity.inputs", 1, MOST_NEURONS)
    yield multiple(chip, "capacity.neurons", 2, MOST_NEURONS)
    yield within(chip, "capacity.outputs", 1, MOST_READOUTS)
    yield within(chip, "ranges.weight", -128, 127)
    yield spans(chip, "ranges.weight", -1, 1)
    yield within(chip, "ranges.weight_shift", 0, 7)
    yield spans(chip, "ranges.weight_shift", 0, 1)
    yield within(chip, "ranges.threshold", 1, neuron.HIGH)
    yield spans(chip, "ranges.threshold", 1, 1)
    yield equal(chip, "ranges.threshold", (1, neuron.HIGH))
    yield within(chip, "ranges.alpha", *ALPHAS)
    yield spans(chip, "ranges.alpha", neuron.ONE, neuron.ONE)
    yield within(chip, "ranges.kappa", 0, 255)
    yield spans(chip, "ranges.kappa", 64, 64)
    yield equal(chip, "ranges.state", (neuron.LOW, neuron.HIGH))
    yield from latency(chip, 0, 1)
