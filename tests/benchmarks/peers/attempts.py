"""What a peer made of a network, handed from its process to the benchmark's: one JSON list on standard output."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """edits: by hand, before the peer. variant: of attempts with the same edits, what this one chose where the file
    says nothing. spikes: a .npy of (T, B, ...) counts; None where it refused, with its words. cores: of the chip,
    where the peer maps to cores."""

    tool: str
    edits: tuple[str, ...] = ()
    variant: str = ""
    spikes: str | None = None
    cores: int | None = None
    refused: str | None = None


@dataclass
class Attempts:
    """`folder` receives the spikes."""

    folder: Path
    made: list[Attempt] = field(default_factory=list)

    def attempt(
        self,
        tool: str,
        edits: tuple[str, ...],
        run: Callable[[], tuple[np.ndarray, int | None]],
        variant: str = "",
    ) -> bool:
        """Whether it ran. Whatever a peer raises is its answer, but for a package that its environment lacks."""
        try:
            spikes, cores = run()
        except ModuleNotFoundError:
            raise
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())
            self.made.append(Attempt(tool=tool, edits=edits, variant=variant, refused=words))
            return False
        path = self.folder / f"{len(self.made)}.npy"
        np.save(path, spikes)
        self.made.append(Attempt(tool=tool, edits=edits, variant=variant, spikes=str(path), cores=cores))
        return True

    def hand_over(self) -> None:
        json.dump([asdict(one) for one in self.made], sys.stdout)


@contextmanager
def aside() -> Generator[None]:
    """What the peer prints is not the answer, and the warnings of its dependencies would hide its words."""
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        yield
