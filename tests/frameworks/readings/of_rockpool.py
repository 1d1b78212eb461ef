"""Records small networks of Rockpool with limits of spikes; run in its environment with a FOLDER."""

import sys

import nir
import numpy as np
import torch
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFTorch, LinearTorch, to_nir

FOLDER = sys.argv[1]
torch.manual_seed(2)


def lif(size, dt=1e-3, **more):
    given = {"tau_mem": 0.05, "tau_syn": 0.02, "bias": 0.0, "threshold": 1.0, "has_rec": False, **more}
    return LIFTorch((size,), dt=dt, **given)


def record(name, first, second):
    net = Sequential(LinearTorch((12, 9)), first, LinearTorch((9, 4)), second)
    spikes = (torch.rand(3, 25, 12) < 0.3).float()
    nir.write(f"{FOLDER}/rockpool_{name}.nir", to_nir(net, torch.zeros(1, 1, 12)))
    with torch.no_grad():
        fired = net.reset_state()(spikes)[0].numpy()
    swap = (1, 0, 2)
    np.savez_compressed(
        f"{FOLDER}/rockpool_{name}.npz",
        input=spikes.numpy().astype(np.uint8).transpose(swap), output=fired.astype(np.uint16).transpose(swap),
    )  # fmt: skip


record("5_ms", lif(9, 5e-3), lif(4, 5e-3))
record("at_most_3", lif(9, threshold=0.1, max_spikes_per_dt=3), lif(4, threshold=0.1, max_spikes_per_dt=3))
record("xylo", lif(9, threshold=0.1, max_spikes_per_dt=31), lif(4, threshold=0.1, max_spikes_per_dt=1))
record("bias", lif(9, bias=0.05), lif(4, bias=0.05))
