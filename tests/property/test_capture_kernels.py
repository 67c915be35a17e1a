"""The kernels of the capture against slow twins over Python sets, dicts and single bits.

They run compiled and as plain Python: hosts without numba run the same source uncompiled.
"""

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
from goxray.heap import bit_kernels, capture, capture_kernels, contents_kernels, resolve_kernels
from goxray.heap.capture import RawEdges, Resolver, SideWords, resolve

CHECKED = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
MODULES = (bit_kernels, capture_kernels, resolve_kernels, contents_kernels)
LOW, HIGH = 0xC000000000, 0xC000100000
TEXT = (0x400000, 0x500000)


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run each test with compiled kernels and with their plain twins, called functions included."""
    if request.param == "plain":
        for module in MODULES:
            for name, function in list(vars(module).items()):
                if hasattr(function, "py_func"):
                    monkeypatch.setattr(module, name, twin(function))
    with warnings.catch_warnings():  # numpy warns of what C and the compiled kernels mean: sums modulo 2**64
        warnings.filterwarnings("ignore", "overflow encountered", RuntimeWarning)
        yield


def bitmap(bits: set[int], length: int) -> Any:
    """Return a set as a bitmap of whole words."""
    words = np.zeros(-(-length // 64) + 1, np.uint64)
    for bit in bits:
        words[bit // 64] |= np.uint64(1 << bit % 64)
    return words


# ---- which slots are objects


@given(
    spans=st.lists(
        st.integers(1, 200).flatmap(
            lambda n: st.tuples(st.just(n), st.integers(0, n), st.frozensets(st.integers(0, -(-n // 64) * 64 - 1)))
        ),
        max_size=6,
    )
)
@CHECKED
def test_slots_are_those_below_freeindex_and_those_marked(spans: list[tuple[int, int, frozenset[int]]]) -> None:
    place = np.cumsum([0, *(-(-n // 64) for n, _, _ in spans)]).astype(np.int64)
    bits = np.zeros(int(place[-1]), np.uint64)
    for first, (_, _, marked) in zip(place.tolist(), spans, strict=False):
        for slot in marked:
            bits[first + slot // 64] |= np.uint64(1 << slot % 64)
    nelems, free = (np.array([span[i] for span in spans], np.int32) for i in (0, 1))
    bit_kernels.settle_bits(bits, place, nelems, free)
    expected = [sorted({*range(f), *(s for s in marked if s < n)}) for n, f, marked in spans]
    rank = np.zeros(len(bits), np.uint32)
    total = bit_kernels.rank_words(bits, rank)
    assert total == sum(map(len, expected))
    slot = np.zeros(total, np.uint16)
    bit_kernels.list_slots(bits, place, slot)
    assert slot.tolist() == [one for each in expected for one in each]
    seen = 0
    for number, each in enumerate(expected):
        for word in range(int(place[number + 1] - place[number])):
            assert rank[place[number] + word] == seen + sum(s < 64 * word for s in each)
        seen += len(each)


@given(keys=st.frozensets(st.integers(1, 2**64 - 1), max_size=20), others=st.lists(st.integers(1, 2**64 - 1)))
@CHECKED
def test_a_key_is_found_where_it_stands(keys: frozenset[int], others: list[int]) -> None:
    table = np.zeros(64, np.uint64)
    for key in keys:
        at = ((key * 0x9E3779B97F4A7C15 & 2**64 - 1) >> 32) % 64
        while table[at]:
            at = (at + 1) % 64
        table[at] = key
    for key in [*keys, *others]:
        at = bit_kernels.find_key(table, np.uint64(key))
        assert (at >= 0) == (key in keys)
        assert at < 0 or table[at] == key


# ---- which words are pointers


def flags_of(is_pointer: list[bool], word: int, end: int, begin: int = 0) -> int:
    """Return the flags of a word whose value reaches from ``begin`` to ``end``."""
    known = 0
    if word > begin and not is_pointer[word - 1]:
        known |= capture_kernels.BEFORE
    if word + 1 < end and not is_pointer[word + 1]:
        known |= capture_kernels.AFTER
    if word + 2 < end and not is_pointer[word + 2]:
        known |= capture_kernels.AFTER_NEXT
    return known


def words_of_memory(draw: Any, count: int) -> Any:
    some = st.sampled_from([0, 8, LOW, LOW + 8, LOW + 0xFFF8, HIGH - 1, HIGH, TEXT[0], TEXT[1] - 1, TEXT[1], 2**63])
    return np.array(draw(st.lists(some, min_size=count, max_size=count)), np.uint64)


def room(size: int) -> capture_kernels.Pointers:
    return capture_kernels.Pointers(
        np.zeros(size, np.uint64), np.zeros(size, np.uint32), np.zeros(size, np.int64), np.zeros(size, np.uint8)
    )


def written(out: capture_kernels.Pointers, count: int) -> list[tuple[int, ...]]:
    return list(zip(*(column[:count].tolist() for column in out), strict=True))


BOUNDS = capture_kernels.Bounds(np.uint64(LOW), np.uint64(HIGH), np.array(TEXT, np.uint64))
IN_SPAN, HEADER = capture_kernels.IN_SPAN, capture_kernels.HEADER


Type = tuple[int, list[int]]
"""Words of a value and which of them are pointers."""


@dataclass
class Spans:
    """Spans as they would be read, and what a naive look at them finds.

    ``pointers`` are (pointer, word, place, flags) in order, ``count`` each object's number of them, ``typed`` the
    recorded types by object, ``code`` the addresses of code that objects begin with.
    """

    draw: Any
    types: list[Type]
    base: int
    memory: list[Any] = field(default_factory=list)
    rows: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    bits: set[int] = field(default_factory=set)
    pointers: list[tuple[int, int, int, int]] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    typed: list[tuple[int, int]] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)

    def add(self, kind: str) -> None:
        """Add a span of a kind: its pointers are told by bits, by its objects' headers, or by the span's one type."""
        draw, at = self.draw, sum(map(len, self.memory))
        words, nelems = draw(st.integers(2, 70)), 1 if kind == "large" else draw(st.integers(1, 5))
        taken = [0] if kind == "large" else sorted(draw(st.sets(st.integers(0, nelems - 1))))
        content = words_of_memory(draw, words * nelems)
        large = draw(st.integers(0, len(self.types))) if kind == "large" else 0
        where, span_class = IN_SPAN if kind == "bits" else HEADER, 0 if kind == "large" else 4
        self.rows.append((at, where, self.base, 8 * words, span_class, 0x1000 * large, len(self.slots)))
        for slot in taken:
            skip = int(kind == "header")
            if kind == "bits":
                shown = self._by_bits(slot * words, words)
            else:
                chosen = draw(st.integers(0, len(self.types))) if kind == "header" else large
                content[slot * words] = 0x1000 * chosen if kind == "header" else content[slot * words]
                shown = self._by_type(chosen, words - skip) if chosen else []
            self._expect(at + slot * words + skip, content[slot * words + skip :], shown)
            self.slots.append(slot)
        self.base += words * nelems
        self.memory.append(content)

    def _by_bits(self, begin: int, words: int) -> list[tuple[int, int]]:
        bits = self.draw(st.sets(st.integers(0, words - 1)))
        self.bits |= {self.base + begin + bit for bit in bits}
        mask = [word in bits for word in range(words)]
        return [(word, flags_of(mask, word, words)) for word in sorted(bits)]

    def _by_type(self, chosen: int, words: int) -> list[tuple[int, int]]:
        self.typed.append((len(self.slots), chosen - 1))
        size, own = self.types[chosen - 1]
        one = [word in own for word in range(size)]
        return [(word, flags_of(one, word % size, size)) for word in range(words) if word % size in own]

    def _expect(self, at: int, value: Any, shown: list[tuple[int, int]]) -> None:
        """Expect the pointers among the words shown of a value, and the code it begins with."""
        found = [(int(value[w]), w, at + w, flags) for w, flags in shown if LOW <= int(value[w]) < HIGH]
        self.pointers += found
        self.count.append(len(found))
        if TEXT[0] <= int(value[0]) < TEXT[1]:
            self.code.append((len(self.slots), int(value[0])))

    def arguments(self) -> tuple[capture_kernels.Batch, capture_kernels.Shapes]:
        """Return the spans as the kernels take them."""
        at, kind, bits_at, elem, span_class, large, first = zip(*self.rows, strict=True)
        data, bits = np.concatenate(self.memory), bitmap(self.bits, self.base + 128)
        chosen, wide = np.arange(len(at)), np.int64
        return capture_kernels.Batch(
            data, np.array(at, wide), chosen, np.array(kind, np.uint8), bits, np.array(bits_at, wide)
        ), capture_kernels.Shapes(
            np.array(elem, wide), np.array(span_class, np.uint8), np.array(large, np.uint64),
            np.array([*first, len(self.slots)], wide), np.array(self.slots, np.uint16),
        )  # fmt: skip


TYPES = st.integers(1, 9).flatmap(
    lambda size: st.tuples(st.just(size), st.frozensets(st.integers(0, size - 1)).map(sorted))
)


@given(
    data=st.data(),
    types=st.lists(TYPES, min_size=1, max_size=3),
    kinds=st.lists(st.sampled_from(["bits", "header", "large"]), min_size=1, max_size=4),
    base=st.integers(0, 70),
)
@CHECKED
def test_pointers_of_spans(data: st.DataObject, types: list[Type], kinds: list[str], base: int) -> None:
    spans = Spans(data.draw, types, base)
    for kind in kinds:
        spans.add(kind)
    batch, shapes = spans.arguments()
    masks, out, size = type_masks(types), room(len(batch.data)), 2 * len(spans.slots) + 1
    listed = capture_kernels.Listed(
        np.zeros(size, np.uint32), np.zeros(size, np.uint32), np.zeros(size, np.uint32), np.zeros(size, np.uint64)
    )
    unknown = np.zeros(size, np.uint64)
    count = capture_kernels.unknown_types(batch, shapes, np.zeros(64, np.uint64), unknown)
    assert set(unknown[:count].tolist()) == {0x1000 * (kind + 1) for _, kind in spans.typed}
    assert capture_kernels.unknown_types(batch, shapes, masks.keys, unknown) == 0
    done, coded, typed = capture_kernels.extract_spans(batch, shapes, masks, BOUNDS, out, listed)
    assert written(out, done) == spans.pointers
    assert listed.counts[: len(spans.slots)].tolist() == spans.count
    objects, kinds_found = (column[size - typed :][::-1].tolist() for column in (listed.objects, listed.types))
    assert list(zip(objects, kinds_found, strict=True)) == spans.typed
    assert list(zip(listed.objects[:coded].tolist(), listed.codes[:coded].tolist(), strict=True)) == spans.code


def type_masks(types: list[tuple[int, list[int]]]) -> capture_kernels.TypeMasks:
    """Return types as heap.masks.Masks keeps them; type n stands at address 0x1000 * (n + 1)."""
    keys, numbers = np.zeros(64, np.uint64), np.full(64, -1, np.int32)
    for number in range(len(types)):
        addr = 0x1000 * (number + 1)
        at = ((addr * 0x9E3779B97F4A7C15 & 2**64 - 1) >> 32) % 64
        while keys[at]:
            at = (at + 1) % 64
        keys[at], numbers[at] = addr, number
    start = np.cumsum([0, *(len(words) for _, words in types)]).astype(np.int64)
    words = np.array([w for _, own in types for w in own], np.int32)
    return capture_kernels.TypeMasks(keys, numbers, start, words, np.array([size for size, _ in types], np.int64))


@given(data=st.data(), by_bits=st.booleans(), step=st.integers(1, 50))
@CHECKED
def test_a_large_object_piece_by_piece(data: st.DataObject, by_bits: bool, step: int) -> None:
    """Pieces together give what the whole gives: pointers, their words and what stands beside them."""
    words, margin = data.draw(st.integers(1, 150)), 2
    content = words_of_memory(data.draw, words)
    type_words = data.draw(st.integers(1, 12))
    mask = sorted(data.draw(st.sets(st.integers(0, type_words - 1))))
    bits = data.draw(st.sets(st.integers(0, words - 1)))
    is_pointer = [w in bits if by_bits else w % type_words in mask for w in range(words)]
    found: list[tuple[int, ...]] = []
    for first in range(0, words, step):
        last = min(first + step, words)
        low, high = max(0, first - margin), min(words, last + margin)
        piece = capture_kernels.Piece(
            content[low:high],
            low,
            words,
            by_bits,
            bitmap({b - low // 64 * 64 for b in bits if b >= low // 64 * 64}, words + 64),
            np.array(mask, np.int32),
            type_words,
        )
        out = room(step)
        count = capture_kernels.extract_piece(piece, first, last, BOUNDS, out)
        found += [(pointer, word, place + low, flags) for pointer, word, place, flags in written(out, count)]
    expected = []
    for word in range(words):
        if is_pointer[word] and LOW <= int(content[word]) < HIGH:
            if by_bits:
                flags = flags_of(is_pointer, word, words)
            else:
                one = [w in mask for w in range(type_words)]
                flags = flags_of(one, word % type_words, type_words)
            expected.append((int(content[word]), word, word, flags))
    assert found == expected


@given(data=st.data())
@CHECKED
def test_words_beside_pointers(data: st.DataObject) -> None:
    some = st.sampled_from([0, 1, 7, 8, 100, 2**32 - 1, 2**32, 0x5000, 0x5008, 0x5001, 0x5FF8, 0x6000, 0x9000])
    words = data.draw(st.lists(some, min_size=4, max_size=30))
    places = data.draw(st.lists(st.integers(1, len(words) - 3), max_size=20))
    flags = [data.draw(st.integers(0, 7)) for _ in places]
    ranges = [0x5000, 0x6000, 0x9000, 0x9001]
    size = len(places)
    dynamic, length, spare = np.full(size, 9, np.uint64), np.full(size, 9, np.uint32), np.full(size, 9, np.uint32)
    capture_kernels.side_words(
        np.array(words, np.uint64), np.zeros(size, np.uint64), np.array(places, np.int64), np.array(flags, np.uint8),
        size, np.array(ranges, np.uint64), dynamic, length, spare,
    )  # fmt: skip
    for nth, (at, known) in enumerate(zip(places, flags, strict=True)):
        before, after, second = words[at - 1], words[at + 1], words[at + 2]
        kind = before if known & 1 and before % 8 == 0 and (0x5000 <= before < 0x6000 or before == 0x9000) else 0
        used = after if known & 2 and after < 2**32 else 0
        whole = second if known & 2 and after < 2**32 and known & 4 and after <= second < 2**32 else 0
        assert (dynamic[nth], length[nth], spare[nth]) == (kind, used, whole)


# ---- which objects pointers point to


@dataclass
class World:
    """Spans with slots, all of it in Python: (start, bytes a slot, slots, allocated, header's words)."""

    spans: list[tuple[int, int, int, frozenset[int], int]]

    def resolver(self, *, paged: bool) -> Resolver:
        """Return the resolver of these spans."""
        bits = [bitmap(set(taken), count)[: -(-count // 64)] for _, _, count, taken, _ in self.spans]
        place = np.cumsum([0, *map(len, bits)]).astype(np.int64)
        allocated = np.concatenate(bits)
        rank = np.zeros(len(allocated), np.uint32)
        bit_kernels.rank_words(allocated, rank)
        pages = (self.spans[-1][0] - self.spans[0][0] >> 13) + 64
        index = np.full(pages, -1, np.int32)
        for number, (start, size, count, _, _) in enumerate(self.spans):
            first = start - self.spans[0][0] >> 13
            index[first : first + -(-size * count // 8192)] = number
        table = SimpleNamespace(
            by_page=index if paged else None,
            start=np.array([span[0] for span in self.spans], np.uint64),
            elem_size=np.array([span[1] for span in self.spans], np.int64),
            nelems=np.array([span[2] for span in self.spans], np.int32),
            span_class=np.array([4 if span[2] > 1 else 0 for span in self.spans], np.uint8),
        )
        return Resolver(table, SimpleNamespace(place=place, allocated=allocated, rank=rank), self.header)  # type: ignore[arg-type]

    header = 512

    def objects(self) -> dict[int, tuple[int, int]]:
        """Return each object's number and header by the address of each byte of it: {address: (number, offset)}."""
        found, number = {}, 0
        for start, size, _, taken, _ in self.spans:
            for slot in sorted(taken):
                for byte in range(size):
                    found[start + slot * size + byte] = (number, byte)
                number += 1
        return found


@st.composite
def worlds(draw: Any) -> World:
    """Spans of small slots of sizes that are no powers of two, and large ones of several pages."""
    spans, at = [], LOW
    for _ in range(draw(st.integers(1, 4))):
        at += 8192 * draw(st.integers(0, 2))
        if draw(st.booleans()):
            size = draw(st.sampled_from([8, 24, 48, 640, 1152, 2688]))
            count = draw(st.integers(2, 8192 // size))
            taken = draw(st.frozensets(st.integers(0, count - 1), max_size=40))
            spans.append((at, size, count, taken, int(size > 512)))
            at += 8192
        else:
            pages = draw(st.integers(1, 3))
            spans.append((at, pages * 8192, 1, frozenset(draw(st.sets(st.just(0)))), 0))
            at += pages * 8192
    return World(spans)


def pointers_into(draw: Any, world: World) -> list[int]:
    """Starts, ends, middles, free slots, tails of spans, gaps between them, and what is before and behind."""
    found = [LOW - 8, LOW - 8192]
    for start, size, count, _, _ in world.spans:
        slots = draw(st.lists(st.integers(0, count), max_size=6))
        inside = draw(st.integers(0, size - 1))
        found += [start, start + size * count - 1, start + size * count]
        found += [start + slot * size + offset for slot in slots for offset in (0, inside, size - 1)]
    found += [found[-1] + 8192 * 3, found[-1] + (1 << 30)]
    return draw(st.permutations(found))


@given(world=worlds(), data=st.data(), paged=st.booleans())
@CHECKED
def test_pointers_are_resolved_as_a_dict_would(world: World, data: st.DataObject, paged: bool) -> None:
    pointers = pointers_into(data.draw, world)
    objects = world.objects()
    block = world.resolver(paged=paged).locate(np.array(pointers, np.uint64))
    shape = [(size, lead) for _, size, _, taken, lead in world.spans for _ in taken]
    for nth, pointer in enumerate(pointers):
        number, offset = objects.get(pointer, (-1, 0))
        assert block.found[nth] == number
        if number >= 0:
            size, lead = shape[number]
            assert block.left[nth] == size - offset
            assert block.into[nth] == max(offset // 8 - lead, 0)


@given(world=worlds(), data=st.data(), block=st.sampled_from([1, 3, 4096]))
@CHECKED
def test_edges_keep_what_belongs_to_them(world: World, data: st.DataObject, block: int) -> None:
    objects = world.objects()
    shape = [(size, lead) for _, size, _, taken, lead in world.spans for _ in taken]
    pointers = pointers_into(data.draw, world)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(pointers)), max_size=8)))
    count = np.diff([0, *cuts, len(pointers)])
    sizes = st.sampled_from([0, 1, 8, 24, 640, 8192, 24576, 2**32 - 1])
    dynamic = {n: data.draw(st.integers(1, 2**64 - 1)) for n in range(len(pointers)) if data.draw(st.booleans())}
    length = {n: (data.draw(sizes), data.draw(sizes)) for n in range(len(pointers)) if data.draw(st.booleans())}
    raw = RawEdges(
        np.array(pointers, np.uint64),
        np.arange(len(pointers), dtype=np.uint32) + np.uint32(7),
        count.astype(np.uint32),
        SideWords(
            np.array(list(length), np.uint32), *(np.array([v[i] for v in length.values()], np.uint32) for i in (0, 1)),
            np.array(list(dynamic), np.uint32), np.array(list(dynamic.values()), np.uint64),
        ),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capture, "_BLOCK", block)
        edges, side = resolve(raw, world.resolver(paged=True))
    kept = [n for n, pointer in enumerate(pointers) if pointer in objects]
    numbers = [objects[pointers[n]] for n in kept]
    left = {n: shape[number][0] - offset for n, (number, offset) in zip(kept, numbers, strict=True)}
    assert edges.target.tolist() == [number for number, _ in numbers]
    assert edges.word.tolist() == [n + 7 for n in kept]
    assert edges.into.tolist() == [max(offset // 8 - shape[number][1], 0) for number, offset in numbers]
    ends = np.cumsum(count).tolist()
    assert edges.start.tolist() == [0, *(sum(n < end for n in kept) for end in ends)]
    lengths = [(kept.index(n), *length[n]) for n in kept if n in length and length[n][0] <= left[n]]
    fitting = [(edge, used, whole if whole <= left[kept[edge]] else 0) for edge, used, whole in lengths]
    assert list(zip(side.length_edge.tolist(), side.length.tolist(), side.room.tolist(), strict=True)) == fitting
    types = [(kept.index(n), dynamic[n]) for n in kept if n in dynamic]
    assert list(zip(side.dynamic_edge.tolist(), side.dynamic.tolist(), strict=True)) == types


# ---- contents


@given(texts=st.lists(st.binary(max_size=40), min_size=1, max_size=12), seed=st.integers(0, 2**64 - 1))
@CHECKED
def test_equal_contents_have_equal_hashes_and_others_do_not(texts: list[bytes], seed: int) -> None:
    texts = [*texts, texts[0], texts[0] + b"\0", b"\0" + texts[0], texts[0][:-1] + b"\xff"]
    data = np.frombuffer(b"".join(texts) + b"!" * 8, np.uint8)
    lengths = np.array([len(text) for text in texts], np.int64)
    hashes = np.zeros(len(texts), np.uint64)
    contents_kernels.hash_runs(data, np.cumsum(lengths) - lengths, lengths, np.uint64(seed), hashes)
    for left, one in zip(hashes.tolist(), texts, strict=True):
        for right, other in zip(hashes.tolist(), texts, strict=True):
            assert (left == right) == (one == other)
