"""SPK05xx: what is typed."""

from __future__ import annotations

from pathlib import Path

from .netfiles import small
from .outputs import chip_file, compile_small
from .running import Case, Words, compiled


def with_options(*words: str) -> Case:
    return lambda folder: compiled(small(folder / "net.nir"), *words)


def broken_target(folder: Path) -> Words:
    target = chip_file(folder, ("cores_per_chip = 128", "cores_per_chip = 0"))
    return compiled(small(folder / "net.nir"), "--target", target)


def something_else_is_there(folder: Path) -> Words:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("years of work", encoding="utf-8")
    return compiled(small(folder / "net.nir"))


def below_a_file(folder: Path) -> Words:
    words = list(compiled(small(folder / "net.nir")))
    return [*words[:-1], folder / "net.nir" / "out"]


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


CASES: dict[str, Case] = {
    "SPK0501": with_options("--target", "brainchip"),
    "SPK0502": broken_target,
    "SPK0503": something_else_is_there,
    "SPK0504": below_a_file,
    "SPK0505 population": with_options("--pin", "ghost=0"),
    "SPK0505 core": with_options("--pin", "n=128"),
    "SPK0510": waves_of("ghost", "n:1-3"),
}
