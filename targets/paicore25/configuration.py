"""Records what a PAICORE 2.5 chip loads, as logical values: cores, their registers, neurons and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

REGISTERS = (
    "snn_ann", "max_pooling", "add_potential", "zero_output", "input_sign", "input_width", "output_sign",
    "output_width", "weight_sign", "weight_width", "lcn", "target_lcn", "axon_skew", "neuron_number", "test_z",
    "test_x", "test_y", "global_send", "csc_accelerate", "global_receive", "thread_number", "busy_cycle", "delay_cycle",
    "width_cycle", "tick_start", "tick_duration", "tick_initial",
)  # fmt: skip
"""Registers of a core. Widths are codes: 0, 1, 2, 3 are 1, 2, 4, 8 bits."""

ROW_1 = (
    "v", "full", "fold", "output_type", "weight_end", "weight_start", "weight_skew", "copy_y", "copy_x", "copy_z", "y",
    "x", "z", "axon", "tick_relative",
)  # fmt: skip
ROW_2 = (
    "init_v", "sparse", "leak_v", "leak_tau", "leak_add_mode", "leak_multi_mode", "leak_multi_input",
    "leak_multi_sequence", "lateral", "thr_pos", "thr_neg", "thr_pos_mode", "thr_neg_mode", "reset_v", "reset_mode",
)  # fmt: skip
ROW_3 = (
    "fold_number", "fold_axon_y", "fold_axon_x", "fold_axon_z", "fold_skew_y", "fold_skew_x", "fold_skew_z",
    "fold_range_y", "fold_range_x", "fold_range_z",
)  # fmt: skip
RECORD = np.dtype([(name, np.int64) for name in (*ROW_1, *ROW_2, *ROW_3, "vector")])
"""A neuron, or neurons that walk one weight vector, as its rows say it. Fields of a row that it lacks are 0: row 2
unless `full`, row 3 unless `fold`. Route fields are signed numbers. vector: which of the core's weight vectors it
reads, -1 for none; weight_start and weight_end follow from it."""


class Vector(NamedTuple):
    """A weight vector: weights (n,) int64, 0 is no synapse; address (n,) int64 bit addresses of a sparse one, or
    nothing of a dense one, whose weight j meets input element j from the record's weight_skew on."""

    weights: np.ndarray
    address: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Core:
    """A core at position (x, y): registers by name; records (R,) of dtype RECORD, in the order of their rows; fold_v:
    for each record the potentials (number - 1,) int64 of its folded neurons after the first; vectors in the order
    of their rows. A core without records passes signals on. table: (256, 2) int64 thresholds and values in place of
    the comparison, where snn_ann is 1; else nothing."""

    x: int
    y: int
    registers: Mapping[str, int]
    records: np.ndarray
    fold_v: tuple[np.ndarray, ...]
    vectors: tuple[Vector, ...]
    table: np.ndarray | None = None


class InputMap(NamedTuple):
    """Input elements first .. first + size - 1 of the machine, sent to the box of cores at (x, y) with so many copies:
    element first + k is written at bit address[k] of the receiver's step, or of a later one where that is past the
    step's last bit, (size,) int64."""

    first: int
    size: int
    x: int
    y: int
    copy_z: int
    copy_x: int
    copy_y: int
    address: np.ndarray


class OutputLine(NamedTuple):
    """The next output lines: the folded or single neurons of record `record` of core number `core`, whose spikes
    (potential: whose four bytes a step) come to the host at bit address[k] of a step, (n,) int64."""

    core: int
    record: int
    potential: bool
    address: np.ndarray


@dataclass(frozen=True, kw_only=True)
class PaicoreConfiguration:
    """A chip with its cores, one thread, rooted at `root`.

    n_inputs: input elements that the host drives, bits unless the receivers' input width says more. chip_steps: steps
    of the chip that one step of the network takes; inputs come in the first of them."""

    cores: tuple[Core, ...]
    root: tuple[int, int]
    n_inputs: int
    inputs: tuple[InputMap, ...]
    outputs: tuple[OutputLine, ...]
    chip_steps: int = 1

    @property
    def latency(self) -> int:
        """Steps of the chip after which every core has done its own first step."""
        return max((core.registers["tick_start"] for core in self.cores), default=0)
