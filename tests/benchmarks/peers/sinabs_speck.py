"""Sinabs' import, its discretisation for Speck 2f and its mapping to cores; in Sinabs' environment.

    python sinabs_speck.py NETWORK.nir RECORDED.npz DT_SECONDS FOLDER
                           [--single-spike] [--reset-to-zero] [--channels-last]

What its import takes runs as imported; what it does not take is written again as its user would. DT_SECONDS is not
used: its neurons have no time constants.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from absent import stand_in
from attempts import Attempts, aside
from edited import V_RESET, edited

TOOL = "Sinabs 3.1.3 discretise"
SCALARS = "one threshold and lower bound a layer"
SINGLE = "SingleSpike"
BY_HAND = "network written by hand, IAF for every neuron"
BOUNDS = (1, 4, 16, 64)
"""In thresholds: the files say nothing of a lower bound, and Sinabs' scale of the weights depends on it."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What NIR does not say. channels_last: the order in which the exporter flattened, whatever its Flatten says."""

    single_spike: bool
    reset_to_zero: bool
    channels_last: bool


def imported(network: Path, batch: int) -> Any:
    import nir
    from sinabs.nir import from_nir

    return from_nir(nir.read(network), batch_size=batch)


def scalars(model: Any) -> Any:
    """Thresholds and lower bounds of a layer that are all one number, as that number."""
    import sinabs.layers as sl
    import torch

    for layer in model.modules():
        if isinstance(layer, sl.IAFSqueeze):
            for name in ("spike_threshold", "min_v_mem"):
                value = torch.tensor(one_number(getattr(layer, name).detach()))
                setattr(layer, name, torch.nn.Parameter(value, requires_grad=False))
    return model


def single_spike(model: Any) -> Any:
    import sinabs.activation as sa
    import sinabs.layers as sl

    for layer in model.modules():
        if isinstance(layer, sl.IAFSqueeze):
            layer.spike_fn = sa.SingleSpike
    return model


def one_number(values: Any) -> float:
    held = np.unique(np.asarray(values, dtype=float))
    if held.size != 1:
        raise ValueError(f"{held.size} different values in one layer")
    return float(held[0])


def by_hand(network: Path, batch: int, reading: Reading, bound: int) -> Any:
    """The same layers in order, leaks left out, inputs of gain 1."""
    import nir
    from torch import nn

    graph = nir.read(network)
    after = dict(graph.edges)
    (at,) = [name for name, node in graph.nodes.items() if isinstance(node, nir.Input)]
    layers: list[nn.Module] = []
    flattened: tuple[int, ...] = ()
    while not isinstance(node := graph.nodes[at := after[at]], nir.Output):
        if isinstance(node, nir.Affine) and reading.channels_last and flattened:
            node.weight = channels_first(node.weight, flattened)
        flattened = tuple(node.input_type["input"]) if isinstance(node, nir.Flatten) else ()
        layers.append(layer_of(node, batch, reading, bound))
    return nn.Sequential(*layers)


def channels_first(weight: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(rows, C H W) of (rows, H W C); shape: (C, H, W)."""
    channels, height, width = shape
    return weight.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(len(weight), -1)


def padding_of(node: Any) -> tuple[int, int]:
    """As numbers: 'same' of a stride of 1 and an odd kernel."""
    if isinstance(node.padding, str):
        rows, columns = (0, 0) if node.padding == "valid" else (k // 2 for k in node.weight.shape[2:])
    else:
        rows, columns = np.broadcast_to(node.padding, 2).tolist()
    return rows, columns


def layer_of(node: Any, batch: int, reading: Reading, bound: int) -> Any:
    import nir
    import sinabs.activation as sa
    import sinabs.layers as sl
    import torch
    from torch import nn

    if isinstance(node, nir.Conv2d):
        features, channels, *kernel = node.weight.shape
        made = nn.Conv2d(channels, features, tuple(kernel), stride=node.stride, padding=padding_of(node))
    elif isinstance(node, nir.Affine):
        made = nn.Linear(node.weight.shape[1], node.weight.shape[0])
    elif isinstance(node, nir.AvgPool2d):
        return nn.AvgPool2d(tuple(np.broadcast_to(node.kernel_size, 2).tolist()))
    elif isinstance(node, nir.SumPool2d):
        return sl.SumPool2d(tuple(np.broadcast_to(node.kernel_size, 2).tolist()))
    elif isinstance(node, nir.Flatten):
        return nn.Flatten()
    elif isinstance(node, nir.IF | nir.LIF):
        threshold = one_number(node.v_threshold)
        return sl.IAFSqueeze(
            batch_size=batch,
            spike_threshold=torch.tensor(threshold),
            min_v_mem=-bound * threshold,
            spike_fn=sa.SingleSpike if reading.single_spike else sa.MultiSpike,
            reset_fn=sa.MembraneReset() if reading.reset_to_zero else sa.MembraneSubtract(),
        )
    else:
        raise TypeError(f"no layer for {type(node).__name__}")
    made.weight.data = torch.tensor(node.weight).float()
    made.bias.data = torch.tensor(node.bias).float()
    return made


def on_chip(model: Any, events: np.ndarray) -> tuple[np.ndarray, int]:
    """(T, B, N) spikes of (T, B, C, H, W) events, and how many cores the network takes."""
    import torch
    from sinabs.backend.dynapcnn import DynapcnnNetwork
    from sinabs.backend.dynapcnn.chip_factory import ChipFactory

    steps, batch, *shape = events.shape
    chip = DynapcnnNetwork(model, input_shape=tuple(shape), batch_size=batch, discretize=True)
    builder = ChipFactory("speck2fdevkit:0").get_config_builder()
    cores = builder.map_layers_to_cores(chip.dynapcnn_layers)
    fed = torch.tensor(events.swapaxes(0, 1).reshape(batch * steps, *shape)).float()
    with torch.no_grad():
        spikes = chip(fed).numpy().reshape(batch, steps, -1)
    return spikes.swapaxes(0, 1), len(set(cores.values()))


def attempts_at(network: Path, recorded: Path, folder: Path, reading: Reading) -> Attempts:
    with np.load(recorded) as held:
        events = held["input"]
    batch = events.shape[1]
    attempts = Attempts(folder)

    def attempt(edits: tuple[str, ...], made: Callable[[], Any], variant: str = "") -> bool:
        return attempts.attempt(TOOL, edits, lambda: on_chip(made(), events), variant)

    attempt((), partial(imported, network, batch))
    readable = edited(network, folder / "edited.nir", (V_RESET,), 0.0)
    attempt((V_RESET,), partial(imported, readable, batch))
    runs = attempt((V_RESET, SCALARS), lambda: scalars(imported(readable, batch)))
    if runs and reading.single_spike:
        attempt((V_RESET, SCALARS, SINGLE), lambda: single_spike(scalars(imported(readable, batch))))
    if not runs:
        for bound in BOUNDS:
            written = partial(by_hand, readable, batch, reading, bound)
            attempt((V_RESET, BY_HAND), written, f"lower bound -{bound} thresholds")
    return attempts


if __name__ == "__main__":
    with aside():
        stand_in()
        given = Reading(
            single_spike="--single-spike" in sys.argv,
            reset_to_zero="--reset-to-zero" in sys.argv,
            channels_last="--channels-last" in sys.argv,
        )
        made = attempts_at(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[4]), given)
    made.hand_over()
