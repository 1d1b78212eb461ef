"""Writes down what the examples give now, as what they should give: `python -m tests.examples.record`, then read
the difference before it is kept."""

from __future__ import annotations

import json

from .test_examples import EXAMPLES, NOTEBOOK, SCRIPTS, outputs_of_the_notebook, printed_by


def main() -> None:
    for script in SCRIPTS:
        (EXAMPLES / "expected" / f"{script.stem}.txt").write_text(printed_by(script), encoding="utf-8")
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell, outputs in zip(cells, outputs_of_the_notebook(), strict=True):
        cell["outputs"] = outputs
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
