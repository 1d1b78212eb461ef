"""io_map.json alone says what a chip is sent and what its answers mean: vectors are made and read with it, on every
target.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import msgspec
import nir
import numpy as np
import pytest
from spikec.compiler.compiled import Compiled
from spikec.compiler.ir.io_map import IoMap
from spikec.compiler.output.artifacts import json_rows_bytes, read_symbols
from spikec.compiler.output.io_map import IO_MAP, io_map_bytes
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.file import from_nir
from spikec.sim.stimulus import Stimulus
from spikec.targets import names
from spikec.targets.loihi1.emit import decode, read_files
from spikec.targets.machines.crossbar_events import SPIKE
from spikec.targets.odin.arithmetics import modules_of
from spikec.targets.odin.vectors import expected_file, read, stimulus_file

from ..shipped import EVENT_CHIPS, revision
from .test_exports import DENSE, options, stimulus, two_layers

GRIDS = ("ranc", "truenorth")


@cache
def made(target: str) -> Compiled:
    return compile_graph(two_layers(target), options(target), stimulus=stimulus(target))


def io_map(compiled: Compiled) -> IoMap:
    read_back = json.loads(compiled.files[IO_MAP])
    assert read_back.pop("schema_version") == 1
    return msgspec.convert(read_back, IoMap)


def lines(compiled: Compiled, name: str) -> list[str]:
    """Of the only sample."""
    sample, *rest = compiled.files[name].decode().splitlines()
    assert sample == "// sample 0"
    return rest


def names_of(columns: tuple) -> list[str]:
    return [column.name for column in columns]


@pytest.mark.parametrize("target", names())
def test_every_element_is_listed(target: str) -> None:
    compiled = made(target)
    found = io_map(compiled)
    symbols = read_symbols(compiled.files["symbols.npz"])
    assert [p.name for p in found.inputs] == [p.name for p in symbols.inputs]
    assert io_map_bytes(found) == compiled.files[IO_MAP]
    for port in found.inputs:
        elements = {row[0] for row in port.rows}
        assert elements == set(range(int(np.prod(port.shape))))
        assert all(len(row) == len(found.input_columns) for row in port.rows)
    for port in found.outputs:
        assert [row[0] for row in port.rows] == list(range(int(np.prod(port.shape))))
        assert all(len(row) == len(found.output_columns) for row in port.rows)
        assert [reader.output for reader in port.readers] == ["output"]
        assert not port.readers[0].same
    assert {p.name for p in found.outputs} == {"a", "b"}


def outputs_of(found: IoMap, seen: Counter, key: tuple[str, ...], steps: int) -> np.ndarray:
    """Spikes (T, n) of the Output, of what was seen: (chip step, *numbers of `key`) -> how often."""
    columns = [names_of(found.output_columns).index(name) for name in key]
    total = np.zeros((steps, 4), dtype=np.int64)
    for port in found.outputs:
        for row in port.rows:
            for t in range(steps):
                shift = port.readers[0].shift_steps
                total[t, row[0]] += seen[(t + shift, *(row[k] for k in columns))]
    return total


@pytest.mark.parametrize("target", EVENT_CHIPS)
def test_events_of_a_crossbar_are_made_and_read_with_it(target: str) -> None:
    """Step by step: what is put on AERIN_ADDR, and the addresses that come back."""
    compiled = made(target)
    found = io_map(compiled)
    event, delay, rank = (
        names_of(found.input_columns).index(name) for name in ("event", "delay_steps", "rank")
    )
    spikes = next(iter(stimulus(target).inputs.values()))[:, 0]
    steps = len(spikes) + found.extra_steps
    wanted, ranks = [Counter[int]() for _ in range(steps)], dict[int, int]()
    for port in found.inputs:
        for row in port.rows:
            ranks[row[event]] = row[rank]
            for t in range(steps - row[delay]):
                sent = (
                    t >= port.onset_step
                    if port.source == "constant"
                    else t < len(spikes) and spikes[t, row[0]]
                )
                wanted[t + row[delay]][row[event]] += int(sent)
    sent_in, step_of_wait = list[list[int]](), list[int]()
    for line in lines(compiled, stimulus_file(0)):
        if line.startswith("//"):
            assert line == f"// step {len(sent_in)}"
            sent_in.append([])
            continue
        code, wait = (int(part, 16) for part in line.split())
        sent_in[-1].append(code)
        step_of_wait += [len(sent_in) - 1] * (wait > 0)
    assert len(sent_in) == steps
    back = {
        row
        for routes in json.loads(compiled.files["host.json"])["neurons"]
        for r in routes.values()
        for _, row, _ in r
    }
    for t in range(steps):
        from_inputs = [code for code in sent_in[t] if code in ranks]
        assert Counter(from_inputs) == +wanted[t]
        assert [ranks[code] for code in from_inputs] == sorted(ranks[code] for code in from_inputs)
        kind, row, _ = modules_of(revision(target)).codes.decode(np.array(sent_in[t], dtype=np.int64))
        assert set(row[kind == SPIKE].tolist()) <= {modules_row(target, code) for code in ranks} | back
    waited, address = read(compiled.files[expected_file(0)], "expected")
    at = [step_of_wait[w] for w in waited.tolist()]
    seen = Counter(zip(at, [0] * address.size, address.tolist(), strict=True))
    assert compiled.chip is not None
    got = outputs_of(found, seen, ("chip", "address"), len(spikes))
    np.testing.assert_array_equal(got, compiled.chip.outputs["output"][:, 0])


def modules_row(target: str, code: int) -> int:
    """The row that an event is for."""
    return int(modules_of(revision(target)).codes.decode(np.array([code]))[1][0])


@pytest.mark.parametrize("target", GRIDS)
def test_packets_of_a_grid_are_made_and_read_with_it(target: str) -> None:
    compiled = made(target)
    found = io_map(compiled)
    packet = names_of(found.input_columns).index("packet")
    spikes = next(iter(stimulus(target).inputs.values()))[:, 0]
    steps = stimulus(target).steps + found.extra_steps
    wanted = [
        (t, row[packet])
        for port in found.inputs
        for row in port.rows
        for t in range(steps)
        if (t >= port.onset_step if port.source == "constant" else t < len(spikes) and spikes[t, row[0]])
    ]
    sent = [line.split() for line in lines(compiled, "packets.txt")]
    assert sorted((int(tick), int(word, 2)) for tick, word in sent) == sorted(wanted)
    answers = [line.split() for line in lines(compiled, "expected.txt")]
    seen = Counter((int(tick), int(line)) for tick, line in answers)
    assert compiled.chip is not None
    got = outputs_of(found, seen, ("line",), len(spikes))
    np.testing.assert_array_equal(got, compiled.chip.outputs["output"][:, 0])


def test_axons_and_compartments_are_those_of_the_words() -> None:
    compiled = made("loihi1")
    found, content = io_map(compiled), decode(read_files(compiled.files, revision("loihi1")))
    routes, reads = content.input_routes, content.output_reads
    listed = [row for port in found.inputs for row in port.rows]
    first = {p.name: p.first for p in read_symbols(compiled.files["symbols.npz"]).inputs}
    numbered = [(first[port.name] + row[0], *row[1:]) for port in found.inputs for row in port.rows]
    assert len(listed) == routes.element.size
    assert sorted(numbered) == sorted(
        zip(
            routes.element.tolist(),
            routes.chip.tolist(),
            routes.core.tolist(),
            routes.axon.tolist(),
            strict=True,
        )
    )
    shown = sorted(row[1:] for port in found.outputs for row in port.rows)
    columns = (np.arange(reads.chip.size), reads.chip, reads.core, reads.compartment, reads.membrane)
    assert shown == sorted(zip(*(c.tolist() for c in columns), strict=True))


@pytest.mark.parametrize("target", ["speck2f", "dynapcnn"])
def test_events_of_a_map_have_their_place(target: str) -> None:
    found = io_map(made(target))
    for port in (*found.inputs, *found.outputs):
        places = [np.ravel_multi_index(row[-3:], port.shape[-3:]) for row in port.rows]
        assert places == [row[0] for row in port.rows]


def test_channels_of_a_xylo() -> None:
    found = io_map(made("xylo_audio3"))
    assert [row for row in found.inputs[0].rows] == [(k, k) for k in range(6)]
    lines = {port.name: [row[1:] for row in port.rows] for port in found.outputs}
    assert sorted(row for rows in lines.values() for row in rows) == [(k, k, 0) for k in range(8)]


@pytest.mark.parametrize("target", [t for t in names() if t in DENSE])
def test_a_bias_and_the_unit_map_of_an_output(target: str) -> None:
    """A bias that the host sends has its onset; an Output that nothing precedes is its population, one that a linear
    map precedes is not."""
    weight = np.ones((3, 2))
    ones = np.ones(3)
    nodes = {
        "input": nir.Input(np.array([2])), "w": nir.Affine(weight, 0.5 * ones),
        "n": nir.IF(r=ones, v_threshold=4 * ones, v_reset=0 * ones), "output": nir.Output(np.array([3])),
        "v": nir.Linear(np.eye(3)[::-1].copy()), "other": nir.Output(np.array([3])),
    }  # fmt: skip
    edges = [("input", "w"), ("w", "n"), ("n", "output"), ("n", "v"), ("v", "other")]
    raw = from_nir(nir.NIRGraph(nodes=nodes, edges=edges))[0]
    spikes = (np.random.default_rng(0).random((6, 1, 2)) < 0.5).astype(np.float32)
    compiled = compile_graph(raw, options(target), stimulus=Stimulus(inputs={"input": spikes}, labels=None))
    found = io_map(compiled)
    (port,) = found.outputs
    assert {reader.output: reader.same for reader in port.readers} == {"output": True, "other": False}
    symbols = read_symbols(compiled.files["symbols.npz"])
    constant = {p.name: p.onset_step for p in symbols.inputs if p.constant}
    assert {p.name: p.onset_step for p in found.inputs if p.source == "constant"} == constant


def test_rows_are_a_line_each() -> None:
    value = {"b": [[1, 2], [3, 4]], "a": [], "c": {"x": [1, 2, 3]}, "d": [{"y": "é"}], "e": {}}
    text = json_rows_bytes(value)
    assert json.loads(text) == value
    assert b"\n  [1,2],\n  [3,4]\n" in text
    assert b'"x": [1,2,3]' in text
