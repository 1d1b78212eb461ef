"""The engine of summed synapses in JAX on the device that JAX has, a GPU above all: a table, and where its time goes.

From the repository root, in at most three minutes, without a network and without an installed spikec:

    mkdir -p /tmp/front/spikec && for part in compiler sim targets; do ln -sfn $PWD/$part /tmp/front/spikec/$part; done
    PYTHONPATH=/tmp/front python -m tests.benchmarks.device [--quick]

It needs numpy, scipy, numba, msgspec and JAX with its plugin for the device, nothing else that spikec depends on.
Microseconds are medians, for a step and sample. `device`: events lie on the device and spikes stay there. `call`: the
machine and the events come from the host, and the spikes go there as bytes. Every row's spikes are those of the event
kernel on the processor, or the script ends with exit code 1.
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
from spikec.sim.engines.summed import in_jax
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
    Case(name="recurrent", make=simulated_networks.recurrent, steps=500, batch=1, rate=0.01, naive_steps=50),
)  # fmt: skip


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

    start = time.perf_counter()
    plan, own = plan_of(made, LATENCY, BLOCK), registers(made)
    loaded = in_jax.Loaded.of(neuron, own, plan, events.shape, states=False)
    chunks = [
        (loaded.put(events[k : k + loaded.steps]), len(events[k : k + loaded.steps]))
        for k in range(0, case.steps, loaded.steps)
    ]
    jax.block_until_ready([given for given, _ in chunks])
    setup = time.perf_counter() - start
    first, on_device = timed(lambda: [loaded.advance(*chunk) for chunk in chunks])
    _, call = timed(lambda: in_jax.run(neuron, own, plan, made.n_neurons, events, states=False))
    found = in_jax.run(neuron, own, plan, made.n_neurons, events, states=False)[0]
    same = digest(found) == digest(wanted)
    numbers = f"{setup:.2f} | {first:.2f} | {on_device / samples * 1e6:.3f} | {call / samples * 1e6:.3f}"
    print(f"| {what} | layers, JAX | {numbers} | {digest(found)} |", flush=True)
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
    """(rows, 1024) spikes times (1024, 1024) weights of 8 bits, in each type that holds the sums exactly."""
    random = np.random.default_rng(0)
    spikes = jnp.asarray(random.integers(0, 2, (rows, 1024)), dtype=jnp.uint8)
    weights = jnp.asarray(random.integers(-127, 128, (1024, 1024)), dtype=jnp.int8)
    highest = jax.lax.Precision.HIGHEST
    kinds = {
        "float32": (jnp.float32, jnp.float32, highest),
        "float32 as tf32": (jnp.float32, jnp.float32, jax.lax.Precision.DEFAULT),
        "bfloat16, sums float32": (jnp.bfloat16, jnp.float32, jax.lax.Precision.DEFAULT),
        "int8, sums int32": (jnp.int8, jnp.int32, jax.lax.Precision.DEFAULT),
    }
    for name, (kind, sums, precision) in kinds.items():
        run = jax.jit(
            lambda x, w, kind=kind, sums=sums, precision=precision: jnp.matmul(
                x.astype(kind), w.astype(kind), precision=precision, preferred_element_type=sums
            ).astype(jnp.int32)
        )
        yield f"product {rows} x 1024 x 1024, {name}", lambda run=run: run(spikes, weights)


def convolutions(images: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Both layers 3 x 3 of the conv case, by type and by order of axes, and as products of gathered windows."""
    random = np.random.default_rng(0)
    for side, before, after in ((34, 2, 16), (17, 16, 32)):
        spikes = jnp.asarray(random.integers(0, 2, (images, side, side, before)), dtype=jnp.uint8)
        kernel = jnp.asarray(random.integers(-60, 61, (3, 3, before, after)), dtype=jnp.int8)
        for name, kind, sums, precision in (
            ("float32", jnp.float32, jnp.float32, jax.lax.Precision.HIGHEST),
            ("bfloat16, sums float32", jnp.bfloat16, jnp.float32, jax.lax.Precision.DEFAULT),
            ("int8, sums int32", jnp.int8, jnp.int32, jax.lax.Precision.DEFAULT),
        ):
            for order in ("NHWC", "NCHW"):

                @jax.jit
                def run(x, w, kind=kind, sums=sums, precision=precision, order=order):
                    x = x if order == "NHWC" else x.transpose(0, 3, 1, 2)
                    made = jax.lax.conv_general_dilated(
                        x.astype(kind), w.astype(kind), (1, 1), "SAME", precision=precision,
                        dimension_numbers=(order, "HWIO", order), preferred_element_type=sums,
                    ).astype(jnp.int32)  # fmt: skip
                    return made if order == "NHWC" else made.transpose(0, 2, 3, 1)

                what = f"convolution {images} x {side} x {side} x {before} to {after}, {name}, {order}"
                yield what, lambda run=run, s=spikes, k=kernel: run(s, k)

            @jax.jit
            def windows(x, w, kind=kind, sums=sums, precision=precision, side=side):
                room = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).astype(kind)
                seen = [room[:, y : y + side, z : z + side] for y in range(3) for z in range(3)]
                flat = jnp.concatenate(seen, axis=3)
                return jnp.matmul(
                    flat, w.reshape(-1, w.shape[3]).astype(kind), precision=precision,
                    preferred_element_type=sums,
                ).astype(jnp.int32)  # fmt: skip

            what = f"convolution {images} x {side} x {side} x {before} to {after}, {name}, windows"
            yield what, lambda run=windows, s=spikes, k=kernel: run(s, k)


def neurons(n: int, steps: int, batch: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """The step of neurons alone over what arrives."""
    made = {name: np.full(n, value, dtype=np.int32) for name, value in simulated_networks.REGISTERS.items()}
    own = {name: jnp.asarray(values) for name, values in {**made, "vth": np.full(n, 400, np.int32)}.items()}
    drive = jnp.asarray(np.random.default_rng(0).integers(-200, 220, (steps, batch, n)), dtype=jnp.int32)
    zero = neuron.initial(jnp, own, (batch, n))

    def step(state, arrived, own=own):
        state, fired, _ = neuron.step(jnp, neuron.parameters(own), state, arrived)
        return state, fired.astype(jnp.uint8)

    for unroll in (1, 8, 32):
        run = jax.jit(lambda drive, unroll=unroll: jax.lax.scan(step, zero, drive, unroll=unroll)[1])
        yield f"neurons {steps} x {batch} x {n}, scan, unroll {unroll}", lambda run=run: run(drive)
    graphs = {"xla_gpu_graph_min_graph_size": "1", "xla_gpu_enable_command_buffer": "FUSION,WHILE"}
    run = jax.jit(lambda drive: jax.lax.scan(step, zero, drive, unroll=8)[1], compiler_options=graphs)
    yield f"neurons {steps} x {batch} x {n}, scan, unroll 8, as a graph", lambda run=run: run(drive)
    yield f"neurons {steps} x {batch} x {n}, one kernel (Pallas)", one_kernel(own, drive)


def one_kernel(own: dict[str, jax.Array], drive: jax.Array) -> Callable[[], object]:
    """All steps in one launch: each program keeps its neurons' states in registers."""
    steps, batch, n = drive.shape
    block, names = 128, sorted(own)

    def kernel(*refs):
        *given, arrived, fired = refs
        parameters = neuron.parameters({name: ref[...] for name, ref in zip(names, given, strict=True)})
        state = neuron.State(*[jnp.zeros(block, jnp.int32) for _ in range(3)])

        def step(t, state):
            state, spikes, _ = neuron.step(jnp, parameters, state, arrived[t, 0, :])
            fired[t, 0, :] = spikes.astype(jnp.uint8)
            return state

        jax.lax.fori_loop(0, steps, step, state)

    many = -(-n // block) * block
    wide = jnp.pad(drive, ((0, 0), (0, 0), (0, many - n)))
    rows = [jnp.pad(own[name], (0, many - n), mode="edge") for name in names]
    made: list[Callable[..., jax.Array]] = []

    def run() -> jax.Array:
        if not made:
            made.append(launched())
        return made[0](*rows, wide)

    def launched() -> Callable[..., jax.Array]:
        from jax.experimental import pallas as pl
        from jax.experimental.pallas import triton

        flat = pl.BlockSpec((block,), lambda b, k: (k,))
        deep = pl.BlockSpec((steps, 1, block), lambda b, k: (0, b, k))
        processor = jax.default_backend() == "cpu"
        return jax.jit(
            pl.pallas_call(
                kernel,
                grid=(batch, many // block),
                in_specs=[flat] * len(rows) + [deep],
                out_specs=deep,
                out_shape=jax.ShapeDtypeStruct((steps, batch, many), jnp.uint8),
                interpret=processor,
                compiler_params=None if processor else triton.CompilerParams(),
            )
        )

    return run


def copies(steps: int, batch: int, n: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Spikes between host and device, as bytes and as bits."""
    spikes = (np.random.default_rng(0).random((steps, batch, n)) < 0.05).astype(np.uint8)
    there, bits = jnp.asarray(spikes), np.packbits(spikes, axis=2)
    packed = jnp.asarray(bits)
    pack = jax.jit(lambda x: jnp.packbits(x, axis=2))
    unpack = jax.jit(lambda x: jnp.unpackbits(x, axis=2))
    what = f"{steps} x {batch} x {n}"
    yield f"{what} bytes to the device", lambda: jax.device_put(spikes)
    yield f"{what} bits to the device", lambda: jax.device_put(bits)
    # A copy of an array that was copied before is kept: a new one each time.
    fresh, fresh_bits = jax.jit(lambda x: x + jnp.uint8(0)), jax.jit(lambda x: x ^ jnp.uint8(1))
    yield f"{what} bytes made anew", lambda: fresh(there)
    yield f"{what} bytes made anew and brought to the host", lambda: np.asarray(fresh(there))
    yield f"{what} bits made anew and brought to the host", lambda: np.asarray(fresh_bits(packed))
    yield f"{what} bits made of bytes on the device", lambda: pack(there)
    yield f"{what} bytes made of bits on the device", lambda: unpack(packed)
    yield f"{what} bits made of bytes on the host", lambda: np.packbits(spikes, axis=2)
    yield f"{what} bytes made of bits on the host", lambda: np.unpackbits(bits, axis=2)
    yield f"{what} zeros on the host, then filled", lambda: filled(spikes)


def filled(spikes: np.ndarray) -> np.ndarray:
    made = np.zeros_like(spikes)
    made[:] = spikes
    return made


def breakdown(quick: bool) -> None:
    """Print what each piece of a run takes."""
    parts = [lambda: products(1000), lambda: neurons(1024, 1000, 1), lambda: copies(1000, 1, 1024)]
    if not quick:
        parts += [
            lambda: products(25600), lambda: neurons(1024, 100, 256), lambda: copies(100, 256, 2048),
            lambda: convolutions(500), lambda: neurons(18496, 500, 1), lambda: convolutions(5120),
            lambda: neurons(18496, 20, 256),
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
        except jax.errors.JaxRuntimeError as problem:
            right = False
            print(f"| {case.name} | {case.steps} | {case.batch} | {' '.join(str(problem).split())[:200]} |")
    breakdown(quick)
    print(f"\n{time.perf_counter() - BEGAN:.0f} s; {'all spikes agree' if right else 'SPIKES DIFFER'}")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
