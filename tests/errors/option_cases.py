"""SPK05xx: what is typed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .netfiles import small
from .outputs import chip_file, compile_small
from .running import RANDOM, READING, Case, Words, compiled


def with_options(*words: str) -> Case:
    return lambda folder: compiled(small(folder / "net.nir"), *words)


def broken_target(folder: Path) -> Words:
    target = chip_file(folder, ("cores_per_chip = 128", "cores_per_chip = 0"))
    return compiled(small(folder / "net.nir"), "--target", target)


def target_of(toml: bytes) -> Case:
    def case(folder: Path) -> Words:
        (folder / "bad.toml").write_bytes(toml)
        return compiled(small(folder / "net.nir"), "--target", folder / "bad.toml")

    return case


def target_with_many_faults(folder: Path) -> Words:
    changes = (('initial_state = "zero"', 'initial_state = "rest"'), ("[1, 2, 3, 4, 5, 6, 8]", "[1, 7]"))
    target = chip_file(folder, *changes)
    return compiled(small(folder / "net.nir"), "--target", target)


def target_is_a_folder(folder: Path) -> Words:
    (folder / "chip.toml").mkdir()
    return compiled(small(folder / "net.nir"), "--target", folder / "chip.toml")


def something_else_is_there(folder: Path) -> Words:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("years of work", encoding="utf-8")
    return compiled(small(folder / "net.nir"))


def a_manifest_of_something_else(folder: Path) -> Words:
    (folder / "out").mkdir()
    (folder / "out" / "manifest.json").write_text('{"manifest_version": 3}', encoding="utf-8")
    return compiled(small(folder / "net.nir"))


def the_folder_that_we_are_in(folder: Path) -> Words:
    return [*compiled(small(folder / "net.nir"))[:-1], "."]


def a_folder_in_the_way(folder: Path) -> Words:
    out = compile_small(folder)
    (out / "report.html").unlink()
    (out / "report.html").mkdir()
    return compiled(folder / "net.nir")


def a_file_in_place_of_the_lock(folder: Path) -> Words:
    (folder / ".out.lock").write_text("my notes", encoding="utf-8")
    return compiled(small(folder / "net.nir"))


def a_pipe_as_a_target(folder: Path) -> Words:
    os.mkfifo(folder / "chip.toml")
    return compiled(small(folder / "net.nir"), "--target", folder / "chip.toml")


def below_a_file(folder: Path) -> Words:
    words = list(compiled(small(folder / "net.nir")))
    return [*words[:-1], folder / "net.nir" / "out"]


def over_its_own_network(folder: Path) -> Words:
    net = small(folder / "net.nir")
    return ("reference", net, *READING, *RANDOM, "-q", "-o", folder / "." / "net.nir")


def over_a_part_of_its_output(folder: Path) -> Words:
    out = compile_small(folder)
    return ("simulate", out, "-q", "-o", out / "report.json")


def waves_of(*neurons: str) -> Case:
    def case(folder: Path) -> Words:
        chosen = [word for text in neurons for word in ("--neurons", text)]
        return (
            "simulate",
            compile_small(folder),
            *chosen,
            "--vcd",
            folder / "w.vcd",
            "-q",
            "-o",
            folder / "t",
        )

    return case


def swept(*words: str | Path) -> Case:
    """A sweep of which nothing has to be run."""
    return lambda folder: (
        "sweep", small(folder / "net.nir"), *READING, "-q", *words, "-o", folder / "space"
    )  # fmt: skip


def seeds_beside_a_stimulus(folder: Path) -> Words:
    np.savez(folder / "s.npz", input=np.ones((4, 1, 4), np.uint8))
    return swept("--weight-bits", "7", "--seeds", "1,2", "--stimulus", folder / "s.npz")(folder)


def a_sweep_into_an_output(folder: Path) -> Words:
    return (*swept()(folder)[:-1], compile_small(folder))


CASES: dict[str, Case] = {
    "SPK0501": with_options("--target", "brainchip"),
    "SPK0501 several": with_options("--target", "xylo"),
    "SPK0501 nearly": with_options("--target", "tiny-odin"),
    "SPK0501 file": with_options("--target", "absent.toml"),
    "SPK0502": broken_target,
    "SPK0502 pipe": a_pipe_as_a_target,
    "SPK0502 syntax": target_of(b'family = "x\n'),
    "SPK0502 bytes": target_of(b"# a\n\xff"),
    "SPK0502 family": target_of(b'family = "mesh"\n'),
    "SPK0502 folder": target_is_a_folder,
    "SPK0502 numbers": target_with_many_faults,
    "SPK0503": something_else_is_there,
    "SPK0503 manifest": a_manifest_of_something_else,
    "SPK0503 here": the_folder_that_we_are_in,
    "SPK0504": below_a_file,
    "SPK0505 population": with_options("--pin", "ghost=0"),
    "SPK0505 nearly": with_options("--pin", "N=0"),
    "SPK0505 core": with_options("--pin", "n=128"),
    "SPK0506": a_folder_in_the_way,
    "SPK0511": lambda folder: ("check", folder / "absent"),
    "SPK0422": lambda folder: ("compile", small(folder / "net.nir"), *READING, "-q", "-o", folder / "out"),
    "SPK0303 deep": with_options("--dialect-option", f"reset={'[' * 5000}"),
    "SPK0512": over_its_own_network,
    "SPK0512 in OUT": over_a_part_of_its_output,
    "SPK0511 file": lambda folder: ("simulate", small(folder / "net.nir"), "-q", "-o", folder / "t.npz"),
    "SPK0507": a_file_in_place_of_the_lock,
    "SPK0503 kind": a_sweep_into_an_output,
    "SPK0522": with_options("--weight-bits", "7"),
    "SPK0524": seeds_beside_a_stimulus,
    "SPK0525": swept("--weight-bits", "4,4", "--seeds", "1,1", "--target", "loihi1,loihi1"),
    "SPK0510": waves_of("ghost", "n:1-3"),
}
