"""Records of a sweep: what became of each point of a design space; the content of sweep.json and results.json."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .record import Amount, Code, Count, Fraction, OneOrMore, Record, Sha256, Share

SCHEMA_VERSION = 1
Status = Literal["done", "refused", "failed"]
JobDigest = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of what a job is made of.")
]


class Outcome(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a job. status: done; refused, as it would be again; failed, by the machine or a fault of spikec,
    so that another try may do. code, reason: of its first error, empty where it is done. notes: codes of warnings and
    notes. All else is null where the job is not done.

    identical: the placement verdict. packets: that cores send in a step, null where the chip's are not counted.
    latency_steps: by which the chip's outputs are late. output_f1: null for outputs that do not spike.
    output_agreement: share of equal sites, or of samples with the same decision. accuracy: right decisions, as
    "right/all", null without labels. configuration_sha256: of what is loaded."""

    status: Status
    code: Annotated[str, msgspec.Meta(pattern="^(SPK[0-9]{4})?$")] = ""
    reason: str = ""
    notes: tuple[Code, ...] = ()
    identical: bool | None = None
    cores: OneOrMore | None = None
    packets: Amount | None = None
    latency_steps: Count | None = None
    output_f1: Share | None = None
    output_agreement: Share | None = None
    accuracy: Fraction | None = None
    configuration_sha256: Sha256 | None = None


class SweepRow(Outcome, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point of the design space and what became of it. weight_bits: null where the chip has no choice. seed: of the
    random stimulus, null where one is given. front: no other row is as good in everything and better in something."""

    network: str
    target: str
    weight_bits: OneOrMore | None
    seed: Count | None
    front: bool
    job: JobDigest


class SweepStimulus(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all jobs run on: a file (sha256), or spikes that each seed draws (rate, steps, batch), asked for or standing
    in for a stimulus that was not given."""

    kind: Literal["file", "poisson", "stand-in"]
    sha256: Sha256 | None = None
    rate: Share | None = None
    steps: OneOrMore | None = None
    batch: OneOrMore | None = None


class Sweep(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A design space that was run: the content of sweep.json.

    networks, targets: name -> SHA-256 of the file, of the toml. options: those of all jobs that were given, each as
    JSON. rows: of the points that are finished, sorted. left: how many are not."""

    schema_version: Literal[1] = SCHEMA_VERSION
    spikec: str
    networks: dict[str, str]
    targets: dict[str, str]
    stimulus: SweepStimulus
    options: dict[str, str]
    rows: tuple[SweepRow, ...]
    left: Count

    def __str__(self) -> str:
        """The table that `spikec sweep` prints."""
        from ..text.render_sweep import sweep_text

        return sweep_text(self)

    def __repr__(self) -> str:
        done = sum(row.status == "done" for row in self.rows)
        return f"<Sweep of {len(self.rows)} points: {done} done>"

    def _repr_html_(self) -> str:
        from ..report.notebook import sweep_html

        return sweep_html(self)


class Result(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The outcome of a job and how long it took."""

    outcome: Outcome
    seconds: Amount


class SweepResults(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every result that a folder holds, by the digest of its job, for this design space or another one."""

    schema_version: Literal[1] = SCHEMA_VERSION
    spikec: str
    results: dict[str, Result]
