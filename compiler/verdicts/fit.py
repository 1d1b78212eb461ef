"""Whether a network fits a target, what binds, and the nearest thing that fits where it does not.

Tried are, one at a time: the network as it is, more chips, fewer weight bits, the first populations on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...sim.diagnostic import Diagnostic, DiagnosticError
from ...sim.nir.path import shown
from ...sim.stimulus import Stimulus
from ..backends.interface import backend_of
from ..backends.shared.group_sources import MANY
from ..ir.stages import Front
from ..options import Options
from ..prepare import prepare, resolve_target
from ..weight_width import stored_width

FIT_CODES = ("SPK2001", "SPK2002", "SPK2003", "SPK2014", *(f"SPK20{k}" for k in range(20, 60)))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One thing that was tried. cores: how many it takes, None where not even one neuron fits. share: of the capacity
    of the used cores that the binding resource fills, 0 to 1. code, reason: why it does not fit, or empty."""

    target: str
    change: str
    fits: bool
    cores: int | None = None
    available_cores: int | None = None
    binding: str = ""
    share: float = 0.0
    code: str = ""
    reason: str = ""


NOT_OF_A_TARGET = ("SPK04", "SPK05")  # what is wrong with the stimulus or the command, on whatever target


def with_nearest(
    problem: DiagnosticError, front: Front, options: Options, stimulus: Stimulus | None
) -> DiagnosticError:
    """The same findings with the nearest thing that fits, for those of FIT_CODES; of a large network it is not
    searched."""
    if not any(d.code in FIT_CODES for d in problem.diagnostics):
        return problem
    connections = sum(tap.nnz for p in front.network.projections for tap in p.taps.values())
    if connections > MANY:
        words = f"not searched: each try of a network of {connections:,} connections takes minutes"
        return DiagnosticError(tuple(_with(d, [("nearest", words)]) for d in problem.diagnostics))
    options.say("look for the nearest thing that fits")
    plain = trial(front, options, stimulus, "as it is")
    facts = [
        ("nearest", _words(found))
        for found in (
            trial(front, changed, stimulus, text) for text, changed in changes(front, options, plain)
        )
        if found.fits
    ] or [("nearest", "nothing of what was tried: more chips, fewer weight bits, a host prefix")]
    return DiagnosticError(tuple(_with(d, facts) for d in problem.diagnostics))


def trial(front: Front, options: Options, stimulus: Stimulus | None, change: str) -> Trial:
    """Raises DiagnosticError for everything but a network that does not fit."""
    target = resolve_target(options)
    options.say(f"try {target.name} {change}".rstrip())
    try:
        network = prepare(front, replace(options, progress=None), target, stimulus).quantized.network
        size = backend_of(target).estimate(network, target, options)
    except DiagnosticError as problem:
        errors = [d for d in problem.diagnostics if d.severity == "error"]
        if not errors or all(d.code.startswith(NOT_OF_A_TARGET) for d in errors):
            raise
        return Trial(
            target=target.name, change=change, fits=False, code=errors[0].code, reason=errors[0].message
        )
    return Trial(
        target=target.name, change=change, fits=not size.reason, cores=size.cores,
        available_cores=size.available, binding=size.binding, share=size.share,
        code="SPK2003" if size.reason else "", reason=size.reason,
    )  # fmt: skip


def changes(front: Front, options: Options, plain: Trial) -> Iterator[tuple[str, Options]]:
    """What could make it fit, the least first."""
    target = resolve_target(options)
    if plain.cores is not None:
        more = backend_of(target).next_larger(target, options, plain.cores)
        if more is not None:
            yield f"{more.chips} chips", more
    widths = backend_of(target).weight_widths(target)
    fewer = (bits for bits in reversed(widths) if bits < stored_width(widths, options.weight_bits))
    most = next((bits for bits in fewer if _fits(front, replace(options, weight_bits=bits))), None)
    if most is not None:
        yield f"{most} weight bits", replace(options, weight_bits=most)
    host: tuple[str, ...] = ()
    for name in _in_order(front):
        host = (*host, name)
        if len(host) == len(front.network.populations):
            return
        changed = replace(options, host_prefix=host)
        if _fits(front, changed):
            yield f"{', '.join(shown(n) for n in host)} on the host", changed
            return


def _fits(front: Front, options: Options) -> bool:
    return trial(front, options, None, "").fits


def _in_order(front: Front) -> list[str]:
    """Populations along the direction of spikes."""
    from ..timed.flow_order import order

    flow = order(front.network)
    return [*flow.hidden, *flow.outputs]


def _words(found: Trial) -> str:
    resource = found.binding.replace("_", " ")
    return (
        f"{found.change}: {found.cores} of {found.available_cores} cores, {resource} {found.share:.0%} full"
    )


def _with(diagnostic: Diagnostic, facts: list[tuple[str, str]]) -> Diagnostic:
    if diagnostic.code not in FIT_CODES:
        return diagnostic
    return replace(diagnostic, facts=(*diagnostic.facts, *facts))
