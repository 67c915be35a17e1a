"""``heap --format pprof``: Go's own pprof opens it, and its sums are the result's."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from heap_samples import PATHS, empty_heap, heap, odd_heap

from goxray.core.heap_result import HeapResult, OwnerPath
from goxray.core.profile_proto import message_class
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.target import toolchains

GO_VERSION = "1.23.9"


def packed(result: HeapResult) -> bytes:
    out = io.BytesIO()
    write(result, "pprof", out, RenderOptions(), "heap")
    return out.getvalue()


def pprof(result: HeapResult, directory: Path, *arguments: str) -> str:
    """Run Go's pprof on a result's profile, offline and with settings of its own."""
    path = directory / "heap.pb.gz"
    path.write_bytes(packed(result))
    toolchain = toolchains.install(GO_VERSION)
    done = subprocess.run(
        [str(toolchain.go), "tool", "pprof", *arguments, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        env=toolchain.environment(extra={"PPROF_TMPDIR": str(directory), "HOME": str(directory)}),
        cwd=directory,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def top(result: HeapResult, directory: Path, index: str) -> dict[str, tuple[int, int]]:
    """Return flat and cumulative figures by function, as ``pprof -top`` prints them."""
    unit = ["-unit=b"] if index != "objects" else []
    text = pprof(result, directory, "-top", "-nodecount=1000", "-nodefraction=0", f"-sample_index={index}", *unit)
    figures = {}
    for line in text.splitlines():
        match = re.match(r"^\s*(\d+)B?\s+\S+%\s+\S+%\s+(\d+)B?\s+\S+%\s+(.+?)\s*$", line)
        if match is not None:
            figures[match[3]] = (int(match[1]), int(match[2]))
    return figures


def expected(paths: list[OwnerPath], field: str) -> dict[str, tuple[int, int]]:
    """Add the figures up by hand: flat at the leaf, cumulative once at each name of the path."""
    flat: Counter[str] = Counter()
    cumulative: Counter[str] = Counter()
    for path in paths:
        value = getattr(path, field)
        flat[path.frames[-1]] += value
        for name in set(path.frames):
            cumulative[name] += value
    return {name: (flat[name], cumulative[name]) for name in cumulative if cumulative[name]}


@pytest.mark.parametrize(
    ("index", "field"),
    [("objects", "objects"), ("inuse_space", "bytes"), ("retained_space", "retained_bytes")],
)
def test_go_s_pprof_adds_up_to_the_result(index: str, field: str, tmp_path: Path) -> None:
    assert top(heap(), tmp_path, index) == expected(PATHS, field)


def test_raw_shows_every_path_with_its_leaf_first(tmp_path: Path) -> None:
    text = pprof(heap(), tmp_path, "-raw")
    assert "objects/count inuse_space/bytes[dflt] retained_space/bytes" in text
    names = dict(re.findall(r"^\s+(\d+): 0x0 M=1 (.+?) :0:0 s=0(?:\(\))?$", text, re.MULTILINE))
    samples = re.findall(r"^\s+(\d+)\s+(\d+)\s+(\d+): ([\d ]+?)\s*$", text, re.MULTILINE)
    read = [
        OwnerPath(tuple(names[at] for at in reversed(stack.split())), int(count), int(size), int(held))
        for count, size, held, stack in samples
    ]
    assert read == PATHS


def test_the_header_says_what_was_looked_at(tmp_path: Path) -> None:
    text = pprof(heap(), tmp_path, "-top")
    assert "File: sessions" in text and "Type: inuse_space" in text
    assert "pid 41207 go1.27.3 linux/amd64" in text
    stamped = pprof(odd_heap(), tmp_path, "-comments")
    assert "UNVERIFIED" in stamped and "the span's elemsize is 0" in stamped


def test_a_path_that_returns_to_a_name_is_counted_once(tmp_path: Path) -> None:
    paths = [OwnerPath(("main.head", ".next", ".next", ".next"), 3, 48, 48), OwnerPath(("main.head",), 1, 16, 64)]
    assert top(heap(paths=paths), tmp_path, "inuse_space") == {".next": (48, 48), "main.head": (16, 64)}


def test_names_that_look_like_parameters_stay(tmp_path: Path) -> None:
    names = ("main.news", "main.news.all(key).inbox", "(<-main.news.all(key).inbox)")
    paths = [OwnerPath(names[:at], 1, 8 << at, 8) for at in (1, 2, 3)]
    assert set(top(heap(paths=paths), tmp_path, "inuse_space")) == set(names)


def test_a_heap_without_paths_is_a_profile_too(tmp_path: Path) -> None:
    assert "Samples:" in pprof(empty_heap(), tmp_path, "-raw")


def test_the_same_result_gives_the_same_bytes() -> None:
    assert packed(heap()) == packed(heap())
    profile = message_class("Profile").FromString(gzip.decompress(packed(heap())))
    assert profile.string_table[0] == ""
    assert len(set(profile.string_table)) == len(profile.string_table)
    assert len(profile.sample) == len(PATHS)


def test_foreign_names_do_nothing_to_a_terminal() -> None:
    paths = [OwnerPath(('main.limits["\x1b[31m"]',), 1, 8, 8)]
    profile = message_class("Profile").FromString(gzip.decompress(packed(heap(paths=paths))))
    assert 'main.limits["\\x1b[31m"]' in profile.string_table
