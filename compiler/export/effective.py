"""Exports the network that a chip realises, as a file and with how it agrees with the chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...sim.diagnostic import Diagnostic, DiagnosticError
from ..backends.interface import backend_of
from ..output.reopen import Reopened
from ..write_refused import write_refused
from .agreement import Agreement, agreement
from .write import export


@dataclass(frozen=True, kw_only=True)
class EffectiveNetwork:
    """A network as the chip realises it. file: bytes of the `.nir`, to be read with dialect `nir.euler`, this time step
    and these options. early: populations whose constant current the chip starts before the network's first step.
    agreement: of its float run with the chip's integers."""

    file: bytes
    dt_seconds: float
    dialect_options: Mapping[str, int]
    early: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    agreement: Agreement

    def write(self, net: str | Path) -> Path:
        """Write the file. Raises DiagnosticError: SPK0504, SPK0601 or SPK0602 where the system refuses."""
        try:
            Path(net).write_bytes(self.file)
        except OSError as problem:
            raise DiagnosticError((write_refused(problem, str(net)),)) from problem
        return Path(net)

    def __repr__(self) -> str:
        alike = f"{self.agreement.samples_alike} of {self.agreement.samples} samples spike as the chip does"
        return f"<EffectiveNetwork of {len(self.file):,} bytes, dt {self.dt_seconds:g} s: {alike}>"


def effective_network(opened: Reopened) -> EffectiveNetwork:
    """Write the network that a decoded machine computes, and run it beside the machine.

    Raises DiagnosticError: SPK3010 to SPK3012 where no NIR file says what the chip does."""
    network = backend_of(opened.target).as_on_chip(opened.machine, opened.symbols, opened.target)
    made = export(opened, network)
    return EffectiveNetwork(
        file=made.file,
        dt_seconds=made.dt_seconds,
        dialect_options=made.dialect_options,
        early=made.early,
        diagnostics=made.diagnostics,
        agreement=agreement(opened, made, network.neurons),
    )
