"""One time step of every NIR neuron as its dialect means it: float32, each operation rounded by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import numpy as np

from ..diagnostic import DiagnosticError, error
from ..dialect.dialect import NodeDialect
from ..nir.path import stored_at
from ..nir.raw_graph import RawNode

if TYPE_CHECKING:
    import jax

SPIKING = frozenset({"IF", "LIF", "CubaLIF"})

Coefficients = Mapping[str, np.ndarray]
"""float32 arrays that broadcast to a neuron layer: `beta`, `gain`, `leak` (added each step), `v0`, for
synapses `alpha` and `syn_gain`, for spikes `theta`, `v_reset` and, if there is one, `v_min`."""

A = TypeVar("A", np.ndarray, "jax.Array")
"""Float32: an array of numpy, or one of JAX that is being traced."""

Traced: TypeAlias = Mapping[str, A]
"""`Coefficients`, or the same as the arguments of compiled code."""

Rounded: TypeAlias = Callable[[A], A]

State: TypeAlias = Mapping[str, A]
"""`v`, for synapses `i`, with refractory steps `hold` (int32, steps left): each (B, ...)."""


class Namespace(Protocol[A]):
    """numpy or jax.numpy, as far as a step takes it."""

    @property
    def floor(self) -> Callable[[A], A]:
        """Round down."""
        ...

    @property
    def maximum(self) -> Callable[[A, A | int], A]:
        """The larger of two."""
        ...

    @property
    def minimum(self) -> Callable[[A, int], A]:
        """The smaller of two."""
        ...

    @property
    def where(self) -> Callable[[A, A | int, A | int], A]:
        """Choose by condition: where it holds the first, else the second."""
        ...


def parameter(path: str, node: RawNode, name: str, default: float | None = None) -> np.ndarray:
    """A numeric parameter in float64. Raises DiagnosticError (SPK0285) if it is missing or not numeric."""
    value = node.params.get(name)
    if value is None and default is not None:
        return np.float64(default) * np.ones(())
    if value is None or isinstance(value, str) or value.dtype.kind not in "iuf":
        problem = "is missing" if value is None else "is not a real number"
        raise DiagnosticError(
            (error("SPK0285", f"parameter `{name}` of {node.kind} {problem}", where=stored_at(path)),)
        )
    return value.astype(np.float64)


def neuron_shape(path: str, node: RawNode, arriving: tuple[int, ...] | None) -> tuple[int, ...]:
    """Shape of a neuron layer: that of its parameters, or of what arrives where all of them are scalars.

    Leading axes of length 1 do not count as a difference. Raises DiagnosticError (SPK0282)."""
    names = sorted(name for name, value in node.params.items() if not isinstance(value, str))
    try:
        own = np.broadcast_shapes(*(parameter(path, node, name).shape for name in names))
    except ValueError as problem:
        shapes = ", ".join(f"{name} {parameter(path, node, name).shape}" for name in names)
        message = f"the parameters of this {node.kind} have different shapes: {shapes}"
        raise DiagnosticError((error("SPK0282", message, where=stored_at(path)),)) from problem
    if arriving is None:
        return own
    if own and without_leading_ones(own) == without_leading_ones(arriving):
        return own
    if math.prod(own) == 1:
        return arriving
    message = f"this {node.kind} has shape {own}; what arrives has shape {arriving}"
    raise DiagnosticError((error("SPK0282", message, where=stored_at(path)),))


def without_leading_ones(shape: Sequence[int]) -> tuple[int, ...]:
    """Leave out the leading axes of size 1."""
    first = next((k for k, size in enumerate(shape) if size != 1), len(shape))
    return tuple(int(size) for size in shape[first:])


def coefficients(path: str, node: RawNode, dialect: NodeDialect, dt_seconds: float) -> Coefficients:
    """What the steps of a neuron compute with; worked out in float64 and rounded once to float32.

    Raises DiagnosticError: SPK0284 where a coefficient is not finite (tau = 0), SPK0285 for parameters."""
    with np.errstate(all="ignore"):  # what is not finite is reported below
        exact = _exact_coefficients(path, node, dialect, dt_seconds)
        rounded = {name: exact[name].astype(np.float32) for name in sorted(exact)}
    for name in sorted(rounded):
        if not np.isfinite(rounded[name]).all():
            message = f"{node.kind} has no finite `{name}` with dt = {dt_seconds} s"
            hint = "is a time constant 0, or one of its parameters past 3.4e+38?"
            raise DiagnosticError((error("SPK0284", message, where=stored_at(path), hint=hint),))
    return rounded


def _exact_coefficients(
    path: str, node: RawNode, dialect: NodeDialect, dt_seconds: float
) -> dict[str, np.ndarray]:
    exact: dict[str, np.ndarray] = {}
    v_leak = parameter(path, node, "v_leak") if node.kind not in ("I", "IF") else np.zeros(())
    if node.kind in ("I", "IF"):
        beta = np.ones(())
        exact["gain"] = parameter(path, node, "r") * dt_seconds if dialect.if_gain == "r*dt" else np.ones(())
    else:
        tau = parameter(path, node, "tau_mem" if node.kind.startswith("Cuba") else "tau")
        beta = _kept(tau, dialect.decay, dialect, dt_seconds)
        rule = dialect.li_gain if node.kind in ("LI", "CubaLI") else dialect.gain
        exact["gain"] = _weight(rule, parameter(path, node, "r"), tau * dialect.tau_scale, beta, dt_seconds)
    if node.kind in ("CubaLI", "CubaLIF"):
        tau_syn = parameter(path, node, "tau_syn")
        exact["alpha"] = _kept(tau_syn, dialect.syn_decay, dialect, dt_seconds)
        w_in = parameter(path, node, "w_in", 1.0)
        scaled = w_in * dt_seconds / (tau_syn * dialect.tau_scale)
        exact["syn_gain"] = scaled if dialect.syn_gain == "w*dt/tau" else np.ones(())
    v_reset = np.zeros(())
    if node.kind in SPIKING:
        exact["theta"] = parameter(path, node, "v_threshold")
        v_reset = exact["v_reset"] = parameter(path, node, "v_reset", 0.0)
        if dialect.v_min is not None:
            exact["v_min"] = -exact["theta"] if dialect.v_min == "-theta" else np.full((), dialect.v_min)
    exact["beta"] = beta
    exact["leak"] = (1 - beta) * v_leak + dialect.bias_extra
    exact["v0"] = {"zero": np.zeros(()), "v_leak": v_leak, "v_reset": v_reset}[dialect.v0]
    return exact


def _kept(tau: np.ndarray, rule: str, dialect: NodeDialect, dt_seconds: float) -> np.ndarray:
    """The fraction of a state that is left after one step."""
    ratio = dt_seconds / (tau * dialect.tau_scale)
    kept = {"euler": 1 - ratio, "exp": np.exp(-ratio), "given": tau}[rule]
    return np.clip(kept, 0.0, 1.0) if dialect.clip_decay else kept


def _weight(rule: str, r: np.ndarray, tau_seconds: np.ndarray, beta: np.ndarray, dt: float) -> np.ndarray:
    if rule == "one":
        return np.ones(())
    return r * (1 - beta) if rule == "r*(1-decay)" else r * dt / tau_seconds


def initial_state(
    kind: str, dialect: NodeDialect, c: Coefficients, shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """The state before the first step; `shape` is (B, ...)."""
    state: dict[str, np.ndarray] = {"v": np.broadcast_to(c["v0"], shape).astype(np.float32)}
    if kind in ("CubaLI", "CubaLIF"):
        state["i"] = np.zeros(shape, np.float32)
    if kind in SPIKING and dialect.refractory:
        state["hold"] = np.zeros(shape, np.int32)
    return state


def emission_dtype(kind: str, dialect: NodeDialect) -> type[np.generic]:
    """What a layer's emissions are kept in: counts as uint8 or int32, states as float32."""
    if kind not in SPIKING:
        return np.float32
    return np.uint8 if dialect.multi is not None and dialect.multi <= 255 else np.int32


def bits_kept(zero: jax.Array) -> Rounded[jax.Array]:
    """What keeps a product out of reach of contraction into a fused multiply-add, and returns it unchanged.

    The frameworks round products before they add; XLA's CPU backend would not. `zero` is an int32 0 that the
    compiler does not know to be 0."""
    import jax.numpy as jnp
    from jax.lax import bitcast_convert_type

    return lambda product: bitcast_convert_type(bitcast_convert_type(product, jnp.int32) ^ zero, jnp.float32)


def spike_count(xp: Namespace[A], dialect: NodeDialect, c: Traced[A], v: A) -> A:
    """Spikes that membrane `v` gives, float32."""
    fires = v > c["theta"] if dialect.fire == ">" else v >= c["theta"]
    if dialect.multi == 1:
        return fires.astype(np.float32)
    whole = xp.maximum(xp.floor(v / c["theta"]), 1)
    if dialect.multi is not None:
        whole = xp.minimum(whole, dialect.multi)
    return xp.where(fires, whole, 0)


def early_emission(xp: Namespace[A], dialect: NodeDialect, c: Traced[A], state: State[A]) -> A:
    """What a neuron with fire_on `old` emits in the coming step, known before its input."""
    return spike_count(xp, dialect, c, state["v"])


def step(
    xp: Namespace[A],
    kind: str,
    dialect: NodeDialect,
    c: Traced[A],
    state: State[A],
    x: A,
    rounded: Rounded[A],
) -> tuple[dict[str, A], A]:
    """One time step, over numpy or jax.numpy. x: summed input (B, ...), float32. rounded: returns the product that it
    is given, rounded by itself. Returns the new state and what the node emits."""
    new: dict[str, A] = {}
    drive = x
    if "i" in state:
        new["i"], drive = _synapse(dialect, c, state["i"], x, rounded)
    v = state["v"]
    if kind not in SPIKING:
        new["v"] = _integrate(c, v, drive, rounded)
        return new, new["v"]
    raised = dialect.reset_phase == "same_raised"
    late = dialect.reset_phase not in ("same", "same_raised") or dialect.fire_on == "old"
    old = spike_count(xp, dialect, c, v) if late or raised else v
    start = _reset(xp, dialect, c, v, old, rounded) if dialect.reset_phase == "next_before_decay" else v
    v = _integrate(c, start, drive, rounded)
    if raised or (late and dialect.reset_phase != "next_before_decay"):
        v = _reset(xp, dialect, c, v, old, rounded)
    spikes = old if dialect.fire_on == "old" else spike_count(xp, dialect, c, v)
    if "hold" in state:
        resting = _reset(xp, dialect, c, state["v"], old, rounded) if late else state["v"]
        new["hold"], v, spikes = _refractory(xp, dialect, state["hold"], resting, v, spikes)
    if not late:
        v = _reset(xp, dialect, c, v, spikes - old if raised else spikes, rounded)
    if "v_min" in c:
        v = xp.maximum(v, c["v_min"])
    new["v"] = v
    return new, spikes


def _synapse(dialect: NodeDialect, c: Traced[A], i: A, x: A, rounded: Rounded[A]) -> tuple[A, A]:
    """The new synaptic current, and the current that the membrane sees in this step."""
    x = rounded(c["syn_gain"] * x)
    if dialect.syn_gain == "decay":
        new = rounded(c["alpha"] * (i + x))
        return new, {"new": new, "jump": i + x, "old": i}[dialect.syn_view]
    if dialect.syn_view == "jump":
        return rounded(c["alpha"] * (i + x)), i + x
    new = rounded(c["alpha"] * i) + x
    return new, new if dialect.syn_view == "new" else i


def _integrate(c: Traced[A], v: A, drive: A, rounded: Rounded[A]) -> A:
    return rounded(c["beta"] * v) + rounded(c["gain"] * drive) + c["leak"]


def _reset(xp: Namespace[A], dialect: NodeDialect, c: Traced[A], v: A, spikes: A, rounded: Rounded[A]) -> A:
    if dialect.reset == "none":
        return v
    if dialect.reset == "subtract":
        return v - rounded(spikes * c["theta"])
    return xp.where(spikes > 0, c["v_reset"], v)


def _refractory(
    xp: Namespace[A], dialect: NodeDialect, hold: A, resting: A, v: A, spikes: A
) -> tuple[A, A, A]:
    silent = hold > 0
    spikes = xp.where(silent, 0, spikes)
    left = xp.where(silent, hold - 1, xp.where(spikes > 0, dialect.refractory, 0))
    return left, xp.where(silent, resting, v), spikes
