"""A classic map over arrays: the kernels' driver, which makes what they ask for (makemap, hashGrow, mapclear)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from goxray.model.classic import growth, kernels, lean
from goxray.model.classic import state as st
from goxray.model.classic.lean import U64, Rows
from goxray.model.classic.sizes import Sizes
from goxray.model.classic.state import I64, Buckets, Work
from goxray.model.figures import Event, EventKind

_LOG_ROWS = 1 << 12
_LOG_COLUMNS = 5
_SPARE_ROWS = 64

_KINDS: tuple[EventKind, ...] = ("alloc", "free", "evacuate")
WHATS = (
    "overflow bucket",
    "mapextra",
    "overflow list",
    "bucket array",
    "indirect key",
    "indirect elem",
    "old bucket",
)
"""Names of what the log's rows are about, by their numbers."""

Sink = Callable[[Event], None]


def clears(sizes: Sizes) -> int:
    """What deleting does to the key of a slot (mapdelete, mapdelete_fast64, mapdelete_faststr)."""
    shape = sizes.shape
    if shape.fast == "str":
        return st.CLEARS_STRING
    return st.ZEROES if shape.unit.indirect_key or shape.key_ptrdata else st.KEEPS


B = TypeVar("B", Buckets, Rows)


class Generation(Generic[B]):
    """Buckets that iterators may hold on to while their arrays are exchanged for wider ones."""

    __slots__ = ("buckets", "own")

    def __init__(self, buckets: B, own: int) -> None:
        self.buckets: B = buckets
        self.own = own


class Frame(ABC, Generic[B]):
    """What all kinds of buckets have around them; ``head`` and ``fixed`` as in :mod:`goxray.model.classic.state`.

    ``sink`` is told of every event.
    """

    def __init__(self, sizes: Sizes, hint: int, *, content: bool, sink: Sink | None, draws: int) -> None:
        self.sizes = sizes
        self.content = content
        self._sink = sink
        self.head = np.zeros(st.HEAD_WORDS, np.int64)
        self.fixed = self._fixed(logs=sink is not None)
        self.rng = np.array([draws], np.int64)
        self._log = np.zeros((_LOG_ROWS if sink else 0, _LOG_COLUMNS), np.int64)
        self._none: Generation[B] = Generation(self._empty(0, 0), 0)
        self.cur: Generation[B] = self._none
        self.old: Generation[B] = self._none
        for word in (st.NEXT, st.LISTED, st.OLD_LISTED):
            self.head[word] = st.NIL
        self.head[st.LONGEST] = 1
        self.head[st.OP] = -1
        self._take("header", sizes.header, kind="make")
        self.head[st.LOG2] = sizes.log2_for(hint)
        if self.head[st.LOG2]:
            self._make_array()
        self.head[st.OP] = 0

    def _fixed(self, logs: bool) -> I64:
        sizes, shape = self.sizes, self.sizes.shape
        fixed = np.zeros(st.FIXED_WORDS, np.int64)
        fixed[st.F_LOAD_NUM], fixed[st.F_LOAD_DEN] = sizes.load_num, sizes.load_den
        fixed[st.F_NOSCAN] = sizes.noscan
        fixed[st.F_OVERFLOW], fixed[st.F_EXTRA], fixed[st.F_LIST] = sizes.overflow, sizes.extra, sizes.list_header
        fixed[st.F_KEY], fixed[st.F_ELEM] = sizes.indirect_key, sizes.indirect_elem
        fixed[st.F_UPDATE] = shape.needs_key_update
        fixed[st.F_CLEARS] = clears(sizes)
        fixed[st.F_REFLEXIVE] = shape.reflexive or not self.content
        fixed[st.F_CONTENT], fixed[st.F_LOGS] = self.content, logs
        return fixed

    def _tell(self, kind: EventKind, what: str, size: int, count: int = 1) -> None:
        if self._sink is not None:
            self.flush()
            self._sink(Event(int(self.head[st.OP]), kind, what, size, count))

    def _take(self, what: str, size: int, kind: EventKind = "alloc") -> None:
        head = self.head
        head[st.BYTES] += size
        head[st.PEAK] = max(head[st.PEAK], head[st.BYTES])
        head[st.MALLOCS] += 1
        head[st.TOTAL] += size
        self._tell(kind, what, size)

    def _drop(self, what: str, size: int, count: int = 1) -> None:
        if count:
            self.head[st.BYTES] -= size
            self._tell("free", what, size, count)

    def flush(self) -> None:
        """Tell what the kernels have logged."""
        rows, self.head[st.LOGGED] = self._log[: self.head[st.LOGGED]].tolist(), 0
        if self._sink is not None:
            for op, kind, what, size, count in rows:
                self._sink(Event(op, _KINDS[kind], WHATS[what], size, count))

    def _make_array(self) -> None:
        """Make what makeBucketArray makes for the present B, and mapextra for its preallocated overflow buckets."""
        head, array = self.head, self.sizes.array(int(self.head[st.LOG2]))
        capacity = array.rows + max(_SPARE_ROWS, array.rows // 4)
        self.cur = Generation(self._empty(array.rows, capacity), array.rows)
        head[st.USED] = head[st.OWN] = array.rows
        self._take("bucket array", array.bytes)
        self._link_spare()

    def _link_spare(self) -> None:
        head, array = self.head, self.sizes.array(int(self.head[st.LOG2]))
        if array.rows > array.buckets:
            self.cur.buckets.links[array.rows - 1] = st.SENTINEL
            if not head[st.HAS_EXTRA]:
                head[st.HAS_EXTRA] = 1
                self._take("mapextra", self.sizes.extra)
            head[st.NEXT] = array.buckets

    def set_iterating(self) -> None:
        """What mapiterinit does to the map: iterator flags, and the list of overflow buckets."""
        self.head[st.FLAGS] |= st.ITERATOR | st.OLD_ITERATOR
        if self.sizes.noscan:
            self._room()
            growth.has_list(self.head, self.fixed, self._log)
            self.flush()

    def _grow(self) -> None:
        """hashGrow: twice as many buckets, or as many new ones where too many overflow buckets hang on the old."""
        head = self.head
        over = int(head[st.COUNT]) + 1 > self.sizes.limit(int(head[st.LOG2]))
        flags = int(head[st.FLAGS]) & ~(st.ITERATOR | st.OLD_ITERATOR)
        flags |= st.OLD_ITERATOR if head[st.FLAGS] & st.ITERATOR else 0
        before = self.sizes.array(int(head[st.LOG2]))
        head[st.OLD_OWN], head[st.OLD_APART] = head[st.OWN], head[st.USED] - head[st.OWN]
        head[st.OLD_BYTES] = before.bytes
        head[st.LOG2] += over
        self.old = self.cur
        self._tell("grow" if over else "same size grow", "bucket array", self.sizes.array(int(head[st.LOG2])).bytes,
                   int(head[st.LOG2]))  # fmt: skip
        head[st.FLAGS] = flags | (0 if over else st.SAME_SIZE)
        head[st.GROWING] = 1
        head[st.NEVACUATE] = head[st.NOVERFLOW] = head[st.DELETED] = 0
        if head[st.LISTED] != st.NIL:
            head[st.OLD_LISTED], head[st.OLD_STEP] = head[st.LISTED], head[st.STEP]
            head[st.LISTED] = st.NIL
        self._make_array()

    def _room(self) -> None:
        """See that one operation finds room in the arrays and in the log."""
        rows = 2 * int(self.head[st.LONGEST]) + _SPARE_ROWS
        self.flush()
        if self._sink is not None and len(self._log) < 6 * rows + _SPARE_ROWS:
            self._log = np.zeros((12 * rows, _LOG_COLUMNS), np.int64)
        if self.head[st.OWN] and self.head[st.USED] + rows > len(self.cur.buckets.links):
            self.cur.buckets = self._wider(self.cur.buckets, (int(self.head[st.USED]) + rows) * 5 // 4)

    def _make_what_is_missing(self) -> None:
        """See to what the kernels stopped for (head[REASON])."""
        reason = self.head[st.REASON]
        if not self.head[st.GROWING]:
            self.old = self._none
        if reason == st.WANTS_FIRST:
            self._make_array()
        elif reason == st.WANTS_GROWTH:
            self._grow()
        elif reason in (st.WANTS_ROOM, st.WANTS_LOG):
            self._room()

    @abstractmethod
    def _empty(self, rows: int, capacity: int) -> B:
        """Empty buckets: ``rows`` of an array, with room for ``capacity`` in all."""

    @abstractmethod
    def _wider(self, buckets: B, capacity: int) -> B:
        """The same buckets with room for ``capacity``."""

    @abstractmethod
    def _wipe(self, buckets: B, used: int) -> None:
        """Empty the first ``used`` rows and undo their links."""

    def clear(self) -> None:
        """mapclear: empty the buckets, keep the array, preallocate anew. Nothing happens to an empty map."""
        head = self.head
        if not head[st.COUNT]:
            return
        self._tell("clear", "bucket array", 0)
        entries = int(head[st.COUNT])
        for what, size in (("indirect key", self.sizes.indirect_key), ("indirect elem", self.sizes.indirect_elem)):
            if size:
                self._tell("free", what, size * entries, entries)
        apart = int(head[st.USED] - head[st.OWN] + head[st.OLD_APART])
        self._drop("overflow bucket", apart * self.sizes.overflow, apart)
        if head[st.GROWING]:
            self._drop("bucket array", int(head[st.OLD_BYTES]))
        for listed, step in ((st.LISTED, st.STEP), (st.OLD_LISTED, st.OLD_STEP)):
            self._drop_list(listed, int(head[step]))
        used, head[st.USED] = int(head[st.USED]), head[st.OWN]
        self._wipe(self.cur.buckets, used)
        head[st.FLAGS] &= ~st.SAME_SIZE
        for word in (st.COUNT, st.GROWING, st.NEVACUATE, st.NOVERFLOW, st.OLD_APART, st.DELETED):
            head[word] = 0
        head[st.NEXT] = st.NIL
        head[st.LONGEST] = 1
        self.old = self._none
        self._link_spare()
        head[st.OP] += 1

    def _drop_list(self, listed: int, step: int) -> None:
        if self.head[listed] != st.NIL:
            self._drop("overflow list", int(self.sizes.lists[step, 1]), 1 if step else 0)
            self._drop("overflow list", self.sizes.list_header)
            self.head[listed] = st.NIL


class Machine(Frame[Buckets]):
    """A classic map whose keys are hashes and names.

    ``content`` keeps which keys and elems stand in the slots. Without it a key's name is its hash, and no key may be
    unlike itself. ``sink`` is told of every event.
    """

    def __init__(
        self, sizes: Sizes, hint: int = 0, *, content: bool = True, sink: Sink | None = None, draws: int = 1
    ) -> None:
        super().__init__(sizes, hint, content=content, sink=sink, draws=draws)

    def _empty(self, rows: int, capacity: int) -> Buckets:
        return st.new_buckets(rows, capacity, self.content)

    def _wider(self, buckets: Buckets, capacity: int) -> Buckets:
        return st.with_room(buckets, capacity)

    def _wipe(self, buckets: Buckets, used: int) -> None:
        for column in buckets[:-1]:
            column[:used] = 0
        buckets.links[:used] = st.NIL

    def run(self, work: Work, start: int = 0) -> int:
        """Do operations from ``start`` on until all are done or the map was emptied; return how many are done.

        ``head[REASON]`` is WANTS_SEED in the latter case: the keys that follow are to be hashed with a new seed.
        """
        head = self.head
        while True:
            start = kernels.run(
                self.cur.buckets, self.old.buckets, head, self.fixed, self._log, self.sizes.lists, self.rng, work, start
            )
            self._make_what_is_missing()
            if head[st.REASON] in (st.DONE, st.WANTS_SEED):
                return start


class LeanMachine(Frame[Rows]):
    """A classic map that counts: fresh keys in by their hashes, and out again (:mod:`goxray.model.classic.lean`)."""

    def __init__(self, sizes: Sizes, hint: int = 0, *, draws: int = 1) -> None:
        super().__init__(sizes, hint, content=False, sink=None, draws=draws)
        self._spare = np.zeros(st.SLOTS, np.uint32)

    def _empty(self, rows: int, capacity: int) -> Rows:
        return lean.new_rows(rows, capacity)

    def _wider(self, buckets: Rows, capacity: int) -> Rows:
        return lean.with_room(buckets, capacity)

    def _wipe(self, buckets: Rows, used: int) -> None:
        buckets.marks[:used] = 0
        buckets.links[:used] = st.NIL

    def insert(self, hashes: U64) -> None:
        """Assign fresh keys by their hashes, uint64[N]."""
        self._run(hashes, False)

    def delete(self, hashes: U64) -> None:
        """Delete keys that are there by their hashes, uint64[N], in this order."""
        self._run(hashes, True)

    def _run(self, hashes: U64, deletes: bool) -> None:
        head, done = self.head, 0
        while done < len(hashes):
            done = lean.l_run(
                self.cur.buckets, self.old.buckets, head, self.fixed, self._log, self.sizes.lists, self.rng, hashes,
                deletes, done, self._spare,
            )  # fmt: skip
            self._make_what_is_missing()
