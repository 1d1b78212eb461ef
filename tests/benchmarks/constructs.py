"""What constructs win: float network against chip, with the chip's own neurons alone and with constructs, in one run.

    python -m tests.benchmarks.constructs [TARGET ...] [--corpus FOLDER] [--chips N]      from the repository root

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

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True, kw_only=True)
class Result:
    """f1, accuracy, cores: as printed. measured: the F1, None where the chip refuses or nothing spikes."""

    f1: str
    accuracy: str
    cores: str
    measured: float | None


def compiled(folder: Path, entry: dict[str, Any], target: str, *, native: bool, chips: int) -> Result:
    path = folder / entry["name"]
    try:
        made = spikec.compile(
            f"{path}.nir",
            target,
            dialect=entry["dialect"],
            dialect_options=entry["dialect_overrides"],
            dt=entry["dt"],
            stimulus=f"{path}.npz",
            native_reset=native,
            chips=chips,
        )
    except spikec.DiagnosticError as problem:
        codes = " ".join(sorted({d.code for d in problem.diagnostics if d.severity == "error"}))
        return Result(f1=codes, accuracy="", cores="", measured=None)
    fidelity = made.report.verdicts.fidelity
    if fidelity is None or not made.placement_identical:
        return Result(f1="DIFFERENT", accuracy="", cores="", measured=None)
    f1, accuracy = fidelity.output_f1, fidelity.accuracy
    wraps = sum(fidelity.overflows.values())
    return Result(
        f1="-" if f1 is None else f"{f1:.3f}" + (f" ({wraps} overflows)" if wraps else ""),
        accuracy="" if accuracy is None else f"{accuracy.in_float} -> {accuracy.chip}",
        cores=str(made.report.resources.cores),
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
    asked = parser.parse_args()
    listed = json.loads((asked.corpus / "manifest.json").read_text())["networks"]
    chosen = [
        entry
        for entry in sorted(listed, key=lambda entry: (entry.get("neurons", 0), entry["name"]))
        if entry.get("out_kind") == "spikes"
        and entry.get("neurons", 0) <= asked.most_neurons
        and (asked.corpus / f"{entry['name']}.npz").exists()
    ]
    for target in asked.targets:
        print(f"{target:38}  {'native':>18}  {'constructs':>18}  {'cores':>9}  accuracy native, constructs")
        gains: list[tuple[float, float]] = []
        for entry in chosen:
            before, after = (
                compiled(asked.corpus, entry, target, native=native, chips=asked.chips)
                for native in (True, False)
            )
            print(
                f"{entry['name']:38}  {before.f1:>18}  {after.f1:>18}  {before.cores:>3} ->{after.cores:>3}  "
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
