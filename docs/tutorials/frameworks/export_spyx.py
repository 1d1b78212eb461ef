"""Spyx: builds a network, writes it as net.nir, and what it fires as samples.npz."""

import jax
import jax.numpy as jnp
import nir
import numpy as np
import spyx.nn as snn
from flax import nnx
from spyx.nir import to_nir

rngs = nnx.Rngs(0)
net = snn.Sequential(
    nnx.Linear(64, 32, rngs=rngs),
    snn.LIF((32,), beta=0.9, threshold=0.5, rngs=rngs),
    nnx.Linear(32, 10, rngs=rngs),
    snn.LIF((10,), beta=0.9, threshold=0.5, rngs=rngs),
)

graph = to_nir(net, {"input": np.array([64])}, {"output": np.array([10])}, dt=1e-3)
nir.write("net.nir", graph)

spikes = jax.random.bernoulli(jax.random.key(1), 0.3, (20, 8, 64)).astype(jnp.float32)  # (T, B, inputs)
fired, _ = snn.run(net, spikes)
np.savez("samples.npz", input=np.asarray(spikes), output=np.asarray(fired))
