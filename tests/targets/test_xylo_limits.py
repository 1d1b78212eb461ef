"""The three revisions, and every limit met exactly and exceeded by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from spikec.targets.xylo import configuration as c, neuron
from spikec.targets.xylo.configuration import XyloConfiguration
from spikec.targets.xylo.limits import Violation, violations
from spikec.targets.xylo.model import XyloChip

from ..shipped import XYLOS as NAMES, revision


def empty(
    inputs: int = 1, hidden: int = 1, outputs: int = 1, synapses: int = 1, ien: int = 1, oen: int = 1
) -> XyloConfiguration:
    def filled(value: int, n: int) -> np.ndarray:
        return np.full(n, value, dtype=np.int64)

    names = {"dash_syn": 1, "dash_mem": 1, "bias": 0, "threshold": 1}
    output = {name: filled(value, outputs) for name, value in names.items()}
    return XyloConfiguration(
        weights_in=np.zeros((inputs, ien, synapses), dtype=np.int8),
        weights_rec=np.zeros((hidden, hidden, synapses), dtype=np.int8),
        weights_out=np.zeros((oen, outputs), dtype=np.int8),
        shift_in=0,
        shift_rec=0,
        shift_out=0,
        hidden={name: filled(value, hidden) for name, value in {**names, "dash_syn2": 0}.items()},
        output=output,
        alias_target=filled(-1, hidden),
    )


@pytest.mark.parametrize("name", NAMES)
def test_revisions_agree_with_the_arithmetic(name: str) -> None:
    chip = revision(name)
    assert chip.name == name
    assert chip.ranges.state == (neuron.LOW, neuron.HIGH)
    assert chip.ranges.dash == (0, neuron.MAX_DASH)
    assert (chip.spikes.input, chip.spikes.hidden, chip.spikes.output) == (
        c.USUAL.input, c.USUAL.hidden, c.USUAL.output,
    )  # fmt: skip
    weights = np.arange(chip.ranges.weight[0], chip.ranges.weight[1] + 1)
    top = chip.ranges.weight_shift[1]
    assert (neuron.shifted_weight(np, weights, top) == weights << top).all(), "no legal weight wraps"
    assert (chip.latency.input_to_neuron, chip.latency.neuron_to_neuron) == (0, 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_configuration_fits(name: str) -> None:
    assert violations(largest(revision(name)), revision(name)) == ()


def largest(chip: XyloChip) -> XyloConfiguration:
    k = chip.capacity
    return empty(k.inputs, k.hidden, k.outputs, k.synapses, k.input_expansion, k.output_expansion)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("size", "field", "what"),
    [
        ("inputs", "inputs", "inputs"),
        ("hidden", "hidden", "hidden neurons"),
        ("outputs", "outputs", "outputs"),
        ("synapses", "synapses", "synapses of a hidden neuron"),
        ("ien", "input_expansion", "hidden neurons that inputs may reach"),
        ("oen", "output_expansion", "hidden neurons that may reach outputs"),
    ],
)
def test_one_too_many(name: str, size: str, field: str, what: str) -> None:
    most = getattr(revision(name).capacity, field)
    sizes: dict[str, int] = {size: most + 1}
    if size in ("ien", "oen"):
        sizes["hidden"] = most + 1
    found = violations(empty(**sizes), revision(name))
    assert Violation(what, "configuration", most + 1, 1, most) in found


def hidden(name: str, value: int) -> dict[str, Any]:
    base = empty(hidden=4)
    values = base.hidden[name].copy()
    values[2] = value
    return {"hidden": {**base.hidden, name: values}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (hidden("threshold", 0), Violation("threshold", "hidden neuron 2", 0, 1, 32767)),
        (hidden("threshold", 32768), Violation("threshold", "hidden neuron 2", 32768, 1, 32767)),
        (hidden("dash_syn2", 16), Violation("dash_syn2", "hidden neuron 2", 16, 0, 15)),
        (hidden("dash_mem", -1), Violation("dash_mem", "hidden neuron 2", -1, 0, 15)),
        (hidden("bias", -32769), Violation("bias", "hidden neuron 2", -32769, -32768, 32767)),
        ({"shift_rec": 8}, Violation("weight shift", "recurrent weights", 8, 0, 7)),
        (
            {"weights_out": np.array([[5], [128]])},
            Violation("weight", "output weight 1", 128, -128, 127),
        ),
        (
            {"alias_target": np.array([-1, 4, 0, -1])},
            Violation("alias target", "hidden neuron 1", 4, -1, 3),
        ),
        (
            {"alias_target": np.array([-1, 0, 2, -1])},
            Violation("alias to itself", "hidden neuron 2", 1, 0, 0),
        ),
    ],
)
def test_values_out_of_range(change: dict[str, Any], expected: Violation) -> None:
    assert violations(replace(empty(hidden=4), **change), revision("xylo_audio2")) == (expected,)


def test_connections_count_pairs_over_both_synapses() -> None:
    chip = revision("xylo_audio2")
    base = empty(hidden=1000, synapses=2)
    weights = base.weights_rec.copy()
    weights[:, :16, 0] = 1
    weights[:, 8:32, 1] = -1
    assert violations(replace(base, weights_rec=weights), chip) == ()
    weights[7, 32, 1] = 1
    total = Violation("connections between hidden neurons", "configuration", 32001, 0, 32000)
    assert violations(replace(base, weights_rec=weights), chip) == (total,)
    weights[9, :65, 0] = 1
    found = violations(replace(base, weights_rec=weights), chip)
    assert Violation("fan-out", "hidden neuron 9", 65, 0, 64) in found


def test_one_synapse_has_one_decay() -> None:
    found = violations(replace(empty(hidden=4), **hidden("dash_syn2", 3)), revision("xylo_imu"))
    assert found == (Violation("dash_syn2", "hidden neuron 2", 3, 0, 0),)


@pytest.mark.parametrize(("name", "value"), [("threshold", 0), ("dash_syn2", 16), ("dash_mem", -1)])
def test_no_machine_without_arithmetic(name: str, value: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        c.machine(replace(empty(hidden=4), **hidden(name, value)))


def test_arrays_of_two_networks() -> None:
    with pytest.raises(ValueError, match="alias_target"):
        violations(replace(empty(hidden=2), alias_target=np.zeros(3, dtype=np.int64)), revision("xylo_imu"))
