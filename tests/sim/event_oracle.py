"""A crossbar of neurons, one event and one neuron after the other in plain Python integers, written from the chips'
published rules alone. Codes go in as they are on the wire; outputs come out as (code number, address).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_TURNS = 3000


@dataclass
class Cell:
    """thr is unsigned. The last five lines are ODIN's calcium."""

    v: int
    thr: int
    leak: int
    disable: bool
    ca_en: bool = False
    thetamem: int = 0
    theta: tuple[int, int, int] = (0, 0, 0)
    ca_leak: int = 0
    ca: int = 0
    cnt: int = 0


@dataclass
class Chip:
    """w: [pre][post] signed on tinyODIN, 0..7 on ODIN. `served` decides between the input and the queue."""

    cells: list[Cell]
    w: list[list[int]]
    closed: bool
    last: int
    source: bool
    depth: int
    out: list[int] = field(default_factory=list)
    queue: deque[int] = field(default_factory=deque)
    dropped: int = 0
    saturated: int = 0
    deepest: int = 0

    def push(self, entry: int) -> None:
        self.queue.append(entry)
        self.deepest = max(self.deepest, len(self.queue))

    def spike(self, n: int, room: bool) -> None:
        if self.cells[n].disable:
            return
        if not self.source:
            self.out.append(n)
        if self.closed:
            if room:
                self.push(n)
            else:
                self.dropped += 1

    def room(self) -> bool:
        return len(self.queue) < self.depth

    def clip(self, value: int, low: int, high: int) -> int:
        if value < low or value > high:
            self.saturated += 1
        return max(low, min(high, value))

    def run(self, codes: Sequence[int], waits: Sequence[bool], eager: bool) -> list[tuple[int, int]]:
        """The whole stimulus; a code is served as soon as it may."""
        found: list[tuple[int, int]] = []
        group: list[int] = []
        for k, code in enumerate(codes):
            group.append(code)
            if waits[k]:
                self.out = []
                self.serve(deque(group), eager)
                found += [(k, address) for address in self.out]
                group = []
        return found

    def serve(self, inputs: deque[int], eager: bool) -> None:
        served_input = False
        turns = -2 * len(inputs)
        while inputs or self.queue:
            turns += 1
            if turns > MOST_TURNS:
                raise RuntimeError("the network does not come to rest")
            if not self.room():
                self.pop()
                served_input = False
            elif inputs and not (served_input and eager and self.queue) and self.may_enter(inputs[0]):
                self.take(inputs.popleft())
                served_input = True
            else:
                self.pop()
                served_input = False

    def may_enter(self, code: int) -> bool:
        raise NotImplementedError

    def take(self, code: int) -> None:
        raise NotImplementedError

    def pop(self) -> None:
        raise NotImplementedError


class TinyOdin(Chip):
    """Queue entries are the chip's: w in bits 11..8, address below."""

    def finish(self, n: int, x: int, room: bool) -> None:
        cell = self.cells[n]
        fire = x >= 0 and x >= cell.thr
        cell.v = 0 if fire else x
        if fire:
            self.spike(n, room)

    def leak_one(self, n: int) -> None:
        cell = self.cells[n]
        x = min(cell.v + cell.leak, 0) if cell.v < 0 else max(cell.v - cell.leak, 0)
        self.finish(n, x, self.room())

    def may_enter(self, code: int) -> bool:
        return True

    def take(self, code: int) -> None:
        low = code & 255
        if code & 256:
            for n in range(self.last + 1) if low == 255 else [low]:
                self.leak_one(n)
        elif code & 512:
            self.push((low >> 4) << 8 | low & 15)
        else:
            self.push(low)

    def pop(self) -> None:
        entry = self.queue[0]
        w, low = entry >> 8, entry & 255
        if w:
            room = self.room()
            self.queue.popleft()
            x = self.cells[low].v + (w - 16 if w > 7 else w)
            self.finish(low, self.clip(x, -2048, 2047), room)
            return
        for n in range(self.last + 1):
            self.finish(n, self.clip(self.cells[n].v + self.w[low][n], -2048, 2047), self.room())
        if self.source:
            self.out.append(low)
        self.queue.popleft()


@dataclass
class Odin(Chip):
    """Queue entries: {w, s, l} in bits 12..8, address below. up, down: flags of each neuron."""

    mapped: list[list[bool]] = field(default_factory=list)
    inhibitory: list[bool] = field(default_factory=list)
    update_unmapped: bool = False
    propagate_unmapped: bool = False
    sdsp_on_syn: bool = False
    up: list[bool] = field(default_factory=list)
    down: list[bool] = field(default_factory=list)

    def program(self) -> None:
        """As writing the last byte of each word does it: the word is evaluated and not changed."""
        self.up, self.down = [False] * len(self.cells), [False] * len(self.cells)
        for n, cell in enumerate(self.cells):
            fire = cell.v >= cell.thr
            ca = min(cell.ca + 1, 7) if fire and cell.ca_en else cell.ca
            self.flags(n, 0 if fire else cell.v, ca)

    def flags(self, n: int, v: int, ca: int) -> None:
        cell = self.cells[n]
        one, two, three = cell.theta
        self.up[n] = cell.ca_en and v >= cell.thetamem and one <= ca < three
        self.down[n] = cell.ca_en and v < cell.thetamem and one <= ca < two

    def finish(self, n: int, x: int, room: bool, leak_event: bool = False) -> None:
        cell = self.cells[n]
        fire = x >= cell.thr
        cell.v = 0 if fire else x
        if cell.ca_en:
            dec = False
            if leak_event and cell.ca_leak:
                dec = cell.cnt == cell.ca_leak - 1
                cell.cnt = 0 if dec else (cell.cnt + 1) % 32
            if fire and not dec:
                cell.ca = min(cell.ca + 1, 7)
            if dec and not fire:
                cell.ca = max(cell.ca - 1, 0)
        self.flags(n, cell.v, cell.ca)
        if fire:
            self.spike(n, room)

    def add(self, n: int, weight: int, minus: bool, room: bool) -> None:
        v = self.cells[n].v
        self.finish(n, self.clip(v - weight if minus else v + weight, 0, 255), room)

    def leak_one(self, n: int, room: bool) -> None:
        cell = self.cells[n]
        self.finish(n, max(cell.v - cell.leak, 0), room, leak_event=True)

    def effective(self, row: int, n: int) -> int:
        return self.w[row][n] if self.mapped[row][n] or self.propagate_unmapped else 0

    def plastic(self, row: int, n: int) -> bool:
        return self.mapped[row][n] or self.update_unmapped

    def sdsp(self, row: int, n: int, up: bool, down: bool) -> None:
        if self.plastic(row, n) and up:
            self.w[row][n] = min(self.w[row][n] + 1, 7)
        elif self.plastic(row, n) and down:
            self.w[row][n] = max(self.w[row][n] - 1, 0)

    def settle(self, row: int) -> None:
        for n in range(len(self.cells)):
            if self.plastic(row, n):
                w = self.w[row][n]
                self.w[row][n] = min(w + 1, 7) if w >= 4 else max(w - 1, 0)

    def may_enter(self, code: int) -> bool:
        return bool(code >> 16 or code & 255 not in (0x80, 0x00)) or not self.queue

    def take(self, code: int) -> None:
        high, low = code >> 8 & 255, code & 255
        if code >> 16:
            up, down = self.up[low], self.down[low]
            self.add(low, self.effective(high, low), self.inhibitory[high], self.room())
            if self.sdsp_on_syn:
                self.sdsp(high, low, up, down)
        elif low in (0xFF, 0x7F):
            for n in [high] if low == 0xFF else range(len(self.cells)):
                self.leak_one(n, self.room())
        elif low in (0x80, 0x00):
            for row in [high] if low == 0x80 else range(len(self.w)):
                self.settle(row)
        elif low == 0x07:
            self.push(high)
        else:
            self.push((low >> 3) << 8 | high)

    def pop(self) -> None:
        entry = self.queue[0]
        extra, low = entry >> 8, entry & 255
        if extra:
            room = self.room()
            self.queue.popleft()
            if extra & 1:
                self.leak_one(low, room)
            else:
                self.add(low, extra >> 2, bool(extra & 2), room)
            return
        before = list(zip(self.up, self.down, strict=True))
        weights = [self.effective(low, n) for n in range(len(self.cells))]
        for n, (up, down) in enumerate(before):
            self.add(n, weights[n], self.inhibitory[low], self.room())
            self.sdsp(low, n, up, down)
        if self.source:
            self.out.append(low)
        self.queue.popleft()
