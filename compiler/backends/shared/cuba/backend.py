"""What backends of chips with current-based neurons and mantissas for weights have in common: how they round, and what
they say of it. Such a family adds its placement, its files and its arithmetic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from .....sim.engines.choice import SUM_ENGINES
from .....targets.cuba import CubaChip
from .....targets.machines.synapse_list import Machine
from ....ir.number_ranges import NumberFormats
from ....ir.stages import Headroom, Loaded
from ....weight_width import LEAST
from ..defaults import Defaults
from .precision import Precision, largest_mantissa
from .quantize import Quantized, quantize
from .quantized_network import QuantizedNetwork
from .synapse_codes import EXCITATORY, INHIBITORY, MIXED

if TYPE_CHECKING:
    from .....sim.nir.raw_graph import RawGraph
    from .....targets.configuration import Symbols
    from ....ir.fidelity_row import FidelityRow
    from ....ir.on_chip import OnChip
    from ....ir.stages import Prepared
    from ....ir.timed_network import TimedNetwork
    from ....options import Options
    from .on_chip import Meant

T = TypeVar("T", bound=CubaChip)
L = TypeVar("L", bound=Loaded)
MOST_SPLIT = 1 << 22
"""Weights; networks with more are not tried over two synapses each unless that is asked for."""


class CubaBackend(Defaults[T, Quantized, Machine, L], ABC):
    """Base class of such backends."""

    engines = SUM_ENGINES
    membrane, synapse = "v", "u"

    def weight_widths(self, target: T) -> tuple[int, ...]:
        """Those of a synapse format that hold a sign beside the value."""
        return tuple(bits for bits in target.synapse.weight_bits if bits >= LEAST)

    @abstractmethod
    def neurons_a_core(self, target: T) -> int:
        """Neurons that one core holds."""

    @abstractmethod
    def on_one_core(self, network: QuantizedNetwork, target: T) -> bool:
        """Whether one core holds the network."""

    @abstractmethod
    def has_room(self, network: QuantizedNetwork, target: T, options: Options) -> bool:
        """Whether the chips of the board hold the network, as far as a quick look tells."""

    @abstractmethod
    def meant(self, machine: Machine) -> Meant:
        """What the registers of a machine mean."""

    def quantize(self, timed: TimedNetwork, target: T, options: Options) -> Quantized:
        """Quantise with the finest weights that cost no core: where one core holds the network even so, each weight
        over two synapses, else each sign on synapses of its own. Where a construct makes a membrane of a current, also
        over two synapses if the chip holds that."""
        reach = {} if options.tuning is None else options.tuning.reach
        plain = Precision(weight_bits=options.weight_bits, split_weights=options.split_weights)
        split = replace(plain, split_weights=True)
        if options.split_weights or options.one_synapse:
            return quantize(timed, target, plain, reach)
        populations = timed.populations.values()
        if sum(p.size for p in populations) <= self.neurons_a_core(target):
            for finer in (split, replace(plain, split_signs=True)):
                quantized = quantize(timed, target, finer, reach)
                if self.on_one_core(quantized.network, target):
                    return quantized
        weights = sum(link.weights.nnz for p in populations for link in p.links)
        if any(p.ties for p in populations) and weights <= MOST_SPLIT:
            quantized = quantize(timed, target, split, reach)
            if self.has_room(quantized.network, target, options):
                return quantized
        return quantize(timed, target, plain, reach)

    def neuron_rows(self, timed: TimedNetwork, quantized: Quantized) -> list[FidelityRow]:
        from .neuron_rules import neuron_rows

        return neuron_rows(timed, quantized)

    def headroom(self, quantized: Quantized, population: str) -> Headroom:
        """Bound what arrives at a membrane in one step against the accumulator, as the choice of scales left it."""
        scale = quantized.scales[population]
        return Headroom(
            arriving=scale.arriving_units,
            limit=scale.arriving_limit,
            past_limit=scale.past_limit,
            proven=scale.proven,
            exponent=scale.exponent,
            grid_units=scale.grid_units,
        )

    def formats(self, quantized: Quantized, target: T) -> NumberFormats:
        """Where synapses of several formats join the same neurons in the same step, a weight is their sum."""
        names, shift = target.registers, target.synapse.weight_shift
        sums: dict[tuple[str, str, int], tuple[float, float]] = {}
        for p in quantized.network.projections:
            if p.tied:
                continue
            mode, bits = p.format[names.sign_mode], p.format[names.weight_bits]
            code = largest_mantissa(bits, mixed=mode == MIXED)[0]
            most = code * 2.0 ** (p.format[names.exponent] + shift)
            key = p.pre, p.post, int(p.synapses.delay.max(initial=0))
            low, high = sums.get(key, (0.0, 0.0))
            sums[key] = (
                low - (0.0 if mode == EXCITATORY else most),
                high + (0.0 if mode == INHIBITORY else most),
            )
        weights: dict[tuple[str, str], tuple[float, float]] = {}
        for (pre, post, _), (low, high) in sorted(sums.items()):
            below, above = weights.get((pre, post), (0.0, 0.0))
            weights[pre, post] = (min(low, below), max(high, above))
        most_held = (1 << (target.neuron.v_bits - 1)) - 1
        return NumberFormats(membrane=(-most_held, most_held), weights=weights)

    def on_chip(self, prepared: Prepared[Quantized], machine: Machine, symbols: Symbols, target: T) -> OnChip:
        from .on_chip import on_chip

        return on_chip(prepared.network, machine, self.meant(machine), symbols, target)

    def effective(self, prepared: Prepared[Quantized]) -> RawGraph:
        """Write the decays and thresholds that the registers hold."""
        from ..effective import EffectiveNeuron, effective_graph
        from .decays import kept_by
        from .tied_amounts import register_below

        target = cast(CubaChip, prepared.target)
        step, register = 1 << target.neuron.threshold_shift, target.registers.threshold
        front, quantized = prepared.front, prepared.quantized
        neurons: dict[str, EffectiveNeuron] = {}
        tied = {t.post for t in quantized.network.tied}
        for p in quantized.network.populations:
            if p.name not in prepared.network.populations:
                continue
            neuron, decay = prepared.network.populations[p.name].neuron, quantized.decays[p.name]
            origin = neuron.v_reset if neuron.v_reset is not None else 0.0
            below = register_below(neuron) if p.name in tied else 0
            theta = (p.params[register] + below) * step / p.scales[self.membrane].units + origin
            alpha, beta = kept_by(neuron, decay, tied=p.name in tied)
            neurons[p.name] = EffectiveNeuron(
                alpha=alpha,
                beta=beta,
                theta=None if neuron.theta is None else theta,
            )
        return effective_graph(front.clipped, front.flat, front.chip_dialect, prepared.network, neurons)
