"""What leaves the chip: Outputs of several layers, nodes of any name, and every output line that is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import nir
import numpy as np
import pytest
from spikec.compiler.backends.interface import backend_of
from spikec.compiler.ir.stages import LoadedFiles, Prepared
from spikec.compiler.options import Options
from spikec.compiler.output.again import check_files
from spikec.compiler.output.artifacts import read_symbols
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.compiler.verdicts.exports import export_differences
from spikec.sim.nir.file import from_nir
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.stimulus import Stimulus, poisson
from spikec.targets import names
from spikec.targets.machines.exports import Exports, one_each
from spikec.targets.speck.attributes import encode

DENSE = tuple(name for name in names() if not name.startswith(("speck", "dynap")))
ODD = ("n,1", "n 1", "n@1", "n:1", "copy", "relay1:n", "é", "n[0]", "output2", "1")


def neurons(shape: tuple[int, ...]) -> nir.IF:
    ones = np.ones(shape)
    return nir.IF(r=ones, v_threshold=2 * ones, v_reset=0 * ones)


def two_layers(target: str, a: str = "a", b: str = "b") -> RawGraph:
    """Both spiking layers are read by one Output."""
    random = np.random.default_rng(3)
    nodes: dict[str, Any]
    if target in DENSE:
        nodes = {
            "input": nir.Input(np.array([6])), "w1": nir.Linear(random.integers(0, 3, (4, 6)) * 1.0), a: neurons((4,)),
            "w2": nir.Linear(random.integers(0, 3, (4, 4)) * 1.0), b: neurons((4,)),
            "output": nir.Output(np.array([4])),
        }  # fmt: skip
    else:
        kernels = [random.integers(0, 2, shape) * 1.0 for shape in ((3, 2, 3, 3), (3, 3, 3, 3))]
        conv = [nir.Conv2d((4, 4), kernel, 1, 1, 1, 1, np.zeros(3)) for kernel in kernels]
        nodes = {
            "input": nir.Input(np.array([2, 4, 4])), "w1": conv[0], a: neurons((3, 4, 4)), "w2": conv[1],
            b: neurons((3, 4, 4)), "output": nir.Output(np.array([3, 4, 4])),
        }  # fmt: skip
    edges = [("input", "w1"), ("w1", a), (a, "w2"), ("w2", b), (a, "output"), (b, "output")]
    return from_nir(nir.NIRGraph(nodes=nodes, edges=edges))[0]


def options(target: str) -> Options:
    return Options(target=target, dialect="nir.euler", dt_seconds=1.0, allow_approximation=True)


def stimulus(target: str) -> Stimulus:
    return poisson({"input": (6,) if target in DENSE else (2, 4, 4)}, rate=0.3, steps=12, batch=2, seed=1)


@pytest.mark.parametrize("target", names())
def test_an_output_of_two_layers(target: str) -> None:
    made = compile_graph(two_layers(target), options(target), stimulus=stimulus(target))
    placement = made.report["verdicts"]["placement"]
    assert placement["identical"], placement["findings"]
    assert sorted(o.name for o in read_symbols(made.files["symbols.npz"]).outputs) == ["a", "b"]


@pytest.mark.parametrize("target", ["loihi1", "loihi2", "ranc", "speck2f", "tinyodin", "xylo_audio3"])
@pytest.mark.parametrize("name", ODD)
def test_any_name_of_a_node(target: str, name: str) -> None:
    """The configuration is that of a network with plain names."""
    made = [prepared_files(two_layers(target, *pair), target) for pair in (("n1", "z2"), (name, "z2"))]
    in_order = [sorted(("n1", "z2")) == ["n1", "z2"], sorted((name, "z2")) == [name, "z2"]]
    if all(in_order):
        assert made[0] == made[1]


def prepared_files(raw: RawGraph, target: str) -> dict[str, bytes]:
    prepared = prepared_of(raw, target)
    backend, network = backend_of(prepared.target), prepared.quantized.network
    placed = backend.place(network, prepared.target, options(target), {}, None)
    emitted = backend.emit(network, placed.placement, prepared.target)
    loaded = backend.read_files(prepared.target, emitted.files)
    machine = backend.machine(prepared.target, loaded)
    assert export_differences(network, machine.exports, emitted.symbols) == []
    return dict(emitted.files)


def prepared_of(raw: RawGraph, target: str) -> Prepared:
    chip = resolve_target(options(target))
    return prepare(read_front(raw, options(target), chip), options(target), chip, stimulus(target))


def test_every_wrong_line_is_found() -> None:
    prepared = prepared_of(two_layers("loihi1"), "loihi1")
    network = prepared.quantized.network
    machine, symbols = backend_of(prepared.target).unplaced(network, prepared.target)
    right = machine.exports
    assert export_differences(network, right, symbols) == []

    def wrong(exports: Exports) -> None:
        assert export_differences(network, exports, symbols)

    swapped = right.neuron.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    wrong(replace(right, neuron=swapped))
    wrong(replace(right, membrane=~right.membrane))
    wrong(one_each(right.neuron[:-1], right.membrane[:-1]))
    wrong(one_each(np.append(right.neuron, 0), np.append(right.membrane, False)))
    doubled = replace(
        right,
        line=np.append(right.line, 0),
        neuron=np.append(right.neuron, 3),
        membrane=np.append(right.membrane, False),
    )
    wrong(doubled)
    wrong(replace(right, line=np.zeros_like(right.line), n_lines=1))
    for k, output in enumerate(symbols.outputs):
        for line in (output.line[::-1], output.line + 1, output.line[:-1], np.zeros_like(output.line)):
            changed = list(symbols.outputs)
            changed[k] = replace(output, line=line)
            assert export_differences(network, right, replace(symbols, outputs=tuple(changed)))
    assert export_differences(network, right, replace(symbols, outputs=symbols.outputs[::-1]))
    assert export_differences(network, right, replace(symbols, outputs=symbols.outputs[:1]))


def test_a_core_that_is_not_monitored_is_found() -> None:
    """Both halves of the verdict: the files say that the host does not see the first layer."""
    raw, given = two_layers("speck2f"), stimulus("speck2f")
    made = compile_graph(raw, options("speck2f"), stimulus=given)
    chip = resolve_target(options("speck2f"))
    loaded = backend_of(chip).read_files(chip, made.files)
    assert isinstance(loaded, LoadedFiles)
    deaf = replace(loaded.configuration, monitored=loaded.configuration.monitored[1:])
    files = {**made.files, **encode(deaf, chip)}
    verdict: Any = check_files(raw, files, options("speck2f"), given)["placement"]
    assert not verdict["static"]["identical"]
    assert any("not all of its neurons leave the chip" in text for text in verdict["findings"])
