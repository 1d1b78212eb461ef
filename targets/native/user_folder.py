"""Folders of this user alone, where compiled code is kept: whoever can write there can run code as him."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def user_folder(name: str, named: str = "") -> Path | None:
    """The folder `name` among what spikec keeps for this user, or the one that he `named`; made if it is not there.

    None where it cannot be written, is another user's, or, unless this user named it, others may write there."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        cache = Path(base) if base else Path("~/.cache").expanduser()
        folder = Path(named) if named else cache / "spikec" / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except (OSError, RuntimeError):
        return None
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    alone = bool(named) or os.name != "posix" or not stat.S_IMODE(found.st_mode) & 0o022
    return folder if own and alone and os.access(folder, os.W_OK) else None
