"""Records small networks of SpikingJelly at several time steps; run in its environment with a FOLDER."""

import sys

import numpy as np
import torch
from spikingjelly.activation_based import functional, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir

FOLDER = sys.argv[1]
torch.manual_seed(3)
Linear, Sequential = torch.nn.Linear, torch.nn.Sequential


def record(name, *layers, dt):
    net = Sequential(*layers)
    functional.reset_net(net)
    export_to_nir(net, torch.zeros(1, 12), save_path=f"{FOLDER}/spikingjelly_{name}.nir", dt=dt)
    functional.reset_net(net)
    spikes = (torch.rand(25, 3, 12) < 0.3).float()
    with torch.no_grad():
        fired = torch.stack([net(step) for step in spikes]).numpy()
    np.savez_compressed(
        f"{FOLDER}/spikingjelly_{name}.npz",
        input=spikes.numpy().astype(np.uint8),
        output=fired.astype(np.uint8),
    )


def lif(tau, threshold, v_reset=0.0, decay_input=False):
    return neuron.LIFNode(tau=tau, decay_input=decay_input, v_threshold=threshold, v_reset=v_reset)


def cuba(c_decay, v_decay, threshold, v_reset):
    return neuron.CUBALIFNode(c_decay=c_decay, v_decay=v_decay, v_threshold=threshold, v_reset=v_reset)


record("reset_below_0", Linear(12, 9), lif(5.0, 0.6, -0.2), Linear(9, 4), lif(3.0, 0.3, -0.1), dt=1e-3)
record(
    "decay_input",
    Linear(12, 9),
    lif(2.0, 0.2, decay_input=True),
    Linear(9, 4),
    lif(3.0, 0.1, decay_input=True),
    dt=1e-3,
)
record(
    "if", Linear(12, 9, bias=False), neuron.IFNode(0.5, 0.0), Linear(9, 4), neuron.IFNode(0.3, -0.3), dt=1e-2
)
record("cuba", Linear(12, 9), cuba(0.5, 0.8, 0.1, -0.3), Linear(9, 4), cuba(0.3, 0.7, 0.05, -0.1), dt=5e-4)
