"""Lists of words of a mesh of cores: written and read back, and refused where no chip could hold them."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from spikec.targets import load
from spikec.targets.chip import Grid, Latency
from spikec.targets.layout import DecodeError, Field, WordType
from spikec.targets.machines.exports import one_each
from spikec.targets.machines.synapse_list import Machine
from spikec.targets.machines.synapse_rows import as_rows
from spikec.targets.mesh.chip import Core, MeshRecord, mesh_rules
from spikec.targets.mesh.word_lists import WordLists

WORDS = WordLists(
    file="lists.json",
    format="lists/1",
    neuron=WordType("neuron", (Field("threshold", 12), Field("bias", 8, True))),
    axon=WordType("axon", (Field("source", 16), Field("from_host", 1))),
    synapse=WordType(
        "synapse", (Field("axon", 4), Field("neuron", 3), Field("weight", 6, True), Field("delay", 2))
    ),
)
CHIP = MeshRecord(
    name="lists",
    title="Lists",
    schema_version=1,
    dialect=load("ranc").dialect,
    latency=Latency(input_to_neuron=0, neuron_to_neuron=1, neuron_to_output=0),
    grid=Grid(cores_per_chip=6, rows=2, chips=1),
    core=Core(neurons=7, axons=12, weight=(-32, 31), max_delay=3),
)


def random_machine(seed: int) -> Machine:
    """Cores that are full, partly full and empty; each hears at most 12 sources, whose numbers are its axons."""
    random = np.random.default_rng(seed)
    sizes = random.permutation([CHIP.core.neurons, 0, *random.integers(1, CHIP.core.neurons, CHIP.cores - 2)])
    core = np.repeat(np.arange(CHIP.cores), sizes)
    n, inputs = core.size, 5
    synapses: list[tuple[int, int, int]] = []
    for site in np.unique(core).tolist():
        heard = np.sort(random.choice(n + inputs, 12, replace=False))
        synapses += [
            (source, post, axon)
            for axon, source in enumerate(heard.tolist())
            for post in random.choice(np.flatnonzero(core == site), 2).tolist()
        ]
    source, post, axon = np.array(synapses).T
    return Machine(
        n_inputs=inputs,
        core=core,
        slot=np.concatenate([np.arange(size) for size in sizes]),
        params={"threshold": random.integers(0, 4096, n), "bias": random.integers(-128, 128, n)},
        synapses=as_rows(
            source,
            post,
            random.integers(-32, 32, source.size),
            delay=random.integers(0, 4, source.size),
            axon=axon,
        ),
        exports=one_each(random.permutation(n)[:3], np.zeros(3, dtype=np.bool_)),
    )


def columns(machine: Machine) -> list[tuple[int, ...]]:
    parts = (
        machine.synapses.flat().source,
        machine.synapses.flat().post,
        machine.synapses.flat().weight,
        machine.synapses.flat().delay,
        machine.synapses.flat().axon,
    )
    return sorted(zip(*(part.tolist() for part in parts), strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_written_is_read_back(seed: int) -> None:
    machine = random_machine(seed)
    files = WORDS.encode(machine, CHIP)
    read = WORDS.decode(files, CHIP)
    assert WORDS.encode(read, CHIP) == files
    assert columns(read) == columns(machine)
    np.testing.assert_array_equal(read.core, machine.core)
    np.testing.assert_array_equal(read.exports.neuron, machine.exports.neuron)
    for name, values in machine.params.items():
        np.testing.assert_array_equal(read.params[name], values)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_a_file_says_is_read_or_refused(seed: int) -> None:
    """Numbers that no field holds, cores that are not there, sources past the last: never another exception."""
    random = np.random.default_rng(seed)
    document = json.loads(WORDS.encode(random_machine(seed % 4), CHIP)["lists.json"])
    for _ in range(int(random.integers(1, 4))):
        core = document["cores"][int(random.integers(len(document["cores"])))]
        name = str(random.choice(["neurons", "axons", "synapses", "site", "inputs", "outputs", "format"]))
        value = int(random.choice([0, 1, 7, 63, 1 << 14, (1 << 20) - 1, (1 << 62) - 1, -1]))
        if name == "site":
            core["site"] = value
        elif name in ("inputs", "format"):
            document[name] = value if name == "inputs" else "lists/2"
        else:
            words = document["outputs"] if name == "outputs" else core[name]
            if words:
                words[int(random.integers(len(words)))] = value
            else:
                words.append(value)
    try:
        read = WORDS.decode({"lists.json": json.dumps(document).encode()}, CHIP)
    except DecodeError:
        return
    assert read.n_inputs == document["inputs"]
    assert read.synapses.flat().source.max(initial=0) < read.n_neurons + read.n_inputs


def test_sizes_past_the_fields_are_named() -> None:
    wide = msgspec.structs.replace(CHIP, core=Core(neurons=9, axons=17, weight=(-33, 31), max_delay=4))
    broken = {
        r.path for r in mesh_rules(wide, WORDS.synapse, {}) if not r.holds and r.path.startswith("core")
    }
    assert broken == {"core.neurons", "core.axons", "core.weight", "core.max_delay"}
    assert all(r.holds for r in mesh_rules(CHIP, WORDS.synapse, {}) if r.path.startswith("core"))
