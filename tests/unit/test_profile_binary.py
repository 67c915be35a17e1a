"""CPU profiles in the old binary form and memory maps as text: read by hand-made files, and as go tool pprof does."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray import api_profile
from goxray.timeline.pprof.binary import is_binary
from goxray.timeline.pprof.maps_text import mapped, mappings_of
from goxray.timeline.pprof.profile import BadProfile
from goxray.timeline.pprof.reader import parse
from tests.harness.pprof_tool import top

MAPS = """\
00400000-00600000 r-xp 00000000 08:01 12 /srv/app
00600000-00700000 rw-p 00200000 08:01 12 /srv/app
7f0000000000-7f0000100000 r-xp 00000000 08:01 13 /lib/libc-2.15.so
7fff00000000-7fff00001000 r-xp 00000000 00:00 0 [vdso]
nothing of a map
"""
STACKS = [(3, [0x401000, 0x402000, 0x403000]), (5, [0x7F0000000010, 0x401001, 0x402000]), (1, [0x10])]


def binary(stacks: list[tuple[int, list[int]]], kind: str = "<Q", period: int = 10_000, end: bool = True) -> bytes:
    words = [0, 3, 0, period, 0]
    for count, addresses in stacks:
        words += [count, len(addresses), *addresses]
    words += [0, 1, 0] if end else []
    return b"".join(struct.pack(kind, word) for word in words) + MAPS.encode()


@pytest.mark.parametrize("kind", ["<Q", ">Q", "<I", ">I"])
def test_words_of_either_size_and_order(kind: str) -> None:
    stacks = STACKS if kind[1] == "Q" else [(3, [0x401000, 0x402000]), (5, [0x401500])]
    profile = parse(binary(stacks, kind), "cpu")
    assert profile.form == "binary" and profile.period == 10_000_000
    assert profile.types == (("samples", "count"), ("cpu", "nanoseconds"))
    assert profile.values[:, 0].tolist() == [count for count, _ in stacks]
    assert profile.sums()[1] == sum(count for count, _ in stacks) * 10_000_000


def test_rows_are_those_of_go_s_pprof(tmp_path: Path) -> None:
    path = tmp_path / "cpu.prof"
    path.write_bytes(binary(STACKS))
    found = api_profile.profile(str(path))
    said = top(tmp_path, "cpu", "nanoseconds", path)
    assert [(row.function, row.flats[1], row.cums[1]) for row in found.top] == list(said.rows)
    assert {row.function for row in found.top} == {"[app]", "[libc-2.15.so]", "<unknown>"}
    assert found.shown.total == said.total == 9 * 10_000_000


def test_the_signal_handler_s_frame_is_left_out() -> None:
    same = [(1, [0x401000 + 16 * number, 0x555000, 0x402000 + 16 * number]) for number in range(40)]
    profile = parse(binary([*same, (1, [0x401000, 0x402000])]), "cpu")
    assert profile.stacks.lengths.tolist() == [2] * 41
    assert 0x555000 - 1 not in profile.locations.address.tolist()[:2]


def test_cut_off_or_damaged() -> None:
    raw = binary(STACKS)
    for cut in (48, 60, 100):
        with pytest.raises(BadProfile, match="cut off"):
            parse(raw[:cut], "cpu")
    with pytest.raises(BadProfile, match="cut off"):
        parse(binary([(1, [1])], end=False)[: 8 * 8], "cpu")
    assert not is_binary(b"\0" * 64) and not is_binary(b"")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_to_words_gives_a_line_and_never_a_crash(data: st.DataObject) -> None:
    raw = bytearray(binary(STACKS))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(1, len(raw))) :]
    try:
        parse(bytes(raw), "p")
    except BadProfile as error:
        assert "\n" not in str(error)


def test_maps_in_both_formats_with_the_program_first() -> None:
    lines = ["7f00-8000 r-xp 00000000 08:01 13 /lib/libc.so.6", "400000-500000 r-xp 00000000 08:01 12 /srv/app"]
    assert [(each.filename, each.start) for each in mappings_of(lines)] == [
        ("/srv/app", 0x400000),
        ("/lib/libc.so.6", 0x7F00),
    ]
    short = mappings_of(["0x400000-0x500000 /srv/app (@1000)", "500000-600000 /srv/app"])
    assert [(each.start, each.limit, each.offset) for each in short] == [(0x400000, 0x600000, 0x1000)]
    addresses = np.array([0x3FFFFF, 0x400000, 0x5FFFFF, 0x600000], np.uint64)
    assert mapped(addresses, short).tolist() == [-1, 0, 0, -1]


def test_contention_of_c_plus_plus_with_its_map(tmp_path: Path) -> None:
    path = tmp_path / "contention"
    path.write_text(
        "--- contentionz 1 ---\ncycles/second = 2000000000\nsampling period = 100\nms since reset = 16502830\n"
        f"200 1 @ 0x401000 0x402000\n50 2 @ 0x7f0000000010\n--- Memory map: ---\n{MAPS}"
    )
    found = api_profile.profile(str(path))
    said = top(tmp_path, "delay", "nanoseconds", path)
    assert [(row.function, row.flats[1], row.cums[1]) for row in found.top] == list(said.rows)
    assert found.shown.total == said.total == (200 + 50) * 100 // 2


def test_a_profile_of_heap_growth(tmp_path: Path) -> None:
    path = tmp_path / "growth"
    path.write_text(f"heap profile: 2: 3145728 [2: 3145728] @ growthz\n1: 1048576 [1: 1048576] @ 0x401000\n"
                    f"1: 2097152 [1: 2097152] @ 0x7f0000000010\nMAPPED_LIBRARIES:\n{MAPS}")  # fmt: skip
    found = api_profile.profile(str(path))
    said = top(tmp_path, "space", "bytes", path)
    assert [(row.function, row.flats[1], row.cums[1]) for row in found.top] == list(said.rows)
    assert [kind.type for kind in found.sample_types] == ["objects", "space"] and found.map_memory is None
