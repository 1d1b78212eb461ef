"""Explains, in words and numbers, why layers of convolution cannot be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from ....targets.machines.convolution import ConvolutionCore
from .assign_layers import Conflict

Facts = tuple[tuple[str, str], ...]


def explain_conflict(
    conflict: Conflict,
    layers: Sequence[ConvolutionCore],
    room: Mapping[int, tuple[int, ...]],
    destinations: int,
    names: Mapping[int, str],
) -> tuple[str, Facts]:
    """Explain a conflict: one sentence, and a (label, text) for each of its layers.

    names: layer -> what its user calls it. The other arguments are those of `assign_layers`."""
    concerned = [layer for layer in layers if layer.core in conflict.layers]
    by_number = {layer.core: layer for layer in layers}
    facts = tuple((names[layer.core], _fact(layer, by_number, conflict, room, names)) for layer in concerned)
    return _sentence(conflict, concerned, room, destinations, names), facts


def _sentence(
    conflict: Conflict,
    concerned: Sequence[ConvolutionCore],
    room: Mapping[int, tuple[int, ...]],
    destinations: int,
    names: Mapping[int, str],
) -> str:
    listed = ", ".join(names[layer.core] for layer in concerned)
    one, channels = len(concerned) == 1, room[concerned[0].core]
    if conflict.reason == "undecided":
        return f"whether {listed} {'fits' if one else 'fit'} {len(channels)} cores was not decided in time"
    if conflict.reason == "destinations":
        return f"{listed} {'needs' if one else 'need'} more than the {destinations} destinations of a core"
    if conflict.reason == "channels":
        return (
            f"{listed} has {len(concerned[0].kernel)} output channels, and all {len(channels)} cores together hold"
            f" {sum(channels)} of them"
        )
    if one:
        return (
            f"{listed} has {len(concerned[0].kernel)} output channels, of which a core holds {max(channels)}, and is"
            " not divided, since it sends to more than cores"
        )
    least = sum(least_cores(layer, room) or 0 for layer in concerned)
    more = f": they take at least {least}" if least > len(channels) else ""
    return f"{listed} do not fit {len(channels)} cores together{more}"


def least_cores(layer: ConvolutionCore, room: Mapping[int, tuple[int, ...]]) -> int | None:
    """Count the cores that a layer takes where no other is in its way; None if all together do not hold it."""
    left = int(layer.kernel.shape[0])
    for taken, most in enumerate(sorted(room[layer.core], reverse=True), start=1):
        left -= most
        if left <= 0:
            return taken
    return None


def _fact(
    layer: ConvolutionCore,
    by_number: Mapping[int, ConvolutionCore],
    conflict: Conflict,
    room: Mapping[int, tuple[int, ...]],
    names: Mapping[int, str],
) -> str:
    text = f"{len(layer.kernel)} output channels; {_by_core(room[layer.core])}"
    if conflict.reason != "destinations" or not layer.destinations:
        return text
    to = [_sent(d.core, by_number, room, names) for d in layer.destinations]
    return f"{text}; sends to {', '.join(to)}"


def _sent(
    number: int,
    by_number: Mapping[int, ConvolutionCore],
    room: Mapping[int, tuple[int, ...]],
    names: Mapping[int, str],
) -> str:
    if number not in by_number:
        return "1 outside"
    least = least_cores(by_number[number], room)
    if least is None:
        return f"{names[number]} (any number of cores)"
    return f"{names[number]} (at least {least} {'core' if least == 1 else 'cores'})"


def _by_core(channels: tuple[int, ...]) -> str:
    """Runs of cores that hold the same: "cores 0-2 hold 16, core 3 holds 8"."""
    texts: list[str] = []
    for most, run in groupby(enumerate(channels), key=lambda pair: pair[1]):
        cores = [core for core, _ in run]
        if len(cores) == 1:
            texts.append(f"core {cores[0]} holds {most}")
        else:
            texts.append(f"cores {cores[0]}-{cores[-1]} hold {most}")
    return ", ".join(texts)
