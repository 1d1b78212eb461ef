"""lava-dl: builds a network of two dense CUBA blocks, writes it as net.nir, and what it fires as samples.npz."""

from itertools import pairwise

import lava.lib.dl.slayer as slayer
import nir
import numpy as np
import torch

torch.manual_seed(0)
DT = 1e-4  # seconds; any: only decays a step count
neurons = {"threshold": 1.0, "current_decay": 0.25, "voltage_decay": 0.1}
blocks = torch.nn.ModuleList(
    [
        slayer.block.cuba.Dense(neurons, 64, 32, weight_scale=2),
        slayer.block.cuba.Dense(neurons, 32, 10, weight_scale=2),
    ]
)


def weights(block):
    """As the block computes with them: rounded to steps of 1/32."""
    synapse = block.synapse
    return synapse.pre_hook_fx(synapse.weight).detach().numpy().reshape(synapse.out_channels, -1)


def cuba(block):
    """Decays as lava-dl rounds them, in 1/4096; the current and the voltage take what arrives whole."""
    neuron, full = block.neuron, lambda value: np.full(block.synapse.out_channels, float(value))
    current, voltage = neuron.cx_current_decay / 4096, neuron.cx_voltage_decay / 4096
    return nir.CubaLIF(
        tau_syn=full(DT / current),
        tau_mem=full(DT / voltage),
        r=full(1 / voltage),
        w_in=full(1 / current),
        v_leak=full(0),
        v_threshold=full(neuron.threshold),
        v_reset=full(0),
    )


nodes = {"input": nir.Input(np.array([64])), "output": nir.Output(np.array([10]))}
for k, block in enumerate(blocks):
    nodes |= {f"fc{k}": nir.Linear(weights(block)), f"cuba{k}": cuba(block)}
path = ["input", "fc0", "cuba0", "fc1", "cuba1", "output"]
nir.write("net.nir", nir.NIRGraph(nodes=nodes, edges=list(pairwise(path))))

spikes = (torch.rand(8, 64, 20) < 0.3).float()  # (B, inputs, T): time comes last
with torch.no_grad():
    fired = spikes
    for block in blocks:
        fired = block(fired)
turned = (2, 0, 1)
np.savez("samples.npz", input=spikes.numpy().transpose(turned), output=fired.numpy().transpose(turned))
