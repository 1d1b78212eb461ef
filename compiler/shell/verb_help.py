"""What `--help` of a verb shows: its options in groups, and examples that can be typed."""

from __future__ import annotations

from collections.abc import Mapping

import click

GROUPS: Mapping[str, frozenset[str]] = {
    "How the file is read": frozenset({"dialect", "dialect_options", "dt_seconds"}),
    "Spikes that go in": frozenset(
        {"stimulus", "poisson", "steps", "batch", "seed", "seeds", "sample", "samples", "labels", "trace"}
    ),
    "Chip and numbers": frozenset(
        {
            "target", "targets", "chips", "weight_bits", "weight_widths", "split_weights", "one_synapse",
            "allow_approximation", "native_reset", "constructs", "max_levels", "calibrate", "host_prefix",
            "allow_host",
        }
    ),
    "Where neurons go": frozenset({"max_neurons_per_core", "pins", "lock", "fresh"}),
    "What is demanded": frozenset({"require", "strict", "max_f1_drop", "max_cores_more", "max_accuracy_drop"}),
    "What computes it": frozenset(
        {"engine", "devices", "coordinator", "processes", "process", "workers", "scheduler"}
    ),
}  # fmt: skip
"""Title -> names of options; all others come last."""
REST = "Output"


def examples() -> dict[str, list[str]]:
    """Verb, as `targets show`, -> commands that can be typed in the folder of the sources."""
    import tomllib
    from importlib import resources

    return tomllib.loads(
        (resources.files("spikec.compiler.shell") / "verb_examples.toml").read_text(encoding="utf-8")
    )


class Verb(click.Command):
    """A verb whose help has options in groups, and examples below."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section for each group that has some."""
        titled: dict[str, list[tuple[str, str]]] = {title: [] for title in (*GROUPS, REST)}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                titled[_title(parameter)].append(record)
        for title, records in titled.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(ctx, formatter)


def write_examples(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the commands of a verb, or of a verb of a verb, as they are typed, one a line."""
    if lines := examples().get(ctx.command_path.partition(" ")[2]):
        with formatter.section("Examples"):
            for example in lines:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def _title(parameter: click.Parameter) -> str:
    return next((title for title, names in GROUPS.items() if parameter.name in names), REST)
