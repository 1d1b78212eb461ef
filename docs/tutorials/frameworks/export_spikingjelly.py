"""SpikingJelly: builds a network, writes it as net.nir, and what it fires as samples.npz."""

import numpy as np
import torch
from spikingjelly.activation_based import functional, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir

torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(64, 32),
    neuron.LIFNode(tau=10.0, decay_input=False, v_reset=0.0),  # hard reset: a soft one is refused
    torch.nn.Linear(32, 10),
    neuron.LIFNode(tau=10.0, decay_input=False, v_reset=0.0),
)

functional.reset_net(net)
export_to_nir(net, torch.zeros(1, 64), save_path="net.nir", dt=1e-4)
functional.reset_net(net)

spikes = (torch.rand(20, 8, 64) < 0.3).float()  # (T, B, inputs)
with torch.no_grad():
    fired = torch.stack([net(step) for step in spikes])
np.savez("samples.npz", input=spikes.numpy(), output=fired.numpy())
