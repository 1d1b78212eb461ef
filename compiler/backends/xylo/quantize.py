"""Quantises a network, searching decay codes and thresholds on recorded float rasters where there are some.

Populations are searched one after the other, from the inputs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ....sim.diagnostic import DiagnosticError, error
from ....sim.nir.path import stored_at
from ....targets.xylo.model import XyloChip
from ...ir.calibration import Reach
from ...ir.network import Network, Neuron
from ...ir.timed_network import TimedNetwork
from .assemble import Choices, Quantized as Quantized, assemble
from .capacity import findings
from .decays import Decays, choose_decays, with_codes
from .headroom import arriving as arriving
from .lower import lower
from .own_scales import in_own_scales, own_scales
from .ranges import Ranges
from .teacher_forced import Rasters, flat, measured_ranges, membrane_error, run_teacher_forced, spike_error

GAINS = (1.0, 0.97, 1.03, 0.94, 1.06, 0.9, 1.1, 0.85, 1.15)
NEIGHBOURS = (0, -1, 1)
LEAST_GAIN = 0.002


def quantize(
    timed: TimedNetwork,
    chip: XyloChip,
    calibration: Mapping[str, np.ndarray] | None = None,
    *,
    consent: bool = True,
    reach: Mapping[str, Reach] | None = None,
) -> Quantized:
    """Convert a network to the chip's integers. The network in the chip's integers. calibration: input or population
    -> (T, B, ...) what it sends at float steps under the chip's rules; with it, ranges are measured and dashes and
    thresholds searched, else both follow rules. reach: how far populations go that constructs make, where that was
    measured.

    Populations without synapse have relays as far as the chip holds them, else, with `consent`, the shortest
    synapse. Raises DiagnosticError: SPK1004, SPK1020, SPK1021. Notes SPK1022 come with the result."""
    own = own_scales(timed, chip)
    timed = in_own_scales(timed, own)
    first, fits = that_fits(timed, chip)
    first = replace(first, reach=reach, own=own)
    if fits:
        _raise_without_consent(first, consent)
    if calibration is None or not all(name in calibration for name in _all(timed.network)):
        return assemble(timed, chip, first)
    choices = _with_ranges(timed, chip, first, calibration)
    best = assemble(timed, chip, choices)
    for name in (*best.lowered.order.hidden, *best.lowered.order.outputs):
        if timed.populations[name].made:
            continue
        choices, best = _search(timed, chip, name, choices, best, calibration)
    return best


def that_fits(timed: TimedNetwork, chip: XyloChip) -> tuple[Choices, bool]:
    """Relays for all populations without synapse, and the clock. As long as these do not fit, first the clock goes,
    then the relays of one population after the other, the largest first. If nothing fits, there is neither: what is
    told then is of the network alone."""
    without = [n for n, p in timed.populations.items() if p.neuron.alpha is None and _resets(p.neuron)]
    without.sort(key=lambda name: (-timed.populations[name].size, name))

    def fits(choices: Choices) -> bool:
        return not findings(assemble(timed, chip, choices).network, chip)

    options = [
        Choices(short=frozenset(without[:count]), clock=clock)
        for count in range(len(without) + 1)
        for clock in ((True, False) if not _need_clock(timed) else (True,))
    ]
    if not fits(options[-1]):
        return options[-1], False
    return next(choices for choices in options if choices is options[-1] or fits(choices)), True


def _need_clock(timed: TimedNetwork) -> bool:
    """Whether a membrane in the current has constants: there is no register that adds to a current."""
    return any(
        p.made and (p.neuron.bias.any() or any(c.any() for c in p.constants.values()))
        for p in timed.populations.values()
    )


def _resets(neuron: Neuron) -> bool:
    return neuron.theta is None or neuron.reset != "none"


def _raise_without_consent(choices: Choices, consent: bool) -> None:
    if consent or not choices.short:
        return
    names = ", ".join(sorted(choices.short))
    message = (
        f"{names}: a spike has to act in one step, and the relays for that do not fit the chip; with its shortest "
        "synapse half of a spike acts at once, a quarter in the next step, and so on; this needs --allow-approximation"
    )
    hint = (
        "make the layers smaller, train with a synapse (CubaLIF), or allow it and read the fidelity verdict"
    )
    raise DiagnosticError((error("SPK1020", message, where=stored_at(min(choices.short)), hint=hint),))


def _all(network: Network) -> list[str]:
    return [*network.inputs, *network.populations]


def _with_ranges(timed: TimedNetwork, chip: XyloChip, choices: Choices, rasters: Rasters) -> Choices:
    decays = {
        name: (choices.decays or {}).get(name)
        or choose_decays(p.neuron, chip, short=name in choices.short, spared=p.made)
        for name, p in timed.populations.items()
    }
    lowered = lower(timed, decays, clock=choices.clock)
    ranges: dict[str, Ranges] = {
        name: measured_ranges(lowered, timed.network, chip, name, decays[name], rasters)
        for name in decays
        if name not in lowered.resets
    }
    return replace(choices, decays=decays, ranges=ranges)


def _error(quantized: Quantized, network: Network, chip: XyloChip, name: str, rasters: Rasters) -> float:
    spikes, membranes = run_teacher_forced(quantized.network, quantized.lowered, network, chip, name, rasters)
    float_output = flat(rasters[name])
    if network.populations[name].neuron.theta is None:
        return membrane_error(float_output, membranes, quantized.scales, name)
    return spike_error(float_output, spikes)


def _search(
    timed: TimedNetwork,
    chip: XyloChip,
    name: str,
    choices: Choices,
    best: Quantized,
    rasters: Rasters,
) -> tuple[Choices, Quantized]:
    """Dashes first, then the threshold of the best two pairs; the rule's choice stands unless another is clearly
    better."""
    base = (_error(best, timed.network, chip, name, rasters), choices, best)
    tried = [base]
    for decay in _decays(best.decays[name], timed.populations[name].neuron, chip):
        other = replace(choices, decays={**(choices.decays or {}), name: decay})
        other = _with_ranges(timed, chip, other, rasters)
        quantized = assemble(timed, chip, other)
        tried.append((_error(quantized, timed.network, chip, name, rasters), other, quantized))
    tried.sort(key=lambda entry: entry[0])
    candidates = list(tried)
    if timed.populations[name].neuron.theta is not None:
        for _, option, _ in tried[:2]:
            for gain in GAINS[1:]:
                other = replace(option, threshold={**(option.threshold or {}), name: gain})
                quantized = assemble(timed, chip, other)
                candidates.append((_error(quantized, timed.network, chip, name, rasters), other, quantized))
    least = min(candidates, key=lambda entry: entry[0])
    chosen = least if least[0] < base[0] - LEAST_GAIN else base
    return chosen[1], chosen[2]


def _decays(decay: Decays, neuron: Neuron, chip: XyloChip) -> list[Decays]:
    """Neighbours of both dashes, within the chip's range; a population without synapse keeps the shortest."""
    top = chip.ranges.dash[1]
    if decay.kind == "current":
        return []
    neighbours: list[Decays] = []
    for by_syn in NEIGHBOURS if decay.kind == "leaky" else (0,):
        for by_mem in NEIGHBOURS:
            if by_syn or by_mem:
                syn = np.clip(decay.dash_syn + by_syn, 1, top)
                mem = np.clip(decay.dash_mem + by_mem, 0, top)
                neighbours.append(with_codes(neuron, syn, mem, kind=decay.kind))
    return neighbours
