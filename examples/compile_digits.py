"""A trained network from a file: compile it, prove it, read both verdicts."""

from __future__ import annotations

from pathlib import Path

import spikec

DIGITS = Path(__file__).parent / "digits"


def main() -> None:
    compiled = spikec.compile(
        DIGITS / "digits.nir", "loihi1", dialect="snntorch.Leaky", stimulus=DIGITS / "digits.npz"
    )
    print(compiled)
    for layer, found in compiled.report.verdicts.fidelity.layers.items():
        print(f"layer {layer}    F1 {found.f1:.4f}")


if __name__ == "__main__":
    main()
