"""Plays networks of the corpus in the vendor's functional simulator of PAICORE 2.5, as a host would that has the folder
of the output alone: what it sends and sees follows `config_frames.npy`, `paicore25.json` and `io_map.json`.

    SPIKEC_PAICORE_PYTHON=... python -m tests.corpus.paicore_vendor [--networks NAME,...] [--samples 4]

SPIKEC_PAICORE_PYTHON names a Python that has paisim. Of each network the first samples are played: all that the Outputs
show has to be what was computed. The exit code is 1 where it is not.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from spikec.compiler.compiled import Compiled
from spikec.compiler.options import Options
from spikec.compiler.pipeline import compile_graph

from ..oracles.paicore25.vendor import asked
from .samples import CORPUS, network, some

NETWORKS = ("sj_mlp_digits_lif", "sj_cnn_digits_if", "snntorch_mlp_digits_sub")
SLOTS, SLOT_BITS = 256, 512
POTENTIAL = (10, 11)


def compiled(name: str, samples: int, **chosen: object) -> Compiled:
    """A network for the chip, with its first samples."""
    raw, options, stimulus = network(name)
    asked_for: Options = replace(options, target="paicore25", allow_approximation=True, **chosen)  # pyright: ignore[reportArgumentType]
    source = (CORPUS / f"{name}.nir").read_bytes()
    return compile_graph(raw, asked_for, stimulus=some(stimulus, samples), source=source)


def differences(found: Compiled, folder: Path) -> int:
    """Numbers at the Outputs that the vendor's simulator gives otherwise, over all steps and samples.

    Raises ValueError where nothing could be compared."""
    host, told = json.loads(found.files["paicore25.json"]), json.loads(found.files["io_map.json"])
    loaded = np.load(io.BytesIO(found.files["config_frames.npy"]), allow_pickle=False)
    given = found.stimulus.inputs
    steps, samples = next(iter(given.values())).shape[:2]
    more = ((0, told["extra_steps"]), (0, 0), (0, 0))
    longer = {name: np.pad(events.reshape(steps, samples, -1), more) for name, events in given.items()}
    chips = [
        _sample(host, told, loaded, {name: events[:, b] for name, events in longer.items()})
        for b in range(samples)
    ]
    answers = asked(chips, folder)
    wrong = compared = 0
    for population in told["outputs"]:
        for reader in population["readers"]:
            if not reader["same"]:
                continue
            shown = found.trace.outputs[reader["output"]].reshape(steps, samples, -1)
            shift = reader["shift_steps"]
            first = max(0, -shift)
            seen = np.stack(
                [_seen(host, population, told, answer, steps + shift) for answer in answers], axis=1
            )
            if population["value"] != "spikes":
                seen = seen / population["units"] + population["offset"]
            alike = np.isclose(seen[first + shift :], shown[first:], rtol=1e-6, atol=1e-9)
            wrong += int((~alike).sum())
            compared += shown.size
    if not compared:
        raise ValueError("no Output shows what a population sends")
    return wrong


def _rows(told: Mapping[str, Any], kind: str, rows: list[list[int]]) -> dict[str, np.ndarray]:
    names = [column["name"] for column in told[f"{kind}_columns"]]
    return dict(zip(names, np.array(rows, dtype=np.int64).reshape(-1, len(names)).T, strict=True))


def _sample(
    host: Mapping[str, Any], told: Mapping[str, Any], loaded: np.ndarray, events: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """What the host sends in a sample. events: Input -> (T, elements). Raises ValueError where neurons run on the
    host."""
    frames: list[int] = []
    before: list[int] = []
    steps = len(next(iter(events.values())))
    for t in range(steps):
        k = t * host["chip_steps"]
        for port in told["inputs"]:
            columns = _rows(told, "input", port["rows"])
            if port["source"] == "host":
                raise ValueError("neurons run on the host")
            if port["source"] == "stimulus":
                heard = events[port["name"]][t][columns["element"]] > 0
            else:
                heard = np.full(len(port["rows"]), t >= port["onset_step"])
            for at in np.flatnonzero(heard).tolist():
                frames.append(_frame({name: int(values[at]) for name, values in columns.items()}, k))
                before.append(k)
    return {
        "config_frames": loaded,
        "root": np.array(host["root"]),
        "init": np.array(1),
        "frames": np.array(frames, dtype=np.uint64),
        "step": np.array(before, dtype=np.int64),
        "steps": np.array(steps * host["chip_steps"] + host["latency"] - 1),
    }


def _frame(row: Mapping[str, int], k: int) -> int:
    """As the README beside the configuration says."""
    places = {"x": 48, "y": 42, "copy_z": 36, "copy_x": 30, "copy_y": 24}
    slot = ((k << row["lcn"]) + row["address"] // SLOT_BITS) % SLOTS
    frame = 8 + (slot >> 7) << 60 | (slot & 127) << 17 | row["address"] % SLOT_BITS << 8 | 1
    for name, place in places.items():
        frame |= (32 - row[name] if row[name] < 0 else row[name]) << place
    return frame


def _seen(
    host: Mapping[str, Any],
    population: Mapping[str, Any],
    told: Mapping[str, Any],
    answer: Mapping[str, np.ndarray],
    steps: int,
) -> np.ndarray:
    """(T, n) what frames say of the neurons of a population."""
    columns = _rows(told, "output", population["rows"])
    lcn = int(columns["lcn"][0])
    place = {int(address): n for n, address in enumerate(columns["address"].tolist())}
    found = np.zeros((steps, columns["address"].size), dtype=np.int64)
    for own, header, address, value in _frames(answer, lcn, int(columns["start"].min())):
        step, further = divmod(own, host["chip_steps"])
        if step >= steps:
            continue
        if header not in POTENTIAL:
            if address in place and not columns["potential"][place[address]]:
                found[step, place[address]] = 1
        elif not further:
            for byte in range(4):
                n = place.get(address - 8 * byte)
                if n is not None and columns["potential"][n]:
                    found[step, n] |= value << 8 * byte
    return found.astype(np.uint32).astype(np.int32) if population["value"] != "spikes" else found


def _frames(answer: Mapping[str, np.ndarray], lcn: int, start: int) -> Iterator[tuple[int, int, int, int]]:
    """Own step of the sender, header, address in the step, value. start: when the first sender starts: laps of the
    slots are counted from there."""
    laps = SLOTS >> lcn
    for frame, tick in zip(answer["output_frames"].tolist(), answer["output_step"].tolist(), strict=True):
        header = frame >> 60
        if header in (8, 9, *POTENTIAL):
            slot = frame >> 17 & 127 | (header & 1) << 7
            lap = slot >> lcn
            # The step in which it came, less the start, is the sender's own step or a little more.
            latest = tick + 1 - start
            own = latest - (latest - lap) % laps
            yield own, header, (slot & (1 << lcn) - 1) * SLOT_BITS + (frame >> 8 & 511), frame & 255


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--samples", type=int, default=4)
    given = parser.parse_args()
    wrong = 0
    for name in given.networks.split(","):
        made = compiled(name, given.samples)
        with tempfile.TemporaryDirectory() as folder:
            found = differences(made, Path(folder))
        spikes = sum(int(values.sum()) for values in made.trace.outputs.values())
        print(
            f"{name}: {made.report.resources.cores} cores, {spikes} at the outputs, {found} differ",
            flush=True,
        )
        wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
