"""Which engine runs a finished output, and on how many devices: checked against what the chip's simulator has."""

from __future__ import annotations

import os
from typing import get_args

from ...sim.diagnostic import DiagnosticError, error
from ...sim.engines.choice import ANY, Execution, SumEngine
from ...sim.engines.processes import Party, join
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..shell.option_kinds import optional, refused, whole

DEVICES = optional(whole(1))


def chosen_execution(
    chip: Chip, engine: SumEngine, devices: int | None, party: Party | None = None
) -> Execution:
    """Check what was asked for. devices: of JAX; None: no choice, one where the engine is jax. party: to which this
    process belongs, which is joined here; all its devices take part.

    Raises DiagnosticError: SPK0513 for an engine that the chip's simulator does not have, SPK0514 for more devices than
    JAX can use, SPK0531 for values that are neither, SPK0610 where the processes do not meet."""
    if engine not in get_args(SumEngine):
        takes = f"one of {', '.join(get_args(SumEngine))}"
        raise DiagnosticError((refused("engine", engine, takes),))
    try:
        DEVICES.read(devices)
    except (TypeError, ValueError) as problem:
        raise DiagnosticError((refused("devices", devices, DEVICES.takes),)) from problem
    shared = "--devices" if party is None else "--processes"
    if devices is None and party is None and engine == "auto":
        return ANY
    one = devices is None and party is None
    if not one and engine not in ("auto", "jax"):
        message = f"{shared} needs the engine jax, and {engine} is asked for"
        raise _cannot_run("SPK0513", message, hint="leave --engine out, or ask for jax")
    wanted = engine if one else "jax"
    names = backend_of(chip).engines
    if wanted not in names:
        has = f"the engines {' and '.join(names)}" if names else "one engine, and no choice"
        asked = f"{wanted} is asked for" if one else f"{shared} needs the engine {wanted}"
        raise _cannot_run("SPK0513", f"the simulator of {chip.title} has {has}; {asked}")
    if party is not None:
        join(party)
    if wanted == "jax":
        devices = _found(devices, all_of_them=party is not None)
    return Execution(engine=wanted, devices=devices or 1)


def _found(devices: int | None, *, all_of_them: bool) -> int | None:
    """Check how many devices are asked for. all_of_them: what None means. Several processes take part with all that
    they have, so that each gets the result."""
    import jax

    try:
        found, processes = jax.device_count(), jax.process_count()
    except (RuntimeError, AssertionError) as problem:  # some versions of JAX assert that there is one
        said = str(problem).splitlines()[:1] or [f"JAX_PLATFORMS is {os.environ.get('JAX_PLATFORMS')}"]
        message = f"JAX has no device that it can use: {said[0]}"
        raise _cannot_run("SPK0514", message, hint="JAX_PLATFORMS=cpu takes the processor") from problem
    if devices is None:
        return found if all_of_them else None
    if devices > found:
        many = "1 device" if found == 1 else f"{found} devices"
        raise _cannot_run("SPK0514", f"{devices} devices are asked for, and JAX has {many}")
    if processes > 1 and devices != found:
        message = f"{devices} devices are asked for, and JAX has {found} in {processes} processes"
        raise _cannot_run("SPK0514", message, hint="all of them take part where there are several processes")
    return devices


def _cannot_run(code: str, message: str, hint: str = "") -> DiagnosticError:
    hints = {
        "SPK0513": "leave it out: the result is the same bit for bit with every engine",
        "SPK0514": "XLA_FLAGS=--xla_force_host_platform_device_count=N makes N devices of the processor",
    }
    return DiagnosticError((error(code, message, hint=hint or hints[code]),))
