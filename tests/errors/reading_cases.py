"""SPK03xx: how a file is to be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from spikec.sim.nir.file import read
from spikec.sim.nir.write import image_of

from .netfiles import small
from .running import Case, Words

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "examples" / "digits" / "digits.nir"


def read_with(*words: str) -> Case:
    """The float reference of the small network under these options."""

    def case(folder: Path) -> Words:
        net = small(folder / "net.nir")
        return ("reference", net, *words, "--poisson", "0.5", "-q", "-o", folder / "trace.npz")

    return case


def euler(*options: str) -> Case:
    given = [word for option in options for word in ("--dialect-option", option)]
    return read_with("--dialect", "nir.euler", "--dt", "1", *given)


def recognised(*words: str) -> Case:
    return lambda folder: ("inspect", ROOT / "tests" / "corpus" / "norse_lifcell_cuba.nir", *words)


def told_in_the_file(text: str) -> Case:
    """A file whose metadata say how it is read."""

    def case(folder: Path) -> Words:
        raw, _ = read(small(folder / "net.nir"))
        told = folder / "told.nir"
        told.write_bytes(image_of(replace(raw, reading=text)))
        return ("reference", told, "--poisson", "0.5", "-q", "-o", folder / "trace.npz")

    return case


def of_another_run(folder: Path) -> Words:
    """A file that says how it is read, with what it did not fire."""
    recorded = ROOT / "tests" / "corpus" / "sj_mlp_digits_lif"
    with np.load(recorded.with_suffix(".npz"), allow_pickle=False) as arrays:
        kept = {"input": arrays["input"][:9, :1], "output": 1 - arrays["output"][:9, :1]}
    np.savez(folder / "other.npz", **kept)
    words = ("--stimulus", folder / "other.npz", "-q", "-o", folder / "trace.npz")
    return ("reference", recorded.with_suffix(".nir"), *words)


CASES: dict[str, Case] = {
    "SPK0301": read_with("--dialect", "brian"),
    "SPK0301 nearly": read_with("--dialect", "snntorch.leaky"),
    "SPK0302": euler("leak=1"),
    "SPK0303": euler('reset="sometimes"'),
    "SPK0304 missing": read_with("--dialect", "nir.euler"),
    "SPK0304 negative": read_with("--dialect", "nir.euler", "--dt", "-1"),
    "SPK0305 node": euler("ghost.refractory=1"),
    "SPK0305 list": euler("refractory=[1, 2]"),
    "SPK0306": lambda folder: ("inspect", DIGITS),
    "SPK0307": read_with(),
    "SPK0308": euler("reset=subtract", "reset_phase=next_overwrite"),
    "SPK0309": recognised(),
    "SPK0311": lambda folder: (
        "reference",
        DIGITS,
        "--stimulus",
        DIGITS.with_suffix(".npz"),
        "-q",
        "-o",
        folder / "trace.npz",
    ),
    "SPK0314": of_another_run,
    "SPK0315": lambda folder: (
        "reference",
        DIGITS,
        *("--dialect", "norse", "--dt", "1e-4", "--stimulus", DIGITS.with_suffix(".npz"), "-q"),
        *("-o", folder / "trace.npz"),
    ),
    "SPK0310": recognised("--dt", "0.5"),
    "SPK0340": told_in_the_file('{"dialect": "nir.euler", "dt_seconds": "soon"}'),
    "SPK0340 deep": told_in_the_file("[" * 100_000),
}
