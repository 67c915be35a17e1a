"""Parts of the search for roots, against calculation by hand and slow twins."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import CorruptMemory
from goxray.goruntime import stackobjects, stackwalk
from goxray.goruntime.frameflags import ASYNC, CONSERVATIVE, INJECTED, INNERMOST, SIGPANIC, SP_WRITE, TOP, VALID
from goxray.goruntime.gcprog import run_gc_program
from goxray.goruntime.rootset import expand
from goxray.goruntime.stackmaps import NOWHERE, Machine, PcInfo, StackObject
from goxray.goruntime.stackobjects import StackObjects
from goxray.goruntime.stackread import Position, Stacks
from goxray.goruntime.stackwalk import Frames, InfoTable, cut

AMD64 = Machine(0, 8, True, 0, 9, 15)
ARM64 = Machine(8, 16, True, 16, 16, 16)
BASE = 0xC000100000


# ---- GC programs


@pytest.mark.parametrize(
    ("program", "bits", "mask"),
    [
        (b"\x00", 3, "000"),
        (b"\x03\x05\x00", 5, "10100"),
        (b"\x02\x02\x82\x03\x00", 8, "01010101"),
        (b"\x0a\xff\x01\x00", 12, "111111111000"),
        (b"\x01\x01\x81\x88\x01\x00", 137, "1" * 137),
        (b"\x02\x01\x80\x02\x02\x00", 6, "101010"),
        (b"\x04\x09\x84\x7f\x00", 9, "100110011"),
    ],
)
def test_gc_programs_worked_out_by_hand(program: bytes, bits: int, mask: str) -> None:
    assert "".join("01"[int(bit)] for bit in run_gc_program(program, bits)) == mask


@pytest.mark.parametrize(
    "program", [b"", b"\x09\xff", b"\x82\x01", b"\x01\x01\x85\x02\x00", b"\x01\x01\x80" + b"\xff" * 12]
)
def test_damaged_gc_programs_are_refused(program: bytes) -> None:
    with pytest.raises(CorruptMemory):
        run_gc_program(program, 100)


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


@given(
    st.lists(
        st.one_of(
            st.lists(st.booleans(), min_size=1, max_size=127),
            st.tuples(st.integers(1, 400), st.integers(0, 60)),
        ),
        max_size=8,
    )
)
def test_gc_programs_do_what_their_instructions_say(instructions: list[list[bool] | tuple[int, int]]) -> None:
    program, mask = b"", list[bool]()
    for each in instructions:
        if isinstance(each, list):
            packed = sum(bit << i for i, bit in enumerate(each))
            program += bytes([len(each)]) + packed.to_bytes((len(each) + 7) // 8, "little")
            mask += each
        elif each[0] <= len(mask):
            last, times = each
            program += (bytes([0x80 | last]) if last < 128 else b"\x80" + varint(last)) + varint(times)
            mask += mask[-last:] * times
    assert run_gc_program(program + b"\x00", len(mask) + 3).tolist() == [*mask, False, False, False]


def test_expand() -> None:
    rows, places = expand(np.array([2, 0, 3]))
    assert rows.tolist() == [0, 0, 2, 2, 2] and places.tolist() == [0, 1, 0, 1, 2]


# ---- cutting stacks


@dataclass
class FakeMaps:
    """What FrameMaps is to the walk: a machine, and facts by program counter."""

    machine: Machine
    known: dict[tuple[int, bool], PcInfo] = field(default_factory=dict)

    def info(self, pc: int, below_sigpanic: bool) -> PcInfo:
        return self.known.get((pc, below_sigpanic), self.known.get((pc, False), NOWHERE))


def stacks_of(words: list[list[int]], positions: list[Position]) -> Stacks:
    first = np.cumsum([0, *(len(part) for part in words)])[:-1].astype(np.int64)
    low = np.array([p.low for p in positions], np.uint64)
    high = np.array([p.high for p in positions], np.uint64)
    flat = np.array([word for part in words for word in part], np.uint64)
    return Stacks(positions, flat, first, low.copy(), low, high, 0)


def as_lists(frames: Frames) -> dict[int, list[tuple[int, int, int]]]:
    found: dict[int, list[tuple[int, int, int]]] = {}
    for stack, info, mode, fp in zip(
        frames.stack.tolist(), frames.info.tolist(), frames.mode.tolist(), frames.fp.tolist(), strict=True
    ):
        found.setdefault(stack, []).append((info, mode, fp))
    return found


def test_a_stack_cut_by_hand() -> None:
    """Three frames: a leaf without locals, one of 24 bytes, the outermost; sigpanic's caller is looked up apart."""
    maps = FakeMaps(AMD64)
    maps.known[10, False] = PcInfo(VALID | SIGPANIC | INJECTED, 8)
    maps.known[20, True] = PcInfo(VALID, 32)
    maps.known[30, False] = PcInfo(VALID | TOP, 16)
    words = [20, 1, 2, 3, 30, 4, 99]
    place = Position(1, BASE, BASE + 8 * len(words), BASE, 10)
    table = InfoTable(maps)  # type: ignore[arg-type]
    frames = cut(stacks_of([words], [place]), table)
    assert frames.fp.tolist() == [BASE + 8, BASE + 40, BASE + 56]
    assert [table.pcs[number] for number in frames.info.tolist()] == [10, 20, 30]
    assert frames.mode.tolist() == [INNERMOST, 0, 0] and not len(frames.lost)


def test_the_caller_of_async_preempt_is_doubted_and_no_other() -> None:
    maps = FakeMaps(AMD64)
    for pc, flags in ((1, VALID), (2, VALID | ASYNC | INJECTED), (3, VALID), (4, VALID), (5, VALID | TOP)):
        maps.known[pc, False] = PcInfo(flags, 8)
    words = [2, 3, 4, 5, 0]
    frames = cut(stacks_of([words], [Position(1, BASE, BASE + 40, BASE, 1)]), InfoTable(maps))  # type: ignore[arg-type]
    assert [mode & CONSERVATIVE for mode in frames.mode.tolist()] == [0, 1, 1, 0, 0]


def test_a_link_register_machine_by_hand() -> None:
    """A leaf that has not saved its link register; an injected call with the interrupted leaf's link register."""
    maps = FakeMaps(ARM64)
    maps.known[1, False] = PcInfo(VALID, 0)
    maps.known[2, False] = PcInfo(VALID | ASYNC | INJECTED, 16)
    maps.known[3, False] = PcInfo(VALID, 0)
    maps.known[4, False] = PcInfo(VALID | TOP, 16)
    words = [3, 7, 4, 8, 9, 9]
    place = Position(1, BASE, BASE + 48, BASE, 1, lr=2)
    table = InfoTable(maps)  # type: ignore[arg-type]
    frames = cut(stacks_of([words], [place]), table)
    assert [table.pcs[number] for number in frames.info.tolist()] == [1, 2, 3, 4]
    assert frames.fp.tolist() == [BASE, BASE + 16, BASE + 32, BASE + 48]


FLAGS = st.sampled_from([VALID] * 6 + [0, VALID | TOP, VALID | SP_WRITE, VALID | INJECTED | SIGPANIC,
                                       VALID | INJECTED | ASYNC])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    machine=st.sampled_from([AMD64, ARM64]),
    facts=st.lists(st.tuples(FLAGS, st.sampled_from([0, 8, 16, 24, 32, 12, 1 << 40])), min_size=3, max_size=8),
    stacks=st.lists(
        st.tuples(
            st.lists(st.integers(0, 9) | st.just(1 << 63), min_size=1, max_size=24),
            st.integers(0, 9),
            st.integers(0, 9),
            st.booleans(),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_stacks_side_by_side_and_one_by_one_agree(
    machine: Machine,
    facts: list[tuple[int, int]],
    stacks: list[tuple[list[int], int, int, bool, int]],
) -> None:
    maps = FakeMaps(machine)
    for pc, (flags, delta) in enumerate(facts):
        maps.known[pc + 1, False] = PcInfo(flags, max(delta, 8) if machine is AMD64 else delta)
    words: list[list[int]] = []
    positions: list[Position] = []
    at = BASE
    for content, pc, lr, anywhere, skip in stacks:
        size = 8 * len(content)
        start = at + 8 * min(skip, len(content) - 1)
        positions.append(
            Position(len(words), at, at + size, start, pc, lr if machine is ARM64 else 0, anywhere, anywhere)
        )
        words.append(content)
        at += size + 64
    held = stacks_of(words, positions)
    found = []
    for few in (0, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stackwalk, "_FEW", few)
            table = InfoTable(maps)  # type: ignore[arg-type]
            frames = cut(held, table)
        named = {
            stack: [(table.pcs[info], mode, fp) for info, mode, fp in rows] for stack, rows in as_lists(frames).items()
        }
        found.append((named, frames.lost.tolist(), frames.lost_at.tolist()))
    assert found[0] == found[1]


# ---- stack objects


def reachable(objects: dict[int, tuple[int, list[int]]], words: dict[int, int], seeds: list[int]) -> set[int]:
    """Objects (start -> size, pointer words) that seeds lead to, the slow way."""
    seen: set[int] = set()
    work = list(seeds)
    while work:
        pointer = work.pop()
        for start, (size, offsets) in objects.items():
            if start <= pointer < start + size and start not in seen:
                seen.add(start)
                work += [words[start + offset] for offset in offsets]
    return seen


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_stack_objects_are_found_as_by_walking_them(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    gaps = data.draw(st.lists(st.integers(0, 2), min_size=len(sizes), max_size=len(sizes)))
    total = sum(sizes) + sum(gaps) + 4
    words = data.draw(st.lists(st.integers(0, total + 3), min_size=total, max_size=total))
    content = [BASE + 8 * number + 3 if number else 0 for number in words]
    objects, items, at = {}, [], 0
    for size, gap in zip(sizes, gaps, strict=True):
        at += gap
        mask = data.draw(st.sets(st.integers(0, size - 1)))
        objects[BASE + 8 * at] = (8 * size, [8 * place for place in sorted(mask)])
        items.append(StackObject(8 * at - 64, 8 * size, np.array(sorted(mask), np.int64) * 8))
        at += size
    seeds = [BASE + number for number in data.draw(st.lists(st.integers(0, 8 * total - 1), max_size=3))]
    memory = {BASE + 8 * place: word for place, word in enumerate(content)}
    held = stacks_of([content], [Position(1, BASE, BASE + 8 * total, BASE, 1)])
    one = np.zeros(1, np.int64)
    frames = Frames(one, one, one, np.array([BASE + 64], np.uint64), one[:0], one[:0].astype(np.uint64))
    for rounds in (0, 64):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stackobjects, "_ROUNDS", rounds)
            found = StackObjects(held, frames, [PcInfo(VALID, 64, objects=tuple(items[::2]))], one,
                                 [(0, item) for item in items[1::2]])  # fmt: skip
            found.mark(np.zeros(len(seeds), np.int64), np.array(seeds, np.uint64), 1)
        assert set(found.start[found.live == 1].tolist()) == reachable(objects, memory, seeds)
