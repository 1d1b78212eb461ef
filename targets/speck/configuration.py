"""Records of a Speck configuration: the layers that the cores hold, where spikes go, and what the host sees of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..machines.convolution import ConvolutionCore, ConvolutionMachine, Destination
from . import neuron


@dataclass(frozen=True, kw_only=True)
class Readout:
    """The block that compares spike counts of classes with `threshold` (0..65535), once per tick of its clock.

    output_mode 0..3: what accompanies the winner: nothing, the compared bits, the mean of a selected class, the
    winner's mean. low_pass_filter_disable: no moving average.
    """

    threshold: int
    output_mode: int
    low_pass_filter_disable: bool


@dataclass(frozen=True, kw_only=True)
class SpeckConfiguration:
    """cores: in ascending order of their numbers; their destinations are cores, or the readout block.

    input_cores: the host sends each event to all of them. monitored: the host sees the spikes of these neurons,
    before pooling. single_spike: how a time step is simulated, no setting of the chip, which knows no steps.
    """

    cores: tuple[ConvolutionCore, ...]
    input_cores: tuple[int, ...]
    monitored: tuple[int, ...]
    readout: Readout | None = None
    single_spike: bool = False


def machine(configuration: SpeckConfiguration, *, saturate: bool = False) -> ConvolutionMachine:
    """The layers that compute; the readout block is left out.

    saturate: states clip to 16 bits after the sum of a step. Unverified: what the chip does is not public.
    Raises ValueError for thresholds below 1, which would spike without end."""
    if any(core.threshold < 1 for core in configuration.cores):
        raise ValueError("a threshold below 1")
    numbers = {core.core for core in configuration.cores}

    def between_cores(destinations: tuple[Destination, ...]) -> tuple[Destination, ...]:
        return tuple(d for d in destinations if d.core in numbers)

    return ConvolutionMachine(
        cores=tuple(replace(c, destinations=between_cores(c.destinations)) for c in configuration.cores),
        input_cores=configuration.input_cores,
        monitored=configuration.monitored,
        single_spike=configuration.single_spike,
        state_range=(neuron.LOW, neuron.HIGH) if saturate else None,
    )
