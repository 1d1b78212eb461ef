"""Writes the script beside `loihi1.npz` that makes nengo-loihi's objects of the words and runs them."""

from __future__ import annotations

from ..script_events import EVENTS

SCRIPT = "load_nengo_loihi.py"


def nengo_script() -> bytes:
    """Write the Python source; it runs where nengo-loihi is installed, without spikec."""
    return TEMPLATE.encode()


HEAD = '''\
"""Makes nengo-loihi's objects of the words in loihi1.npz, and runs them in its emulator.

    python load_nengo_loihi.py [STIMULUS.npz] [SPIKES.npz]     stimulus.npz and spikes.npz where they are left out

Needs nengo-loihi 1.1.0 and nothing of spikec:  pip install "nengo-loihi==1.1.0" "numpy<1.24"

SPIKES.npz holds `lines`, (chip steps, samples, lines) int32: the spikes (or membranes) that the host reads, in the
order of `host/outputReads`; io_map.json says which neuron is which line. From Python, `model()` gives the blocks and
the input as nengo-loihi knows them, and `run()` runs one sample. What nengo-loihi has no object for, delays, stops it.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
WEIGHT_BITS = np.array([0, 1, 2, 3, 4, 5, 6, 8])
INDEX_BITS = np.array([0, 6, 7, 8, 9, 10, 11, 12])
MIXED, INHIBITORY, DENSE, HEADER = 1, 3, 3, 10


class Words:
    """The images of loihi1.npz, and the fields of their words as configuration.json says."""

    def __init__(self, folder=HERE):
        self.images = dict(np.load(folder / "loihi1.npz", allow_pickle=False))
        self.layouts = json.loads((folder / "configuration.json").read_text())["layouts"]
        places = {tuple(map(int, name.split("/")[:2])) for name in self.images if not name.startswith("host/")}
        self.cores = sorted(places)

    def fields(self, place, image):
        """Field -> (n,) int64."""
        words, found = self.images[f"{place}/{image}"], {}
        for field in self.layouts[image]:
            bits = field["bits"]
            value = (words >> np.uint64(field["low_bit"]) & np.uint64((1 << bits) - 1)).astype(np.int64)
            found[field["field"]] = np.where(field["signed"] & (value >> bits - 1 == 1), value - (1 << bits), value)
        return found


def rows_of_synapses(words, place):
    """Of each input axon the compartment that it counts from, and its offsets and weights, as `address` -> row."""
    formats, where = words.fields(place, "synapseFmt"), words.fields(place, "synapseMap")
    memory = int.from_bytes(words.images[f"{place}/synapseMem"].astype("<u8").tobytes(), "little")
    rows = {}
    for address, chunks in zip(where["address"].tolist(), where["chunks"].tolist()):
        if address not in rows:
            rows[address] = row_at(memory, address, chunks, formats)
    return where["base"], where["address"], rows


def row_at(memory, address, chunks, formats):
    at, position, summed = 64 * address, 0, {}
    for _ in range(chunks):
        number, size = memory >> at & 15, (memory >> at + 4 & 63) + 1
        fmt = {name: int(values[number]) for name, values in formats.items()}
        weight_bits, index_bits = int(WEIGHT_BITS[fmt["wgtBits"]]), int(INDEX_BITS[fmt["idxBits"]])
        width = index_bits + weight_bits + fmt["dlyBits"]
        for k in range(size):
            value = memory >> at + HEADER + k * width & (1 << width) - 1
            if value >> index_bits + weight_bits:
                sys.exit("a synapse with a delay, which nengo-loihi has no object for")
            offset = position if fmt["compression"] == DENSE else value & (1 << index_bits) - 1
            stored, position = value >> index_bits & (1 << weight_bits) - 1, position + 1
            weight = effective(stored, weight_bits, fmt["signMode"], fmt["wgtExp"])
            if weight:
                summed[offset] = summed.get(offset, 0) + weight
        at += -(-(HEADER + size * width) // 64) * 64
    offsets = sorted(summed)
    return np.array(offsets, dtype=np.int32), np.array([summed[k] for k in offsets], dtype=np.int32)


def effective(stored, bits, sign_mode, exponent):
    """What a spike adds to the accumulator."""
    if sign_mode == MIXED and stored >> bits - 1:
        stored -= 1 << bits
    mantissa = stored << 8 - bits + (sign_mode == MIXED)
    if sign_mode == INHIBITORY:
        mantissa = -mantissa
    return (mantissa << max(exponent, 0) >> max(-exponent, 0)) << 6


def block(words, place):
    """A core as nengo-loihi's LoihiBlock, in integers, with one Synapse for all its input axons."""
    from nengo_loihi.block import LoihiBlock, Synapse

    cx, profile, vth, core = (
        words.fields(place, name) for name in ("cxCfg", "cxProfileCfg", "vthProfileCfg", "dendriteSharedCfg")
    )
    n = cx["bias"].size
    made = LoihiBlock(n, label=place)
    c, mine = made.compartment, cx["cxProfile"]
    c.decay_u, c.decay_v = (profile[name][mine].astype(np.int32) for name in ("decayU", "decayV"))
    c.refract_delay = profile["refractDelay"][mine].astype(np.int32)
    c.vth = (vth["vth"][cx["vthProfile"]] << 6).astype(np.int32)
    c.bias = (cx["bias"] << cx["biasExp"]).astype(np.int32)
    c.scale_u = c.scale_v = False
    c.vmin = 1 - (1 << int(core["negVmLimit"][0]))
    c.vmax = (1 << 9 + 2 * int(core["posVmLimit"][0])) - 1
    base, address, rows = rows_of_synapses(words, place)
    order = {each: k for k, each in enumerate(rows)}
    synapse = Synapse(base.size, label=place)
    synapse.indices = [offsets[None, :] for offsets, _ in rows.values()]
    synapse.weights = [weights[None, :] for _, weights in rows.values()]
    synapse.axon_to_weight_map = np.array([order[each] for each in address.tolist()], dtype=np.int64)
    synapse.axon_compartment_bases = base
    synapse.format(fanout_type=1, n_synapses=63, weight_bits=7)
    made.add_synapse(synapse)
    return made


def add_axons(sender, n, source, target, axon):
    """Give a block or an input the axons that lead from `source` (k,) to input axon `axon` (k,) of a Synapse each."""
    from nengo_loihi.block import Axon

    groups = {}
    for k, (one, to) in enumerate(zip(source.tolist(), target)):
        seen = groups.setdefault(to, {})
        seen.setdefault(one, []).append(int(axon[k]))
    for to, of_source in groups.items():
        for turn in range(max(map(len, of_source.values()))):
            goes_to = np.full(n, -1, dtype=np.int64)
            for one, axons in of_source.items():
                if turn < len(axons):
                    goes_to[one] = axons[turn]
            made = Axon(n)
            made.target = to
            made.set_compartment_axon_map(goes_to)
            sender.add_axon(made)


def model(words):
    """nengo-loihi's Model of all cores, and the input that the host drives."""
    from nengo_loihi.builder import Model
    from nengo_loihi.inputs import SpikeInput

    made = Model()
    blocks = {place: block(words, "%d/%d" % place) for place in words.cores}
    for place, each in blocks.items():
        slots, sent = words.fields("%d/%d" % place, "axonMap"), words.fields("%d/%d" % place, "axonCfg")
        source = np.repeat(np.arange(each.n_neurons), slots["count"])
        add_axons(each, each.n_neurons, source, targets(blocks, sent), sent["axon"])
        made.add_block(each)
    elements = int(words.fields("host", "inputCount")["elements"][0])
    driven, routes = SpikeInput(elements), words.fields("host", "inputRoutes")
    add_axons(driven, elements, routes["element"], targets(blocks, routes), routes["axon"])
    made.add_input(driven)
    return made, driven, blocks


def targets(blocks, rows):
    return [blocks[place].synapses[0] for place in zip(rows["chip"].tolist(), rows["core"].tolist())]


def run(words, events):
    """(T, elements) events of one sample -> (T, lines) of what the host reads, from a chip that was just loaded."""
    from nengo_loihi.emulator import EmulatorInterface

    made, driven, blocks = model(words)
    reads = words.fields("host", "outputReads")
    first, n = {}, 0
    for place, each in blocks.items():
        first[place], n = n, n + each.n_neurons
    places = zip(reads["chip"].tolist(), reads["core"].tolist(), reads["compartment"].tolist())
    line = np.array([first[chip, core] + compartment for chip, core, compartment in places], dtype=np.int64)
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        emulator = EmulatorInterface(made, seed=0)
        emulator.t = 1  # an input of emulator step t is heard in step t + 1: ours of step 0 are to be heard first
        for step, spikes in enumerate(events):
            driven.add_spikes(step + 1, np.flatnonzero(spikes))
            emulator.step()
            state = emulator.compartment
            seen.append(np.where(reads["membrane"] == 1, state.voltage[line], state.spiked[line]))
    return np.array(seen, dtype=np.int32).reshape(len(events), line.size)


'''
MAIN = """\
def main():
    stimulus = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "stimulus.npz"
    spikes = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("spikes.npz")
    words, io_map = Words(), json.loads((HERE / "io_map.json").read_text())
    events = events_of(stimulus, io_map)
    lines = np.stack([run(words, events[:, sample]) for sample in range(events.shape[1])], axis=1)
    np.savez(spikes, lines=lines)
    print(f"{lines.shape[1]} samples of {lines.shape[0]} steps: {spikes}")


if __name__ == "__main__":
    main()
"""
TEMPLATE = HEAD + EVENTS + "\n\n" + MAIN
