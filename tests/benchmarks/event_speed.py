"""Synaptic events per second of full crossbars, event by event, on one core of this machine.

    python -m tests.benchmarks.event_speed          from the repository root

Times are the best of several runs of one sample, without compilation. A synaptic event is one neuron that one spike
scans: adding a weight, clipping, comparing with the threshold.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import ModuleType

import numpy as np
from spikec.sim.engines.crossbar_events import DROPPED_SPIKES, simulate_events
from spikec.targets.machines.crossbar_events import EventCore, EventMachine, HostRoutes
from spikec.targets.odin.arithmetics import modules_of

from ..shipped import revision
from ..sim import event_networks as networks

REPEATS, STEPS, INPUTS = 5, 2000, 128


def machine(core: EventCore) -> EventMachine:
    """Inputs on the upper half of the rows; with the loop closed only the neurons of the lower half spike."""
    row = np.arange(256 - INPUTS, 256)
    none = np.zeros(INPUTS, dtype=np.int64)
    disable = (np.arange(256) >= 256 - INPUTS).astype(np.int64) * core.closed_loop
    return EventMachine(
        n_inputs=INPUTS,
        cores=(replace(core, params={**core.params, "disable": disable}, last_neuron=255),),
        routes=HostRoutes(source=256 + np.arange(INPUTS), core=none, row=row, delay=none),
        row_order=(np.arange(256),),
        leaks=1,
        protocol="wait" if core.closed_loop else "burst",
    )


def balanced(core: EventCore, rng: np.random.Generator, threshold: int) -> EventCore:
    """Weights around 0 and one threshold: a few neurons fire at most events, and a closed loop comes to rest."""
    weights = rng.integers(-3, 4, core.weights.shape) if core.weights.min() < 0 else core.weights
    params = {**core.params, "threshold": np.full(256, threshold, dtype=np.int64)}
    return replace(core, params=params, weights=weights.astype(np.int8))


def main() -> None:
    rng = np.random.default_rng(0)
    tiny, odin = revision("tinyodin"), revision("odin")
    open_core = balanced(networks.tinyodin(rng, busy=True, closed=False, last=255), rng, 30)
    cores: list[tuple[str, ModuleType, EventCore]] = [
        ("tinyODIN, open loop", modules_of(tiny).neuron, open_core),
        ("tinyODIN, closed loop", modules_of(tiny).neuron, replace(open_core, closed_loop=True)),
    ]
    learning = networks.odin(rng, closed=True)
    fixed = replace(learning, params={**learning.params, "calcium_enable": np.zeros(256, dtype=np.int64)})
    cores += [
        ("ODIN, open loop", modules_of(odin).neuron, replace(fixed, closed_loop=False)),
        ("ODIN, closed loop", modules_of(odin).neuron, fixed),
        ("ODIN, closed loop, learning", modules_of(odin).neuron, learning),
    ]
    events = (rng.random((STEPS, 1, INPUTS)) < 0.3).astype(np.uint8)
    print(f"{'':<30} M events/s  spikes taken  outputs  lost")
    for title, module, core in cores:
        made = machine(core)
        simulate_events(made, module, events[:2])
        best = min(timed(made, module, events) for _ in range(REPEATS))
        run = simulate_events(made, module, events)
        scanned = int(run.work.row_events.sum())
        lost = int(run.counters[DROPPED_SPIKES].sum())
        print(f"{title:<30} {scanned * 256 / best / 1e6:10.0f} {scanned:13} {run.spikes.sum():8} {lost:5}")


def timed(made: EventMachine, module: ModuleType, events: np.ndarray) -> float:
    start = time.perf_counter()
    simulate_events(made, module, events)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
