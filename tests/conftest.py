"""How tests are shared out where there are several workers."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """`-n` alone means one worker a file, so that what a file makes once is made once; in the order of the files, of
    which the last are short."""
    if config.getoption("numprocesses", None):
        if config.option.dist == "no":
            config.option.dist = "loadfile"
        config.option.loadscopereorder = False
