"""Random networks, every spike and state, against the vendor's simulator where it is installed.

`pip install .[oracles]` installs it; SPIKEC_ORACLE_RUNS is the number of networks.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import spikec
from spikec.sim.engines.ordered import simulate_ordered
from spikec.targets.xylo import neuron
from spikec.targets.xylo.configuration import XyloConfiguration, machine
from spikec.targets.xylo.files import decode
from spikec.targets.xylo.hibernation import hibernation

from ..shipped import revision
from . import xylo_networks as networks
from .xylosim_run import vendor_run

ABSENT = "the vendor's simulator xylosim is not installed"
V1 = pytest.importorskip("xylosim.v1", reason=ABSENT)
V2 = pytest.importorskip("xylosim.v2", reason=ABSENT)
RUNS = int(os.environ.get("SPIKEC_ORACLE_RUNS", "60"))
GROUP = 20
EXAMPLES = Path(__file__).parents[2] / "examples" / "xylo"


def without_bias(chip: XyloConfiguration) -> XyloConfiguration:
    hidden = {**chip.hidden, "bias": np.zeros(chip.n_hidden, dtype=np.int64)}
    return replace(
        chip, hidden=hidden, output={**chip.output, "bias": np.zeros(chip.n_outputs, dtype=np.int64)}
    )


def check(seed: int, *, first_generation: bool, fast: bool) -> None:
    random = np.random.default_rng(seed)
    chip = networks.configuration(random, largest=60)
    if first_generation:
        chip = without_bias(chip)
    events = networks.events(random, len(chip.weights_in), 40)
    expected = vendor_run(V1 if first_generation else V2, chip, events)
    run = simulate_ordered(
        machine(chip), neuron, events[:, None], states=True, fast=fast, decay_first=first_generation
    )
    found = {"spikes": run.spikes[:, 0], **{name: values[:, 0] for name, values in run.states.items()}}
    if not first_generation:
        currents = np.stack([found["i_syn"], found["i_syn2"]], axis=-1)
        found["hibernation"] = hibernation(chip, events, found["spikes"], currents, found["v_mem"])
    assert set(expected) == set(found)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, f"{name}, seed {seed}")


@pytest.mark.parametrize("group", range(-(-RUNS // GROUP)))
def test_equal_to_the_vendor(group: int) -> None:
    for seed in range(group * GROUP, min(RUNS, (group + 1) * GROUP)):
        check(seed, first_generation=seed % 10 == 9, fast=seed % 3 > 0)


@pytest.mark.parametrize(("name", "reset"), [("lif_zero", "zero"), ("lif_subtract", "subtract")])
def test_a_compiled_network_of_constructs_is_equal_to_the_vendor(name: str, reset: str) -> None:
    """From the file as it is loaded: every spike and state of a sample."""
    compiled = spikec.compile(
        EXAMPLES / f"{name}.nir", "xylo_audio3", dialect="snntorch.Leaky", dt=1e-3,
        dialect_options={"reset": reset}, stimulus=EXAMPLES / f"{name}.npz",
    )  # fmt: skip
    chip = decode(compiled.files, revision("xylo_audio3"))
    with np.load(EXAMPLES / f"{name}.npz") as samples:
        events = samples["input"][:, 7]
    expected = vendor_run(V2, chip, events)
    run = simulate_ordered(machine(chip), neuron, events[:, None], states=True)
    np.testing.assert_array_equal(run.spikes[:, 0], expected["spikes"])
    for state in ("i_syn", "i_syn2", "v_mem"):
        np.testing.assert_array_equal(run.states[state][:, 0], expected[state])
    assert run.spikes.any()
