"""Files made to do harm: each ends in a coded error, quickly, and nothing outside it is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest
from h5py import h5d, h5p, h5s, h5t
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import read
from spikec.sim.nir.limits import SECONDS, Limits, usual_limits

from ..effort import thinned

SECRET = b"0123456789abcdef" * 4
SLOWEST_SECONDS = 20.0


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A good file to spoil, beside a file whose bytes must never be read."""
    (tmp_path / "secret.bin").write_bytes(SECRET)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["data"] = np.frombuffer(SECRET, np.float32)
    nodes = {
        "in": nir.Input({"input": np.array([4])}),
        "fc": nir.Affine(np.ones((16, 4), np.float32), np.zeros(16, np.float32)),
        "out": nir.Output({"output": np.array([16])}),
    }
    path = tmp_path / "net.nir"
    nir.write(path, nir.NIRGraph(nodes, [("in", "fc"), ("fc", "out")]))
    return path


def external_storage(fc: h5py.Group, file: Path) -> None:
    del fc["bias"]
    fc.create_dataset("bias", (16,), "f4", external=[(str(file.parent / "secret.bin"), 0, 64)])


def external_link(fc: h5py.Group, file: Path) -> None:
    del fc["bias"]
    fc["bias"] = h5py.ExternalLink(str(file.parent / "other.h5"), "/data")


def virtual_dataset(fc: h5py.Group, file: Path) -> None:
    del fc["bias"]
    layout = h5py.VirtualLayout((16,), "f4")
    layout[:] = h5py.VirtualSource(str(file.parent / "other.h5"), "data", (16,))
    fc.create_virtual_dataset("bias", layout)


def soft_link(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    fc["bias"] = h5py.SoftLink("/node/nodes/fc/weight")


def soft_link_to_parent(fc: h5py.Group, _: Path) -> None:
    fc["again"] = h5py.SoftLink("/node")


def hard_link_cycle(fc: h5py.Group, _: Path) -> None:
    fc["again"] = fc.parent


def alias(fc: h5py.Group, _: Path) -> None:
    fc.parent["fc2"] = fc


def gzip_bomb(fc: h5py.Group, _: Path) -> None:
    """2 GiB of zeros; the chunks are written compressed, so that making it needs no memory either."""
    import zlib

    del fc["weight"]
    data = fc.create_dataset("weight", (512, 1 << 20), "f4", chunks=(4, 1 << 20), compression="gzip")
    chunk = zlib.compress(bytes(16 << 20), 9)
    for row in range(0, 512, 4):
        data.id.write_direct_chunk((row, 0), chunk)


def small_bombs(fc: h5py.Group, _: Path) -> None:
    """Each of 12 datasets is within its limit; together they fill 1.5 GiB."""
    import zlib

    chunk = zlib.compress(bytes(128 << 20), 9)
    for index in range(12):
        data = fc.create_dataset(f"w{index}", (1 << 25,), "f4", chunks=(1 << 25,), compression="gzip")
        data.id.write_direct_chunk((0,), chunk)


def double_deflate(fc: h5py.Group, _: Path) -> None:
    """Two deflate filters in a row multiply their ratios: 128 MiB from some hundred bytes."""
    import zlib

    del fc["weight"]
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_chunk((1 << 25,))
    plan.set_deflate(9)
    plan.set_deflate(9)
    data = h5d.create(fc.id, b"weight", h5t.NATIVE_FLOAT, h5s.create_simple((1 << 25,)), plan)
    data.write_direct_chunk((0,), zlib.compress(zlib.compress(bytes(128 << 20), 9), 9))


def lying_chunk(fc: h5py.Group, _: Path) -> None:
    """A declared chunk of 64 bytes whose stored bytes inflate to 512 MiB."""
    import zlib

    del fc["weight"]
    data = fc.create_dataset("weight", (16,), "f4", chunks=(16,), compression="gzip")
    squeeze = zlib.compressobj(9)
    parts = [squeeze.compress(bytes(16 << 20)) for _ in range(32)]
    data.id.write_direct_chunk((0,), b"".join([*parts, squeeze.flush()]))


def unallocated(fc: h5py.Group, _: Path) -> None:
    del fc["weight"]
    fc.create_dataset("weight", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024))


def many_chunks(fc: h5py.Group, _: Path) -> None:
    del fc["weight"]
    fc.create_dataset("weight", (1 << 22,), "f4", chunks=(1,))


def nested_groups(fc: h5py.Group, _: Path) -> None:
    for _index in range(2000):
        fc = fc.create_group("g")


def many_groups(fc: h5py.Group, _: Path) -> None:
    box = fc.create_group("metadata")
    for index in range(50_000):
        box.create_group(f"g{index}")


def object_references(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    fc.create_dataset("bias", data=np.array([fc.ref] * 16, dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)


def ragged_arrays(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    data = fc.create_dataset("bias", (16,), h5py.vlen_dtype(np.float32))
    data[0] = np.ones(3, np.float32)


def compound(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    fc["bias"] = np.zeros(16, [("a", "f4"), ("b", "i4")])


def complex_numbers(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    fc["bias"] = np.zeros(16, np.complex64)


def unknown_filter(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_chunk((16,))
    plan.set_filter(32013, h5py.h5z.FLAG_OPTIONAL, (1, 2))
    h5d.create(fc.id, b"bias", h5t.NATIVE_FLOAT, h5s.create_simple((16,)), plan)


def null_space(fc: h5py.Group, _: Path) -> None:
    del fc["bias"]
    fc["bias"] = h5py.Empty("f4")


def not_a_number(fc: h5py.Group, _: Path) -> None:
    fc["bias"][3] = np.nan


def pickled_object(fc: h5py.Group, _: Path) -> None:
    import pickle

    del fc["bias"]
    fc["bias"] = np.void(pickle.dumps({"harm": 1}))


def named_datatype(fc: h5py.Group, _: Path) -> None:
    fc["kind"] = np.dtype("f4")


def text_flood(fc: h5py.Group, _: Path) -> None:
    del fc.parent.parent["edges"]
    fc.parent.parent.create_dataset("edges", (1 << 19, 2), h5py.string_dtype(), compression="gzip")


CASES: tuple[tuple[Callable[[h5py.Group, Path], None], str], ...] = (
    (external_storage, "SPK0104"),
    (external_link, "SPK0104"),
    (virtual_dataset, "SPK0104"),
    (soft_link, "SPK0104"),
    (soft_link_to_parent, "SPK0104"),
    (hard_link_cycle, "SPK0108"),
    (alias, "SPK0108"),
    (gzip_bomb, "SPK0105"),
    (small_bombs, "SPK0105"),
    (double_deflate, "SPK0105"),
    (lying_chunk, "SPK0105|SPK0106|SPK0107"),
    (unallocated, "SPK0105"),
    (many_chunks, "SPK0105"),
    (nested_groups, "SPK0105"),
    (many_groups, "SPK0105"),
    (object_references, "SPK0109"),
    (ragged_arrays, "SPK0109"),
    (compound, "SPK0109"),
    (complex_numbers, "SPK0109"),
    (unknown_filter, "SPK0109"),
    (null_space, "SPK0109"),
    (not_a_number, "SPK0115"),
    (pickled_object, "SPK0109"),
    (named_datatype, "SPK0109"),
    (text_flood, "SPK0105"),
)


@pytest.mark.parametrize(("spoil", "code"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_crafted_file(network: Path, spoil: Callable[[h5py.Group, Path], None], code: str) -> None:
    with h5py.File(network, "r+") as file:
        group = file["node/nodes/fc"]
        assert isinstance(group, h5py.Group)
        spoil(group, network)
    start = time.monotonic()
    with pytest.raises(DiagnosticError) as caught:
        read(network)
    assert time.monotonic() - start < SLOWEST_SECONDS
    assert {d.code for d in caught.value.diagnostics} <= set(code.split("|"))
    assert all(d.where.isprintable() and d.message.isprintable() for d in caught.value.diagnostics)


def test_large_but_honest_data_is_read(network: Path) -> None:
    """All-zero weights compress a thousandfold, and are no bomb."""
    with h5py.File(network, "r+") as file:
        del file["node/nodes/fc/weight"]
        file.create_dataset("node/nodes/fc/weight", data=np.zeros((2048, 2048), "f4"), compression="gzip")
    raw, _ = read(network)
    weight = raw.nodes["fc"].params["weight"]
    assert isinstance(weight, np.ndarray)
    assert weight.shape == (2048, 2048)


def test_what_is_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.nir").write_bytes(b"")
    for name, code in {
        ".": "SPK0101",
        "pipe": "SPK0101",
        "absent": "SPK0101",
        "empty.nir": "SPK0103",
    }.items():
        with pytest.raises(DiagnosticError) as caught:
            read(tmp_path / name)
        assert [d.code for d in caught.value.diagnostics] == [code]


def test_findings_do_not_flood(network: Path) -> None:
    with h5py.File(network, "r+") as file:
        for index in range(500):
            file[f"node/nodes/fc/{index}"] = h5py.SoftLink("/node")
    with pytest.raises(DiagnosticError) as caught:
        read(network)
    assert len(caught.value.diagnostics) == Limits().findings


def test_limits_are_options(network: Path) -> None:
    for limits in (Limits(file_bytes=100), Limits(depth=1), Limits(objects=3), Limits(dataset_bytes=64)):
        with pytest.raises(DiagnosticError, match=r"SPK010[25]"):
            read(network, limits=limits)


def test_a_hanging_child_is_ended(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading process that does not answer is a finding about the file, not a hang."""
    sleeper = network.parent / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 30\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(sleeper))
    with pytest.raises(DiagnosticError, match="SPK0107"):
        read(network, limits=Limits(wall_seconds=1))


def test_a_crashing_child_is_a_finding(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crasher = network.parent / "crasher"
    crasher.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crasher.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(crasher))
    with pytest.raises(DiagnosticError, match="SPK0107"):
        read(network)


BUSY = """
import resource, sys, time
from spikec.sim.nir.child import allow_data, confine
from spikec.sim.nir.limits import SECONDS, Limits, usual_limits
limits = Limits(cpu_seconds=1, bytes_per_cpu_second=1 << 20)
in_use = confine(limits, 0)
allow_data(limits, in_use, 0, int(sys.argv[1]))
start = resource.getrlimit(resource.RLIMIT_CPU)[0] - limits.cpu_seconds - int(sys.argv[1]) // (1 << 20)
print(start, flush=True)
end = start + float(sys.argv[2])
while time.process_time() < end:
    pass
"""


@pytest.mark.parametrize(
    ("data_bytes", "busy_seconds", "code"),
    thinned([(0, 3.0, -signal.SIGXCPU), (2 << 20, 2.0, 0), (0, 0.3, 0)], 2),
)
def test_the_reading_process_has_the_processor_for_so_long(
    data_bytes: int, busy_seconds: float, code: int
) -> None:
    """One second, and one for each MiB of data; what Python needs to start does not count."""
    done = subprocess.run(
        [sys.executable, "-c", BUSY, str(data_bytes), str(busy_seconds)], check=False, timeout=30
    )
    assert done.returncode == code


def test_the_environment_says_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECONDS, raising=False)
    assert usual_limits() == Limits()
    monkeypatch.setenv(SECONDS, "100")
    assert (usual_limits().cpu_seconds, usual_limits().wall_seconds) == (100, 200)
    for text in ("0", "-3", "1.5", "86401", "9" * 40, "\u0663"):
        monkeypatch.setenv(SECONDS, text)
        with pytest.raises(DiagnosticError, match="SPK0119"):
            usual_limits()


def test_the_reading_process_can_open_no_file(network: Path) -> None:
    """Even if the structural walk missed a way out of the file, the operating system refuses it."""
    script = (
        "import sys; from spikec.sim.nir.child import confine; from spikec.sim.nir.limits import Limits\n"
        "confine(Limits(), 0)\n"
        "try: open(sys.argv[1])\n"
        "except OSError: sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(network)], check=False, timeout=20)
    assert done.returncode == 7
