"""The heap blocks that one map is made of, by address: what a watcher of its memory has to look after.

The census sums such blocks up for all maps; here they are listed, for one map whose header's words the caller has.
The map may be running on, or be dead and not yet swept: nothing here trusts it further than to read where it points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault
from goxray.maps import classic, swiss
from goxray.maps.addresses import distinct
from goxray.maps.headers import decode, header_struct, header_words
from goxray.maps.units import I64, U64, runs

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

BLOCK_KINDS = ("header", "buckets", "old buckets", "overflow", "extra", "directory", "table", "groups")
HEADER, BUCKETS, OLD, OVERFLOW, EXTRA, DIRECTORY, TABLE, GROUPS = range(len(BLOCK_KINDS))
_LONGEST_CHAIN = 1 << 14
_MOST_TABLES = 1 << 22
_MOST_OVERFLOW = 1 << 24


@dataclass(frozen=True)
class Blocks:
    """Blocks of one map: addresses inside them (uint64, sorted, each once) and ``kind`` (uint8, into BLOCK_KINDS).

    Several may lie in one block: a bucket array begins with buckets, and ends with overflow buckets.
    """

    addr: U64
    kind: NDArray[np.uint8]

    @classmethod
    def of(cls, parts: list[tuple[int, U64]]) -> Blocks:
        """Join addresses by kind; nil and repeated ones are left out."""
        addr = np.concatenate([part for _, part in parts]) if parts else np.zeros(0, np.uint64)
        kind = np.repeat(np.array([number for number, _ in parts], np.uint8), [len(part) for _, part in parts])
        addr, first = np.unique(addr.astype(np.uint64), return_index=True)
        kept = addr != 0
        return cls(addr[kept], kind[first][kept].astype(np.uint8))


@dataclass(frozen=True)
class HeaderState:
    """What a header says of its map at one moment.

    ``arrays`` are the words that change when the map takes other arrays or gives some away, ``pointers`` those of them
    that are addresses of blocks. ``clears`` counts clears
    where the map does that itself (Swiss: clearSeq), else None; ``overflows`` is hmap.noverflow, None for Swiss maps.
    """

    entries: int
    arrays: tuple[int, ...]
    pointers: tuple[int, ...]
    clears: int | None
    overflows: int | None


class MapBlocks:
    """Reads one kind of map of a program; ``unit_size`` is the bytes of a bucket or of a group."""

    def __init__(self, runtime: Runtime, unit_size: int, noscan: bool) -> None:
        self._runtime = runtime
        self._memory = runtime.memory
        self._layout = runtime.layout
        self._unit_size = unit_size
        self._noscan = noscan
        self.swiss = runtime.layout.map_kind == "swiss"
        self.words = header_words(runtime.layout)
        """The 8-byte words of a header."""
        self.header_bytes = runtime.layout.size(header_struct(runtime.layout))

    def state(self, words: U64) -> HeaderState:
        """Return what a header's words (uint64[words]) say."""
        headers = decode(np.zeros(1, np.uint64), words.reshape(1, -1), self._layout)
        if isinstance(headers, swiss.SwissHeaders):
            arrays = (int(headers.dir_ptr[0]), int(headers.dir_len[0]))
            held = tuple(word for word in arrays[:1] if word)
            return HeaderState(int(headers.used[0]), arrays, held, int(headers.clear_seq[0]), None)
        words_of = (int(headers.buckets[0]), int(headers.oldbuckets[0]), int(headers.extra[0]))
        held = tuple(word for word in words_of if word)
        return HeaderState(int(headers.count[0]), words_of, held, None, int(headers.noverflow[0]))

    def identity(self, words: U64) -> int:
        """Return what tells this map from one that came to lie in its place: its seed, which every map draws anew."""
        headers = decode(np.zeros(1, np.uint64), words.reshape(1, -1), self._layout)
        return int(headers.seed[0]) if isinstance(headers, swiss.SwissHeaders) else int(headers.hash0[0])

    def tables(self, words: U64) -> U64:
        """Return the distinct tables of a Swiss map (uint64, sorted): they change where its directory does not."""
        headers = decode(np.zeros(1, np.uint64), words.reshape(1, -1), self._layout)
        if not isinstance(headers, swiss.SwissHeaders):
            return np.zeros(0, np.uint64)
        count = int(headers.dir_len[0])
        if not 0 < count <= _MOST_TABLES:
            return np.zeros(0, np.uint64)
        try:
            found: U64 = np.unique(self._memory.read_array(int(headers.dir_ptr[0]), 8 * count).view(np.uint64))
        except MemoryFault:
            return np.zeros(0, np.uint64)
        return found

    def blocks(self, addr: int, words: U64, *, chains: bool) -> Blocks:
        """Return the blocks of the map whose header at ``addr`` holds ``words``.

        With ``chains``, overflow buckets are looked for in every bucket where nothing lists them: that reads a word of
        each bucket. What cannot be read is left out.
        """
        headers = decode(np.array([addr], np.uint64), words.reshape(1, -1), self._layout)
        if isinstance(headers, swiss.SwissHeaders):
            return Blocks.of(self._swiss(headers))
        return Blocks.of(self._classic(headers, chains=chains))

    def _swiss(self, headers: swiss.SwissHeaders) -> list[tuple[int, U64]]:
        parts = [(HEADER, headers.addr)]
        if not int(headers.dir_len[0]):
            return [*parts, (GROUPS, headers.dir_ptr)]
        parts.append((DIRECTORY, headers.dir_ptr))
        reader = swiss.SwissReader(self._memory, self._layout, self._runtime.spans)
        for tables in reader.tables(headers):
            parts += [(TABLE, tables.addr[tables.ok]), (GROUPS, tables.data[tables.ok])]
        return parts

    def _classic(self, headers: classic.ClassicHeaders, *, chains: bool) -> list[tuple[int, U64]]:
        parts = [(HEADER, headers.addr), (BUCKETS, headers.buckets), (OLD, headers.oldbuckets)]
        listed, more = self._listed_overflow(headers.extra)
        parts += [(EXTRA, more), (OVERFLOW, listed)]
        if chains and self._unit_size and not self._noscan:
            parts.append((OVERFLOW, self._linked_overflow(headers)))
        return parts

    def _listed_overflow(self, extra: U64) -> tuple[U64, U64]:
        """(overflow buckets that mapextra lists, mapextra and its slices): only maps without pointers have lists."""
        nothing = np.zeros(0, np.uint64)
        if not int(extra[0]):
            return nothing, nothing
        fields = [self._layout.offset(classic.EXTRA, name) for name in ("overflow", "oldoverflow")]
        words, _ = self._memory.gather(extra, fields)
        slices = words[0][words[0] != 0]
        heads, ok = self._memory.gather(slices, [0, 8])
        buckets = [nothing]
        for base, count in heads[ok].tolist():
            if 0 < count <= _MOST_OVERFLOW:
                try:
                    buckets.append(self._memory.read_array(base, 8 * count).view(np.uint64))
                except MemoryFault:
                    continue
        return np.concatenate(buckets), np.concatenate([extra, slices, heads[ok, 0]])

    def _linked_overflow(self, headers: classic.ClassicHeaders) -> U64:
        """Overflow buckets linked to the buckets, in the arrays' own overflow areas or apart from them."""
        found = [np.zeros(0, np.uint64)]
        counts: I64 = np.where(headers.buckets != 0, np.int64(1) << np.minimum(headers.B, 40), 0)
        old = classic.old_bucket_counts(headers, self._layout)
        spare = classic.spare_of_old(headers, self._unit_size, self._runtime.spans, self._layout)
        for start, count in ((headers.buckets, counts), (headers.oldbuckets, old), spare):
            for _, at in runs(start, count, self._unit_size):
                found += self._chain(at)
        return distinct(np.concatenate(found))

    def _chain(self, at: U64) -> list[U64]:
        found = []
        for _ in range(_LONGEST_CHAIN):
            words, ok = self._memory.gather(at, [self._unit_size - 8])
            at = words[ok, 0]
            at = at[at != 0]
            if not len(at):
                break
            found.append(at)
        return found
