"""Makes the files that a chip is tested with, of any stimulus, from a finished output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ..backends.interface import backend_of
from ..ir.record import builtins_of
from ..ir.vectors import VectorFiles
from ..verdicts.chip_run import chip_events
from .artifacts import json_bytes
from .reopen import Reopened
from .stimulus_source import stimulus_source

VECTORS = "vectors.json"


def require_vectors(target: Chip) -> None:
    """Raise DiagnosticError, SPK3013, for a chip that there is nothing to test with."""
    if not backend_of(target).has_vectors:
        message = f"there are no test vectors for {target.title}: its sources and what its pins carry are not public"
        hint = "spikec simulate writes what the chip should do; spikec compare holds a recording against it"
        raise DiagnosticError((error("SPK3013", message, hint=hint),))


def chosen_samples(stimulus: Stimulus, samples: Sequence[int]) -> Stimulus:
    """The stimulus with these samples alone, in this order."""
    inputs = {name: np.ascontiguousarray(values[:, samples]) for name, values in stimulus.inputs.items()}
    labels = None if stimulus.labels is None else stimulus.labels[list(samples)]
    return replace(stimulus, inputs=inputs, labels=labels)


def vector_files(
    opened: Reopened, stimulus: Stimulus, samples: Sequence[int]
) -> tuple[VectorFiles, Mapping[str, bytes]]:
    """Simulate an output and write what the chip is sent and what it answers: the record, and name -> bytes.

    opened: the output with the chosen samples. stimulus: the whole, for the record. samples: their numbers in it."""
    target = opened.target
    require_vectors(target)
    lag = opened.prepared.quantized.network.max_lag_steps
    events = chip_events(opened.symbols, opened.chip_inputs, lag, target.input_counts)
    spikes = opened.run().run.spikes
    files = backend_of(target).vectors(target, opened.configuration, spikes, events, samples)
    record = VectorFiles(
        target=target.name,
        configuration_sha256=opened.configuration.digest(),
        stimulus=stimulus_source(stimulus, given=True),
        samples=tuple(samples),
        chip_steps=len(events),
        files=tuple(sorted(files)),
    )
    made = {"schema_version": 1, **builtins_of(record)}
    return record, {**files, VECTORS: json_bytes(made)}
