"""How the host talks to a PAICORE 2.5: where it writes each input element, and at which address it sees each line."""

from __future__ import annotations

import numpy as np

from ..host_io import ELEMENT, LINE, HostIO, table
from .configuration import InputMap, PaicoreConfiguration
from .frames import Route
from .routes import HOST, reached


def host_io(c: PaicoreConfiguration) -> HostIO:
    """List the cores and addresses of each input element, and the addresses of the output lines."""
    lcn = {(core.x, core.y): core.registers["lcn"] for core in c.cores}
    none = [np.zeros((7, 0), dtype=np.int64)]
    sent = [_sent(one, lcn) for one in c.inputs]
    element, x, y, copy_z, copy_x, copy_y, split, address = np.concatenate(
        [np.zeros((8, 0), dtype=np.int64), *sent], axis=1
    )
    seen = [_seen(c, k) for k in range(len(c.outputs))]
    own_x, own_y, potential, own_split, own_address, delay = np.concatenate([none[0][:6], *seen], axis=1)
    return HostIO(
        inputs=table(
            ELEMENT,
            element,
            {
                "x": ("offset along x of the core that it is sent to", x),
                "y": ("offset along y of that core", y),
                "copy_z": ("further cores along the diagonal, in the direction of the sign", copy_z),
                "copy_x": ("further cores along x", copy_x),
                "copy_y": ("further cores along y", copy_y),
                "lcn": ("a step is 2**lcn slots of these cores' input buffers", split),
                "address": ("bit in the step: 512 for each slot, and the axon", address),
            },
        ),
        outputs=table(
            LINE,
            np.arange(own_x.size),
            {
                "x": ("position along x of the core that sends it; the frame does not say it", own_x),
                "y": ("position along y of that core", own_y),
                "potential": ("1: the four bytes of a potential; 0: a spike", potential),
                "lcn": ("a step is 2**lcn slots of what this core sends", own_split),
                "address": ("bit in the step: 512 for each slot, and the axon", own_address),
                "start": ("step of the chip, from 1, in which the core does its own first step", delay),
            },
        ),
    )


def _sent(one: InputMap, lcn: dict[tuple[int, int], int]) -> np.ndarray:
    """(8, size) columns of the table of inputs."""
    route = Route(x=one.x, y=one.y, copy_z=one.copy_z, copy_x=one.copy_x, copy_y=one.copy_y)
    split = next(lcn[at] for at in reached(HOST, route) if at in lcn)
    fixed = (one.x, one.y, one.copy_z, one.copy_x, one.copy_y, split)
    columns = [np.full(one.size, value) for value in fixed]
    return np.stack([one.first + np.arange(one.size), *columns, one.address])


def _seen(c: PaicoreConfiguration, number: int) -> np.ndarray:
    """(6, neurons) columns of the table of outputs."""
    line = c.outputs[number]
    core = c.cores[line.core]
    registers = core.registers
    fixed = (core.x, core.y, int(line.potential), registers["target_lcn"])
    columns = [np.full(line.address.size, value) for value in fixed]
    return np.stack([*columns, line.address, np.full(line.address.size, registers["tick_start"])])
