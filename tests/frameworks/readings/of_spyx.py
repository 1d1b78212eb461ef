"""Records small networks of Spyx at several time steps; run in its environment with a FOLDER."""

import sys

import jax
import jax.numpy as jnp
import nir
import numpy as np
import spyx.nn as snn
from flax import nnx
from spyx.nir import to_nir

FOLDER = sys.argv[1]
RNGS = nnx.Rngs(4)


def record(name, first, second, dt):
    net = snn.Sequential(nnx.Linear(12, 9, rngs=RNGS), first, nnx.Linear(9, 4, rngs=RNGS), second)
    nir.write(
        f"{FOLDER}/spyx_{name}.nir", to_nir(net, {"input": np.array([12])}, {"output": np.array([4])}, dt=dt)
    )
    spikes = jax.random.bernoulli(jax.random.key(3), 0.3, (25, 3, 12)).astype(jnp.float32)
    fired, _ = snn.run(net, spikes)
    np.savez_compressed(
        f"{FOLDER}/spyx_{name}.npz", input=np.asarray(spikes, np.uint8), output=np.asarray(fired, np.uint8)
    )


def lif(size, **more):
    return snn.LIF((size,), threshold=0.4, rngs=RNGS, **more)


record("lif", lif(9, beta=0.8), lif(4, beta=0.7), dt=1e-2)
record("psu", snn.PSU_LIF((9,), beta=0.6, threshold=0.9, rngs=RNGS), lif(4, beta=0.7), dt=1e-2)
record(
    "recurrent_cuba",
    snn.RCuBaLIF((9,), alpha=0.5, beta=0.8, threshold=0.7, rngs=RNGS),
    lif(4, beta=0.7),
    dt=1e-3,
)
