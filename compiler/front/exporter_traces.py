"""Finds the traces that each exporter leaves in a file: names, dtypes, and relations between parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ...sim.nir.raw_graph import RawGraph, RawNode

NEURONS = frozenset({"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"})
TOLERANCE = 1e-3
"""Relative: parameters went through float32, and 1 - beta loses digits."""
SNNTORCH_DT = 1e-4
NORSE_DT = 1e-3
JAXPIKE_DT = 1e-3
NORSE_EXPORT_SCALE = 1e3
LAVA_UNIT = 4096
_SPYX_NAMES, _ROCKPOOL_NAMES = r"layer_\d+(_threshold)?", r"\d+_\w+Torch"
_FX_NAMES = r"_\d+|input_1|output"
"""As torch.fx names them, of which SpikingJelly makes its graphs."""


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What a file says if `preset` wrote it. dt_seconds None: it does not say the time step. dt_is_assumed: it does
    not, and dt_seconds is the framework's usual one.

    sure: nothing in the reading is left to a framework's default. readings: option sets that fit the file
    alike and give different results; one where the file leaves nothing open. also: other presets that fit the
    same traces. evidence: sentences."""

    preset: str
    dt_seconds: float | None
    evidence: tuple[str, ...]
    dt_is_assumed: bool = False
    sure: bool = False
    also: tuple[str, ...] = ()
    readings: tuple[Mapping[str, object], ...] = field(default=({},))


def traces(graph: RawGraph) -> tuple[Traces, ...]:
    """Test the file for the traces of every framework; one record for each that may have written it."""
    layers = tuple((path, node) for path, node in graph.walk() if node.kind in NEURONS)
    if not layers or not all(_consistent(node) for _, node in layers):
        return ()
    with np.errstate(all="ignore"):  # a test that divides by zero fails, as it should
        tested = [test(graph, layers) for test in _TESTS]
    return tuple(one for one in tested if one is not None)


Layers = tuple[tuple[str, RawNode], ...]


def _spyx(graph: RawGraph, layers: Layers) -> Traces | None:
    if not _all_named(graph, _SPYX_NAMES):
        return None
    steps: list[np.ndarray] = []
    for _, node in layers:
        if node.kind in ("LIF", "CubaLIF"):
            # r is beta = 1 - dt/tau, so tau (1 - r) = dt; tau is negative where beta > 1.
            tau = _real(node, "tau" if node.kind == "LIF" else "tau_mem")
            steps.append(tau * (1 - _real(node, "r")))
        elif node.kind not in ("IF", "LI") or not _is(node, "r", 1.0):
            return None
    dt = _common(steps)
    if steps and dt is None:
        return None
    evidence = ["all nodes are named `layer_N`, as Spyx names them"]
    if dt is not None:
        evidence.append(f"r = 1 - dt/tau in every leaky layer, with dt = {dt:g} s throughout")
    elif all(node.kind == "IF" for _, node in layers):
        evidence.append("all neurons are IF with r = 1: the time step does not matter")
        dt = 1.0
    return Traces(preset="spyx", dt_seconds=dt, evidence=tuple(evidence), sure=True)


def _rockpool(graph: RawGraph, layers: Layers) -> Traces | None:
    if not _all_named(graph, _ROCKPOOL_NAMES):
        return None
    steps: list[np.ndarray] = []
    for _, node in layers:
        if node.kind not in ("CubaLIF", "LI") or not _is(node, "w_in", 1.0):
            return None
        tau = _real(node, "tau" if node.kind == "LI" else "tau_mem")
        # r = tau exp(-dt/tau) / dt.
        steps.append(tau * _ratio_of_gain(_real(node, "r")))
    dt = _common(steps)
    if dt is None:
        return None
    evidence = (
        "nodes are named as Rockpool names its torch modules",
        f"r = tau exp(-dt/tau)/dt in every layer, with dt = {dt:g} s throughout",
        "the file does not carry max_spikes_per_dt, nor biases or recurrent weights of a LIFTorch",
    )
    readings: tuple[dict[str, object], ...] = ({"max_spikes": 2**16}, {"max_spikes": 1})
    if all(node.kind == "LI" for _, node in layers):
        readings = ({},)
    return Traces(preset="rockpool", dt_seconds=dt, evidence=evidence, readings=readings)


def _spikingjelly(graph: RawGraph, layers: Layers) -> Traces | None:
    steps: list[np.ndarray] = []
    for _, node in layers:
        r = _real(node, "r")
        if node.kind == "IF":
            steps.append(1 / r)
        elif node.kind == "LIF" and _close(_real(node, "v_leak"), _real(node, "v_reset")):
            steps += [] if _is(node, "r", 1.0) else [_real(node, "tau") / r]
        elif node.kind == "CubaLIF":
            steps += [_real(node, "tau_mem") / r, _real(node, "tau_syn") / _real(node, "w_in")]
        else:
            return None
        if any(_dtype(node, name) != "float64" for name in ("r", "v_threshold")):
            return None
    dt = _common(steps)
    named = all(re.fullmatch(_FX_NAMES, name) for name in graph.nodes)
    has_if = any(node.kind == "IF" for _, node in layers)
    if (steps and dt is None) or (dt is not None and dt > 0.1) or not (named or has_if):
        return None
    evidence = ["float64 neuron parameters with v_leak = v_reset, as SpikingJelly writes them"]
    evidence += ["nodes are named `_N` and `input_1`, as torch.fx names them"] if named else []
    assumed = dt is None
    if dt is None:
        dt = SNNTORCH_DT
        evidence.append("r = 1 does not tell the time step: dt = 0.0001 s is the exporter's default")
    else:
        evidence.append(f"r and tau agree on dt = {dt:g} s in every layer that tells it")
    # Without the names, these are also the literal equations, which differ at V = theta and at the start.
    also = () if named else ("nir.euler",)
    evidence.append("reset to v_reset: SpikingJelly 2.0.0 does not export soft reset")
    return Traces(
        preset="spikingjelly", dt_seconds=dt, dt_is_assumed=assumed, evidence=tuple(evidence), also=also
    )


def _snntorch(graph: RawGraph, layers: Layers) -> Traces | None:
    for _, node in layers:
        if node.kind not in ("LIF", "CubaLIF") or not _is(node, "v_leak", 0.0):
            return None
        tau = _real(node, "tau" if node.kind == "LIF" else "tau_mem")
        if (tau == 0).any() or not _close(_real(node, "r") * SNNTORCH_DT, tau):
            return None
        if node.kind == "CubaLIF" and not _close(_real(node, "w_in") * SNNTORCH_DT, _real(node, "tau_syn")):
            return None
    if all(re.fullmatch(_FX_NAMES, name) for name in graph.nodes):
        return None
    evidence = (
        "r = tau/dt in every layer with dt = 0.0001 s, the step that snnTorch always writes",
        "snnTorch does not write its reset: every file says v_reset = 0",
    )
    readings = tuple(
        {"reset": reset, "reset_delay": delay} for reset in ("subtract", "zero") for delay in (True, False)
    )
    return Traces(preset="snntorch", dt_seconds=SNNTORCH_DT, evidence=evidence, readings=readings)


def _norse(graph: RawGraph, layers: Layers) -> Traces | None:
    inputs = [node for node in graph.nodes.values() if node.kind == "Input"]
    batched = [_real(node, "shape") for node in inputs]
    if not batched or any(shape.size < 2 or shape.flat[0] != 1 for shape in batched):
        return None
    taus: list[float] = []
    for _, node in layers:
        plain = node.kind in ("IF", "LIF", "LI", "CubaLIF") and _is(node, "r", 1.0) and _is(node, "w_in", 1.0)
        if not plain or not _is(node, "v_reset", 0.0):
            return None
        taus += [float(_real(node, name).max()) for name in ("tau", "tau_mem") if name in node.params]
    if any(shape.size == 3 and shape.flat[1] == 1 for shape in batched):
        return None
    evidence = ["Input shapes keep a batch axis of 1, and r = 1 and w_in = 1 in every layer, as Norse writes"]
    evidence.append("the file does not carry the time step: dt = 0.001 s is Norse's default")
    options: dict[str, object] = {}
    if taus and max(taus) < NORSE_DT:
        options["tau_scale"] = NORSE_EXPORT_SCALE
        evidence.append(
            f"every tau is below dt (largest {max(taus):g} s): Norse's default export shrinks tau"
        )
        evidence.append("a thousandfold, so they are scaled back")
    return Traces(
        preset="norse", dt_seconds=NORSE_DT, dt_is_assumed=True, evidence=tuple(evidence), readings=(options,)
    )


def _sinabs(graph: RawGraph, layers: Layers) -> Traces | None:
    if not all(re.fullmatch(r"\d+|input|output", name) for name in graph.nodes):
        return None
    for _, node in layers:
        if node.kind not in ("IF", "LIF", "LI") or not _is(node, "r", 1.0) or _dtype(node, "r") != "float32":
            return None
        if node.kind != "IF" and (_real(node, "tau") < 1).any():
            return None
    readings: tuple[dict[str, object], ...] = tuple(
        {"spike_fn": fn, "min_v_mem": floor} for fn in ("MultiSpike", "SingleSpike") for floor in (None, -1.0)
    )
    if any(node.kind in ("LIF", "LI") for _, node in layers):
        readings = tuple({**one, "norm_input": norm} for one in readings for norm in (True, False))
    evidence = (
        "nodes are numbered and r = 1 in every layer, with tau in time steps, as Sinabs writes",
        "Sinabs does not write spike_fn, min_v_mem, reset_fn and norm_input",
    )
    return Traces(preset="sinabs", dt_seconds=1.0, evidence=evidence, readings=readings)


def _jaxpike(graph: RawGraph, layers: Layers) -> Traces | None:
    inner = [name for name, node in graph.nodes.items() if node.kind not in ("Input", "Output")]
    if not {"input", "output"} < set(graph.nodes) or not all(_JAXPIKE_NAME.fullmatch(name) for name in inner):
        return None
    if _real(graph.nodes["input"], "shape").size not in (1, 3):  # no batch axis
        return None
    for _, node in layers:
        plain = node.kind in ("LIF", "LI") and _is(node, "r", 1.0) and _dtype(node, "r") == "float32"
        if not plain or not _is(node, "v_leak", 0.0) or (_real(node, "tau") >= 1).any():
            return None
        if node.kind == "LIF" and not _is(node, "v_reset", 0.0):
            return None
    evidence = (
        "nodes are numbered, r = 1 in every layer and tau is below a second, as jaxpike writes",
        "the file does not carry the time step: dt = 0.001 s is jaxpike's default",
        "nothing tells it from the literal equations, which decay by 1 - dt/tau where jaxpike does by exp(-dt/tau)",
    )
    return Traces(
        preset="jaxpike", dt_seconds=JAXPIKE_DT, dt_is_assumed=True, evidence=evidence, also=("nir.euler",)
    )


def _lava(graph: RawGraph, layers: Layers) -> Traces | None:
    if all(re.fullmatch(_FX_NAMES, name) for name in graph.nodes):
        return None
    steps: list[np.ndarray] = []
    for _, node in layers:
        resting = _is(node, "v_leak", 0.0) and _is(node, "v_reset", 0.0)
        if node.kind != "CubaLIF" or not resting or _dtype(node, "r") != "float64":
            return None
        for tau, gain in (("tau_mem", "r"), ("tau_syn", "w_in")):
            decay = LAVA_UNIT / _real(node, gain)
            if not np.allclose(decay, np.rint(decay), rtol=0, atol=1e-6) or (decay < 1).any():
                return None
            steps.append(_real(node, tau) / _real(node, gain))
    dt = _common(steps)
    if dt is None:
        return None
    evidence = (
        f"1/r and 1/w_in are whole multiples of 1/{LAVA_UNIT} in every layer, as lava-dl rounds its decays",
        f"tau_mem/r and tau_syn/w_in agree on dt = {dt:g} s",
    )
    return Traces(preset="lava", dt_seconds=dt, evidence=evidence)


def _mlx_snn(graph: RawGraph, layers: Layers) -> Traces | None:
    if _all_named(graph, _ROCKPOOL_NAMES) or _all_named(graph, _SPYX_NAMES):
        return None
    kinds = {node.kind for _, node in layers}
    if not kinds & {"IF", "CubaLIF"} or not kinds & {"LIF", "CubaLIF"}:
        return None  # with LIF alone, its files are snnTorch's
    steps: list[np.ndarray] = []
    for _, node in layers:
        if _dtype(node, "r") != "float32" or not _is(node, "v_leak", 0.0) or not _is(node, "w_in", 1.0):
            return None
        if node.kind in ("LIF", "CubaLIF"):
            steps.append(_real(node, "tau" if node.kind == "LIF" else "tau_mem") / _real(node, "r"))
        elif node.kind != "IF" or not _is(node, "r", 1.0):
            return None
    dt = _common(steps)
    if dt is None or any((_real(node, "r") <= 1).any() for _, node in layers if node.kind != "IF"):
        return None  # r is 1/(1 - beta)
    evidence = (
        f"r = tau/dt in every leaky layer with dt = {dt:g} s throughout, and w_in = 1, as mlx-snn writes",
        "mlx-snn does not write its reset: every file says v_reset = 0",
    )
    readings = tuple({"reset_mechanism": reset} for reset in ("subtract", "zero", "none"))
    return Traces(preset="mlx-snn", dt_seconds=dt, evidence=evidence, readings=readings)


_JAXPIKE_NAME = re.compile(r"\d+(_li|_threshold)?")
_TESTS: tuple[Callable[[RawGraph, Layers], Traces | None], ...] = (
    _norse, _rockpool, _sinabs, _snntorch, _spikingjelly, _spyx, _jaxpike, _mlx_snn, _lava,
)  # fmt: skip
_DEFAULTS: Mapping[str, float] = {"w_in": 1.0, "v_reset": 0.0, "v_leak": 0.0}


def _consistent(node: RawNode) -> bool:
    """Whether a neuron's parameters fit each other in shape."""
    shapes = [value.shape for value in node.params.values() if isinstance(value, np.ndarray)]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def _real(node: RawNode, name: str) -> np.ndarray:
    value = node.params.get(name)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.size:
        return value.astype(np.float64)
    return np.full((1,), _DEFAULTS.get(name, math.nan) if value is None else math.nan)


def _dtype(node: RawNode, name: str) -> str:
    value = node.params.get(name)
    return str(value.dtype) if isinstance(value, np.ndarray) else ""


def _is(node: RawNode, name: str, value: float) -> bool:
    return bool((_real(node, name) == value).all())


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.isclose(a, b, rtol=TOLERANCE, atol=0).all())


def _all_named(graph: RawGraph, pattern: str) -> bool:
    inner = [name for name, node in graph.nodes.items() if node.kind not in ("Input", "Output")]
    return bool(inner) and all(re.fullmatch(pattern, name) for name in inner)


def _common(values: list[np.ndarray]) -> float | None:
    """The positive value that all entries share within the tolerance, cut to the digits they agree on."""
    if not values:
        return None
    every = np.concatenate([np.ravel(value) for value in values])
    middle = float(np.median(every))
    if not math.isfinite(middle) or middle <= 0 or not _close(every, np.full_like(every, middle)):
        return None
    short = float(f"{middle:.3g}")
    return short if math.isclose(short, middle, rel_tol=1e-5) else middle


def _ratio_of_gain(r: np.ndarray) -> np.ndarray:
    """u = dt/tau from r = exp(-u)/u, by Newton's method on u + log(u) + log(r) = 0."""
    u = 1 / (1 + np.abs(r))
    for _ in range(60):
        u = np.maximum(u - (u + np.log(u) + np.log(r)) / (1 + 1 / u), u / 10)
    return u
