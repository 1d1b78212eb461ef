"""Holds the times of a file against the time step: leaks that it cuts off, delays that it rounds."""

from __future__ import annotations

import numpy as np

from ...sim.diagnostic import Diagnostic, warning
from ...sim.dialect.dialect import Dialect, NodeDialect
from ...sim.nir.path import stored_at
from ..ir.network import FlatGraph, FlatNode

ON_GRID = 1e-4
"""Steps: files keep times in 32 bits, so that a whole number of steps is not met exactly."""
LISTED = 8
MEMBRANE, SYNAPSE = ("tau", "tau_mem"), ("tau_syn",)


def check_times(flat: FlatGraph, dialect: Dialect) -> list[Diagnostic]:
    """Warn of time constants below the time step (SPK0312), and of delays that are no whole steps (SPK0313)."""
    found: list[Diagnostic] = []
    for node in flat.nodes():
        reading = dialect.for_node(node.path, node.kind)
        for names, rule in ((MEMBRANE, reading.decay), (SYNAPSE, reading.syn_decay)):
            if rule == "euler":
                found += [d for name in names for d in _cut_off(node, name, reading, dialect.dt_seconds)]
        found += _rounded(node, dialect.dt_seconds)
    return found


def _cut_off(node: FlatNode, name: str, reading: NodeDialect, dt: float) -> list[Diagnostic]:
    tau = node.params.get(name)
    if not isinstance(tau, np.ndarray):
        return []
    seconds = tau * reading.tau_scale
    short = (seconds > 0) & (seconds < dt * (1 - ON_GRID))
    if not short.any():
        return []
    shortest = float(seconds[short].min())
    becomes = (
        "is cut off at 0"
        if reading.clip_decay
        else f"is {1 - dt / shortest:.3g}: the sign changes in every step"
    )
    message = (
        f"{int(short.sum()):,} of {tau.size:,} time constants are shorter than the time step of {dt:g} s; "
        f"what the shortest of them, {shortest:g} s, keeps from step to step {becomes}"
    )
    hint = "give a shorter --dt, or the dialect that wrote the file"
    return [warning("SPK0312", message, where=stored_at(node.path, name), hint=hint)]


def _rounded(node: FlatNode, dt: float) -> list[Diagnostic]:
    delay = node.params.get("delay")
    if node.kind != "Delay" or not isinstance(delay, np.ndarray):
        return []
    asked = delay.ravel() / dt
    done = np.rint(asked)
    off = np.abs(asked - done) > ON_GRID * np.maximum(1.0, asked)
    if not off.any():
        return []
    vanish = int((off & (done == 0)).sum())
    message = (
        f"{int(off.sum()):,} of {delay.size:,} delays are no whole steps of {dt:g} s and are rounded to the nearest"
        + (f"; {vanish:,} of them to none at all" if vanish else "")
    )
    some = np.flatnonzero(off)[:LISTED]
    more = f" and {int(off.sum()) - LISTED:,} more" if int(off.sum()) > LISTED else ""
    return [
        warning(
            "SPK0313",
            message,
            where=stored_at(node.path, "delay"),
            asked=", ".join(f"[{k}] {asked[k]:.4g}" for k in some) + f"{more}, in steps",
            done=", ".join(f"[{k}] {done[k]:.0f}" for k in some) + more,
            hint="give a --dt that divides the delays",
        )
    ]
