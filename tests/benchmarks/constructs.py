"""What constructs win: float network against chip, with the chip's own neurons alone and with constructs, in one run.

    python -m tests.benchmarks.constructs [TARGET ...] [--corpus FOLDER] [--chips N]      from the repository root
    python -m tests.benchmarks.constructs [TARGET ...] --held-out SEED       networks of `held_out_networks.py` instead

Default options, no calibration; F1 of output spikes in the same step, correct answers float -> chip of all samples if
labels are there, cores. Networks whose neurons a chip has are listed too: constructs must not touch them.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spikec

from .held_out_networks import KINDS, made

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True, kw_only=True)
class Result:
    """f1, accuracy, cores: as printed. measured: the F1, None where the chip refuses or nothing spikes."""

    f1: str
    accuracy: str
    cores: str
    measured: float | None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network, how it is read, and what is put into it: as `spikec.compile` takes them."""

    name: str
    net: Any
    dialect: str
    options: dict[str, object]
    dt: float
    stimulus: Any


def of_corpus(folder: Path, entry: dict[str, Any]) -> Subject:
    path = folder / entry["name"]
    return Subject(
        name=entry["name"],
        net=f"{path}.nir",
        dialect=entry["dialect"],
        options=entry["dialect_overrides"],
        dt=entry["dt"],
        stimulus=f"{path}.npz",
    )


def of_seed(seed: int) -> list[Subject]:
    networks = [made(kind, seed) for kind in KINDS]
    return [
        Subject(
            name=one.name,
            net=one.graph,
            dialect=one.dialect,
            options=dict(one.options),
            dt=one.dt,
            stimulus=one.stimulus,
        )
        for one in networks
    ]


def compiled(subject: Subject, target: str, *, native: bool, chips: int, consent: bool) -> Result:
    try:
        found = spikec.compile(
            subject.net,
            target,
            dialect=subject.dialect,
            dialect_options=subject.options,
            dt=subject.dt,
            stimulus=subject.stimulus,
            native_reset=native,
            allow_approximation=consent,
            chips=chips,
        )
    except spikec.DiagnosticError as problem:
        codes = " ".join(sorted({d.code for d in problem.diagnostics if d.severity == "error"}))
        return Result(f1=codes, accuracy="", cores="", measured=None)
    fidelity = found.report.verdicts.fidelity
    if fidelity is None or not found.placement_identical:
        return Result(f1="DIFFERENT", accuracy="", cores="", measured=None)
    f1, accuracy = fidelity.output_f1, fidelity.accuracy
    wraps = sum(fidelity.overflows.values())
    return Result(
        f1="-" if f1 is None else f"{f1:.3f}" + (f" ({wraps} overflows)" if wraps else ""),
        accuracy="" if accuracy is None else f"{accuracy.in_float} -> {accuracy.chip}",
        cores=str(found.report.resources.cores),
        measured=f1,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", default=["loihi1"])
    parser.add_argument(
        "--corpus", type=Path, default=CORPUS, help="a folder with manifest.json, NAME.nir, NAME.npz"
    )
    parser.add_argument("--chips", type=int, default=1, help="of chips that a host joins")
    parser.add_argument("--most-neurons", type=int, default=20_000)
    parser.add_argument("--allow-approximation", action="store_true")
    parser.add_argument("--held-out", type=int, metavar="SEED", help="networks made from a seed")
    asked = parser.parse_args()
    subjects = of_seed(asked.held_out) if asked.held_out is not None else from_corpus(asked)
    for target in asked.targets:
        measure(target, subjects, asked.chips, consent=asked.allow_approximation)


def from_corpus(asked: argparse.Namespace) -> list[Subject]:
    listed = json.loads((asked.corpus / "manifest.json").read_text())["networks"]
    chosen = [
        entry
        for entry in sorted(listed, key=lambda entry: (entry.get("neurons", 0), entry["name"]))
        if entry.get("out_kind") == "spikes"
        and entry.get("neurons", 0) <= asked.most_neurons
        and (asked.corpus / f"{entry['name']}.npz").exists()
    ]
    return [of_corpus(asked.corpus, entry) for entry in chosen]


def measure(target: str, subjects: list[Subject], chips: int, *, consent: bool) -> None:
    print(f"{target:38}  {'native':>18}  {'constructs':>18}  {'cores':>9}  accuracy native, constructs")
    gains: list[tuple[float, float]] = []
    for subject in subjects:
        before, after = (
            compiled(subject, target, native=native, chips=chips, consent=consent) for native in (True, False)
        )
        print(
            f"{subject.name:38}  {before.f1:>18}  {after.f1:>18}  {before.cores:>3} ->{after.cores:>3}  "
            f"{before.accuracy:24} {after.accuracy}",
            flush=True,
        )
        if before.measured is not None and after.measured is not None:
            gains.append((before.measured, after.measured))
    if gains:
        means = [statistics.mean(pair[k] for pair in gains) for k in (0, 1)]
        medians = [statistics.median(pair[k] for pair in gains) for k in (0, 1)]
        print(f"{'mean':38}  {means[0]:18.3f}  {means[1]:18.3f}   of {len(gains)} networks")
        print(f"{'median':38}  {medians[0]:18.3f}  {medians[1]:18.3f}\n")


if __name__ == "__main__":
    main()
