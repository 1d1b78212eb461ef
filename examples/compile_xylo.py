"""Two trained networks with 16 inputs on a Xylo: spikes in counts, sums that saturate, weights shared by shifts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph
from spikec.compiler.render import verdict_lines
from spikec.sim.nirfile import read
from spikec.sim.stimulus import load

XYLO = Path(__file__).parent / "xylo"
OPTIONS = Options(target="xylo_audio3", dialect="rockpool", dt_seconds=1e-3)


def main() -> None:
    for name in ("cuba_ff", "cuba_rec"):
        raw, _ = read(XYLO / f"{name}.nir")
        stimulus = load(XYLO / f"{name}.npz", {"input": (16,)})
        compiled = compile_graph(raw, OPTIONS, stimulus=stimulus)
        report: dict[str, Any] = dict(compiled.report)
        print(name)
        print("\n".join(verdict_lines(report["verdicts"])))
        used, limits = report["resources"]["per_core"][0], report["resources"]["available"]
        print("           " + ", ".join(f"{key} {used[key]}/{limits[key]}" for key in sorted(used)))
        print(f"files      {', '.join(sorted(set(compiled.files) - {'source.nir', 'stimulus.npz'}))}")


if __name__ == "__main__":
    main()
