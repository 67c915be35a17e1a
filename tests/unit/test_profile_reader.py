"""Heap profiles: read as written, and told what is wrong with those that are none, cut off or damaged."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray import api
from goxray.core.errors import GoxrayError, UsageError
from goxray.core.profile_proto import message_class
from goxray.timeline.pprof.mapsites import map_sites
from goxray.timeline.pprof.profile import Profile
from goxray.timeline.pprof.reader import BadProfile, heap_of, may_be_profile, parse, read_heap

KINDS = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")


def profile(stacks: dict[tuple[str, ...], tuple[int, ...]], kinds: tuple[str, ...] = KINDS, size: int = 0) -> Any:
    """A profile of these stacks, the innermost function first."""
    made = message_class("Profile")()
    strings = [""]

    def text(word: str) -> int:
        if word not in strings:
            strings.append(word)
        return strings.index(word)

    for kind in kinds:
        made.sample_type.add(type=text(kind), unit=text("count"))
    for stack, values in stacks.items():
        sample = made.sample.add(value=values)
        if size:
            sample.label.add(key=text("bytes"), num=size)
        for function in stack:
            number = len(made.location) + 1
            made.function.add(id=number, name=text(function), filename=text("/src/main.go"))
            made.location.add(id=number).line.add(function_id=number, line=7)
            sample.location_id.append(number)
    made.string_table.extend(strings)
    made.duration_nanos = 5_000_000_000
    return made


def parse_heap(raw: bytes, name: str) -> Profile:
    return heap_of(parse(raw, name), name)


PLAIN = profile({("main.work", "main.main"): (10, 1000, 1, 100)}, size=100)
RAW = PLAIN.SerializeToString()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    for raw in (RAW, gzip.compress(RAW), gzip.compress(RAW[:40]) + gzip.compress(RAW[40:])):
        path = tmp_path / "heap.pb.gz"
        path.write_bytes(raw)
        assert may_be_profile(str(path))
        read = read_heap(str(path))
        assert read.values.tolist() == [[10, 1000, 1, 100]] and read.sizes.tolist() == [100]
        assert read.frames(0) == [("main.work", "/src/main.go", 7), ("main.main", "/src/main.go", 7)]
        assert read.seconds == 5.0


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        (RAW[:-7], "cut off"),
        (gzip.compress(RAW)[:-20], "cut off"),
        (gzip.compress(RAW)[:12] + b"\xff" * 40, "damaged|cut off"),
        (b"heap profile: 1: 2 [3: 4] @ heap/1048576\nno sample", "line 2 is no sample"),
        (profile({}, ("samples", "cpu")).SerializeToString(), "no Go heap profile: it has samples, cpu"),
        (profile({("main.f",): (1, 2, 3)}).SerializeToString(), "damaged: a value"),
        (profile({("main.f",): (1, -2, 3, 4)}).SerializeToString(), "negative"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(raw: bytes, said: str) -> None:
    with pytest.raises(BadProfile, match=said) as error:
        parse_heap(raw, "heap.pb.gz")
    assert "\n" not in str(error.value) and str(error.value).startswith("heap.pb.gz")


def test_numbers_that_lead_nowhere() -> None:
    for field, what in (("location_id", "a place"), ("string", "a text"), ("function", "a function")):
        broken = message_class("Profile").FromString(RAW)
        if field == "location_id":
            broken.sample[0].location_id[0] = 99
        elif field == "string":
            broken.function[0].name = 99
        else:
            broken.location[0].line[0].function_id = 99
        with pytest.raises(BadProfile, match=what):
            parse_heap(broken.SerializeToString(), "p")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damage_gives_a_line_and_never_a_crash(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([RAW, gzip.compress(RAW, mtime=0)])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(1, len(raw))) :]
    try:
        read = parse_heap(bytes(raw), "p")
        map_sites(read, None)
    except BadProfile as error:
        assert "\n" not in str(error)


@given(st.binary(max_size=200))
def test_noise_is_no_profile(raw: bytes) -> None:
    try:
        parse_heap(raw, "p")
    except BadProfile:
        return
    pytest.fail("noise was read as a heap profile")


def test_an_unpacked_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goxray.timeline.pprof.unpack._MOST", 1 << 20)
    with pytest.raises(BadProfile, match="unpacks to more"):
        parse_heap(gzip.compress(b"\0" * (3 << 20)), "p")


@pytest.mark.parametrize(
    ("stack", "role"),
    [
        (("runtime.hashGrow", "runtime.mapassign_fast64", "main.f"), "grown"),
        (("runtime.newobject", "internal/runtime/maps.newGroups", "internal/runtime/maps.newTable",
          "internal/runtime/maps.(*table).grow", "runtime.mapassign_faststr", "main.f"), "grown"),
        (("runtime.makeBucketArray", "runtime.makemap", "main.f"), "made"),
        (("internal/runtime/maps.newTable", "internal/runtime/maps.NewMap", "runtime.makemap", "main.f"), "made"),
        (("runtime.growslice", "main.f"), ""),
        (("main.makemap", "main.f"), ""),
    ],
)  # fmt: skip
def test_map_memory_by_frames_where_a_profile_shows_them(stack: tuple[str, ...], role: str) -> None:
    found = map_sites(parse_heap(profile({stack: (10, 1000, 1, 100)}, size=96).SerializeToString(), "p"), None)
    assert [(site.function, site.made_bytes, site.grown_bytes) for site in found.sites] == (
        [("main.f", 1000 * (role == "made"), 1000 * (role == "grown"))] if role else []
    )
    assert found.hidden == (not role)


def test_options_that_mean_nothing_for_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "heap.pb"
    path.write_bytes(RAW)
    with pytest.raises(UsageError, match="--go means nothing"):
        api.advise(str(path), go=("1.27",))
    with pytest.raises(UsageError, match="not a Go build"):
        api.advise(str(path), go=("newest",))
    with pytest.raises(GoxrayError, match="is not a Go program|cannot open"):
        api.advise(str(path), exe=str(path))
    assert api.advise(str(path)).source == "profile"
