"""`spikec simulate`: the emitted words run, and the trace is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from ...sim.engines.choice import SUM_ENGINES
from ..shell.verb_help import Verb
from .arguments import FILE, JSON, QUIET, STIMULUS
from .loading import StimulusWords, chosen_stimulus, stimulus_stream
from .party import PartyWords, as_messages, party, party_options
from .printing import print_trace, write_file
from .progress import Tell, counted, progress

if TYPE_CHECKING:
    from ...sim.engines.choice import Execution, SumEngine
    from ...sim.trace import Trace
    from ..output.finished import Finished
    from ..output.reopen import Decoded, Reopened
    from ..output.trace_file import Written


class SimulateWords(StimulusWords, PartyWords):
    """What else the command line says. sample: whose waves."""

    vcd: Path | None
    neurons: tuple[str, ...]
    sample: int
    engine: SumEngine
    devices: int | None


@click.command("simulate", cls=Verb)
@click.argument("out", type=FILE)
@STIMULUS
@click.option("--states", is_flag=True, help="Record the states as well.")
@click.option("-o", "--trace", type=FILE, required=True, metavar="TRACE.npz")
@click.option(
    "--vcd", type=FILE, metavar="F.vcd", help="Spikes, u and v of --neurons as waves, in chip steps."
)
@click.option("--neurons", multiple=True, metavar="POP[:i,j-k]", help="What the waves show; may be repeated.")
@click.option("--sample", type=click.IntRange(0), default=0, show_default=True, help="Whose waves.")
@click.option(
    "--engine",
    type=click.Choice(["auto", *SUM_ENGINES]),
    default="auto",
    show_default=True,
    help="What computes it; the result is the same bit for bit.",
)
@click.option(
    "--devices", type=click.IntRange(1), metavar="N", help="Share the run out over N devices of JAX."
)
@party_options
@JSON
@QUIET
def command(
    out: Path, trace: Path, states: bool, as_json: bool, quiet: bool, **given: Unpack[SimulateWords]
) -> None:
    """Run the configuration in OUT and write the trace."""
    from ..output.execution import chosen_execution
    from ..output.finished import finished
    from ..output.reopen import decoded
    from ..shell.write_refused import demand_writable

    vcd, neurons = given["vcd"], given["neurons"]
    if (vcd is None) != (not neurons):
        raise click.UsageError("--vcd and --neurons need each other")
    others = party(given)
    writes = others is None or others.number == 0
    for file in (trace, *([] if vcd is None else [vcd])) if writes else ():
        demand_writable(file, out, given["stimulus"])
    messages = nullcontext() if others is None else as_messages()
    with messages, progress(quiet=quiet or as_json or not writes) as tell:
        made = finished(out)
        if others is not None:
            tell("wait for the other processes")
        execution = chosen_execution(made.chip, given["engine"], given["devices"], others)
        opened = decoded(made.raw, made.files, replace(made.options, progress=tell))
        run = _at_once if vcd is not None or opened.prepared.host else _in_parts
        written = run(made, opened, trace if writes else None, states, execution, tell, given)
    if written is not None:
        print_trace(trace, written, as_json=as_json)


def _in_parts(
    made: Finished,
    opened: Decoded,
    trace: Path | None,
    states: bool,
    execution: Execution,
    tell: Tell,
    given: SimulateWords,
) -> Written | None:
    """Keep nothing but the part of the stimulus that is on its way; all of it is looked at before the run starts.

    trace: None where another process writes it."""
    from ...sim.engines.choice import Span
    from ...sim.run_memory import bytes_a_step, steps_at_once
    from ..output.build import STIMULUS as RECORDED
    from ..output.trace_file import demand_size, write_trace_file
    from ..verdicts.chip_run import demand_counts, most_sent
    from ..verdicts.chip_trace import trace_of

    each = bytes_a_step(made.ports.values, made.chip)
    with stimulus_stream(made.ports, given, made.files[RECORDED]) as stimulus:
        steps, batch = stimulus.steps, stimulus.batch
        demand_size(steps, batch, sum(p.machine_index.size for p in opened.symbols.populations))
        length, most = steps_at_once(steps, batch, each), 1
        if not stimulus.drawn:
            said, seen = counted(tell, "read the stimulus: {done} of {total} steps"), 0
            for part in stimulus.parts(length):
                demand_counts(opened.symbols, part, opened.target.input_counts)
                most = max(most, most_sent(part, opened.target.input_counts))
                seen = min(steps, seen + length)
                said(seen, steps)

        def traces() -> Iterator[Trace]:
            said, span = (
                counted(tell, "simulate: {done} of {total} steps"),
                Span(steps=steps, batch=batch, at_once=length, most=most),
            )
            runs = opened.run_in_parts(stimulus.parts(length), span, states=states, execution=execution)
            for k, run in enumerate(runs):
                yield trace_of(run, opened.symbols, opened.target, states=states)
                said(min(steps, (k + 1) * length), steps)

        tell("simulate")
        if trace is None:
            for _ in traces():
                pass
            return None
        return write_trace_file(trace, traces(), counted(tell, "write the trace: {done} of {total} bytes"))


def _at_once(
    made: Finished,
    opened: Decoded,
    trace: Path | None,
    states: bool,
    execution: Execution,
    tell: Tell,
    given: SimulateWords,
) -> Written | None:
    """Hold the whole run in memory: the float reference that the host's populations are part of, and waves, take all
    steps."""
    from ..output.again import chip_trace
    from ..output.finished import recorded_stimulus
    from ..output.reopen import on_stimulus
    from ..output.trace_file import write_trace_file

    stimulus = chosen_stimulus(made.ports, given, made.chip) or recorded_stimulus(made)
    if given["vcd"] is not None and given["sample"] >= stimulus.batch:
        raise click.UsageError(f"--sample {given['sample']}: there are samples 0 to {stimulus.batch - 1}")
    whole, vcd = on_stimulus(opened, stimulus), given["vcd"]
    chosen = _chosen(whole, given["neurons"])
    tell("simulate")
    found = chip_trace(whole, states=states or vcd is not None, execution=execution)
    if trace is None:
        return None
    if vcd is not None:
        write_file(vcd, _waves(whole, found, chosen, given["sample"]))
    return write_trace_file(trace, [found if states else replace(found, states={})])


def _chosen(opened: Reopened, neurons: Sequence[str]) -> Mapping[str, Sequence[int]]:
    from ..output.waves import chosen_neurons

    return chosen_neurons(neurons, {p.name: p.machine_index.size for p in opened.symbols.populations})


def _waves(opened: Reopened, trace: Trace, chosen: Mapping[str, Sequence[int]], sample: int) -> bytes:
    from ...sim.vcd import dump
    from ..output.waves import signals
    from ..verdicts.compare_trace import leads_of

    waves = signals("chip", trace.arrays(), leads_of(opened), chosen, sample)
    return dump(waves, comment="one time unit is one chip step").encode()
