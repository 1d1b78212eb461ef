"""Derives io_map.json: of each input element what is sent to the chip, of each output element where it is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...targets.configuration import InputSymbols, OutputSymbols, Symbols
from ...targets.host_io import Table
from ..backends.interface import backend_of
from ..ir.io_map import Column, InputPort, IoMap, OutputPort, OutputReader, Row, Source
from ..ir.network import Network, Projection
from ..ir.record import builtins_of
from ..ir.stages import Loaded, Prepared
from .artifacts import json_rows_bytes

IO_MAP = "io_map.json"


def io_map(prepared: Prepared, loaded: Loaded, symbols: Symbols) -> IoMap:
    """Join what the emitted files say of the host with the names of the network's inputs and outputs."""
    target = prepared.target
    found = backend_of(target).host_io(target, loaded)
    return IoMap(
        target=target.name,
        dt_seconds=prepared.front.dialect.dt_seconds,
        extra_steps=prepared.quantized.network.max_lag_steps,
        most_events=target.input_counts[1],
        input_columns=_columns(found.inputs.columns),
        output_columns=_columns(
            {
                "neuron_of_population": "number of the neuron, row-major over the shape",
                **found.outputs.columns,
            }
        ),
        inputs=tuple(_input(port, found.inputs, prepared.host) for port in symbols.inputs),
        outputs=tuple(_output(output, symbols, found.outputs, prepared) for output in symbols.outputs),
    )


def io_map_bytes(record: IoMap) -> bytes:
    """The content of io_map.json, a row a line."""
    return json_rows_bytes({"schema_version": 1, **builtins_of(record)})


def _columns(meanings: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, meaning=meaning) for name, meaning in meanings.items())


def _rows(rows: np.ndarray) -> tuple[Row, ...]:
    return tuple(tuple(row) for row in rows.tolist())


def _input(port: InputSymbols, table: Table, host: Sequence[str]) -> InputPort:
    low, high = np.searchsorted(table.rows[:, 0], [port.first, port.first + port.size])
    mine = table.rows[low:high].copy()
    mine[:, 0] -= port.first
    source: Source = "host" if port.name in host else "stimulus"
    if port.constant:
        source = "once" if port.once else "constant"
    return InputPort(
        name=port.name, source=source, shape=port.shape, onset_step=port.onset_step, rows=_rows(mine)
    )


def _output(output: OutputSymbols, symbols: Symbols, table: Table, prepared: Prepared) -> OutputPort:
    by = next(p for p in symbols.populations if p.name == output.population)
    low = np.searchsorted(table.rows[:, 0], output.line)
    high = np.searchsorted(table.rows[:, 0], output.line, side="right")
    neuron = np.repeat(np.arange(output.line.size), high - low)
    at = np.concatenate(
        [np.zeros(0, dtype=np.int64), *(np.arange(a, b) for a, b in zip(low, high, strict=True))]
    )
    scale = by.scales[backend_of(prepared.target).membrane]
    alone = all(p.counts_for != output.name for p in symbols.populations)
    return OutputPort(
        name=output.name,
        sent_by=by.name,
        shape=by.shape,
        value="membrane" if output.membrane else "spikes",
        units=scale.units,
        offset=scale.offset,
        readers=_readers(prepared.front.network, output.name, by.lag_steps, alone=alone),
        rows=_rows(np.concatenate([neuron[:, None], table.rows[at]], axis=1)),
    )


def _readers(network: Network, population: str, lag_steps: int, *, alone: bool) -> tuple[OutputReader, ...]:
    """alone: one population sends all of its spikes."""
    found: list[OutputReader] = []
    size = network.populations[population].size
    for name, shape in sorted(network.outputs.items()):
        onto = network.into(name)
        as_large = int(np.prod(shape, dtype=np.int64)) == size
        for p in onto:
            if p.pre == population:
                same = alone and as_large and len(onto) == 1 and _nothing_left(p, size)
                found += [
                    OutputReader(output=name, same=same, shift_steps=lag_steps - delay)
                    for delay in sorted(p.taps)
                ]
    return tuple(found)


def _nothing_left(projection: Projection, neurons: int) -> bool:
    """Whether nothing but the identity is between a population of so many neurons and an Output."""
    if len(projection.taps) != 1 or any(np.any(bias) for bias in projection.bias.values()):
        return False
    from scipy.sparse import find

    (matrix,) = projection.taps.values()
    row, column, value = find(matrix)
    ones = np.array_equal(row, column) and bool((value == 1).all())
    return ones and row.size == neurons
