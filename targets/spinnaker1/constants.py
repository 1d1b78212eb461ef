"""What a core computes of the parameters that are loaded, before the first tick: decays, resistances, hold times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .exponential import ONE, exp_s1615, exp_u032

ALL_ONES = (1 << 32) - 1


def derived(registers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Compute the constants of neurons, (n,) int64, from their parameters: those of `core_image.PARAMETERS` by name,
    the core's time_step, and `jumps`, 1 where the binary is IF_curr_delta. (Its neurons have no tau_exc, tau_inh: 0.)

    exp_tc: what a membrane keeps in a tick, s16.15. refract_ticks: ticks without an update after a spike. decay_exc,
    decay_inh: what a synaptic current keeps, and taken_exc, taken_inh: how much of what arrives it takes, unsigned 0.32
    in 32 bits with sign; 0 where the current is what arrives. scale: by which such a current counts, s16.15.
    Raises ValueError for times and capacitances that are not above 0."""
    step, jumps = registers["time_step"], registers["jumps"] > 0
    found = {
        "r_membrane": _signed(quotient(registers["tau_m"], registers["c_m"])),
        "exp_tc": exp_s1615(-quotient(step, registers["tau_m"])),
        "refract_ticks": -(-quotient(registers["t_refract"], step) // ONE),
        "scale": np.where(jumps, _signed(quotient(np.full_like(step, ONE), step)), ONE),
    }
    for sign in ("exc", "inh"):
        tau = np.where(jumps, ONE, registers[f"tau_{sign}"])
        decay, taken = synapse(tau, step)
        found[f"decay_{sign}"] = np.where(jumps, 0, _signed(decay))
        found[f"taken_{sign}"] = np.where(jumps, 0, _signed(taken))
    return found


def synapse(tau: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a current keeps in a tick, and how much of what arrives it takes: (n,) int64 unsigned 0.32 each."""
    decay = exp_u032(-quotient(step, tau)) & ALL_ONES  # 1.0 has no place in 0.32, and is 0
    weighed = quotient(tau, step).astype(np.uint64) * (ALL_ONES - decay).astype(np.uint64)
    return decay, (weighed >> np.uint64(15)).astype(np.int64) & ALL_ONES


def quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Divide s16.15 numbers, rounding down: (n,) int64, a at least 0, b above 0. Raises ValueError."""
    if bool((b <= 0).any()) or bool((a < 0).any()):
        raise ValueError("a time constant, a capacitance or a time step is not above 0")
    return (a.astype(np.int64) << 15) // b


def _signed(value: np.ndarray) -> np.ndarray:
    """The low 32 bits, with their sign."""
    return ((value + (1 << 31)) & ALL_ONES) - (1 << 31)
