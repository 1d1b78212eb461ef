"""What each framework means by its NIR files: record fields by node kind, and the framework's own options.

Measured with the exporters of snnTorch 1.0.0, SpikingJelly 2.0.0, Norse 1.1.0, Sinabs 3.1.3, Rockpool 3.1.0,
Spyx 1.0.0, jaxpike 0.1.4 and mlx-snn 0.5.0, with lava-dl 0.6.0 by the script of its tutorial, and with Nengo 4.1.0 as
the NIR paper's script builds it: with these records the reference repeats the spikes of the framework. hxtorch's
record is read in its source. `guide.toml` says all of it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..option_values import MOST, is_count, is_number

if TYPE_CHECKING:
    from ..nir.raw_graph import RawGraph

Options = Mapping[str, object]
Record = dict[str, object]
TIME_STEPS = (1e-3, 1e-4, 1e-2, 1e-1, 1.0)
"""In seconds, of files that do not tell theirs."""
MORE_TIME_STEPS = (2e-3, 5e-3, 5e-4, 2e-4, 2e-2, 5e-2)
"""In seconds, tried beside the best of those."""
COUNTS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 16, 32, 64)
"""Limits of spikes in a step that people set."""
KINDS = ("CubaLI", "CubaLIF", "I", "IF", "LI", "LIF", "Threshold")


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Values that a framework option takes: a test, and the words for it."""

    accepts: Callable[[object], bool]
    text: str


def _one_of(*values: object) -> Allowed:
    def accepts(value: object) -> bool:
        return any(type(value) is type(known) and value == known for known in values)

    return Allowed(accepts=accepts, text="one of " + ", ".join(repr(v) for v in values))


def _is_number_or_none(value: object) -> bool:
    return value is None or value == "-theta" or is_number(value)


COUNT = Allowed(accepts=lambda value: is_count(value, 1), text=f"an integer from 1 to {MOST}")
FLOOR = Allowed(accepts=_is_number_or_none, text="null, a number or '-theta'")
NUMBER = Allowed(accepts=is_number, text="a number")
BOOLEAN = _one_of(False, True)


def _no_options(kind: str, options: Options, recurrent: bool) -> Record:
    return {}


@dataclass(frozen=True, kw_only=True)
class Family:
    """One framework. presets: names below the family's own, all with the same record (the record already
    goes by node kind). translate(kind, options, recurrent): the fields that options mean for a node. open: options
    that its files do not carry -> values that people use, the usual one first. rare: others that some use."""

    presets: tuple[str, ...] = ()
    dt_seconds: float | None = None
    time_steps: tuple[float, ...] = TIME_STEPS
    base: Mapping[str, object] = field(default_factory=dict)
    by_kind: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    options: Mapping[str, Allowed] = field(default_factory=dict)
    translate: Callable[[str, Options, bool], Record] = _no_options
    recurrent_presets: tuple[str, ...] = ()
    open: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    rare: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def _fields(self, kind: str, options: Options, recurrent: bool, known: tuple[str, ...]) -> Record:
        plain = {key: value for key, value in options.items() if key in known and key not in self.options}
        return {**self.by_kind.get(kind, {}), **self.translate(kind, options, recurrent), **plain}

    def records(
        self, name: str, options: Options, known: tuple[str, ...]
    ) -> tuple[Record, dict[str, Mapping[str, object]]]:
        """The default record and what differs from it by node kind. `known`: names of record fields."""
        recurrent = name in self.recurrent_presets
        default = {**self.base, **self._fields("", options, recurrent, known)}
        by_kind: dict[str, Mapping[str, object]] = {}
        for kind in KINDS:
            record = {**self.base, **self._fields(kind, options, recurrent, known)}
            differs = {key: value for key, value in sorted(record.items()) if default.get(key, ...) != value}
            if differs:
                by_kind[kind] = differs
        return default, by_kind

    def paths(
        self,
        name: str,
        options: Options,
        per_node: Mapping[str, Options],
        graph: RawGraph | None,
        known: tuple[str, ...],
    ) -> dict[str, Mapping[str, object]]:
        """Fields by NIR path: what single-node options ask for, and what a neuron's recurrence changes."""
        if graph is None:
            return {}
        kinds = {path: node.kind for path, node in graph.walk()}
        recurrent = _recurrent_nodes(graph) if self.recurrent_presets else frozenset[str]()
        records: dict[str, Mapping[str, object]] = {}
        for path in sorted(kinds):
            own = {**options, **per_node.get(path, {})}
            fields = self._fields(kinds[path], own, path in recurrent, known)
            plain = self._fields(kinds[path], options, name in self.recurrent_presets, known)
            differs = {key: fields[key] for key in sorted(fields) if plain.get(key, ...) != fields[key]}
            if differs:
                records[path] = differs
        return records


def _recurrent_nodes(graph: RawGraph) -> frozenset[str]:
    from ..reference.graph import flatten

    return flatten(graph).cyclic


def _snntorch(kind: str, options: Options, recurrent: bool) -> Record:
    reset = options.get("reset", options.get("reset_mechanism", "subtract"))
    delay = options.get("reset_delay", True)
    if reset == "none":
        return {"reset": "none", "reset_phase": "same"}
    if reset == "subtract":
        return {"reset": "subtract", "reset_phase": "next_after_decay" if delay else "same_raised"}
    # Leaky zeroes the membrane before it decays; Synaptic, RSynaptic and RLeaky null the whole step.
    late = "next_overwrite" if recurrent or kind == "CubaLIF" else "next_before_decay"
    return {"reset": "v_reset", "reset_phase": late if delay else "same"}


def _norse(kind: str, options: Options, recurrent: bool) -> Record:
    methods: Record = {"reset_value": "v_reset", "reset_subtract": "subtract"}
    chosen = options.get("reset_method")
    return {"reset": methods[chosen]} if isinstance(chosen, str) else {}


def _sinabs(kind: str, options: Options, recurrent: bool) -> Record:
    record: Record = {"multi": None, "reset": "subtract", "v_min": options.get("min_v_mem")}
    if options.get("spike_fn", "MultiSpike") == "SingleSpike":
        record["multi"] = 1
    elif options.get("spike_fn") == "MaxSpike":
        record["multi"] = options.get("max_num_spikes_per_bin")
    if options.get("reset_fn") == "MembraneReset":
        record["reset"] = "v_reset"
    gain = "r*(1-decay)" if options.get("norm_input", True) else "one"
    return {**record, "gain": gain, "li_gain": gain}


def _rockpool(kind: str, options: Options, recurrent: bool) -> Record:
    record: Record = {"multi": options.get("max_spikes", 2**16)}
    # A LIFTorch's bias is added to its membrane; the exporter drops it.
    return {**record, "bias_extra": options["bias"]} if "bias" in options else record


def _mlx_snn(kind: str, options: Options, recurrent: bool) -> Record:
    resets: Record = {"subtract": "subtract", "zero": "v_reset", "none": "none"}
    return {"reset": resets[str(options.get("reset_mechanism", "subtract"))]}


SPYX_LIF: Record = {"fire_on": "old", "reset": "subtract", "reset_phase": "next_after_decay", "rec_delay": 0}

FAMILIES: Mapping[str, Family] = {
    "nir": Family(presets=("euler",)),
    "snntorch": Family(
        presets=("Leaky", "RLeaky", "Synaptic", "RSynaptic"),
        recurrent_presets=("snntorch.RLeaky", "snntorch.RSynaptic"),
        dt_seconds=1e-4,
        base={"clip_decay": True},
        options={
            "reset": _one_of("subtract", "zero", "none"),
            "reset_mechanism": _one_of("subtract", "zero", "none"),
            "reset_delay": BOOLEAN,
        },
        open={"reset": ("subtract", "zero", "none"), "reset_delay": (True, False)},
        translate=_snntorch,
    ),
    "spikingjelly": Family(base={"fire": ">=", "v0": "v_reset"}),
    "spikingjelly.soft": Family(base={"fire": ">=", "reset": "subtract"}),
    "norse": Family(
        presets=("IAF", "LI", "LIBox", "LIF", "LIFBox", "LIFCell"),
        base={"v0": "v_leak", "if_gain": "one"},
        by_kind={"CubaLIF": {"syn_gain": "one", "syn_view": "jump"}},
        options={"reset_method": _one_of("reset_value", "reset_subtract")},
        open={"reset_method": ("reset_value", "reset_subtract"), "tau_scale": (1.0, 1e3)},
        translate=_norse,
    ),
    "sinabs": Family(
        presets=("ExpLeak", "IAF", "LIF"),
        dt_seconds=1.0,
        base={"decay": "exp", "if_gain": "one", "fire": ">="},
        options={
            "spike_fn": _one_of("MultiSpike", "SingleSpike", "MaxSpike"),
            "max_num_spikes_per_bin": COUNT,
            "min_v_mem": FLOOR,
            "norm_input": BOOLEAN,
            "reset_fn": _one_of("MembraneSubtract", "MembraneReset"),
        },
        open={
            "spike_fn": ("MultiSpike", "SingleSpike"),
            "norm_input": (True, False),
            "reset_fn": ("MembraneSubtract", "MembraneReset"),
            "min_v_mem": (None, -1.0, "-theta"),
        },
        rare={"multi": COUNTS, "min_v_mem": (-0.5, 0.0, -2.0)},
        translate=_sinabs,
    ),
    "rockpool": Family(
        presets=("ExpSyn", "LIF"),
        base={"decay": "exp", "syn_decay": "exp", "fire": ">=", "reset": "subtract"},
        by_kind={"CubaLIF": {"gain": "one", "syn_gain": "decay"}},
        options={"max_spikes": COUNT, "bias": NUMBER},
        open={"max_spikes": (2**16, 31, 1)},
        rare={"max_spikes": COUNTS},
        translate=_rockpool,
    ),
    "spyx": Family(
        presets=("CuBaLIF", "IF", "LIF", "PSU_LIF", "RCuBaLIF", "RIF", "RLIF"),
        base={"clip_decay": True, "gain": "one", "li_gain": "one", "if_gain": "one", "flatten": "HWC",
              "sub_edge": "spyx"},
        by_kind={
            "IF": SPYX_LIF,
            "LIF": SPYX_LIF,
            "CubaLIF": {**SPYX_LIF, "reset_phase": "next_before_decay", "syn_gain": "one"},
        },
    ),
    "jaxpike": Family(base={"decay": "exp", "gain": "r*(1-decay)", "li_gain": "r*(1-decay)"}),
    "mlx-snn": Family(
        base={"fire": ">=", "if_gain": "one"},
        by_kind={"CubaLIF": {"syn_gain": "one"}},
        options={"reset_mechanism": _one_of("subtract", "zero", "none")},
        open={"reset_mechanism": ("subtract", "zero", "none")},
        translate=_mlx_snn,
    ),
    "hxtorch": Family(
        time_steps=(1e-6,),
        base={"tau_scale": 1e-3, "syn_gain": "one", "syn_view": "old", "v0": "v_leak"},
    ),
    "lava": Family(base={"layer_delay": 1}),  # every block holds its spikes back by a step
    "nengo": Family(
        base={"decay": "exp", "gain": "r*(1-decay)", "li_gain": "r*(1-decay)", "if_gain": "one", "v_min": 0.0},
        by_kind={
            "IF": {"v_min": None},
            "CubaLIF": {"syn_view": "old"},  # a filter of Nengo hands on what it held before the step
            "LI": {"layer_delay": 1},
        },
    ),
}  # fmt: skip


def preset_names() -> tuple[str, ...]:
    """List `family` and `family.preset` for every family; `nir` alone is not a preset."""
    names = [family for family in FAMILIES if family != "nir"]
    names += [f"{family}.{leaf}" for family in FAMILIES for leaf in FAMILIES[family].presets]
    return tuple(sorted(names))


def family_of(name: str) -> Family | None:
    """Find the family that preset `name` belongs to, or None."""
    if name not in preset_names():
        return None
    return FAMILIES[name] if name in FAMILIES else FAMILIES[name.rpartition(".")[0]]
