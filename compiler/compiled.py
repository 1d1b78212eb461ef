"""A finished compile in memory: its files, its report, and how it is written and run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..sim.diagnostic import Diagnostic, DiagnosticError, error
from ..sim.nir.path import shown
from ..sim.nir.raw_graph import RawGraph
from ..sim.stimulus import Stimulus
from ..sim.trace import Trace
from .ir.report import Report
from .options import Options

if TYPE_CHECKING:
    from ..sim.engines.choice import SumEngine
    from .api.stimulus import AnyStimulus
    from .ir.verdicts import Verdicts
    from .report.notebook import Page


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A compiled network, proven.

    files: name -> bytes of OUT, without manifest and HTML. report: the content of report.json, and the seconds of
    each stage; see `Report`. diagnostics: notes and warnings of the compile. raw: the network as it was read.
    options: what was asked for, and what was chosen. stimulus: what both verdicts ran on. chip: what the chip did on
    it, None where what was emitted cannot be decoded (the placement verdict says so)."""

    files: Mapping[str, bytes]
    report: Report
    diagnostics: tuple[Diagnostic, ...]
    raw: RawGraph
    options: Options
    stimulus: Stimulus
    chip: Trace | None

    @property
    def placement_identical(self) -> bool:
        """Whether the chip's words are the quantised network and run like it, bit for bit."""
        return self.report.verdicts.placement.identical

    @property
    def trace(self) -> Trace:
        """What the chip did on `stimulus`: spikes of layers, outputs.

        Raises DiagnosticError: SPK3001 where what was emitted cannot be decoded."""
        if self.chip is None:
            raise DiagnosticError((error("SPK3001", "the configuration cannot be decoded: nothing ran"),))
        return self.chip

    @property
    def verdicts(self) -> Verdicts:
        """Placement and fidelity, as in the report; in a notebook, cards and the chain."""
        return self.report.verdicts

    @property
    def page(self) -> Page:
        """report.html: `compiled.page.html` is its text."""
        from .report.notebook import Page

        return Page(self.report)

    def all_files(self) -> dict[str, bytes]:
        """All files of OUT but its manifest: `files`, what is drawn of the report, and seconds.json."""
        from .output.page import page_files

        return {**self.files, **page_files(self.report)}

    def write(self, out: str | Path) -> Path:
        """Write the folder that `spikec compile -o OUT` writes; an earlier output there is exchanged as a whole.

            compiled.write("digits.out")

        Raises DiagnosticError: SPK0503 where `out` is something else than an earlier output, SPK0504 where the
        system refuses, SPK0506 where a file is in the way, SPK0507 where another spikec is writing."""
        from .output.store import write

        folder = Path(out)
        write(folder, self.all_files())
        return folder

    def simulate(
        self,
        stimulus: AnyStimulus | None = None,
        *,
        states: bool = False,
        engine: SumEngine = "auto",
        devices: int | None = None,
    ) -> Trace:
        """Run the emitted words on another stimulus; as `spikec.simulate(compiled, stimulus, states=states)`."""
        from .api.stimulus import read_stimulus
        from .output.again import chip_trace
        from .output.execution import chosen_execution
        from .output.finished import finished_files, recorded_stimulus
        from .output.kept_outputs import decoded_output
        from .output.reopen import on_stimulus

        output = finished_files(self.raw, self.files, "the compile")
        execution = chosen_execution(output.chip, engine, devices)
        used = (
            recorded_stimulus(output)
            if stimulus is None
            else read_stimulus(stimulus, None, output.ports, output.chip)
        )
        return chip_trace(on_stimulus(decoded_output(output), used), states=states, execution=execution)

    def __str__(self) -> str:
        """Both verdicts, and what the network takes of the chip, as `spikec compile` prints them."""
        from .text.render import partition_lines, verdict_lines

        return "\n".join((*verdict_lines(self.verdicts), *partition_lines(self.report)))

    def __repr__(self) -> str:
        resources, fidelity = self.report.resources, self.verdicts.fidelity
        many = "1 core" if resources.cores == 1 else f"{resources.cores:,} cores"
        words = "identical" if self.placement_identical else "DIFFERENT"
        parts = [f"<Compiled for {shown(self.report.target)}: {many}", f"placement {words}"]
        if fidelity is not None and fidelity.output_f1 is not None:
            parts.append(f"output F1 {fidelity.output_f1:.4f}")
        elif fidelity is not None and fidelity.output_rms is not None:
            parts.append(f"same decision {fidelity.output_agreement:.4f}")
        elif fidelity is not None:
            parts.append("no spikes at the outputs")
        return ", ".join(parts) + ">"

    def _repr_html_(self) -> str:
        from .report.notebook import compiled_html

        return compiled_html(self.report)
