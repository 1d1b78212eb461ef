"""Where something lies in a `.nir` file, as text that is safe to print."""

from __future__ import annotations


def shown(text: str) -> str:
    """`text` with every character that a terminal could act on written as an escape (`\\x1b`).

    Node names are the file author's text: they may hold control characters, line ends, writing marks."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text
    )


def stored_at(path: str, parameter: str = "") -> str:
    """The place in the file of node `path` (`sub/lif` -> `/node/nodes/sub/nodes/lif`), for a `Diagnostic`.

    "" is the graph itself. Names cannot hold `/`: HDF5 reads it as a separator."""
    parts = ["/node", *(f"nodes/{shown(name)}" for name in path.split("/") if name)]
    return "/".join([*parts, parameter] if parameter else parts)
