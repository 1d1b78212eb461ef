"""The chip: its words, what its neurons do, and the family that spikec finds."""

from __future__ import annotations

from importlib.resources import files

from spikec.targets.family import Family
from spikec.targets.layout import Field, WordType
from spikec.targets.mesh.chip import MeshRecord, mesh_rules
from spikec.targets.mesh.word_lists import Document, WordLists

WORDS = WordLists(
    file="mesh8.json",
    format="mesh8/1",
    neuron=WordType(
        "neuron",
        (Field("leak", 5), Field("threshold", 15), Field("bias", 16, True), Field("initial", 16, True)),
    ),
    axon=WordType("axon", (Field("source", 20), Field("from_host", 1))),
    synapse=WordType(
        "synapse", (Field("axon", 6), Field("neuron", 5), Field("weight", 8, True), Field("delay", 3))
    ),
)
DIALECT = {
    "fire": (">=",), "fire_on": ("new",), "leak": ("none", "decay"), "multi": (1,), "refractory": (0,),
    "reset": ("subtract",), "reset_phase": ("same", "next_before_decay"), "v0": ("rest", "any"), "v_min": ("none",),
}  # fmt: skip
"""What the neuron does, by field of a reading."""


class Mesh8(MeshRecord, frozen=True, forbid_unknown_fields=True, tag_field="family", tag="mesh8"):
    """A mesh of cores with the words above."""


FAMILY = Family(
    record=Mesh8,
    chips={"mesh8": files(__package__ or "") / "mesh8.toml"},
    rules=lambda chip: mesh_rules(chip, WORDS.synapse, DIALECT),
    backend="mesh8.backend:Mesh8Backend",
    register_map=WORDS.register_map,
    document=Document,
)
