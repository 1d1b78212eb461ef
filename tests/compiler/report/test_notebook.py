"""What a notebook shows: names escaped, the figures of the objects, nothing that runs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from spikec.compiler.backends.loihi.partition import partition
from spikec.compiler.ir.network import Network
from spikec.compiler.ir.placement import Placement
from spikec.compiler.pipeline import Compiled
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.sim.stimulus import poisson

from .conftest import EVIL, OPTIONS, QUOTED, evil_network
from .test_html import Page


@pytest.fixture(scope="module")
def parts() -> tuple[Network, Placement]:
    target = resolve_target(OPTIONS)
    front = read_front(evil_network(), OPTIONS, target)
    stimulus = poisson(front.network.inputs, 0.2, 4)
    prepared = prepare(front, OPTIONS, target, stimulus)
    return front.network, partition(prepared.quantized.network, target)


def checked(html: str) -> Page:
    page = Page(html)
    assert page.open == []
    assert page.tags["script"] == page.tags["img"] == 0
    assert EVIL not in html
    return page


def test_a_network(parts: tuple[Network, Placement]) -> None:
    page = checked(parts[0]._repr_html_())
    assert EVIL in page.text
    assert QUOTED in page.text
    assert "1,100" in page.text
    nonzero = sum(tap.nnz for p in parts[0].projections if p.pre == "input" for tap in p.taps.values())
    assert f"{nonzero:,}" in page.text


def test_a_placement(parts: tuple[Network, Placement]) -> None:
    page = checked(parts[1]._repr_html_())
    assert page.classes["used"] == parts[1].cores == 2
    assert f"{EVIL} 1,100 neurons on" in page.text
    assert parts[1].certificate.status in page.text


def test_verdicts(compiled: Compiled) -> None:
    page = checked(compiled.verdicts._repr_html_())
    report: Any = compiled.report
    assert "identical" in page.text
    assert f"{report['verdicts']['fidelity']['output_f1']:.4f}" in page.text
    assert "the chip's integers" in page.text


def test_a_compile(compiled: Compiled) -> None:
    page = checked(compiled._repr_html_())
    assert "loihi1: 2 cores on 1 chip" in page.text
    assert page.classes["used"] == 2


def test_the_page_in_a_frame_where_nothing_runs(compiled: Compiled) -> None:
    page = checked(compiled.page._repr_html_())
    attributes = dict(page.attributes)
    assert attributes["sandbox"] == ""
    assert attributes["srcdoc"] == compiled.page.html


def test_an_import_of_the_pipeline_does_not_bring_the_templates() -> None:
    script = "import sys, spikec.compiler.pipeline; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
