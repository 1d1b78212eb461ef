"""A soft reset on a chip that sets the membrane to zero: made of a synapse of each neuron onto itself, and left out.

The same net with a hard reset, which the chip has; with a soft one, which a construct makes of its neurons; and with a
soft one on the chip's own neurons alone. The table says what is done otherwise, and the first figure in brackets what
that costs the float network: finer numbers would not help there.
"""

from __future__ import annotations

from itertools import pairwise

import nir
import numpy as np
import spikec

SIZES, DT_SECONDS = (20, 40, 10), 1e-3


def lif(size: int) -> nir.LIF:
    ones = np.ones(size)
    return nir.LIF(tau=8 * DT_SECONDS * ones, r=8 * ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones)


def network(seed: int) -> nir.NIRGraph:
    random = np.random.default_rng(seed)
    n_in, hidden, n_out = SIZES
    nodes = {
        "input": nir.Input(np.array([n_in])),
        "w1": nir.Linear(random.integers(-20, 45, (hidden, n_in)) / 64),
        "lif1": lif(hidden),
        "w2": nir.Linear(random.integers(-20, 30, (n_out, hidden)) / 64),
        "lif2": lif(n_out),
        "output": nir.Output(np.array([n_out])),
    }
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(pairwise(names)))


def main() -> None:
    stimulus = spikec.poisson({"input": (SIZES[0],)}, rate=0.3, steps=50, batch=8, seed=3)
    for reset, native in (("v_reset", False), ("subtract", False), ("subtract", True)):
        compiled = spikec.compile(
            network(seed=3),
            "loihi1",
            dialect="nir.euler",
            dt=DT_SECONDS,
            dialect_options={"reset": reset},
            stimulus=stimulus,
            native_reset=native,
        )
        print(f"reset = {reset}{', of the chip alone' if native else ''}")
        for line in str(compiled.verdicts).splitlines():
            print(f"  {line}")
        for row in compiled.report.fidelity_table:
            print(
                f"  {row.feature} in {row.where}: wanted {row.wanted}, {row.done} "
                f"({row.status}; {row.effect or 'no effect'})"
            )


if __name__ == "__main__":
    main()
