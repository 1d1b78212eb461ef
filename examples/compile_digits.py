"""A trained network from a file: compile it, prove it, read both verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.render import partition_lines, verdict_lines
from spikec.sim.nirfile import read
from spikec.sim.stimulus import load

DIGITS = Path(__file__).parent / "digits"


def main() -> None:
    raw, _ = read(DIGITS / "digits.nir")
    stimulus = load(DIGITS / "digits.npz", {"input": (64,)})
    compiled = compile_graph(raw, Options(dialect="snntorch.Leaky"), stimulus=stimulus)

    report: dict[str, Any] = dict(compiled.report)
    print("\n".join(verdict_lines(report["verdicts"])))
    print("\n".join(partition_lines(report)))
    for layer, found in report["verdicts"]["fidelity"]["layers"].items():
        print(f"layer {layer}    F1 {found['f1']:.4f}")


if __name__ == "__main__":
    main()
