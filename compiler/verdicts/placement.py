"""The placement verdict: the emitted words are the quantised network, and compute what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.layout import DecodeError
from ...targets.machines.any_machine import AnyMachine
from ..backends.interface import backend_of
from ..ir.network import Network
from ..ir.quantized import QuantizedNetwork
from ..ir.stages import ChipRun, Loaded
from ..ir.verdicts import DynamicHalf, PlacementVerdict, StaticHalf
from .chip_run import run_chip
from .exports import export_differences
from .symbols import misnamed

SHOWN = 20


def placement_verdict(
    quantized: QuantizedNetwork,
    network: Network,
    target: Chip,
    loaded: Loaded,
    symbols: Symbols,
    inputs: Mapping[str, np.ndarray],
    say: Callable[[str], None],
) -> tuple[PlacementVerdict, ChipRun | None]:
    """Both halves. The chip's run is None where the words could not be decoded. say: called with what begins."""
    backend = backend_of(target)
    say("placement verdict: words")
    static = backend.verify_words(quantized, target, loaded, symbols)
    machine, reasons = _decoded(target, loaded, symbols, quantized)
    if machine is None:
        found = (*static.findings, *reasons)
        nothing = DynamicHalf(identical=False, steps=0, batch=0, spikes=0)
        words = StaticHalf(identical=False)
        return PlacementVerdict(identical=False, static=words, dynamic=nothing, findings=found), None
    lag = quantized.max_lag_steps
    say("placement verdict: run of the configured chip")
    placed = run_chip(machine, symbols, target, network, inputs, max_lag=lag, states=True)
    say("placement verdict: run without a chip's limits")
    free, free_symbols = backend.unplaced(quantized, target)
    wanted = run_chip(free, free_symbols, target, network, inputs, max_lag=lag, states=True)
    differences = [
        *_different_outputs(placed, symbols, wanted, free_symbols),
        *_differences(placed, symbols, wanted, free_symbols),
        *_unlike_copies(placed, symbols),
    ]
    first = next(iter(inputs.values()))
    result = PlacementVerdict(
        identical=static.identical and not reasons and not differences,
        static=StaticHalf(identical=static.identical and not reasons),
        dynamic=DynamicHalf(
            identical=not differences,
            steps=first.shape[0] + lag,
            batch=first.shape[1],
            spikes=int(placed.run.spikes.sum()),
        ),
        findings=(*static.findings, *reasons, *differences),
    )
    return result, placed


def _decoded(
    target: Chip, loaded: Loaded, symbols: Symbols, network: QuantizedNetwork
) -> tuple[AnyMachine | None, tuple[str, ...]]:
    """The machine that the words make, None where there is none that the symbols could name; and what is wrong with
    it or with what it lets out."""
    try:
        machine = backend_of(target).machine(target, loaded)
    except DecodeError as problem:
        return None, (str(problem),)
    # More neurons than the network's are a matter of the static half: some chips always have all of theirs.
    wrong = tuple(export_differences(network, machine.exports, symbols)[:SHOWN])
    if unreadable := misnamed(network, symbols, machine):
        return None, (*wrong, *unreadable)[:SHOWN]
    return machine, wrong


def _different_outputs(placed: ChipRun, symbols: Symbols, wanted: ChipRun, free: Symbols) -> list[str]:
    """One line for each output that does not leave the chip as it leaves the machine without limits."""
    found: list[str] = []
    other = {(o.name, o.population): o.line for o in free.outputs}
    for o in symbols.outputs:
        if o.line.shape != other[o.name, o.population].shape:
            continue  # a finding of the static half
        different = placed.exported[:, :, o.line] != wanted.exported[:, :, other[o.name, o.population]]
        if different.any():
            t, sample, neuron = np.unravel_index(int(np.argmax(different)), different.shape)
            found.append(
                f"{o.name}[{neuron}]: what leaves the chip differs first at chip step {t}, sample {sample}"
            )
    return found


def _differences(placed: ChipRun, symbols: Symbols, wanted: ChipRun, free: Symbols) -> list[str]:
    """One line for each population and raster that is not bit-identical, with the first place."""
    found: list[str] = []
    other = {p.name: p for p in free.populations}
    for p in symbols.populations:
        index, free_index = p.machine_index, other[p.name].machine_index
        pairs = [("spikes", placed.run.spikes, wanted.run.spikes)]
        pairs += [(s, placed.run.states[s], wanted.run.states[s]) for s in sorted(placed.run.states)]
        for name, a, b in pairs:
            different = a[:, :, index] != b[:, :, free_index]
            if different.any():
                t, sample, neuron = np.unravel_index(int(np.argmax(different)), different.shape)
                found.append(f"{p.name}[{neuron}]: {name} differs first at chip step {t}, sample {sample}")
    return found


def _unlike_copies(placed: ChipRun, symbols: Symbols) -> list[str]:
    """One line for each group of copies that does not do what its originals do."""
    found: list[str] = []
    originals = {p.name: p.machine_index for p in symbols.populations}
    spikes, states = placed.run.spikes, placed.run.states
    for c in symbols.copies:
        first, delay = originals[c.population][c.neuron], min(c.delay_steps, len(spikes))
        pairs = [("spikes", spikes[delay:, :, c.machine_index], spikes[: len(spikes) - delay, :, first])]
        if c.role == "copy":
            pairs += [(s, states[s][:, :, c.machine_index], states[s][:, :, first]) for s in sorted(states)]
        for name, a, b in pairs:
            different = a != b
            if different.any():
                t, sample, at = np.unravel_index(int(np.argmax(different)), different.shape)
                found.append(
                    f"{c.population}[{int(c.neuron[at])}]: {name} of its {c.role} at machine neuron "
                    f"{int(c.machine_index[at])} differ first at chip step {int(t) + delay}, sample {sample}"
                )
    return found
