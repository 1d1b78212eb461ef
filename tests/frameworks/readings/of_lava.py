"""Records a small network of lava-dl, written as its tutorial here does; run in its environment with a FOLDER."""

import sys
from itertools import pairwise

import lava.lib.dl.slayer as slayer
import nir
import numpy as np
import torch

FOLDER = sys.argv[1]
torch.manual_seed(1)


def weights(block):
    synapse = block.synapse
    return synapse.pre_hook_fx(synapse.weight).detach().numpy().reshape(synapse.out_channels, -1)


def node(block, dt):
    neuron, full = block.neuron, lambda value: np.full(block.synapse.out_channels, float(value))
    current, voltage = neuron.cx_current_decay / 4096, neuron.cx_voltage_decay / 4096
    return nir.CubaLIF(
        tau_syn=full(dt / current), tau_mem=full(dt / voltage), r=full(1 / voltage), w_in=full(1 / current),
        v_leak=full(0), v_threshold=full(neuron.threshold), v_reset=full(0),
    )  # fmt: skip


def record(name, neurons, sizes, dt):
    blocks = torch.nn.ModuleList(
        [
            slayer.block.cuba.Dense(one, inputs, outputs, weight_scale=3)
            for one, (inputs, outputs) in zip(neurons, pairwise(sizes), strict=True)
        ]
    )
    nodes = {"input": nir.Input(np.array([sizes[0]])), "output": nir.Output(np.array([sizes[-1]]))}
    path = ["input"]
    for k, block in enumerate(blocks):
        nodes |= {f"fc{k}": nir.Linear(weights(block)), f"cuba{k}": node(block, dt)}
        path += [f"fc{k}", f"cuba{k}"]
    nir.write(f"{FOLDER}/lava_{name}.nir", nir.NIRGraph(nodes=nodes, edges=list(pairwise([*path, "output"]))))
    spikes = (torch.rand(3, sizes[0], 25) < 0.3).float()
    with torch.no_grad():
        fired = spikes
        for block in blocks:
            fired = block(fired)
    spikes, fired = (values.numpy().astype(np.uint8).transpose(2, 0, 1) for values in (spikes, fired))
    np.savez_compressed(f"{FOLDER}/lava_{name}.npz", input=spikes, output=fired)


def neuron(threshold, current, voltage):
    return {"threshold": threshold, "current_decay": current, "voltage_decay": voltage}


record(
    "three", [neuron(1.0, 0.25, 0.03), neuron(0.75, 0.5, 0.125), neuron(0.5, 0.25, 0.25)], (12, 9, 8, 4), 1e-3
)
