"""NIRTorch, on which importers are built: its own modules for what has no state, and for neurons NIR's equations,
literal, one Euler step each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import nirtorch
import numpy as np
import torch
from jobs import answer, step_by_step


class Neuron(torch.nn.Module):
    """Any neuron of NIR: i' = i + dt / tau_syn (w_in x - i), v' = v + dt / tau (v_leak - v + r i), spike, reset."""

    def __init__(self, node: nir.NIRNode, dt: float) -> None:
        super().__init__()

        def value(name: str, default: float) -> torch.Tensor:
            found = getattr(node, name, None)
            return torch.from_numpy(np.asarray(default if found is None else found, dtype=np.float64))

        integrates = isinstance(node, nir.IF | nir.I)
        tau = value("tau_mem", 1.0) if hasattr(node, "tau_mem") else value("tau", 1.0)
        self.keeps = (torch.ones(()) if integrates else 1 - dt / tau).float()
        self.gain = (value("r", 1.0) * (dt if integrates else dt / tau)).float()
        self.leak = ((1 - (torch.ones(()) if integrates else 1 - dt / tau)) * value("v_leak", 0.0)).float()
        self.synaptic = hasattr(node, "tau_syn")
        self.current_keeps = (1 - dt / value("tau_syn", 1.0)).float()
        self.current_gain = (value("w_in", 1.0) * dt / value("tau_syn", 1.0)).float()
        self.threshold = value("v_threshold", 0.0).float() if hasattr(node, "v_threshold") else None
        self.reset = value("v_reset", 0.0).float()

    def forward(self, x: torch.Tensor, state: Any = None) -> tuple[torch.Tensor, Any]:
        i, v = (torch.zeros(()), torch.zeros(())) if state is None else state
        if self.synaptic:
            i = self.current_keeps * i + self.current_gain * x
            x = i
        v = self.keeps * v + self.gain * x + self.leak
        if self.threshold is None:
            return v, (i, v)
        spikes = (v > self.threshold).float()
        return spikes, (i, torch.where(spikes > 0, self.reset, v))


def affine(node: nir.Affine) -> torch.nn.Linear:
    """NIRTorch 2.6's own leaves the bias as it was drawn at random."""
    module = torch.nn.Linear(node.weight.shape[-1], node.weight.shape[-2])
    module.weight.data = torch.from_numpy(np.asarray(node.weight))
    module.bias.data = torch.from_numpy(np.asarray(node.bias))
    return module


def flatten(node: nir.Flatten) -> torch.nn.Flatten:
    """NIR counts axes without the batch."""
    start, end = (int(k) + 1 if int(k) >= 0 else int(k) for k in (node.start_dim, node.end_dim))
    return torch.nn.Flatten(start, end)


def load(file: Path, shape: tuple[int, ...], dt: float) -> Callable[[np.ndarray], np.ndarray]:
    kinds = (nir.I, nir.IF, nir.LI, nir.LIF, nir.CubaLI, nir.CubaLIF)
    neurons = {kind: lambda node: Neuron(node, dt) for kind in kinds}
    net = nirtorch.nir_to_torch(nir.read(file), {**neurons, nir.Affine: affine, nir.Flatten: flatten})
    return lambda values: step_by_step(net, values)


if __name__ == "__main__":
    answer(load)
