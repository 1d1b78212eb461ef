"""A recurrent network made in memory: seeded weights, delays on the way back, no file at all.

The way back mostly inhibits. Where it excites more, the network is chaotic: a threshold that is rounded in its
seventh digit then changes every later spike, in any arithmetic.
"""

from __future__ import annotations

import nir
import numpy as np
import spikec

N_IN, N, DT_SECONDS = 16, 48, 1e-3


def network(seed: int) -> nir.NIRGraph:
    random = np.random.default_rng(seed)
    forward = random.integers(-16, 49, (N, N_IN)) / 64
    back = random.integers(-24, 9, (N, N)) * (random.random((N, N)) < 0.15) / 64
    steps = random.integers(1, 9, N)
    ones = np.ones(N)
    return nir.NIRGraph(
        nodes={
            "input": nir.Input(np.array([N_IN])),
            "forward": nir.Linear(forward),
            "neurons": nir.LIF(
                tau=16 * DT_SECONDS * ones, r=16 * ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones
            ),
            "delay": nir.Delay(steps * DT_SECONDS),
            "back": nir.Linear(back),
            "output": nir.Output(np.array([N])),
        },
        edges=[
            ("input", "forward"),
            ("forward", "neurons"),
            ("neurons", "delay"),
            ("delay", "back"),
            ("back", "neurons"),
            ("neurons", "output"),
        ],
    )


def main() -> None:
    stimulus = spikec.poisson({"input": (N_IN,)}, rate=0.1, steps=100, batch=4, seed=7)
    compiled = spikec.compile(
        network(seed=7), "loihi1", dialect="nir.euler", dt=DT_SECONDS, stimulus=stimulus
    )

    print(compiled.verdicts)
    report = compiled.report
    for population in report.network.populations:
        print(f"population {population.name}: {population.neurons} neurons")
    print(f"synapses   {report.network.synapses}")
    for link in report.verdicts.fidelity.chain:
        print(f"{link.link:<42} output F1 {link.output_f1:.4f}")


if __name__ == "__main__":
    main()
