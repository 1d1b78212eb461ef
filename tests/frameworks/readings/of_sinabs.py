"""Records small networks of Sinabs with other options than the usual; run in its environment with a FOLDER."""

import sys

import nir
import numpy as np
import sinabs.activation as activation
import sinabs.layers as layers
import torch
from sinabs.nir import to_nir

FOLDER = sys.argv[1]
torch.manual_seed(7)


def record(name, first, second):
    net = torch.nn.Sequential(torch.nn.Linear(12, 9), first, torch.nn.Linear(9, 4), second)
    graph = to_nir(net, torch.zeros(1, 1, 12))
    for node in graph.nodes.values():
        for key, value in vars(node).items():
            if isinstance(value, torch.Tensor):
                setattr(node, key, value.detach().numpy())
    nir.write(f"{FOLDER}/sinabs_{name}.nir", graph)
    spikes = (torch.rand(3, 25, 12) < 0.3).float()
    for layer in (first, second):
        layer.reset_states()
    with torch.no_grad():
        fired = net(spikes).numpy()
    swap = (1, 0, 2)
    np.savez_compressed(
        f"{FOLDER}/sinabs_{name}.npz",
        input=spikes.numpy().astype(np.uint8).transpose(swap), output=fired.astype(np.uint8).transpose(swap),
    )  # fmt: skip


def iaf(threshold, **more):
    return layers.IAF(spike_threshold=threshold, **more)


def lif(size, tau, threshold, **more):
    return layers.LIF(
        tau_mem=torch.full((size,), tau), spike_threshold=torch.full((size,), threshold), **more
    )


SINGLE, RESET = {"spike_fn": activation.SingleSpike}, {"reset_fn": activation.MembraneReset()}
record("single", iaf(0.3, **SINGLE), iaf(0.2, **SINGLE))
record(
    "at_most_3_and_2", iaf(0.05, spike_fn=activation.MaxSpike(3)), iaf(0.1, spike_fn=activation.MaxSpike(2))
)
record("floor_of_a_half", iaf(0.2, min_v_mem=-0.5), iaf(0.2, min_v_mem=-0.5))
record("to_zero", iaf(0.3, **RESET), iaf(0.2, **RESET))
record("not_normed", lif(9, 12.0, 0.4, norm_input=False), lif(4, 6.0, 0.3, norm_input=False))
record("mixed", lif(9, 12.0, 0.4, norm_input=False, **SINGLE), lif(4, 6.0, 0.04, **RESET))
record("tau_syn", lif(9, 12.0, 0.4, norm_input=False, tau_syn=5.0), lif(4, 6.0, 0.3, norm_input=False))
