"""One job: all that a process needs to run it, here or on another machine, and what makes it the same."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

import msgspec

from ..ir.record import builtins_of
from ..ir.sweep import SweepStimulus


class Job(msgspec.Struct, frozen=True, kw_only=True, tag="compile"):
    """A compile that is to be run. net: the bytes of the `.nir` file. toml: of the chip. options: as `to_record` makes
    them. stimulus: where the spikes come from; stimulus_file: the bytes of the `.npz` where it is a file."""

    net: bytes
    toml: bytes
    options: dict[str, object]
    stimulus: SweepStimulus
    stimulus_file: bytes = b""


class FitJob(Job, frozen=True, kw_only=True, tag="fit"):
    """A network that is to be tried on a chip. target: name of the chip."""

    target: str


def job_digest(job: Job, net_sha256: str) -> str:
    """SHA-256 over network, chip, options, stimulus and spikec's version: jobs of one digest have one outcome.

    net_sha256: of `job.net`, which many jobs share."""
    made_of = {
        "spikec": version("spikec"),
        "network": net_sha256,
        "target": hashlib.sha256(job.toml).hexdigest(),
        "options": job.options,
        "stimulus": builtins_of(job.stimulus),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
