"""snnTorch: builds a network, writes it as net.nir, and what it fires as samples.npz."""

import nir
import numpy as np
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir

torch.manual_seed(0)


def leaky(size, **more):
    """beta and threshold one a neuron: the exporter takes the layer's shape from them."""
    return snn.Leaky(beta=torch.full((size,), 0.9), threshold=torch.ones(size), init_hidden=True, **more)


net = torch.nn.Sequential(torch.nn.Linear(64, 32), leaky(32), torch.nn.Linear(32, 10), leaky(10, output=True))

nir.write("net.nir", export_to_nir(net, torch.zeros(1, 64), ignore_dims=[0]))

spikes = (torch.rand(20, 8, 64) < 0.3).float()  # (T, B, inputs)
for layer in net:
    if isinstance(layer, snn.Leaky):
        layer.reset_mem()
with torch.no_grad():
    fired = torch.stack([net(step)[0] for step in spikes])
np.savez("samples.npz", input=spikes.numpy(), output=fired.numpy())
