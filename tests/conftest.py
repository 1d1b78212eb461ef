"""How tests are shared out where there are several workers."""

from __future__ import annotations

import pytest

LONGEST = (
    "tests/test_docs.py",
    "tests/targets/test_event_bench.py",
    "tests/hostile/test_hostile_files.py",
    "tests/sim/test_jit.py",
    "tests/sim/test_kept_code.py",
    "tests/compiler/test_terminal.py",
    "tests/compiler/test_schemas.py",
    "tests/errors/test_codes.py",
    "tests/corpus/test_corpus_loihi1.py",
    "tests/compiler/test_partition.py",
    "tests/corpus/test_configurations.py",
    "tests/corpus/test_event_benches.py",
    "tests/hostile/test_hostile_outputs.py",
)
"""Files that begin first, so that no worker is left alone with one of them at the end. While the first compiles the
kernels of most engines, where none are kept yet, those behind it need few."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """`-n` alone means one worker a file, so that what a file makes once is made once; in the order of the files, but
    for the `LONGEST`."""
    if config.getoption("numprocesses", None):
        if config.option.dist == "no":
            config.option.dist = "loadfile"
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if missing := [name for name in LONGEST if not (config.rootpath / name).exists()]:
        raise pytest.UsageError(f"LONGEST in tests/conftest.py has {', '.join(missing)}, which is not there")
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))
