"""How to read a NIR file in discrete time: one record a node, and presets named after the exporters.

NIR stores differential equations without a time step, a reset mode or a discretisation, so every exporter
means something of its own. A `Dialect` says which; it is printed and recorded with every result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal

from ..diagnostic import Diagnostic, DiagnosticError, error, raise_errors
from ..near_names import hint_of
from ..nir.path import stored_at
from ..option_values import MOST, briefly, is_count, is_number
from .families import FAMILIES, Family, family_of, preset_names
from .options import per_node_options, split_options

if TYPE_CHECKING:
    from ..nir.raw_graph import RawGraph

LONGEST_SHOWN = 80
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeDialect:
    """The reading of one node. V: membrane, I: synaptic current, x: summed input, θ: threshold, one step dt.

    tau_scale: every tau of the file times this is in seconds.
    decay, syn_decay: membrane and synapse keep 1 - dt/tau (`euler`), exp(-dt/tau) (`exp`), or `tau` holds
        the kept fraction itself (`given`). clip_decay: clip both to 0..1.
    gain, li_gain, if_gain: weight of the input of LIF and CubaLIF, of LI and CubaLI, of IF and I.
    syn_gain: weight of x in I; `decay` injects, then decays: I = a (I + x).
    syn_view: the membrane sees I after its update, or I + x before its decay (`jump`), or the I before.
    fire, fire_on: comparison with θ, of the updated V or of the V before the step (emits one step late).
    reset: V to v_reset, V less θ per spike, or nothing. reset_phase: in the step of the crossing, or in the
        next one: before V decays, after V took its input, or by nulling that whole step (`next_overwrite`).
        `same_raised`: in the step of the crossing; where V is still above θ then, the next comparison is with θ more.
    multi: at most so many spikes a step, floor(V/θ) of them; None is no limit.
    v_min: floor of V after the reset; `-theta` is minus the threshold. v0: V before the first step.
    bias_extra: added to V each step, for a bias that the file lacks (V's unit).
    refractory: steps after a spike in which V stays at its reset value and the neuron is silent.
    rec_delay: feedback arrives one step late, two, or in the same step (possible where fire_on is `old`).
    sub_edge: `spyx` reads the edge input -> w_rec of a recurrent subgraph as input -> neuron.
    flatten: order in which a (C, H, W) array is flattened.
    layer_delay: 1 sends what every stateful node emits one step later, which counts among the steps of a cycle.
    """

    tau_scale: float = 1.0
    decay: Literal["euler", "exp", "given"] = "euler"
    syn_decay: Literal["euler", "exp", "given"] = "euler"
    clip_decay: bool = False
    gain: Literal["r*dt/tau", "r*(1-decay)", "one"] = "r*dt/tau"
    li_gain: Literal["r*dt/tau", "r*(1-decay)", "one"] = "r*dt/tau"
    if_gain: Literal["r*dt", "one"] = "r*dt"
    syn_gain: Literal["w*dt/tau", "one", "decay"] = "w*dt/tau"
    syn_view: Literal["new", "jump", "old"] = "new"
    fire: Literal[">", ">="] = ">"
    fire_on: Literal["new", "old"] = "new"
    reset: Literal["v_reset", "subtract", "none"] = "v_reset"
    reset_phase: Literal["same", "same_raised", "next_before_decay", "next_after_decay", "next_overwrite"] = (
        "same"
    )
    multi: int | None = 1
    v_min: float | Literal["-theta"] | None = None
    v0: Literal["zero", "v_leak", "v_reset"] = "zero"
    bias_extra: float = 0.0
    refractory: int = 0
    rec_delay: Literal[0, 1, 2] = 1
    sub_edge: Literal["literal", "spyx"] = "literal"
    flatten: Literal["CHW", "HWC"] = "CHW"
    layer_delay: Literal[0, 1] = 0


MOST_FEEDBACK_STEPS = 2
CHOICES: Mapping[str, tuple[object, ...]] = {
    "decay": ("euler", "exp", "given"),
    "syn_decay": ("euler", "exp", "given"),
    "clip_decay": (False, True),
    "gain": ("r*dt/tau", "r*(1-decay)", "one"),
    "li_gain": ("r*dt/tau", "r*(1-decay)", "one"),
    "if_gain": ("r*dt", "one"),
    "syn_gain": ("w*dt/tau", "one", "decay"),
    "syn_view": ("new", "jump", "old"),
    "fire": (">", ">="),
    "fire_on": ("new", "old"),
    "reset": ("v_reset", "subtract", "none"),
    "reset_phase": ("same", "same_raised", "next_before_decay", "next_after_decay", "next_overwrite"),
    "v0": ("zero", "v_leak", "v_reset"),
    "rec_delay": (0, 1, 2),
    "sub_edge": ("literal", "spyx"),
    "flatten": ("CHW", "HWC"),
    "layer_delay": (0, 1),
}
_TAKES: Mapping[str, str] = {
    "multi": f"null or an integer from 1 to {MOST}",
    "refractory": f"an integer from 0 to {MOST}",
    "v_min": "null, a number or '-theta'",
    "tau_scale": "a number > 0",
}
FIELDS: tuple[str, ...] = tuple(f.name for f in fields(NodeDialect))


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A reading of a whole file: a default, overrides by node kind, and overrides by NIR path (strongest)."""

    name: str
    dt_seconds: float
    default: NodeDialect = NodeDialect()
    by_kind: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    by_path: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def for_node(self, path: str, kind: str) -> NodeDialect:
        """Return the reading of the node of NIR type `kind` at `path`."""
        overrides: dict[str, object] = {**self.by_kind.get(kind, {}), **self.by_path.get(path, {})}
        return replace(self.default, **overrides) if overrides else self.default

    def with_overrides(
        self,
        *,
        default: Mapping[str, object] | None = None,
        by_kind: Mapping[str, Mapping[str, object]] | None = None,
        by_path: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Dialect:
        """The same reading with record fields replaced. A `default` override also beats what the preset
        says of single kinds. Raises DiagnosticError (SPK0302, SPK0303, SPK0308)."""
        changed: dict[str, object] = dict(default or {})
        kinds = {kind: {**self.by_kind[kind], **changed} for kind in sorted(self.by_kind)}
        for kind in sorted(by_kind or {}):
            kinds[kind] = {**kinds.get(kind, {}), **(by_kind or {})[kind]}
        paths = {path: dict(self.by_path[path]) for path in sorted(self.by_path)}
        for path in sorted(by_path or {}):
            paths[path] = {**paths.get(path, {}), **(by_path or {})[path]}
        records = [("", changed), *kinds.items(), *paths.items()]
        raise_errors([d for where, record in records for d in check_fields(record, where)])
        new = replace(self, default=replace(self.default, **changed), by_kind=kinds, by_path=paths)
        raise_errors(check_consistency(new))
        return new

    def to_dict(self) -> dict[str, object]:
        """Convert to JSON for the report, keys in a fixed order."""
        return {
            "name": self.name,
            "dt_seconds": self.dt_seconds,
            "default": asdict(self.default),
            "by_kind": {k: dict(sorted(self.by_kind[k].items())) for k in sorted(self.by_kind)},
            "by_path": {p: dict(sorted(self.by_path[p].items())) for p in sorted(self.by_path)},
        }


def names() -> tuple[str, ...]:
    """List every preset that `preset` takes, sorted."""
    return preset_names()


def option_names(name: str) -> tuple[str, ...]:
    """Option keys that preset `name` takes: the framework's own and every field of `NodeDialect`, sorted.

    Raises DiagnosticError (SPK0301) for an unknown preset."""
    return tuple(sorted({*_family(name).options, *FIELDS}))


def preset(
    name: str,
    *,
    dt_seconds: float | None = None,
    options: Mapping[str, object] | None = None,
    graph: RawGraph | None = None,
) -> Dialect:
    """The reading that framework `name` gives its own files.

    options: the framework's names (`reset_delay`, `max_spikes`, ...) or fields of `NodeDialect`, as JSON
    values; `<NIR path>.<key>` is for one node; a list is one value a spiking layer, in graph order. The
    last two need `graph`. dt_seconds None takes the step that the exporter always uses, where it has one.
    Raises DiagnosticError: SPK0301 unknown name, SPK0302 unknown option, SPK0303 bad value, SPK0304 no or
    bad time step, SPK0305 an option for a node that is not there, SPK0308 contradictory record.
    """
    family = _family(name)
    dt = _time_step(name, family, dt_seconds)
    everywhere, single = split_options(options or {})
    diagnostics, per_node = per_node_options(everywhere, single, graph)
    everywhere = {key: value for key, value in everywhere.items() if not isinstance(value, list | tuple)}
    diagnostics += _check_options(name, family, "", everywhere)
    for path in sorted(per_node):
        diagnostics += _check_options(name, family, stored_at(path), per_node[path])
    raise_errors(diagnostics)
    default, by_kind = family.records(name, everywhere, FIELDS)
    by_path = family.paths(name, everywhere, per_node, graph, FIELDS)
    dialect = Dialect(
        name=name, dt_seconds=dt, default=replace(NodeDialect(), **default), by_kind=by_kind, by_path=by_path
    )
    raise_errors(check_consistency(dialect))
    return dialect


def check_fields(record: Mapping[str, object], where: str = "") -> list[Diagnostic]:
    """SPK0302 and SPK0303 for fields of `NodeDialect` that do not exist or cannot have their value."""
    diagnostics: list[Diagnostic] = []
    for key in sorted(record):
        if key not in FIELDS:
            diagnostics.append(
                error(
                    "SPK0302", f"no dialect field `{key}`", where=where, hint=hint_of(key, FIELDS, "fields")
                )
            )
        else:
            diagnostics += _check_value(key, record[key], where)
    return diagnostics


def check_consistency(dialect: Dialect) -> list[Diagnostic]:
    """SPK0308 for records whose fields contradict each other."""
    diagnostics: list[Diagnostic] = []
    records = [("", dialect.default)]
    records += [(kind, dialect.for_node("", kind)) for kind in sorted(dialect.by_kind)]
    records += [(stored_at(path), dialect.for_node(path, "")) for path in sorted(dialect.by_path)]
    for where, node in records:
        if node.reset == "subtract" and node.reset_phase == "next_overwrite":
            problem = "reset `subtract` cannot be combined with reset_phase `next_overwrite`"
        elif node.reset == "v_reset" and node.reset_phase == "next_after_decay":
            problem = "reset `v_reset` after the decay of the next step is reset_phase `next_overwrite`"
        elif node.reset_phase == "same_raised" and (node.reset != "subtract" or node.fire_on == "old"):
            problem = "reset_phase `same_raised` needs reset `subtract` and fire_on `new`"
        else:
            continue
        diagnostics.append(error("SPK0308", problem, where=where))
    return diagnostics


def _family(name: str) -> Family:
    family = family_of(name)
    if family is None:
        raise DiagnosticError(
            (error("SPK0301", f"no dialect `{name}`", hint=hint_of(name, names(), "dialects")),)
        )
    return family


def _time_step(name: str, family: Family, dt_seconds: float | None) -> float:
    dt = family.dt_seconds if dt_seconds is None else dt_seconds
    if dt is None:
        message = f"dialect `{name}` needs the time step: the file does not carry it"
        raise DiagnosticError((error("SPK0304", message, hint="give dt in seconds, as in the exporter"),))
    if not is_number(dt) or dt <= 0:
        raise DiagnosticError(
            (
                error(
                    "SPK0304", f"the time step must be positive and finite, not {briefly(dt, LONGEST_SHOWN)}"
                ),
            )
        )
    return float(dt)


def _check_options(name: str, family: Family, where: str, options: Mapping[str, object]) -> list[Diagnostic]:
    diagnostics: list[Diagnostic] = []
    for key in sorted(options):
        if key in family.options:
            allowed = family.options[key]
            if not allowed.accepts(options[key]):
                message = (
                    f"option `{key}` of dialect `{name}` cannot be {briefly(options[key], LONGEST_SHOWN)}"
                )
                diagnostics.append(error("SPK0303", message, where=where, hint=f"it takes {allowed.text}"))
        elif key in FIELDS:
            diagnostics += _check_value(key, options[key], where)
        else:
            message = f"dialect `{name}` has no option `{key}`"
            diagnostics.append(
                error("SPK0302", message, where=where, hint=hint_of(key, option_names(name), "options"))
            )
    return diagnostics


def field_takes(key: str) -> str:
    """What a field of `NodeDialect` takes, in words."""
    if key in CHOICES:
        return "one of " + ", ".join(repr(choice) for choice in CHOICES[key])
    return _TAKES.get(key, "a number")


def _check_value(key: str, value: object, where: str) -> list[Diagnostic]:
    if key in CHOICES:
        fits = any(type(choice) is type(value) and choice == value for choice in CHOICES[key])
    elif key == "multi":
        fits = value is None or is_count(value, 1)
    elif key == "refractory":
        fits = is_count(value, 0)
    elif key == "v_min":
        fits = value is None or value == "-theta" or is_number(value)
    elif key == "tau_scale":
        fits = is_number(value) and value > 0
    else:
        fits = is_number(value)
    if fits:
        return []
    hint = f"it takes {field_takes(key)}"
    return [error("SPK0303", f"`{key}` cannot be {briefly(value, LONGEST_SHOWN)}", where=where, hint=hint)]


__all__ = [
    "CHOICES",
    "FAMILIES",
    "FIELDS",
    "MOST_FEEDBACK_STEPS",
    "Dialect",
    "NodeDialect",
    "check_consistency",
    "check_fields",
    "field_takes",
    "names",
    "option_names",
    "preset",
]
