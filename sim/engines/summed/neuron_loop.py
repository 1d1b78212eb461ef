"""The steps of a stage's neurons over what arrives in a chunk of time, in JAX: as a loop, or as one launch on a GPU.

Both do the same in each step. A GPU begins each turn of a loop anew, which takes longer than the neurons do; in one
launch, each block of neurons keeps its states and goes through all steps by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ....targets.arrays import SummedArithmetic
from .manner import Manner

if TYPE_CHECKING:
    import jax

    Named = dict[str, jax.Array]

LANES = 128
"""Neurons of a block that is launched, at most: a power of two."""
TOGETHER = 8
"""Steps of which a launch reads at once what arrives, at most: memory answers late, and to many at once."""


class Neurons(NamedTuple):
    """What the steps of neurons depend on. names: states that are recorded after each."""

    arithmetic: SummedArithmetic
    names: tuple[str, ...]
    manner: Manner


def update(
    neurons: Neurons,
    parameters: Any,
    state: Any,
    counted: Named,
    arrived: Sequence[jax.Array],
    now: jax.Array,
) -> tuple[Any, Named, Named]:
    """One step: the state, what was counted so far, and what was made. arrived: each of the sums. now: whether the
    step counts; where it does not, nothing happens."""
    import jax.numpy as jnp

    sums = tuple(arrived) if len(arrived) > 1 else arrived[0]
    after, fired, overflow = neurons.arithmetic.step(jnp, parameters, state, sums)
    kept = type(after)(*(jnp.where(now, new, old) for new, old in zip(after, state, strict=True)))
    more = {name: counted[name] + (getattr(overflow, name) & now).astype(jnp.int32) for name in counted}
    made = {name: getattr(kept, name) for name in neurons.names}
    return kept, more, made | {"spikes": (fired & now).astype(jnp.uint8)}


def all_steps(
    neurons: Neurons, registers: Named, state: Any, drive: Sequence[jax.Array], steps: jax.Array
) -> tuple[Any, Named, Named]:
    """Do the steps of a chunk whose neurons send nothing to themselves.

    drive: (T, B, N) int32 each, the sums of what arrives; steps: () int32, how many count. Returns the state after
    the chunk, (B, N) int32 by name what was counted, and (T, B, N) by name what was made."""
    import jax
    import jax.numpy as jnp

    if neurons.manner.launch:
        return launch(neurons, registers, state, drive, steps)
    parameters = neurons.arithmetic.parameters(registers)
    zero = {name: jnp.zeros(drive[0].shape[1:], jnp.int32) for name in neurons.arithmetic.Counters._fields}

    def forward(loop: tuple[Any, Named], given: tuple[list[jax.Array], jax.Array]) -> tuple[Any, Named]:
        arrived, t = given
        state, counted, made = update(neurons, parameters, *loop, arrived, t < steps)
        return (state, counted), made

    times = jnp.arange(len(drive[0]), dtype=jnp.int32)
    (state, counted), made = jax.lax.scan(
        forward, (state, zero), (list(drive), times), unroll=neurons.manner.unroll
    )
    return state, counted, made


@lru_cache(maxsize=64)
def can_launch(neurons: Neurons, registers: tuple[str, ...], sums: int = 1) -> bool:
    """Whether JAX can write the arithmetic's step as a launch for GPUs; not all operations can be, and a JAX that has
    given up this way of writing says so with a ValueError. registers: names. sums: that arrive at a neuron."""
    import jax
    import jax.numpy as jnp

    own = {name: jax.ShapeDtypeStruct((LANES,), jnp.int32) for name in registers}
    wide, deep = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((1, LANES), (TOGETHER, 1, LANES)))

    def run(registers: Named, drive: list[jax.Array], steps: jax.Array) -> object:
        state = neurons.arithmetic.initial(jnp, registers, wide.shape)
        return launch(neurons, registers, state, drive, steps)

    try:
        with jax.numpy_dtype_promotion("strict"), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            traced = jax.jit(run).trace(own, [deep] * sums, jax.ShapeDtypeStruct((), jnp.int32))
            traced.lower(lowering_platforms=("cuda",))
    except (NotImplementedError, ValueError):
        return False
    return True


def launch(
    neurons: Neurons, registers: Named, state: Any, drive: Sequence[jax.Array], steps: jax.Array
) -> tuple[Any, Named, Named]:
    """As `all_steps`, in one launch: a program for each sample and block of neurons."""
    import jax
    import jax.numpy as jnp
    from jax.experimental import pallas as pl
    from jax.experimental.pallas import triton

    (length, batch, n), counters = drive[0].shape, neurons.arithmetic.Counters._fields
    lanes, together = min(LANES, n & -n), min(TOGETHER, length & -length)
    own, outputs, kind = sorted(registers), (*neurons.names, "spikes"), type(state)
    sizes = 1, len(drive), len(own), len(state), len(state), len(counters), len(outputs)
    ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]

    def kernel(*refs: Any) -> None:
        (last,), arrived, rows, before, after, counts, sent = (
            refs[end - size : end] for size, end in zip(sizes, ends, strict=True)
        )
        end = last[0]
        parameters = neurons.arithmetic.parameters(
            {name: row[...] for name, row in zip(own, rows, strict=True)}
        )

        def turn(k: jax.Array, loop: tuple[Any, Named]) -> tuple[Any, Named]:
            first = k * together
            sums = [[each[first + j, 0, :] for each in arrived] for j in range(together)]
            for j, each in enumerate(sums):
                state, counted, made = update(neurons, parameters, *loop, each, first + j < end)
                loop = state, counted
                for row, name in zip(sent, outputs, strict=True):
                    row[first + j, 0, :] = made[name]
            return loop

        begun = (
            kind(*(row[0, :] for row in before)),
            {name: jnp.zeros(lanes, jnp.int32) for name in counters},
        )
        ended, counted = jax.lax.fori_loop(0, length // together, turn, begun)
        for row, value in zip(after, ended, strict=True):
            row[0, :] = value
        for row, name in zip(counts, counters, strict=True):
            row[0, :] = counted[name]

    one, flat = pl.BlockSpec((1,), lambda b, k: (0,)), pl.BlockSpec((lanes,), lambda b, k: (k,))
    wide = pl.BlockSpec((1, lanes), lambda b, k: (b, k))
    deep = pl.BlockSpec((length, 1, lanes), lambda b, k: (0, b, k))
    interpreted = neurons.manner.launch == "interpreted"
    found = pl.pallas_call(
        kernel,
        grid=(batch, n // lanes),
        in_specs=[one, *[deep] * len(drive), *[flat] * len(own), *[wide] * len(state)],
        out_specs=[*[wide] * (len(state) + len(counters)), *[deep] * len(outputs)],
        out_shape=[
            *(jax.ShapeDtypeStruct(value.shape, value.dtype) for value in state),
            *(jax.ShapeDtypeStruct((batch, n), jnp.int32) for _ in counters),
            *(jax.ShapeDtypeStruct(drive[0].shape, jnp.int32) for _ in neurons.names),
            jax.ShapeDtypeStruct(drive[0].shape, jnp.uint8),
        ],
        interpret=interpreted,
        compiler_params=None if interpreted else triton.CompilerParams(num_warps=max(1, lanes // 32)),
    )(steps.reshape(1), *drive, *(registers[name] for name in own), *state)
    after, counted, made = (
        found[: len(state)], found[len(state) : -len(outputs)], found[-len(outputs) :],
    )  # fmt: skip
    return (
        kind(*after),
        dict(zip(counters, counted, strict=True)),
        dict(zip(outputs, made, strict=True)),
    )
