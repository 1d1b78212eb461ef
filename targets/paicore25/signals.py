"""The tree along which the signals of a thread travel: SYNC and INIT come to its root, and from core to core."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .routes import Position

LOCAL = 1 << 6
"""Bit of `global_send` of a core that takes part itself."""
STEPS: tuple[Position, ...] = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, 1))
"""The neighbour of bit 0, 1, ... of `global_send`; it receives by the bit whose number differs in the lowest place."""


def signal_tree(positions: Collection[Position], root: Position) -> dict[Position, tuple[int, int]]:
    """Lead signals from the root to every position: `global_send` and `global_receive` of each.

    A position is reached in the fewest steps. Positions that do not touch the others are left out."""
    send, receive = {root: LOCAL}, {root: 0}
    here = set(positions)
    front = [root]
    while front:
        found: list[Position] = []
        for x, y in front:
            for bit, (dx, dy) in enumerate(STEPS):
                there = x + dx, y + dy
                if there in here and there not in send:
                    send[x, y] |= 1 << bit
                    send[there], receive[there] = LOCAL, 1 << (bit ^ 1)
                    found.append(there)
        front = found
    return {at: (send[at], receive[at]) for at in send}


def signalled(tree: Mapping[Position, tuple[int, int]], root: Position) -> set[Position]:
    """Follow the registers `global_send` and `global_receive` from the root: positions that take part."""
    found = {root} & set(tree)
    front = [*found]
    while front:
        x, y = front.pop()
        for bit, (dx, dy) in enumerate(STEPS):
            there = x + dx, y + dy
            sends = tree[x, y][0] >> bit & 1 and there in tree and there not in found
            if sends and tree[there][1] >> (bit ^ 1) & 1:
                found.add(there)
                front.append(there)
    return {at for at in found if tree[at][0] & LOCAL}
