"""A finished output opened again: its network prepared anew, its machine decoded from the emitted words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from ...sim.diagnostic import DiagnosticError, error
from ...sim.engines.choice import ANY, Execution, Span
from ...sim.nir.raw_graph import RawGraph
from ...sim.reference.reference import reference
from ...sim.stimulus import Stimulus
from ...targets.chip import Chip
from ...targets.configuration import Symbols
from ...targets.layout import DecodeError
from ...targets.machines.any_machine import AnyMachine
from ..backends.interface import backend_of
from ..ir.stages import ChipRun, Loaded, Prepared
from ..options import Options
from ..prepare import prepare, read_front, resolve_target
from ..verdicts.chip_run import run_chip, run_in_parts
from ..verdicts.fidelity import host_inputs
from ..verdicts.symbols import misnamed
from .artifacts import SYMBOLS, read_symbols
from .build import TARGET_FILE


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A finished output whose words are decoded, for any stimulus."""

    prepared: Prepared
    target: Chip
    configuration: Loaded
    machine: AnyMachine
    symbols: Symbols

    def run_in_parts(
        self,
        parts: Iterator[Mapping[str, np.ndarray]],
        span: Span,
        *,
        states: bool = False,
        execution: Execution = ANY,
    ) -> Iterator[ChipRun]:
        """Simulate the machine on one part of what the host delivers after the other; see `chip_run.run_in_parts`."""
        return run_in_parts(
            self.machine,
            self.symbols,
            self.target,
            self.prepared.front.network,
            parts,
            span,
            max_lag=self.prepared.quantized.network.max_lag_steps,
            states=states,
            execution=execution,
        )


@dataclass(frozen=True, kw_only=True)
class Reopened(Decoded):
    """`chip_inputs`: what the host delivers, (T, B, ...) a port: the stimulus, or what host populations make of it."""

    chip_inputs: Mapping[str, np.ndarray]

    def run(self, *, states: bool = False, execution: Execution = ANY) -> ChipRun:
        """Simulate the machine on `chip_inputs`."""
        return run_chip(
            self.machine,
            self.symbols,
            self.target,
            self.prepared.front.network,
            self.chip_inputs,
            max_lag=self.prepared.quantized.network.max_lag_steps,
            states=states,
            execution=execution,
        )


def reopen(raw: RawGraph, files: Mapping[str, bytes], options: Options, stimulus: Stimulus) -> Reopened:
    """`decoded`, with what the host delivers for a stimulus."""
    return on_stimulus(decoded(raw, files, options), stimulus)


def on_stimulus(found: Decoded, stimulus: Stimulus) -> Reopened:
    """A decoded output with what the host delivers for a stimulus."""
    own = {field.name: getattr(found, field.name) for field in fields(Decoded)}
    return Reopened(**own, chip_inputs=_chip_inputs(found.prepared, stimulus))


def decoded(raw: RawGraph, files: Mapping[str, bytes], options: Options) -> Decoded:
    """`raw`: of OUT's source.nir. Raises DiagnosticError: SPK3001 for files that the encoder does not write,
    SPK4102 and SPK4103 as `with_own_target` does, SPK4104 for symbols that cannot be read, SPK4105 for those of
    something else."""
    prepared = prepared_again(raw, files, options)
    target = prepared.target
    configuration = read_configuration(target, files)
    try:
        machine = backend_of(target).machine(target, configuration)
    except DecodeError as problem:
        raise _undecodable(problem) from problem
    symbols = read_symbols(files[SYMBOLS])
    if wrong := misnamed(prepared.quantized.network, symbols, machine):
        raise DiagnosticError(
            tuple(error("SPK4105", f"{SYMBOLS}: {text}", hint="compile again") for text in wrong)
        )
    return Decoded(
        prepared=prepared, target=target, configuration=configuration, machine=machine, symbols=symbols
    )


def prepared_again(raw: RawGraph, files: Mapping[str, bytes], options: Options) -> Prepared:
    """The network of an output, up to the fork point, for the chip that lies in the output."""
    options = with_own_target(options, files)
    target = resolve_target(options)
    # Without the stimulus: the host runs what it ran at the compile, whatever comes in now (SPK0420).
    return prepare(read_front(raw, options, target), options, target, None)


def with_own_target(options: Options, files: Mapping[str, bytes]) -> Options:
    """The options with the toml that lies in the output: an output is read as the chip that it was compiled for.

    Raises DiagnosticError: SPK4102 where there is none, SPK4103 where it is not the one that the report names."""
    if TARGET_FILE not in files:
        raise DiagnosticError((error("SPK4102", f"{TARGET_FILE} is missing", hint="compile again"),))
    if hashlib.sha256(files[TARGET_FILE]).hexdigest() != _recorded_digest(files):
        message = f"{TARGET_FILE} is not the target that the output was compiled for"
        raise DiagnosticError((error("SPK4103", message),))
    return replace(options, target_toml=files[TARGET_FILE])


def _recorded_digest(files: Mapping[str, bytes]) -> object:
    """What the report says of the target; None where there is no report, or it says nothing."""
    try:
        report = json.loads(files["report.json"])
    except (KeyError, ValueError, RecursionError):
        return None
    return report.get("target_sha256") if isinstance(report, dict) else None


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
