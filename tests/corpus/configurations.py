"""What each network of the corpus is compiled to on each target, as SHA-256 of all that is loaded.

`python -m tests.corpus.configurations [NAME ...]` writes the table anew, small networks first; it may change only in a
commit that says why.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikec.compiler.backends.interface import backend_of
from spikec.compiler.options import Options
from spikec.compiler.prepare import prepare, read_front, resolve_target
from spikec.sim.diagnostic import DiagnosticError
from spikec.sim.nir.file import read
from spikec.sim.stimulus import load
from spikec.targets import names

CORPUS = Path(__file__).parent
TABLE = CORPUS / "configurations.json"


def entries() -> dict[str, Mapping[str, Any]]:
    """Name -> what the manifest says of a network whose file is here; fewer neurons first."""
    listed = json.loads((CORPUS / "manifest.json").read_text())["networks"]
    here = [e for e in listed if (CORPUS / f"{e['name']}.npz").exists() and e.get("out_kind")]
    return {e["name"]: e for e in sorted(here, key=lambda e: (e["neurons"], e["params"], e["name"]))}


def table() -> dict[str, dict[str, str]]:
    """Name of a network -> name of a target -> digest or codes, as they were written last."""
    return json.loads(TABLE.read_text()) if TABLE.exists() else {}


def digest(entry: Mapping[str, Any], target: str) -> str:
    """SHA-256 of the configuration, approximations allowed; or the codes with which the compiler refuses."""
    name = entry["name"]
    raw, _ = read(CORPUS / f"{name}.nir")
    options = Options(
        target=target,
        dialect=entry["dialect"],
        dt_seconds=entry["dt"],
        dialect_options=tuple(sorted(entry["dialect_overrides"].items())),
        allow_approximation=True,
    )
    try:
        chip = resolve_target(options)
        front = read_front(raw, options, chip)
        prepared = prepare(front, options, chip, load(CORPUS / f"{name}.npz", front.network.inputs))
        backend, network = backend_of(prepared.target), prepared.quantized.network
        placed = backend.place(network, chip, options, {}, None)
        return backend.read_files(chip, backend.emit(network, placed.placement, chip).files).digest()
    except DiagnosticError as problem:
        return " ".join(sorted({d.code for d in problem.diagnostics}))


def main() -> None:
    only, written = set(sys.argv[1:]), table()
    for name, entry in entries().items():
        if only and name not in only:
            continue
        for target in names():
            start = time.process_time()
            value = digest(entry, target)
            before = written.setdefault(name, {}).get(target)
            changed = "" if before in (None, value) else " CHANGED"
            print(f"{name} {target} {value[:16]} {time.process_time() - start:.1f} s{changed}", flush=True)
            written[name][target] = value
            TABLE.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
