"""Kernels of the capture: which slots are objects, and which of their words are pointers.

Bit n of a bitmap is bit n % 64 of its word n // 64, as the runtime keeps them (runtime/mbitmap.go).
"""

from __future__ import annotations

import numpy as np

from goxray.core.jit import kernel
from goxray.heap.graph import I32, I64, U8, U16, U32, U64

IN_SPAN, ARENA, HEADER = 1, 2, 3
"""Where a span's pointer bits are: at its end, in a bitmap of their own, or in the type that a header names."""

BEFORE, AFTER, AFTER_NEXT = 1, 2, 4
"""Flags of a pointer word: the word before it, after it, or two after it is in the object and no pointer."""

Number = int | np.integer

_ONE = np.uint64(1)
_WORD_BITS = np.uint64(63)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@kernel
def has_bit(bits: U64, index: Number) -> bool:
    """Whether bit ``index`` of a bitmap is set."""
    return bool((bits[index >> 6] >> (np.uint64(index) & _WORD_BITS)) & _ONE != np.uint64(0))


@kernel
def popcount(word: np.uint64) -> np.int64:
    """Return the number of bits set."""
    x = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    x = x + (x >> np.uint64(8))
    x = x + (x >> np.uint64(16))
    return np.int64((x + (x >> np.uint64(32))) & np.uint64(127))


@kernel
def settle_bits(bits: U64, place: I64, nelems: I32, free_index: I32) -> None:
    """Turn allocBits into "is allocated": slots below freeindex are, slots from nelems on are not.

    Source: runtime/mbitmap.go, mspan.isFree.
    """
    for span in range(len(nelems)):
        first = place[span]
        for word in range(place[span + 1] - first):
            low = word * 64
            taken = bits[first + word]
            below = free_index[span] - low
            if below >= 64:
                taken = np.uint64(0xFFFFFFFFFFFFFFFF)
            elif below > 0:
                taken |= (_ONE << np.uint64(below)) - _ONE
            inside = nelems[span] - low
            if inside < 64:
                taken &= (_ONE << np.uint64(inside)) - _ONE
            bits[first + word] = taken


@kernel
def rank_words(bits: U64, rank: U32) -> int:
    """Fill ``rank`` with the number of bits set before each word; return how many there are."""
    total = 0
    for word in range(len(bits)):
        rank[word] = total
        total += int(popcount(bits[word]))
    return total


@kernel
def list_slots(bits: U64, place: I64, slot: U16) -> None:
    """Write the slot number of every bit set, span by span."""
    out = 0
    for span in range(len(place) - 1):
        first = place[span]
        for word in range(first, place[span + 1]):
            rest = bits[word]
            while rest != np.uint64(0):
                low = popcount((rest & (~rest + _ONE)) - _ONE)
                slot[out] = (word - first) * 64 + low
                out += 1
                rest &= rest - _ONE


@kernel
def find_key(keys: U64, key: np.uint64) -> np.int64:
    """Return the place of a key in an open-addressed table (its length a power of two), -1 where it is not."""
    mask = np.uint64(len(keys) - 1)
    at = (key * _SPREAD) >> np.uint64(32) & mask
    while keys[at] != np.uint64(0):
        if keys[at] == key:
            return np.int64(at)
        at = (at + _ONE) & mask
    return np.int64(-1)


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


@kernel
def extract_bits(
    data: U64,
    at: int,
    bits: U64,
    bits_at: int,
    words: int,
    slots: U16,
    low: np.uint64,
    high: np.uint64,
    value: U64,
    word_of: U32,
    place: I64,
    flags: U8,
    count: U32,
    done: int,
) -> int:
    """Extract the pointers of one span's objects, whose pointer bits lie in a bitmap from bit ``bits_at`` on.

    ``data`` holds the span from word ``at`` on; ``slots`` are its allocated slots of ``words`` words each. Pointers
    outside [low, high) are left out. Writes value, word in the object, place in ``data`` and flags from ``done`` on,
    and each object's number of pointers into ``count``; returns the new ``done``.
    """
    for nth in range(len(slots)):
        begin = np.int64(slots[nth]) * words
        before = done
        word = 0
        while word < words:
            position = bits_at + begin + word
            rest = bits[position >> 6] >> (np.uint64(position) & _WORD_BITS)
            if rest == np.uint64(0):
                word += 64 - int(position & 63)
                continue
            if rest & _ONE != np.uint64(0):
                pointer = data[at + begin + word]
                if low <= pointer < high:
                    value[done] = pointer
                    word_of[done] = word
                    place[done] = at + begin + word
                    flags[done] = bit_flags(bits, bits_at + begin, word, words)
                    done += 1
            word += 1
        count[nth] = done - before
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


@kernel
def extract_typed(
    data: U64,
    at: int,
    first: int,
    limit: int,
    mask: I32,
    type_words: int,
    skip: int,
    low: np.uint64,
    high: np.uint64,
    value: U64,
    word_of: U32,
    place: I64,
    flags: U8,
    done: int,
) -> int:
    """Extract the pointers of one object by its type's mask, repeated for each element.

    The object starts at word ``at`` of ``data`` and its elements ``skip`` words further; words ``first`` to ``limit``
    (from the object's start) are looked at. ``mask`` lists the pointer words of an element of ``type_words`` words.
    Source: runtime/mbitmap.go, typePointers.next.
    """
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
            if low <= pointer < high:
                value[done] = pointer
                word_of[done] = word - skip
                place[done] = at + word
                flags[done] = mask_flags(mask, nth, type_words)
                done += 1
        base += type_words
    return done


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
            if word & np.uint64(7) == np.uint64(0):
                for pair in range(0, len(ranges), 2):
                    if ranges[pair] <= word < ranges[pair + 1]:
                        dynamic[edge] = word
                        break
        if flags[edge] & AFTER:
            size = data[at + 1]
            if size < limit:
                length[edge] = size
                if flags[edge] & AFTER_NEXT and size <= data[at + 2] < limit:
                    room[edge] = data[at + 2]


@kernel
def span_at(pointer: np.uint64, by_page: I32, spans: U64) -> np.int64:
    """Return the span that an address may lie in, by page where there is an index and by bisection where not."""
    if len(spans) == 0 or pointer < spans[0, 0]:
        return np.int64(-1)
    if len(by_page):
        page = np.int64((pointer - spans[0, 0]) >> np.uint64(13))
        return np.int64(by_page[page]) if page < len(by_page) else np.int64(-1)
    low, high = 0, len(spans)
    while high - low > 1:
        middle = (low + high) >> 1
        if spans[middle, 0] <= pointer:
            low = middle
        else:
            high = middle
    return np.int64(low)


@kernel
def locate_block(pointers: U64, by_page: I32, spans: U64, slots: U64, found: I64, left: I64, into: U16) -> None:
    """Find the objects that a block of pointers point to.

    ``spans`` (uint64[S, 6]) gives each span's start, magic, number of slots, first word of ``slots``, bytes a slot and
    words of its objects' malloc header; magic times an offset is the slot in the upper half, 0 where there is one slot
    only. ``slots`` (uint64[W, 2]) are words of the bitmap of allocated slots, each with the number of objects before
    it. Writes the object's number (-1: none), the bytes from the pointer to its end and the words from its value's
    start. The loops are apart so that cache misses overlap.
    """
    for nth in range(len(pointers)):
        found[nth] = span_at(pointers[nth], by_page, spans)
    for nth in range(len(pointers)):
        span = found[nth]
        if span < 0:
            continue
        offset = pointers[nth] - spans[span, 0]
        magic = spans[span, 1]
        slot = (offset * magic) >> np.uint64(32)
        size = spans[span, 4]
        if slot >= spans[span, 2] or offset >= size * spans[span, 2]:
            found[nth] = -1
            continue
        offset -= slot * size
        lead = min(offset >> np.uint64(3), spans[span, 5])
        into[nth] = min((offset >> np.uint64(3)) - lead, np.uint64(65535))
        left[nth] = size - offset
        found[nth] = np.int64(((spans[span, 3] + (slot >> np.uint64(6))) << np.uint64(6)) | (slot & _WORD_BITS))
    for nth in range(len(pointers)):
        at = found[nth]
        if at >= 0:
            word, bit = at >> 6, np.uint64(at) & _WORD_BITS
            taken = slots[word, 0]
            if (taken >> bit) & _ONE == np.uint64(0):
                found[nth] = -1
            else:
                found[nth] = np.int64(slots[word, 1]) + popcount(taken & ((_ONE << bit) - _ONE))


@kernel
def resolve(
    value: U64,
    target: U32,
    into: U16,
    word: U32,
    count: U32,
    by_page: I32,
    spans: U64,
    slots: U64,
    length_edge: U32,
    length: U32,
    room: U32,
    dynamic_edge: U32,
    dynamic: U64,
) -> tuple[int, int, int]:
    """Turn pointers into object numbers, in place; drop those that point to no object.

    ``target`` may be the memory of ``value``: it is filled behind the place being read. ``length`` and ``room`` that
    cannot belong to the target (larger than what lies behind the pointer) are dropped too. Returns the numbers of
    edges, of lengths and of type words that are left.
    """
    block = 4096
    found, left = np.empty(block, np.int64), np.empty(block, np.int64)
    ahead = np.empty(block, np.uint16)
    kept = lengths = kept_lengths = dynamics = kept_dynamics = 0
    number, waiting = -1, np.int64(0)
    here = np.uint32(0)
    for begin in range(0, len(value), block):
        size = min(block, len(value) - begin)
        locate_block(value[begin : begin + size], by_page, spans, slots, found, left, ahead)
        for nth in range(size):
            edge = begin + nth
            while waiting == 0:
                if number >= 0:
                    count[number] = here
                number += 1
                waiting = np.int64(count[number])
                here = np.uint32(0)
            waiting -= 1
            is_length = lengths < len(length_edge) and length_edge[lengths] == edge
            is_dynamic = dynamics < len(dynamic_edge) and dynamic_edge[dynamics] == edge
            if found[nth] >= 0:
                target[kept] = found[nth]
                into[kept] = ahead[nth]
                word[kept] = word[edge]
                if is_length and length[lengths] <= left[nth]:
                    length_edge[kept_lengths] = kept
                    length[kept_lengths] = length[lengths]
                    room[kept_lengths] = room[lengths] if room[lengths] <= left[nth] else 0
                    kept_lengths += 1
                if is_dynamic:
                    dynamic_edge[kept_dynamics] = kept
                    dynamic[kept_dynamics] = dynamic[dynamics]
                    kept_dynamics += 1
                kept += 1
                here += np.uint32(1)
            lengths += is_length
            dynamics += is_dynamic
    if number >= 0:
        count[number] = here
    return kept, kept_lengths, kept_dynamics


@kernel
def unknown_types(
    data: U64,
    at: I64,
    chosen: I64,
    elem: I64,
    span_class: U8,
    large_type: U64,
    first: I64,
    slot: U16,
    keys: U64,
    unknown: U64,
) -> int:
    """List type words of headers and spans that are not in the table; return how many, 0 when all are known.

    Repeats are left in, but for neighbours.
    """
    count = 0
    for nth in range(len(chosen)):
        span = chosen[nth]
        for number in range(first[span], first[span + 1]):
            word = large_type[span]
            if span_class[span] >= 2:
                word = data[at[nth] + np.int64(slot[number]) * (elem[span] >> 3)]
            if word == np.uint64(0) or (count and unknown[count - 1] == word) or find_key(keys, word) >= 0:
                continue
            if count == len(unknown):
                return count
            unknown[count] = word
            count += 1
    return count


@kernel
def extract_spans(
    data: U64,
    at: I64,
    chosen: I64,
    kind: U8,
    bits: U64,
    bits_at: I64,
    elem: I64,
    span_class: U8,
    large_type: U64,
    first: I64,
    slot: U16,
    keys: U64,
    numbers: I32,
    mask_start: I64,
    mask_words: I32,
    mask_size: I64,
    low: np.uint64,
    high: np.uint64,
    texts: U64,
    value: U64,
    word: U32,
    place: I64,
    flags: U8,
    count: U32,
    objects: U32,
    types: U32,
    codes: U64,
) -> tuple[int, int, int]:
    """Extract the pointers of whole spans, which stand in ``data`` at words ``at``.

    Objects that start with an address in ``texts`` are listed at the front of ``objects`` (the address in ``codes``),
    objects whose type was recorded at its back, last first (the type's number in ``types``). Returns the numbers of
    pointers, of objects with code and of objects with a type.
    """
    done = coded = typed = 0
    for nth in range(len(chosen)):
        span = chosen[nth]
        words = elem[span] >> 3
        start, stop = first[span], first[span + 1]
        skip = 0
        if kind[nth] != HEADER:
            done = extract_bits(
                data,
                at[nth],
                bits,
                bits_at[nth],
                words,
                slot[start:stop],
                low,
                high,
                value,
                word,
                place,
                flags,
                count[start:stop],
                done,
            )
        else:
            skip = 1 if span_class[span] >= 2 else 0
            for number in range(start, stop):
                base = at[nth] + np.int64(slot[number]) * words
                index = find_key(keys, data[base] if skip else large_type[span])
                if index < 0:
                    continue
                mask = numbers[index]
                before = done
                done = extract_typed(
                    data,
                    base,
                    skip,
                    words,
                    mask_words[mask_start[mask] : mask_start[mask + 1]],
                    mask_size[mask],
                    skip,
                    low,
                    high,
                    value,
                    word,
                    place,
                    flags,
                    done,
                )
                count[number] = done - before
                typed += 1
                objects[len(objects) - typed] = number
                types[len(objects) - typed] = mask
        for number in range(start, stop):
            code = data[at[nth] + np.int64(slot[number]) * words + skip]
            for pair in range(0, len(texts), 2):
                if texts[pair] <= code < texts[pair + 1]:
                    objects[coded] = number
                    codes[coded] = code
                    coded += 1
    return done, coded, typed


@kernel
def extract_piece(
    data: U64,
    begin: int,
    first: int,
    last: int,
    words: int,
    bits: U64,
    by_bits: bool,
    mask: I32,
    type_words: int,
    low: np.uint64,
    high: np.uint64,
    value: U64,
    word: U32,
    place: I64,
    flags: U8,
) -> int:
    """Extract the pointers in words ``first`` to ``last`` of a large object of ``words`` words.

    ``data`` holds the object from word ``begin`` on. With ``by_bits`` the pointer bits are in ``bits``, from word
    ``begin`` rounded down to 64 on; else ``mask`` and ``type_words`` give them. Returns how many pointers there are.
    """
    if not by_bits:
        return extract_typed(data, -begin, first, last, mask, type_words, 0, low, high, value, word, place, flags, 0)
    done = 0
    shift = begin >> 6 << 6
    for here in range(first, last):
        if has_bit(bits, here - shift):
            pointer = data[here - begin]
            if low <= pointer < high:
                value[done] = pointer
                word[done] = here
                place[done] = here - begin
                known = 0
                if here > begin and not has_bit(bits, here - 1 - shift):
                    known |= BEFORE
                if here + 1 < words and here + 1 - begin < len(data) and not has_bit(bits, here + 1 - shift):
                    known |= AFTER
                if here + 2 < words and here + 2 - begin < len(data) and not has_bit(bits, here + 2 - shift):
                    known |= AFTER_NEXT
                flags[done] = known
                done += 1
    return done
