"""The engine of summed synapses in JAX on the device that JAX has, a GPU above all: a table, and where its time goes.

From the repository root, in at most three minutes, without a network and without an installed spikec:

    mkdir -p /tmp/front/spikec && for part in compiler sim targets; do ln -sfn $PWD/$part /tmp/front/spikec/$part; done
    PYTHONPATH=/tmp/front python -m tests.benchmarks.device [--quick] [--loops]

It needs numpy, scipy, numba, msgspec and JAX with its plugin for the device, nothing else that spikec depends on.
Microseconds are medians, for a step and sample. `device`: events lie on the device and spikes stay there. `call`: the
machine, laid out before, and the events come from the host, and the spikes go there as bytes. Every row's spikes are
those of the event kernel on the processor, or the script ends with exit code 1. What is compiled is kept, as spikec
does: `first run` of a second start says what that saves. `--loops`: neurons step in a loop, not in one launch.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from spikec.sim.engines.choice import whole as span_of
from spikec.sim.engines.devices import Devices
from spikec.sim.engines.kept_code import kept_code
from spikec.sim.engines.summed import deliveries, in_jax, neuron_loop
from spikec.sim.engines.summed.manner import Manner, manner
from spikec.sim.engines.summed.neuron_source import BLOCK
from spikec.sim.engines.summed.plan import plan_of
from spikec.targets.loihi1 import neuron
from spikec.targets.machines.synapse_list import Machine

from . import simulated_networks
from .simulation import LATENCY, engine, naive_jax, registers

REPEATS, ENOUGH = 7, 3.0
"""Runs after the first one, and the seconds after which there are no more."""
SECONDS = 170.0
"""After which no further row is begun."""
BEGAN = time.perf_counter()


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network, its stimulus, and the steps of it that the naive step does."""

    name: str
    make: Callable[[], Machine]
    steps: int
    batch: int
    rate: float
    naive_steps: int


CASES = (
    Case(name="dense", make=simulated_networks.dense, steps=1000, batch=1, rate=0.05, naive_steps=100),
    Case(name="dense", make=simulated_networks.dense, steps=1000, batch=1, rate=0.4, naive_steps=100),
    Case(name="dense", make=simulated_networks.dense, steps=100, batch=256, rate=0.05, naive_steps=4),
    Case(name="conv", make=simulated_networks.convolution, steps=500, batch=1, rate=0.03, naive_steps=50),
    Case(name="conv", make=simulated_networks.convolution, steps=20, batch=256, rate=0.03, naive_steps=2),
    Case(name="reservoir", make=simulated_networks.reservoir, steps=200, batch=1, rate=0.05, naive_steps=50),
    Case(name="reservoir", make=simulated_networks.reservoir, steps=100, batch=64, rate=0.05, naive_steps=4),
    Case(name="recurrent", make=simulated_networks.recurrent, steps=500, batch=1, rate=0.01, naive_steps=50),
)  # fmt: skip


HOW: list[Manner] = []
"""The manner that is asked for, if there is one."""


def asked() -> Manner:
    return HOW[0] if HOW else manner()


def late() -> bool:
    return time.perf_counter() - BEGAN > SECONDS


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the first run, and of the median one after it."""
    seconds: list[float] = []
    while len(seconds) < 2 or (len(seconds) <= REPEATS and sum(seconds[1:]) < ENOUGH):
        start = time.perf_counter()
        jax.block_until_ready(run())
        seconds.append(time.perf_counter() - start)
    return seconds[0], statistics.median(seconds[1:])


def digest(spikes: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(spikes).tobytes()).hexdigest()[:16]


def table(case: Case, made: Machine) -> bool:
    """Print the rows of a case; whether their spikes are the processor's."""
    events = (np.random.default_rng(1).random((case.steps, case.batch, made.n_inputs)) < case.rate).astype(
        np.uint8
    )
    samples = case.steps * case.batch
    what = f"{case.name} {case.rate:.0%} | {case.steps} | {case.batch}"
    on_processor = engine("by_event", made)
    _, seconds = timed(lambda: on_processor(events))
    wanted = on_processor(events)
    print(
        f"| {what} | events, processor | | | | {seconds / samples * 1e6:.3f} | {digest(wanted)} |", flush=True
    )

    maps = simulated_networks.feature_maps(made) if case.name == "conv" else ()
    start = time.perf_counter()
    plan, own = plan_of(made, LATENCY, BLOCK), registers(made)
    laid = in_jax.laid_out_in(plan, made.n_neurons, made.n_inputs, maps, asked(), Devices(1))
    there = in_jax.OnDevices.of(laid, own, Devices(1))
    loaded = in_jax.Loaded.of(neuron, there, events.shape, states=False)
    chunks = [
        (loaded.put(events[k : k + loaded.steps]), len(events[k : k + loaded.steps]))
        for k in range(0, case.steps, loaded.steps)
    ]
    jax.block_until_ready([given for given, _ in chunks])
    setup = time.perf_counter() - start
    first, on_device = timed(lambda: [loaded.advance(*chunk) for chunk in chunks])

    def whole() -> np.ndarray:
        shape = made.n_inputs, made.n_neurons
        return in_jax.start(neuron, there, shape, span_of(events), states=False)(events)[0]

    _, call = timed(whole)
    found = whole()
    same = digest(found) == digest(wanted)
    numbers = f"{setup:.2f} | {first:.2f} | {on_device / samples * 1e6:.3f} | {call / samples * 1e6:.3f}"
    print(f"| {what} | layers, JAX | {numbers} | {digest(found)} |", flush=True)
    pieces = {
        "loading, once for all calls": lambda: [
            (stage.outer, stage.inner, stage.registers)
            for stage in in_jax.OnDevices.of(laid, own, Devices(1)).stages
        ],
        "the initial state": lambda: [
            layer.carry for layer in in_jax.Loaded.of(neuron, there, events.shape, states=False).layers
        ],
        "events to the device": lambda: loaded.put(events[: loaded.steps]),
    }
    for name, run in pieces.items():
        _, seconds = timed(run)
        print(f"| {what} | of the call, {name} | | | | {seconds / samples * 1e6:.3f} | |", flush=True)
    stages(what, loaded, chunks[0][0])

    part = events[: case.naive_steps]
    naive = naive_jax(made)
    first, call = timed(lambda: naive(part))
    told = digest(naive(part))
    alike = told == digest(wanted[: case.naive_steps])
    numbers = f" | {first:.2f} | | {call / part.shape[0] / case.batch * 1e6:.3f}"
    print(f"| {what} (T {case.naive_steps}) | naive step, JAX |{numbers} | {told} |", flush=True)
    for right, name in ((same, "layers"), (alike, "naive")):
        if not right:
            print(f"{what}: the spikes of the {name} row are not those of the processor")
    return same and alike


def stages(what: str, loaded: in_jax.Loaded, events: jax.Array) -> None:
    """Print what each stage of a run takes, by itself."""
    made = [found["spikes"] for found, _ in loaded.advance(events, loaded.steps)]
    raster = {in_jax.INPUTS: events, **dict(enumerate(made))}
    for k, layer in enumerate(loaded.layers):
        _, seconds = timed(lambda layer=layer: layer.run(raster, np.int32(loaded.steps), loaded.counts))
        each = f"{seconds / loaded.steps / loaded.samples * 1e6:.3f}"
        neurons_there = layer.part.stage.neurons.size
        print(f"| {what} | of this, stage {k}: {neurons_there} neurons | | | {each} | | |", flush=True)


# --- where time goes -------------------------------------------------------------------------------------------------


def products(rows: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """(rows, 1024) spikes times (1024, 1024) weights of 8 bits."""
    random = np.random.default_rng(0)
    spikes = jnp.asarray(random.integers(0, 2, (rows, 1024)), dtype=jnp.uint8)
    weights = random.integers(-127, 128, (1024, 1024))
    for as_bytes in (False, True):
        given = jnp.asarray(deliveries.weights_of(weights, as_bytes=as_bytes))
        run = jax.jit(deliveries.multiplied)
        yield (
            f"product {rows} x 1024 x 1024, {given.dtype}",
            lambda run=run, given=given: run(spikes, given),
        )


def convolutions(images: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Both layers 3 x 3 of the conv case as windows, and as the device's library convolves, which may round."""
    random = np.random.default_rng(0)
    for side, before, after in ((34, 2, 16), (17, 16, 32)):
        spikes = jnp.asarray(random.integers(0, 2, (images, side * side * before)), dtype=jnp.uint8)
        kernel = random.integers(-60, 61, (3, 3, before, after))
        form = deliveries.Window(
            before=(side, side, before), after=(side, side, after), taps=(3, 3), stride=(1, 1),
            padding=((1, 1), (1, 1)), dilation=(1, 1), alone=False, first=0, to=0,
        )  # fmt: skip
        rows = kernel.reshape(-1, after)
        rows = np.pad(rows, ((0, -len(rows) % deliveries.ALIGNED), (0, 0)))
        weights = jnp.asarray(deliveries.weights_of(rows, as_bytes=True))
        width = side * side * after
        run = jax.jit(lambda x, w, form=form, width=width: deliveries.arriving(form, [w], x, width))
        what = f"convolution {images} x {side} x {side} x {before} to {after}"
        yield f"{what}, int8 windows", lambda run=run, s=spikes, w=weights: run(s, w)

        def convolved(x, w, side=side, before=before):
            return jax.lax.conv_general_dilated(
                x.reshape(-1, side, side, before).astype(jnp.float32), w, (1, 1), "SAME",
                precision=jax.lax.Precision.HIGHEST, dimension_numbers=("NHWC", "HWIO", "NHWC"),
            ).astype(jnp.int32)  # fmt: skip

        plain = jax.jit(convolved)
        given = jnp.asarray(kernel, dtype=jnp.float32)
        yield f"{what}, float32 library", lambda run=plain, s=spikes, w=given: run(s, w)


def neurons(n: int, steps: int, batch: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """The steps of neurons alone over what arrives: a loop, and launches of other sizes."""
    made = {name: np.full(n, value, dtype=np.int32) for name, value in simulated_networks.REGISTERS.items()}
    own = {name: jnp.asarray(values) for name, values in {**made, "vth": np.full(n, 400, np.int32)}.items()}
    drive = jnp.asarray(np.random.default_rng(0).integers(-200, 220, (steps, batch, n)), dtype=jnp.int32)
    zero, count = neuron.initial(jnp, own, (batch, n)), jnp.int32(steps)
    how, what = manner(), f"neurons {steps} x {batch} x {n}"

    def run(lanes: int, together: int, launch: str) -> Callable[[], object]:
        kind = neuron_loop.Neurons(arithmetic=neuron, names=(), manner=how._replace(launch=launch))

        @jax.jit
        def steps_of(drive):
            neuron_loop.LANES, neuron_loop.TOGETHER = lanes, together
            return neuron_loop.all_steps(kind, own, zero, [drive], count)

        return lambda: steps_of(drive)

    usual = neuron_loop.LANES, neuron_loop.TOGETHER
    yield f"{what}, loop", run(*usual, "")
    for lanes, together in ((128, 8), (128, 1), (128, 4), (32, 8), (64, 8), (256, 4)) if how.launch else ():
        yield f"{what}, a launch of {lanes} neurons, {together} steps", run(lanes, together, how.launch)
    neuron_loop.LANES, neuron_loop.TOGETHER = usual


def copies(steps: int, batch: int, n: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Spikes from the device to bytes of the host."""
    spikes = (np.random.default_rng(0).random((steps, batch, n)) < 0.05).astype(np.uint8)
    there, bits = jnp.asarray(spikes), jnp.asarray(np.packbits(spikes, axis=2))
    # A copy of an array that was copied before is kept: a new one each time.
    fresh, fresh_bits = jax.jit(lambda x: x + jnp.uint8(0)), jax.jit(lambda x: x ^ jnp.uint8(1))
    what = f"{steps} x {batch} x {n}"
    yield f"{what} bytes to the host", lambda: np.asarray(fresh(there))
    yield f"{what} bits to the host", lambda: np.asarray(fresh_bits(bits))
    packed, room = np.asarray(bits), np.zeros_like(spikes)
    yield f"{what} bits to bytes on the host", lambda: in_jax.unpacked(packed, room, slice(0, n), n)
    yield (
        f"{what} the same into a new array",
        lambda: in_jax.unpacked(packed, np.zeros_like(spikes), slice(0, n), n),
    )


def breakdown(quick: bool) -> None:
    """Print what each piece of a run takes."""
    parts = [lambda: products(1000), lambda: neurons(1024, 1000, 1), lambda: copies(1000, 1, 1024)]
    if not quick:
        parts += [
            lambda: neurons(1024, 112, 256), lambda: convolutions(5120), lambda: products(25600),
            lambda: copies(100, 256, 2048), lambda: neurons(20480, 512, 1), lambda: neurons(20480, 20, 256),
        ]  # fmt: skip
    print("\n| piece | first run, s | milliseconds |\n| --- | --- | --- |")
    for make in parts:
        for what, run in make():
            if late():
                print(f"| {what} | | left out: {SECONDS:.0f} s are over |", flush=True)
                continue
            try:
                first, seconds = timed(run)
            except Exception as problem:  # what one kind of device lacks is a row too
                said = " ".join(str(problem).split())[:120].replace("|", "/")
                print(f"| {what} | | {type(problem).__name__}: {said} |", flush=True)
                continue
            print(f"| {what} | {first:.2f} | {seconds * 1e3:.3f} |", flush=True)


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    if "--loops" in arguments:
        HOW.append(manner()._replace(launch=""))
    device = jax.devices()[0]
    print(f"jax {jax.__version__}, {device.platform}, {device.device_kind}\n")
    print("| network | T | B | row | set-up, s | first run, s | device, us | call, us | spikes |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    right, built = True, dict[str, Machine]()
    for case in CASES[:2] if quick else CASES:
        if late():
            print(f"| {case.name} | {case.steps} | {case.batch} | left out: {SECONDS:.0f} s are over |")
            continue
        made = built.setdefault(case.name, case.make()) if case.name not in built else built[case.name]
        try:
            right &= table(case, made)
        except Exception as problem:  # the other rows are worth having
            right = False
            said = " ".join(str(problem).split())[:300].replace("|", "/")
            print(f"| {case.name} | {case.steps} | {case.batch} | {type(problem).__name__}: {said} |")
    breakdown(quick)
    print(f"\n{time.perf_counter() - BEGAN:.0f} s; {'all spikes agree' if right else 'SPIKES DIFFER'}")
    return 0 if right else 1


if __name__ == "__main__":
    with kept_code():
        sys.exit(main(sys.argv[1:]))
