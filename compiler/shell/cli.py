"""The command line: the group, its entry point, its exit codes. Verbs are files in `verbs/`, imported when run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ..text.printed_text import PrintingError, print_anywhere
from .interrupt import address_space_bytes, ending_code, interruptible, leave
from .verb_group import LazyGroup

if TYPE_CHECKING:
    from ...sim.diagnostic import Diagnostic

VERBS = {
    "check": "Decode OUT again, repeat both verdicts, and derive every file of it again.",
    "compare": "Hold a trace recorded on hardware against the simulator, and show where they differ first.",
    "compile": "Compile NET.nir, prove the result, and write it to OUT.",
    "dialects": "List the ways to read a file; show what one of them means.",
    "diff": "Compare two outputs: cores, resources, fidelity, digests; a broken limit is exit 4.",
    "docs": "Make the documentation as pages that open without a network, and print where they lie.",
    "explain": "Say what a diagnostic code means and what to do.",
    "export": "Write OUT's network as the chip realises it, and measure how it agrees with the chip's integers.",
    "fit": "Compile NET.nir for every installed target, and print what it costs and what is lost, the best first.",
    "inspect": "Show what NET.nir holds, and how it can be read.",
    "lint": "Give advice on NET.nir that is no error, with numbers and hints.",
    "reference": "Run NET.nir in float as its dialect means it, and write the trace.",
    "schema": "Print the JSON Schema of an output, or list them.",
    "simulate": "Run the configuration in OUT and write the trace.",
    "sweep": "Compile every network for every target at every weight width, and show what is worth its cost.",
    "targets": "List the targets; show one, write a new one, check it, print its registers.",
    "vectors": "Write what the chip in OUT is sent for a stimulus and what it answers, with a bench that plays it.",
}
"""Verb -> its line of help. Module `verbs/<verb>.py` has it as `command`; `--help` imports none of them."""


TITLES = {
    "Look at a network": ("inspect", "dialects", "lint", "fit", "reference"),
    "Compile": ("compile", "sweep"),
    "Use what was made": ("check", "simulate", "vectors", "compare", "diff", "export"),
    "Look things up": ("docs", "targets", "explain", "schema"),
}
"""How `--help` groups the verbs."""
BEGIN = """\b
Begin with:
  spikec fit NET.nir --stimulus SAMPLES.npz       every chip side by side
  spikec compile NET.nir --target NAME --stimulus SAMPLES.npz -o OUT
  spikec VERB --help                              options, with examples"""


class Verbs(LazyGroup):
    """The verbs of spikec."""

    verbs = VERBS
    titles = TITLES

    @staticmethod
    def load(name: str) -> click.Command:
        """Import a verb. Raises DiagnosticError (SPK0604) where its libraries would have too little memory."""
        if (found := _too_little_memory(name)) is not None:
            raise found
        _keep_memory(name)
        return importlib.import_module(f"..verbs.{name}", __package__).command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, epilog=BEGIN)
@click.version_option(package_name="spikec")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def cli(debug: bool) -> None:
    """Compiles NIR graphs into chip configurations, and proves what it made."""


def main() -> None:
    """Entry point: diagnostics to stderr, the exit codes of the README."""
    interruptible()
    print_anywhere()
    code = _run()
    try:
        sys.stdout.flush()
    except PrintingError as problem:
        code = code or _unprinted(problem)
    except (AttributeError, ValueError):  # closed
        pass
    leave(code)


def _too_little_memory(verb: str) -> Exception | None:
    """The refusal of a verb whose libraries would end the process from below."""
    if address_space_bytes() is None:
        return None
    from ...sim.diagnostic import DiagnosticError
    from .shell_limits import too_little_for

    found = too_little_for(verb)
    return None if found is None else DiagnosticError((found,))


def _run() -> int:
    from ...sim.diagnostic import DiagnosticError

    try:
        result = cli.main(prog_name="spikec", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _interrupted()
    except click.ClickException as problem:
        return _misused(problem)
    except DiagnosticError as problem:
        from ..diagnostics import exit_code

        return _refused(problem.diagnostics, exit_code(problem.diagnostics))
    except PrintingError as problem:
        return _unprinted(problem)
    except Exception as problem:
        if "--debug" in sys.argv:
            raise
        return _failed(problem)


def _keep_memory(name: str) -> None:
    from ...targets.native.allocator import keep_memory
    from .shell_limits import COMPUTING

    if name in COMPUTING:
        keep_memory()


def _interrupted() -> int:
    click.echo("interrupted", err=True)
    return ending_code()


def _misused(problem: click.ClickException) -> int:
    from ...sim.near_names import nearest
    from ..diagnostics import USAGE

    if isinstance(problem, click.NoSuchOption):
        flags = {flag.lstrip("-"): flag for flag in problem.possibilities or ()}
        near = [flags[name] for name in nearest(problem.option_name.lstrip("-"), flags)]
        problem = click.NoSuchOption(problem.option_name, possibilities=near, ctx=problem.ctx)
    problem.show()
    _print_failure((), USAGE, usage=problem.format_message())
    return USAGE


def _refused(found: Sequence[Diagnostic], code: int) -> int:
    from ..diagnostics import render_all

    click.echo(render_all(found), err=True)
    _print_failure(found, code)
    return code


def _print_failure(found: Sequence[Diagnostic], code: int, usage: str = "") -> None:
    """With --json, what went wrong as JSON too, on stdout, where else the result would be."""
    if "--json" not in sys.argv:
        return
    from ..verbs.printed import Failure
    from ..verbs.printing import print_json

    with suppress(PrintingError):  # stderr has it in words
        print_json(Failure(diagnostics=tuple(found), exit_code=code, usage=usage))


def _unprinted(problem: PrintingError) -> int:
    from ...sim.diagnostic import error
    from ..diagnostics import PROBLEM, render_all

    message = f"what is to be printed cannot be written: {problem.strerror}"
    click.echo(
        render_all((error("SPK0603", message, hint="make room, or print to somewhere else"),)), err=True
    )
    return PROBLEM


def _failed(problem: Exception) -> int:
    from ..diagnostics import INTERNAL, PROBLEM
    from .shell_limits import is_lack_of_files, is_lack_of_memory, no_files, no_memory

    if is_lack_of_files(problem):
        return _refused((no_files(),), PROBLEM)
    if is_lack_of_memory(problem):
        return _refused((no_memory(),), PROBLEM)
    return _internal(problem, INTERNAL)


def _internal(problem: Exception, code: int) -> int:
    from ...sim.diagnostic import error, render
    from ..packages import package_at_work

    package = package_at_work(problem)
    place = "internal error" if package is None else f"internal error while package {package} was at work"
    whose = "spikec" if package is None else f"package {package}"
    hint = f"this is a fault of {whose}; run `spikec --debug ...` and report it"
    found = error("SPK9001", f"{place}: {type(problem).__name__}: {problem}", hint=hint)
    click.echo(render(found), err=True)
    _print_failure((found,), code)
    return code
