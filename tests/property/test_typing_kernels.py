"""The typing walk against a naive one, over small worlds whose objects' types are known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goxray.core.jit import twin
from goxray.goruntime.gcroots import RootHolder
from goxray.heap import bit_kernels, typing_kernels
from goxray.heap.capture import SideWords
from goxray.heap.graph import Edges, Objects
from goxray.heap.rooted import RootedGraph
from goxray.heap.slots import HeapType, SlotKind, WordSlot
from goxray.heap.typing import Typed, Typist

CHECKED = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
OPAQUE = -1


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run each test with compiled kernels and with their plain twins, called functions included."""
    if request.param == "plain":
        for module in (bit_kernels, typing_kernels):
            for name, function in list(vars(module).items()):
                if hasattr(function, "py_func"):
                    monkeypatch.setattr(module, name, twin(function))
    with warnings.catch_warnings():  # numpy warns of what compiled kernels mean: products modulo 2**64
        warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
        yield


@dataclass
class Kind:
    """A type: its words, and what its pointer words lead to: (word, slot kind, number of the type or OPAQUE)."""

    words: int
    slots: list[tuple[int, SlotKind, int]]


@dataclass
class Thing:
    """An object: its type (OPAQUE for none), how many values it holds and whether they are an array."""

    kind: int
    count: int
    array: bool
    words: int


@dataclass
class World:
    """Kinds, objects, the types of globals, and pointers: (from, word, to, words into it); globals come behind."""

    kinds: list[Kind]
    things: list[Thing]
    roots: list[int]
    pointers: list[tuple[int, int, int, int]] = field(default_factory=list)

    def slot(self, source: int, word: int) -> tuple[SlotKind, int] | None:
        """Return what stands at a word of an object or global, None where no type says it."""
        kind = self.roots[source - len(self.things)] if source >= len(self.things) else self.things[source].kind
        if kind == OPAQUE:
            return None
        own = self.kinds[kind]
        return next((slot[1:] for slot in own.slots if slot[0] == word % own.words), None)

    def closure(self, start: set[int], *, typed: bool) -> set[int]:
        """Return what is reached from some nodes, only along pointers whose type is known where asked so."""
        found, todo = set(start), list(start)
        while todo:
            here = todo.pop()
            for source, word, target, _ in self.pointers:
                slot = self.slot(source, word)
                if source == here and target not in found and not (typed and (slot is None or slot[1] == OPAQUE)):
                    found.add(target)
                    todo.append(target)
        return found


@st.composite
def worlds(draw: Any) -> World:
    """Types that refer to each other in any way, objects of them, and pointers that keep to the types."""
    count = draw(st.integers(1, 4))
    kinds = []
    for number in range(count):
        words = draw(st.integers(1, 5)) + 5 * number  # all sizes differ: a size tells nothing of the type
        at = sorted(draw(st.sets(st.integers(0, words - 1), min_size=1, max_size=4)))
        kind = st.sampled_from([SlotKind.ONE, SlotKind.MANY, SlotKind.UNKNOWN])
        slots = [(word, draw(kind), draw(st.integers(0, count - 1))) for word in at]
        kinds.append(Kind(words, [(w, k, OPAQUE if k is SlotKind.UNKNOWN else t) for w, k, t in slots]))
    things = []
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(st.integers(OPAQUE, count - 1))
        array = kind != OPAQUE and draw(st.booleans())
        many = draw(st.integers(1, 3)) if array else 1
        things.append(Thing(kind, many, array, many * kinds[kind].words if kind != OPAQUE else 3))
    things.sort(key=lambda thing: thing.words)
    world = World(kinds, things, [draw(st.integers(0, count - 1)) for _ in range(draw(st.integers(0, 3)))])
    sizes = [thing.words for thing in things] + [kinds[kind].words for kind in world.roots]
    for source, size in enumerate(sizes):
        for word in range(size):
            fitting = targets(world, source, word)
            if fitting and draw(st.booleans()):
                target, element = draw(st.sampled_from(fitting)), 0
                if things[target].array:
                    element = draw(st.integers(0, things[target].count - 1)) * kinds[things[target].kind].words
                world.pointers.append((source, word, target, element))
    return world


def targets(world: World, source: int, word: int) -> list[int]:
    """Return the objects that a word may point to: what its type says, anything from opaque ones."""
    opaque = source < len(world.things) and world.things[source].kind == OPAQUE
    slot = world.slot(source, word)
    if opaque or (slot is not None and slot[1] == OPAQUE):
        return list(range(len(world.things)))
    if slot is None:
        return []
    array = slot[0] is SlotKind.MANY
    return [n for n, thing in enumerate(world.things) if thing.kind == slot[1] and thing.array == array]


def heap_types(world: World) -> list[HeapType]:
    """Return the types as goxray describes them."""
    made: list[HeapType] = []

    def opener(kind: Kind) -> Any:
        def slots() -> list[WordSlot]:
            found = []
            for word, slot, to in kind.slots:
                target = None if to == OPAQUE else made[to]
                if slot is SlotKind.MANY and target is not None:
                    target = HeapType(f"[...]{target.name}", target.size, True, target.open)
                found.append(WordSlot(word, slot, target, f"{{p}}.f{word}"))
            return found

        return slots

    made += [HeapType(f"main.T{n}", 8 * kind.words, True, opener(kind)) for n, kind in enumerate(world.kinds)]
    return made


def typed(world: World) -> Typed:
    """Type a world: each run of objects of one size is a span."""
    sizes = [thing.words for thing in world.things]
    first = [n for n in range(len(sizes)) if n == 0 or sizes[n] != sizes[n - 1]]
    spans = np.array([*first, len(sizes)], np.int64)
    slot = np.array([n - max(f for f in first if f <= n) for n in range(len(sizes))], np.uint16)
    elem = np.array([8 * sizes[n] for n in first], np.int64)
    objects = Objects(spans, slot, np.arange(len(first)).astype(np.uint64) << np.uint64(20), elem, elem < 0)
    nodes = len(sizes) + len(world.roots)
    pointers = sorted(world.pointers)
    start = np.cumsum([0, *(sum(p[0] == n for p in pointers) for n in range(nodes))]).astype(np.uint32)
    edges = Edges(
        start,
        np.array([p[2] for p in pointers], np.uint32),
        np.array([p[1] for p in pointers], np.uint32),
        np.array([p[3] for p in pointers], np.uint16),
    )
    none32, none64 = np.zeros(0, np.uint32), np.zeros(0, np.uint64)
    side = SideWords(none32, none32, none32, none32, none64)
    holders = [RootHolder("global", f"main.g{n}", 0, 0, 0x1000 * (n + 1), 8) for n in range(len(world.roots))]
    graph = RootedGraph(len(sizes), holders, edges, side, none64, np.zeros(0, np.bool_), len(pointers))
    types = heap_types(world)
    runtime: Any = SimpleNamespace(
        layout=SimpleNamespace(alloc_size=lambda size, noscan: size),
        types=SimpleNamespace(is_direct=lambda _: False, map_type_addrs=list),
        globals=list,
        function_name=lambda _: "",
    )
    capture: Any = SimpleNamespace(
        objects=objects,
        typed=np.zeros(0, np.int32),
        typed_object=none32,
        type_addrs=[],
        code=none64,
        code_object=none32,
    )
    statics = {holder.addr: types[kind] for holder, kind in zip(holders, world.roots, strict=True)}
    return Typist(runtime, capture, graph, statics).run([], None)


@given(world=worlds())
@CHECKED
def test_every_object_has_the_type_that_pointers_give_it(world: World) -> None:
    result = typed(world)
    count = len(world.things)
    roots = set(range(count, count + len(world.roots)))
    known, reached = world.closure(roots, typed=True), world.closure(roots, typed=False)
    for number, thing in enumerate(world.things):
        name = result.table.types[result.type_of[number]].name if result.type_of[number] >= 0 else None
        expected = f"{'[...]' * thing.array}main.T{thing.kind}" if number in known else None
        assert name == expected
        assert (result.owner[number] >= 0) == (number in reached)
        if number in known:
            assert int(result.shape[number]) & (typing_kernels.QUEUED - 1) == (2 if thing.array else 1)
            assert result.phase[number] == 0
            assert result.score[number] == (typing_kernels.ARRAY if thing.array else typing_kernels.WHOLE)


@given(world=worlds())
@CHECKED
def test_every_owner_is_spelled_along_a_pointer(world: World) -> None:
    """An object's owner is what one of the pointers to it makes of its holder's; one pointer leaves no choice."""
    result = typed(world)
    exprs, count = result.exprs, len(world.things)
    for nth in range(len(world.roots)):
        assert exprs[int(result.owner[count + nth])].text == f"main.g{nth}"
    for number in range(count):
        if result.owner[number] < 0:
            continue
        possible = []
        for source, word, target, _ in world.pointers:
            if target == number and result.owner[source] >= 0:
                slot = world.slot(source, word) if result.type_of[source] >= 0 else None
                if slot is None:
                    possible.append((int(result.owner[source]), "{p}", "", True))
                    continue
                form = f"{{p}}.f{word % world.kinds[kind_of(world, source)].words}"
                name = "" if slot[1] == OPAQUE else f"{'[...]' * (slot[0] is SlotKind.MANY)}main.T{slot[1]}"
                possible.append((int(result.owner[source]), form, name, slot[1] == OPAQUE))
        assert int(result.owner[number]) in {
            exprs.child(parent, form, name, guessed=guessed) for parent, form, name, guessed in possible
        }


def kind_of(world: World, source: int) -> int:
    """Return the type of an object or global."""
    return world.roots[source - len(world.things)] if source >= len(world.things) else world.things[source].kind
