"""What is done with a network that is not compiled: inspect it, judge it, run it in float."""

from __future__ import annotations

from dataclasses import replace

from ...sim.diagnostic import Diagnostic
from ...sim.dialect.dialect import names
from ...sim.reference.reference import reference as run_in_float
from ...sim.trace import Trace
from ..front.inspection import Inspection, inspection
from ..lint.rules import lint as advice
from ..prepare import read_graph
from .chips import ATarget
from .net import Net, read_net
from .options import chosen_options
from .stimulus import AnyStimulus, as_recorded, read_stimulus

ANY_TARGET = "loihi1"
"""The options name one; nothing here asks for it."""


def dialects() -> tuple[str, ...]:
    """List the dialects: the frameworks whose reading of a `.nir` file is known, by name."""
    return names()


def inspect(
    net: Net, *, dialect: str | None = None, dt: float | None = None, dialect_options: object = ()
) -> Inspection:
    """Show what a network holds, and how it can be read.

    net, dialect, dt, dialect_options: as `spikec.compile` takes them. With a dialect, `sound` says whether the network
    can be read in it; what is wrong is in `diagnostics`, and not raised.

        spikec.inspect("digits.nir").candidates

    Raises DiagnosticError: SPK01xx for what cannot be read at all, SPK030x for a dialect that there is not."""
    chosen = chosen_options(ANY_TARGET, dialect, dt, {"dialect_options": dialect_options})
    read = read_net(net)
    return inspection(
        read.raw,
        read.notes,
        dialect=chosen.dialect,
        dt_seconds=chosen.dt_seconds,
        dialect_options=dict(chosen.dialect_options),
    )


def lint(
    net: Net,
    target: ATarget | None = None,
    stimulus: AnyStimulus | None = None,
    *,
    dialect: str | None = None,
    dt: float | None = None,
    dialect_options: object = (),
) -> tuple[Diagnostic, ...]:
    """Give advice on a network that is no error: records with code, place, numbers and hint.

    net, target, stimulus, dialect, dt, dialect_options: as `spikec.compile` takes them. With a target, also what its
    neurons do otherwise and what would save a core; with a stimulus, silent and saturated layers.

        [d.code for d in spikec.lint("digits.nir", "speck2f", dialect="snntorch.Leaky")]

    Raises DiagnosticError: SPK01xx to SPK05xx as `spikec.compile`."""
    chosen = chosen_options(
        ANY_TARGET if target is None else target, dialect, dt, {"dialect_options": dialect_options}
    )
    read, told = read_net(net), ()
    if stimulus is not None:
        chosen, told = as_recorded(read.raw, chosen, stimulus)
    graph = read_graph(read.raw, chosen)
    used = None if stimulus is None else read_stimulus(stimulus, None, graph.ports, None)
    return (*read.notes, *told, *advice(read.raw, chosen, used, for_chip=target is not None))


def reference(
    net: Net,
    stimulus: AnyStimulus,
    states: bool = False,
    *,
    dialect: str | None = None,
    dt: float | None = None,
    dialect_options: object = (),
) -> Trace:
    """Run a network in float32 as its framework means it, bit for bit.

    net, stimulus, dialect, dt, dialect_options: as `spikec.compile` takes them. states: record the states of all
    neurons after each step as well. The trace has (T, B, ...) arrays: outputs float32, spikes as counts.

        trace = spikec.reference("digits.nir", "digits.npz", dialect="snntorch.Leaky")
        trace.outputs["output"].sum(axis=0).argmax(axis=1)

    Raises DiagnosticError: SPK01xx to SPK05xx as `spikec.compile`."""
    chosen = chosen_options(ANY_TARGET, dialect, dt, {"dialect_options": dialect_options})
    read = read_net(net)
    chosen, told = as_recorded(read.raw, chosen, stimulus)
    graph = read_graph(read.raw, chosen)
    used = read_stimulus(stimulus, None, graph.ports, None)
    trace = run_in_float(read.raw, graph.dialect, stimulus=used.inputs, return_all_states=states)
    return replace(trace, notes=(*read.notes, *told))
