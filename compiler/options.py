"""What a compile was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..sim.diagnostic import Diagnostic, note

if TYPE_CHECKING:
    from ..sim.dialect import Dialect
    from .ir.calibration import Tuning


@dataclass(frozen=True, kw_only=True)
class Options:
    """target: name of an installed target, or the path of a toml. target_toml: the bytes of the chip's toml, which
    beat it. dialect: preset name, or None to recognise it from the file. dialect_options: (key, value) pairs.

    reading: a whole dialect record, of an earlier compile; it beats the other three.
    host_prefix: populations to run on the host. allow_approximation: compile what the chip's neurons cannot do as they
    do it. calibrate: choose numbers and orders on the first half of the samples, and show how the chip does on the
    others. tuning: what was so chosen. pins: (population, site) pairs. lock: the bytes of an earlier
    placement.lock.json, to be kept as far as it serves. seed: of the stimulus that stands in for a missing one."""

    target: str = "loihi1"
    target_toml: bytes | None = None
    dialect: str | None = None
    dialect_options: tuple[tuple[str, object], ...] = ()
    dt_seconds: float | None = None
    reading: Dialect | None = None
    weight_bits: int = 8
    split_weights: bool = False
    host_prefix: tuple[str, ...] = ()
    allow_host: bool = True
    allow_approximation: bool = False
    calibrate: bool = False
    tuning: Tuning | None = None
    chips: int = 1
    max_neurons_per_core: int | None = None
    pins: tuple[tuple[str, int], ...] = ()
    lock: bytes | None = None
    seed: int = 0
    progress: Callable[[str], None] | None = None

    def say(self, text: str) -> None:
        if self.progress is not None:
            self.progress(text)


FLAGS = {
    "calibrate": "--calibrate",
    "chips": "--chips",
    "max_neurons_per_core": "--max-neurons-per-core",
    "pins": "--pin",
    "split_weights": "--split-weights",
    "weight_bits": "--weight-bits",
}


def without_effect(options: Options, honoured: frozenset[str], title: str) -> tuple[Diagnostic, ...]:
    """A note SPK0520 where options are given that a chip has no use for; `honoured`: fields that it has a use for."""
    usual = Options()
    idle = [
        flag
        for field, flag in FLAGS.items()
        if field not in honoured and getattr(options, field) != getattr(usual, field)
    ]
    if not idle:
        return ()
    change = "changes" if len(idle) == 1 else "change"
    return (note("SPK0520", f"{', '.join(idle)} {change} nothing: {title} has no such choice"),)


def lock_without_effect(
    options: Options, honoured: frozenset[str], written: bytes, title: str
) -> tuple[Diagnostic, ...]:
    """A note SPK0521 where a lock is given and the placement, which no lock can change, is another one."""
    if options.lock is None or "lock" in honoured or options.lock == written:
        return ()
    text = f"the earlier placement is not kept: on {title} a placement follows from the network alone"
    return (note("SPK0521", text),)
