"""Records a network of mlx-snn with a reset of each kind: what its exporter writes, and what its neurons fire.

Run by a Python that has mlx-snn, nir and mlx (`pip install mlx-snn nir 'mlx[cpu]'` where there is no Apple's chip):
`python record_mlx_snn.py FOLDER`.
"""

import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlxsnn
import nir
import numpy as np
from mlxsnn.nir_export import export_to_nir

STEPS, SAMPLES = 40, 3
RANDOM = np.random.default_rng(2)


def linear(inputs, outputs, scale):
    made = nn.Linear(inputs, outputs)
    made.weight = mx.array(RANDOM.normal(0, scale, (outputs, inputs)).astype(np.float32))
    made.bias = mx.array(RANDOM.normal(0, 0.1, outputs).astype(np.float32))
    return made


def main(folder):
    layers = [
        ("fc1", linear(16, 24, 0.5)),
        ("lif1", mlxsnn.Leaky(beta=0.9, reset_mechanism="subtract")),
        ("fc2", linear(24, 12, 0.4)),
        ("syn2", mlxsnn.Synaptic(alpha=0.6, beta=0.8, reset_mechanism="zero")),
        ("fc3", linear(12, 6, 0.5)),
        ("if3", mlxsnn.IF(reset_mechanism="subtract")),
    ]
    sizes = {"lif1": 24, "syn2": 12, "if3": 6}
    states = {name: layer.init_state(SAMPLES, sizes[name]) for name, layer in layers if name in sizes}
    gave = {name: [] for name in sizes}
    spikes = (RANDOM.random((STEPS, SAMPLES, 16)) < 0.3).astype(np.uint8)
    for step in range(STEPS):
        value = mx.array(spikes[step].astype(np.float32))
        for name, layer in layers:
            if name in sizes:
                value, states[name] = layer(value, states[name])
                gave[name].append(np.array(value))
            else:
                value = layer(value)
    nir.write(folder / "mlx_snn.nir", export_to_nir(layers))
    fired = {name: np.rint(np.stack(each)).astype(np.uint8) for name, each in gave.items()}
    arrays = {"output": fired["if3"], "layer/lif1": fired["lif1"], "layer/syn2": fired["syn2"]}
    np.savez_compressed(folder / "mlx_snn.npz", input=spikes, **arrays)


main(Path(sys.argv[1]))
