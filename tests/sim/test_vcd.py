"""Wave files say what the arrays say."""

from __future__ import annotations

import numpy as np
from spikec.sim.vcd import Signal, dump, scope_names

from ..vcdreader import read_vcd, values_over


def test_every_value_of_every_kind_comes_back() -> None:
    random = np.random.default_rng(0)
    columns = {
        "spike": random.integers(0, 2, 50).astype(np.uint8),
        "count": random.integers(0, 4, 50).astype(np.uint8),
        "v": random.integers(-(1 << 23), 1 << 23, 50).astype(np.int32),
        "flag": random.random(50) < 0.5,
        "value": random.normal(0, 1, 50).astype(np.float32),
    }
    for name in columns:
        columns[name][10:20] = columns[name][9]
    signals = [
        Signal(scope=("chip", "a", "n3"), name=name, values=values, first_step=3 + k)
        for k, (name, values) in enumerate(columns.items())
    ]
    text = dump(signals, comment="steps")
    changes, last = read_vcd(text)
    assert last == 3 + 4 + 50
    for signal in signals:
        found = changes[f"chip.a.n3.{signal.name}"]
        back = np.array(values_over(found, signal.first_step, signal.first_step + 50))
        np.testing.assert_array_equal(back.astype(signal.values.dtype), signal.values)
        assert len(found) < 45, "a value that stays is not written again"
        if signal.first_step > 3:
            assert values_over(found, 3, signal.first_step) == [None] * (signal.first_step - 3)
    assert dump(signals, comment="steps") == text
    assert "$date" not in text


def test_nothing_to_show_is_a_file_too() -> None:
    empty = [Signal(scope=("a",), name="v", values=np.zeros(0, np.int64))]
    assert read_vcd(dump(empty))[0] == {"a.v": [(0, None)]}


def test_paths_become_names_without_collisions() -> None:
    names = scope_names(["a/b", "a_b", "1", "a b", "$end", "ü"])
    assert len(set(names.values())) == 6
    assert all(name.isascii() and name.isidentifier() for name in names.values())
