"""Profiles made to hurt: they cost no more time and memory than their size allows, and end in a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from goxray.core.profile_proto import message_class
from goxray.timeline.pprof import binary, text
from goxray.timeline.pprof.names import pruned
from goxray.timeline.pprof.profile import BadProfile
from goxray.timeline.pprof.reader import parse

WITHIN = """
import re, resource, sys, time
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from goxray.timeline.pprof.reader import read
from goxray.timeline.pprof.profile import BadProfile
try:
    print(len(read(sys.argv[1])))
except BadProfile as error:
    print(str(error)[:200])
print(int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def read_apart(path: Path) -> tuple[str, int]:
    """Read a file in a process of its own that has 20 CPU seconds; return what it says, and its peak in MiB.

    The second process counts: on a new machine the first one compiles the kernels, which takes memory of its own.
    ru_maxrss would begin with that of the process that started it.
    """
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", WITHIN, str(path)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    said, peak = done.stdout.splitlines()
    return said, int(peak)


def test_long_comments_are_read_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "heap.txt"
    sample = "1: 64 [1: 64] @ 0x10\n"
    hostile = [
        "#\t0x1\t" + "+0x1\t" * 200_000,
        "#" + "\t" * 500_000,
        "# labels: " + "[" * 500_000,
        "# a = " + "1" * 500_000,
    ]
    path.write_text("heap profile: 1: 64 [2: 64] @ heap/2\n" + "".join(sample + line + "\n" for line in hostile))
    said, peak = read_apart(path)
    assert said == "4" and peak < 300


def test_a_packed_wall_of_numbers_is_refused_before_it_is_unfolded(tmp_path: Path) -> None:
    """Numbers of one byte take eight each: 150 million of them would take more than a GiB."""
    path = tmp_path / "wall.pb"
    count = 150 << 20
    content = b"\x0a" + varint(count)
    path.write_bytes(b"\x12" + varint(count + len(content)) + content + b"\x01" * count)
    said, peak = read_apart(path)
    assert "no profile has so many" in said and peak < 600


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def test_a_pattern_of_dropped_frames_cannot_hang() -> None:
    """It would take a backtracking engine longer than the universe is old."""
    message = message_class("Profile")()
    message.string_table.extend(["", "a", "(x+x+)+y", "x" * 5000, "(unclosed"])
    message.sample_type.add(type=1, unit=1)
    message.function.add(id=1, name=3, system_name=3)
    message.location.add(id=1).line.add(function_id=1)
    message.sample.add(value=[1], location_id=[1, 1])
    for pattern in (2, 4):
        message.drop_frames = pattern
        profile = parse(message.SerializeToString(), "p")
        assert profile.drop_frames and pruned(profile).stacks.of(0) == [0, 0]


def test_texts_and_words_have_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_MOST", 100)
    with pytest.raises(BadProfile, match="MiB of text"):
        parse(b"goroutine profile: total 1\n1 @ 0x1\n" + b"\n" * 100, "p")
    monkeypatch.setattr(binary, "_MOST", 100)
    with pytest.raises(BadProfile, match="so large"):
        parse(b"".join(word.to_bytes(8, "little") for word in (0, 3, 0, 100, 0, *[1] * 20)), "p")


@pytest.mark.parametrize("figure", ["9223372036854775808", "9999999999999999999"])
def test_figures_of_more_than_63_bits(figure: str) -> None:
    with pytest.raises(BadProfile, match="63 bits"):
        parse(f"goroutine profile: total 1\n{figure} @ 0x1\n".encode(), "p")
    with pytest.raises(BadProfile, match="63 bits"):
        parse(f"heap profile: 1: 8 [2: 8] @ heap/9999999999999999998\n1: 8 [{figure}: {figure}] @ 0x1\n".encode(), "p")
