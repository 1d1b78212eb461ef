"""Runs of one output decode it once; a changed output is another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spikec
from spikec.compiler.output import kept_outputs

from ..errors.outputs import compile_small

EVENTS = (np.random.default_rng(1).random((9, 2, 4)) < 0.5).astype(np.uint8)


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found, decode = list[int](), kept_outputs.decoded

    def counting(*given: object) -> object:
        found.append(1)
        return decode(*given)  # pyright: ignore

    kept_outputs._decoded.cache_clear()
    monkeypatch.setattr(kept_outputs, "decoded", counting)
    return found


def test_an_output_is_decoded_once(tmp_path: Path, decodings: list[int]) -> None:
    out = compile_small(tmp_path)
    wanted = spikec.simulate(out, EVENTS, engine="numpy").arrays()
    for engine in ("numpy", "events", "jax"):
        found = spikec.simulate(out, EVENTS, engine=engine).arrays()
        for name, values in wanted.items():
            np.testing.assert_array_equal(found[name], values, name)
    spikec.export(out)
    assert len(decodings) == 1
    (out / "placement.lock.json").write_bytes(b"{}")
    with pytest.raises(spikec.DiagnosticError, match="SPK41"):
        spikec.simulate(out, EVENTS)  # what is kept hides no change


def test_no_large_output_is_kept(
    tmp_path: Path, decodings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_outputs, "MOST_BYTES", 100)
    out = compile_small(tmp_path)
    for _ in range(2):
        spikec.simulate(out, EVENTS)
    assert len(decodings) == 2
