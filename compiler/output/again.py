"""Runs a finished output again: both verdicts of its files, and its machine on any stimulus."""

from __future__ import annotations

from collections.abc import Mapping

from ...sim.engines.choice import ANY, Execution
from ...sim.nir.raw_graph import RawGraph
from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus
from ...sim.trace import Trace
from ..ir.verdicts import Verdicts
from ..options import Options
from ..verdicts.chip_trace import trace_of
from ..verdicts.proof import prove
from .artifacts import SYMBOLS, read_symbols
from .reopen import Reopened, prepared_again, read_configuration


def check_files(raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus) -> Verdicts:
    """The verdicts of files on disk, against the network read anew from `raw` (OUT's source.nir)."""
    opened = prepared_again(raw, files, options)
    configuration = read_configuration(opened.target, files)
    options.say("float reference")
    source = reference(raw, opened.front.dialect, stimulus=stimulus.inputs)
    symbols = read_symbols(files[SYMBOLS])
    return prove(opened, configuration, symbols, stimulus, options, source).verdicts


def chip_trace(opened: Reopened, *, states: bool = False, execution: Execution = ANY) -> Trace:
    """Run the machine decoded from an output on its stimulus: layers and outputs at float steps, states at those of the
    chip."""
    run = opened.run(states=states, execution=execution)
    return trace_of(run, opened.symbols, opened.target, states=states)
