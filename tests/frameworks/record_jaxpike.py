"""Records a network of jaxpike: what its exporter writes, and what its neurons give.

Run by a Python that has jaxpike and nir: `python record_jaxpike.py FOLDER`.
"""

import sys
from pathlib import Path

import equinox as eqx
import jax
import nir
import numpy as np
from jaxpike.layers import Dense, Sequential
from jaxpike.neurons import LIF, LeakyIntegrator, LinearLIF
from jaxpike.nir import to_nir

STEPS, SAMPLES = 40, 3


def dense(inputs, outputs, seed, scale):
    key = jax.random.key(seed)
    weight = jax.random.normal(key, (outputs, inputs)) * scale
    return eqx.tree_at(lambda one: one.weight, Dense(inputs, outputs, key=key), weight)


def main(folder):
    layers = (
        dense(16, 24, 0, 3.0), LIF(tau=8.0, reset="zero"), dense(24, 12, 1, 3.0), LinearLIF(tau=5.0),
        dense(12, 6, 2, 2.0), LeakyIntegrator(tau=10.0),
    )  # fmt: skip
    spikes = (np.random.default_rng(1).random((STEPS, SAMPLES, 16)) < 0.3).astype(np.uint8)
    states, shape = [], (SAMPLES, 16)
    for layer in layers:
        states.append(layer.init_state(shape))
        shape = layer.out_shape(shape)
    gave = {1: [], 3: [], 5: []}
    for step in range(STEPS):
        value = jax.numpy.asarray(spikes[step], jax.numpy.float32)
        for at, layer in enumerate(layers):
            states[at], value = layer(states[at], value)
            if at in gave:
                gave[at].append(np.asarray(value))
    nir.write(folder / "jaxpike.nir", to_nir(Sequential(*layers), (1, 16), dt_seconds=1e-3))
    first, second, last = (np.stack(gave[at]) for at in (1, 3, 5))
    np.savez_compressed(
        folder / "jaxpike.npz",
        **{"input": spikes, "output": last, "layer/1": first.astype(np.uint8),
           "layer/3_threshold": second.astype(np.uint8)},
    )  # fmt: skip


main(Path(sys.argv[1]))
