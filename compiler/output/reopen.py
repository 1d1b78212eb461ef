"""A finished output opened again: its network prepared anew, its machine decoded from the emitted words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.rawgraph import RawGraph
from ...sim.reference import reference
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.layout import DecodeError
from ...targets.machines.synapse_list import Machine
from ..backends.interface import backend_of
from ..ir.stages import ChipRun, Loaded, Prepared
from ..options import Options
from ..prepare import prepare, read_front, resolve_target
from ..verdicts.chip_run import run_chip
from ..verdicts.fidelity import host_inputs
from .artifacts import read_symbols


@dataclass(frozen=True, kw_only=True)
class Reopened:
    """`chip_inputs`: what the host delivers, (T, B, ...) a port: the stimulus, or what host populations make of it."""

    prepared: Prepared
    target: Chip
    configuration: Loaded
    machine: Machine
    symbols: Symbols
    chip_inputs: Mapping[str, np.ndarray]

    def run(self, *, states: bool = False) -> ChipRun:
        """Simulate the machine on `chip_inputs`."""
        return run_chip(
            self.machine,
            self.symbols,
            self.target,
            self.prepared.front.network,
            self.chip_inputs,
            max_lag=self.prepared.quantized.network.max_lag_steps,
            states=states,
        )


def reopen(raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus) -> Reopened:
    """`raw`: of OUT's source.nir. Raises DiagnosticError: SPK3001 for files that the encoder does not write."""
    target = resolve_target(options)
    # Without the stimulus: the host runs what it ran at the compile, whatever comes in now (SPK0420).
    prepared = prepare(read_front(raw, options, target), options, target, None)
    configuration = read_configuration(target, files)
    try:
        machine = backend_of(target).machine(target, configuration)
    except DecodeError as problem:
        raise _undecodable(problem) from problem
    return Reopened(
        prepared=prepared,
        target=target,
        configuration=configuration,
        machine=machine,
        symbols=read_symbols(files["symbols.npz"]),
        chip_inputs=_chip_inputs(prepared, stimulus),
    )


def read_configuration(target: Chip, files: Mapping[str, bytes]) -> Loaded:
    """Raises DiagnosticError: SPK3001 for files that the encoder does not write."""
    try:
        return backend_of(target).read_files(target, files)
    except DecodeError as problem:
        raise _undecodable(problem) from problem


def _undecodable(problem: DecodeError) -> DiagnosticError:
    return DiagnosticError((error("SPK3001", f"the configuration cannot be decoded: {problem}"),))


def _chip_inputs(prepared: Prepared, stimulus: Stimulus) -> Mapping[str, np.ndarray]:
    if not prepared.host:
        return stimulus.inputs
    source = reference(prepared.front.raw, prepared.front.dialect, stimulus=stimulus.inputs)
    return host_inputs(prepared, source, stimulus.inputs)
