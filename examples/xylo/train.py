"""Trains networks for Xylo: digits as 16 spike trains, two networks of the chip's own neurons and two of others.

`python examples/xylo/train.py` (needs scikit-learn, for its digits) writes beside itself, for each network, the graph
(`.nir`) and 200 test samples with labels and with every spike that the network here fires for them (`.npz`).

The chip's own neuron is NIR's CubaLIF as Rockpool reads it: I = a (I + x), V = b V + I with a, b = exp(-dt/tau); it
fires at V >= theta, at most once a step, and theta is then taken off V. The time constants put a and b near 1 - 2**-k.
The others are NIR's LIF as snnTorch's Leaky reads it: V = b V + x, with b between two powers of two; it fires at
V > theta, and starts the next step from 0, or loses theta behind that step's decay.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import jax
import jax.numpy as jnp
import nir
import numpy as np

N_IN, N_OUT, STEPS, DT_SECONDS = 16, 10, 32, 1e-3
N_TEST, N_VALIDATION = 200, 200
BATCH = 127  # 11 of them are the 1397 samples that are left
THETA = 1.0
TAU_SYN, TAU_MEM = 3.5e-3, 7.5e-3  # a = 0.7515, b = 0.8752: close to 1 - 2**-2 and 1 - 2**-3
TAU_LEAKY = 10e-3  # b = 1 - dt/tau = 0.9, between 1 - 2**-3 and 1 - 2**-4

LEARNING_RATE = 3e-3
LOGIT_PER_SPIKE = 0.5
L2 = 2e-2  # of 3e-4 to 5e-2, by validation samples: as many right as with less, and spikes survive 8-bit weights better
OVERSHOOT, HIGHEST = 1.0, 1.6  # thresholds: a chip neuron with two of them in its membrane would fire twice

Kind = Literal["cuba", "zero", "subtract"]
"""The chip's own neuron, or a LIF that starts from 0 after a spike or loses the threshold."""
Weights = dict[str, jax.Array]
"""`in` (hidden, 16), `rec` (hidden, hidden) in a recurrent network, `out` (10, hidden); float32."""


@dataclass(frozen=True, kw_only=True)
class Net:
    name: str
    hidden: int
    recurrent: bool
    epochs: int
    seed: int
    kind: Kind = "cuba"


@dataclass(frozen=True, kw_only=True)
class Digits:
    """rates: (N, 16), 0..1, spikes a step. labels: (N,) int."""

    rates: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a network does: spikes of both layers, (T, B, n), 0 or 1, and by how much membranes passed HIGHEST."""

    hidden: jax.Array
    output: jax.Array
    overshoot: jax.Array


NETS = (
    Net(name="cuba_ff", hidden=64, recurrent=False, epochs=120, seed=1),
    Net(name="cuba_rec", hidden=48, recurrent=True, epochs=120, seed=2),
    Net(name="lif_zero", hidden=48, recurrent=False, epochs=120, seed=3, kind="zero"),
    Net(name="lif_subtract", hidden=48, recurrent=False, epochs=120, seed=4, kind="subtract"),
)


def load_digits(seed: int) -> tuple[Digits, Digits, Digits]:
    """Training, validation and test set. 8 x 8 images of 0..16, means of 2 x 2 pixels."""
    from sklearn import datasets  # pyright: ignore[reportMissingImports]

    found: Any = datasets.load_digits()
    images, labels = np.asarray(found.images), np.asarray(found.target)
    rates = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, N_IN) / 16
    order = np.random.default_rng(seed).permutation(len(rates))
    cuts = (len(rates) - N_TEST - N_VALIDATION, len(rates) - N_TEST)
    train, validation, test = (Digits(rates=rates[k], labels=labels[k]) for k in np.split(order, cuts))
    return train, validation, test


def spikes_of(rates: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(T, N, 16) uint8: each spike alone with the probability that its pixel says."""
    return (random.random((STEPS, *rates.shape)) < rates).astype(np.uint8)


@jax.custom_jvp
def fires(v: jax.Array) -> jax.Array:
    """1 where V is at theta or above; its derivative is that of a fast sigmoid (Zenke and Ganguli 2018)."""
    return (v >= THETA).astype(jnp.float32)


@fires.defjvp
def _fires_jvp(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    (v,), (dv,) = primals, tangents
    return fires(v), dv / (1 + 5 * jnp.abs(v - THETA)) ** 2


def neuron(i: jax.Array, v: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """One step of a layer of the chip's neurons: the new I and V, the spikes, and what V was before its reset."""
    alpha, beta = np.float32(np.exp(-DT_SECONDS / TAU_SYN)), np.float32(np.exp(-DT_SECONDS / TAU_MEM))
    i = alpha * (i + x)
    v = beta * v + i
    s = fires(v)
    return i, v - jax.lax.stop_gradient(s) * THETA, s, v


def leaky(
    kind: Kind, s: jax.Array, v: jax.Array, x: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """One step of a layer of LIF neurons, as `neuron`; s: the spikes of the step before, which reset in this one."""
    beta, reset = np.float32(1 - DT_SECONDS / TAU_LEAKY), jax.lax.stop_gradient(s)
    v = beta * (v * (1 - reset)) + x if kind == "zero" else beta * v + x - reset * THETA
    s = fires(v)
    return s, v, s, jnp.zeros_like(v)  # how far it is past the threshold makes no second spike


def run(weights: Weights, x: jax.Array, kind: Kind) -> Run:
    """x: (T, B, 16). What a neuron fires reaches the output layer in the same step, its own layer in the next."""
    step_of = neuron if kind == "cuba" else partial(leaky, kind)

    def step(state: Any, now: jax.Array) -> Any:
        i_h, v_h, s_h, i_o, v_o = state
        drive = now @ weights["in"].T
        if "rec" in weights:
            drive = drive + s_h @ weights["rec"].T
        i_h, v_h, s_h, high_h = step_of(i_h, v_h, drive)
        i_o, v_o, s_o, high_o = step_of(i_o, v_o, s_h @ weights["out"].T)
        over = jnp.maximum(high_h - HIGHEST, 0).sum() + jnp.maximum(high_o - HIGHEST, 0).sum()
        return (i_h, v_h, s_h, i_o, v_o), (s_h, s_o, over)

    h, o = (jnp.zeros((x.shape[1], weights[name].shape[0])) for name in ("in", "out"))
    hidden, output, over = jax.lax.scan(step, (h, h, h, o, o), x.astype(jnp.float32))[1]
    return Run(hidden=hidden, output=output, overshoot=over.sum() / x.shape[1])


def loss(weights: Weights, x: jax.Array, labels: jax.Array, kind: Kind) -> jax.Array:
    """Cross-entropy of the spike counts, weight decay, and what would make a chip neuron fire twice a step."""
    done = run(weights, x, kind)
    logits = jax.nn.log_softmax(LOGIT_PER_SPIKE * done.output.sum(axis=0))
    wrong = -jnp.take_along_axis(logits, labels[:, None], axis=1).mean()
    decay = sum((w**2).sum() for w in weights.values())
    return wrong + L2 * decay + OVERSHOOT * done.overshoot


@partial(jax.jit, static_argnames="kind")
def adam(weights: Weights, moments: tuple[Weights, Weights], count: jax.Array, rate: jax.Array,
         x: jax.Array, labels: jax.Array, kind: Kind) -> tuple[Weights, tuple[Weights, Weights]]:  # fmt: skip
    """One step of Adam (Kingma and Ba 2015). count: steps with this one."""
    grad = jax.grad(loss)(weights, x, labels, kind)
    first = {k: 0.9 * moments[0][k] + 0.1 * grad[k] for k in grad}
    second = {k: 0.999 * moments[1][k] + 0.001 * grad[k] ** 2 for k in grad}
    moved = {
        k: w - rate * (first[k] / (1 - 0.9**count)) / (jnp.sqrt(second[k] / (1 - 0.999**count)) + 1e-8)
        for k, w in weights.items()
    }
    return moved, (first, second)


def right(weights: Weights, x: np.ndarray, labels: np.ndarray, kind: Kind) -> int:
    """Samples whose class fires most, the first of equals."""
    counts = np.asarray(jax.jit(lambda w, x: run(w, x, kind).output.sum(axis=0))(weights, x))
    return int((counts.argmax(axis=1) == labels).sum())


def initial(net: Net, random: np.random.Generator) -> Weights:
    """Normal weights, such that a layer driven at a rate of 0.3 comes to about its threshold."""
    shapes = {"in": (net.hidden, N_IN), "out": (N_OUT, net.hidden)}
    if net.recurrent:
        shapes["rec"] = (net.hidden, net.hidden)
    width = {"in": 0.12, "rec": 0.02, "out": 0.06}
    return {k: jnp.asarray(random.normal(0.0, width[k], shapes[k]), jnp.float32) for k in shapes}


def train(net: Net, training: Digits, validation: Digits, tell: Callable[[str], None]) -> Weights:
    """The weights after the epoch with the most validation samples right, the last of equals."""
    random = np.random.default_rng(net.seed)
    weights = best = initial(net, random)
    moments = ({k: jnp.zeros_like(w) for k, w in weights.items()},) * 2
    seen = spikes_of(validation.rates, random)
    most, count = -1, 0
    for epoch in range(net.epochs):
        x = spikes_of(training.rates, random)  # new spikes of the same images in every epoch
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * epoch / net.epochs))
        for chosen in random.permutation(len(training.labels)).reshape(-1, BATCH):
            count += 1
            weights, moments = adam(
                weights, moments, jnp.float32(count), rate, x[:, chosen], training.labels[chosen], net.kind
            )
        found = right(weights, seen, validation.labels, net.kind)
        if found >= most:
            most, best = found, weights
        if (epoch + 1) % 20 == 0:
            tell(f"{net.name}: epoch {epoch + 1}, validation {found}/{len(seen[0])}, best {most}")
    return best


def cuba(size: int) -> nir.CubaLIF:
    ones = np.ones(size, np.float32)
    return nir.CubaLIF(
        tau_syn=np.float32(TAU_SYN) * ones, tau_mem=np.float32(TAU_MEM) * ones, r=ones, v_leak=0 * ones,
        v_threshold=np.float32(THETA) * ones, v_reset=0 * ones, w_in=ones,
    )  # fmt: skip


def lif(size: int) -> nir.LIF:
    """r is tau/dt, as snnTorch's exporter writes it: what arrives has no gain."""
    ones = np.ones(size, np.float32)
    return nir.LIF(
        tau=np.float32(TAU_LEAKY) * ones, r=np.float32(TAU_LEAKY / DT_SECONDS) * ones, v_leak=0 * ones,
        v_threshold=np.float32(THETA) * ones, v_reset=0 * ones,
    )  # fmt: skip


def graph(weights: Mapping[str, np.ndarray], kind: Kind) -> nir.NIRGraph:
    """A recurrent layer is a graph of its own: the neurons and the way back."""
    neurons = cuba if kind == "cuba" else lif
    hidden: Any = neurons(len(weights["in"]))
    if "rec" in weights:
        size: Any = np.array([len(weights["in"])])
        hidden = nir.NIRGraph(
            nodes={
                "input": nir.Input(size),
                "lif": hidden,
                "w_rec": nir.Linear(weights["rec"]),
                "output": nir.Output(size),
            },
            edges=[("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
        )
    ends: Any = (np.array([N_IN]), np.array([N_OUT]))
    chain = ("input", "w_in", "hidden", "w_out", "readout", "output")
    return nir.NIRGraph(
        nodes={
            "input": nir.Input(ends[0]),
            "w_in": nir.Linear(weights["in"]),
            "hidden": hidden,
            "w_out": nir.Linear(weights["out"]),
            "readout": neurons(N_OUT),
            "output": nir.Output(ends[1]),
        },
        edges=list(pairwise(chain)),
    )


def write(net: Net, weights: Weights, test: Digits, folder: Path) -> str:
    """The files of one network, and a line about it."""
    x = spikes_of(test.rates, np.random.default_rng(1000 + net.seed))
    with jax.disable_jit():  # each operation rounds by itself, as in the frameworks
        done = run(weights, jnp.asarray(x), net.kind)
    hidden, output = np.asarray(done.hidden, np.uint8), np.asarray(done.output, np.uint8)
    nir.write(folder / f"{net.name}.nir", graph({k: np.asarray(w) for k, w in weights.items()}, net.kind))
    layer = "layer/hidden/lif" if net.recurrent else "layer/hidden"
    recorded: dict[str, Any] = {layer: hidden, "layer/readout": output}
    np.savez_compressed(
        folder / f"{net.name}.npz", input=x, labels=test.labels.astype(np.int64), output=output, **recorded
    )
    found = int((output.sum(axis=0, dtype=int).argmax(axis=1) == test.labels).sum())
    largest = max(float(np.abs(np.asarray(w)).max()) for w in weights.values())
    return (
        f"{net.name}: test {found}/{len(test.labels)}, spikes a step: hidden {hidden.mean():.4f}, "
        f"output {output.mean():.4f}; overshoot {float(done.overshoot):.3g}, largest weight {largest:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent, help="where the files go")
    folder: Path = parser.parse_args().folder
    training, validation, test = load_digits(seed=0)
    for net in NETS:
        weights = train(net, training, validation, partial(print, flush=True))
        print(write(net, weights, test, folder), flush=True)


if __name__ == "__main__":
    main()
