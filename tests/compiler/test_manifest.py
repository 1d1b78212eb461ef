"""The manifest says whose it is, and is read strictly."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from spikec.compiler.output.manifest import Manifest, manifest_bytes, read_manifest

DIGEST = hashlib.sha256(b"1").hexdigest()
EARLIER: dict[str, Any] = {
    "schema_version": 1,
    "files": {"a": DIGEST},
    "timed": {},
    "tools": {"spikec": "0.1.0"},
}


def test_round_trip() -> None:
    found = read_manifest(manifest_bytes({"seconds.json": b"2", "a": b"1"}))
    assert isinstance(found, Manifest)
    assert found.format == "spikec-out/1"
    assert found.files == {"a": DIGEST}
    assert list(found.listed) == ["a", "seconds.json"]


def test_one_without_a_mark_is_known_by_all_else() -> None:
    found = read_manifest(json.dumps(EARLIER).encode())
    assert isinstance(found, Manifest)
    assert found.listed == {"a": DIGEST}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "spikec-out/2"}, "Invalid enum value 'spikec-out/2'"),
        ({"format": None}, "Expected `str`"),
        ({"schema_version": 2}, "Invalid enum value 2"),
        ({"manifest_version": 3}, "unknown field `manifest_version`"),
        ({"files": []}, "Expected `object`, got `array`"),
        ({"files": {"a": 5}}, "Expected `str`, got `int`"),
        ({"files": {"a": DIGEST + "\n"}}, "matching regex"),
        ({"tools": {"other": "1"}}, "it does not say which spikec wrote it"),
        ({"timed": {"a": DIGEST}}, "it lists a twice"),
        ({"files": {"a\0b": DIGEST}}, "which is no name of a file in it"),
        ({"files": {"../a": DIGEST}}, "which is no name of a file in it"),
        ({"files": {"/etc/passwd": DIGEST}}, "which is no name of a file in it"),
        ({"files": {"": DIGEST}}, "which is no name of a file in it"),
        ({"files": {"..": DIGEST}}, "which is no name of a file in it"),
        ({"files": {"manifest.json": DIGEST}}, "which is no name of a file in it"),
    ],
)
def test_what_is_none(change: dict[str, Any], why: str) -> None:
    found = read_manifest(json.dumps({**EARLIER, **change}).encode())
    assert isinstance(found, str)
    assert why in found


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"[" * 200_000, b'{"a":' * 100_000, b'\xff\xfe{"files"']
)
def test_bytes_that_are_none(data: bytes) -> None:
    assert isinstance(read_manifest(data), str)


@pytest.mark.parametrize("name", sorted(EARLIER))
def test_nothing_may_be_absent(name: str) -> None:
    data = {key: value for key, value in EARLIER.items() if key != name}
    assert isinstance(read_manifest(json.dumps(data).encode()), str)
