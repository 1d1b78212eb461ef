"""Random grids of crossbar cores: all parameters, or values that wrap, and axons that several senders share."""

from __future__ import annotations

import msgspec
import numpy as np
from spikec.targets.machines.crossbar_grid import GridCore, GridMachine
from spikec.targets.ranc.model import RancChip

from ..shipped import revision

REGISTERS = {
    "initial_potential": "potential", "leak": "leak", "negative_threshold": "threshold",
    "positive_threshold": "threshold", "reset_potential": "reset_potential",
}  # fmt: skip


def small(name: str = "ranc", axons: int = 16, neurons: int = 16) -> RancChip:
    """The revision with cores of another size."""
    base = revision(name)
    core = msgspec.structs.replace(base.core, axons=axons, neurons=neurons)
    return msgspec.structs.replace(base, core=core)


def grid(rng: np.random.Generator, chip: RancChip, *, extreme: bool = False) -> GridMachine:
    """extreme: registers over their whole range, else small ones. Cores are filled to different heights."""
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(2, 4))
    output = (int(rng.integers(columns)), int(rng.integers(rows)))
    outputs = int(rng.integers(1, chip.core.axons + 1))
    cores = [
        core(rng, chip, (x, y), (columns, rows), output, outputs, extreme)
        for y in range(rows)
        for x in range(columns)
        if (x, y) != output
    ]
    elements, packets = int(rng.integers(1, 12)), int(rng.integers(1, 30))
    chosen = [cores[k] for k in rng.integers(0, len(cores), packets)]
    inputs = [
        [int(rng.integers(elements)), c.x, c.y, int(rng.integers(chip.core.axons)), int(rng.integers(15))]
        for c in chosen
    ]
    return GridMachine(
        columns=columns,
        rows=rows,
        output=output,
        n_outputs=outputs,
        cores=tuple(cores),
        n_inputs=elements,
        inputs=np.array(sorted(inputs), dtype=np.int64),
    )


def core(
    rng: np.random.Generator,
    chip: RancChip,
    place: tuple[int, int],
    size: tuple[int, int],
    output: tuple[int, int],
    outputs: int,
    extreme: bool,
) -> GridCore:
    n, axons = int(rng.integers(0, chip.core.neurons + 1)), chip.core.axons

    def register(bits: int) -> np.ndarray:
        top = 1 << (bits - 1) if extreme else 40
        return rng.integers(-top, top, n)

    params = {name: register(getattr(chip.bits, bits)) for name, bits in REGISTERS.items()}
    if not extreme:
        params |= {
            "positive_threshold": rng.integers(1, 40, n), "negative_threshold": -rng.integers(0, 40, n),
            "leak": rng.integers(-3, 4, n), "reset_potential": rng.integers(0, 4, n),
        }  # fmt: skip
    params["reset_mode"] = rng.integers(0, 2, n)
    x, y = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
    outside = (x == output[0]) & (y == output[1])
    weights = np.stack([register(chip.bits.weight) for _ in range(chip.core.types)], axis=1)
    return GridCore(
        x=place[0],
        y=place[1],
        axon_type=rng.integers(0, chip.core.types, axons),
        connected=rng.random((n, axons)) < rng.uniform(0.1, 0.7),
        weights=weights.reshape(n, chip.core.types),
        params=params,
        dx=x - place[0],
        dy=y - place[1],
        axon=np.where(outside, rng.integers(0, outputs, n), rng.integers(0, axons, n)),
        delay=rng.integers(0, 15, n),
    )
