"""Asks the vendor's functional simulator what chips do; SPIKEC_PAICORE_PYTHON names a Python that has it."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from spikec.targets.paicore25.addresses import routes_of
from spikec.targets.paicore25.configuration import Core
from spikec.targets.paicore25.frames import FRAME, Route
from spikec.targets.paicore25.loading import config_frames
from spikec.targets.paicore25.routes import reached
from spikec.targets.paicore25.words import unpacked

from ...golden.paicore_run import Chip
from ...sim.paicore_chips import RandomChip

PYTHON = os.environ.get("SPIKEC_PAICORE_PYTHON", "")
SCRIPT = Path(__file__).parent / "run_vendor.py"
COMPLETE = 14


def ask(chips: Sequence[RandomChip], folder: Path) -> list[dict[str, np.ndarray]]:
    """What the simulator makes of random chips."""
    given = [
        {
            "config_frames": config_frames(chip.cores),
            "root": np.array(chip.root),
            "init": np.array(chip.init),
            "frames": chip.frames,
            "step": chip.step,
            "steps": np.array(chip.steps),
        }
        for chip in chips
    ]
    return asked(given, folder)


def asked(chips: Sequence[Mapping[str, np.ndarray]], folder: Path) -> list[dict[str, np.ndarray]]:
    """What the simulator makes of each chip, as `run_vendor.py` takes and gives it."""
    for number, chip in enumerate(chips):
        np.savez(folder / f"{number:05d}.npz", **chip)
    subprocess.run([PYTHON, str(SCRIPT), str(folder)], check=True)
    answers: list[dict[str, np.ndarray]] = []
    for number in range(len(chips)):
        with np.load(folder / f"{number:05d}.out.npz", allow_pickle=False) as found:
            answers.append(dict(found))
    return answers


def differences(chip: RandomChip, answer: dict[str, np.ndarray]) -> list[str]:
    """Where ours and the simulator part: potentials, frames at the host, deliveries, by step of the chip."""
    if "refused" in answer:
        return [f"refused: {answer['refused']}"]
    ours = Chip(config_frames(chip.cores), init=chip.init)
    seen = answer["output_frames"] >> 60 != COMPLETE
    found: list[str] = []
    for step in range(chip.steps):
        ours.sent, ours.host = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.uint64)]
        for frame in chip.frames[chip.step == step].tolist():
            ours.feed(frame)
        ran = ours.step()
        host = answer["output_frames"][seen & (answer["output_step"] == step)]
        if not np.array_equal(np.concatenate(ours.host), host):
            found.append(f"step {step}: frames at the host")
        if _deliveries(ours.cores, ours.order, ran, ours.sent[1:]) != _answered(answer, step):
            found.append(f"step {step}: deliveries")
        for k, core in enumerate(ours.cores):
            name = f"v_{core.x}_{core.y}"
            if core.records.size and not np.array_equal(ours.ticks.held[k].v[0], answer[name][step]):
                found.append(f"step {step}: potentials of core {core.x}, {core.y}")
    return found


def _deliveries(
    cores: Sequence[Core], order: Sequence[int], ran: dict[int, int], sent: Sequence[np.ndarray]
) -> Counter[tuple[int, int, int]]:
    """Sender and frame, once for each position that it reaches."""
    found: Counter[tuple[int, int, int]] = Counter()
    for k, frames in zip([k for k in order if k in ran], sent, strict=True):
        at = cores[k].x, cores[k].y
        boxes = {route: len(reached(at, route)) for route in routes_of(cores[k])[0]}
        fields = unpacked(FRAME, frames[:, None], "frames")
        for number, frame in enumerate(frames.tolist()):
            route = Route(**{name: int(fields[name][number]) for name in Route._fields})
            found[*at, frame] += boxes[route]
    return found


def _answered(answer: dict[str, np.ndarray], step: int) -> Counter[tuple[int, int, int]]:
    own = answer["sent_step"] == step
    columns = (answer[name][own].tolist() for name in ("sent_x", "sent_y", "sent_frame"))
    return Counter(zip(*columns, strict=True))
