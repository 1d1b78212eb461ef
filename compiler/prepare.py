"""From the file to the fork point: the passes, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..sim.diagnostic import Diagnostic, DiagnosticError, error, keeping, raise_errors, warning
from ..sim.dialect.dialect import Dialect, option_names, preset
from ..sim.near_names import hint_of, near_files, nearest
from ..sim.nir.path import shown, stored_at
from ..sim.nir.raw_graph import RawGraph
from ..sim.stimulus import Stimulus
from ..targets import (
    AnyTarget,
    TargetError,
    UnknownFamilyError,
    UnknownTargetError,
    names,
    read_target,
    toml_of,
)
from ..targets.chip import Chip
from .backends.interface import backend_of
from .backends.shared.pins import wrong_pins
from .front.bound_sizes import bound_sizes
from .front.check_times import check_times
from .front.clip_weights import CLIPPED, clip_notes, clip_rows, clip_weights
from .front.connect import connect
from .front.detect_dialect import detect, recovered_dt
from .front.flatten import flatten
from .front.fuse_threshold import fuse_threshold
from .front.infer_shapes import infer_shapes
from .front.recorded_reading import recorded_reading
from .front.validate import validate
from .ir.calibration import Tuning
from .ir.fidelity_row import FidelityRow
from .ir.network import LINEAR_KINDS, FlatGraph
from .ir.stages import Front, Legalized, Prepared, ReadGraph
from .options import Options, without_effect
from .packages import package_warnings
from .timed.constructs.choose import Asked, GivenUp, with_constructs, wrong_constructs
from .timed.cut import cut, host_prefix, host_refused, moved_to_host, no_populations
from .timed.finite import not_finite
from .timed.legalize import legalize
from .timed.on_chip_clock import on_chip_clock
from .timed.start_pulses import with_start_pulses
from .weight_width import other_width, stored_width


def with_target(options: Options) -> Options:
    """Options that hold the chip's toml, so that no later change of the file counts.

    Raises DiagnosticError: SPK0501 for a name that is no target."""
    return replace(options, target_toml=target_toml(options))


def checked(options: Options) -> Options:
    """`with_target`, after all that can be said of options before a network is read.

    Raises DiagnosticError: SPK0501, SPK0502 for the target, SPK0301 for the name of a dialect."""
    options = with_target(options)
    resolve_target(options)
    if options.dialect is not None:
        option_names(options.dialect)
    return options


def target_toml(options: Options) -> bytes:
    """The toml that the options hold, else that of the target which they name.

    Raises DiagnosticError: SPK0501 for a name that is no target, SPK0502 for a path that leads to no toml."""
    if options.target_toml is not None:
        return options.target_toml
    try:
        return toml_of(options.target)
    except UnknownTargetError as problem:
        raise DiagnosticError((_unknown(options.target), *package_warnings())) from problem
    except TargetError as problem:
        raise _invalid(problem) from problem


def _unknown(target: str) -> Diagnostic:
    near = nearest(target, names())
    if Path(target).suffix == ".toml":
        hint = (
            near_files(Path(target)) or "give the path of a chip.toml, or a name that `spikec targets` lists"
        )
        return error("SPK0501", f"there is no file `{target[:80]}`", hint=hint)
    if len(near) > 1 and all(name.startswith(target.casefold()) for name in near):
        message = f"`{target[:80]}` names several targets: {', '.join(near)}"
        return error("SPK0501", message, hint="choose one of them")
    hint = f"{hint_of(target, names(), 'installed')}; or the path of a chip.toml"
    return error("SPK0501", f"there is no target `{target[:80]}`", hint=hint)


def read_chip(toml: bytes) -> AnyTarget:
    """Read the toml of a chip. Raises DiagnosticError: SPK0502 where it describes none."""
    try:
        return read_target(toml)
    except UnknownFamilyError as problem:
        raise DiagnosticError((*_invalid(problem).diagnostics, *package_warnings())) from problem
    except TargetError as problem:
        raise _invalid(problem) from problem


def resolve_target(options: Options) -> Chip:
    """The chip that the options name or hold, as they configure it.

    Raises DiagnosticError: SPK0501 for a name that is no target, SPK0502 for a toml that describes none."""
    target = read_chip(target_toml(options))
    return backend_of(target).configure(target, options)


def _invalid(found: TargetError) -> DiagnosticError:
    return DiagnosticError(
        tuple(
            error(
                "SPK0502",
                f"the target file is not valid: {problem.reason}",
                where="" if problem.line is None else f"line {problem.line}",
                hint=f"allowed: {problem.allowed}" if problem.allowed else "",
            )
            for problem in found.problems
        )
    )


def resolve_dialect(raw: RawGraph, options: Options) -> tuple[Dialect, tuple[Diagnostic, ...]]:
    """The named dialect, or the one that the file's traces give; raises DiagnosticError where neither does."""
    if options.reading is not None:
        return options.reading, ()
    if options.dialect is None:
        found = detect(raw, options.dt_seconds)
        if found.dialect is None:
            raise DiagnosticError(found.diagnostics)
        if not options.dialect_options:
            return found.dialect, found.diagnostics
        name, dt = found.dialect.name, found.dialect.dt_seconds
        recorded = recorded_reading(raw)
        kept = {} if recorded is None else recorded.dialect_options
        asked = {**kept, **dict(options.dialect_options)}
        return preset(name, dt_seconds=dt, options=asked, graph=raw), found.diagnostics
    dt = options.dt_seconds if options.dt_seconds is not None else recovered_dt(raw, options.dialect)
    return preset(options.dialect, dt_seconds=dt, options=dict(options.dialect_options), graph=raw), ()


def read_graph(raw: RawGraph, options: Options) -> ReadGraph:
    """Choose the dialect, flatten the graph, infer and check all shapes; no chip is asked.

    Raises DiagnosticError with a stage's findings."""
    dialect, found = resolve_dialect(raw, options)
    diagnostics = list(found)
    flat, more = flatten(raw, dialect)
    diagnostics += more
    raise_errors(diagnostics)
    resolved, more = infer_shapes(flat)
    diagnostics += more
    raise_errors(diagnostics)
    diagnostics += bound_sizes(resolved)
    raise_errors(diagnostics)
    diagnostics += validate(resolved, dialect)
    raise_errors(diagnostics)
    diagnostics += check_times(resolved, dialect)
    return ReadGraph(dialect=dialect, flat=resolved, diagnostics=tuple(diagnostics))


def read_front(raw: RawGraph, options: Options, target: Chip) -> Front:
    """Dialect, flattening, shapes, checks, fusion, composition, all of it as the chip's neurons do it.

    Raises DiagnosticError with a stage's findings."""
    read = read_graph(raw, options)
    clip: Mapping[str, float] = {} if options.tuning is None else options.tuning.clip
    clipped = clip_weights(raw, clip)
    dialect, diagnostics = read.dialect, read.diagnostics
    resolved = read.flat if clipped is raw else read_graph(clipped, replace(options, reading=dialect)).flat
    fused, more = fuse_threshold(resolved)
    diagnostics = (*diagnostics, *more, *clip_notes(raw, clip))
    with keeping(diagnostics):
        raise_errors(_wrong_names(fused, options, target))
        legalized = legalize(
            resolved,
            dialect,
            target,
            backend_of(target).family_rules(resolved, dialect, target),
            asked=of_constructs(options, options.given_up),
        )
        chip_dialect = _on_chip(dialect, target, legalized)
        return Front(
            raw=raw,
            clipped=clipped,
            dialect=dialect,
            chip_dialect=chip_dialect,
            flat=resolved,
            network=connect(fused, chip_dialect),
            rows=(*legalized.rows, *clip_rows(raw, clip)),
            diagnostics=diagnostics,
            constructs=legalized.constructs,
            given_up=options.given_up,
        )


def _wrong_names(fused: FlatGraph, options: Options, target: Chip) -> list[Diagnostic]:
    """Options that name a population or a core which there is not: known before anything is composed or searched."""
    backend, no_neurons = backend_of(target), LINEAR_KINDS | {"Input", "Output"}
    names = [node.path for node in fused.nodes() if node.kind not in no_neurons]
    pins = dict(options.pins) if "pins" in backend.honours else {}
    return [
        *no_populations(options.host_prefix, names),
        *wrong_constructs(dict(options.constructs), names),
        *wrong_pins(pins, names, backend.pin_sites(target)),
    ]


def of_constructs(options: Options, given_up: GivenUp) -> Asked:
    """What the options say of constructs."""
    tuning = options.tuning or Tuning()
    return Asked(
        native=options.native_reset,
        named=dict(options.constructs),
        most_spikes={path: min(count, options.max_levels) for path, count in tuning.levels.items()},
        floors=frozenset(tuning.floors if options.max_levels > 1 else ()),
        given_up=given_up,
    )


def _on_chip(dialect: Dialect, target: Chip, legalized: Legalized) -> Dialect:
    changed = dialect.with_overrides(by_path=legalized.overrides)
    return replace(changed, name=f"{dialect.name} on {target.name}")


def without_host(front: Front, options: Options, target: Chip, host: tuple[str, ...]) -> Front:
    """The same file where only what runs on the chip follows the chip's rules. host: populations that the host runs.

    Raises DiagnosticError: SPK1020 for what needs the user's consent and lacks it, SPK1004 for neurons that the chip
    does not have."""
    hosted = frozenset(path for name in host for path in front.network.populations[name].paths)
    family = backend_of(target).family_rules(front.flat, front.dialect, target)
    legalized = legalize(
        front.flat,
        front.dialect,
        target,
        family,
        hosted,
        asked=of_constructs(options, front.given_up),
    )
    raise_errors([*([] if options.allow_approximation else legalized.asks), *legalized.refused.values()])
    rows = (*legalized.rows, *(row for row in front.rows if row.feature == CLIPPED))
    chip_dialect = _on_chip(front.dialect, target, legalized)
    return replace(front, chip_dialect=chip_dialect, rows=rows, constructs=legalized.constructs)


def without_constructs(front: Front, options: Options, target: Chip, lacking: Mapping[str, str]) -> Front:
    """The same file with other neurons in the place of some constructs: those of the next construct, or the chip's
    own. lacking: NIR path -> what the chip has too little of for its construct."""
    given_up = more_given_up(front, lacking)
    family = backend_of(target).family_rules(front.flat, front.dialect, target)
    legalized = legalize(front.flat, front.dialect, target, family, asked=of_constructs(options, given_up))
    chip_dialect = _on_chip(front.dialect, target, legalized)
    network = connect(fuse_threshold(front.flat)[0], chip_dialect)
    return replace(
        front, chip_dialect=chip_dialect, network=network, constructs=legalized.constructs, given_up=given_up
    )


def more_given_up(front: Front, lacking: Mapping[str, str]) -> GivenUp:
    """What is given up, with the constructs of some nodes. lacking: NIR path -> what there is too little of."""
    more = {
        path: {**front.given_up.get(path, {}), front.constructs[path]: reason}
        for path, reason in lacking.items()
    }
    return {**front.given_up, **more}


def prepare(front: Front, options: Options, target: Chip, stimulus: Stimulus | None) -> Prepared:
    """Cut, retime, quantise. Raises DiagnosticError: SPK1010 where the host is needed and not allowed, SPK1004 for
    neurons that the chip does not have."""
    with keeping(front.diagnostics):
        return _prepared(front, options, target, stimulus)


def _prepared(front: Front, options: Options, target: Chip, stimulus: Stimulus | None) -> Prepared:
    inputs = stimulus.inputs if stimulus is not None else {}
    moved = host_prefix(front.network, inputs, target.input_counts)
    host = tuple(sorted({*options.host_prefix, *moved}))
    if host and not options.allow_host:
        raise_errors(host_refused(front.network, options.host_prefix, moved, inputs, target.input_counts))
    network = cut(front.network, host)
    if not network.populations:
        raise DiagnosticError((_nothing_left(host, target),))
    raise_errors(not_finite(network))
    front = without_host(front, options, target, host)
    options.say("retime")
    timed = with_constructs(on_chip_clock(network, target), front.constructs, target)
    timed = with_start_pulses(timed, target)
    backend = backend_of(target)
    lacking = backend.without_room(timed, target)
    if lacking := {path: reason for path, reason in lacking.items() if path not in dict(options.constructs)}:
        return _prepared(without_constructs(front, options, target, lacking), options, target, stimulus)
    options.say("quantise")
    widths = backend.weight_widths(target)
    stored = replace(options, weight_bits=stored_width(widths, options.weight_bits))
    quantized = backend.quantize(timed, target, stored)
    honoured = backend.honours | ({"weight_bits"} if widths else set())
    idle = (
        *without_effect(options, honoured, target.title),
        *other_width(widths, options.weight_bits, target.title),
    )
    rows = [*front.rows, *backend.neuron_rows(timed, quantized), *_host_rows(host)]
    asked = set(options.host_prefix)
    to_host = moved_to_host(front.network, [n for n in moved if n not in asked], inputs, target.input_counts)
    diagnostics = (
        *idle,
        *front.diagnostics,
        *_given_up(front),
        *to_host,
        *timed.diagnostics,
        *quantized.diagnostics,
    )
    return Prepared(
        front=front,
        target=target,
        host=host,
        timed=timed,
        quantized=quantized,
        rows=tuple(rows),
        diagnostics=diagnostics,
    )


def _given_up(front: Front) -> list[Diagnostic]:
    """What stands in the place of constructs that there is no room for."""
    found: list[Diagnostic] = []
    for path, reasons in sorted(front.given_up.items()):
        instead = front.constructs.get(path, "the chip's own reset")
        message = f"no room for the neurons of {shown(path)} by {' or '.join(reasons)}; {instead} instead"
        lacking = "; ".join(dict.fromkeys(reasons.values()))
        hint = "use more or larger chips; `--construct` asks for one by name, and says what it takes"
        found.append(warning("SPK1024", message, where=stored_at(path), hint=hint, lacking=lacking))
    return found


def _nothing_left(host: tuple[str, ...], target: Chip) -> Diagnostic:
    if not host:
        message = f"there are no neurons: all between Input and Output is linear, and {target.title} computes neurons"
        return error("SPK1011", message, hint="put neurons behind the linear nodes")
    low, high = target.input_counts
    names = ", ".join(map(shown, host))
    return error(
        "SPK1011",
        f"{names} would run on the host, and nothing is left for {target.title}",
        hint=f"encode the input as spikes, {low} to {high} a step and element, or leave fewer to --host-prefix",
    )


def _host_rows(host: tuple[str, ...]) -> list[FidelityRow]:
    return [
        FidelityRow(feature="input", where=name, wanted="values other than spikes", done="runs on the host",
                    status="exact")
        for name in host
    ]  # fmt: skip
