"""SPK04xx: stimuli and recorded traces."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np

from .netfiles import small
from .outputs import compile_small
from .running import READING, Case, Words

SPIKES = np.zeros((5, 2, 4), np.uint8)


def on(folder: Path, *words: str | Path) -> Words:
    net = small(folder / "net.nir")
    return ("reference", net, *READING, *words, "-q", "-o", folder / "trace.npz")


def on_file(data: bytes) -> Case:
    def case(folder: Path) -> Words:
        (folder / "s.npz").write_bytes(data)
        return on(folder, "--stimulus", folder / "s.npz")

    return case


def on_a_pipe(folder: Path) -> Words:
    os.mkfifo(folder / "s.npz")
    return on(folder, "--stimulus", folder / "s.npz")


def array(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]
    return file.getvalue()


def member(header: bytes, body: bytes = b"") -> bytes:
    """An .npz with one array `input` of this header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        text = header + b" " * (117 - len(header)) + b"\n"
        archive.writestr("input.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body)
    return file.getvalue()


def without_a_suffix() -> bytes:
    """A member that has the name of the array, and not that of its file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("input", b"x")
    return file.getvalue()


HUGE = b"{'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 999999999)}"
SHORT = b"{'descr': '|u1', 'fortran_order': False, 'shape': (5, 2, 4)}"
WITH_NAN = np.where(np.arange(40).reshape(5, 2, 4) == 13, np.nan, 1.0)


def another_recording(folder: Path) -> Words:
    out = compile_small(folder)
    (folder / "chip.npz").write_bytes(npz(**{"layer/other": SPIKES}))
    return ("compare", out, "--trace", folder / "chip.npz", "-q")


def real_numbers_on_a_chip(folder: Path) -> Words:
    """At a compile, the first population would move to the host; the finished output takes spikes."""
    (folder / "s.npz").write_bytes(npz(input=np.full((4, 1, 4), 0.5)))
    return ("simulate", compile_small(folder), "--stimulus", folder / "s.npz", "-q", "-o", folder / "t.npz")


def a_long_silence(folder: Path) -> Words:
    """A small file: zeros are hardly stored at all."""
    np.savez_compressed(folder / "s.npz", input=np.zeros((1 << 23, 1, 4), np.uint8))
    net = small(folder / "net.nir")
    return ("compile", net, *READING, "--stimulus", folder / "s.npz", "-q", "-o", folder / "out")


CASES: dict[str, Case] = {
    "SPK0401": lambda folder: on(folder, "--stimulus", folder / "absent.npz"),
    "SPK0401 pipe": on_a_pipe,
    "SPK0402": on_file(b"0 1 0 1"),
    "SPK0402 cut short": on_file(npz(input=SPIKES)[:-40]),
    "SPK0402 array": on_file(array(SPIKES)),
    "SPK0403": on_file(member(SHORT, b"123")),
    "SPK0404": on_file(npz(input=np.array([["a", "b"]]))),
    "SPK0405 file": on_file(member(HUGE)),
    "SPK0405 random": lambda folder: on(folder, "--poisson", "0.5", "--steps", "1000000000"),
    "SPK0406": on_file(npz(**{"input/ghost": SPIKES})),
    "SPK0406 suffix": on_file(without_a_suffix()),
    "SPK0407": on_file(npz(input=SPIKES[:, :, :3])),
    "SPK0407 no steps": on_file(npz(input=SPIKES[:0])),
    "SPK0407 no samples": on_file(npz(input=SPIKES[:, :0])),
    "SPK0407 time last": on_file(npz(input=np.moveaxis(SPIKES, 0, -1))),
    "SPK0408": on_file(npz(input=WITH_NAN)),
    "SPK0408 in 16 bits": on_file(npz(input=WITH_NAN.astype(np.float16))),
    "SPK0408 large": on_file(npz(input=np.where(np.isnan(WITH_NAN), -1e300, WITH_NAN))),
    "SPK0409": on_file(npz(input=SPIKES, labels=np.array([1, 2, 3]))),
    "SPK0409 samples first": on_file(npz(input=SPIKES, labels=np.zeros(5, np.uint8))),
    "SPK0409 huge": on_file(npz(input=SPIKES, labels=np.array([0, 2**64 - 1], np.uint64))),
    "SPK0409 from one": on_file(npz(input=SPIKES, labels=np.array([1, 3]))),
    "SPK0409 past": on_file(npz(input=SPIKES, labels=np.array([0, 7]))),
    "SPK0410": lambda folder: on(folder, "--poisson", "2"),
    "SPK0411": another_recording,
    "SPK0412": a_long_silence,
    "SPK0412 random": lambda folder: on(folder, "--poisson", "0.5", "--steps", "50000000"),
    "SPK0420": real_numbers_on_a_chip,
}
