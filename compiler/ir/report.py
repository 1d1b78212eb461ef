"""The record of a compile: the content of report.json, from which its JSON Schema is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from ...sim.diagnostic import Diagnostic
from .confusion import Confusion
from .cost import InferenceCost
from .fidelity_row import FidelityRow
from .number_ranges import NumberRanges
from .placement import Certificate, Slice
from .quantized import Rounding
from .record import Amount, Count, CountPerResource, OneOrMore, Record, Sha256, Share
from .verdicts import Verdicts

SCHEMA_VERSION = 2
"""Of report.json; 1 is of folders that were written before 0.1.0 had its number ranges, costs and near spikes."""
Shape = tuple[Count, ...]
TimeStep = Annotated[float, msgspec.Meta(gt=0, description="In seconds.")]


class Reading(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the file was read in discrete time: the dialect, field by field. by_kind, by_path: what differs from
    `default` for nodes of a kind, and for single nodes."""

    name: str
    dt_seconds: TimeStep
    default: dict[str, object]
    by_kind: dict[str, dict[str, object]]
    by_path: dict[str, dict[str, object]]


class Binding(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The resource of which least is left on the cores in use, and the share of it that is taken."""

    resource: str
    share: Share


class MemoryBits(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bits of synaptic memory: as stored, and as it would be if no words were shared."""

    stored: Count
    without_sharing: Count


class MeshTraffic(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hops a step on the mesh of cores, and the Gilmore-Lawler bound: no placement of these cores has fewer. packets:
    between cores, a step. rates: at which rates of spikes, in words."""

    rows: OneOrMore
    columns: OneOrMore
    packets: Amount
    hops: Amount
    bound: Amount
    rates: str


class Resources(Record, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What the network takes of the chip. A family of chips adds figures of its own in a subclass; those of a package
    are records, each under a name.

    per_core: of each core in use. available_on: of each core in use, where cores differ, else empty. walks: population
    that is not cut in order of its index -> how it is, in words."""

    cores: OneOrMore
    binding: Binding
    per_core: tuple[CountPerResource, ...]
    available: CountPerResource
    available_on: tuple[CountPerResource, ...]
    certificate: Certificate
    slices: tuple[Slice, ...]
    walks: dict[str, str]
    chips: OneOrMore
    cores_per_chip: OneOrMore
    neurons_per_core: OneOrMore
    memory_bits: MemoryBits
    least_cores_of_any_partition: OneOrMore
    mesh: MeshTraffic | UnsetType = UNSET


class AccumulatorBound(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The static bound on what arrives at a population in one step, in integers of the chip. proven: no run can pass
    `arriving_limit`. compartments_past_limit: neurons of which more could arrive."""

    exponent: int
    grid_units: int | float
    arriving_units: Amount
    arriving_limit: int | float
    compartments_past_limit: Count
    proven: bool


class PopulationReport(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """lag_steps: chip step less the network's step; below 0 where the chip works ahead. units: integers in 1 of the
    network's membrane."""

    name: str
    shape: Shape
    neurons: OneOrMore
    lag_steps: int
    units: Annotated[float, msgspec.Meta(gt=0)]
    envelope: AccumulatorBound


class Edge(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What joins two populations, or an input or output and one.

    kind: `synapses` on the chip; `host`, what the host computes; `read`, what an Output reads of a population. through:
    the nodes of the file on the way. synapses: on the chip, else weights of the file. spikes: of the source in a step
    of the chip, of a sample; operations: weights that these bring to neurons. Both are null where nothing ran, and of
    what the host computes."""

    pre: str
    post: str
    kind: Literal["synapses", "host", "read"]
    through: tuple[str, ...]
    synapses: Count
    spikes: Amount | None = None
    operations: Amount | None = None


class NetworkReport(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """inputs, outputs: path -> shape of a sample in a step. host: populations that the host runs. populations: those on
    the chip. edges: what joins all of these. shapes: of what drives the chip besides inputs: constants, and populations
    of the host."""

    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    host: tuple[str, ...]
    populations: tuple[PopulationReport, ...]
    synapses: Count
    max_lag_steps: Count
    edges: tuple[Edge, ...] = ()
    shapes: dict[str, Shape] = msgspec.field(default_factory=dict)


PanelKind = Literal["output", "layer"]


class Panel(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A look at one output or layer, float against chip. shown: the neurons that are drawn.

    Of spikes: `marks`, of each neuron a digit a step: 1 both spike, 2 the chip misses one, 4 it has one too many, or
    their sum; and the spikes of all neurons that match, that the chip misses, and that it has too many. Of values:
    the curves of both, of each neuron a value a step."""

    kind: PanelKind
    name: str
    steps: OneOrMore
    neurons: OneOrMore
    shown: tuple[Count, ...]
    marks: tuple[Annotated[str, msgspec.Meta(pattern="^[0-7]*$")], ...] | UnsetType = UNSET
    matched: Count | UnsetType = UNSET
    missed: Count | UnsetType = UNSET
    extra: Count | UnsetType = UNSET
    in_float: tuple[tuple[float, ...], ...] | UnsetType = msgspec.field(name="float", default=UNSET)
    chip: tuple[tuple[float, ...], ...] | UnsetType = UNSET


class Rasters(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Panels of one sample, and the names of outputs and layers that are left out. why: it is shown, in words. label,
    in_float, chip: the class that it has, and the decisions; null where there is none."""

    sample: Count
    panels: tuple[Panel, ...]
    left_out: tuple[str, ...]
    why: str = ""
    label: Count | None = None
    in_float: Count | None = msgspec.field(name="float", default=None)
    chip: Count | None = None


class StimulusReport(Record, frozen=True, kw_only=True, tag_field="kind"):
    """Where the stimulus came from. given: whether the user gave it; else it stands in for one."""

    steps: OneOrMore
    batch: OneOrMore
    given: bool


class PoissonStimulus(StimulusReport, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="poisson"):
    """Drawn from a seed. rate: spikes a step and element."""

    rate: Share
    seed: Count


class FileStimulus(StimulusReport, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """Read from a file."""

    name: str
    sha256: Sha256


class ArrayStimulus(StimulusReport, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="arrays"):
    """Made of arrays in memory. sha256: over their names, types, shapes and values."""

    sha256: Sha256


StimulusSource = PoissonStimulus | FileStimulus | ArrayStimulus


def stimulus_report(source: Mapping[str, object]) -> StimulusSource:
    """Make the record of a stimulus. source: its kind, what that kind has, steps, batch, given.

    Raises msgspec.ValidationError for anything else."""
    return msgspec.convert(source, StimulusSource)


class CyclesReport(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clock cycles of a step: no step takes more than worst (null: no bound); most and mean of the run."""

    worst: Amount | None
    most: Amount
    mean: Amount


class ClockHertz(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The slowest clock that is done within the time step: for every input (null: no bound), and for this one."""

    worst: Amount | None
    most: Amount


class Timing(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """model: where the formula is from and what it leaves out."""

    cycles: CyclesReport
    dt_seconds: TimeStep
    clock_hertz: ClockHertz
    model: str


class CoreTraffic(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Packets a step that a core sends, hears from cores, and hears from the host."""

    out: Amount
    from_cores: Amount = msgspec.field(name="in")
    from_host: Amount


class StageTime(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a stage of the compile took."""

    stage: str
    seconds: Amount


class Report(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A compile: verdicts, resources, what the chip does otherwise, provenance; the content of report.json.

    target_sha256: of target.toml, the chip as it was compiled for. source_sha256: empty for a graph without a file.
    roundings: absolute errors in the unit named. rasters: of a few samples. cost: null where nothing ran. confusion:
    null without labels, and of more classes than can be looked at. places: (chip, core) of each core in use. timing:
    null where no formula is public. traffic: of each core in use; absent where nothing travels or nothing ran. options:
    as they were given, with what a stimulus decided. stages: in a compile's own report alone, since times differ from
    run to run."""

    schema_version: Literal[2] = SCHEMA_VERSION
    spikec: str
    target: str
    target_sha256: Sha256
    dialect: Reading
    verdicts: Verdicts
    resources: Resources
    rasters: tuple[Rasters, ...]
    fidelity_table: tuple[FidelityRow, ...]
    roundings: tuple[Rounding, ...]
    network: NetworkReport
    diagnostics: tuple[Diagnostic, ...]
    source_sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
    configuration_sha256: Sha256
    stimulus: StimulusSource
    options: dict[str, object]
    places: tuple[tuple[Count, Count], ...]
    timing: Timing | None
    traffic: tuple[CoreTraffic, ...] | UnsetType = UNSET
    ranges: NumberRanges = NumberRanges()
    cost: InferenceCost | None = None
    confusion: Confusion | None = None
    stages: tuple[StageTime, ...] | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"<Report of {self.target}: {', '.join(sorted(self.keys()))}>"


def version_of(data: bytes) -> tuple[int, str] | None:
    """The schema version of the bytes of a report.json, and the version of spikec that it names, whatever else is in
    it; None where it says neither."""
    try:
        found = msgspec.json.decode(data, type=_Version)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found.schema_version, found.spikec


class _Version(msgspec.Struct, frozen=True):
    schema_version: int
    spikec: str


def read_report(data: bytes) -> Report:
    """Read the bytes of report.json, but for what a family of chips adds to its resources.

    Raises ValueError where they are none."""
    try:
        return msgspec.convert(json.loads(data), Report)
    except RecursionError as problem:
        raise ValueError("it is nested too deeply") from problem
