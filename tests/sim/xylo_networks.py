"""Random Xylo configurations, from calm to saturating, and the same networks for the oracles."""

from __future__ import annotations

import numpy as np
from spikec.targets.xylo.configuration import XyloConfiguration

from .xylo_oracle import Neuron, Synapse

Random = np.random.Generator


def configuration(random: Random, *, largest: int) -> XyloConfiguration:
    """Up to `largest` hidden neurons; half of the networks have extreme numbers, some no bias, some aliases."""
    extreme = bool(random.integers(2))
    n, outputs, inputs = (int(random.integers(1, most + 1)) for most in (largest, 8, 16))
    synapses = int(random.integers(1, 3))
    ien, oen = int(random.integers(1, n + 1)), int(random.integers(1, n + 1))
    biased = bool(random.integers(2))
    shift_in, shift_rec, shift_out = (int(random.integers(8 if extreme else 3)) for _ in range(3))
    return XyloConfiguration(
        weights_in=weights(random, (inputs, ien, synapses)),
        weights_rec=weights(random, (n, n, synapses)),
        weights_out=weights(random, (oen, outputs)),
        shift_in=shift_in,
        shift_rec=shift_rec,
        shift_out=shift_out,
        hidden={
            **neurons(random, n, extreme, biased),
            "dash_syn2": dashes(random, n, extreme) if synapses == 2 else np.zeros(n, dtype=np.int64),
        },
        output=neurons(random, outputs, extreme, biased),
        alias_target=aliases(random, n),
    )


def weights(random: Random, shape: tuple[int, ...]) -> np.ndarray:
    kept = random.random(shape) < random.choice([0.1, 0.5, 1.0])
    return np.where(kept, random.integers(-128, 128, shape), 0).astype(np.int8)


def dashes(random: Random, n: int, extreme: bool) -> np.ndarray:
    return random.integers(0 if extreme else 1, 16 if extreme else 7, n)


def neurons(random: Random, n: int, extreme: bool, biased: bool) -> dict[str, np.ndarray]:
    most = 32768 if extreme else 800
    bias = random.integers(-most, most, n) * biased // (1 if extreme else 20)
    return {
        "dash_syn": dashes(random, n, extreme),
        "dash_mem": dashes(random, n, extreme),
        "bias": bias,
        "threshold": np.where(
            random.random(n) < 0.1, random.choice([1, 32767], n), random.integers(1, most, n)
        ),
    }


def aliases(random: Random, n: int) -> np.ndarray:
    """To any other neuron, forward and backward, several sources a target, chains."""
    chosen = random.random(n) < random.choice([0.0, 0.3])
    other = (np.arange(n) + random.integers(1, max(n, 2), n)) % n
    return np.where(chosen & (other != np.arange(n)), other, -1)


def events(random: Random, inputs: int, steps: int) -> np.ndarray:
    """(steps, inputs) uint8; rare to frequent, some above 15."""
    rate = random.choice([0.05, 0.5, 1.0])
    counts = np.where(random.random((steps, inputs)) < rate, random.integers(0, 20, (steps, inputs)), 0)
    return np.where(random.random(steps)[:, None] < 0.2, 0, counts).astype(np.uint8)


def oracle_neurons(chip: XyloConfiguration) -> list[Neuron]:
    h, o = chip.hidden, chip.output
    hidden = [
        Neuron(
            (int(h["dash_syn"][k]), int(h["dash_syn2"][k])), int(h["dash_mem"][k]), int(h["bias"][k]),
            int(h["threshold"][k]), 31, int(chip.alias_target[k]),
        )
        for k in range(chip.n_hidden)
    ]  # fmt: skip
    output = [
        Neuron(
            (int(o["dash_syn"][k]), 0), int(o["dash_mem"][k]), int(o["bias"][k]), int(o["threshold"][k]), 1
        )
        for k in range(chip.n_outputs)
    ]
    return hidden + output


def oracle_synapses(chip: XyloConfiguration) -> list[Synapse]:
    n, oen = chip.n_hidden, len(chip.weights_out)
    found = [
        Synapse(from_input, pre, post, s, int(matrix[pre, post, s]), shift)
        for from_input, matrix, shift in (
            (True, chip.weights_in, chip.shift_in),
            (False, chip.weights_rec, chip.shift_rec),
        )
        for pre, post, s in np.argwhere(matrix).tolist()
    ]
    found += [
        Synapse(False, n - oen + pre, n + post, 0, int(chip.weights_out[pre, post]), chip.shift_out)
        for pre, post in np.argwhere(chip.weights_out).tolist()
    ]
    return found
