"""Chooses how to read a file by what its framework recorded beside the stimulus, where nobody says how."""

from __future__ import annotations

import io
from dataclasses import replace

from ..sim.diagnostic import Diagnostic, DiagnosticError, note, warning
from ..sim.dialect.guide import family_name, guide
from ..sim.dialect.open_readings import Reading
from ..sim.nir.raw_graph import RawGraph
from ..sim.npzguard import members, read_arrays
from ..sim.stimulus import chosen_arrays, keys_of
from ..sim.trace import is_recorded
from .front.detect_dialect import Detection, as_typed, detect
from .front.evidence import Evidence, Recording, Repeated, repeated, weigh
from .front.recorded_reading import recorded_reading
from .options import Options
from .prepare import read_graph, resolve_dialect

ENOUGH, CLEARLY = 0.999, 10.0
"""A reading that does not repeat all of a recording is taken if it repeats this share and others miss so many times
more."""
MOST_OFF = 0.01
"""Of what is recorded and not 0: so many values may differ where a reading is named."""


def read_by_run(raw: RawGraph, options: Options, stimulus: bytes) -> tuple[Options, tuple[Diagnostic, ...]]:
    """Name the reading that repeats what a stimulus file holds as `output` or `layer/...`, where the options name none.

    stimulus: the bytes of an `.npz`. Returns the options, and what is to be said: SPK0311 how the file is read, SPK0314
    that no reading repeats what was recorded, SPK0315 that the one which the options name does not. Raises
    DiagnosticError: SPK0306 or SPK0307 where none does and the file alone does not say how to read it; SPK0402 to
    SPK0409 for the stimulus."""
    named = options.dialect is not None
    if options.reading is not None or (recorded_reading(raw) is not None and not named):
        return options, ()
    recording = _recording(raw, stimulus)
    if recording is None:
        return options, ()
    if named:
        return options, _against(raw, options, recording)
    options.say("try readings on what is recorded")
    traced = detect(raw, options.dt_seconds)
    found = weigh(raw, recording, traced.readings, options.dt_seconds)
    if found is None:
        return options, ()
    best = found.best
    if not _is_enough(found):
        return options, (_none_repeats(traced, found),)
    given = dict(options.dialect_options)
    chosen = replace(
        options,
        dialect=best.reading.name,
        dt_seconds=best.reading.dt_seconds,
        dialect_options=tuple(sorted({**best.reading.options, **given}.items())),
    )
    return chosen, (_read_as(found),)


def _against(raw: RawGraph, options: Options, recording: Recording) -> tuple[Diagnostic, ...]:
    """SPK0315 where the reading that the options name does not repeat a recording. Raises DiagnosticError for a reading
    that there is not."""
    dialect, _ = resolve_dialect(raw, options)
    options.say("hold the reading against what is recorded")
    found = repeated(raw, dialect, recording.part)
    if found is not None and _differs(found):
        found = repeated(raw, dialect, recording)
    if found is None or not _differs(found):
        return ()
    hint = (
        "leave out --dialect and the reading that repeats it is found; or give a stimulus without a recording"
    )
    if strange := _of_another(found):
        message = f"{', '.join(strange)} in the stimulus file has another shape than here, or is not of this network"
        return (
            warning("SPK0315", message, hint="is it of another network? spikec inspect shows the shapes"),
        )
    message = (
        f"read as {dialect.name}, the network differs from what is recorded beside the stimulus in "
        f"{found.sites - found.equal:,} of {found.sites:,} values, of which {found.present:,} are not 0"
    )
    return (warning("SPK0315", message, hint=hint),)


def _of_another(found: Repeated) -> list[str]:
    """Recorded outputs that the network does not have in that shape; of layers too where it has none that is there."""
    return [name for name in found.strange if found.sites == 0 or not name.startswith("layer/")]


def _differs(found: Repeated) -> bool:
    """More than another order of additions does."""
    return bool(_of_another(found)) or found.sites - found.equal > MOST_OFF * max(1, found.present)


def _recording(raw: RawGraph, stimulus: bytes) -> Recording | None:
    """What was recorded, with its inputs; None where nothing was, or where the Inputs have no shapes."""
    names = members(io.BytesIO(stimulus))
    recorded = [name for name in names if is_recorded(name)]
    if not recorded:
        return None
    try:
        shapes = read_graph(raw, Options(dialect="nir.euler", dt_seconds=1.0)).ports.inputs
    except DiagnosticError:
        return None
    inputs = keys_of(names, shapes)
    arrays = read_arrays(io.BytesIO(stimulus), [*inputs, *recorded])
    found, _ = chosen_arrays(names, {name: arrays[name] for name in inputs}, shapes)
    return Recording(inputs=found, recorded={name: arrays[name] for name in recorded})


def _is_enough(found: Evidence) -> bool:
    """Whether one framework's readings alone repeat the recording, or nearly all of it and clearly more than others."""
    best = found.best
    if any(_framework(other) != _framework(best.reading) for other in found.also):
        return False
    missed = 1.0 - best.share
    return best.repeats or (best.share >= ENOUGH and 1.0 - found.next_best >= CLEARLY * missed)


def _framework(reading: Reading) -> str:
    return reading.name.partition(".")[0]


def _read_as(found: Evidence) -> Diagnostic:
    best = found.best
    share = f"{best.equal:,} of {best.sites:,} recorded values"
    message = f"the file is read as {as_typed(best.reading)}, which repeats {share}"
    others = f"; of the others the best repeats {found.next_best:.1%} of a part" if found.next_best else ""
    facts = [("tried", f"{found.tried} reading{'s' if found.tried != 1 else ''}{others}")]
    facts += [("as well", as_typed(reading)) for reading in found.also]
    made = note if best.repeats else warning
    return replace(made("SPK0311", message, hint="--dialect overrules this"), facts=tuple(facts))


def _none_repeats(traced: Detection, found: Evidence) -> Diagnostic:
    """Raises DiagnosticError where the file alone does not say how to read it."""
    best = found.best
    nearest = f"{as_typed(best.reading)} repeats {best.share:.1%} of it"
    lacking = _lacking(traced)
    if traced.dialect is not None:
        message = f"no reading of {found.tried} tried repeats what is recorded beside the stimulus"
        hint = "the file is read by its traces; check that stimulus, recording and file belong together"
        return replace(warning("SPK0314", message, hint=hint), facts=(("nearest", nearest), *lacking))
    (question,) = (d for d in traced.diagnostics if d.severity == "error")
    if best.repeats:
        told = f"{len(found.also) + 1} readings of {found.tried} tried repeat what is recorded beside the stimulus"
        alike = [("repeats it", as_typed(reading)) for reading in (best.reading, *found.also)]
    else:
        told = f"none of {found.tried} readings tried repeats what is recorded beside the stimulus"
        alike = [("nearest", nearest), *lacking]
    facts = (*question.facts, ("recording", told), *alike)
    raise DiagnosticError((replace(question, facts=facts),))


def _lacking(traced: Detection) -> list[tuple[str, str]]:
    """What files of the frameworks that left traces do not say: a network may have had it nevertheless."""
    families = dict.fromkeys(family_name(reading.name) for reading in traced.readings)
    return [
        ("not in the file", f"{name}: {guide().families[name].missing}") for name in families if name != "nir"
    ]
