"""Runs chips in the vendor's functional simulator, in an environment of its own (Python >= 3.11, `pip install
paisim==0.1.0`; GPL-3.0):

    PYTHON run_vendor.py FOLDER

FOLDER holds a file .npz for each chip: config_frames, root, init, frames, step, steps. Beside it is written what came
of it, NAME.out.npz: output_frames, output_step (-1 for what answers INIT), v_X_Y (steps, neurons), and sent_step,
sent_x, sent_y, sent_frame of every delivery between cores; or `refused`, the text of an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from paisim import ChipCoord, Port, Simulator, SingleBoard  # pyright: ignore[reportMissingImports]

HOST = Port(ChipCoord(0, 0))
INIT, SYNC = 13, 12


def run(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Load, INIT if it is asked for, then a SYNC of one step each."""
    now = [-1]
    sent: list[tuple[int, int, int, int]] = []

    def seen(event) -> None:
        if event.kind == "frame" and event.source is not None:
            x, y = event.source.core.x, event.source.core.y
            if (x, y) != (0, 0):
                sent.append((now[0], x, y, event.raw_word))

    chip = Simulator(SingleBoard(), on_event=seen)

    def feed(frames: np.ndarray) -> np.ndarray:
        chip.feed(np.ascontiguousarray(frames, dtype=np.uint64), ingress=HOST)
        chip.run()
        return chip.drain_output()

    def control(header: int, payload: int) -> np.ndarray:
        x, y = given["root"].tolist()
        return np.array([header << 60 | x << 48 | y << 42 | payload], dtype=np.uint64)

    feed(given["config_frames"])
    chip.finish_input()
    found, at = [], []
    if given["init"]:
        found.append(feed(control(INIT, 0)))
        at.append(np.full(len(found[-1]), -1))
    v: dict[str, list[np.ndarray]] = {}
    for step in range(int(given["steps"])):
        now[0] = step
        frames = given["frames"][given["step"] == step]
        before = feed(frames) if frames.size else np.zeros(0, dtype=np.uint64)
        found.append(np.concatenate([before, feed(control(SYNC, 1))]))
        at.append(np.full(len(found[-1]), step))
        for place, core in chip.snapshot()["cores"].items():
            if core["voltage"] is not None:
                v.setdefault(f"v_{place.core.x}_{place.core.y}", []).append(
                    np.array(core["voltage"], np.int64)
                )
    columns = np.array(sent, dtype=object).reshape(-1, 4)
    return {
        "output_frames": np.concatenate(found).astype(np.uint64),
        "output_step": np.concatenate(at).astype(np.int64),
        **{name: np.stack(rows) for name, rows in v.items()},
        "sent_step": columns[:, 0].astype(np.int64),
        "sent_x": columns[:, 1].astype(np.int64),
        "sent_y": columns[:, 2].astype(np.int64),
        "sent_frame": columns[:, 3].astype(np.uint64),
    }


def main() -> None:
    """All chips of a folder."""
    for file in sorted(Path(sys.argv[1]).glob("*.npz")):
        if file.name.endswith(".out.npz"):
            continue
        with np.load(file, allow_pickle=False) as found:
            given = dict(found)
        try:
            made = run(given)
        except Exception as problem:
            made = {"refused": np.array(f"{type(problem).__name__}: {problem}"[:500])}
        np.savez(file.with_name(f"{file.stem}.out.npz"), **made)


if __name__ == "__main__":
    main()
