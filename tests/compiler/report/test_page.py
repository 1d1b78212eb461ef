"""What the page lays out: title, picture, the samples among which one chooses; and its size on a small screen."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
from spikec.compiler.ir.report import Edge, NetworkReport
from spikec.compiler.pipeline import Compiled
from spikec.compiler.report.html import breakable, render_html
from spikec.compiler.report.nodes import Node, nodes_of
from spikec.compiler.report.rasters import MOST_SAMPLES, chosen_samples, pairs
from spikec.compiler.report.reading_order import in_reading_order
from spikec.compiler.report.svg_core import core_map, core_words
from spikec.compiler.report.svg_network import network_picture

from .conftest import EVIL
from .test_browser import BROWSER, SWITCHES
from .test_parts import core

WIDEST = "<script>document.body.dataset.wide = document.documentElement.scrollWidth</script></body>"


def test_the_title_is_the_network_and_its_date(compiled: Compiled) -> None:
    options = {**compiled.report.options, "name": "digits.nir", "date": "2031-02-03"}
    html = render_html(msgspec.structs.replace(compiled.report, options=options))
    assert "<h1>digits.<wbr>nir</h1>" in html
    assert "<title>digits.nir, compiled by spikec</title>" in html
    assert "date <b>2031-02-03</b>" in html
    without = render_html(compiled.report)
    assert "date <b>" not in without


def test_a_sample_can_be_chosen_without_a_script(compiled: Compiled) -> None:
    html = render_html(compiled.report)
    many = len(compiled.report.rasters)
    assert 1 < many <= MOST_SAMPLES
    for kind, count in (("sample", many), ("within", 3), ("zoom", 4)):
        inputs = re.findall(rf'<input type="radio" class="pick" name="{kind}" id="(\w+)"( checked)?>', html)
        assert len(inputs) == count
        assert sum(bool(checked) for _, checked in inputs) == 1
        for name, _ in inputs:
            assert f'<label for="{name}"' in html
    for k in range(many):
        assert html.count(f'<div class="sample sample{k}">') == 1
        assert f"#sample{k}:checked ~ .samples .sample{k} {{ display: block; }}" in html


def test_samples_that_are_decided_otherwise_are_shown_with_their_reason() -> None:
    wanted = np.zeros((4, 9, 3))
    wanted[:, :, 0] = 1
    found = wanted.copy()
    found[:, 5, 0], found[:, 5, 2] = 0, 1
    found[0, 7, 1] = 1
    shown = dict(chosen_samples(pairs("output", {"out": wanted}, {"out": found})))
    assert shown[0] == "the first"
    assert shown[5] == "decided otherwise"
    assert shown[7] == "differs much"
    same = dict(chosen_samples(pairs("output", {"out": wanted}, {"out": wanted})))
    assert same == {0: "the first", 1: "another", 2: "another"}


def test_ranks_follow_the_way_from_the_inputs(compiled: Compiled) -> None:
    assert [(node.name, node.rank) for node in nodes_of(compiled.report)][:2] == [("input", 0), (EVIL, 1)]
    network = compiled.report.network
    loop = Edge(pre=EVIL, post=EVIL, kind="synapses", through=(), synapses=3, spikes=1.0)
    looped = msgspec.structs.replace(network, edges=(*network.edges, loop))
    report = msgspec.structs.replace(compiled.report, network=looped)
    assert [node.rank for node in nodes_of(report)] == [0, 1, 2, 3]
    assert isinstance(looped, NetworkReport)


def test_the_picture_has_a_box_a_node_and_a_line_an_edge() -> None:
    nodes = [
        Node(name="in", kind="input", shape=(4, 4), rank=0),
        Node(name="bias", kind="constant", shape=(1,), rank=0),
        Node(name="a", kind="population", shape=(8,), cores=tuple(range(9)), rank=1),
        Node(name="out", kind="output", shape=(2,), rank=2),
    ]
    edges = [
        Edge(pre="in", post="a", kind="synapses", through=(), synapses=128, spikes=4.0),
        Edge(pre="a", post="a", kind="synapses", through=(), synapses=64, spikes=1.0),
        Edge(pre="bias", post="a", kind="synapses", through=(), synapses=8, spikes=1.0),
        Edge(pre="a", post="out", kind="read", through=(), synapses=0, spikes=1.0),
    ]
    drawing = network_picture(nodes, edges, {"a": "red"}).text
    assert drawing.count('class="box') == 3
    assert drawing.count('class="way') == 3
    assert "on 9 cores, and a constant" in drawing, "with their numbers it would not fit into the box"
    assert "on 9 cores, 0 to 8" in network_picture(nodes, edges[:2], {"a": "red"}).text
    assert "4 x 4 = 16 elements" in drawing
    assert "128 synapses" in drawing
    widths = [float(w) for w in re.findall(r'class="way[^"]*" stroke-width="([0-9.]+)"', drawing)]
    assert widths[0] == max(widths) == 7.0


def test_one_core_is_filled_by_its_share_of_neurons() -> None:
    one = core(0, 0, 0, 25)
    drawing = core_map(one, {"a": "red"}, neurons=100).text
    widths = [float(w) for w in re.findall(r'class="seg p0"[^>]*width="([0-9.]+)"', drawing)]
    assert widths == [120.0, 480.0]  # a quarter of the core, and all of what is used
    assert core_words(one, neurons=100) == "core 0: 25 of the network's neurons; it has 100"


def test_layers_stand_in_the_order_in_which_spikes_pass(compiled: Compiled) -> None:
    """By name, layer 10 would come before layer 3."""
    report = in_reading_order(compiled.report)
    names = [node.name for node in nodes_of(compiled.report) if node.kind == "population"]
    assert [one.name for one in report.network.populations] == names
    assert report.verdicts.fidelity is not None
    assert [*report.verdicts.fidelity.chain[0].layers] == names
    assert [row.population for row in report.ranges.membranes] == names
    backwards = msgspec.structs.replace(
        report, network=msgspec.structs.replace(report.network, populations=report.network.populations[::-1])
    )
    assert in_reading_order(backwards) == report
    for one in report.rasters:
        assert [panel.kind for panel in one.panels] == sorted((p.kind for p in one.panels), reverse=True)


def test_names_break_where_a_reader_would_break_them() -> None:
    assert breakable("layer_1/layer_1.lif").text == "layer_<wbr>1/<wbr>layer_<wbr>1.<wbr>lif"
    assert breakable("x" * 30).text == "x" * 24 + "<wbr>" + "x" * 6
    assert breakable("<b>").text == "&lt;b&gt;"


@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
@pytest.mark.parametrize("width", [1400, 500])
def test_nothing_is_wider_than_the_screen(compiled: Compiled, width: int, tmp_path: Path) -> None:
    """500 is as narrow as a window of Chromium gets where it has no display."""
    page = tmp_path / "page.html"
    html = re.sub(r"<meta http-equiv[^>]*>", "", render_html(compiled.report))
    page.write_text(html.replace("</body>", WIDEST), encoding="utf-8")
    command = [str(BROWSER), *SWITCHES, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900",
               "--hide-scrollbars", "--dump-dom", page.as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    wide = re.search(r'data-wide="(\d+)"', done.stdout)
    assert wide is not None
    assert int(wide.group(1)) <= width


def test_the_order_in_which_a_record_was_made_is_not_seen(compiled: Compiled) -> None:
    """What a stimulus decided is recorded by node; report.json, of which `check` draws the page again, sorts it."""
    first, last = {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}
    pages = [
        render_html(msgspec.structs.replace(compiled.report, options={"tuning": {"clip": [clip]}}))
        for clip in (first, last)
    ]
    assert pages[0] == pages[1]
