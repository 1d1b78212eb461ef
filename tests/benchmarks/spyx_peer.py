"""A network of layers in Spyx, in float: the weights and decays of a machine, and what Spyx makes of a neuron.

It fires other spikes than the machine: a current and a membrane in float32, a reset that subtracts the threshold, a
step for each layer. So it is a row of times, whose spikes are not compared.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np
from spikec.sim.engines.summed.neuron_source import BLOCK
from spikec.sim.engines.summed.plan import plan_of
from spikec.targets import load
from spikec.targets.machines.synapse_list import Machine

from .c_loops import Runner

LABEL = "Spyx, float, other spikes"
DECAY_ONE = 4096


def modules() -> tuple[ModuleType, ModuleType] | None:
    """spyx.nn and flax.nnx; None where Spyx (the extra `benchmarks`) is not installed."""
    try:
        return importlib.import_module("spyx.nn"), importlib.import_module("flax.nnx")
    except ImportError:
        return None


def matrices(made: Machine) -> list[np.ndarray] | None:
    """(sources, neurons) weights in thresholds, layer by layer; None where a machine is no chain of full layers."""
    found: list[np.ndarray] = []
    for k, part in enumerate(plan_of(made, load("loihi1").latency, BLOCK).parts):
        if part.stage.loops or part.feeds != (k - 1,):
            return None
        groups = [group for _, group in part.groups]
        if len(groups) != 1 or groups[0].dense is None:
            return None
        weights = groups[0].dense[: part.sizes[k]]  # without what rounds the columns of its sources up
        found.append(weights / made.params["vth"][part.stage.neurons])
    return found


def spyx(made: Machine) -> Runner | None:
    """None without Spyx, and where the network is no chain of full layers."""
    import jax
    import jax.numpy as jnp

    found, weights = modules(), matrices(made)
    if found is None or weights is None:
        return None
    nn, nnx = found
    decay = {name: float(made.params[name][0]) for name in ("decayU", "decayV")}
    keys, layers = nnx.Rngs(0), []
    for matrix in weights:
        linear = nnx.Linear(*matrix.shape, use_bias=False, rngs=keys)
        linear.kernel[...] = jnp.asarray(matrix, jnp.float32)
        neurons = nn.CuBaLIF(
            (matrix.shape[1],),
            alpha=1 - (decay["decayU"] + 1) / DECAY_ONE,
            beta=1 - decay["decayV"] / DECAY_ONE,
            rngs=keys,
        )
        layers += [linear, neurons]
    structure, values = nnx.split(nn.Sequential(*layers))

    @jax.jit
    def run(events: jax.Array) -> tuple[jax.Array, ...]:
        model = nnx.merge(structure, values)

        def step(state: list[object], now: jax.Array) -> tuple[list[object], tuple[jax.Array, ...]]:
            x, after, fired = now.astype(jnp.float32), [], []
            for layer, before in zip(model.layers, state, strict=True):
                if before is None:
                    x = layer(x)
                    after.append(None)
                else:
                    x, new = layer(x, before)
                    after.append(new)
                    fired.append(x.astype(jnp.uint8))
            return after, tuple(fired)

        return jax.lax.scan(step, model.initial_state(events.shape[1]), events)[1]

    return lambda events: np.concatenate([np.asarray(fired) for fired in run(events)], axis=2)
