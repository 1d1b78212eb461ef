"""The record of files that a chip is tested with: the content of vectors.json, of which its schema is made."""

from __future__ import annotations

from .record import Count, OneOrMore, Record, Sha256
from .report import StimulusSource


class VectorFiles(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `spikec vectors` wrote. configuration_sha256: of the configuration that was simulated, as its report has it.
    stimulus: where the inputs came from. samples: their numbers in it, in the order in which the bench plays them.
    chip_steps: of each sample. files: names of all that was written beside vectors.json."""

    target: str
    configuration_sha256: Sha256
    stimulus: StimulusSource
    samples: tuple[Count, ...]
    chip_steps: OneOrMore
    files: tuple[str, ...]
