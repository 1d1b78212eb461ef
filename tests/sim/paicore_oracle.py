"""A PAICORE 2.5 chip in plain Python integers: loaded by frames, one neuron and one bit after the other.

Bits of frames, registers and rows are written out anew here; nothing is taken from what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SLOT_BITS, RING = 512, 256 * 512
LANES = {1: (7, 16), 2: (7, 16), 4: (6, 32), 8: (5, 48)}

# name: (lowest bit, bits, sign), of the three words as one number, the first word highest.
REGISTERS = {
    "snn_ann": (191, 1, 0), "max_pooling": (190, 1, 0), "add_potential": (189, 1, 0), "zero_output": (188, 1, 0),
    "input_sign": (187, 1, 0), "input_width": (185, 2, 0), "output_width": (182, 2, 0), "weight_sign": (181, 1, 0),
    "weight_width": (179, 2, 0), "lcn": (175, 4, 0), "target_lcn": (171, 4, 0), "axon_skew": (155, 16, 1),
    "neuron_number": (142, 13, 0), "tick_start": (48, 16, 0), "tick_duration": (16, 32, 0), "tick_initial": (0, 16, 0),
}  # fmt: skip
ROW_1 = {
    "v": (0, 32, 1), "full": (32, 1, 0), "fold": (33, 1, 0), "output_type": (34, 1, 0), "weight_end": (35, 12, 0),
    "weight_start": (47, 12, 0), "weight_skew": (59, 16, 1), "copy_y": (75, 6, 2), "copy_x": (81, 6, 2),
    "copy_z": (87, 6, 2), "y": (93, 6, 2), "x": (99, 6, 2), "z": (105, 6, 2), "axon": (111, 9, 0),
    "tick_relative": (120, 8, 0),
}  # fmt: skip
ROW_2 = {
    "init_v": (0, 12, 1), "sparse": (12, 1, 0), "leak_v": (13, 20, 1), "leak_tau": (33, 6, 1), "add_mode": (39, 1, 0),
    "multi_mode": (40, 1, 0), "multi_input": (41, 1, 0), "multi_sequence": (42, 1, 0), "lateral": (43, 1, 0),
    "thr_pos": (44, 32, 1), "thr_neg": (76, 32, 1), "thr_pos_mode": (108, 1, 0), "thr_neg_mode": (109, 1, 0),
    "reset_v": (110, 16, 1), "reset_mode": (126, 2, 0),
}  # fmt: skip
ROW_3 = {
    "number": (0, 29, 0), "axon_y": (29, 11, 0), "axon_x": (40, 11, 0), "axon_z": (51, 11, 0), "skew_y": (62, 11, 0),
    "skew_x": (73, 11, 0), "skew_z": (84, 11, 0), "range_y": (95, 11, 0), "range_x": (106, 11, 0),
    "range_z": (117, 11, 0),
}  # fmt: skip


def bits(word: int, low: int, count: int, sign: int = 0) -> int:
    """sign: 1 two's complement, 2 a sign above the magnitude."""
    value = word >> low & (1 << count) - 1
    top = 1 << count - 1
    if sign == 1 and value & top:
        return value - (1 << count)
    if sign == 2 and value & top:
        return -(value - top)
    return value


def fields(word: int, layout: dict[str, tuple[int, int, int]]) -> dict[str, int]:
    return {name: bits(word, *place) for name, place in layout.items()}


def wrap(x: int) -> int:
    return (x + 2**31) % 2**32 - 2**31


def shift(x: int, by: int) -> int:
    return wrap(x << by) if by >= 0 else x >> -by


@dataclass(kw_only=True)
class Neuron:
    """reads: bit address of an element in the step, and weight. address: relative to the slot of its own step."""

    own: dict[str, int]
    shared: dict[str, int]
    reads: list[tuple[int, int]]
    address: int
    targets: list[tuple[int, int]]
    v: int
    out: int = 0
    shown: int = 0


@dataclass(kw_only=True)
class Core:
    registers: dict[str, int]
    neurons: list[Neuron]
    ring: dict[int, int] = field(default_factory=dict[int, int])
    fired: int = 0
    table: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


class Chip:
    """A chip after its frames came, and INIT."""

    def __init__(self, frames: Sequence[int]) -> None:
        self.cores: dict[tuple[int, int], Core] = {}
        self.tick = 0
        at = 0
        tables: dict[tuple[int, int], list[tuple[int, int]]] = {}
        while at < len(frames):
            head, count = frames[at], frames[at] & 0x3FFF
            words = list(frames[at + 1 : at + 1 + count])
            place = bits(head, 48, 6, 2), bits(head, 42, 6, 2)
            kind = head >> 60
            if kind == 0:
                registers = fields(words[0] << 128 | words[1] << 64 | words[2], REGISTERS)
                self.cores[place] = Core(registers=registers, neurons=[])
            elif kind == 1:
                tables[place] = [(bits(word, 8, 32, 1), bits(word, 0, 8, 1)) for word in words]
                self.cores[place].table = tables[place]
            else:
                rows = [words[k] | words[k + 1] << 64 for k in range(0, count, 2)]
                self.cores[place].neurons = list(neurons(self.cores[place].registers, rows, place))
            at += 1 + count
        self.init()

    def init(self) -> None:
        self.tick = 0
        for core in self.cores.values():
            core.ring.clear()
            restart(core)

    def write(self, place: tuple[int, int], address: int, value: int, count: int = 0) -> None:
        """Write the bits of a value at a bit address of a core's buffer. count: bits; 0: as many as an input has."""
        core = self.cores[place]
        for bit in range(count or 1 << core.registers["input_width"]):
            at = (address + core.registers["axon_skew"] + bit) % RING
            core.ring[at] = value >> bit & 1

    def step(self) -> dict[tuple[int, int], int]:
        """One step of the chip: place -> own step, of the cores that ran."""
        self.tick += 1
        ran: dict[tuple[int, int], int] = {}
        for place, core in self.cores.items():
            registers = core.registers
            k, duration = self.tick - registers["tick_start"], registers["tick_duration"]
            if registers["tick_start"] and k >= 0 and not (duration and k >= duration):
                ran[place] = k
                compute(core, k)
        for place, k in ran.items():
            for neuron in self.cores[place].neurons:
                self._send(self.cores[place], neuron, k)
        return ran

    def _send(self, core: Core, neuron: Neuron, k: int) -> None:
        slot = k << core.registers["target_lcn"]
        address = (slot * SLOT_BITS + neuron.address) % RING
        for target in neuron.targets:
            if target not in self.cores:
                continue
            if neuron.own["output_type"]:
                for byte in range(4):
                    self.write(target, address + 8 * byte, neuron.shown >> 8 * byte & 255, 8)
            elif neuron.out or core.registers["zero_output"]:
                value = neuron.out & (1 << (1 << core.registers["output_width"])) - 1
                self.write(target, address, value)


def restart(core: Core) -> None:
    core.fired = 0
    for neuron in core.neurons:
        neuron.v = neuron.shared["init_v"]


def neurons(registers: dict[str, int], rows: list[int], place: tuple[int, int]) -> Iterator[Neuron]:
    at, shared = 0, dict[str, int]()
    while at < registers["neuron_number"]:
        own = fields(rows[at], ROW_1)
        at += 1
        if own["full"]:
            shared = fields(rows[at], ROW_2)
            at += 1
        fold = dict.fromkeys(ROW_3, 0) | {"number": 1, "range_y": 1, "range_x": 1}
        potentials = [own["v"]]
        if own["fold"]:
            fold = fields(rows[at], ROW_3)
            held = -(-(fold["number"] - 1) // 4)
            at += 1
            potentials += [bits(rows[at + k], 32 * j, 32, 1) for k in range(held) for j in range(4)]
            at += held
        reads = list(vector(registers, shared, own, rows))
        skew = axon = 0
        for i in range(fold["number"]):
            if i:
                axis = "y" if i % fold["range_y"] else "x" if i % (fold["range_y"] * fold["range_x"]) else "z"
                skew += fold[f"skew_{axis}"]
                axon += fold[f"axon_{axis}"]
            yield Neuron(
                own=own,
                shared=shared,
                reads=[(address + skew, weight) for address, weight in reads],
                address=own["tick_relative"] * SLOT_BITS + own["axon"] + axon,
                targets=box(place, own),
                v=potentials[i],
            )


def vector(
    registers: dict[str, int], shared: dict[str, int], own: dict[str, int], rows: list[int]
) -> Iterator[tuple[int, int]]:
    """Bit address and weight, of weights that are not 0."""
    adds = registers["add_potential"]
    width = 1 if adds else 1 << registers["weight_width"]
    step = 1 if adds else 1 << registers["input_width"]
    j = 0
    for row in rows[own["weight_start"] : own["weight_end"] + 1]:
        lanes, first = LANES[width] if shared["sparse"] else (128 // width, 0)
        for k in range(lanes):
            weight = bits(row, k * width, width, registers["weight_sign"])
            address = bits(row, first + 16 * k, 16) if shared["sparse"] else (j + k) * step
            if weight:
                yield address + own["weight_skew"], weight
        j += lanes


def box(place: tuple[int, int], own: dict[str, int]) -> list[tuple[int, int]]:
    at = {place}
    for axis, dx, dy in (("z", 1, 1), ("x", 1, 0), ("y", 0, 1)):
        copies = own[f"copy_{axis}"]
        sign = -1 if copies < 0 else 1
        along = [own[axis] + sign * k for k in range(abs(copies) + 1)]
        at = {(x + k * dx, y + k * dy) for x, y in at for k in along}
    return sorted(at)


def compute(core: Core, k: int) -> None:
    registers = core.registers
    if registers["tick_initial"] and k and k % registers["tick_initial"] == 0:
        restart(core)
    room = SLOT_BITS << registers["lcn"]
    base = k * room % RING
    step = {at - base: value for at, value in core.ring.items() if base <= at < base + room}
    core.ring = {at: value for at, value in core.ring.items() if not base <= at < base + room}
    fired = 0
    for neuron in core.neurons:
        settle(core, neuron, arrived(registers, neuron, step))
        fired |= neuron.out > 0
    core.fired = int(fired)


def arrived(registers: dict[str, int], neuron: Neuron, step: dict[int, int]) -> int:
    def element(address: int, count: int, sign: int) -> int:
        return bits(sum(step.get(address + b, 0) << b for b in range(count)), 0, count, sign)

    if registers["add_potential"]:
        return wrap(sum(element(address, 32, 1) for address, _ in neuron.reads if address % 32 == 0))
    count, sign = 1 << registers["input_width"], registers["input_sign"]
    if registers["max_pooling"]:
        return max((element(address, count, sign) for address, _ in neuron.reads), default=0)
    return wrap(sum(weight * element(address, count, sign) for address, weight in neuron.reads))


def settle(core: Core, neuron: Neuron, c: int) -> None:
    p, tau = neuron.shared, neuron.shared["leak_tau"]

    def leak(u: int) -> int:
        return wrap(u - shift(wrap(u - p["reset_v"]), tau)) if p["multi_mode"] else shift(u, tau)

    before = p["reset_v"] if p["lateral"] and core.fired else neuron.v
    c = shift(c, tau) if p["multi_input"] else c
    u = c if core.registers["max_pooling"] else wrap(before + c)
    u = wrap(u + p["leak_v"] * (((u > 0) - (u < 0)) if p["add_mode"] else 1))
    u = u if p["multi_sequence"] else leak(u)
    u = min(u, p["thr_pos"]) if p["thr_pos_mode"] else u
    u = max(u, p["thr_neg"]) if p["thr_neg_mode"] else u
    neuron.shown = u
    neuron.out, taken = compared(core, p, u)
    sign = (neuron.out > 0) - (neuron.out < 0)
    if sign and p["reset_mode"] == 0:
        u = sign * p["reset_v"]
    elif sign and p["reset_mode"] == 1:
        u = wrap(u - taken)
    neuron.v = leak(u) if p["multi_sequence"] else u


def compared(core: Core, p: dict[str, int], u: int) -> tuple[int, int]:
    """The output, and the threshold that it stands for."""
    if core.registers["snn_ann"]:
        at = 0
        for bit in reversed(range(1 << core.registers["output_width"])):
            at += (1 << bit) * (u >= core.table[at + (1 << bit)][0])
        return core.table[at][1], core.table[at][0]
    if not p["thr_pos_mode"] and u >= p["thr_pos"]:
        return 1, p["thr_pos"]
    if not p["thr_neg_mode"] and u <= p["thr_neg"]:
        return -1, p["thr_neg"]
    return 0, 0
