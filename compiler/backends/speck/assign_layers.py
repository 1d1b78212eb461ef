"""Assigns layers of convolution to cores with unequal memories: a core each, or several with some of the channels
each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ....targets.machines.convolution import ConvolutionCore

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MAX_DETERMINISTIC_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Output channels `first` .. `first + channels - 1` of layer number `layer`, on core `core`."""

    layer: int
    first: int
    channels: int
    core: int


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A smallest set of layers that cannot be placed. Layers that have no cores together, while any of them left out
    the others have.

    reason: "channels", one layer has more than all cores together hold; "destinations", the cores would do if a core
    had more of them; "cores", they would not; "undecided", the solver's time is up."""

    layers: tuple[int, ...]
    reason: Literal["channels", "destinations", "cores", "undecided"]


def assign_layers(
    layers: Sequence[ConvolutionCore],
    room: Mapping[int, tuple[int, ...]],
    destinations: int,
    *,
    max_deterministic_seconds: float = MAX_DETERMINISTIC_SECONDS,
) -> tuple[Piece, ...] | Conflict:
    """Assign layers to the fewest cores that there can be. Pieces in the order of `layers` and channels, one for
    each used core, the fewest that there can be.

    layers: their numbers are names, in any order. A destination that is none of them is outside; a layer that sends
    outside is not divided, since only channels of layers can be put together again. room: layer -> how many of its
    output channels core 0, 1, .. holds. destinations: most of a core."""
    places = _solve(layers, room, destinations, max_deterministic_seconds)
    if places == "undecided":
        return Conflict(layers=tuple(layer.core for layer in layers), reason="undecided")
    if places == "none":
        return _conflict(layers, room, destinations, max_deterministic_seconds)
    return tuple(piece for layer in layers for piece in _pieces(layer, places[layer.core], room))


def _pieces(layer: ConvolutionCore, cores: list[int], room: Mapping[int, tuple[int, ...]]) -> list[Piece]:
    """Cores ascending, each as full as it can be while the others get something."""
    pieces: list[Piece] = []
    first, left = 0, layer.kernel.shape[0]
    for place, core in enumerate(cores):
        channels = min(room[layer.core][core], left - (len(cores) - place - 1))
        pieces.append(Piece(layer=layer.core, first=first, channels=channels, core=core))
        first, left = first + channels, left - channels
    return pieces


def _solve(
    layers: Sequence[ConvolutionCore], room: Mapping[int, tuple[int, ...]], destinations: int, seconds: float
) -> dict[int, list[int]] | Literal["none", "undecided"]:
    """Layer -> its cores, ascending; or that there is no way, or that the time is up."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    cores = len(next(iter(room.values()), ()))
    on = {
        layer.core: [model.new_bool_var(f"{layer.core} {core}") for core in range(cores)] for layer in layers
    }
    for core in range(cores):
        model.add_at_most_one(on[layer.core][core] for layer in layers)
    for layer in layers:
        _add_layer(model, layer, on, room[layer.core], destinations)

    solver = cp_model.CpSolver()
    solver.parameters.random_seed = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = seconds
    total = sum(variable for row in on.values() for variable in row)
    wishes = [total, *(sum(_rank(core, cores) * v for core, v in enumerate(on[x.core])) for x in layers)]
    for wish in wishes:
        model.minimize(wish)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return "none"
        if status != cp_model.OPTIMAL:
            return "undecided"
        model.add(wish == round(solver.objective_value))
    return {layer: [c for c, v in enumerate(row) if solver.value(v)] for layer, row in on.items()}


def _rank(core: int, cores: int) -> int:
    """So that a sum of ranks puts fewer cores first, then lower ones, and is another for other cores."""
    return (1 << cores) + (1 << core)


def _add_layer(
    model: cp_model.CpModel,
    layer: ConvolutionCore,
    on: Mapping[int, list[cp_model.IntVar]],
    room: tuple[int, ...],
    destinations: int,
) -> None:
    here, channels = on[layer.core], int(layer.kernel.shape[0])
    model.add(sum(most * v for most, v in zip(room, here, strict=True)) >= channels)
    model.add(sum(here) <= channels)
    for most, v in zip(room, here, strict=True):
        if most == 0:
            model.add(v == 0)
    outside = sum(d.core not in on for d in layer.destinations)
    if outside:
        model.add(sum(here) == 1)
    taken = [v for d in layer.destinations if d.core in on for v in on[d.core]]
    model.add(sum(taken) + outside <= destinations)


def _conflict(
    layers: Sequence[ConvolutionCore], room: Mapping[int, tuple[int, ...]], destinations: int, seconds: float
) -> Conflict:
    """Leaves out one layer after the other as long as the rest still has no cores."""
    kept = list(layers)
    for layer in layers:
        rest = [other for other in kept if other is not layer]
        if _solve(_among(rest, layers), room, destinations, seconds) == "none":
            kept = rest
    numbers = tuple(layer.core for layer in kept)
    without_limit = len(layers) * max(len(channels) for channels in room.values())
    if isinstance(_solve(_among(kept, layers), room, without_limit, seconds), dict):
        return Conflict(layers=numbers, reason="destinations")
    too_large = len(kept) == 1 and sum(room[numbers[0]]) < kept[0].kernel.shape[0]
    return Conflict(layers=numbers, reason="channels" if too_large else "cores")


def _among(kept: Sequence[ConvolutionCore], layers: Sequence[ConvolutionCore]) -> list[ConvolutionCore]:
    """What is sent to layers that are left out is not sent; what goes outside still is."""
    left_out = {layer.core for layer in layers} - {layer.core for layer in kept}
    return [
        replace(layer, destinations=tuple(d for d in layer.destinations if d.core not in left_out))
        for layer in kept
    ]
