"""Makes quantised populations: what the words say of neurons, relays and read-outs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....targets.configuration import StateScale
from ....targets.reckon.neuron import HIGH, NEURON_BITS, ONE, READOUT_BITS
from ...ir.quantized import QuantizedPopulation
from ...ir.timed_network import TimedPopulation
from .lower import Lowered
from .numbers import Numbers
from .readouts import Readouts
from .relays import ROLE, Relay
from .ticks import Ticks


@dataclass(frozen=True, kw_only=True)
class Registers:
    """Makes populations. to_zero: of the whole chip."""

    to_zero: int
    ticks: Ticks

    def spiking(self, p: TimedPopulation, lowered: Lowered, numbers: Numbers) -> QuantizedPopulation:
        """Neurons of the network. A membrane that starts from another value than 0 is what it will have lost larger."""
        lag, tick, units = lowered.lag[p.name], lowered.tick[p.name], numbers.units[p.name]
        alpha, threshold = numbers.alpha[p.name], numbers.threshold[p.name]
        ticks, left = self.ticks.of_step, self.ticks.left(alpha)
        of_step = alpha / ONE if ticks == 1 else (alpha / ONE) ** ticks
        start = np.clip(np.rint(p.start * units * of_step ** (1 - lag)), -HIGH, threshold / left - 1)
        median = float(np.median(alpha)) / ONE if p.size else 1.0
        fires = float(np.median(units * left)) if p.size else 1.0
        kept = median if self.ticks.gated else median ** (ticks - tick)
        return QuantizedPopulation(
            name=p.name,
            shape=p.shape,
            params=self._params(alpha, NEURON_BITS, threshold, 1, start, numbers.slot[p.name]),
            core_params=self._core(tick),
            scales=_scales(fires, kept, p.origin),
            lag_steps=lag,
            emission_delay=p.neuron.emission_delay,
        )

    def relay(self, relay: Relay, first: int, threshold: int) -> QuantizedPopulation:
        """Neurons that repeat spikes: alpha 1, so that the threshold that a spike takes off leaves nothing."""
        n = relay.elements.size
        one, thr = np.full(n, ONE), np.full(n, threshold)
        return QuantizedPopulation(
            name=relay.name,
            shape=(n,),
            params=self._params(one, NEURON_BITS, thr, 1, np.zeros(n), first + np.arange(n)),
            core_params=self._core(0),
            scales=_scales(float(threshold), 1.0, 0.0),
            lag_steps=relay.lag_steps,
            role=ROLE,
        )

    def readout(
        self, p: TimedPopulation, lowered: Lowered, readouts: Readouts, first: int
    ) -> QuantizedPopulation:
        """Read-outs, which never spike."""
        kept, lag = readouts.kappa / (1 << READOUT_BITS), lowered.lag[p.name]
        start = np.clip(np.rint(p.start * readouts.units[p.name] * kept ** (1 - lag)), -HIGH, HIGH)
        kappa, none = np.full(p.size, readouts.kappa), np.zeros(p.size, dtype=np.int64)
        params = self._params(kappa, READOUT_BITS, none, 0, start, first + np.arange(p.size))
        return QuantizedPopulation(
            name=p.name,
            shape=p.shape,
            params={**params, "to_zero": none},
            core_params=self._core(0),
            scales=_scales(readouts.units[p.name], kept, p.origin),
            lag_steps=lag,
            spiking=False,
        )

    def _core(self, tick: int) -> dict[str, int]:
        gated = {"gated": 1} if self.ticks.gated else {}
        return {"ticks": self.ticks.of_step, "tick": tick, **gated}

    def _params(
        self, alpha: np.ndarray, bits: int, thr: np.ndarray, most: int, start: np.ndarray, slot: np.ndarray
    ) -> dict[str, np.ndarray]:
        values = {
            "alpha": alpha,
            "fraction_bits": bits,
            "threshold": thr,
            "to_zero": self.to_zero,
            "swept": 1,
            "max_spikes": most,
            "start": start,
            "turn": slot,
        }
        return {
            name: np.broadcast_to(np.asarray(value, dtype=np.int64), slot.shape).copy()
            for name, value in values.items()
        }


def _scales(units: float, kept: float, origin: float) -> dict[str, StateScale]:
    """Of the membrane before threshold and leak, and behind them."""
    return {"u": StateScale(units=units, offset=origin), "v": StateScale(units=units * kept, offset=origin)}
