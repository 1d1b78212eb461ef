"""What is written for Loihi 2 is read again and proven, in both forms; what anyone else wrote is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from h5py import File
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.compiled import Compiled
from spikec.targets.layout import DecodeError
from spikec.targets.loihi2.bundle import ARRAYS, GRAPH
from spikec.targets.loihi2.chain import chain
from spikec.targets.loihi2.machine import machine
from spikec.targets.loihi2.netx import NETWORK

from ...effort import EXAMPLES
from .nets import CHAINS, CHIP, compiled, content_of, machine_of, several_kinds, spikes

FORMS = {
    **{f"{name}, layers": (graph, {"one_synapse": True}) for name, graph in CHAINS.items()},
    **{f"{name}, processes": (graph, {}) for name, graph in CHAINS.items()},
    "several kinds": (several_kinds, {}),
    "several kinds, one synapse": (several_kinds, {"one_synapse": True, "weight_bits": 4}),
}


@cache
def made_of(form: str) -> Compiled:
    graph, more = FORMS[form]
    return compiled(graph(3), 3, **more)[0]


@pytest.mark.parametrize("form", FORMS)
def test_both_verdicts_and_the_form(form: str) -> None:
    made = made_of(form)
    verdict = made.report["verdicts"]["placement"]
    assert verdict["identical"], verdict["findings"]
    assert verdict["dynamic"]["spikes"] > 0
    assert (NETWORK in made.files) == form.endswith("layers")
    assert (GRAPH in made.files) == (NETWORK not in made.files)


@pytest.mark.parametrize("name", CHAINS)
def test_layers_are_what_lava_dl_reads(name: str, tmp_path: object) -> None:
    """By h5py: keys, types and shapes as netx takes them, and legal weights."""
    made, _ = compiled(CHAINS[name](5), 5, one_synapse=True)
    path = f"{tmp_path}/network.net"
    with open(path, "wb") as file:
        file.write(made.files[NETWORK])
    with File(path, "r") as found:
        layers = [found[f"layer/{k}"] for k in range(len(found["layer"]))]
        kinds = [layer["type"][0].decode() for layer in layers]
        assert (
            kinds
            == {
                "dense": ["input", "dense", "dense"],
                "delayed": ["input", "dense", "dense"],
                "convolution": ["input", "conv", "flatten", "dense"],
                "recurrent": ["input", "dense_rec", "dense"],
            }[name]
        )
        for layer in layers:
            assert "messageBits" not in layer.get("neuron", {})
            if "neuron" in layer:
                assert layer["neuron/type"][()] == b"CUBA"
                assert layer["neuron/refDelay"][()] == 1
                assert 1 <= layer["neuron/iDecay"][()] <= 4096
            for key in ("weight", "weight_rec"):
                if key in layer:
                    weights = layer[key][()]
                    assert weights.any()
                    assert -256 <= weights.min() <= weights.max() <= 255
                    assert weights.min() >= 0 or weights.max() <= 0 or not (weights % 2).any()
        delays = [layer["delay"][()] for layer in layers if "delay" in layer]
        assert len(delays) == (name == "delayed")


@pytest.mark.parametrize("seed", range(EXAMPLES))
@pytest.mark.parametrize("form", ["dense, layers", "several kinds"])
def test_a_changed_file_is_refused_or_means_something_else(form: str, seed: int) -> None:
    """Any bits flipped: a DecodeError, or a graph that is written as the very bytes that were read."""
    made = made_of(form)
    files = {name: made.files[name] for name in (NETWORK, GRAPH, ARRAYS) if name in made.files}
    rng, backend = np.random.default_rng(seed), backend_of(CHIP)
    refused = 0
    for _ in range(60):
        changed = dict(files)
        name = str(rng.choice([*files]))
        data = bytearray(changed[name])
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        changed[name] = bytes(data if rng.random() < 0.9 else data[: int(rng.integers(len(data)))])
        try:
            loaded = backend.read_files(CHIP, changed)
        except DecodeError:
            refused += 1
            continue
        assert loaded.files == changed
        assert machine(loaded.configuration).n_neurons == 16
    assert refused > 20


def test_what_netx_cannot_hold_it_says() -> None:
    made, _ = compiled(several_kinds(3), 3, one_synapse=True)
    found = chain(content_of(made))
    assert isinstance(found, str)
    assert "hears something else" in found


def test_neurons_of_one_kind_are_one_process() -> None:
    made, _ = compiled(several_kinds(3), 3)
    content = content_of(made)
    of_a = [lif for lif in content.neurons if lif.name.startswith("neurons 0.")]
    assert len(of_a) == 6
    assert sum(lif.size for lif in of_a) == 12
    assert len({(lif.du, lif.dv, lif.vth) for lif in of_a}) == 6
    assert machine_of(made).n_neurons == 16


def test_inputs_are_sent_numbers() -> None:
    """Graded spikes stay on the chip: nothing moves to the host, and three spikes are more than one."""
    graph = CHAINS["dense"](3)
    once = spikes(graph, 3)
    thrice = replace(once, inputs={"input": 3 * once.inputs["input"].astype(np.uint8)})
    found = [compiled(graph, stimulus=each)[0].report for each in (once, thrice)]
    for report in found:
        assert report["verdicts"]["placement"]["identical"]
        assert "SPK1012" not in {d["code"] for d in report["diagnostics"]}
    few, many = (report["verdicts"]["placement"]["dynamic"]["spikes"] for report in found)
    assert many > few
