"""The record of how the host talks to a configured chip: the content of io_map.json, of which its schema is made."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .record import Count, OneOrMore, Record
from .report import Shape, TimeStep

Row = tuple[int, ...]
Source = Literal["stimulus", "host", "constant", "once"]


class Column(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of the rows below. meaning: what its numbers are, with their unit, in one sentence."""

    name: str
    meaning: str


class InputPort(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the host sends for an input.

    source: `stimulus`, the Input of this name in the file; `host`, the spikes of this population, which the host runs;
    `constant`, an event of each element in every step from `onset_step` on, in the place of a bias; `once`, an event of
    each element in step `onset_step` of a sample alone, in the place of membranes that cannot be loaded. shape: of a
    sample in a step; elements are counted row-major over it. onset_step: the chip step of the first event, 0 for
    others. rows: numbers by `input_columns`; an element that nothing listens to has none, one that goes to several
    places has several."""

    name: str
    source: Source
    shape: Shape
    onset_step: Count
    rows: tuple[Row, ...]


class OutputReader(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An Output that reads a population. same: element k of the Output is neuron k of the population; otherwise the
    host applies the linear map that the file has between both, or adds several. shift_steps: the chip step at which
    the host reads what belongs to a step of the network, less that step; of several paths, one entry each."""

    output: str
    same: bool
    shift_steps: int


class OutputPort(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the host reads of a population.

    name: the population. sent_by: the population on the chip that lets it out: the same, a copy, or one of several that
    count its spikes: those of all entries with one name add up. shape: neurons are
    counted row-major over it. value: `spikes`, or `membrane` after each step, of which the network's own value is
    integer / `units` + `offset`. rows: numbers by `output_columns`."""

    name: str
    sent_by: str
    shape: Shape
    value: Literal["spikes", "membrane"]
    units: Annotated[float, msgspec.Meta(gt=0)]
    offset: float
    readers: tuple[OutputReader, ...]
    rows: tuple[Row, ...]


class IoMap(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to send to a chip for each input element, and where each output element is seen.

    An event of network step t is sent in chip step t. A sample of T steps takes T + `extra_steps` chip steps.
    dt_seconds: how long a step is. most_events: of one element in one step, at most."""

    target: str
    dt_seconds: TimeStep
    extra_steps: Count
    most_events: OneOrMore
    input_columns: tuple[Column, ...]
    output_columns: tuple[Column, ...]
    inputs: tuple[InputPort, ...]
    outputs: tuple[OutputPort, ...]
