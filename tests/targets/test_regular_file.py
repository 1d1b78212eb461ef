"""Only regular files of a bounded size are read, and nothing is waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from spikec.targets import MAX_BYTES, UnknownTargetError, load
from spikec.targets.regular_file import NotRegularError, TooLargeError, open_regular, read_regular, reason


def test_a_file_up_to_its_bound(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert read_regular(tmp_path / "f", 5) == b"12345"
    with pytest.raises(TooLargeError, match="it has 5 bytes; at most 4 are read") as caught:
        read_regular(tmp_path / "f", 4)
    assert caught.value.size == 5


def test_a_bound_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert read_regular(tmp_path / "f", 1 << 60) == b"12345"


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_bytes(b"1")
    small = (tmp_path / "f").stat()
    (tmp_path / "f").write_bytes(b"1" * 3_000_000)
    monkeypatch.setattr("os.fstat", lambda _: small)
    assert len(read_regular(tmp_path / "f", 4_000_000)) == 3_000_000
    with pytest.raises(TooLargeError):
        read_regular(tmp_path / "f", 2_000_000)


def test_through_a_link_and_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"1")
    (tmp_path / "link").symlink_to("f")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert read_regular("link", 9, folder=folder) == b"1"
        with pytest.raises(FileNotFoundError):
            read_regular("absent", 9, folder=folder)
    finally:
        os.close(folder)


def test_pipes_devices_sockets_and_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "link", tmp_path / "socket", tmp_path, "/dev/zero"):
            with pytest.raises(NotRegularError, match="not a regular file"):
                open_regular(path, 9)


def test_a_pipe_that_takes_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the opening: the opening does not wait, and the second look sees it."""
    (tmp_path / "f").write_bytes(b"1")
    status = (tmp_path / "f").stat()
    (tmp_path / "f").unlink()
    os.mkfifo(tmp_path / "f")
    monkeypatch.setattr("os.stat", lambda *_, **__: status)
    with pytest.raises(NotRegularError):
        open_regular(tmp_path / "f", 9)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_names_that_no_file_has(name: str) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_regular(name, 9)
    assert reason(caught.value) == "No such file or directory"


def test_a_target_of_ones_own(tmp_path: Path) -> None:
    for name in (tmp_path / "absent.toml", tmp_path / "absent" / "chip.toml", "a\0b.toml", "chip.txt"):
        with pytest.raises(UnknownTargetError):
            load(str(name))
    os.mkfifo(tmp_path / "pipe.toml")
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for name, why in (("pipe", "not a regular file"), ("huge", "262,145 bytes"), ("x" * 300, "too long")):
        with pytest.raises(ValueError, match=f"cannot be read: .*{why}"):
            load(str(tmp_path / f"{name}.toml"))
