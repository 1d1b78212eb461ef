"""A group of verbs that are listed without being imported, and says which was meant where one is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click


class LazyGroup(click.Group):
    """Commands are imported when they are run. verbs: name -> line of help. load: imports one. titles: of groups of
    verbs in the help, each with its verbs."""

    verbs: Mapping[str, str]
    titles: Mapping[str, tuple[str, ...]] = {}
    load: Callable[[str], click.Command]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs, without importing one."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb; None for a name that is none."""
        return type(self).load(cmd_name) if cmd_name in self.verbs else None

    @property
    def sections(self) -> Mapping[str, tuple[str, ...]]:
        """Title -> verbs, all of them."""
        grouped = {name for names in self.titles.values() for name in names}
        rest = tuple(name for name in self.verbs if name not in grouped)
        return {**self.titles, **({"Commands": rest} if rest else {})}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that is typed. Raises UsageError, which names the nearest, for one that is not known."""
        name = args[0]
        if name in self.verbs or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"No such command {name!r}. {self._meant(name)}".rstrip(), ctx)

    def _meant(self, name: str) -> str:
        from ...sim.near_names import did_you_mean, sentence

        if Path(name).suffix == ".nir" and "compile" in self.verbs:
            return f"A verb comes first: {', '.join(f'`{v} {name}`' for v in ('compile', 'inspect', 'fit'))}"
        return sentence(did_you_mean(name, self.verbs))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples, where the group is a verb that has some."""
        from .verb_help import write_examples

        super().format_epilog(ctx, formatter)
        write_examples(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs with their lines of help, without importing one."""
        for title, names in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.verbs[name]) for name in names])
