"""Rockpool: builds a network for Xylo, writes it as net.nir, and what it fires as samples.npz."""

import nir
import numpy as np
import torch
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFTorch, LinearTorch, to_nir

torch.manual_seed(0)
DT = 1e-2
neurons = {"tau_mem": 0.1, "tau_syn": 0.05, "bias": 0.0, "threshold": 1.0, "dt": DT, "has_rec": False}
net = Sequential(
    LinearTorch((16, 24)), LIFTorch((24,), **neurons), LinearTorch((24, 8)), LIFTorch((8,), **neurons)
)

spikes = (torch.rand(8, 20, 16) < 0.3).float()  # (B, T, inputs): the batch comes first
nir.write("net.nir", to_nir(net, torch.zeros(1, 1, 16)))

with torch.no_grad():
    net = net.reset_state()
    fired, _, _ = net(spikes)
swap = (1, 0, 2)
np.savez("samples.npz", input=spikes.numpy().transpose(swap), output=fired.numpy().transpose(swap))
