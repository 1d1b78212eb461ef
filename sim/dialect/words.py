"""Says a reading in words: for each kind of node that a network has, what happens to it in a step."""

from __future__ import annotations

from collections.abc import Iterable

from .dialect import Dialect, NodeDialect

STATEFUL = ("IF", "LIF", "CubaLIF", "I", "LI", "CubaLI", "Threshold")
"""Kinds of node that a reading says something of, in the order in which they are told."""
DECAYS = {"euler": "1 - dt/{tau}", "exp": "exp(-dt/{tau})", "given": "{tau}"}
GAINS = {
    "r*dt/tau": "r dt/{tau} times its input",
    "r*(1-decay)": "r (1 - {kept}) times its input",
    "one": "its input as it is",
    "r*dt": "r dt times its input",
}
SYNAPSES = {"w*dt/tau": "w_in dt/tau_syn times its input", "one": "its input as it is"}
VIEWS = {
    "new": "the current after its update",
    "jump": "the current with its input, before that decays",
    "old": "the current of the step before",
}
RESETS = {
    "v_reset": "sets V to v_reset",
    "subtract": "takes the threshold off V",
    "none": "leaves V as it is",
}
PHASES = {
    "same": "in the same step",
    "same_raised": "in the same step, and one more off what is compared in the next, where V stays above it",
    "next_before_decay": "in the next step, before V decays",
    "next_after_decay": "in the next step, after V took its input",
    "next_overwrite": "in the next step, whose input is lost",
}
STARTS = {"zero": "0", "v_leak": "v_leak", "v_reset": "v_reset"}
SPIKING = ("IF", "LIF", "CubaLIF", "Threshold")


def in_words(dialect: Dialect, nodes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Sentences of a reading: the time step, then each kind of node, and nodes that differ from their kind.

    nodes: (NIR path, kind) of the nodes of a network, of which only those that the reading says something of count."""
    kinds: dict[str, list[str]] = {}
    for path, kind in nodes:
        if kind in STATEFUL:
            kinds.setdefault(kind, []).append(path)
    scale = dialect.default.tau_scale
    first = f"a step is {dialect.dt_seconds:g} s"
    lines = [first if scale == 1 else f"{first}, and every tau of the file times {scale:g} is in seconds"]
    for kind in (kind for kind in STATEFUL if kind in kinds):
        lines += _kind_lines(dialect, kind, sorted(kinds[kind]))
    return tuple(lines)


def reading_lines(words: Iterable[str]) -> tuple[str, ...]:
    """Sentences as lines of a terminal: the kind of node, then a line for each thing that it does."""
    lines: list[str] = []
    for sentence in words:
        kind, colon, text = sentence.partition(": ")
        if not colon:
            lines.append(sentence)
            continue
        first, *others = text.split("; ")
        lines += [f"{kind:<9} {first}", *(f"{'':<9} {other}" for other in others)]
    return tuple(lines)


def _kind_lines(dialect: Dialect, kind: str, paths: list[str]) -> list[str]:
    """One sentence a reading that nodes of the kind have, the commonest first and without names."""
    said: dict[str, list[str]] = {}
    for path in paths:
        said.setdefault(node_in_words(kind, dialect.for_node(path, kind)), []).append(path)
    ranked = sorted(said.items(), key=lambda one: (-len(one[1]), one[1]))
    if len(ranked) == 1:
        return [f"{kind}: {ranked[0][0]}"]
    return [f"{kind} {', '.join(where)}: {text}" for text, where in ranked]


def node_in_words(kind: str, node: NodeDialect) -> str:
    """What a node of the kind does in a step, as one sentence."""
    if kind == "Threshold":
        return f"1 where its input is {node.fire} the threshold{_late(node)}"
    parts = [_integration(kind, node)]
    if kind in SPIKING:
        parts += [*_firing(node), *_reset(node)]
    elif node.layer_delay:
        parts.append("what it gives is sent one step later")
    if node.bias_extra:
        parts.append(f"{node.bias_extra:g} is added to V in every step")
    if node.v0 != "zero" and kind not in ("I", "IF") and (kind in SPIKING or node.v0 == "v_leak"):
        parts.append(f"V starts at {STARTS[node.v0]}")
    return "; ".join(parts)


def _integration(kind: str, node: NodeDialect) -> str:
    if kind in ("I", "IF"):
        return f"V adds {GAINS[node.if_gain]}"
    tau = "tau_mem" if kind.startswith("Cuba") else "tau"
    kept = _kept(node.decay, tau, clip=node.clip_decay)
    weight = node.li_gain if kind in ("LI", "CubaLI") else node.gain
    added = GAINS[weight].format(tau=tau, kept=DECAYS[node.decay].format(tau=tau))
    if not kind.startswith("Cuba"):
        return f"V keeps {kept} of itself and adds {added}"
    current = _kept(node.syn_decay, "tau_syn", clip=node.clip_decay)
    if node.syn_gain == "decay":
        synapse = f"the current takes its input, then keeps {current} of itself"
    else:
        synapse = f"the current keeps {current} of itself and adds {SYNAPSES[node.syn_gain]}"
    heard = added.replace("its input", VIEWS[node.syn_view]).replace(" as it is", "")
    return f"{synapse}; V keeps {kept} of itself and adds {heard}"


def _kept(decay: str, tau: str, *, clip: bool) -> str:
    return DECAYS[decay].format(tau=tau) + (" (clipped to 0..1)" if clip else "")


def _firing(node: NodeDialect) -> list[str]:
    """When a neuron fires and how often."""
    which = "" if node.fire_on == "new" else " of the step before, so that spikes come a step late,"
    text = f"fires where V{which} {node.fire} the threshold".replace(", >", ", is >").replace("V >", "V is >")
    if node.multi is None:
        text += ", as many spikes a step as thresholds fit into V"
    elif node.multi > 1:
        text += f", up to {node.multi} spikes a step"
    return [text + _late(node)]


def _reset(node: NodeDialect) -> list[str]:
    each = "each spike" if node.multi != 1 else "a spike"
    parts = [
        f"{each} {RESETS[node.reset]}" + ("" if node.reset == "none" else f" {PHASES[node.reset_phase]}")
    ]
    if node.v_min is not None:
        floor = "minus the threshold" if node.v_min == "-theta" else f"{node.v_min:g}"
        parts.append(f"V never falls below {floor}")
    if node.refractory:
        parts.append(f"it is silent for {node.refractory} steps after a spike")
    if not node.rec_delay:
        parts.append("feedback arrives in the same step")
    elif node.rec_delay > 1:
        parts.append(f"feedback arrives {node.rec_delay} steps later")
    return parts


def _late(node: NodeDialect) -> str:
    return ", sent one step later" if node.layer_delay else ""
