"""Records what Nengo fires, with the gains and filters that the NIR paper's `nir_to_nengo.py` gives its objects.

Run by a Python that has nengo and nir: `python record_nengo.py FOLDER`. A spike is 1: amplitude is the time step.
"""

import sys
from pathlib import Path

import nengo
import nir
import numpy as np

DT = 1e-3
SIZES = (16, 24, 16, 12, 6)
REST = {"voltage": nengo.dists.Choice([0])}
RANDOM = np.random.default_rng(3)


class PaperIF(nengo.SpikingRectifiedLinear):
    """The paper's IF neuron: to zero, one spike a step."""

    def step(self, dt, J, output, voltage):
        voltage += J * dt
        output[:] = (self.amplitude / dt) * np.where(voltage > 1, 1, 0)
        voltage[output > 0] = 0


def node(kind, size):
    each = {
        "LIF": {"tau": 0.006, "r": 1.0, "v_leak": 0.0, "v_threshold": 0.4, "v_reset": 0.0},
        "CubaLIF": {"tau_mem": 0.006, "tau_syn": 0.004, "r": 1.5, "v_leak": 0.0, "v_threshold": 0.4,
                    "v_reset": 0.0, "w_in": 2.0},
        "IF": {"r": 1.0, "v_threshold": 1.0, "v_reset": 0.0},
        "LI": {"tau": 0.005, "r": 1.0, "v_leak": 0.0},
    }[kind]  # fmt: skip
    return getattr(nir, kind)(**{name: np.full(size, value) for name, value in each.items()})


def built(made):
    """(object that takes input, object that gives output, filter before it) of a NIR node."""
    if isinstance(made, nir.LI):
        through = nengo.Node(None, size_in=made.tau.size)
        return through, nengo.Lowpass(made.tau[0])
    gain, synapse = 1 / made.v_threshold, None
    if isinstance(made, nir.IF):
        neuron, gain = PaperIF(amplitude=DT, initial_state=REST), gain / DT
    elif isinstance(made, nir.LIF):
        neuron = nengo.LIF(tau_rc=made.tau[0], tau_ref=0, amplitude=DT, initial_state=REST)
    else:
        neuron = nengo.LIF(tau_rc=made.tau_mem[0], tau_ref=0, amplitude=DT, initial_state=REST)
        gain = gain * made.w_in * made.r
        synapse = nengo.Lowpass(-DT / np.log(1 - DT / made.tau_syn[0]))
    size = made.v_threshold.size
    return nengo.Ensemble(size, 1, neuron_type=neuron, gain=gain, bias=np.zeros(size)).neurons, synapse


def run(layers, spikes):
    """What each layer gives for one sample, (T, size) each."""
    with nengo.Network(seed=0) as network:
        before = nengo.Node(lambda t: spikes[round(t / DT) - 1])
        probes = []
        for weights, made in layers:
            summed = nengo.Node(lambda t, v, weights=weights: weights.weight @ v, size_in=before.size_out)
            nengo.Connection(before, summed, synapse=None)
            before, synapse = built(made)
            nengo.Connection(summed, before, synapse=synapse)
            probes.append(nengo.Probe(before))
    with nengo.Simulator(network, dt=DT, progress_bar=False) as simulator:
        simulator.run_steps(len(spikes))
    return [simulator.data[probe] for probe in probes]


def main(folder):
    layers = []
    for sender, size, kind in zip(SIZES[:-1], SIZES[1:], ("LIF", "CubaLIF", "IF", "LI"), strict=True):
        weights = nir.Linear(RANDOM.normal(0.1, 0.7, (size, sender)))
        layers.append((weights, node(kind, size)))
    nodes, edges, before = {"input": nir.Input(np.array([SIZES[0]]))}, [], "input"
    for at, (weights, made) in enumerate(layers):
        nodes |= {f"w{at}": weights, f"n{at}": made}
        edges += [(before, f"w{at}"), (f"w{at}", f"n{at}")]
        before = f"n{at}"
    nodes["output"] = nir.Output(np.array([SIZES[-1]]))
    nir.write(folder / "nengo.nir", nir.NIRGraph(nodes=nodes, edges=[*edges, (before, "output")]))
    spikes = (RANDOM.random((40, 3, SIZES[0])) < 0.3).astype(np.uint8)
    ran = [run(layers, spikes[:, sample]) for sample in range(3)]
    of = [np.stack(layer, 1) for layer in zip(*ran, strict=True)]
    arrays = {f"layer/n{at}": np.rint(of[at]).astype(np.uint8) for at in range(3)}
    np.savez_compressed(folder / "nengo.npz", input=spikes, output=of[3].astype(np.float32), **arrays)


main(Path(sys.argv[1]))
