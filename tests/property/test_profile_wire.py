"""Kernels and the protobuf library take profiles apart alike, sound and damaged; sums agree with a plain loop."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.made_profile import made
from goxray.core.profile_proto import message_class
from goxray.timeline.pprof import reader, wire
from goxray.timeline.pprof.profile import BadProfile, Profile
from goxray.timeline.pprof.raw import RawProfile, from_protobuf
from goxray.timeline.pprof.resolve import resolve
from goxray.timeline.pprof.sums import add_up, by_kernel, by_sorting

INT64 = st.one_of(st.integers(-5, 300), st.integers(-(1 << 63), (1 << 63) - 1))
UINT64 = st.one_of(st.integers(0, 5), st.integers(0, (1 << 64) - 1))
NAMES = st.sampled_from(["", "main.f", "main.g", "runtime.mallocgc", "σ.h", "bytes", "std::v<int>::at(long)"])
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def messages(draw: st.DrawFn) -> Any:
    """Any message at all: ids and texts may lead nowhere."""
    made_one = message_class("Profile")()
    few = st.integers(0, 4)
    for _ in range(draw(few)):
        made_one.sample_type.add(type=draw(st.integers(0, 7)), unit=draw(INT64))
    for _ in range(draw(few)):
        sample = made_one.sample.add(
            location_id=draw(st.lists(UINT64, max_size=4)), value=draw(st.lists(INT64, max_size=4))
        )
        for _ in range(draw(st.integers(0, 2))):
            sample.label.add(key=draw(INT64), str=draw(INT64), num=draw(INT64), num_unit=draw(INT64))
    for _ in range(draw(few)):
        location = made_one.location.add(
            id=draw(UINT64), mapping_id=draw(UINT64), address=draw(UINT64), is_folded=draw(st.booleans())
        )
        for _ in range(draw(st.integers(0, 3))):
            location.line.add(function_id=draw(UINT64), line=draw(INT64))
    for _ in range(draw(few)):
        made_one.function.add(id=draw(UINT64), name=draw(INT64), system_name=draw(INT64), start_line=draw(INT64))
        made_one.mapping.add(
            id=draw(UINT64), memory_start=draw(UINT64), memory_limit=draw(UINT64), build_id=draw(INT64)
        )
    made_one.string_table.extend(["", *draw(st.lists(NAMES, max_size=6))])
    made_one.period, made_one.time_nanos, made_one.duration_nanos = draw(INT64), draw(INT64), draw(INT64)
    made_one.drop_frames, made_one.default_sample_type = draw(INT64), draw(INT64)
    made_one.comment.extend(draw(st.lists(INT64, max_size=3)))
    if draw(st.booleans()):
        made_one.period_type.type = draw(INT64)
        made_one.period_type.unit = draw(INT64)
    return made_one


def same(one: RawProfile | None, other: RawProfile | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    for name, first, second in zip(RawProfile._fields, one, other, strict=True):
        if isinstance(first, list):
            assert first == second, name
        else:
            assert np.array_equal(np.asarray(first), np.asarray(second)), name
            assert np.asarray(first).dtype == np.asarray(second).dtype, name


@MANY
@given(messages())
def test_both_readers_give_the_same_tables(message: Any) -> None:
    raw = message.SerializeToString()
    by_kernel = wire.from_wire(raw, "p")
    assert by_kernel is not None
    same(by_kernel, from_protobuf(raw))


@MANY
@given(messages(), st.data())
@example(message_class("Profile")(), None)
def test_what_the_kernels_take_from_damaged_files_is_what_the_library_takes(message: Any, data: Any) -> None:
    """They may give up where the library goes on: it is asked then. They never read anything that it does not."""
    raw = bytearray(message.SerializeToString())
    if data is not None and raw:
        for _ in range(data.draw(st.integers(1, 5))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        del raw[data.draw(st.integers(1, len(raw))) :]
    by_kernel = wire.from_wire(bytes(raw), "p")
    if by_kernel is not None:
        same(by_kernel, from_protobuf(raw))


@MANY
@given(st.binary(max_size=120))
@example(b"\x0b\x0c")  # a group
@example(b"\x12\x04\x0a\x02\x80\x01")  # a packed number cut off
@example(b"\x12\x0c\x0a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")  # the largest number
@example(b"\x12\x0c\x0a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")  # more than 64 bits
@example(b"\x8a\x80\x00\x00")  # a tag longer than it need be
def test_noise_is_read_alike(raw: bytes) -> None:
    by_kernel = wire.from_wire(raw, "p")
    if by_kernel is not None:
        same(by_kernel, from_protobuf(raw))


def test_a_large_profile_is_the_same_by_both_and_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = made(3000)
    small = reader.parse(raw, "p")
    monkeypatch.setattr(reader, "_LARGE", 1)
    large = reader.parse(gzip.compress(raw), "p")
    assert small.types == large.types and small.functions == large.functions and small.sums() == large.sums()
    assert np.array_equal(small.stacks.items, large.stacks.items) and np.array_equal(small.values, large.values)
    with pytest.raises(BadProfile, match="cut off"):
        reader.parse(raw[:-3], "p")


def test_more_numbers_than_any_profile_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_MOST_ITEMS", 1000)
    with pytest.raises(BadProfile, match="no profile has so many"):
        wire.from_wire(b"\x12\xd2\x0f\x0a\xcf\x0f" + b"\x01" * 1999, "p")


def plainly(profile: Profile) -> dict[str, tuple[list[int], list[int]]]:
    """Add up as the words say: flat at the innermost function, cumulative once for each name on the stack."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    width = len(profile.types)

    def row(name: str) -> tuple[list[int], list[int]]:
        return found.setdefault(name, ([0] * width, [0] * width))

    for sample in range(len(profile)):
        names = [frame.function for frame in profile.frames(sample)]
        for kind, value in enumerate(profile.values[sample].tolist()):
            if names:
                row(names[0])[0][kind] += value
            for name in set(names):
                row(name)[1][kind] += value
    return found


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Sound profiles: deep recursion, inlined calls, negative figures, empty stacks."""
    message = message_class("Profile")()
    message.string_table.extend(["", "a", "b", *(f"main.f{number}" for number in range(5))])
    message.sample_type.add(type=1, unit=1)
    message.sample_type.add(type=2, unit=2)
    for number in range(5):
        message.function.add(id=number + 1, name=number + 3, system_name=number + 3)
    for number in range(6):
        location = message.location.add(id=number + 1)
        for function in draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)):
            location.line.add(function_id=function, line=number)
    for _ in range(draw(st.integers(0, 8))):
        values = draw(st.lists(st.integers(-100, 1000), min_size=2, max_size=2))
        message.sample.add(value=values, location_id=draw(st.lists(st.integers(1, 6), max_size=7)))
    raw = from_protobuf(message.SerializeToString())
    assert raw is not None
    return resolve(raw, "p")


@MANY
@given(profiles())
def test_sums_are_those_of_a_plain_loop(profile: Profile) -> None:
    sums = add_up(profile)
    expected = plainly(profile)
    for number, node in enumerate(sums.nodes):
        flat, cum = expected.get(node.name, ([0, 0], [0, 0]))
        assert (sums.flat[number].tolist(), sums.cum[number].tolist()) == (flat, cum), node
    assert {node.name for node in sums.nodes} >= expected.keys()


@MANY
@given(profiles())
def test_the_kernel_of_sums_has_its_twin(profile: Profile) -> None:
    sums = add_up(profile)
    one, other = (how(profile, sums.of_place, len(sums.nodes)) for how in (by_kernel, by_sorting))
    assert np.array_equal(one[0], other[0]) and np.array_equal(one[1], other[1])
