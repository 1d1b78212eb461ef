"""`spikec.compile`: from a network to a proven compile, in memory."""

from __future__ import annotations

from dataclasses import replace

from ...sim.diagnostic import keeping
from ..compiled import Compiled
from ..ir.stages import Ports
from ..pipeline import compile_graph
from ..prepare import read_graph, resolve_target
from ..shell.option_kinds import MOST_CHARACTERS
from .chips import ATarget
from .net import Net, name_of, read_net
from .options import chosen_options
from .stimulus import AnyStimulus, as_recorded, optional_stimulus


def compile(
    net: Net,
    target: ATarget = "loihi1",
    *,
    dialect: str | None = None,
    dt: float | None = None,
    stimulus: AnyStimulus | None = None,
    labels: object = None,
    **options: object,
) -> Compiled:
    """Compile a spiking network for a neuromorphic chip, and prove the result.

    net: the path of a `.nir` file, its bytes, or a `nir.NIRGraph`. target: the name of a chip (`spikec.targets()`), or
    whatever `spikec.load_target` takes. dialect: how the framework that wrote the file means it (`spikec.dialects()`);
    None recognises it from the file, where one reading fits. dt: the time step in seconds, where the file does not
    carry it. stimulus: what both verdicts run on: the path of an `.npz`, an array (T, B, ...) of steps, samples and
    the shape of the only Input, a dict of such by Input, or a `spikec.Stimulus`; None draws a seeded random one, which
    is recorded. labels: (B,) integers >= 0, for the accuracy.

    options, as on the command line: `weight_bits` (2 to 8), `split_weights`, `host_prefix` (names of populations),
    `allow_host`, `allow_approximation`, `calibrate`, `chips`, `max_neurons_per_core`, `pins` (population -> core),
    `lock` (an earlier placement.lock.json: path or bytes), `dialect_options` (a dict), `seed`, `name` and `date` (texts
    for the page), `progress` (a function of one text). Nothing is written: `Compiled.write` does that. The command line
    keeps the placement of an earlier output in the same folder; here it is kept only where it is given as `lock`.

        compiled = spikec.compile("digits.nir", "loihi1", dialect="snntorch.Leaky", stimulus="digits.npz")
        compiled.report.verdicts.fidelity.output_f1
        compiled.write("digits.out")

    Raises DiagnosticError with the findings of a stage: SPK01xx and SPK02xx the network, SPK03xx its dialect, SPK04xx
    the stimulus, SPK05xx target and options, SPK10xx what the chip cannot do, SPK20xx what does not fit."""
    chosen = chosen_options(target, dialect, dt, options)
    read = read_net(net)
    if not chosen.name:
        chosen = replace(chosen, name=name_of(net)[:MOST_CHARACTERS])
    given = stimulus is not None or labels is not None
    with keeping(read.notes):
        chosen, told = as_recorded(read.raw, chosen, stimulus)
        notes = (*read.notes, *told)
    with keeping(notes):
        ports = read_graph(read.raw, chosen).ports if given else Ports(inputs={}, outputs={})
        used = optional_stimulus(stimulus, labels, ports, resolve_target(chosen))
        made = compile_graph(read.raw, chosen, stimulus=used, source=read.image)
    return replace(made, diagnostics=(*notes, *made.diagnostics))
