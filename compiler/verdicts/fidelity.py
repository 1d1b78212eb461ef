"""The fidelity verdict: a chain from the user's float network to the chip, every link measured.

source dialect in float -> the chip's rules in float (reset, one spike a step, ...)
  -> the chip's decays and thresholds in float -> the chip (all that is left: rounding, saturation, and what no float
  run follows, as events one by one)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from ...sim.coincidence import f1_within, one_step_off, rate_distance, wilson
from ...sim.compare import Likeness, correct, decisions, membranes_alike, spikes_alike
from ...sim.dialect.dialect import Dialect
from ...sim.reference.reference import reference
from ...sim.trace import Trace
from ..backends.interface import backend_of
from ..front.clip_weights import CLIPPED
from ..ir.fidelity_row import FidelityRow
from ..ir.network import Network
from ..ir.stages import ChipRun, Front, Prepared
from ..ir.verdicts import (
    Accuracy,
    AccuracyFraction,
    ChainLink,
    ChipRules,
    FidelityVerdict,
    LayerAgreement,
)
from .chip_run import shifted

Rasters = Mapping[str, np.ndarray]
TIME_CONSTANTS = frozenset({"tau", "tau_mem", "tau_syn"})


@dataclass(frozen=True, kw_only=True)
class References:
    """Float runs of the whole file: under the source dialect, the chip's rules, the chip's parameters."""

    source: Trace
    rules: Trace
    effective: Trace


def host_inputs(
    prepared: Prepared, source: Trace, inputs: Mapping[str, np.ndarray]
) -> Mapping[str, np.ndarray]:
    """What reaches the chip: the stimulus, and the spikes of populations that run on the host."""
    found = {name: inputs[name] for name in prepared.network.inputs if name in inputs}
    for name in prepared.host:
        path = prepared.front.network.populations[name].paths[-1]
        found[name] = source.layers[path]
    return found


def references(prepared: Prepared, inputs: Mapping[str, np.ndarray], source: Trace) -> References:
    """Run the file in float under the chip's rules and under the chip's parameters, beside the run as it is meant."""
    front = prepared.front
    rules = source
    if front.chip_dialect.by_path != front.dialect.by_path or front.clipped is not front.raw:
        rules = reference(front.clipped, front.chip_dialect, stimulus=inputs)
    effective = reference(
        backend_of(prepared.target).effective(prepared), front.chip_dialect, stimulus=inputs
    )
    return References(source=source, rules=rules, effective=effective)


def verdict(
    prepared: Prepared, floats: References, chip: ChipRun, labels: np.ndarray | None
) -> FidelityVerdict:
    """Hold a run of the chip against the float runs, link by link. labels: (B,) of the samples, or None."""
    front = prepared.front
    network = front.network
    outputs = {name: value.reshape(chip.outputs[name].shape) for name, value in floats.source.outputs.items()}
    result = outputs_alike(network, outputs, chip.outputs)
    under_rules = outputs_alike(network, floats.source.outputs, floats.rules.outputs)
    source = layers_of(prepared, floats.source, front.dialect)
    rules = layers_of(prepared, floats.rules, front.chip_dialect)
    effective = layers_of(prepared, floats.effective, front.chip_dialect)
    chain = [
        _link("source -> chip rules", network, (floats.source.outputs, source), (floats.rules.outputs, rules)),
        _link("chip rules -> chip decays and thresholds", network, (floats.rules.outputs, rules),
              (floats.effective.outputs, effective)),
        _link("chip decays and thresholds -> chip", network, (floats.effective.outputs, effective),
              (chip.outputs, chip.layers)),
        _link("source -> chip", network, (floats.source.outputs, source), (chip.outputs, chip.layers)),
    ]  # fmt: skip
    within = [_near(network, outputs, chip.outputs, steps) for steps in (1, 2)]
    late, early = _one_step_off(network, outputs, chip.outputs)
    found = FidelityVerdict(
        output_f1=result.f1,
        output_f1_within_1_step=within[0],
        output_f1_within_2_steps=within[1],
        output_one_step_late=late,
        output_one_step_early=early,
        same_decisions=_same_decisions(_only(outputs), _only(chip.outputs)),
        output_agreement=result.agreement,
        output_rms=result.rms,
        first_divergence=result.first,
        chip_rules=ChipRules(output_f1=under_rules.f1, output_agreement=under_rules.agreement),
        chain=tuple(chain),
        layers=chain[-1].layers,
        overflows={name: int(total.sum()) for name, total in sorted(chip.run.counters.items())},
    )
    return found if labels is None else _with_accuracy(found, floats, chip, labels)


def _one_step_off(
    network: Network, reference_outputs: Rasters, other: Rasters
) -> tuple[float | None, float | None]:
    """Of the outputs that spike: parts of the missed spikes that come a step late, and a step early."""
    spiking = [name for name in sorted(network.outputs) if shows_spikes(network, name)]
    if not spiking:
        return None, None
    a, b = _side_by_side(spiking, reference_outputs, other)
    return one_step_off(a, b) or (None, None)


def _near(network: Network, reference_outputs: Rasters, other: Rasters, steps: int) -> float | None:
    """F1 of the outputs that spike where a step more or less does not matter."""
    spiking = [name for name in sorted(network.outputs) if shows_spikes(network, name)]
    if not spiking:
        return None
    a, b = _side_by_side(spiking, reference_outputs, other)
    return f1_within(a, b, steps)


def _same_decisions(reference_output: np.ndarray, other: np.ndarray) -> str | None:
    """Of the output that decides, (T, B, ...) in both runs."""
    steps, batch = other.shape[:2]
    if other.size <= steps * batch:
        return None
    return f"{int((decisions(reference_output) == decisions(other)).sum())}/{batch}"


def _with_accuracy(
    found: FidelityVerdict, floats: References, chip: ChipRun, labels: np.ndarray
) -> FidelityVerdict:
    all_samples = len(labels)
    in_float, on_chip, under_rules = (
        correct(_only(outputs), labels)
        for outputs in (floats.source.outputs, chip.outputs, floats.rules.outputs)
    )
    replace_in = msgspec.structs.replace
    return replace_in(
        found,
        accuracy=Accuracy(in_float=f"{in_float}/{all_samples}", chip=f"{on_chip}/{all_samples}"),
        accuracy_fraction=AccuracyFraction(
            in_float=in_float / all_samples,
            chip=on_chip / all_samples,
            chip_95=wilson(on_chip, all_samples),
        ),
        chip_rules=replace_in(found.chip_rules, accuracy=f"{under_rules}/{all_samples}"),
    )


def measured_rows(
    prepared: Prepared, source: Trace, inputs: Mapping[str, np.ndarray], found: FidelityVerdict
) -> list[FidelityRow]:
    """The rows of the chip's rules with what each of them alone does to the output; of leaks that the chip does not
    have, what the link of decays and thresholds does."""
    rows: list[FidelityRow] = []
    for row in prepared.rows:
        key = row.wanted.split(" = ")[0]
        if row.status == "approximated" and not row.effect and key in TIME_CONSTANTS:
            rows.append(replace(row, effect=_of_decays(found.chain[1])))
            continue
        if (
            row.status != "approximated"
            or row.effect
            or key not in {"reset", "reset_phase", "refractory", "multi", "v0", "v_min", "fire", CLIPPED}
        ):
            rows.append(row)
            continue
        alike = _effect(prepared.front, key, source, inputs)
        text = "alone: no spikes" if alike.rms is None else f"alone: rms {alike.rms:.3g}"
        text = text if alike.f1 is None else f"alone: output F1 {alike.f1:.4f}"
        rows.append(replace(row, effect=text))
    return rows


def _of_decays(link: ChainLink) -> str:
    if link.output_f1 is not None:
        return f"all decays and thresholds: output F1 {link.output_f1:.4f}"
    return "" if link.output_rms is None else f"all decays and thresholds: rms {link.output_rms:.3g}"


def _effect(front: Front, key: str, source: Trace, inputs: Mapping[str, np.ndarray]) -> Likeness:
    """One field of the reading changed to the chip's. A later reset cannot be moved without its kind where the
    two exclude each other; `reset` then takes its phase along."""
    if key == CLIPPED:
        alone = reference(front.clipped, front.dialect, stimulus=inputs)
        return outputs_alike(front.network, source.outputs, alone.outputs)
    changes: dict[str, dict[str, object]] = {}
    for path, override in front.chip_dialect.by_path.items():
        kept = dict(front.dialect.by_path.get(path, {}))
        if key in override:
            kept[key] = override[key]
            if key == "reset" and front.dialect.for_node(path, "LIF").reset_phase != "same":
                kept["reset_phase"] = override.get("reset_phase", "same")
        changes[path] = kept
    alone = reference(front.raw, replace(front.dialect, by_path=changes), stimulus=inputs)
    return outputs_alike(front.network, source.outputs, alone.outputs)


def _only(outputs: Mapping[str, np.ndarray]) -> np.ndarray:
    return outputs[sorted(outputs)[0]]


def shows_spikes(network: Network, output: str) -> bool:
    """Whether an Output shows counts of spikes: what it reads spikes, and is passed on or summed, without weights."""
    return all(
        (p.pre in network.inputs or network.populations[p.pre].neuron.theta is not None)
        and not any(bias.any() for bias in p.bias.values())
        and all(_counts(matrix.data) for matrix in p.taps.values())
        for p in network.into(output)
    )


def _counts(weights: np.ndarray) -> bool:
    return bool(((weights >= 0) & (weights == np.rint(weights))).all())


def outputs_alike(network: Network, reference_outputs: Rasters, other: Rasters) -> Likeness:
    """F1 of the outputs that spike, side by side, and rms and decisions of those that show values, likewise."""
    names = sorted(network.outputs)
    spiking = [name for name in names if shows_spikes(network, name)]
    if len(spiking) == len(names):
        return spikes_alike(*_side_by_side(names, reference_outputs, other))
    values = [name for name in names if name not in spiking]
    alike = membranes_alike(*_side_by_side(values, reference_outputs, other))
    if not spiking:
        return alike
    return replace(alike, f1=spikes_alike(*_side_by_side(spiking, reference_outputs, other)).f1)


def _side_by_side(names: Sequence[str], *runs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs named of each run, (T, B, n)."""
    shapes = {name: (*runs[-1][name].shape[:2], -1) for name in names}
    return [np.concatenate([run[n].reshape(shapes[n]) for n in names], axis=2) for run in runs]


def layers_of(prepared: Prepared, trace: Trace, dialect: Dialect) -> Rasters:
    """population -> its raster at the steps in which it is sent: a reading that sends a step later records before that
    step."""
    front = prepared.front
    found: dict[str, np.ndarray] = {}
    for name, population in sorted(front.network.populations.items()):
        path = population.paths[-1]
        kind = front.flat.node(path).kind
        later = dialect.for_node(path, kind).layer_delay
        found[name] = shifted(trace.layers[path], -later, len(trace.layers[path]))
    return found


def _link(
    name: str,
    network: Network,
    before: tuple[Rasters, Rasters],
    after: tuple[Rasters, Rasters],
) -> ChainLink:
    """before, after: (outputs, layers) of the two ends of the link."""
    alike = outputs_alike(network, before[0], after[0])
    wanted, layers = before[1], after[1]
    rows: dict[str, LayerAgreement] = {}
    for layer in sorted(layers):
        a = wanted[layer].reshape(*wanted[layer].shape[:2], -1)
        b = layers[layer].reshape(a.shape)
        spiking = network.populations[layer].neuron.theta is not None
        one = spikes_alike(a, b) if spiking else membranes_alike(a, b)
        rows[layer] = LayerAgreement(
            f1=one.f1,
            agreement=one.agreement,
            rms=one.rms,
            first_divergence=one.first,
            rate_distance=rate_distance(a, b) if spiking else None,
        )
    return ChainLink(
        link=name,
        output_f1=alike.f1,
        output_agreement=alike.agreement,
        output_rms=alike.rms,
        layers=rows,
    )
