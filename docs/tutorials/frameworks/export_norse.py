"""Norse: builds a network, writes it as net.nir, and what it fires as samples.npz."""

import nir
import norse.torch as norse
import numpy as np
import torch

torch.manual_seed(0)
slow = norse.LIFBoxParameters(tau_mem_inv=torch.tensor(100.0), v_th=torch.tensor(0.1))
net = norse.SequentialState(
    torch.nn.Linear(64, 32), norse.LIFBoxCell(slow), torch.nn.Linear(32, 10), norse.LIFBoxCell(slow)
)

graph = norse.to_nir(net, torch.zeros(1, 64), dt=1)  # dt=1: else every tau is a thousand times too small
for node in graph.nodes.values():  # Norse leaves tensors in the graph, which nir cannot write
    for name, value in vars(node).items():
        if isinstance(value, torch.Tensor):
            setattr(node, name, value.detach().numpy())
for name, size in (("1", 32), ("3", 10)):  # and one value for a layer, where nir wants one a neuron
    node = graph.nodes[name]
    for key in ("tau", "r", "v_leak", "v_threshold", "v_reset"):
        setattr(node, key, np.broadcast_to(getattr(node, key), (size,)).copy())
nir.write("net.nir", graph)

spikes = (torch.rand(20, 8, 64) < 0.3).float()  # (T, B, inputs)
state, fired = None, []
with torch.no_grad():
    for step in spikes:
        out, state = net(step, state)
        fired.append(out)
np.savez("samples.npz", input=spikes.numpy(), output=torch.stack(fired).numpy())
