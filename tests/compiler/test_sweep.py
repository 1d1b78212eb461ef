"""A design space: one row a point, whatever becomes of it; nothing runs twice, and every run gives the same table."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from spikec.compiler.ir.sweep import Outcome, Result, SweepRow
from spikec.compiler.output.store import write
from spikec.compiler.sweep.folder import earlier_results, folder_files
from spikec.compiler.sweep.job import Job
from spikec.compiler.sweep.names import short_names
from spikec.compiler.sweep.space import points as points_of
from spikec.compiler.sweep.stimulus import drawn
from spikec.compiler.sweep.table import COLUMNS, sweep_record, with_same_configuration
from spikec.compiler.verbs.sweep import exit_code_of
from spikec.sim.diagnostic import DiagnosticError
from spikec.targets import toml_of

from ..errors.netfiles import li, lif, port, small
from .commandline import Said, spikec
from .sweeping import DRAWN, READING, here, space_of, swept

TABLES = ("sweep.csv", "sweep.html", "sweep.json")


def run(*words: str | Path, seen: list[Job] | None = None, until: int | None = None) -> Said:
    with mock.patch("spikec.compiler.sweep.processes.in_processes", here(seen, until=until)):
        return spikec(*words)


def made(folder: Path) -> dict[str, object]:
    return json.loads((folder / "space" / "sweep.json").read_text(encoding="utf-8"))


def rows(folder: Path) -> list[dict[str, object]]:
    found = made(folder)["rows"]
    assert isinstance(found, list)
    return found


def named(row: dict[str, object]) -> tuple[object, ...]:
    return row["target"], row["weight_bits"], row["seed"], row["status"], row["code"]


def test_every_point_is_a_row(tmp_path: Path) -> None:
    """A chip that has the width, one that has no choice and refuses the network; and a width that is none."""
    done = run(*swept(tmp_path, "--target", "loihi1,tinyodin", "--weight-bits", "4,7", "--seeds", "2,1"))
    assert done.returncode == 0, done.stderr
    assert [named(row) for row in rows(tmp_path)] == [
        *(("loihi1", 4, seed, "done", "") for seed in (1, 2)),
        *(("loihi1", 7, seed, "refused", "SPK0523") for seed in (1, 2)),
        *(("tinyodin", None, seed, "refused", "SPK1020") for seed in (1, 2)),
    ]
    first = rows(tmp_path)[0]
    assert first["identical"] is True
    assert (first["cores"], first["latency_steps"]) == (1, 0)
    assert "SPK0524" in str(rows(tmp_path)[-1]["notes"])
    assert "note[SPK0524]: --weight-bits changes nothing: tinyODIN has no such choice" in done.stderr
    assert "6 of 6  net.nir on tinyodin, seed 2: refused, SPK1020" in done.stderr
    table = (tmp_path / "space" / "sweep.csv").read_text(encoding="utf-8").splitlines()
    assert tuple(next(csv.reader(table))) == COLUMNS
    assert len(table) == 7


def test_nothing_runs_twice(tmp_path: Path) -> None:
    """More points, then fewer, then all: each job once, and the same bytes as from nothing."""
    seen: list[Job] = []
    for bits in ("4", "4,6", "6", "4,6"):
        done = run(*swept(tmp_path, "--weight-bits", bits, "-q"), seen=seen)
        assert (done.returncode, done.stderr) == (0, "")
    assert [job.options["weight_bits"] for job in seen] == [4, 6]
    first = {name: (tmp_path / "space" / name).read_bytes() for name in TABLES}
    other = (*swept(tmp_path, "--weight-bits", "6,4", "-q")[:-1], tmp_path / "anew")
    assert run(*other).returncode == 0
    assert {name: (tmp_path / "anew" / name).read_bytes() for name in TABLES} == first


def test_what_makes_a_job_another_one(tmp_path: Path) -> None:
    """Network, chip, options, stimulus, seed and version; nothing else."""
    net = small(tmp_path / "net.nir").read_bytes()
    usual = space_of(net)
    (options,) = usual.targets
    own = (
        toml_of("loihi1")
        .replace(b"cores_per_chip = 128", b"cores_per_chip = 64")
        .replace(b"rows = 8", b"rows = 4")
    )
    changed = [
        usual,
        space_of(small(tmp_path / "other.nir", n=lif(3, v_threshold=2.0)).read_bytes()),
        space_of(net, targets=[replace(options, target_toml=own)]),
        space_of(net, targets=[replace(options, chips=2)]),
        space_of(net, stimulus=drawn(0.4, 4, 1)),
        space_of(net, seeds=(7,)),
        space_of(net, weight_bits=(4,)),
    ]
    assert len({point.digest for space in changed for point in points_of(space)}) == len(changed)
    by_name = space_of(net, networks={"another name": net})
    same = [usual, by_name, space_of(net, seeds=(0,)), space_of(net, weight_bits=(8,))]
    assert len({point.digest for space in same for point in points_of(space)}) == 1
    (now,) = points_of(usual)
    with mock.patch("spikec.compiler.sweep.job.version", return_value="9.9"):
        assert points_of(usual)[0].digest != now.digest


def test_an_interrupt_leaves_what_is_finished(tmp_path: Path) -> None:
    words = swept(tmp_path, "--weight-bits", "3,4,6", "-q")
    done = run(*words, until=2)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert [named(row)[1] for row in rows(tmp_path)] == [3, 4]
    assert made(tmp_path)["left"] == 1
    seen: list[Job] = []
    assert run(*words, seen=seen).returncode == 0
    assert [job.options["weight_bits"] for job in seen] == [6]
    assert made(tmp_path)["left"] == 0


def test_what_is_wrong_with_one_network_is_in_its_rows(tmp_path: Path) -> None:
    small(tmp_path / "wide.nir", in_=port("Input", 7))
    (tmp_path / "noise.nir").write_bytes(b"noise")
    net, *rest = swept(tmp_path)[1:]
    done = run("sweep", net, tmp_path / "wide.nir", tmp_path / "noise.nir", *rest)
    assert done.returncode == 0
    assert [(row["network"], row["status"], row["code"]) for row in rows(tmp_path)] == [
        ("net.nir", "done", ""),
        ("noise.nir", "refused", "SPK0103"),
        ("wide.nir", "refused", "SPK0210"),
    ]


def test_seeds_and_a_stimulus(tmp_path: Path) -> None:
    """Nothing is drawn, so that each point runs once; labels give the accuracy, and can be demanded."""
    stimulus = tmp_path / "s.npz"
    inputs = np.ones((4, 2, 4), np.uint8)
    np.savez(stimulus, input=inputs)
    words = ("sweep", small(tmp_path / "net.nir"), *READING, "--stimulus", stimulus, "-o", tmp_path / "space")
    done = run(*words, "--labels")
    assert done.returncode == 2
    assert "accuracy needs labels" in done.stderr
    np.savez(stimulus, input=inputs, labels=np.array([0, 2]))
    done = run(*words, "--labels", "--seeds", "1,2", "-q")
    assert done.returncode == 0
    assert "note[SPK0524]: seeds change nothing" in done.stderr
    (row,) = rows(tmp_path)
    assert row["seed"] is None
    assert str(row["accuracy"]).endswith("/2")


def test_nothing_fits(tmp_path: Path) -> None:
    """As `spikec fit`: a chip's refusals are 3; a stimulus that fits no network is no matter of chips."""
    done = run(*swept(tmp_path, "--target", "ranc", "--weight-bits", "4,8"))
    assert done.returncode == 3
    assert "refused, SPK1020" in done.stdout


def row(**changed: object) -> SweepRow:
    values: dict[str, object] = {
        "network": "n", "target": "t", "weight_bits": 8, "seed": 0, "front": False, "job": "0" * 64,
        "status": "done", "identical": True, **changed,
    }  # fmt: skip
    return SweepRow(**values)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([row()], 0),
        ([row(), row(status="refused", code="SPK2003", identical=None)], 0),
        ([row(status="refused", code="SPK2003", identical=None)], 3),
        ([row(status="refused", code="SPK0523", identical=None)], 3),
        ([row(status="refused", code="SPK0407", identical=None)], 1),
        ([row(), row(identical=False)], 4),
        ([row(), row(status="failed", code="SPK0606", identical=None)], 1),
        ([row(), row(status="failed", code="SPK9001", identical=None)], 70),
    ],
)
def test_exit_codes(given: list[SweepRow], code: int) -> None:
    assert exit_code_of(given) == code


def test_a_fault_and_a_lack_of_memory_are_rows_and_are_tried_again(tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise next(faults)

    faults = iter((ZeroDivisionError("division by zero"), MemoryError()))
    words = swept(tmp_path, "--weight-bits", "4,6", "-q")
    with mock.patch("spikec.compiler.sweep.run_job.compile_graph", broken):
        assert run(*words).returncode == 70
    assert [(row["status"], row["code"]) for row in rows(tmp_path)] == [
        ("failed", "SPK9001"),
        ("failed", "SPK0604"),
    ]
    assert run(*words).returncode == 0
    assert [row["status"] for row in rows(tmp_path)] == ["done", "done"]


def test_two_widths_of_one_configuration_say_so() -> None:
    same = {"configuration_sha256": "a" * 64}
    found = with_same_configuration(
        [row(weight_bits=4, **same), row(weight_bits=8, **same), row(weight_bits=8, seed=1, **same)]
    )
    assert [each.notes for each in found] == [(), ("SPK0526",), ()]


def test_a_sweep_does_not_take_the_place_of_an_output_nor_an_output_that_of_a_sweep(tmp_path: Path) -> None:
    out = tmp_path / "out"
    compiled = ("compile", small(tmp_path / "net.nir"), *READING, *DRAWN, "-q", "-o")
    assert spikec(*compiled, out).returncode == 0
    before = sorted(out.iterdir())
    done = run(*swept(tmp_path)[:-1], out)
    assert done.returncode == 2
    assert "out is an output of a compile, and would be replaced by a sweep" in done.stderr
    assert sorted(out.iterdir()) == before
    assert run(*swept(tmp_path, "-q")).returncode == 0
    done = spikec(*compiled, tmp_path / "space")
    assert done.returncode == 2
    assert "space is a sweep, and would be replaced by an output of a compile" in done.stderr


def test_results_that_somebody_changed_are_not_taken(tmp_path: Path) -> None:
    words = swept(tmp_path, "-q")
    assert run(*words).returncode == 0
    file = tmp_path / "space" / "results.json"
    file.write_text(file.read_text(encoding="utf-8").replace("done", "refused"), encoding="utf-8")
    done = run(*words)
    assert done.returncode == 4
    assert "SPK4102" in done.stderr


def test_results_of_another_version_are_not_taken(tmp_path: Path) -> None:
    result = Result(outcome=Outcome(status="refused", code="SPK1001", reason="so"), seconds=0.5)
    made = sweep_record(space_of(b""), [], {})
    write(tmp_path / "space", folder_files(made, {"0" * 64: result}))
    assert list(earlier_results(tmp_path / "space")) == ["0" * 64]
    with mock.patch("spikec.compiler.sweep.folder.version", return_value="9.9"):
        assert earlier_results(tmp_path / "space") == {}


def test_a_target_of_ones_own(tmp_path: Path) -> None:
    text = toml_of("loihi1").decode().replace('name = "loihi1"', 'name = "mine"')
    (tmp_path / "mine.toml").write_text(text.replace("[1, 2, 3, 4, 5, 6, 8]", "[1, 4]"), encoding="utf-8")
    words = ("--target", f"{tmp_path / 'mine.toml'},loihi1", "--weight-bits", "4,6", "-q")
    assert run(*swept(tmp_path, *words)).returncode == 0
    (tmp_path / "mine.toml").rename(tmp_path / "moved.toml")
    seen: list[Job] = []
    moved = [str(word).replace("mine.toml", "moved.toml") for word in words]
    assert run(*swept(tmp_path, *moved), seen=seen).returncode == 0
    assert not seen
    assert [named(row)[:2] + named(row)[4:] for row in rows(tmp_path)] == [
        ("loihi1", 4, ""), ("loihi1", 6, ""), ("mine", 4, ""), ("mine", 6, "SPK0523"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (("--weight-bits", "4,x"), "'x' is not an integer from 2 to 8"),
        (("--weight-bits", "9"), "'9' is not an integer from 2 to 8"),
        (("--weight-bits", ""), "'' is not an integer"),
        (("--seeds", "-1"), "'-1' is not an integer >= 0"),
        (("--target", "loihi1,"), "a name between two commas is empty"),
        (("--stimulus", "s.npz"), "--stimulus and --poisson exclude each other"),
        (("--workers", "0"), "--workers"),
        (("--workers", "2", "--scheduler", "tcp://h:1"), "--workers and --scheduler exclude each other"),
        (("--poisson", "2"), "the rate must be 0..1"),
        (("--target", "xylo"), "SPK0501"),
        (("--dialect", "snntroch"), "SPK0301"),
    ],
)
def test_what_is_typed_is_looked_at_first(more: tuple[str, ...], text: str, tmp_path: Path) -> None:
    done = run(*swept(tmp_path, *more))
    assert done.returncode in (1, 2)
    assert text in done.stderr
    assert not (tmp_path / "space").exists()


def test_names_are_as_short_as_tells_them_apart() -> None:
    paths = [Path("a/net.nir"), Path("/home/b/net.nir"), Path("other.nir")]
    assert short_names(paths) == ["a/net.nir", "b/net.nir", "other.nir"]
    assert short_names([Path("a.nir"), Path("x/a.nir")]) == ["a.nir", "x/a.nir"]


def test_points_are_sorted_and_some_may_be_left(tmp_path: Path) -> None:
    space = space_of(small(tmp_path / "net.nir").read_bytes(), "speck2f", "loihi1", weight_bits=(8, 4))
    asked = points_of(space)
    result = Result(outcome=Outcome(status="refused", code="SPK1001", reason="so"), seconds=0.5)
    found = sweep_record(space, asked, {asked[1].digest: result})
    assert [(row.target, row.weight_bits, row.code) for row in found.rows] == [("loihi1", 8, "SPK1001")]
    assert found.left == 3
    assert "1 of 4 points" in str(found)


@pytest.mark.parametrize("twice", [{"weight_bits": (4, 4)}, {"seeds": (1, 1)}])
def test_one_point_twice(twice: dict[str, object], tmp_path: Path) -> None:
    space = space_of(small(tmp_path / "net.nir").read_bytes(), **twice)
    with pytest.raises(DiagnosticError, match="SPK0525"):
        points_of(space)


def test_a_network_whose_outputs_show_values(tmp_path: Path) -> None:
    """There is no F1; the page has the share of equal decisions."""
    small(tmp_path / "net.nir", out=li(3), end=port("Output", 3))
    done = run(*swept(tmp_path, "--weight-bits", "2,8", "-q"))
    assert done.returncode == 0, done.stdout
    assert [row["output_f1"] for row in rows(tmp_path)] == [None, None]
    assert all(row["output_agreement"] is not None for row in rows(tmp_path))


def test_traffic_that_is_not_counted_is_no_figure(tmp_path: Path) -> None:
    """A chip that has no counts of packets has none in the table, and gets no star for it."""
    done = run(*swept(tmp_path, "--target", "loihi1,tinyodin", "--allow-approximation", "-q"))
    assert done.returncode == 0, done.stdout
    packets = {row["target"]: row["packets"] for row in rows(tmp_path)}
    assert packets["tinyodin"] is None
    assert isinstance(packets["loihi1"], float)
