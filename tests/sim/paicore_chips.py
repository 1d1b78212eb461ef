"""Random PAICORE 2.5 chips and what their host sends: of one core, of layers, of loops, of added potentials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from spikec.targets.paicore25.configuration import RECORD, REGISTERS, Core, Vector
from spikec.targets.paicore25.memory import completed
from spikec.targets.paicore25.signals import signal_tree

Position = tuple[int, int]
BITS = (1, 2, 4, 8)
STEP = 512


@dataclass(frozen=True, kw_only=True)
class RandomChip:
    """kind: how it was drawn. init: whether INIT is sent. frames, step: (F,) what the host sends before which step of
    the chip."""

    kind: str
    cores: tuple[Core, ...]
    root: Position
    init: bool
    frames: np.ndarray
    step: np.ndarray
    steps: int


@dataclass(frozen=True, kw_only=True)
class Form:
    """How one core is to be drawn. sends_to: the corner of the box of its receivers and its copies, or None for the
    host; width, lcn: of the receivers."""

    at: Position
    records: int
    start: int = 1
    lcn: int = 0
    target_lcn: int = 0
    width: int = 0
    receives: bool = True
    wild: bool = False
    modes: bool = True
    folds: float = 0.0
    sparse: float = 0.0
    potentials: float = 0.0
    adds: bool = False
    pools: bool = False
    table: bool = False
    sends_to: tuple[Position, tuple[int, int, int]] | None = None
    target_width: int = 0
    delays: tuple[int, int] = (0, 0)
    skew: int = 0
    target_skew: int = 0


def route_to(rng: np.random.Generator, at: Position, to: Position) -> dict[str, int]:
    """A route from one position to another, some of it along the diagonal, over no position beside the board."""
    dx, dy = to[0] - at[0], to[1] - at[1]
    z = 0
    if dx * dy > 0 and rng.random() < 0.8:
        z = int(rng.integers(0, min(abs(dx), abs(dy)) + 1)) * (1 if dx > 0 else -1)
    return {"z": z, "x": dx - z, "y": dy - z}


def random_core(rng: np.random.Generator, form: Form) -> Core:
    """Draw a core."""
    weight_code = int(rng.integers(0, 4))
    registers = dict.fromkeys(REGISTERS, 0) | {
        "input_sign": int(rng.integers(0, 2)),
        "input_width": form.width,
        "output_sign": int(rng.integers(0, 2)),
        "output_width": int(rng.integers(0, 4)),
        "weight_sign": 0 if form.adds else int(rng.integers(0, 2)),
        "weight_width": weight_code,
        "lcn": form.lcn,
        "target_lcn": form.target_lcn,
        "axon_skew": form.skew,
        "zero_output": int(rng.random() < 0.15),
        "add_potential": int(form.adds),
        "max_pooling": int(form.pools),
        "snn_ann": int(form.table),
        "test_x": -form.at[0],
        "test_y": -form.at[1],
        "busy_cycle": 2,
        "delay_cycle": 2,
        "width_cycle": 2,
        "tick_start": form.start,
        "tick_initial": int(rng.choice([0, 0, 0, 1, 2, 3, 7])) if form.modes else 0,
    }
    if form.table:
        registers |= {"output_width": 3, "output_sign": 1}
    records = np.zeros(form.records, dtype=RECORD)
    vectors: list[Vector] = []
    fold_v: list[np.ndarray] = []
    address = int(rng.integers(0, 4)) * 32
    for k in range(form.records):
        record = records[k]
        record["full"] = int(k == 0 or rng.random() < 0.6)
        if record["full"]:
            _modes(rng, record, form)
        _fold(rng, record, form)
        address = _sends(rng, record, form, address)
        _reads(rng, record, records, k, form, registers, vectors)
        size = int(record["fold_number"]) if record["fold"] else 1
        wide = rng.integers(-(1 << 31), 1 << 31, size) if form.wild else rng.integers(-300, 301, size)
        record["v"] = wide[0]
        fold_v.append(wide[1:].astype(np.int64))
    table = None
    if form.table:
        thresholds = np.sort(rng.integers(-900, 900, 256))
        table = np.stack([thresholds, np.sort(rng.integers(-128, 128, 256))], axis=1)
    return Core(
        x=form.at[0],
        y=form.at[1],
        registers=registers,
        records=records,
        fold_v=tuple(fold_v),
        vectors=tuple(vectors),
        table=table,
    )


def _modes(rng: np.random.Generator, record: np.void, form: Form) -> None:
    wild = form.wild

    def number(most: int, bits: int) -> int:
        high = 1 << (bits - 1)
        return int(rng.integers(-high, high)) if wild else int(rng.integers(-most, most + 1))

    record["init_v"] = number(300, 12)
    record["leak_v"] = number(8, 20)
    record["leak_tau"] = (
        int(rng.integers(-32, 32)) if wild or rng.random() < 0.1 else -int(rng.integers(0, 5))
    )
    for name in ("leak_add_mode", "leak_multi_mode", "leak_multi_sequence", "thr_pos_mode", "thr_neg_mode"):
        record[name] = int(rng.integers(0, 2)) if form.modes else 0
    record["leak_multi_input"] = int(form.modes and rng.random() < 0.2)
    record["lateral"] = int(form.modes and rng.random() < 0.2)
    thresholds = sorted(number(400, 32) for _ in range(2))
    record["thr_neg"], record["thr_pos"] = thresholds
    record["reset_v"] = number(30, 16)
    record["reset_mode"] = int(rng.integers(0, 3))


def _fold(rng: np.random.Generator, record: np.void, form: Form) -> None:
    if rng.random() >= form.folds:
        return
    ranges = rng.integers(1, 5, 3)
    record["fold"] = 1
    record["fold_range_y"], record["fold_range_x"], record["fold_range_z"] = ranges
    record["fold_number"] = int(rng.integers(1, int(np.prod(ranges)) + 1))
    unit = 32 if form.adds else BITS[form.width]
    room = (STEP << form.lcn) // unit
    most = min(4, 1 + (room - 1) // int(record["fold_number"]))
    for axis in "yxz":
        record[f"fold_skew_{axis}"] = int(rng.integers(0, most)) * unit


def _sends(rng: np.random.Generator, record: np.void, form: Form, address: int) -> int:
    """Choose where a record sends; each has addresses of its own. Returns the next free address."""
    record["output_type"] = int(rng.random() < form.potentials)
    to, copies = form.sends_to or ((0, 0), (0, 0, 0))
    for name, value in route_to(rng, form.at, to).items():
        record[name] = value
    record["copy_z"], record["copy_x"], record["copy_y"] = copies
    unit = 32 if record["output_type"] else BITS[form.target_width]
    room = STEP << form.target_lcn
    number = int(record["fold_number"]) if record["fold"] else 1
    address = -(-address // unit) * unit
    if address + unit * number > room:
        address = 0
    record["fold_axon_y"] = record["fold_axon_x"] = record["fold_axon_z"] = unit if record["fold"] else 0
    delay = int(rng.integers(form.delays[0], form.delays[1] + 1)) << form.target_lcn
    at = address - form.target_skew % room
    at += room if at < 0 else 0
    record["axon"], record["tick_relative"] = at % STEP, at // STEP + delay
    return address + unit * (number + int(rng.integers(0, 3)))


def _reads(
    rng: np.random.Generator,
    record: np.void,
    records: np.ndarray,
    k: int,
    form: Form,
    registers: dict[str, int],
    vectors: list[Vector],
) -> None:
    """Draw the weights of a record, or let it read those of an earlier one."""
    bits = 32 if form.adds else BITS[form.width]
    elements = (STEP << form.lcn) // bits
    walked = _walked(record) // bits
    sparse = int(_full(records, k)["sparse"]) if not record["full"] else int(rng.random() < form.sparse)
    if record["full"]:
        record["sparse"] = 0 if form.adds else sparse
    if rng.random() < 0.05:
        record["vector"] = -1
        return
    least = max(1, elements - walked)
    length = int(rng.integers(1, min(least, 40 if not form.adds else 5) + 1))
    first = int(rng.integers(0, least - length + 1))
    if form.adds:
        vectors.append(Vector(np.ones(32 * length, dtype=np.int64)))
        record["weight_skew"] = 32 * first
    else:
        _weights(rng, record, registers, length, first, bits, sparse, vectors)
    record["vector"] = len(vectors) - 1


def _weights(
    rng: np.random.Generator,
    record: np.void,
    registers: dict[str, int],
    length: int,
    first: int,
    bits: int,
    sparse: int,
    vectors: list[Vector],
) -> None:
    wide = BITS[registers["weight_width"]]
    low = -(1 << wide - 1) if registers["weight_sign"] else 0
    weights = rng.integers(low, low + (1 << wide), length) * (rng.random(length) < 0.8)
    if sparse:
        at = np.flatnonzero(weights)
        if at.size == 0:
            at, weights = np.array([0]), np.array([-1 if registers["weight_sign"] else 1])
        skew = int(rng.integers(0, first + 1))
        vectors.append(Vector(weights[at], (at + first - skew) * bits))
        record["weight_skew"] = skew * bits
    else:
        vectors.append(Vector(weights))
        record["weight_skew"] = first * bits


def _full(records: np.ndarray, k: int) -> np.void:
    return records[max(j for j in range(k + 1) if records["full"][j])]


def _walked(record: np.void) -> int:
    """Bits that the last neuron of a fold, at most, is ahead of the first."""
    if not record["fold"]:
        return 0
    return int(record["fold_number"]) * max(int(record[f"fold_skew_{axis}"]) for axis in "yxz")


def assembled(cores: Sequence[Core], rng: np.random.Generator) -> tuple[tuple[Core, ...], Position]:
    """Complete the cores, and lead signals to them, over empty cores where they do not touch."""
    places = [(core.x, core.y) for core in cores]
    root = places[int(rng.integers(0, len(places)))]
    extra: list[Position] = []
    for place in places:
        at = root
        while at != place:
            at = (
                at[0] + int(np.sign(place[0] - at[0])) if at[0] != place[0] else at[0],
                at[1] if at[0] != place[0] else at[1] + int(np.sign(place[1] - at[1])),
            )
            if at not in places and at not in extra:
                extra.append(at)
    empty = dict.fromkeys(REGISTERS, 0) | {"busy_cycle": 2, "delay_cycle": 2, "width_cycle": 2}
    none = np.zeros(0, dtype=RECORD)
    relays = [
        Core(
            x=x,
            y=y,
            registers=empty | {"test_x": -x, "test_y": -y},
            records=none,
            fold_v=(),
            vectors=(),
        )
        for x, y in extra
    ]
    tree = signal_tree([*places, *extra], root)
    thread = int(rng.integers(0, 1024))
    made: list[Core] = []
    for core in (*cores, *relays):
        send, receive = tree[core.x, core.y]
        signals = {"global_send": send, "global_receive": receive, "thread_number": thread}
        whole = completed(core)
        made.append(replace(whole, registers={**whole.registers, **signals}))
    return tuple(made), root


def host_frames(
    rng: np.random.Generator, receivers: Sequence[Core], steps: int, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Random values for the steps that the receivers come to, and some for steps ahead."""
    frames: list[int] = []
    at: list[int] = []
    for step in range(steps):
        for core in receivers:
            registers = core.registers
            bits, lcn = BITS[registers["input_width"]], registers["lcn"]
            room = STEP << lcn
            own = max(0, step + 1 - registers["tick_start"]) + int(rng.integers(0, 2))
            for element in np.flatnonzero(rng.random(min(room // bits, 160)) < share).tolist():
                bit = (own * room + element * bits - registers["axon_skew"]) % (256 * STEP)
                value = int(rng.integers(1, 1 << bits)) if bits > 1 else 1
                slot, axon = bit // STEP, bit % STEP
                frames.append(
                    8 + (slot >> 7) << 60
                    | core.x << 48
                    | core.y << 42
                    | (slot & 127) << 17
                    | axon << 8
                    | value
                )
                at.append(step)
    return np.array(frames, dtype=np.uint64), np.array(at, dtype=np.int64)


def place(rng: np.random.Generator) -> Position:
    return int(rng.integers(0, 9)), int(rng.integers(2, 9))


def one_core(rng: np.random.Generator, **form: object) -> tuple[Core, ...]:
    lcn = int(rng.integers(0, 5)) if form.pop("slots", False) else 0
    width = int(rng.integers(0, 4))
    drawn = Form(
        at=place(rng),
        records=int(rng.integers(1, 12)),
        start=int(rng.integers(1, 4)),
        width=width,
        lcn=lcn,
        target_lcn=int(rng.integers(0, 4)),
        target_width=int(rng.integers(0, 4)),
        **form,  # pyright: ignore[reportArgumentType]
    )
    return (random_core(rng, drawn),)


def layers(rng: np.random.Generator, **form: object) -> tuple[Core, ...]:
    """Some cores that send to a box of cores, which send to the host."""
    corner = int(rng.integers(0, 6)), int(rng.integers(2, 6))
    copies = int(rng.integers(0, 2)), int(rng.integers(0, 2)), int(rng.integers(0, 2))
    box = {
        (corner[0] + z + x, corner[1] + z + y)
        for z in range(copies[0] + 1)
        for x in range(copies[1] + 1)
        for y in range(copies[2] + 1)
    }
    lcn, width = int(rng.integers(0, 3)), int(rng.choice([0, 0, 1, 2, 3]))
    skew = int(rng.integers(-3, 4)) * BITS[width] if rng.random() < 0.3 else 0
    start = int(rng.integers(1, 3))
    gap = int(rng.integers(1, 4))
    first: list[Core] = []
    for at in [place(rng) for _ in range(int(rng.integers(1, 3)))]:
        if max(at) + copies[0] <= 8 and at not in box and at not in [(core.x, core.y) for core in first]:
            one = Form(
                at=at,
                records=int(rng.integers(1, 8)),
                start=start,
                target_lcn=lcn,
                sends_to=(corner, copies),
                target_width=width,
                target_skew=skew,
                delays=(0, 2),
                **form,  # pyright: ignore[reportArgumentType]
            )
            first.append(random_core(rng, one))
        if width and first:
            break
    second = [
        random_core(
            rng,
            Form(at=at, records=int(rng.integers(1, 5)), start=start + gap, lcn=lcn, width=width, skew=skew),
        )
        for at in sorted(box)
    ]
    return (*first, *second)


def loop(rng: np.random.Generator) -> tuple[Core, ...]:
    """A core that sends to itself."""
    lcn, at = int(rng.integers(0, 3)), place(rng)
    form = Form(
        at=at,
        records=int(rng.integers(1, 10)),
        start=int(rng.integers(1, 3)),
        lcn=lcn,
        target_lcn=lcn,
        sends_to=(at, (0, 0, 0)),
        delays=(1, 3),
        folds=0.3,
    )
    return (random_core(rng, form),)


def potentials(rng: np.random.Generator) -> tuple[Core, ...]:
    """A core that sends its potentials to one that adds them."""
    lcn = int(rng.integers(0, 4))
    a = place(rng)
    b = next(at for at in iter(lambda: place(rng), None) if at != a)
    start = int(rng.integers(1, 3))
    wild = bool(rng.random() < 0.3)
    first = Form(
        at=a,
        records=int(rng.integers(1, 10)),
        start=start,
        target_lcn=lcn,
        sends_to=(b, (0, 0, 0)),
        potentials=1.0,
        wild=wild,
        folds=0.3,
        width=int(rng.integers(0, 4)),
    )
    second = Form(
        at=b,
        records=int(rng.integers(1, 8)),
        start=start + 1,
        lcn=lcn,
        adds=True,
        wild=wild,
        folds=0.4,
        potentials=0.3,
    )
    return (random_core(rng, first), random_core(rng, second))


KINDS: dict[str, Callable[[np.random.Generator], tuple[Core, ...]]] = {
    "plain": lambda rng: one_core(rng, modes=False),
    "modes": lambda rng: one_core(rng),
    "wild": lambda rng: one_core(rng, wild=True),
    "folds": lambda rng: one_core(rng, folds=0.6),
    "sparse": lambda rng: one_core(rng, folds=0.3, sparse=0.7),
    "potential lines": lambda rng: one_core(rng, potentials=0.5, folds=0.2),
    "slots": lambda rng: one_core(rng, slots=True, folds=0.3, sparse=0.3),
    "largest": lambda rng: one_core(rng, pools=True, folds=0.3, sparse=0.2),
    "tables": lambda rng: one_core(rng, table=True, folds=0.2),
    "layers": layers,
    "folded layers": lambda rng: layers(rng, folds=0.4, sparse=0.3),
    "loops": loop,
    "added potentials": potentials,
}


def random_chip(seed: int, kind: str) -> RandomChip:
    """Draw a chip and the frames of its host, always the same of one seed."""
    rng = np.random.default_rng([seed, *kind.encode()])
    drawn = KINDS[kind](rng)
    cores, root = assembled(drawn, rng)
    steps = int(rng.integers(6, 16))
    fed = [core for core in cores if core.records.size and not core.registers["add_potential"]]
    frames, step = host_frames(rng, fed[:2], steps, float(rng.choice([0.05, 0.2, 0.5])))
    return RandomChip(
        kind=kind,
        cores=cores,
        root=root,
        init=bool(rng.random() < 0.7),
        frames=frames,
        step=step,
        steps=steps,
    )
