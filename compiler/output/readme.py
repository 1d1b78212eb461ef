"""Writes the README of an output: what its files are, how a chip is loaded, what it is sent and what comes back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase

from ...sim.nir.path import shown
from ...targets.chip import Chip
from ...targets.families import family_named
from ...targets.output_guide import OutputGuide
from ..ir.io_map import InputPort, IoMap, OutputPort

README = "README.md"
SHARED = {
    "README.md": "this file",
    "io_map.json": "what the chip is sent for each input element, where each output element is seen"
    " (`spikec schema io-map`)",
    "manifest.json": "SHA-256 of every file, and the versions that made them (`spikec schema manifest`)",
    "model_explorer.json": "the network, its cores and its traffic, for Model Explorer"
    " (`spikec schema model-explorer`)",
    "model_explorer_data.json": "F1 of each layer, which Model Explorer takes as data of nodes"
    " (`spikec schema model-explorer-data`)",
    "placement.lock.json": "which neuron is where, to be kept by the next compile (`spikec schema placement-lock`)",
    "quantized.npz": "the network in the chip's integers, before it was placed: NumPy arrays",
    "report.html": "the report, for a browser",
    "report.json": "verdicts, resources, what the chip does otherwise than the network (`spikec schema report`)",
    "seconds.json": "how long the compile took, stage by stage (`spikec schema seconds`)",
    "source.nir": "the network as it was read: HDF5, Neuromorphic Intermediate Representation",
    "stimulus.npz": "the stimulus that both verdicts ran on, (steps, samples, ...) by input: NumPy arrays",
    "symbols.npz": "the same as `io_map.json` and more, for `spikec check`: NumPy arrays",
    "target.toml": "the chip that the network was compiled for",
}
"""The files that every output has."""
_SOURCES = {
    "stimulus": "the stimulus",
    "host": "the spikes of this population, which the host runs",
    "constant": "a constant: one event of each element in every chip step from {} on",
    "once": "one event of each element in chip step {} of every sample, in the place of membranes to start with",
}
_INTRODUCTION = """\
spikec compiled `source.nir` into this folder. `spikec check` on the folder decodes the configuration again,
repeats both verdicts and derives every file anew, this one too. `spikec simulate` says what the chip should
do, bit for bit. Numbers of the chip are in `target.toml`; `spikec targets registers target.toml` lists its words
bit by bit."""


def readme(chip: Chip, record: IoMap, files: Collection[str]) -> bytes:
    """Compose the README. files: names of all files of the output that are made of the network."""
    family = family_named(chip.family)
    guide = None if family is None or family.output_guide is None else family.output_guide(chip)
    parts = [
        f"# A network for {chip.title}",
        _INTRODUCTION,
        "## Files",
        _files({*files, *SHARED}, {} if guide is None else guide.files, chip),
        "## Loading",
        _text(guide, "loading", chip),
        "## What to send in each step",
        _steps(record),
        _inputs(record),
        _text(guide, "sending", chip),
        "## What comes back",
        _outputs(record.outputs),
        _text(guide, "receiving", chip),
        "## Testing",
        _text(guide, "testing", chip),
    ]
    return ("\n\n".join(part.strip("\n") for part in parts) + "\n").encode()


def _text(guide: OutputGuide | None, part: str, chip: Chip) -> str:
    if guide is None:
        return f"The package that {chip.title} comes with says more."
    return str(getattr(guide, part))


def _files(names: Collection[str], of_family: Mapping[str, str], chip: Chip) -> str:
    """A row for each file, those of one pattern in one."""
    told = {**SHARED, **of_family}
    rows: dict[str, list[str]] = {}
    for name in sorted(names):
        pattern = next((p for p in told if fnmatchcase(name, p)), name)
        rows.setdefault(pattern, []).append(name)
    lines = ["| file | what it is |", "| --- | --- |"]
    for pattern, found in rows.items():
        shown_as = f"`{pattern}`" + (f" ({len(found)} files)" if "*" in pattern and len(found) > 1 else "")
        if "*" in pattern and len(found) == 1:
            shown_as = f"`{found[0]}`"
        lines.append(f"| {shown_as} | {told.get(pattern, f'the configuration of {chip.title}')} |")
    return "\n".join(lines)


def _steps(record: IoMap) -> str:
    extra = record.extra_steps
    more = (
        f"A sample of T steps takes T + {extra} steps of the chip, since spikes need time to pass\nthrough it: "
        f"go on for {extra} more after the stimulus has ended."
        if extra
        else "A sample of T steps takes T steps of the chip."
    )
    most = "at most once" if record.most_events == 1 else f"at most {record.most_events:,} times"
    return (
        f"A step of the network is {record.dt_seconds:g} s. An event of step t is sent in step t of the chip, counted\n"
        f"from 0; an element "
        f"may spike {most} in a step. {more} `io_map.json` says what is sent for each element; its columns are:"
    )


def _inputs(record: IoMap) -> str:
    columns = [f"- `{column.name}`: {column.meaning}" for column in record.input_columns]
    rows = [_input(port) for port in record.inputs]
    return "\n".join([*columns, "", "| input | shape | what drives it |", "| --- | --- | --- |", *rows])


def _input(port: InputPort) -> str:
    return (
        f"| `{_cell(port.name)}` | {_shape(port.shape)} | {_SOURCES[port.source].format(port.onset_step)} |"
    )


def _outputs(outputs: Sequence[OutputPort]) -> str:
    lines = [
        "`io_map.json` says where each neuron of these populations is seen. The value of an Output at step t of the",
        "network is what is read in step t + shift of the chip.",
        "",
        "| population | shape | what is read | Output, shift |",
        "| --- | --- | --- | --- |",
    ]
    for port in outputs:
        read = (
            "spikes" if port.value == "spikes" else f"membranes: integer / {port.units:g} + {port.offset:g}"
        )
        by = "; ".join(
            f"`{_cell(r.output)}`{'' if r.same else ' through a linear map of the host'}, {r.shift_steps}"
            for r in port.readers
        )
        lines.append(f"| `{_cell(port.name)}` | {_shape(port.shape)} | {read} | {by} |")
    return "\n".join(lines)


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "one"


def _cell(name: str) -> str:
    """A name of the file, which may hold anything, as one cell of a table."""
    return shown(name).replace("|", "/").replace("`", "'")
