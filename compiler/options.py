"""What a compile was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from ..sim.diagnostic import Diagnostic, note
from .shell.option_kinds import (
    DIALECT,
    FLAG,
    JSON_PAIRS,
    LINE,
    NAMES,
    SECONDS,
    SITES,
    TEXT,
    TEXTS,
    Kind,
    optional,
    whole,
)

if TYPE_CHECKING:
    from ..sim.dialect.dialect import Dialect
    from .ir.calibration import Tuning


MOST_CHIPS = 1 << 16
"""The largest machine of any of them has 57,600."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """How an option is asked for. flag: on the command line. inverse: the flag stands for False."""

    kind: Kind
    flag: str
    help: str
    metavar: str | None = None
    inverse: bool = False


def _option(
    default: object, kind: Kind, flag: str, help: str, metavar: str | None = None, *, inverse: bool = False
) -> Any:
    option = Option(kind=kind, flag=flag, help=help, metavar=metavar, inverse=inverse)
    return field(default=default, metadata={"option": option})


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a compile is asked for, each option declared here and nowhere else; and what goes along with it.

    target: name of an installed target, or the path of a toml. target_toml: the bytes of the chip's toml, which beat
    it. reading: a whole dialect record, of an earlier compile; it beats the dialect, its options and dt. tuning: what
    a stimulus decided (`calibrate`). given_up: by neuron node, constructs that a chip has no room for, and what there
    is too little of for each. lock: the bytes of a placement.lock.json to keep as far as it serves. earlier: of
    the one that OUT has, which counts for the same network alone. progress: hears what is done."""

    target: str = "loihi1"
    dialect: str | None = _option(
        None,
        optional(DIALECT),
        "--dialect",
        "How to read the file; recognised from it if it can be.",
        metavar="NAME",
    )
    dialect_options: tuple[tuple[str, object], ...] = _option(
        (),
        JSON_PAIRS,
        "--dialect-option",
        "What the file leaves open, NODE.KEY for one node.",
        metavar="KEY=JSON",
    )
    dt_seconds: float | None = _option(None, optional(SECONDS), "--dt", "Time step.", metavar="SECONDS")
    weight_bits: int = _option(8, whole(2, 8), "--weight-bits", "Of a stored weight.")
    split_weights: bool = _option(
        False,
        FLAG,
        "--split-weights",
        "Each weight over two synapses: more bits, twice the memory; done where one core has room for it.",
    )
    one_synapse: bool = _option(
        False, FLAG, "--one-synapse", "Each weight on one synapse: coarser, and fewer cores."
    )
    host_prefix: tuple[str, ...] = _option(
        (), NAMES, "--host-prefix", "Run this population on the host.", metavar="NODE"
    )
    allow_host: bool = _option(True, FLAG, "--no-host", "Refuse to run anything on the host.", inverse=True)
    allow_approximation: bool = _option(
        False, FLAG, "--allow-approximation", "Compile what the chip's neurons only come near to."
    )
    native_reset: bool = _option(
        False, FLAG, "--native-reset", "Use the chip's own neurons alone, no constructs of several."
    )
    constructs: tuple[tuple[str, str], ...] = _option(
        (), TEXTS, "--construct", "Make these neurons so, or `native`.", metavar="POPULATION=NAME"
    )
    max_levels: int = _option(
        7,
        whole(1, 64),
        "--max-levels",
        "Neurons that may count the spikes of one, if it sends several a step.",
        "K",
    )
    calibrate: bool = _option(
        False, FLAG, "--calibrate", "Choose numbers on the first half of the samples, show the others."
    )
    chips: int = _option(1, whole(1, MOST_CHIPS), "--chips", "On the board.")
    max_neurons_per_core: int | None = _option(
        None, optional(whole(1)), "--max-neurons-per-core", "Use no more of a core.", metavar="N"
    )
    pins: tuple[tuple[str, int], ...] = _option(
        (), SITES, "--pin", "Alone, or with others of that pin.", metavar="POPULATION=CORE"
    )
    seed: int = _option(0, whole(0), "--seed", "Its seed.")
    name: str = _option(
        "", LINE, "--name", "What the report calls the network; its file where left out.", "TEXT"
    )
    date: str = _option("", LINE, "--date", "What the report says of when, as no clock is read.", "TEXT")
    target_toml: bytes | None = None
    reading: Dialect | None = None
    tuning: Tuning | None = None
    given_up: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    lock: bytes | None = None
    earlier: bytes | None = None
    progress: Callable[[str], None] | None = None

    def say(self, text: str) -> None:
        """Tell whoever listens which stage begins."""
        if self.progress is not None:
            self.progress(text)


OPTIONS: Mapping[str, Option] = {
    f.name: f.metadata["option"] for f in fields(Options) if "option" in f.metadata
}
"""Every option by the name of its field."""


def to_record(options: Options) -> dict[str, object]:
    """The options as JSON has them, for `of_record`."""
    return {name: _plain(getattr(options, name)) for name in ("target", *OPTIONS)}


def of_record(record: Mapping[str, object]) -> Options:
    """The inverse of `to_record`. Raises KeyError, TypeError or ValueError for a record that it does not make."""
    values = {name: option.kind.read(record[name]) for name, option in OPTIONS.items()}
    return replace(Options(target=str(TEXT.read(record["target"]))), **values)


def _plain(value: object) -> object:
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


CHOSEN_BY_CHIP = (
    "calibrate",
    "chips",
    "max_neurons_per_core",
    "one_synapse",
    "pins",
    "split_weights",
    "weight_bits",
)
"""Options that not every chip has a use for, in the order of a note on them."""


def without_effect(options: Options, honoured: frozenset[str], title: str) -> tuple[Diagnostic, ...]:
    """A note SPK0520 where options are given that a chip has no use for; `honoured`: fields that it has a use for."""
    usual = Options()
    idle = [
        flag
        for name, flag in ((name, OPTIONS[name].flag) for name in CHOSEN_BY_CHIP)
        if name not in honoured and getattr(options, name) != getattr(usual, name)
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
