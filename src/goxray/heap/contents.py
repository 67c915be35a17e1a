"""The contents behind lengths, read only where equal strings were asked for: they may be secrets.

While the target stands still nothing says yet which words are strings. So whatever a length stands beside is hashed
here, and what is equal is numbered; heap.duplicates picks the strings when types are known.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.heap import contents_kernels as kernels
from goxray.heap.graph import I32, I64, U8, U64

if TYPE_CHECKING:
    from goxray.goruntime.gcroots import GcRoots
    from goxray.goruntime.spans import SpanTable
    from goxray.heap.capture import RawEdges, Resolver
    from goxray.heap.graph import Objects
    from goxray.target.memory import Memory

SHOWN = 96
"""Bytes of a content that are shown."""

MASKED = 2048
"""Bytes that are kept of a content that is to be masked: far more than are shown, so that no half of a value is."""

_BATCH = 4 << 20
_LARGEST = 64 << 20
_TIMES = 4
"""Of strings that share an array so many times its size is read, the longest first: the time stays linear."""


@dataclass
class Contents:
    """What is equal. Equal contents have one number; -1 is for what is there once or was not read.

    ``number`` (int32) goes along with the lengths of a capture's side words. ``root_slot`` (uint64, ascending) are the
    addresses of root words with a length, ``root_number`` (int32) their contents. ``first_bytes`` (uint8) are the first
    bytes of all contents, those of number n from ``begin[n]`` to ``begin[n + 1]`` (int64[G + 1]); ``length`` (int64[G])
    are the bytes of the whole. ``unread`` counts strings left out.
    """

    number: I32
    root_slot: U64
    root_number: I32
    first_bytes: U8
    begin: I64
    length: I64
    unread: int

    def start_of(self, number: int) -> bytes:
        """Return what is kept of a content: its first bytes, or all of it."""
        return self.first_bytes[self.begin[number] : self.begin[number + 1]].tobytes()


@dataclass
class _Texts:
    """Places that may hold text: where, how long, and the object's number."""

    addr: U64
    length: I64
    object: I64


def read_contents(
    memory: Memory,
    spans: SpanTable,
    objects: Objects,
    resolver: Resolver,
    raw: RawEdges,
    roots: tuple[GcRoots, U64],
    keep: int = SHOWN,
) -> Contents:
    """Read and compare what lengths stand beside, in arrays without pointers; the target must stand still.

    ``roots`` are the root words with the words beside them, as in heap.rooted.RootWords. ``keep`` is how many bytes of
    each content stay at most.
    """
    side = raw.side
    own, kept = _candidates(resolver, raw.value[side.length_edge], side.length.astype(np.int64))
    found, beside = roots
    fits = (found.slot != 0) & (beside[:, 1] > 0) & (beside[:, 1] < np.uint64(1 << 32))
    order = np.flatnonzero(fits)[np.argsort(found.slot[fits], kind="stable")]
    rooted, kept_roots = _candidates(resolver, found.value[order], beside[order, 1].astype(np.int64))
    texts = _Texts(*(np.concatenate(pair) for pair in zip(vars(own).values(), vars(rooted).values(), strict=True)))
    noscan = (spans.span_class & 1) == 1
    wanted = np.flatnonzero(noscan[objects.span_of(texts.object)] & (texts.length > 0) & (texts.length <= _LARGEST))
    wanted, unread = _within_budget(texts, wanted, objects)
    hashes = _hash(memory, texts, wanted)
    number, first = _number(texts, wanted, hashes)
    count = len(own.addr)
    first_bytes, begin = _first_bytes(memory, texts, first, keep)
    return Contents(
        number=number[:count],
        root_slot=found.slot[order][kept_roots],
        root_number=number[count:],
        first_bytes=first_bytes,
        begin=begin,
        length=texts.length[first],
        unread=unread,
    )


def _candidates(resolver: Resolver, pointers: U64, lengths: I64) -> tuple[_Texts, NDArray[np.bool_]]:
    """Keep the lengths that heap.capture.resolve keeps: those that fit into the object pointed to; and say which."""
    block = resolver.locate(pointers)
    kept = (block.found >= 0) & (lengths <= block.left)
    return _Texts(pointers[kept], lengths[kept], block.found[kept]), kept


def _within_budget(texts: _Texts, wanted: I64, objects: Objects) -> tuple[I64, int]:
    """Sort by object, the longest first, drop repeats and what of an object would be read all too often."""
    key = (texts.object[wanted].astype(np.uint64) << np.uint64(32)) | (
        np.uint64(0xFFFFFFFF) - texts.length[wanted].astype(np.uint64)
    )
    wanted = wanted[np.argsort(key)]
    number, length = texts.object[wanted], texts.length[wanted]
    total = np.cumsum(length) - length
    first = np.flatnonzero(np.diff(number, prepend=-1))
    before = total - np.repeat(total[first], np.diff(np.append(first, len(number))))
    within: NDArray[np.bool_] = before <= _TIMES * objects.sizes(number) - length
    within[first] = True
    return wanted[within], int((~within).sum())


def _hash(memory: Memory, texts: _Texts, wanted: I64) -> U64:
    """Read the texts in the order given; 0 for what could not be read."""
    hashes = np.zeros(len(wanted), np.uint64)
    seed = np.uint64(secrets.randbits(64))
    ends = np.cumsum(texts.length[wanted])
    buffer = np.empty(_BATCH, np.uint8)
    at = 0
    while at < len(wanted):
        done = int(ends[at - 1]) if at else 0
        upto = max(at + 1, int(np.searchsorted(ends, done + _BATCH, side="right")))
        size = int(ends[upto - 1]) - done
        if size > len(buffer):
            buffer = np.empty(size, np.uint8)
        part = wanted[at:upto]
        lengths = texts.length[part]
        holes = memory.read_runs(texts.addr[part], lengths, buffer[:size])
        kernels.hash_runs(buffer, ends[at:upto] - lengths - done, lengths, seed, hashes[at:upto])
        for low, high in holes:
            touched = slice(
                int(np.searchsorted(ends, done + low, "right")), int(np.searchsorted(ends, done + high)) + 1
            )
            hashes[touched] = 0
        at = upto
    return hashes


def _number(texts: _Texts, wanted: I64, hashes: U64) -> tuple[I32, I64]:
    """Number the contents that several objects hold; return every text's number and one text of each content."""
    order = np.lexsort((texts.length[wanted], hashes))
    text = wanted[order]
    size, value, holder = texts.length[text], hashes[order], texts.object[text]
    fresh = np.ones(len(text), np.bool_)
    fresh[1:] = (value[1:] != value[:-1]) | (size[1:] != size[:-1])
    group = np.cumsum(fresh) - 1
    first = np.flatnonzero(fresh)
    low = np.minimum.reduceat(holder, first) if len(first) else holder
    high = np.maximum.reduceat(holder, first) if len(first) else holder
    several = (low != high) & (value[first] != 0)
    place = np.where(several, np.cumsum(several) - 1, -1).astype(np.int32)
    number = np.full(len(texts.addr), -1, np.int32)
    number[text] = place[group]
    return number, text[first[several]]


def _first_bytes(memory: Memory, texts: _Texts, chosen: I64, keep: int) -> tuple[U8, I64]:
    """Read the first bytes of texts; what cannot be read is zeros. Return them all, and where each begins and ends."""
    sizes = np.minimum(texts.length[chosen], keep)
    begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    flat = np.zeros(int(begin[-1]), np.uint8)
    memory.read_runs(texts.addr[chosen], sizes, flat)
    return flat, begin
