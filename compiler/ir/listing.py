"""Lists what each stage of a compile made of a network: tables that people read and tests compare.

A table is a list of rows, each the same columns -> a number, a text or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from .network import Network, Neuron, Projection
from .placement import Placement
from .quantized import QuantizedNetwork, QuantizedProjection
from .timed_network import TimedLink, TimedNetwork, TimedPopulation

Row = Mapping[str, object]
Tables = Mapping[str, list[Row]]
DIGITS = 6


def span(values: np.ndarray | None) -> str | None:
    """`0.5` where all values are alike, `0.1 .. 0.9` where they are not; None of no values."""
    if values is None or not values.size:
        return None
    low, high = values.min(), values.max()
    return number(low) if low == high else f"{number(low)} .. {number(high)}"


def number(value: float) -> str:
    """Six digits are enough to recognise a number, and the same on every machine."""
    return f"{value:.{DIGITS}g}"


def network_tables(network: Network) -> Tables:
    """Inputs, populations, projections and outputs of the float network."""
    return {
        "inputs": [{"input": name, "shape": str(shape)} for name, shape in sorted(network.inputs.items())],
        "populations": [
            {"population": name, "shape": str(p.shape), **_neuron(p.neuron)}
            for name, p in sorted(network.populations.items())
        ],
        "projections": [_projection(p) for p in network.projections],
        "outputs": [
            {"output": name, "shape": str(shape), "reads": ", ".join(p.pre for p in network.into(name))}
            for name, shape in sorted(network.outputs.items())
        ],
    }


def _neuron(neuron: Neuron) -> Row:
    comparison = ">=" if neuron.at_threshold else ">"
    threshold = span(neuron.theta)
    reset = neuron.reset if neuron.reset != "to_value" else f"to {span(neuron.v_reset) or '0'}"
    return {
        "synapse keeps": span(neuron.alpha),
        "membrane keeps": span(neuron.beta),
        "bias": span(neuron.bias),
        "fires": None if threshold is None else f"v {comparison} {threshold}",
        "reset": reset,
        "refractory": neuron.refractory,
        "most spikes": "any" if neuron.multi is None else neuron.multi,
        "floor": span(neuron.v_min),
        "emits late": neuron.emission_delay,
    }


def _projection(projection: Projection) -> Row:
    weights = [np.asarray(projection.taps[delay].data) for delay in sorted(projection.taps)]
    every = np.concatenate([np.zeros(0), *weights])
    return {
        "from": projection.pre,
        "to": projection.post,
        "weights": int(np.count_nonzero(every)),
        "range": span(every[every != 0]),
        "delays": ", ".join(map(str, sorted(projection.taps))),
        "constant from": ", ".join(map(str, sorted(projection.bias))) or None,
        "through": ", ".join(projection.path),
    }


def timed_tables(timed: TimedNetwork) -> Tables:
    """When each population acts on the chip, and how long its synapses take and are held back."""
    return {
        "lags": [
            {"population": name, "chip step - float step": lag} for name, lag in timed.lag_steps.items()
        ],
        "links": [_link(timed, p, link) for p in timed.populations.values() for link in p.links],
    }


def _link(timed: TimedNetwork, population: TimedPopulation, link: TimedLink) -> Row:
    return {
        "from": link.source,
        "to": population.name,
        "weights": int(link.weights.nnz),
        "chip steps": link.delay_steps,
        "of these held back": link.held_steps,
        "lengthened by": timed.lengthened.get((link.source, population.name), 0),
    }


def quantized_tables(network: QuantizedNetwork) -> Tables:
    """The chip's integers: registers of populations, codes and formats of projections, kernels, outputs."""
    tables: dict[str, list[Row]] = {
        "populations": [
            {
                "population": p.name,
                "shape": str(p.shape),
                "lag": p.lag_steps,
                "role": p.role,
                "units": ", ".join(f"{name} {number(s.units)}" for name, s in sorted(p.scales.items())),
                "registers": ", ".join(
                    f"{name} {span(values)}"
                    for name, values in sorted((*p.params.items(), *_shared(p.core_params)))
                ),
            }
            for p in network.populations
        ],
        "projections": [
            {
                "from": p.pre,
                "to": p.post,
                "synapses": p.synapses.count,
                "codes": span(p.synapses.weight),
                "delays": span(p.synapses.delay),
                "format": _format(p),
            }
            for p in network.projections
        ],
        "outputs": [
            {"population": name, "leaves the chip as": p.name, "as": "spikes" if p.spiking else "membrane"}
            for name, p in network.exported
        ],
    }
    if network.kernels is not None:
        tables["kernels"] = [
            {
                "layer": network.populations[layer.core].name,
                "input": str(layer.input_shape),
                "kernel": str(layer.kernel.shape),
                "weights": span(layer.kernel),
                "threshold": layer.threshold,
                "to": ", ".join(str(d.core) for d in layer.destinations) or None,
            }
            for layer in network.kernels.layers
        ]
    if network.order is not None:
        order = network.order
        tables["order of events"] = [
            {"closed loop": order.closed_loop, "protocol": order.protocol, "rows": int(order.sign.size),
             "leaks a step": order.leaks, "queue": order.queue, "sorted": order.order}
        ]  # fmt: skip
    return tables


def _shared(registers: Mapping[str, int]) -> list[tuple[str, np.ndarray]]:
    return [(name, np.array([value])) for name, value in registers.items()]


def _format(projection: QuantizedProjection) -> str:
    common = {f.name for f in fields(QuantizedProjection)}
    own = {f.name: getattr(projection, f.name) for f in fields(projection) if f.name not in common}
    pairs: list[tuple[str, object]] = []
    for name, value in own.items():
        pairs += sorted(value.items()) if isinstance(value, Mapping) else [(name, value)]
    return ", ".join(f"{name} {value}" for name, value in pairs)


def placement_tables(placement: Placement) -> Tables:
    """Which slice of which population is on which core, and what each core is filled with."""
    return {
        "slices": [
            {
                "population": s.population,
                "neurons": f"{s.first} .. {s.first + s.size - 1}",
                "core": s.core,
                "site": placement.site(s.core),
                "slots": f"{s.slot} .. {s.slot + s.size - 1}",
            }
            for s in placement.slices
        ],
        "cores": [
            {"core": k, **{name: f"{used[name]} of {placement.limit(k, name)}" for name in sorted(used)}}
            for k, used in enumerate(placement.used)
        ],
        "certificate": [
            {
                "objective": placement.certificate.objective,
                "value": placement.certificate.value,
                "bound": placement.certificate.bound,
                "status": placement.certificate.status,
                "search space": placement.certificate.family,
            }
        ],
    }


def listing_text(tables: Tables) -> str:
    """Tables as plain text, a row a line: the first column, then the others by name; what is None is left out."""
    lines: list[str] = []
    for title, rows in tables.items():
        lines.append(f"{title}: none" if not rows else f"{title}:")
        for row in rows:
            first, *others = row.items()
            told = [f"{name} {value}" for name, value in others if value is not None]
            lines.append("  " + "; ".join([f"{first[0]} {first[1]}", *told]))
    return "\n".join(lines) + "\n"
