"""Steps per second of a Xylo network of 16-1000-16 with fan-out 32, beside the vendor's simulator if installed.

    python -m tests.benchmarks.xylo_speed          from the repository root; `pip install .[oracles]` for the ratio

Both run the same configuration on the same events in turn, and must give the same spikes; times are the best of
several runs, without compilation and without building the vendor's layer.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable

import numpy as np
from spikec.sim.engines.ordered import OrderedRun, simulate_ordered
from spikec.targets.xylo import neuron
from spikec.targets.xylo.configuration import XyloConfiguration, machine

INPUTS, HIDDEN, OUTPUTS, FAN_OUT = 16, 1000, 16, 32
STEPS, BATCH, BATCH_STEPS, REPEATS = 2000, 64, 200, 4


def network(random: np.random.Generator, threshold: int) -> XyloConfiguration:
    between = np.zeros((HIDDEN, HIDDEN, 1), dtype=np.int8)
    for row in between:
        row[random.choice(HIDDEN, FAN_OUT, replace=False), 0] = random.integers(-20, 12, FAN_OUT)

    def same(n: int, value: int) -> np.ndarray:
        return np.full(n, value, dtype=np.int64)

    hidden = {"dash_syn": 2, "dash_syn2": 0, "dash_mem": 4, "bias": 0, "threshold": threshold}
    output = {"dash_syn": 2, "dash_mem": 4, "bias": 0, "threshold": 500}
    return XyloConfiguration(
        weights_in=random.integers(-10, 20, (INPUTS, HIDDEN, 1)).astype(np.int8),
        weights_rec=between,
        weights_out=random.integers(-20, 20, (HIDDEN, OUTPUTS)).astype(np.int8),
        shift_in=0,
        shift_rec=0,
        shift_out=0,
        hidden={name: same(HIDDEN, value) for name, value in hidden.items()},
        output={name: same(OUTPUTS, value) for name, value in output.items()},
        alias_target=same(HIDDEN, -1),
    )


def best(run: Callable[[], float]) -> float:
    return min(run() for _ in range(REPEATS))


def timed(chip: XyloConfiguration, events: np.ndarray) -> tuple[float, OrderedRun]:
    """Seconds with the set-up of a run, which is 2 ms."""
    m = machine(chip)
    start = time.perf_counter()
    run = simulate_ordered(m, neuron, events)
    return time.perf_counter() - start, run


def vendor_seconds(chip: XyloConfiguration, events: np.ndarray, spikes: np.ndarray) -> float | None:
    """The vendor's time, or None without it; raises ValueError if it gives other spikes."""
    try:
        core = importlib.import_module("xylosim.v2")
    except ImportError:
        return None
    from ..sim.xylosim_run import vendor_layer

    def once() -> float:
        layer, keep = vendor_layer(core, chip)
        rows = events.astype(int).tolist()
        start = time.perf_counter()
        fired = np.array(layer.evolve(rows))
        seconds = time.perf_counter() - start
        both = np.hstack([np.array(layer.rec_recurrent_spikes), fired.reshape(len(rows), -1)])
        if not np.array_equal(both, spikes):
            raise ValueError("the two simulators disagree")
        del layer, keep
        return seconds

    return best(once)


def main() -> None:
    random = np.random.default_rng(0)
    print("rate  threshold  hidden spikes/step  steps/s  of xylosim  ratio  sample-steps/s at batch", BATCH)
    for rate in (0.1, 1.0):
        for threshold in (150, 40):
            chip = network(random, threshold)
            events = random.poisson(rate, (STEPS, 1, INPUTS)).astype(np.uint8)
            many = random.poisson(rate, (BATCH_STEPS, BATCH, INPUTS)).astype(np.uint8)
            _, run = timed(chip, events)  # compiles
            ours = best(lambda chip=chip, events=events: timed(chip, events)[0])
            batch = best(lambda chip=chip, many=many: timed(chip, many)[0])
            theirs = vendor_seconds(chip, events[:, 0], run.spikes[:, 0])
            spikes = run.spikes[:, 0, :HIDDEN].sum() / STEPS
            compared = f"{STEPS / theirs:10.0f} {theirs / ours:6.1f}" if theirs else "   not installed "
            total = BATCH * BATCH_STEPS / batch
            print(f"{rate:4} {threshold:10} {spikes:19.0f} {STEPS / ours:8.0f} {compared} {total:16.0f}")


if __name__ == "__main__":
    main()
