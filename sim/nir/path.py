"""Writes places in a `.nir` file as text that is safe to print."""

from __future__ import annotations


def shown(text: str) -> str:
    """`text` with every character that a terminal could act on written as an escape (`\\x1b`).

    Node names are the file author's text: they may hold control characters, line ends, writing marks."""
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in text)


def _escape(point: int) -> str:
    # By hand: a codec would be imported on its first use, and the reading process can open no more files.
    if point < 0x100:
        return "\\n" if point == 10 else f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def stored_at(path: str, parameter: str = "") -> str:
    """The place in the file of node `path` (`sub/lif` -> `/node/nodes/sub/nodes/lif`), for a `Diagnostic`.

    "" is the graph itself. Names cannot hold `/`: HDF5 reads it as a separator."""
    parts = ["/node", *(f"nodes/{shown(name)}" for name in path.split("/") if name)]
    return "/".join([*parts, parameter] if parameter else parts)
