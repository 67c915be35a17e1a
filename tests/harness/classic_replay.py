"""The Go program ``classicreplay`` and goxray's model of its maps, side by side in memory."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.goruntime.hash_shapes import process_keys
from goxray.goruntime.hashes import HashKeys
from goxray.goruntime.runtime import Runtime
from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model import ClassicMap
from goxray.model.classic import state as st
from goxray.model.classic.image import ClassicImage, Part
from goxray.model.encode import encode
from goxray.target.memory import Memory
from goxray.target.open import open_target
from tests.harness.classic_values import ELEMS, TYPES, Values
from tests.harness.programs import Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import Variant


@dataclass
class Known:
    """Where the values of one shape stand in the process, learnt from the program's tables of keys and elems."""

    memory: Memory
    data: dict[bytes, int] = field(default_factory=dict)
    words: dict[object, int] = field(default_factory=dict)

    def learn(self, go_type: GoType, value: object, row: bytes, layout: RuntimeLayout) -> None:
        """Encode a value to the very bytes of the table's row, taking addresses from there."""
        words = [word for (word,) in struct.iter_unpack("<Q", row[: len(row) // 8 * 8])]

        def place(content: bytes) -> int:
            for word in (*words, *self._behind(words)):
                try:
                    if self.memory.read(word, len(content)) == content:
                        return self.data.setdefault(content, word)
                except MemoryFault:
                    continue
            raise AssertionError(f"{go_type.name}: nothing in the table's row leads to {content!r}")

        def type_word(held: GoType, empty: bool) -> int:
            return self.words.setdefault(held.key, words[0])

        drawn = encode(go_type, [value], place, type_word=type_word, layout=layout)
        assert drawn.tobytes() == row, (go_type.name, value)

    def _behind(self, words: Sequence[int]) -> Iterator[int]:
        for word in words:
            try:
                yield self.memory.read_u64(word)
            except MemoryFault:
                continue


class Process:
    """The running program, its memory and its random words."""

    def __init__(self, program: Speaker, memory: Memory, layout: RuntimeLayout, keys: HashKeys) -> None:
        self.program, self.memory, self.layout, self.keys = program, memory, layout, keys
        cells = program.said["int32-pointer"][1]["addr"]
        self.values = Values(layout, memory.read_u64(cells))


@contextmanager
def replaying(variant: Variant) -> Iterator[Process]:
    """Run the program and open it as a target."""
    with speaking(build("classicreplay", Build(variant))) as program, open_target(str(program.pid)) as target:
        runtime = Runtime(target)
        keys = process_keys(runtime)
        assert keys is not None
        yield Process(program, runtime.memory, runtime.layout, keys)


STEP = re.compile(r"([a-zA-Z])(\d*)-?(\d*):?(\d*)")


def steps_of(words: str) -> list[tuple[str, int, int]]:
    """Cut operations as the program does (parse in main.go)."""
    found: list[tuple[str, int, int]] = []
    for word in words.split():
        match = STEP.fullmatch(word)
        assert match is not None, word
        op = match[1]
        first, end, last = (int(number or 0) for number in match.groups()[1:])
        for key in range(first, end):
            if op in "AW":
                found.append(("a", key, key % ELEMS))
            if op in "DW":
                found.append(("d", key - (last if op == "W" else 0), 0))
        if op not in "ADW":
            found.append((op, first, last))
    return found


class Replay:
    """One map of the program and the model of it."""

    def __init__(self, process: Process, shape: str, hint: int = 0) -> None:
        self.hint = hint
        self.process, self.shape = process, shape
        self.said: dict[str, Any] = process.program.tell(f"make {shape} {hint}")
        self.start(random.Random(1))
        self.known = Known(process.memory)
        self._seen: set[tuple[bool, int]] = set()

    def start(self, rng: random.Random) -> None:
        """Make the model's map anew."""
        seed, keys = self.said["seeds"][0], self.process.keys
        self.model = ClassicMap(TYPES[self.shape], self.process.layout, hint=self.hint, seed=seed, keys=keys, rng=rng)
        self._seeds = 1
        self.model.reseed = self._next_seed

    def _next_seed(self) -> int:
        self._seeds += 1
        return int(self.said["seeds"][self._seeds - 1])

    def value(self, number: int, *, key: bool) -> object:
        """A key or elem by number; its addresses are learnt, and its bytes compared with the table's."""
        make = self.process.values.key if key else self.process.values.elem
        value = make(self.shape, number)
        if (key, number) not in self._seen:
            self._seen.add((key, number))
            table = self.process.program.said[self.shape][0 if key else 1]
            row = self.process.memory.read(table["addr"] + number * table["size"], table["size"])
            unit = self.model.shape.unit
            if value == value:
                self.known.learn(unit.key if key else unit.elem, value, row, self.process.layout)
        return value

    def do(self, words: str) -> None:
        """Let both do the same operations."""
        self.said = self.process.program.tell(f"do {self.shape} {words}")
        self.apply(steps_of(words))
        assert self._seeds == len(self.said["seeds"])

    def walk(self, words: str) -> tuple[list[int], list[object]]:
        """Let both range over their maps and do one operation after each entry; return the elems that they met."""
        self.said = told = self.process.program.tell(f"walk {self.shape} {words}")
        steps = steps_of(words)
        met = []
        for _, elem in self.model.iterate(told["start"] | told["offset"] << told["b"]):
            met.append(elem)
            if steps:
                self.apply([steps.pop(0)])
        assert self._seeds == len(self.said["seeds"])
        return told["walked"], met

    def apply(self, steps: list[tuple[str, int, int]]) -> None:
        """Do operations in the model alone."""
        ops: list[int] = []
        keys: list[object] = []
        elems: list[object] = []
        for op, key, elem in steps:
            if op in "ad":
                ops.append(st.ASSIGN if op == "a" else st.DELETE)
                keys.append(self.value(key, key=True))
                elems.append(self.value(elem, key=False) if op == "a" else None)
                continue
            self._flush(ops, keys, elems)
            if op == "c":
                self.model.clear()
            else:
                next(iter(self.model), None)
        self._flush(ops, keys, elems)

    def _flush(self, ops: list[int], keys: list[object], elems: list[object]) -> None:
        self.model.apply(np.array(ops, np.uint8), keys, elems)
        for column in (ops, keys, elems):
            column.clear()


class Real:
    """The real map in memory, and the addresses that its image needs (goxray.model.classic.image.Addresses)."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._memory = replay.process.memory
        self._layout = replay.process.layout
        self._head: int = replay.said["header"]
        self._unit = replay.model.shape.unit

    @cached_property
    def _rows(self) -> dict[bool, dict[int, int]]:
        return {old: self._walk(old) for old in (False, True)}

    def word(self, name: str) -> int:
        """One pointer of hmap."""
        return self._memory.read_u64(self._head + self._layout.offset("runtime.hmap", name))

    def header(self) -> bytes:
        """All of hmap."""
        return self._memory.read(self._head, self._layout.size("runtime.hmap"))

    def array(self, old: bool) -> int:
        return self.word("oldbuckets" if old else "buckets")

    def _walk(self, old: bool) -> dict[int, int]:
        """Addresses of overflow buckets by their rows: where the model has a link, the real one is followed."""
        machine = self._replay.model.machine
        generation = machine.old if old else machine.cur
        found: dict[int, int] = {}
        todo = list(range(generation.own))
        while todo:
            row = todo.pop()
            link = int(generation.buckets.links[row])
            if link >= generation.own:
                at = found.get(row) or self.array(old) + row * self._unit.unit_size
                found[link] = self._memory.read_u64(at + self._unit.unit_size - 8)
                todo.append(link)
        return found

    def _row(self, old: bool, row: int) -> int:
        return self._rows[old].get(row) or self.array(old) + row * self._unit.unit_size

    def overflow(self, old: bool, row: int) -> int:
        return self._rows[old][row]

    def data(self, content: bytes) -> int:
        return self._replay.known.data[content]

    def indirect(self, old: bool, row: int, slot: int, part: Part) -> int:
        unit = self._unit
        first, stride = (unit.keys_off, unit.key_stride) if part == "key" else (unit.elems_off, unit.elem_stride)
        return self._memory.read_u64(self._row(old, row) + first + slot * stride)

    def type_word(self, go_type: GoType, empty: bool) -> int:
        return self._replay.known.words[go_type.key]

    def extra(self) -> int:
        return self.word("extra")

    def lists(self, old: bool) -> int:
        offset = self._layout.offset("runtime.mapextra", "oldoverflow" if old else "overflow")
        return self._memory.read_u64(self.extra() + offset)

    def rows(self, old: bool, numbers: Sequence[int]) -> NDArray[np.uint8]:
        """The bytes of these rows."""
        size = self._unit.unit_size
        generation = self._replay.model.machine.old if old else self._replay.model.machine.cur
        if not numbers:
            return np.zeros((0, size), np.uint8)
        found = [self._memory.read(self.array(old), generation.own * size)]
        found += [self._memory.read(self._row(old, row), size) for row in numbers if row >= generation.own]
        return np.frombuffer(b"".join(found), np.uint8).reshape(-1, size)

    def overflow_apart(self, old: bool) -> bool:
        """Whether the overflow buckets are distinct, and none lies in the array."""
        found = list(self._rows[old].values())
        generation = self._replay.model.machine.old if old else self._replay.model.machine.cur
        start, end = self.array(old), self.array(old) + generation.own * self._unit.unit_size
        return len(set(found)) == len(found) and 0 not in found and not any(start <= at < end for at in found)


def differences(replay: Replay) -> list[str]:
    """Hold the model's image against the real memory, byte for byte; say where they differ."""
    real = Real(replay)
    image: ClassicImage = replay.model.image(real)
    found = []
    if (image.header != np.frombuffer(real.header(), np.uint8))[image.known].any():
        found.append(f"header: {image.header.tobytes().hex()} is {real.header().hex()}")
    if image.extra is not None:
        extra = replay.process.memory.read(real.extra(), len(image.extra))
        found += [] if extra == image.extra.tobytes() else [f"extra: {image.extra.tobytes().hex()} is {extra.hex()}"]
    for old, rows, numbers in (
        (False, image.rows, list(range(len(image.rows)))),
        (True, image.old_rows, image.old_numbers.tolist()),
    ):
        there = real.rows(old, numbers)
        for nth in np.flatnonzero((rows != there).any(axis=1)).tolist():
            where = f"{'old ' if old else ''}row {numbers[nth]}"
            found.append(f"{where}: {rows[nth].tobytes().hex()} is {there[nth].tobytes().hex()}")
        if len(rows) and not real.overflow_apart(old):
            found.append("overflow buckets are shared or lie in the array")
    return found + _indirect(replay, real)


def _indirect(replay: Replay, real: Real) -> list[str]:
    """Compare what full slots keep by pointer with what the model says stands there."""
    unit, model = replay.model.shape.unit, replay.model
    found = []
    parts: list[tuple[Part, bool, GoType]] = [
        ("key", unit.indirect_key, unit.key),
        ("elem", unit.indirect_elem, unit.elem),
    ]
    for part, kept, go_type in parts:
        if not kept:
            continue
        tops = model.machine.cur.buckets.tops
        for row, slot in np.argwhere(tops >= st.MIN_TOPHASH).tolist():
            value = model.stored(row, slot)[0 if part == "key" else 1]
            drawn = encode(go_type, [value], real.data, type_word=real.type_word, layout=model.layout).tobytes()
            there = replay.process.memory.read(real.indirect(False, row, slot, part), go_type.size)
            if drawn != there:
                found.append(f"{part} of row {row}, slot {slot}: {drawn.hex()} is {there.hex()}")
    return found
