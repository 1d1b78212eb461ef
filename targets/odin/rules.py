"""Rules on the toml of a chip with the arithmetic, the words and the events of ODIN or tinyODIN."""

from __future__ import annotations

from collections.abc import Iterator

from ..rules import Rule, can_do, equal, latency, multiple, no_constructs, spans, within
from .arithmetics import modules_of
from .model import OdinChip
from .synapse_words import MOST, SYNAPSES_PER_WORD

WEIGHTS = {"tinyodin": (-8, 7), "odin": (0, 7)}
SIGN = {"tinyodin": "weight", "odin": "row"}
SCAN = {"tinyodin": "up_to_last", "odin": "all"}


# What the arithmetic does, by field of a reading.
DIALECT = {
    "fire": (">", ">="),
    "fire_on": ("new",),
    "leak": ("none", "constant"),
    "multi": (1,),
    "refractory": (0,),
    "reset": ("v_reset",),
    "reset_phase": ("same",),
    "v0": ("rest", "any"),
    "v_min": ("v_reset", "none"),
}


def rules(chip: OdinChip) -> Iterator[Rule]:
    """Events and writes number rows and neurons with eight bits; four bits are a synapse."""
    yield from can_do(chip, DIALECT)
    yield from no_constructs(
        chip, may_raise_rest=chip.arithmetic == "odin", may_lower=chip.arithmetic == "tinyodin"
    )
    capacity, fields = chip.capacity, modules_of(chip).words.FIELDS
    yield multiple(chip, "capacity.neurons", SYNAPSES_PER_WORD, MOST)
    yield within(chip, "capacity.rows", capacity.neurons, MOST)
    yield within(chip, "capacity.queue", 1, 1 << 12)
    yield within(chip, "capacity.chips", 1, 1 << 10)
    yield within(chip, "capacity.delay", 0, (1 << 16) - 1)
    state, threshold = (modules_of(chip).neuron.LOW, modules_of(chip).neuron.HIGH), fields["threshold"]
    yield equal(chip, "ranges.state", state)
    yield within(chip, "ranges.threshold", threshold.low, threshold.high)
    yield within(chip, "ranges.firing", 0, min(state[1], chip.ranges.threshold[1]))
    yield spans(chip, "ranges.firing", 1, 1)
    yield within(chip, "ranges.leak", 0, fields["leak"].high)
    yield spans(chip, "ranges.leak", 0, 1)
    low, high = WEIGHTS[chip.arithmetic]
    yield within(chip, "ranges.weight", low, high)
    yield spans(chip, "ranges.weight", max(low, -1), 1)
    yield equal(chip, "ranges.at_rest", 1)
    yield equal(chip, "execution.sign", SIGN[chip.arithmetic])
    yield equal(chip, "execution.scan", SCAN[chip.arithmetic])
    learns = Rule("execution.learning", chip.execution.learning, "false", not chip.execution.learning)
    yield learns if chip.arithmetic == "tinyodin" else equal(chip, "execution.learning", True)
    yield from latency(chip, 0, 0)
