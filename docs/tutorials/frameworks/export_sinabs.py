"""Sinabs: builds a network, writes it as net.nir, and what it fires as samples.npz."""

import nir
import numpy as np
import sinabs.layers as sl
import torch
from sinabs.nir import to_nir

torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(64, 32), sl.IAF(spike_threshold=1.0), torch.nn.Linear(32, 10), sl.IAF(spike_threshold=1.0)
)

graph = to_nir(net, torch.zeros(1, 1, 64))
for node in graph.nodes.values():  # Sinabs leaves tensors in the graph, which nir cannot write
    for name, value in vars(node).items():
        if isinstance(value, torch.Tensor):
            setattr(node, name, value.detach().numpy())
nir.write("net.nir", graph)

spikes = (torch.rand(8, 20, 64) < 0.3).float()  # (B, T, inputs): the batch comes first
for layer in net:
    if isinstance(layer, sl.StatefulLayer):
        layer.reset_states()
with torch.no_grad():
    fired = net(spikes)
swap = (1, 0, 2)
np.savez("samples.npz", input=spikes.numpy().transpose(swap), output=fired.numpy().transpose(swap))
