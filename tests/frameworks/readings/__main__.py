"""Records the networks of `readings.zip` anew: `python -m tests.frameworks.readings DIRECTORY`.

Runs from the repository root; DIRECTORY holds the environments of tests/frameworks/make_environments.sh.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent
PACKED = FOLDER.parents[1] / "sim" / "framework_runs" / "readings.zip"


def main(directory: Path) -> None:
    """Run every recorder in its environment, and pack what they write in a fixed order without times."""
    with tempfile.TemporaryDirectory() as written:
        for script in sorted(FOLDER.glob("of_*.py")):
            python = directory / script.stem.removeprefix("of_") / "bin" / "python"
            subprocess.run([python, script, written], check=True, capture_output=True)
        with zipfile.ZipFile(PACKED, "w") as packed:
            for file in sorted(Path(written).iterdir()):
                packed.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_LZMA)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
