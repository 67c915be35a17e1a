"""Kernels of the capture: which words of objects are pointers, and what stands beside them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from goxray.core.jit import bare_kernel, kernel, part
from goxray.heap.bit_kernels import Number, find_key, has_bit
from goxray.heap.graph import I32, I64, U8, U16, U32, U64

IN_SPAN, ARENA, HEADER = 1, 2, 3
"""Where a span's pointer bits are: at its end, in a bitmap of their own, or in the type that a header names."""

BEFORE, AFTER, AFTER_NEXT = 1, 2, 4
"""Flags of a pointer word: the word before it, after it, or two after it is in the object and no pointer."""

_ONE = np.uint64(1)
_WORD_BITS = np.uint64(63)


class Bounds(NamedTuple):
    """Pointers outside [low, high) are left out; ``texts`` (uint64) are [low, high) pairs of the program's code."""

    low: np.uint64
    high: np.uint64
    texts: U64


class Batch(NamedTuple):
    """Whole spans as they were read.

    Span ``chosen`` (int64) stands in ``data`` (uint64) from word ``at`` (int64) on; its pointer bits are where ``kind``
    (uint8) says: in ``bits`` (uint64) from bit ``bits_at`` (int64) on, or in types.
    """

    data: U64
    at: I64
    chosen: I64
    kind: U8
    bits: U64
    bits_at: I64


class Shapes(NamedTuple):
    """All spans: bytes a slot, span class, the type word of large ones, and their objects as in heap.graph.Objects."""

    elem: I64
    span_class: U8
    large_type: U64
    first: I64
    slot: U16


class TypeMasks(NamedTuple):
    """The pointer words of types, as in heap.masks.Masks."""

    keys: U64
    numbers: I32
    start: I64
    words: I32
    size: I64


class Pointers(NamedTuple):
    """Where extracted pointers go: the pointer, its word in the object's value, its place in the data, its flags."""

    value: U64
    word: U32
    place: I64
    flags: U8


class Listed(NamedTuple):
    """What is said of objects.

    ``counts`` (uint32[N]) are the objects' numbers of pointers. Objects that start with an address of code are listed
    at the front of ``objects`` with the address in ``codes``, objects whose type was recorded at its back, last first,
    with the type's number in ``types``.
    """

    counts: U32
    objects: U32
    types: U32
    codes: U64


@part
def put(out: Pointers, done: int, pointer: Any, word: Any, place: Any, flags: Any) -> int:
    """Write one pointer; return the place for the next."""
    out.value[done] = pointer
    out.word[done] = word
    out.place[done] = place
    out.flags[done] = flags
    return done + 1


@kernel
def bit_flags(bits: U64, base: Number, word: int, words: int) -> int:
    """Return the flags of word ``word`` of an object of ``words`` words whose bits start at ``base``."""
    flags = 0
    if word > 0 and not has_bit(bits, base + word - 1):
        flags |= BEFORE
    if word + 1 < words and not has_bit(bits, base + word + 1):
        flags |= AFTER
    if word + 2 < words and not has_bit(bits, base + word + 2):
        flags |= AFTER_NEXT
    return flags


@bare_kernel
def extract_bits(
    batch: Batch, nth: int, words: int, slots: U16, bounds: Bounds, out: Pointers, count: U32, done: int
) -> int:
    """Extract the pointers of the objects in a batch's ``nth`` span, whose pointer bits lie in a bitmap.

    ``slots`` are its allocated slots of ``words`` words each. Writes pointers from ``done`` on, and each object's
    number of pointers into ``count``; returns the new ``done``.
    """
    data, bits, low, high = batch.data, batch.bits, bounds.low, bounds.high
    for number in range(len(slots)):
        begin = np.int64(slots[number]) * words
        bits_at, at = batch.bits_at[nth] + begin, batch.at[nth] + begin
        before = done
        word = 0
        while word < words:
            position = bits_at + word
            rest = bits[position >> 6] >> (np.uint64(position) & _WORD_BITS)
            if rest == np.uint64(0):
                word += 64 - int(position & 63)
                continue
            if rest & _ONE != np.uint64(0):
                pointer = data[at + word]
                if low <= pointer < high:
                    done = put(out, done, pointer, word, at + word, bit_flags(bits, bits_at, word, words))
            word += 1
        count[number] = done - before
    return done


@kernel
def mask_flags(mask: I32, nth: int, words: int) -> int:
    """Return the flags of the ``nth`` pointer of an element whose pointer words ``mask`` lists, ascending."""
    word, flags = mask[nth], 0
    after = mask[nth + 1] if nth + 1 < len(mask) else words
    second = mask[nth + 2] if nth + 2 < len(mask) else words
    if word > 0 and (nth == 0 or mask[nth - 1] != word - 1):
        flags |= BEFORE
    if word + 1 < words and after != word + 1:
        flags |= AFTER
    if word + 2 < words and after != word + 2 and second != word + 2:
        flags |= AFTER_NEXT
    return flags


@bare_kernel
def extract_typed(
    data: U64,
    at: int,
    limits: tuple[int, int],
    mask: I32,
    type_words: int,
    skip: int,
    bounds: Bounds,
    out: Pointers,
    done: int,
) -> int:
    """Extract the pointers of one object by its type's mask, repeated for each element.

    The object starts at word ``at`` of ``data`` and its elements ``skip`` words further; words within ``limits`` (first
    and behind the last, from the object's start) are looked at. ``mask`` lists the pointer words of an element of
    ``type_words`` words. Source: runtime/mbitmap.go, typePointers.next.
    """
    first, limit = limits
    if len(mask) == 0 or type_words <= 0:
        return done
    base = skip + max(0, (first - skip) // type_words) * type_words
    while base < limit:
        for nth in range(len(mask)):
            word = base + mask[nth]
            if word < first:
                continue
            if word >= limit:
                break
            pointer = data[at + word]
            if bounds.low <= pointer < bounds.high:
                done = put(out, done, pointer, word - skip, at + word, mask_flags(mask, nth, type_words))
        base += type_words
    return done


@part
def may_be_type(word: np.uint64, ranges: U64) -> bool:
    """Whether a word is aligned and in one of the [low, high) pairs in which type words point."""
    found = False
    if word & np.uint64(7) == np.uint64(0):
        for pair in range(0, len(ranges), 2):
            found |= ranges[pair] <= word < ranges[pair + 1]
    return found


@kernel
def side_words(
    data: U64,
    value: U64,
    place: I64,
    flags: U8,
    count: int,
    ranges: U64,
    dynamic: U64,
    length: U32,
    room: U32,
) -> None:
    """Look at the words beside each pointer: what may be an interface's type word, a length and a capacity.

    ``ranges`` are [low, high) pairs in which type words point. ``dynamic`` gets the type word or 0, ``length`` the
    word after the pointer where it is below 2**32, ``room`` the word behind that where it is no less; else 0.
    """
    limit = np.uint64(1) << np.uint64(32)
    for edge in range(count):
        at = place[edge]
        dynamic[edge] = 0
        length[edge] = 0
        room[edge] = 0
        if flags[edge] & BEFORE:
            word = data[at - 1]
            if may_be_type(word, ranges):
                dynamic[edge] = word
        if flags[edge] & AFTER:
            size = data[at + 1]
            if size < limit:
                length[edge] = size
                if flags[edge] & AFTER_NEXT and size <= data[at + 2] < limit:
                    room[edge] = data[at + 2]


@bare_kernel
def unknown_types(batch: Batch, shapes: Shapes, keys: U64, unknown: U64) -> int:
    """List type words of headers and spans that are not in the table ``keys``; return how many, 0 when all are known.

    Repeats are left in, but for neighbours.
    """
    count = 0
    for nth in range(len(batch.chosen)):
        span = batch.chosen[nth]
        if batch.kind[nth] != HEADER:
            continue
        for number in range(shapes.first[span], shapes.first[span + 1]):
            word = shapes.large_type[span]
            if shapes.span_class[span] >= 2:
                word = batch.data[batch.at[nth] + np.int64(shapes.slot[number]) * (shapes.elem[span] >> 3)]
            if word == np.uint64(0) or (count and unknown[count - 1] == word) or find_key(keys, word) >= 0:
                continue
            if count == len(unknown):
                return count
            unknown[count] = word
            count += 1
    return count


@part
def extract_headed(
    batch: Batch,
    nth: int,
    shapes: Shapes,
    masks: TypeMasks,
    bounds: Bounds,
    out: Pointers,
    listed: Listed,
    done: int,
    typed: int,
) -> tuple[int, int]:
    """Extract the pointers of a span whose type, or whose objects' headers, say where they are."""
    span = batch.chosen[nth]
    words = shapes.elem[span] >> 3
    skip = 1 if shapes.span_class[span] >= 2 else 0
    for number in range(shapes.first[span], shapes.first[span + 1]):
        base = batch.at[nth] + np.int64(shapes.slot[number]) * words
        index = find_key(masks.keys, batch.data[base] if skip else shapes.large_type[span])
        if index >= 0:
            kind = masks.numbers[index]
            mask = masks.words[masks.start[kind] : masks.start[kind + 1]]
            before = done
            limits = (skip, words)
            done = extract_typed(batch.data, base, limits, mask, masks.size[kind], skip, bounds, out, done)
            listed.counts[number] = done - before
            typed += 1
            listed.objects[len(listed.objects) - typed] = number
            listed.types[len(listed.objects) - typed] = kind
    return done, typed


@part
def list_code(batch: Batch, nth: int, shapes: Shapes, texts: U64, listed: Listed, coded: int) -> int:
    """List the objects of a span that start with an address of code; return how many are listed now."""
    span = batch.chosen[nth]
    words = shapes.elem[span] >> 3
    skip = 1 if batch.kind[nth] == HEADER and shapes.span_class[span] >= 2 else 0
    for number in range(shapes.first[span], shapes.first[span + 1]):
        code = batch.data[batch.at[nth] + np.int64(shapes.slot[number]) * words + skip]
        for pair in range(0, len(texts), 2):
            if texts[pair] <= code < texts[pair + 1]:
                listed.objects[coded] = number
                listed.codes[coded] = code
                coded += 1
    return coded


@bare_kernel
def extract_spans(
    batch: Batch, shapes: Shapes, masks: TypeMasks, bounds: Bounds, out: Pointers, listed: Listed
) -> tuple[int, int, int]:
    """Extract the pointers of whole spans; return the numbers of pointers, of objects with code and with a type."""
    done = coded = typed = 0
    for nth in range(len(batch.chosen)):
        span = batch.chosen[nth]
        if batch.kind[nth] == HEADER:
            done, typed = extract_headed(batch, nth, shapes, masks, bounds, out, listed, done, typed)
        else:
            start, stop = shapes.first[span], shapes.first[span + 1]
            words, slots, count = shapes.elem[span] >> 3, shapes.slot[start:stop], listed.counts[start:stop]
            done = extract_bits(batch, nth, words, slots, bounds, out, count, done)
        coded = list_code(batch, nth, shapes, bounds.texts, listed, coded)
    return done, coded, typed


class Piece(NamedTuple):
    """A piece of a large object of ``words`` words: ``data`` holds it from word ``begin`` on.

    Its pointers are in ``bits`` (from word ``begin`` rounded down to 64 on) with ``by_bits``, else given by ``mask``,
    the pointer words of each value of ``type_words`` words.
    """

    data: U64
    begin: int
    words: int
    by_bits: bool
    bits: U64
    mask: I32
    type_words: int


@bare_kernel
def extract_piece(piece: Piece, first: int, last: int, bounds: Bounds, out: Pointers) -> int:
    """Extract the pointers in words ``first`` to ``last`` of a large object; return how many there are."""
    data, begin, bits = piece.data, piece.begin, piece.bits
    if not piece.by_bits:
        return extract_typed(data, -begin, (first, last), piece.mask, piece.type_words, 0, bounds, out, 0)
    done = 0
    shift = begin >> 6 << 6
    end = min(piece.words, begin + len(data))
    for here in range(first, last):
        if has_bit(bits, here - shift):
            pointer = data[here - begin]
            if bounds.low <= pointer < bounds.high:
                known = 0
                if here > begin and not has_bit(bits, here - 1 - shift):
                    known |= BEFORE
                if here + 1 < end and not has_bit(bits, here + 1 - shift):
                    known |= AFTER
                if here + 2 < end and not has_bit(bits, here + 2 - shift):
                    known |= AFTER_NEXT
                done = put(out, done, pointer, here, here - begin, known)
    return done
