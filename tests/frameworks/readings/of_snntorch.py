"""Records small networks of snnTorch with resets of every kind; run in its environment with a FOLDER."""

import sys

import nir
import numpy as np
import snntorch as snn
import torch
from snntorch.export_nir import export_to_nir

FOLDER = sys.argv[1]
RANDOM = np.random.default_rng(5)
torch.manual_seed(11)
Linear = torch.nn.Linear


def one_each(size, low, high):
    return torch.tensor(RANDOM.uniform(low, high, size), dtype=torch.float32)


def leaky(size, low=0.1, high=0.4, **more):
    return snn.Leaky(
        beta=one_each(size, 0.7, 0.97), threshold=one_each(size, low, high), init_hidden=True, **more
    )


def synaptic(size, **more):
    alpha, beta = one_each(size, 0.3, 0.8), one_each(size, 0.6, 0.9)
    return snn.Synaptic(alpha=alpha, beta=beta, threshold=torch.full((size,), 0.4), init_hidden=True, **more)


def recurrent(size, **more):
    beta = one_each(size, 0.7, 0.95)
    return snn.RLeaky(
        beta=beta, linear_features=size, threshold=torch.full((size,), 0.4), init_hidden=True, **more
    )


def record(name, *layers, shape=(12,)):
    net = torch.nn.Sequential(*layers)
    nir.write(f"{FOLDER}/snntorch_{name}.nir", export_to_nir(net, torch.zeros(1, *shape), ignore_dims=[0]))
    spikes = (torch.rand(25, 3, *shape) < 0.3).float()
    for layer in net:
        if hasattr(layer, "reset_mem"):
            layer.reset_mem()
    with torch.no_grad():
        fired = torch.stack([net(step)[0] for step in spikes]).numpy()
    np.savez_compressed(
        f"{FOLDER}/snntorch_{name}.npz", input=spikes.numpy().astype(np.uint8), output=fired.astype(np.uint8)
    )


def two(name, make, **options):
    record(name, Linear(12, 9), make(9, **options), Linear(9, 4), make(4, output=True, **options))


two("zero", leaky, reset_mechanism="zero")
two("none", leaky, reset_mechanism="none")
two("without_delay", leaky, reset_delay=False)
two("synaptic_zero", synaptic, reset_mechanism="zero")
two("synaptic_without_delay", synaptic, reset_delay=False)
record(
    "three_resets",
    Linear(12, 9), leaky(9, reset_mechanism="zero"),
    Linear(9, 8, bias=False), leaky(8, reset_delay=False),
    Linear(8, 4), leaky(4, output=True),
)  # fmt: skip
record(
    "recurrent_zero", Linear(12, 9), recurrent(9, reset_mechanism="zero"), Linear(9, 4), leaky(4, output=True)
)
record(
    "convolution",
    torch.nn.Conv2d(2, 3, 3, padding=1),
    snn.Leaky(
        beta=torch.full((3, 6, 6), 0.85), threshold=torch.full((3, 6, 6), 0.5), init_hidden=True, reset_mechanism="zero"
    ),
    torch.nn.AvgPool2d(2), torch.nn.Flatten(),
    Linear(27, 4), leaky(4, 0.02, 0.05, output=True, reset_mechanism="zero"), shape=(2, 6, 6),
)  # fmt: skip
two("graded", leaky, graded_spikes_factor=2.0)
