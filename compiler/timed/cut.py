"""Cuts a network into host prefix, chip and host suffix, at spike edges, where an input is nothing that the chip
takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import Diagnostic, error, raise_errors, warning
from ...sim.near_names import hint_of
from ...sim.nir.path import shown, stored_at
from ..ir.network import Network, Projection


def host_prefix(
    network: Network, inputs: Mapping[str, np.ndarray], counts: tuple[int, int]
) -> tuple[str, ...]:
    """Find the populations that must run on the host, since an Input of theirs holds other values than the event
    counts (low, high) that the chip takes."""
    odd = [name for name in sorted(inputs) if not takes(inputs[name], counts)]
    return tuple(
        sorted({p.post for p in network.projections if p.pre in odd and p.post in network.populations})
    )


def moved_to_host(
    network: Network, names: Sequence[str], inputs: Mapping[str, np.ndarray], counts: tuple[int, int]
) -> list[Diagnostic]:
    """Warn of populations that the values of an Input move to the host, unasked (SPK1012). names: of these."""
    hint = "encode the input as spikes; or name what the host may run with --host-prefix"
    return [
        warning("SPK1012", f"{why}, runs on the host", where=stored_at(port), hint=hint)
        for port, why in _moving(network, names, inputs, counts)
    ]


def host_refused(
    network: Network,
    asked: Sequence[str],
    moved: Sequence[str],
    inputs: Mapping[str, np.ndarray],
    counts: tuple[int, int],
) -> list[Diagnostic]:
    """Say who needs the host that is not allowed (SPK1010): the option that names populations for it, or values of an
    Input. asked, moved: the populations of each."""
    found = [
        error("SPK1010", f"{why}, would have to run on the host", where=stored_at(port),
              hint="leave out --no-host, or encode the input as spikes")
        for port, why in _moving(network, moved, inputs, counts)
    ]  # fmt: skip
    if asked:
        named = ", ".join(map(shown, asked))
        message = f"--host-prefix puts {named} on the host, and --no-host allows nothing there"
        found.append(error("SPK1010", message, hint="leave out one of the two"))
    return found


def _moving(
    network: Network, names: Sequence[str], inputs: Mapping[str, np.ndarray], counts: tuple[int, int]
) -> Iterator[tuple[str, str]]:
    """Each Input whose values move some of the populations `names` to the host, and why, as a sentence up to its
    verb."""
    sizes = {name: population.size for name, population in network.populations.items()}
    for port in sorted(inputs):
        behind = [p.post for p in network.projections if p.pre == port and p.post in names]
        if not behind or takes(inputs[port], counts):
            continue
        values, neurons = inputs[port], sum(sizes[name] for name in behind)
        message = (
            f"input `{shown(port)}` holds {odd_values(values, counts)}, and the chip takes whole numbers from "
            f"{counts[0]} to {counts[1]}: {', '.join(map(shown, behind))}, {neurons:,} of {sum(sizes.values()):,} "
            "neurons"
        )
        yield port, message


def odd_values(values: np.ndarray, counts: tuple[int, int]) -> str:
    """What is no event count in them, with the first example."""
    for words, odd in (
        ("negative values", values < counts[0]),
        ("values that are no whole numbers", values != np.rint(values)),
        ("more events in a step", values > counts[1]),
    ):
        if odd.any():
            return f"{words} ({int(odd.sum()):,} of {values.size:,}, as {float(values[odd][0]):g})"
    raise ValueError("all values are event counts")


def takes(values: np.ndarray, counts: tuple[int, int]) -> bool:
    """Whether all values are whole numbers from `counts`, both ends included."""
    whole = np.equal(np.rint(values), values).all()
    return bool(whole and values.min(initial=counts[0]) >= counts[0] and values.max(initial=0) <= counts[1])


def cut(network: Network, host: tuple[str, ...]) -> Network:
    """Cut off the host's part. `network` without the populations `host`; their spikes become inputs of the same
    name.

    Raises DiagnosticError: SPK1007 where a chip population feeds the host, SPK1008 where the host would send a
    membrane, SPK1009 for a name that is no population."""
    if not host:
        return network
    diagnostics = no_populations(host, network.populations)
    raise_errors(diagnostics)
    for p in network.projections:
        if p.post in host and p.pre not in host and p.pre not in network.inputs:
            message = f"{p.post} would run on the host and is fed by {p.pre} on the chip"
            diagnostics.append(error("SPK1007", message, where=stored_at(p.post)))
    for name in host:
        if network.populations[name].neuron.theta is None:
            message = f"{name} does not spike; the host cannot send its membrane as spikes"
            diagnostics.append(error("SPK1008", message, where=stored_at(name)))
    raise_errors(diagnostics)
    kept = [_from_host(p, network, host) for p in network.projections if p.post not in host]
    used = {p.pre for p in kept}
    shapes = {name: network.populations[name].shape for name in host}
    inputs = {**{n: s for n, s in network.inputs.items() if n in used}, **shapes}
    return replace(
        network,
        inputs={name: inputs[name] for name in sorted(inputs)},
        populations={n: p for n, p in network.populations.items() if n not in host},
        projections=tuple(kept),
    )


def no_populations(names: Collection[str], populations: Collection[str]) -> list[Diagnostic]:
    """Report each name that is no population's (SPK1009)."""
    return [
        error(
            "SPK1009",
            f"there is no population `{shown(name)}`",
            hint=hint_of(name, sorted(populations), "populations"),
        )
        for name in names
        if name not in populations
    ]


def _from_host(projection: Projection, network: Network, host: tuple[str, ...]) -> Projection:
    """The host sends what the framework emits: a late emission is in it already."""
    if projection.pre not in host:
        return projection
    late = network.populations[projection.pre].neuron.emission_delay
    return replace(projection, taps={d - late: matrix for d, matrix in projection.taps.items()})
