"""Spike F1 of trained and recorded networks on Xylo and Speck: spikec, Rockpool and Sinabs on the same files.

    sh tests/benchmarks/peers/make_environments.sh DIRECTORY    once; an environment for each peer
    python -m tests.benchmarks.fidelity_peers [DIRECTORY]       from the repository root

F1 is of output spikes, against those that the exporter's framework fired, at the whole number of steps late that suits
a peer best. No tool sees the samples before. A peer runs a file as imported, then after as few edits by hand as it
takes until it runs and reads the file as its exporter meant it; a refusal is printed in its own words.
Rockpool's networks run in the vendor's simulator, Sinabs' in its own quantised layers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.options import Options
from spikec.compiler.output.again import chip_trace
from spikec.compiler.output.reopen import reopen
from spikec.compiler.pipeline import compile_graph
from spikec.sim.compare import correct, spikes_alike
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import read
from spikec.sim.stimulus import Stimulus

ROOT = Path(__file__).parents[2]
CORPUS, EXAMPLES = ROOT / "tests" / "corpus", ROOT / "examples" / "xylo"
SCRIPTS = Path(__file__).parent / "peers"
SECONDS = 600
LATEST = 6
"""Steps that a peer's spikes may come late."""
WIDTHS = (-21, -12, -33, 6, -20, 5)
WORDS = 150


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file and how its exporter meant it. peer: whose environment and script. flags: the same for the script.
    consent: spikec may approximate."""

    folder: Path
    name: str
    chip: str
    dialect: str
    dt_seconds: float
    peer: str
    overrides: tuple[tuple[str, object], ...] = ()
    flags: tuple[str, ...] = ()
    consent: bool = False


def from_corpus(
    name: str, chip: str, peer: str, *, flags: tuple[str, ...] = (), consent: bool = False
) -> Case:
    networks: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    entry = next(e for e in networks if e["name"] == name)
    return Case(
        folder=CORPUS,
        name=name,
        chip=chip,
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        peer=peer,
        overrides=tuple(sorted(entry["dialect_overrides"].items())),
        flags=flags,
        consent=consent,
    )


def example(name: str) -> Case:
    return Case(
        folder=EXAMPLES, name=name, chip="xylo_audio3", dialect="rockpool", dt_seconds=1e-3, peer="rockpool"
    )


def cases() -> list[Case]:
    speck, one = ("speck2f", "sinabs"), "--single-spike"
    return [
        from_corpus("rockpool_xylo_16_63_8", "xylo_audio3", "rockpool"),
        example("cuba_ff"),
        example("cuba_rec"),
        from_corpus("sj_cnn_digits_if", *speck, flags=(one, "--reset-to-zero")),
        from_corpus("snntorch_cnn_digits", *speck, flags=(one,), consent=True),
        from_corpus("sinabs_speck_nmnist", *speck),
        from_corpus("sinabs_speck_dvs128", *speck, flags=(one,)),
        from_corpus("spyx_cnn_nmnist", *speck, flags=(one, "--channels-last"), consent=True),
    ]


@dataclass(frozen=True, kw_only=True)
class Row:
    """f1 None: there is none, and `note` says why. right: of the labelled samples, exporter and chip."""

    tool: str
    f1: float | None = None
    right: tuple[int, int, int] | None = None
    cores: int | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        f1 = "-" if self.f1 is None else f"{self.f1:.4f}"
        right = "-"
        if self.right is not None:
            exporter, chip, of = self.right
            right = f"{exporter}/{of} -> {chip}/{of}"
        return self.tool, f1, right, "-" if self.cores is None else str(self.cores), self.note


def measured(row: Row, recorded: dict[str, np.ndarray], spikes: np.ndarray) -> Row:
    """The row with what (T, B, ...) spikes give against the recorded ones."""
    wanted = recorded["output"]
    found = spikes.reshape(wanted.shape)
    right = None
    if "labels" in recorded:
        labels = recorded["labels"]
        right = (correct(wanted, labels), correct(found, labels), len(labels))
    return replace(row, f1=spikes_alike(wanted, found).f1, right=right)


def aligned(wanted: np.ndarray, spikes: np.ndarray) -> np.ndarray:
    """As many steps as wanted of `spikes`, from the step that gives the best F1; silence where there are no more."""
    steps, batch = wanted.shape[:2]
    flat = wanted.reshape(steps, batch, -1)
    given = spikes.reshape(len(spikes), batch, -1)
    longer = np.concatenate([given, np.zeros((LATEST, *flat.shape[1:]), dtype=given.dtype)])
    late = range(len(longer) - steps + 1)
    best = max(late, key=lambda first: spikes_alike(flat, longer[first : first + steps]).f1 or 0.0)
    return longer[best : best + steps]


def ours(case: Case, recorded: dict[str, np.ndarray]) -> Row:
    raw, _ = read(case.folder / f"{case.name}.nir")
    options = Options(
        target=case.chip,
        dialect=case.dialect,
        dt_seconds=case.dt_seconds,
        dialect_options=case.overrides,
        allow_approximation=case.consent,
    )
    (port,) = [key for key, node in raw.nodes.items() if node.kind == "Input"]
    stimulus = Stimulus(
        inputs={port: recorded["input"]}, labels=recorded.get("labels"), source={"kind": "recorded"}
    )
    note = "as imported; approximation allowed" if case.consent else "as imported"
    try:
        made = compile_graph(raw, options, stimulus=stimulus)
    except DiagnosticError as error:
        return Row(tool="spikec", note="; ".join(f"{d.code}: {d.message}" for d in error.diagnostics)[:WORDS])
    if not made.placement_identical:
        raise ValueError(f"{case.name}: the placement is not the network")
    report: dict[str, Any] = dict(made.report)
    (output,) = chip_trace(reopen(raw, made.files, options, stimulus)).outputs.values()
    return measured(Row(tool="spikec", cores=report["resources"]["cores"], note=note), recorded, output)


def theirs(case: Case, recorded: dict[str, np.ndarray], environments: Path | None) -> list[Row]:
    """A peer's rows. Of attempts that fail alike the first; of those with the same edits the one with the best F1."""
    python = environments / case.peer / "bin" / "python" if environments else None
    if python is None or not python.exists():
        return [Row(tool=case.peer, note="not installed")]
    rows: dict[tuple[str, str], Row] = {}
    with tempfile.TemporaryDirectory() as folder:
        for one in answer(python, case, folder):
            edits = "; ".join(one["edits"]) or "as imported"
            if one["refused"] is not None:
                words = f"{edits}: {one['refused'][:WORDS]}"
                rows.setdefault((one["tool"], one["refused"]), Row(tool=one["tool"], note=words))
                continue
            note = f"{edits}; best of several: {one['variant']}" if one["variant"] else edits
            spikes = aligned(recorded["output"], np.load(one["spikes"]))
            row = measured(Row(tool=one["tool"], cores=one["cores"], note=note), recorded, spikes)
            best = rows.setdefault((one["tool"], edits), row)
            if (best.f1 or 0.0) < (row.f1 or 0.0):
                rows[one["tool"], edits] = row
    return list(rows.values())


def answer(python: Path, case: Case, folder: str) -> list[dict[str, Any]]:
    """What a peer's script says; raises RuntimeError with its last words where it breaks itself."""
    network = case.folder / case.name
    script = {"rockpool": "rockpool_xylo.py", "sinabs": "sinabs_speck.py"}[case.peer]
    arguments = [f"{network}.nir", f"{network}.npz", str(case.dt_seconds), folder, *case.flags]
    run = subprocess.run(
        [str(python), str(SCRIPTS / script), *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"{script}: {run.stderr[-500:]}")
    return json.loads(run.stdout)


def print_cells(*cells: str) -> None:
    padded = (f"{c:{'<' if w < 0 else '>'}{abs(w)}}" for c, w in zip(cells, WIDTHS, strict=False))
    print(" ".join([*padded, *cells[len(WIDTHS) :]]).rstrip(), flush=True)


def main() -> None:
    environments = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print_cells("network", "chip", "tool", "F1", "exporter -> chip", "cores", "note")
    for case in cases():
        with np.load(case.folder / f"{case.name}.npz") as held:
            recorded = dict(held)
        for row in (ours(case, recorded), *theirs(case, recorded, environments)):
            print_cells(case.name, case.chip, *row.cells())
        fired = int(recorded["output"].sum())
        print_cells("", "", f"(the exporter fired {fired:,} spikes)")


if __name__ == "__main__":
    main()
