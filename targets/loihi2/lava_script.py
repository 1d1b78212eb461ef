"""Writes the script beside a configuration that makes processes of it with Lava's own constructors, and runs them."""

from __future__ import annotations

from ..script_events import EVENTS

SCRIPT = "run_lava.py"


def lava_script() -> bytes:
    """Write the Python source; it runs where Lava is installed, without spikec."""
    return TEMPLATE.encode()


HEAD = '''\
"""Makes Lava's processes of network.net, or of lava.json and lava.npz, and runs them in Lava's bit-accurate simulation.

    python run_lava.py [STIMULUS.npz] [SPIKES.npz] [SAMPLES]     stimulus.npz, spikes.npz and all samples where left out

Needs Lava (lava-nc, and lava-dl for network.net) and nothing of spikec. Neither is on the package index: put the `src`
folders of github.com/lava-nc/lava and github.com/lava-nc/lava-dl on PYTHONPATH. Tried with Python 3.10 and numpy 1.24.

SPIKES.npz holds `lines`, (chip steps, samples, lines) int32: the spikes (or membranes) that the host reads;
io_map.json says which neuron is which line. From Python, `Graph` gives the processes and ports as Lava knows them.

Lava brings what is sent in a step to the neurons in the next one. So that neurons do not start a step before their
input, their biases are 0 in the first step.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


class Graph:
    """The processes of lava.json. send: port -> its connection's end; neurons: LIF -> process, in order."""

    def __init__(self, events, folder=HERE):
        from lava.proc.io.source import RingBuffer
        from lava.proc.lif.process import LIF

        self.graph = json.loads((folder / "lava.json").read_text())
        self.arrays = dict(np.load(folder / "lava.npz", allow_pickle=False))
        self.neurons, self.bias, out, self.shape = {}, {}, {}, {}
        for k, each in enumerate(self.graph["neurons"]):
            name, n = each["name"], each["size"]
            mantissa, exponent = (self.arrays[f"neuron/{k}/{key}"].astype(int) for key in ("bias_mant", "bias_exp"))
            made = LIF(shape=(n,), du=each["du"], dv=each["dv"], vth=each["vth"],
                       bias_mant=np.zeros(n, dtype=int), bias_exp=exponent)
            self.neurons[name], self.bias[name], out[name], self.shape[name] = made, mantissa, made.s_out, (n,)
        first, self.payloads = 0, {}
        for port in self.graph["ports"]:
            n = int(np.prod(port["shape"]))
            source = RingBuffer(data=events[:, first : first + n].T.astype(int))
            out[port["name"]], first = source.s_out, first + n
            self.payloads[port["name"]] = port["payload_bits"]
        for k, each in enumerate(self.graph["connections"]):
            into, leaves = self.connection(k, each, out)
            into(out[each["pre"]])
            leaves.connect(self.neurons[each["post"]].a_in)

    def connection(self, k, each, out):
        """The process of a connection: what connects a port to it, and the port that it adds to neurons."""
        from lava.proc.conv.process import Conv
        from lava.proc.dense.process import Dense, DelayDense
        from lava.proc.sparse.process import DelaySparse, Sparse
        from lava.utils.weightutils import SignMode
        from scipy.sparse import csr_matrix

        bits = self.payloads.get(each["pre"], 0)
        if each["class"] == "Conv":
            like = each["convolution"]
            kernel = self.arrays[f"connection/{k}/kernel"].astype(int)
            made = Conv(weight=kernel[:, :, ::-1, ::-1].transpose(0, 3, 2, 1), input_shape=tuple(like["before"][::-1]),
                        stride=like["stride"][::-1], padding=like["padding"][::-1], dilation=like["dilation"][::-1],
                        groups=like["groups"], num_message_bits=bits)
            turned = lambda port: port.reshape(tuple(like["before"])).transpose([2, 1, 0]).connect(made.s_in)
            return turned, made.a_out.transpose([2, 1, 0]).reshape((int(np.prod(like["after"])),))
        read = lambda name: self.arrays[f"connection/{k}/{name}"].astype(int)
        shape = tuple(int(np.prod(out[name].shape)) for name in (each["post"], each["pre"]))
        ends = (read("post"), read("pre"))
        form = {"weight_exp": each["weight_exp"], "num_weight_bits": each["num_weight_bits"],
                "sign_mode": SignMode(each["sign_mode"]), "num_message_bits": bits}
        weights = csr_matrix((read("weight"), ends), shape=shape)
        if each["class"].startswith("Delay"):
            delays = csr_matrix((read("delay"), ends), shape=shape)
            delays.eliminate_zeros()
            form |= {"max_delay": each["max_delay"], "delays": delays}
        make = {"Dense": Dense, "Sparse": Sparse, "DelayDense": DelayDense, "DelaySparse": DelaySparse}[each["class"]]
        if each["class"].endswith("Dense"):
            weights = weights.toarray()
            form |= {"delays": form["delays"].toarray()} if "delays" in form else {}
        made = make(weights=weights, **form)
        return (lambda port: port.connect(made.s_in)), made.a_out

    def reads(self):
        """Of each line in order the LIF, its neuron, and whether the membrane is read."""
        for k, each in enumerate(self.graph["reads"]):
            for neuron in self.arrays[f"read/{k}/element"].tolist():
                yield each["process"], neuron, each["membrane"]


class Layers:
    """The layers of network.net, made by lava-dl, with what `Graph` has."""

    def __init__(self, events, folder=HERE):
        from lava.lib.dl.netx import hdf5
        from lava.proc.io.source import RingBuffer

        net = hdf5.Network(net_config=str(folder / "network.net"), input_message_bits=8)
        shape = net.inp.shape
        turned = events.T.reshape(*(shape[::-1]), len(events))
        axes = (*range(len(shape))[::-1], len(shape))
        source = RingBuffer(data=np.ascontiguousarray(turned.transpose(axes)).astype(int))
        source.s_out.connect(net.inp)
        self.neurons = {f"layer {k}": layer.neuron for k, layer in enumerate(net.layers)}
        self.bias = {}
        for name, neuron in self.neurons.items():
            bias = np.broadcast_to(np.asarray(neuron.bias_mant.init), neuron.bias_mant.shape).astype(int)
            self.bias[name] = bias.copy()
            neuron.bias_mant.init = np.zeros_like(bias)

    def reads(self):
        name, last = [*self.neurons.items()][-1]
        for neuron in range(int(np.prod(last.s_out.shape))):
            yield name, neuron, False


def run(events, folder=HERE):
    """(T, elements) of one sample -> (T, lines) of what the host reads, from a network that was just made."""
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc.io.sink import RingBuffer
    from lava.proc.monitor.process import Monitor

    steps = len(events)
    made = (Layers if (folder / "network.net").exists() else Graph)(events, folder)
    lines, sinks, seen = [*made.reads()], {}, {}
    for name, _, membrane in dict.fromkeys((name, 0, membrane) for name, _, membrane in lines):
        neurons = made.neurons[name]
        if membrane:
            seen[name] = Monitor()
            seen[name].probe(neurons.v, steps + 1)
        else:
            sinks[name] = RingBuffer(shape=neurons.s_out.shape, buffer=steps + 1)
            neurons.s_out.connect(sinks[name].a_in)
    anchor = next(iter(made.neurons.values()))
    anchor.run(condition=RunSteps(num_steps=1), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    for name, neurons in made.neurons.items():
        if made.bias[name].any():
            neurons.bias_mant.set(made.bias[name].reshape(neurons.bias_mant.shape))
    anchor.run(condition=RunSteps(num_steps=steps), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    found = {(name, False): sink.data.get().astype(int) for name, sink in sinks.items()}
    for name, monitor in seen.items():
        ((values,),) = (tuple(each.values()) for each in monitor.get_data().values())
        found[name, True] = np.asarray(values).reshape(steps + 1, -1).T
    anchor.stop()
    rows = {key: values.reshape(-1, values.shape[-1]) for key, values in found.items()}
    picked = [rows[name, membrane][neuron] for name, neuron, membrane in lines]
    return np.array(picked, dtype=np.int32).reshape(len(lines), -1)[:, 1:].T


'''
MAIN = """\
def main():
    sys.setrecursionlimit(1 << 20)  # Lava goes through its processes by recursion
    stimulus = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "stimulus.npz"
    spikes = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("spikes.npz")
    events = events_of(stimulus, json.loads((HERE / "io_map.json").read_text()))
    samples = min(int(sys.argv[3]), events.shape[1]) if len(sys.argv) > 3 else events.shape[1]
    lines = np.stack([run(events[:, sample]) for sample in range(samples)], axis=1)
    np.savez(spikes, lines=lines)
    print(f"{lines.shape[1]} samples of {lines.shape[0]} steps: {spikes}")


if __name__ == "__main__":
    main()
"""
TEMPLATE = HEAD + EVENTS + "\n\n" + MAIN
