"""On every family of chips an exported file, read by what it says of itself, runs as the chip's words do.

Where a float network can do all that the chip does, its spikes are the chip's own, bit for bit. Elsewhere they are
those of a model here, of the numbers that stand in the emitted words.
"""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest
from spikec.compiler.export.agreement import agreement
from spikec.compiler.output.reopen import Reopened
from spikec.compiler.verdicts.chip_run import shifted
from spikec.compiler.verdicts.fidelity import references
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference
from spikec.sim.trace import Trace
from spikec.targets.machines.crossbar_events import EventMachine

from .exported import Case, cuba, exported, fire, layers, picture, run_of_the_file, with_leak

SOFT = (("reset", "subtract"), ("fire", ">="))
MANY = (*SOFT, ("multi", None))
XYLO = (*SOFT, ("multi", 31))

EXACT = {
    "loihi1": Case("loihi1", layers(fire(9, 2.0), fire(5, 2.0), 1)),
    "loihi1 picture": Case("loihi1", picture(2)),
    "loihi2": Case("loihi2", layers(fire(9, 2.0), fire(5, 2.0), 2)),
    "loihi2 picture": Case("loihi2", picture(2)),
    "speck2f hard": Case("speck2f", layers(fire(9), fire(5), 3)),
    "speck2f soft": Case("speck2f", layers(fire(9), fire(5), 4), SOFT),
    "speck2f many": Case("speck2f", picture(5), MANY),
    "dynapcnn": Case("dynapcnn", picture(6), MANY),
    "ranc hard": Case("ranc", layers(fire(9), fire(5), 7)),
    "ranc soft": Case("ranc", layers(fire(9), fire(5, 2.0), 8, spread=0.1), SOFT),
}
IN_PLACE = frozenset(EXACT)
"""Cases whose export keeps the nodes of the network's own file."""


def rasters(opened: Reopened) -> tuple[dict[str, np.ndarray], int]:
    """Population -> (T, B, n) crossings of the chip at float steps; and what wrapped, saturated or was set back."""
    chip = opened.run()
    (values,) = opened.chip_inputs.values()
    found = {
        p.name: shifted(chip.run.spikes[:, :, p.machine_index], p.lag_steps, len(values))
        for p in opened.symbols.populations
    }
    return found, sum(int(total.sum()) for total in chip.run.counters.values())


def same(wanted: dict[str, np.ndarray], raw: RawGraph, trace: Trace) -> None:
    """All spikes of the populations that are nodes of the file, and not of silence."""
    names = [name for name in wanted if name in raw.nodes]
    assert {"last"} <= set(names)
    for name in names:
        assert wanted[name].any(), f"{name} is silent: this would prove nothing"
        np.testing.assert_array_equal(trace.layers[name].reshape(wanted[name].shape), wanted[name])


@pytest.mark.parametrize("name", sorted(EXACT))
def test_spikes_are_the_chips_own(name: str, tmp_path: Path) -> None:
    opened, stimulus, made = exported(EXACT[name])
    wanted, overflows = rasters(opened)
    assert overflows == 0
    raw, trace = run_of_the_file(made, stimulus.inputs)
    same(wanted, raw, trace)
    assert (name in IN_PLACE) == ("SPK0541" not in {d.code for d in made.diagnostics})
    assert set(raw.nodes) == set(opened.prepared.front.raw.nodes)
    found = agreement(opened, made.written, made.on_chip, stimulus)
    assert found.within_bound
    assert found.samples_alike == found.samples

    path = tmp_path / "effective.nir"
    path.write_bytes(made.file)
    theirs = nir.read(path)  # all types checked
    assert set(theirs.nodes) == set(raw.nodes)
    assert "SPK0540" in str(theirs.metadata.get("left_out", "SPK0540"))


@pytest.mark.parametrize("leaks", [False, True], ids=["integrates", "leaks"])
@pytest.mark.parametrize("target", ["tinyodin", "odin"])
def test_events_summed_by_step(target: str, leaks: bool) -> None:
    """A model of the words: what the rows of a crossbar add, summed by step, threshold tested once, reset to 0; and the
    decay of the network, as the note says."""
    first, last = (with_leak(9), with_leak(5)) if leaks else (fire(9), fire(5))
    opened, stimulus, made = exported(Case(target, layers(first, last, 11)))
    told = [d.message for d in made.diagnostics if d.code == "SPK0540"]
    assert any("tests the threshold after every event" in words for words in told)
    assert any("off every membrane in each step" in words for words in told) == leaks
    (values,) = stimulus.inputs.values()
    raw, trace = run_of_the_file(made, stimulus.inputs)
    same(summed_by_step(opened, values, 1 - 1 / 8 if leaks else 1.0), raw, trace)


def summed_by_step(opened: Reopened, values: np.ndarray, kept: float) -> dict[str, np.ndarray]:
    """Of one layer after the other, as spikes of the first reach the second in their float step."""
    machine = opened.machine
    assert isinstance(machine, EventMachine)
    (core,) = machine.cores
    arrives = np.zeros((machine.n_neurons + machine.n_inputs, core.n_neurons))
    for source, row in zip(machine.routes.source, machine.routes.row, strict=True):
        arrives[source] += core.delivered[row]
    if core.closed_loop:
        arrives[: core.n_neurons] += core.delivered[: core.n_neurons]
    by_name = {p.name: p for p in opened.symbols.populations if p.role == "original"}
    found: dict[str, np.ndarray] = {}
    before, sources = values, machine.n_neurons + np.arange(12)
    others = [(p, p.machine_index) for p in opened.symbols.populations if p.role != "original"]
    for name in ("middle", "last"):
        at = by_name[name].machine_index
        weights = arrives[sources][:, at]
        for p, copies in others:  # a copy sends what its original sends, with the other sign
            if p.name.endswith(f":{'middle'}") and name == "last":
                weights = weights + _of_copies(opened, arrives, copies, at, sources)
        v, spikes = np.zeros((values.shape[1], at.size)), np.zeros((*values.shape[:2], at.size))
        scale = opened.prepared.quantized.assembled.scales[name]
        rest = opened.prepared.quantized.network.rest
        lifted = rest[name].level if name in rest else 0
        once = opened.prepared.quantized.network.lowered.get(name)  # its leaks raise it again
        held = scale.threshold + lifted if once is None else once.rise
        np.testing.assert_array_equal(core.params["threshold"][at], held)
        keeps = np.where((core.params["leak"][at] > 0) & (once is None), kept, 1.0)
        integers = np.where(keeps < 1, scale.units, scale.threshold - 0.5)  # in a threshold of the file
        floors = -np.median(lifted / integers) * integers  # a reading has one floor for all
        floor = floors if opened.target.name == "odin" else -np.inf
        for t, x in enumerate(before):
            v = keeps * v + x @ weights
            spikes[t] = np.where(
                keeps < 1, v > scale.units * (1 + 1e-6), v >= scale.threshold
            )  # thresholds are 1.0
            v = np.maximum(np.where(spikes[t], 0, v), floor)
        found[name], before, sources = spikes, spikes, at
    return found


def _of_copies(
    opened: Reopened, arrives: np.ndarray, copies: np.ndarray, at: np.ndarray, sources: np.ndarray
) -> np.ndarray:
    """A copy has the incoming weights of its original, by which it is known."""
    total = np.zeros((sources.size, at.size))
    for k in copies:
        (original,) = [j for j, s in enumerate(sources) if np.array_equal(arrives[:, s], arrives[:, k])]
        total[original] += arrives[k][at]
    return total


def test_dashes_and_codes_of_xylo() -> None:
    """A model of the words: 1 - 2**-dash of what came, several spikes a step, each taking a threshold."""
    opened, stimulus, made = exported(
        Case("xylo_audio3", layers(cuba(9, 1.5), cuba(5, 1.5), 13, grid=0.25), XYLO)
    )
    assert [d.code for d in made.diagnostics] == ["SPK0540"]
    (values,) = stimulus.inputs.values()
    c = opened.configuration.configuration
    names = {p.name: p for p in opened.symbols.populations}
    place = names["middle"].machine_index
    into = (c.weights_in.astype(np.int64).sum(axis=2) << c.shift_in)[
        :, place - (c.weights_rec.shape[0] - c.weights_in.shape[1]) * 0
    ]
    onto = c.weights_out.astype(np.int64) << c.shift_out
    first_out = c.weights_rec.shape[0] - c.weights_out.shape[0]
    onto = onto[place - first_out][:, names["last"].machine_index - c.weights_rec.shape[0]]
    hidden = {key: value[place] for key, value in c.hidden.items()}
    last = {
        key: value[names["last"].machine_index - c.weights_rec.shape[0]] for key, value in c.output.items()
    }
    middle = _xylo_layer(values.astype(np.float64) @ into, hidden, 31)
    wanted = {"middle": middle, "last": _xylo_layer(middle @ onto, last, 1)}
    raw, trace = run_of_the_file(made, stimulus.inputs)
    same(wanted, raw, trace)


def _xylo_layer(x: np.ndarray, registers: dict[str, np.ndarray], most: int) -> np.ndarray:
    keeps, held = 1 - 2.0 ** -registers["dash_syn"], 1 - 2.0 ** -registers["dash_mem"]
    i, v, found = np.zeros(x.shape[1:]), np.zeros(x.shape[1:]), np.zeros(x.shape)
    for t in range(len(x)):
        i = keeps * (i + x[t])
        v = held * v + i + registers["bias"]
        found[t] = np.clip(np.floor(v / registers["threshold"]), 0, most)
        v = v - found[t] * registers["threshold"]
    return found


ON_GRID = {
    "loihi1": Case("loihi1", layers(with_leak(9), with_leak(5), 21, grid=0.25)),
    "loihi2": Case("loihi2", layers(with_leak(9), with_leak(5), 21, grid=0.25)),
    "speck2f": Case("speck2f", layers(fire(9), fire(5), 22, grid=0.25), SOFT),
    "ranc": Case("ranc", layers(fire(9), fire(5), 23, grid=0.25), SOFT),
    "tinyodin": Case("tinyodin", layers(fire(9), fire(5), 24, grid=0.25)),
    "odin": Case("odin", layers(fire(9), fire(5), 25, grid=0.25), native=True),
    "xylo_audio3": Case("xylo_audio3", layers(cuba(9, 1.5), cuba(5, 1.5), 26, grid=0.25), XYLO),
}


@pytest.mark.parametrize("target", sorted(ON_GRID))
def test_on_the_chips_grid_it_is_the_link_of_the_fidelity_chain(target: str) -> None:
    """Weights that the chip has exactly: what is left of the chain's `chip decays and thresholds` is the export. ODIN's
    native neurons, as the floor below a raised rest follows from integers."""
    opened, stimulus, made = exported(ON_GRID[target])
    front = opened.prepared.front
    source = reference(front.raw, front.dialect, stimulus=stimulus.inputs)
    link = references(opened.prepared, stimulus.inputs, source).effective
    assert link.layers["last"].any()
    _, trace = run_of_the_file(made, stimulus.inputs)
    for name in ("middle", "last"):
        np.testing.assert_array_equal(trace.layers[name], link.layers[name])
