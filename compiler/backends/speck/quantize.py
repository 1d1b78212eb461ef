"""Rounds layers to the chip's integers: one unit a layer, all numbers to the nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....sim.diagnostic import Diagnostic, raise_errors
from ....targets.configuration import StateScale
from ....targets.machines.convolution import ConvolutionCore, Destination
from ....targets.speck.model import SpeckChip
from ...ir.quantized import Kernels, QuantizedInput, QuantizedPopulation, Rounding
from ...ir.timed_network import TimedNetwork
from .lower import FloatLayer, lower
from .quantized_network import QuantizedNetwork
from .scale import strict_units, too_large, units_in_one


@dataclass(frozen=True, kw_only=True)
class Quantized:
    """The quantised network with its float layers, in the order of its populations. scales: layer -> integers in
    1.0. strict: layer -> integers by which its threshold is higher above the membranes than in float, for `>`."""

    network: QuantizedNetwork
    layers: tuple[FloatLayer, ...]
    scales: tuple[float, ...]
    strict: tuple[int, ...]
    diagnostics: tuple[Diagnostic, ...]


def quantize(timed: TimedNetwork, chip: SpeckChip, *, weight_bits: int) -> Quantized:
    """Convert a network to the chip's integers. weight_bits: at most so many of the chip's 8.

    Raises DiagnosticError as `lower`, and SPK1035."""
    layers, diagnostics = lower(timed, chip)
    given = timed.network.inputs
    raise_errors([d for layer in layers for d in too_large(layer, chip, weight_bits)])
    numbers = {layer.name: k for k, layer in enumerate(layers)}
    scales = tuple(units_in_one(layer, chip, weight_bits) for layer in layers)
    strict = tuple(strict_units(layer, scale, chip) for layer, scale in zip(layers, scales, strict=True))
    cores = tuple(
        _core(layer, scales[k], strict[k], k, _destinations(layer.name, layers), chip)
        for k, layer in enumerate(layers)
    )
    populations = tuple(
        QuantizedPopulation(
            name=layer.name,
            shape=timed.populations[layer.name].shape,
            params={},
            core_params={"threshold": core.threshold, "low_threshold": core.low_threshold},
            scales={"v": StateScale(units=scale, offset=timed.populations[layer.name].origin + low / scale)},
            lag_steps=timed.populations[layer.name].lag_steps,
            emission_delay=timed.populations[layer.name].neuron.emission_delay,
        )
        for layer, core, scale, low in zip(layers, cores, scales, map(_lowered, layers, strict), strict=True)
    )
    inputs = sorted({s.name for layer in layers for s in layer.sources if s.name in given})
    quantized = QuantizedNetwork(
        target=chip.name,
        populations=populations,
        inputs=tuple(QuantizedInput(name=name, shape=given[name]) for name in inputs),
        projections=(),
        outputs=timed.outputs,
        max_lag_steps=timed.max_lag_steps,
        roundings=tuple(
            r for k, layer in enumerate(layers) for r in _roundings(layer, cores[k], scales[k], strict[k])
        ),
        kernels=Kernels(
            layers=cores,
            inputs=tuple(numbers[x.name] for x in layers if any(s.name in given for s in x.sources)),
            single_spike=all(p.neuron.multi == 1 for p in timed.populations.values()),
        ),
    )
    return Quantized(
        network=quantized, layers=layers, scales=scales, strict=strict, diagnostics=tuple(diagnostics)
    )


def _lowered(layer: FloatLayer, strict: int) -> int:
    """Integers by which membranes and floor are lower: where a spike takes the threshold off, which must stay."""
    return 0 if layer.reset_to_zero else strict


def _core(
    layer: FloatLayer,
    scale: float,
    strict: int,
    number: int,
    destinations: tuple[Destination, ...],
    chip: SpeckChip,
) -> ConvolutionCore:
    low = _lowered(layer, strict)
    threshold = max(chip.ranges.threshold[0], round(layer.theta * scale)) + strict - low
    lowest = chip.ranges.low_threshold[0]
    floor = lowest if layer.floor is None else min(round(layer.floor * scale) - low, threshold - 1)
    return ConvolutionCore(
        core=number,
        input_shape=layer.input_shape,
        kernel=np.rint(layer.kernel * scale).astype(np.int8),
        bias=np.rint(layer.bias * scale).astype(np.int64),
        initial_v=np.rint(layer.start * scale).astype(np.int64) - low,
        threshold=threshold,
        low_threshold=floor,
        reset_to_zero=layer.reset_to_zero,
        stride=layer.stride,
        padding=layer.padding,
        destinations=destinations,
    )


def _destinations(name: str, layers: tuple[FloatLayer, ...]) -> tuple[Destination, ...]:
    return tuple(
        Destination(core=k, pooling=source.pooling, channel_shift=source.shift)
        for k, layer in enumerate(layers)
        for source in layer.sources
        if source.name == name
    )


def _roundings(layer: FloatLayer, core: ConvolutionCore, scale: float, strict: int) -> list[Rounding]:
    low = _lowered(layer, strict)
    parts = [
        ("weight", layer.kernel, core.kernel),
        ("bias", layer.bias, core.bias),
        ("threshold", np.array([layer.theta]), np.array([core.threshold - strict + low])),
    ]
    if layer.floor is not None:
        parts.append(("low threshold", np.array([layer.floor]), np.array([core.low_threshold + low])))
    if layer.start.any():
        parts.append(("initial state", layer.start, core.initial_v + low))
    roundings: list[Rounding] = []
    for what, exact, rounded in parts:
        gap = np.abs(rounded / scale - exact)
        worst, mean = float(gap.max()), float(gap.mean())
        roundings.append(Rounding(place=layer.name, what=what, unit="membrane", worst=worst, mean=mean))
    return roundings
