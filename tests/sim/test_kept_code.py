"""What JAX compiles is kept for the next process, in the user's own folder; nothing goes wrong where it cannot be."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import jax
import pytest
from spikec.sim.engines.kept_code import kept_code
from spikec.sim.engines.synapse_list import simulate
from spikec.targets import load
from spikec.targets.loihi1 import neuron
from spikec.targets.native.user_folder import user_folder

from ..effort import thinned
from .test_engine_choice import drive, machine

MAIN = """
import jax
from jax import monitoring
from spikec.sim.engines.kept_code import kept_code

seen = []
monitoring.register_event_listener(lambda name, **_: seen.append(name))
jax.jit(lambda x: x + 1)(1)     # JAX has been used before
with kept_code():
    found = jax.jit(lambda x: jax.lax.scan(lambda c, t: (c * 3 + t, c), x, x[None] + 5))(jax.numpy.arange(9))[0]
print(int(found.sum()), seen.count("/jax/compilation_cache/cache_hits"), jax.config.jax_compilation_cache_dir)
"""
ROOT = Path(__file__).parents[2]


def printed(cache: Path, **more: str) -> list[str]:
    """A sum, how often code was found, and the folder that JAX has afterwards; of a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    environment |= {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": os.pathsep.join(sys.path), **more}
    done = subprocess.run(
        [sys.executable, "-c", MAIN], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_kept_for_the_next_process(tmp_path: Path) -> None:
    assert printed(tmp_path) == ["189", "0", "None"]
    kept = [file for file in (tmp_path / "spikec" / "jax").rglob("*") if file.is_file()]
    assert kept
    assert stat.S_IMODE((tmp_path / "spikec" / "jax").stat().st_mode) == 0o700
    total, found, _ = printed(tmp_path)
    assert total == "189"
    assert int(found) >= 1
    for file in kept:  # as a full disk leaves them, or a process that was stopped
        file.write_bytes(file.read_bytes()[:40])
    assert printed(tmp_path) == ["189", "0", "None"]


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert printed(tmp_path / "file")[1:] == ["0", "None"]
    assert [file.name for file in tmp_path.rglob("*")] == ["file"]


@pytest.mark.parametrize("own", thinned(["JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE"], 1))
def test_what_the_user_set_stays(own: str, tmp_path: Path) -> None:
    named = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "own"), "JAX_ENABLE_COMPILATION_CACHE": "false"}
    assert printed(tmp_path, **{own: named[own]})[1:] == ["0", named[own] if own.endswith("DIR") else "None"]
    assert not (tmp_path / "spikec" / "jax").exists()


def test_a_folder_where_others_write_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = user_folder("jax")
    assert folder == tmp_path / "spikec" / "jax"
    folder.chmod(0o770)
    assert user_folder("jax") is None
    assert user_folder("jax", str(folder)) == folder, "he named it himself"
    with kept_code():
        assert jax.config.jax_compilation_cache_dir is None


def test_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one puts JAX's settings back."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, second = kept_code(), kept_code()
    first.__enter__()
    second.__enter__()
    inside = jax.config.jax_compilation_cache_dir
    first.__exit__(None, None, None)
    assert jax.config.jax_compilation_cache_dir == inside is not None
    second.__exit__(None, None, None)
    assert jax.config.jax_compilation_cache_dir is None
    assert jax.config.jax_persistent_cache_min_compile_time_secs > 0


def test_engines_keep_their_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = machine(1, n=70, synapses=2200)
    simulate(made, neuron, load("loihi1").latency, drive(1, made.n_inputs), engine="jax")
    assert list(tmp_path.rglob("jit_run-*"))


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("spikec.sim.engines.kept_code.MOST", 3)
    with kept_code():
        folder = Path(str(jax.config.jax_compilation_cache_dir))
    for k in range(6):
        (folder / f"{k}").write_bytes(b"code" if k else b"")
        os.utime(folder / f"{k}", (k, k))
    with kept_code():
        pass
    assert sorted(file.name for file in folder.iterdir()) == ["3", "4", "5"]
