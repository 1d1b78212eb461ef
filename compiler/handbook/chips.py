"""A page for each family of chips: what it does with each kind of node, its limits, its files, how it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from ...targets import load, names, toml_of
from ...targets.families import family_named
from ..verdicts.capabilities import SupportTable
from .pieces import code, folded, lowered, table


def chip_pages() -> dict[str, tuple[str, str]]:
    """Path of a page -> (title, text)."""
    pages: dict[str, tuple[str, str]] = {}
    for folder in sorted(_folders(), key=lambda one: one.name):
        chips = [name for name in names() if name in _tomls(folder)]
        if not chips:
            continue
        readme = (folder / "README.md").read_text(encoding="utf-8")
        title = readme.split("\n", 1)[0].removeprefix("# ")
        pages[f"chips/{folder.name}.md"] = (title, _page(title, readme, chips))
    return pages


@cache
def _supported() -> dict[str, SupportTable]:
    """Target -> what it does with each kind of node, as it was compiled and proven when this spikec was made; the tests
    do so again."""
    data = (resources.files("spikec.compiler.handbook") / "support.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, SupportTable])


def supported(name: str) -> SupportTable:
    """What a chip of ours does with each kind of node."""
    return _supported()[name]


def overview(folder: str) -> str:
    """The table of all chips, with what each does with a LIF. folder: of the chips' pages, seen from the page."""
    return _overview().replace("](", f"]({folder}")


@cache
def _overview() -> str:
    rows = []
    for folder in sorted(_folders(), key=lambda one: one.name):
        for name in (one for one in names() if one in _tomls(folder)):
            chip = load(name)
            link = f"[{chip.title}]({folder.name}.md)"
            rows.append((link, f"`{name}`", *_neurons(name), chip.latency.neuron_to_neuron))
    columns = (
        "chip",
        "`--target`",
        "leaky neurons with a reset to a value / by subtraction",
        "steps a layer",
    )
    return table(columns, rows)


def _neurons(name: str) -> tuple[str, ...]:
    rows = {(row.kind, row.variant): row.answer for row in supported(name).rows}
    wanted = ("reset to a value", "reset by subtraction, one spike a step")
    return tuple(rows.get(("LIF", variant), "no") for variant in wanted)


def _folders() -> Iterator[Traversable]:
    for folder in resources.files("spikec.targets").iterdir():
        if folder.is_dir() and (folder / "README.md").is_file():
            yield folder


def _tomls(folder: Traversable) -> set[str]:
    """Names of the chips whose tomls lie in a folder or one below."""
    inner = [one for one in folder.iterdir() if one.is_dir() and one.name != "__pycache__"]
    files = [*folder.iterdir(), *(file for one in inner for file in one.iterdir())]
    texts = [file.read_text(encoding="utf-8") for file in files if file.name.endswith(".toml")]
    return {name for name in names() if any(f'\nname = "{name}"' in text for text in texts)}


def _page(title: str, readme: str, chips: list[str]) -> str:
    parts = [f"# {title}", f"Targets: {', '.join(f'`--target {name}`' for name in chips)}."]
    parts += [_support(name, several=len(chips) > 1) for name in chips]
    parts.append(_outputs(chips[0]))
    parts += ["## The chip", lowered(readme)]
    parts.append("## Numbers, each with its source")
    for name in chips:
        text = toml_of(name).decode()
        parts.append(folded(f"{load(name).title}: `{name}`", code(text, "toml")))
    return "\n\n".join(parts)


def _support(name: str, *, several: bool) -> str:
    found = supported(name)
    title = "What it does with a node" + (f": {load(name).title}" if several else "")
    rows = [(row.kind, row.variant, row.answer, row.reason) for row in found.rows]
    text = table(("node", "", "chip", "what differs"), rows)
    always = "\n".join(f"- in every network: {line}" for line in found.always)
    lead = "Compiled and proven, but for the rounding of numbers; the same as `spikec targets show`."
    return f"## {title}\n\n{lead}\n\n{text}\n{always}"


def _outputs(name: str) -> str:
    """What a compile writes for the chip, and how that is loaded."""
    chip = load(name)
    family = family_named(chip.family)
    if family is None or family.output_guide is None:
        return ""
    guide = family.output_guide(chip)
    rows = [(f"`{file}`", text) for file, text in guide.files.items()]
    parts = ["## What a compile writes", table(("file", "what it is"), rows)]
    for part, heading in (("loading", "Loading"), ("sending", "What to send in each step"),
                          ("receiving", "What comes back"), ("testing", "Testing")):  # fmt: skip
        parts += [f"### {heading}", str(getattr(guide, part)).strip()]
    return "\n\n".join(parts)
