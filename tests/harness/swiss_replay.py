"""Real Swiss maps beside modelled ones: the program ``swissreplay`` and SwissMap do the same, and memory is compared.

What no model can know is handed over from the process: the seeds that its maps draw, the random words that it hashes
with, the addresses that it gave its structures, and where iterations start.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from goxray.goruntime.hash_shapes import process_keys
from goxray.goruntime.hashes import HashKeys
from goxray.goruntime.runtime import Runtime
from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model.encode import Iface
from goxray.model.gotypes import Declared, parse_file, parse_type
from goxray.model.swiss.engine import ASSIGN, DELETE
from goxray.model.swiss.image import What
from goxray.model.swiss.map import SwissMap
from goxray.target.memory import Memory
from goxray.target.open import open_target
from tests.harness.programs import PROGRAMS, Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import Variant

KEYS, ELEMS = 6000, 199
FAKE = 0x7F << 56
"""Addresses from here on are no addresses of the process: what stands there is known here."""
MASK = (1 << 64) - 1
NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
"""math.NaN()."""


def text(i: int) -> str:
    """What ``texts[i]`` of the program is."""
    return f"{i}-" + "x" * (i % 37)


def floating(i: int) -> float:
    """What ``floats[i]`` is."""
    return NAN if i >= KEYS - 50 else -0.0 if i == 2 else (i - 3) / 8


class World:
    """One running program: its memory, layout, random words, and the values of its shapes."""

    def __init__(self, speaker: Speaker, memory: Memory, layout: RuntimeLayout, keys: HashKeys, cells: int) -> None:
        self.speaker = speaker
        self.memory = memory
        self.layout = layout
        self.keys = keys
        self.declared: Declared = parse_file(PROGRAMS / "swissreplay" / "shapes.go", layout)
        self._types: dict[str, GoType] = {}
        self.shapes: dict[str, tuple[str, Callable[[int], object], Callable[[int], object]]] = {
            "word": ("map[uint64]uint64", lambda i: (i * 0x9E3779B97F4A7C15 + 1) & MASK, lambda e: e + 1),
            "half": ("map[uint32]uint16", lambda i: (i * 2654435761 + 7) & 0xFFFFFFFF, lambda e: e + 1),
            "wide": ("map[int64][5]uint64", lambda i: i - 300, lambda e: (0, e, 0, 0, 1)),
            "text": ("map[string]int64", text, lambda e: e - 50),
            "set": ("map[string]struct{}", text, lambda e: ()),
            "pointer": ("map[*int64]*int64", lambda i: cells + 8 * i, lambda e: cells + 8 * e),
            "record": ("map[record]string", lambda i: (i, text(i)), text),
            "small": ("map[int16]byte", lambda i: i - 3000, lambda e: e),
            "float": ("map[float64]int32", floating, lambda e: e),
            "any": ("map[any]any", self._any, self._any),
            "bigkey": ("map[[20]int64]uint16", lambda i: (0, 0, 0, i, *[0] * 15, -1), lambda e: e),
            "bigelem": ("map[uint32][17]int64", lambda i: i, lambda e: (*[0] * 16, e)),
            "both": (
                "map[bulky]bulky",
                lambda i: (text(i), (0,) * 16),
                lambda e: (text(e), (0,) * 5 + (1,) + (0,) * 10),
            ),
        }

    def type(self, name: str) -> GoType:
        """A type of the program."""
        if name not in self._types:
            self._types[name] = parse_type(name, self.layout, self.declared)
        return self._types[name]

    def _any(self, i: int) -> Iface:
        kind, value = (
            ("int64", i + 1000),
            ("string", text(i)),
            ("float64", i / 8),
            ("record", (i, text(i))),
        )[i % 4]
        return Iface(self.type(kind), value)


@contextmanager
def world(variant: Variant) -> Iterator[World]:
    """Run the program, built as the variant says."""
    executable = build("swissreplay", Build(variant))
    with speaking(executable) as speaker, open_target(str(speaker.pid)) as target:
        runtime = Runtime(target)
        keys = process_keys(runtime)
        cells = target.binary.symbol("main.cells")
        assert keys is not None and cells is not None
        yield World(speaker, runtime.memory, runtime.layout, keys, cells.addr + target.bias)


class Twin:
    """A map of the program and its model."""

    def __init__(self, world: World, name: str, hint: int = 0) -> None:
        self.world = world
        self.name = name
        go_type, self.key, self.elem = world.shapes[name]
        told = world.speaker.tell(f"{name} make {hint}")
        self.header = int(told["header"])
        self.seeds: deque[int] = deque()
        self.model = SwissMap(world.type(go_type), world.layout, hint=hint, seed=told["seed"], keys=world.keys)
        self.model.reseed = self.seeds.popleft
        self.mallocs, self.bytes = told["mallocs"], told["bytes"]

    def do(self, *steps: str) -> None:
        """Let both take the steps, written as the program wants them."""
        told = self.world.speaker.tell(" ".join([self.name, "do", *steps]))
        self.seeds.extend(told["seeds"])
        self.mallocs += told["mallocs"]
        self.bytes += told["bytes"]
        todo: list[tuple[str, int, int]] = []
        for step in steps:
            if step == "c":
                self.replay(todo)
                todo = []
                self.replay(operations(step))
            else:
                todo += operations(step)
        self.replay(todo)
        assert not self.seeds, "the program drew seeds that the model did not"

    def replay(self, todo: list[tuple[str, int, int]]) -> None:
        """Let the model do operations."""
        if todo and todo[0][0] == "c":
            self.model.clear()
        else:
            ops = np.array([ASSIGN if op == "a" else DELETE for op, _, _ in todo], np.uint8)
            self.model.apply(ops, [self.key(key) for _, key, _ in todo], [self.elem(elem) for _, _, elem in todo])

    def walk(self, *steps: str) -> tuple[list[int], list[object]]:
        """Range over both, with two operations after each entry; return what they showed."""
        told = self.world.speaker.tell(" ".join([self.name, "walk", *steps]))
        self.seeds.extend(told["seeds"])
        todo = deque(each for step in steps for each in operations(step))
        shown = []
        for key, _ in self.model.iterate(tuple(told["start"]) if told["start"] else None):
            shown.append(key)
            for _ in range(min(2, len(todo))):
                self.replay([todo.popleft()])
        return told["walked"], shown

    def compare(self) -> int:
        """Hold all memory of the real map against the model's image; return how many bytes were compared."""
        places = RealPlaces(self.world.memory, self.world.layout, self.header)
        checked = 0
        for block in self.model.image(places):
            if block.what in ("header", "directory", "table", "groups"):
                at = self.header if block.what == "header" else places.of(block.what, block.number)
                places.check(at, block.content, f"{self.name}: {block.what} {block.number}")
                checked += len(block.content)
            else:
                places.objects[places.of(block.what, block.number)] = block.content
        for fake, (real, where) in places.pending.items():
            places.check(real, places.objects[fake], where)
            checked += len(places.objects[fake])
        return checked

    def controls(self) -> bytes:
        """The control bytes of a small map's group as they stand in memory."""
        pointer = self.world.memory.read_u64(self.header + self.world.layout.offset(HEADER, "dirPtr"))
        return self.world.memory.read(pointer, 8)


HEADER, TABLE = "internal/runtime/maps.Map", "internal/runtime/maps.table"


class RealPlaces:
    """Where the real map's structures stand; what they point to besides has addresses from FAKE on.

    ``pending`` are the pointers to objects of keys and elems that were met: to which real address they lead.
    """

    def __init__(self, memory: Memory, layout: RuntimeLayout, header: int) -> None:
        self.memory = memory
        self.directory = memory.read_u64(header + layout.offset(HEADER, "dirPtr"))
        length = memory.read_u64(header + layout.offset(HEADER, "dirLen"))
        words = struct.unpack(f"<{length}Q", memory.read(self.directory, 8 * length)) if length else ()
        self.tables = list(dict.fromkeys(words))
        data = layout.offset(TABLE, "groups") + layout.offset("internal/runtime/maps.groupsReference", "data")
        self.groups = [memory.read_u64(table + data) for table in self.tables] or [self.directory]
        self.objects: dict[int, bytes] = {}
        self.pending: dict[int, tuple[int, str]] = {}
        self._contents: dict[int, bytes] = {}
        self._known: dict[object, int] = {}
        self._words: dict[int, int] = {}
        self._type_words: set[int] = set()

    def of(self, what: What, number: int) -> int:
        """See goxray.model.swiss.image.Places."""
        if what == "directory":
            return self.directory
        if what in ("table", "groups"):
            return (self.tables if what == "table" else self.groups)[number]
        return self._fake((what, number))

    def _fake(self, key: object) -> int:
        return self._known.setdefault(key, FAKE + 16 * len(self._known))

    def data(self, content: bytes) -> int:
        """See goxray.model.swiss.image.Places."""
        fake = self._fake(content)
        self._contents[fake] = content
        return fake

    def type_word(self, go_type: GoType, empty: bool) -> int:
        """See goxray.model.swiss.image.Places."""
        fake = self._fake(go_type.key)
        self._type_words.add(fake)
        return fake

    def check(self, at: int, content: bytes, where: str) -> None:
        """Compare real memory with what the model has, following the pointers whose addresses the model made up."""
        real = self.memory.read(at, len(content))
        if real == content:
            return
        cut = len(content) // 8
        mine, theirs = np.frombuffer(content, "<u8", cut), np.frombuffer(real, "<u8", cut)
        assert real[8 * cut :] == content[8 * cut :], where
        for i in np.flatnonzero(mine != theirs).tolist():
            self._follow(int(mine[i]), int(theirs[i]), f"{where}, byte {8 * i}")

    def _follow(self, fake: int, real: int, where: str) -> None:
        assert fake in self._contents or fake in self._known.values(), f"{where}: {real:#x}, the model has {fake:#x}"
        if fake in self._type_words:
            assert self._words.setdefault(fake, real) == real, where
        elif fake in self._contents:
            self.check(real, self._contents[fake], f"{where} -> {real:#x}")
        else:
            before, _ = self.pending.setdefault(fake, (real, where))
            assert before == real, f"{where}: two addresses for one object"


def operations(step: str) -> list[tuple[str, int, int]]:
    """Return what a step of the program comes to: kind, key and elem of each operation."""
    kind, numbers = step[0], [int(each) for each in step[1:].split(",")] if len(step) > 1 else [0, 0, 0]
    low, high, last = numbers
    if kind == "c":
        return [("c", 0, 0)]
    if kind == "d":
        return [("d", key, 0) for key in range(low, high, last)]
    if kind == "a":
        return [("a", key, (key + last) % ELEMS) for key in range(low, high)]
    return [each for key in range(low, high) for each in (("a", key, key % ELEMS), ("d", key - last, 0))]
