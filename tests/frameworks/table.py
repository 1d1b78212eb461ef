"""What frameworks make of their own files, and of what `spikec export` writes: loads, spikes, refusals.

    sh tests/frameworks/make_environments.sh DIRECTORY          once; an environment for each framework
    python -m tests.frameworks.table DIRECTORY [FRAMEWORK ...]  from the repository root

For each network of a framework in the corpus: the file itself, and the file exported from each chip that takes it. The
framework's importer loads it and runs recorded samples; a cell counts the samples whose output spikes are all those of
spikec's float reference, in the reading that the importer gives a file (an importer that builds other neurons than the
exporter had, or leaves nodes out, is compared with what it builds). A refusal is printed below, in the framework's
words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.export.effective import export
from spikec.compiler.output.reopen import reopen
from spikec.compiler.pipeline import compile_graph
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.dialect.dialect import Dialect, preset
from spikec.sim.nir.file import read
from spikec.sim.nir.raw_graph import RawGraph
from spikec.sim.reference.reference import reference
from spikec.sim.trace import Trace

from ..corpus.samples import CORPUS, manifest, network, some

FOLDER = Path(__file__).parent
SAMPLES, SECONDS = 8, 900
TIE = 1e-6
"""Relative distance from a threshold that float32 does not settle: a few roundings of 2**-24."""
CHIPS = ("loihi1", "xylo_audio3", "speck2f", "tinyodin", "odin", "ranc")
PATIENT, PATIENCE_NEURONS = ("speck2f",), 6_000
"""Chips of convolution, and how many neurons a network may have to be compiled for the others here."""


@dataclass(frozen=True, kw_only=True)
class Importer:
    """How an importer reads a file. dialect, options: of everything; by_kind: of nodes of one kind besides. delays:
    whether it has Delay nodes; False where it leaves them out without a word. of: whose networks of the corpus it is
    given."""

    dialect: str
    options: Mapping[str, object] = field(default_factory=dict)
    by_kind: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    delays: bool = True
    of: str = ""

    def reading(self, raw: RawGraph, dt_seconds: float) -> Dialect:
        made = preset(self.dialect, dt_seconds=dt_seconds, options=dict(self.options), graph=raw)
        return made.with_overrides(by_kind=self.by_kind)


IMPORTERS: Mapping[str, Importer] = {
    "snntorch": Importer(
        dialect="snntorch.Leaky", options={"reset": "zero", "reset_delay": False}, of="snntorch"
    ),
    "spikingjelly": Importer(dialect="spikingjelly", of="spikingjelly"),
    "norse": Importer(
        dialect="norse", by_kind={"CubaLIF": {"syn_gain": "w*dt/tau", "syn_view": "new"}}, of="norse"
    ),
    "sinabs": Importer(
        dialect="sinabs", options={"norm_input": False}, by_kind={"IF": {"v_min": "-theta"}}, of="sinabs"
    ),
    "spyx": Importer(dialect="spyx", delays=False, of="spyx"),
    "nirtorch": Importer(dialect="nir.euler"),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """equal of samples; None where the framework refused or the chip did. ties: of those that differ, how many do so
    only after a membrane met its threshold within float32's rounding, where the order of a sum decides. spikes: of the
    reference, None for an output of values."""

    equal: int | None = None
    samples: int = 0
    ties: int = 0
    refused: str = ""
    spikes: int | None = None

    def __str__(self) -> str:
        if self.equal is None:
            return "refused" if self.refused else "-"
        tied = f", {self.ties} on a tie" if self.ties else ""
        return f"{self.equal}/{self.samples}{tied}" + (" silent" if self.spikes == 0 else "")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One file for one framework. wanted: (T, B, ...) outputs of the reference in the importer's reading. tied: (B,)
    first step in which a membrane of the sample is at its threshold but for `TIE`; T where none is."""

    network: str
    chip: str
    image: bytes
    inputs: np.ndarray
    dt_seconds: float
    wanted: np.ndarray
    tied: np.ndarray


def networks(framework: str) -> list[str]:
    """The recorded networks of a framework; for one that writes none, of all."""
    of = IMPORTERS[framework].of
    return [
        name
        for name, entry in sorted(manifest().items())
        if entry.get("output_shape") and str(entry["framework"]).startswith(of)
    ]


def exported(name: str, chip: str) -> bytes | None:
    """The file that a chip's output exports; None where the chip does not take the network."""
    raw, options, stimulus = network(name)
    if chip not in PATIENT and manifest()[name]["neurons"] > PATIENCE_NEURONS:
        return None
    options = replace(options, target=chip, allow_approximation=True, chips=8)
    few = some(stimulus, SAMPLES)
    try:
        made = compile_graph(raw, options, stimulus=few)
        return export(reopen(raw, made.files, options, few)).file
    except DiagnosticError:
        return None


def jobs(framework: str, chips: tuple[str, ...], only: tuple[str, ...] = ()) -> Iterator[Job]:
    """only: of these networks; of all where it is empty."""
    importer = IMPORTERS[framework]
    for name in only or networks(framework):
        _, options, stimulus = network(name)
        (inputs,) = some(stimulus, SAMPLES).inputs.values()
        files = {"file": (CORPUS / f"{name}.nir").read_bytes()}
        files |= {chip: image for chip in chips if (image := exported(name, chip)) is not None}
        for chip, image in files.items():
            with tempfile.NamedTemporaryFile(suffix=".nir") as file:
                file.write(image)
                file.flush()
                raw, _ = read(Path(file.name))
            dt = float(options.dt_seconds or 1.0)
            (port,) = [key for key, node in raw.nodes.items() if node.kind == "Input"]
            built = raw if importer.delays else without_delays(raw)
            try:
                trace = reference(
                    built, importer.reading(built, dt), stimulus={port: inputs}, return_all_states=True
                )
            except DiagnosticError:
                continue
            (wanted,) = trace.outputs.values()
            yield Job(
                network=name, chip=chip, image=image, inputs=inputs, dt_seconds=dt, wanted=wanted,
                tied=first_ties(built, trace),
            )  # fmt: skip


def without_delays(raw: RawGraph) -> RawGraph:
    """The graph whose Delay nodes are wires."""
    wires = {name for name, node in raw.nodes.items() if node.kind == "Delay"}
    edges = set(raw.edges)
    for wire in sorted(wires):
        before, after = ([e for e in edges if e[k] == wire] for k in (1, 0))
        edges = {e for e in edges if wire not in e} | {(a, b) for a, _ in before for _, b in after}
    nodes = {name: node for name, node in raw.nodes.items() if name not in wires}
    return replace(raw, nodes=nodes, edges=tuple(sorted(edges)))


def first_ties(raw: RawGraph, trace: Trace) -> np.ndarray:
    """(B,) first step of each sample in which a membrane is at its threshold; the number of steps where none is."""
    (output,) = trace.outputs.values()
    first = np.full(output.shape[1], output.shape[0])
    for path, theta in thresholds(raw).items():
        membrane = trace.states[path]["v"]
        membrane = membrane.reshape(*membrane.shape[:2], -1)
        met = (np.abs(membrane - theta.ravel()) <= TIE * np.abs(theta.ravel())).any(axis=2)
        first = np.minimum(first, np.where(met.any(axis=0), met.argmax(axis=0), len(met)))
    return first


def thresholds(raw: RawGraph, inside: str = "") -> dict[str, np.ndarray]:
    """NIR path -> thresholds of every neuron node that has them."""
    found: dict[str, np.ndarray] = {}
    for name, node in raw.nodes.items():
        if node.graph is not None:
            found |= thresholds(node.graph, f"{inside}{name}/")
        elif "v_threshold" in node.params:
            found[inside + name] = np.asarray(node.params["v_threshold"])
    return found


def cells(directory: Path, framework: str, wanted: list[Job]) -> list[Cell]:
    """What the framework makes of each job, in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        lines: list[str] = []
        for k, job in enumerate(wanted):
            file, inputs = Path(folder) / f"{k}.nir", Path(folder) / f"{k}_in.npy"
            file.write_bytes(job.image)
            np.save(inputs, job.inputs)
            output = str(Path(folder) / f"{k}.npy")
            asked = {"file": str(file), "input": str(inputs), "dt": job.dt_seconds, "output": output}
            lines.append(json.dumps(asked))
        python = directory / framework / "bin" / "python"
        done = subprocess.run(
            [str(python), str(FOLDER / f"run_{framework}.py")],
            input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        answers: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(wanted):
            raise RuntimeError(
                f"{framework} gave {len(answers)} of {len(wanted)} answers: {done.stderr[-2000:]}"
            )
        return [
            cell_of(job, told, Path(folder) / f"{k}.npy")
            for k, (job, told) in enumerate(zip(wanted, answers, strict=True))
        ]


def cell_of(job: Job, told: dict[str, Any], output: Path) -> Cell:
    if "refused" in told:
        return Cell(refused=f"{told['stage']}: {told['refused']}")
    found = np.load(output)
    samples = job.wanted.shape[1]
    if found.size != job.wanted.size:
        return Cell(refused=f"run: an output of shape {found.shape} in the place of {job.wanted.shape}")
    spiking = bool((job.wanted == np.rint(job.wanted)).all())
    gap = np.abs(found.reshape(job.wanted.shape) - job.wanted).reshape(len(found), samples, -1)
    same = (gap <= (0 if spiking else 1e-5)).all(axis=2)
    equal = same.all(axis=0)
    ties = int((~equal & (job.tied <= same.argmin(axis=0))).sum())
    return Cell(
        equal=int(equal.sum()), samples=samples, ties=ties, spikes=int(job.wanted.sum()) if spiking else None
    )


def main(arguments: list[str]) -> None:
    directory, *chosen = arguments
    refusals: dict[str, list[str]] = {}
    print("| framework | network | its own file | " + " | ".join(CHIPS) + " |")
    print("| --- | --- | --- | " + " | ".join("---" for _ in CHIPS) + " |")
    for framework in chosen or IMPORTERS:
        asked = list(jobs(framework, CHIPS))
        found = cells(Path(directory), framework, asked)
        for name in networks(framework):
            row = {job.chip: cell for job, cell in zip(asked, found, strict=True) if job.network == name}
            texts = [str(row.get(chip, Cell())) for chip in ("file", *CHIPS)]
            print(f"| {framework} | {name} | " + " | ".join(texts) + " |", flush=True)
            for chip, cell in row.items():
                if cell.refused:
                    refusals.setdefault(f"{framework}: {cell.refused}", []).append(f"{name} ({chip})")
    for words, where in sorted(refusals.items()):
        print(f"\n{words}\n    {', '.join(where)}")


if __name__ == "__main__":
    main(sys.argv[1:])
