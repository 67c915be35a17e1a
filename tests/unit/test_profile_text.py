"""The text form of profiles: every kind, by hand, and one clear line for what is damaged."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.timeline.pprof.names import pruned
from goxray.timeline.pprof.profile import BadProfile, Profile
from goxray.timeline.pprof.reader import may_be_profile, parse
from goxray.timeline.pprof.sums import add_up

HEAP = """heap profile: 3: 4160 [12: 9280] @ heap/1048576
2: 4096 [2: 4096] @ 0x401011 0x402021 0x403031 0x404041
#\t0x402020\tmain.grow+0x20\t\t/src/app/grow.go:17
#\t0x403030\tmain.main+0x30\t\t/src/app/main.go:9
# \t
1: 64 [10: 5184] @ 0x402021 0x403031 0x404041
#\t0x402020\tmain.grow+0x20\t/src/app/grow.go:17
#\t0x403030\tmain.main+0x30\t/src/app/main.go:9

0: 0 [0: 0] @ 0x402021

# runtime.MemStats
# Alloc = 4160
# HeapSys = 7340032
# Stack = 393216 / 425984
# PauseNs = [1 2 0]
# GCCPUFraction = 0.01
# DebugGC = false
# MaxRSS = 9
"""


def rows(profile: Profile, column: int = 0) -> dict[str, tuple[int, int]]:
    sums = add_up(pruned(profile))
    return {node.shown: (int(sums.flat[at, column]), int(sums.cum[at, column])) for at, node in enumerate(sums.nodes)}


def scaled(count: int, size: int, rate: int) -> tuple[int, int]:
    """What stands behind a sample, as runtime/pprof computes it."""
    factor = 1 / (1 - math.exp(-(size / count) / rate))
    return int(count * factor), int(size * factor)


def test_a_heap_is_scaled_up_by_half_the_rate_in_its_head() -> None:
    profile = parse(HEAP.encode(), "heap.txt")
    assert [kind.type for kind in profile.types] == ["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]
    assert profile.rate == 1048576 // 2 and profile.form == "text"
    first, second = scaled(2, 4096, 524288), scaled(1, 64, 524288)
    assert profile.values.tolist() == [[*first, *first], [*scaled(10, 5184, 524288), *second], [0, 0, 0, 0]]
    assert profile.sizes.tolist() == [2048, 64, 0]
    assert rows(profile, 3) == {
        "main.grow": (first[1] + second[1], first[1] + second[1]),
        "main.main": (0, first[1] + second[1]),
    } | {name: figures for name, figures in rows(profile, 3).items() if name == "<unknown>" and figures == (0, 0)}
    assert profile.mem_stats == {
        "Alloc": 4160, "HeapSys": 7340032, "StackInuse": 393216, "StackSys": 425984, "MaxRSS": 9
    }  # fmt: skip


def test_every_allocation_known_is_not_scaled() -> None:
    profile = parse(HEAP.replace("heap/1048576", "heap/2").encode(), "heap.txt")
    assert profile.values.tolist()[:2] == [[2, 4096, 2, 4096], [10, 5184, 1, 64]]


def test_an_old_heap_without_what_was_allocated_has_two_columns() -> None:
    text = "heap profile: 1: 64 [1: 64] @ heapprofile\n1: 64 [1: 64] @ 0x10\n"
    profile = parse(text.encode(), "old")
    assert [kind.type for kind in profile.types] == ["objects", "space"] and profile.values.tolist() == [[1, 64]]
    assert profile.column("inuse_space") == 1 and not profile.is_heap
    both = parse(b"heap profile: 1: 64 [2: 128] @ heap_v2/524288\n1: 64 [2: 128] @ 0x10\n", "v2")
    assert both.rate == 524288 and both.values.tolist() == [[*scaled(2, 128, 524288), *scaled(1, 64, 524288)]]


GOROUTINES = """goroutine profile: total 5
4 @ 0x1001 0x2001 0x3001
# labels: {"tenant":"a", "n":"2"}
#\t0x2000\tmain.wait+0x1\t/src/w.go:3

1 @ 0x1001 0x4001 0x3001
#\t0x4000\tmain.serve+0x1\t/src/s.go:4
#\t0x4000\tmain.inner+0x1\t/src/s.go:9
"""


def test_goroutines_with_labels_and_inlined_calls() -> None:
    profile = parse(GOROUTINES.encode(), "goroutine.txt")
    assert profile.types == (("goroutine", "count"),) and profile.sums() == [5]
    strings = profile.strings
    told = {(strings[key], strings[text]) for key, text in zip(profile.labels.key, profile.labels.text, strict=True)}
    assert told == {("tenant", "a"), ("n", "2")} and profile.labels.starts.tolist() == [0, 2, 2]
    assert rows(profile) == {"main.wait": (4, 4), "main.serve": (1, 1), "main.inner": (0, 1)} | {
        "<unknown>": (0, 0)
    }  # the runtime's frames at both ends, which Go's comments leave out, count for nothing


def test_a_name_from_another_stack_does_not_bring_hidden_frames_back() -> None:
    """A stack of the runtime's frames alone is shown whole: its names are those of places that others hide."""
    text = """goroutine profile: total 3
2 @ 0x1001 0x2001 0x3001
#\t0x2000\tmain.wait+0x1\t/src/w.go:3

1 @ 0x1001 0x5001 0x3001
#\t0x1000\truntime.gopark+0x1\t/go/proc.go:4
#\t0x5000\truntime.forcegc+0x1\t/go/proc.go:9
"""
    profile = pruned(parse(text.encode(), "goroutine.txt"))
    stacks = [[frame.function for frame in profile.frames(sample)] for sample in range(2)]
    assert stacks == [["main.wait"], ["runtime.gopark", "runtime.forcegc"]]
    assert rows(profile)["runtime.gopark"] == (1, 1)


def test_threads_have_no_stack() -> None:
    profile = parse(b"threadcreate profile: total 7\n6 @\n#\t0x0\n\n1 @ 0x10 0x20\n", "t")
    assert profile.sums() == [7] and profile.stacks.lengths.tolist() == [0, 2]


def test_contention_is_told_in_cycles() -> None:
    text = """--- mutex:
cycles/second=2000000000
sampling period=5
3000 2 @ 0x11 0x21
#\t0x10\tsync.(*Mutex).Unlock+0x1\t/src/mutex.go:1
#\t0x20\tmain.f+0x1\t/src/f.go:2
"""
    profile = parse(text.encode(), "mutex.txt")
    assert profile.types == (("contentions", "count"), ("delay", "nanoseconds"))
    assert profile.values.tolist() == [[2 * 5, 3000 * 5 // 2]] and profile.period == 5
    block = parse(text.replace("mutex", "contention").replace("sampling period=5\n", "").encode(), "block.txt")
    assert block.values.tolist() == [[2, 1500]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAP[: HEAP.index("[2: ")], "line 2 is no sample of a profile .it is the last line: the file is cut off"),
        (HEAP[: HEAP.index("1: 64 [10")], "cut off: its samples count 2 of the 3"),
        (HEAP[: HEAP.index("0x404041")], "cut off: its samples count 2 of the 3"),
        (HEAP[: HEAP.index("# runtime")], "cut off: runtime.MemStats"),
        (GOROUTINES[: GOROUTINES.index("1 @")], "cut off: its samples count 4 of the 5"),
        (HEAP.replace("1: 64 [10", "1: sixty [10"), "line 6 is no sample"),
        (HEAP.replace("1: 64 [10: 5184]", "0: 64 [10: 5184]"), "line 6 is no sample"),
        (HEAP.replace("[2: 4096]", "[2: " + "9" * 30 + "]"), "line 2 is no sample"),
        ("heap profile: what\n", "its first line is not one of a profile"),
        ("goroutine profile: total 9 or so\n", "its first line"),
        ("goroutine 1 [running]:\nmain.main()\n", "no profile"),
        ("goroutine 1 gp=0xc000002380 m=0 mp=0x7d3a80 [running]:\n", "no profile"),
    ],
    ids=lambda value: value if len(value) < 30 and value.isascii() and value.isprintable() else "text",
)  # fmt: skip
def test_what_is_wrong_with_a_text_is_said_in_a_line(text: str, said: str) -> None:
    with pytest.raises(BadProfile, match=said) as error:
        parse(text.encode(), "heap.txt")
    assert "\n" not in str(error.value)


def test_addresses_that_lost_the_blank_between_them_are_damage() -> None:
    with pytest.raises(BadProfile, match="'0x40202100x403031' are no addresses"):
        parse(HEAP.replace("@ 0x402021 0x403031 0x404041", "@ 0x40202100x403031", 1).encode(), "heap.txt")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([HEAP, GOROUTINES]), st.data())
def test_damage_to_a_text_gives_a_line_and_never_a_crash(text: str, data: st.DataObject) -> None:
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(1, len(raw))) :]
    try:
        rows(parse(bytes(raw), "p"))
    except BadProfile as error:
        assert "\n" not in str(error)


def test_a_text_is_known_by_its_first_bytes(tmp_path: object) -> None:
    import pathlib

    path = pathlib.Path(str(tmp_path)) / "p"
    for head, yes in ((HEAP, True), (GOROUTINES, True), ("# notes\n", False), ("a profile: of someone\n", False)):
        path.write_text(head)
        assert may_be_profile(str(path)) == yes
