"""A finished output to work on, and ways to spoil it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from spikec.compiler.options import Options
from spikec.compiler.output.store import write
from spikec.compiler.pipeline import compile_graph
from spikec.sim.nir.file import read
from spikec.sim.stimulus import poisson
from spikec.targets import toml_of

from .netfiles import small


def compile_file(net: Path, *, inputs: tuple[int, ...] = (4,), name: str = "in_", **more: object) -> Path:
    """OUT of a `.nir` file beside it, on a small random stimulus; `more` goes to Options."""
    options = Options(dialect="nir.euler", dt_seconds=1.0, **more)  # pyright: ignore[reportArgumentType]
    stimulus = poisson({name: inputs}, 0.5, 4, batch=1, seed=0)
    raw, _ = read(net)
    compiled = compile_graph(raw, options, stimulus=stimulus, source=net.read_bytes())
    out = net.parent / "out"
    write(out, {**compiled.files, "report.html": b""})
    return out


def compile_small(folder: Path) -> Path:
    return compile_file(small(folder / "net.nir"))


def chip_file(folder: Path, *changes: tuple[str, str], like: str = "loihi1") -> Path:
    """A chip's toml with texts replaced."""
    text = toml_of(like).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "chip.toml"
    path.write_text(text, encoding="utf-8")
    return path


def replaced(out: Path, name: str, data: bytes) -> Path:
    """`out` with other bytes in a file, and a manifest that vouches for them."""
    (out / name).write_bytes(data)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out
