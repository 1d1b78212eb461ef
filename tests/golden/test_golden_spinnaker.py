"""SpiNNaker 1 cores recorded from the vendor's binaries: constants, membranes, currents and spikes, bit for bit.

SPIKEC_GOLDEN_DIR names the folder of the recordings, or one above it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spikec.sim.engines.choice import SUM_ENGINES, SumEngine
from spikec.sim.engines.synapse_list import simulate
from spikec.targets.chip import Latency
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.spinnaker1 import neuron
from spikec.targets.spinnaker1.core_image import CoreImage
from spikec.targets.spinnaker1.machine import Heard, keys_of, machine_of, with_constants
from spikec.targets.spinnaker1.regions import decode_core, encode_core

from .spinnaker_files import core_of, cores, load, network_regions, networks, recorded_regions

FOLDER = Path(os.environ.get("SPIKEC_GOLDEN_DIR", Path(__file__).parent))
CORES = cores(FOLDER)
NETWORKS = networks(FOLDER)
LATENCY = Latency(input_to_neuron=1, neuron_to_neuron=1, neuron_to_output=0)
EACH = pytest.mark.parametrize("file", CORES, ids=[f.stem for f in CORES])


def core_read(case: dict[str, Any]) -> CoreImage:
    """Of the recorded words."""
    return decode_core(encode_core(core_of(case)) | recorded_regions(case))


def machine(case: dict[str, Any], times: int) -> Machine:
    """The core as a machine. A source that spikes several times in a tick is so many input elements."""
    core, n, inputs = core_read(case), case["n"], case["n_in"]
    outside = case["pop_table"][0]["key"] + (np.arange(inputs) << 4)
    own = keys_of(core)
    heard = Heard(
        source=np.concatenate([np.arange(own.size), n + np.arange(times * inputs)]),
        key=np.concatenate([own, np.tile(outside, times)]),
    )
    return machine_of([core], [heard], times * inputs)


def stimulus(case: dict[str, Any]) -> tuple[np.ndarray, int]:
    """(T, 1, times * inputs) uint8, and how often a source spikes in a tick at most."""
    count = Counter(map(tuple, case["spikes_in"]))
    times, inputs = max(count.values(), default=1), case["n_in"]
    events = np.zeros((case["steps"], 1, times * inputs), dtype=np.uint8)
    for (tick, source), many in count.items():
        events[tick, 0, source + inputs * np.arange(many)] = 1
    return events, times


def test_there_are_recordings() -> None:
    assert {load(file)["model"] for file in CORES} == {"IF_curr_exp", "IF_curr_delta"}
    assert NETWORKS


@EACH
def test_constants_are_those_that_the_binary_computes(file: Path) -> None:
    case = load(file)
    found = machine(case, 1).params
    wanted = {"r_membrane": case["R_membrane"], "exp_tc": case["exp_TC"], "refract_ticks": case["T_refract"]}
    if "decay" in case:
        wanted |= {f"decay_{sign}": case["decay"][k] for k, sign in enumerate(("exc", "inh"))}
        wanted |= {f"taken_{sign}": case["init"][k] for k, sign in enumerate(("exc", "inh"))}
    else:
        wanted["scale"] = case["scale_factor"]
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name] & 0xFFFFFFFF, np.array(values) & 0xFFFFFFFF, name)


@pytest.mark.parametrize("engine", SUM_ENGINES)
@EACH
def test_recorded(file: Path, engine: SumEngine) -> None:
    """A recording shows the state before the tick's update."""
    case = load(file)
    events, times = stimulus(case)
    made = machine(case, times)
    run = simulate(made, neuron, LATENCY, events, states=True, engine=engine)
    np.testing.assert_array_equal(run.states["v"][:-1, 0], np.array(case["v"])[1:])
    excites, inhibits = (
        np.array(case[f"gsyn_{sign}"], dtype=np.int64) * made.params["scale"] >> 15 for sign in ("exc", "inh")
    )
    np.testing.assert_array_equal(run.states["i"][:, 0], excites - inhibits)
    assert sorted(map(tuple, np.argwhere(run.spikes[:, 0]).tolist())) == sorted(map(tuple, case["spikes"]))
    assert (run.counters["buffer_saturations"].sum() > 0) == (case["saturations_refmodel"] > 0)


@pytest.mark.parametrize("file", NETWORKS, ids=[f.stem for f in NETWORKS])
def test_a_network_of_cores_sends_the_recorded_keys(file: Path) -> None:
    """Every core hears every key: those that it does not know lead to no row."""
    case = load(file)
    images = [decode_core(network_regions(core)) for core in case["cores"]]
    inputs = case["layers"][0]
    own = [keys_of(image) for image in images]
    keys = np.concatenate([*own, case["keys"]["in"][0] + (np.arange(inputs) << 4)])
    neurons = sum(image.n_neurons for image in images)
    sends = np.repeat([image.key is not None for image in images], [image.n_neurons for image in images])
    source = np.concatenate([np.flatnonzero(sends), neurons + np.arange(inputs)])
    made = machine_of(images, [Heard(source=source, key=keys)] * len(images), inputs)
    events = np.zeros((case["T"], 1, inputs), dtype=np.uint8)
    for tick, element in case["spikes_in"]:
        events[tick, 0, element] = 1
    run = simulate(made, neuron, LATENCY, events)
    sent = 0
    for k, (core, image) in enumerate(zip(case["cores"], images, strict=True)):
        first = int(np.flatnonzero(made.core == k)[0])
        tick, place = run.spikes[:, 0, first : first + image.n_neurons].nonzero()
        assert image.key is not None
        key = image.key + (place << 4) + (tick & 15)
        assert sorted(zip(tick.tolist(), key.tolist(), strict=True)) == sorted(
            map(tuple, case["spikes_out"][core["label"]])
        )
        sent += tick.size
    assert sent > 100


@pytest.mark.parametrize(("name", "value"), [("tau_m", 0), ("c_m", 0), ("tau_exc", -1), ("t_refract", -1)])
def test_times_below_zero_are_refused(name: str, value: int) -> None:
    case = load(next(file for file in CORES if load(file)["model"] == "IF_curr_exp"))
    loaded = machine(case, 1).params
    with pytest.raises(ValueError, match="not above 0"):
        with_constants({**loaded, name: np.full_like(loaded[name], value)})
