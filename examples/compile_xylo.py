"""Two trained networks with 16 inputs on a Xylo: spikes in counts, sums that saturate, weights shared by shifts."""

from __future__ import annotations

from pathlib import Path

import spikec

XYLO = Path(__file__).parent / "xylo"


def main() -> None:
    for name in ("cuba_ff", "cuba_rec"):
        compiled = spikec.compile(
            XYLO / f"{name}.nir", "xylo_audio3", dialect="rockpool", dt=1e-3, stimulus=XYLO / f"{name}.npz"
        )
        print(name)
        print(compiled.verdicts)
        resources = compiled.report.resources
        used, limits = resources.per_core[0], resources.available
        print("           " + ", ".join(f"{key} {used[key]}/{limits[key]}" for key in sorted(used)))
        print(f"files      {', '.join(sorted(set(compiled.files) - {'source.nir', 'stimulus.npz'}))}")


if __name__ == "__main__":
    main()
