"""SwissMap: a container that works as a Go map of 1.24 or later does, and knows what it costs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.goruntime.hashes import HashKeys
from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.encode import check_values
from goxray.model.figures import Event, MapFigures
from goxray.model.gotypes import parse_type
from goxray.model.hashing import KeyHasher
from goxray.model.shapes import map_shape
from goxray.model.swiss import state as s
from goxray.model.swiss.engine import ACCESS, ASSIGN, DELETE, EMPTIED, NO_ROOM, Work, clear, run
from goxray.model.swiss.hints import start
from goxray.model.swiss.image import Block, Places, image
from goxray.model.swiss.iteration import Iter
from goxray.model.swiss.kernels import free_retired, take_table
from goxray.model.swiss.ledger import Ledger
from goxray.model.swiss.pools import Identities, ValuePool, pool_of
from goxray.model.swiss.sizes import Sizes
from goxray.model.swiss.state import I64, U8
from goxray.model.swiss.tidy import tidy

_MASK = (1 << 64) - 1
_STRETCH = 1 << 16  # operations whose keys are hashed at once
_NOBODY = 4096  # values that may lie about unused before they are forgotten

Values = Sequence[object] | NDArray[Any]


class SwissMap:
    """A map of one type as one build of Go has it, step by step as the runtime takes them.

    Values are written as :mod:`goxray.model.encode` says; None stands for the zero value. With the seed and the random
    words of a real process (``seed``, ``keys``) every key comes to stand in the same slot as there.

    Example:
        >>> m = SwissMap("map[string]int64", "1.27", hint=20)
        >>> m.assign("a", 1)
        >>> m.access("a"), m.access("b")
        ((1, True), (None, False))
        >>> m.figures().slots, m.figures().bytes
        (32, 984)

    Args:
        go_type: the map's type, in Go's words (``map[string]int``) or parsed.
        go: the build, as goxray.model.builds.build_layout names it, or its layout.
        hint: the hint of ``make``.
        seed: Map.seed, a random word where it is None.
        keys: the random words that the process hashes with; random ones where they are None.
        rng: where all random words come from; None: seeded by the system.
        on_event: is told of each event; without it they are kept in ``events``.

    ``reseed`` is asked for a new seed when the map was emptied, by clear or by deleting its last entry.

    Raises:
        UsageError: the type is no map type, or the build's maps are not Swiss maps.
    """

    def __init__(
        self,
        go_type: str | GoType,
        go: str | RuntimeLayout = "1.27",
        *,
        hint: int = 0,
        seed: int | None = None,
        keys: HashKeys | None = None,
        rng: random.Random | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.layout = build_layout(go) if isinstance(go, str) else go
        if self.layout.map_kind != "swiss":
            raise UsageError(f"{self.layout.version} has classic maps here", hint="model it with ClassicMap")
        self.go_type = parse_type(go_type, self.layout) if isinstance(go_type, str) else go_type
        self.shape = map_shape(self.go_type, self.layout)
        self.rng = rng or random.Random()
        self.reseed: Callable[[], int] = lambda: self.rng.getrandbits(64)
        self._on_event = on_event
        self.hasher = KeyHasher(self.shape.unit.key, self.layout, keys, self.rng)
        self.seed = self.rng.getrandbits(64) if seed is None else seed & _MASK
        self._keys, self._elems = pool_of(self.shape.unit.key), pool_of(self.shape.unit.elem)
        self._checks_elems = isinstance(self._elems, ValuePool)
        self._identities = Identities(self.shape.unit.key)
        self._store = s.empty_store(s.rules(self.layout, self.shape), self.rng.getrandbits(62))
        self._ledger = Ledger(Sizes(self.layout, self.shape))
        self._ops = 0
        self.events: list[Event] = []
        """What happened so far, unless ``on_event`` is told. Objects that keep keys and elems by pointer are told last,
        all of a call in one event: ``indirect key``, ``indirect elem``."""
        self._make(hint)

    def _make(self, hint: int) -> None:
        tables, capacity = start(hint, self.shape.unit.unit_size)
        if tables:
            self._store = s.with_room(
                self._store, tables * capacity // s.SLOTS + 2 * s.MAX_GROUPS, tables + 2, tables, 1
            )
            depth = tables.bit_length() - 1
            for index in range(tables):
                self._store.directory[index] = take_table(self._store, capacity, index, depth)
            self._store.scalar[s.DIR_LEN] = tables
            self._store.scalar[s.DEPTH] = depth
        self._tell(self._ledger.make(tables, capacity))

    def __len__(self) -> int:
        """The number of entries (Map.used)."""
        return int(self._store.scalar[s.USED])

    def __contains__(self, key: object) -> bool:
        """Whether the map has the key."""
        return self.access(key)[1]

    def __iter__(self) -> Iterator[object]:
        """``for key := range m``."""
        return (key for key, _ in self.iterate())

    def assign(self, key: object, elem: object = None) -> None:
        """``m[key] = elem``.

        Raises:
            GoxrayError: the key's interface holds what cannot be compared, with the runtime's words.
            UsageError: the key or the elem is not of the map's type.
        """
        self.assign_many([key], [elem])

    def access(self, key: object) -> tuple[object, bool]:
        """``elem, ok := m[key]``; the elem is None where there is no such key. Raises as :meth:`assign` does."""
        return self.access_many([key])[0]

    def delete(self, key: object) -> None:
        """``delete(m, key)``; raises as :meth:`assign` does."""
        self.delete_many([key])

    def assign_many(self, keys: Values, elems: Values | None = None) -> None:
        """Assign elems (zero values where None) to keys, N each, in their order."""
        self._run(np.full(len(keys), ASSIGN, np.uint8), keys, elems)

    def delete_many(self, keys: Values) -> None:
        """Delete keys in their order."""
        self._run(np.full(len(keys), DELETE, np.uint8), keys, None)

    def access_many(self, keys: Values) -> list[tuple[object, bool]]:
        """Look N keys up."""
        found = self._run(np.full(len(keys), ACCESS, np.uint8), keys, None).tolist()
        return [(self._elem_at(slot), True) if slot >= 0 else (None, False) for slot in found]

    def apply(self, ops: Values, keys: Values, elems: Values | None = None) -> None:
        """Do N operations in their order: engine.ASSIGN or engine.DELETE each, on its key.

        Raises:
            UsageError: there are not as many keys, or elems, as operations, or one of them is none.
        """
        self._run(np.asarray(ops, np.uint8), keys, elems)

    def clear(self) -> None:
        """The builtin ``clear(m)``: what it leaves in the slots depends on the version; nothing is given back."""
        if clear(self._store):
            self._tell([Event(self._ops, "clear", "map", 0)])
            self._tell_objects(self._ops)
            self._new_seed(self._ops)
        self._ops += 1

    def iterate(self, start: tuple[int, int] | None = None) -> Iterator[tuple[object, object]]:
        """``for key, elem := range m``: the map may change meanwhile, with what Go shows of it then.

        It begins with the first entry that is asked for. ``start`` are the random words that choose where: entryOffset
        and dirOffset (Iter.Init).
        """
        self._store.scalar[s.KEPT] += 1
        try:
            words = start or (self.rng.getrandbits(64), self.rng.getrandbits(64))
            order = Iter(lambda: self._store, self._seek, *words)
            while (slot := order.next()) is not None:
                yield self._key_at(slot), self._elem_at(slot)
        finally:
            self._store.scalar[s.KEPT] -= 1
            if not self._store.scalar[s.KEPT]:
                free_retired(self._store)

    def start_step(self) -> None:
        """Let ``peak_bytes`` of :meth:`figures` count from here on."""
        self._ledger.start_step()

    def figures(self) -> MapFigures:
        """The map as it is now; ``peak_bytes`` since it was made or since :meth:`start_step`."""
        m, ledger, sizes = self._store, self._ledger, self._ledger.sizes
        tables = m.tables[: m.scalar[s.TABLES]]
        tables = tables[tables[:, s.STATE] == s.LIVE]
        small = int(m.scalar[s.DIR_LEN] == 0)
        slots = int(tables[:, s.CAPACITY].sum()) + s.SLOTS * int(m.scalar[s.SMALL] >= 0)
        growth_left = int(tables[:, s.GROWTH_LEFT].sum())
        room = int(np.where(tables[:, s.CAPACITY] > s.SLOTS, tables[:, s.CAPACITY] * 7 // 8, s.SLOTS - 1).sum())
        made_keys, made_elems = self._objects_made()
        return MapFigures(
            kind="swiss", entries=len(self), slots=slots,
            tombstones=0 if small else room - growth_left - len(self), bytes=ledger.bytes,
            indirect_bytes=len(self) * sizes.indirect_bytes, peak_bytes=ledger.peak, scan_bytes=ledger.scan,
            mallocs=ledger.mallocs + made_keys + made_elems,
            total_alloc=ledger.total_alloc
            + made_keys * sizes.key_object.bytes + made_elems * sizes.elem_object.bytes,
            detail={
                "tables": len(tables), "groups": slots // s.SLOTS, "dir_len": int(m.scalar[s.DIR_LEN]),
                "global_depth": int(m.scalar[s.DEPTH]), "growth_left": growth_left, "small": small,
            },
        )  # fmt: skip

    _made_keys = _made_elems = 0
    """Objects made and numbered away: see :func:`tidy`."""

    _told_made = (0, 0)
    _told_kept = 0
    """Objects of keys and of elems that events have told, and how many entries had theirs then."""

    def _objects_made(self) -> tuple[int, int]:
        """Objects made so far that keep keys, and elems."""
        made = self._store.scalar
        return self._made_keys + int(made[s.KEYS_BY_POINTER]) - 1, self._made_elems + int(made[s.ELEMS_BY_POINTER]) - 1

    def _tell_objects(self, op: int) -> None:
        """Tell of objects made and let go of since the last time."""
        sizes, unit, made, kept = self._ledger.sizes, self.shape.unit, self._objects_made(), len(self)
        kinds = (
            ("indirect key", unit.indirect_key, sizes.key_object.bytes),
            ("indirect elem", unit.indirect_elem, sizes.elem_object.bytes),
        )
        for (what, by_pointer, size), now, before in zip(kinds, made, self._told_made, strict=True):
            new = now - before
            gone = self._told_kept + new - kept
            if new:
                self._tell([Event(op, "alloc", what, new * size, new)])
            if by_pointer and gone:
                self._tell([Event(op, "free", what, gone * size, gone)])
        self._told_made, self._told_kept = made, kept

    def image(self, places: Places) -> list[Block]:
        """The bytes of the map's structures as they stand in memory, with the addresses that ``places`` gives."""
        return image(self._store, self.layout, self.shape, self.seed, self._keys, self._elems, places)

    def _run(self, ops: U8, keys: Values, elems: Values | None) -> I64:
        """Run operations in their order; return what engine.run found."""
        count = len(ops)
        if len(keys) != count or (elems is not None and len(elems) != count):
            raise UsageError(f"{count} operations, {len(keys)} keys, {count if elems is None else len(elems)} elems")
        if (ops > ACCESS).any():
            raise UsageError(f"{ops.max()} is no operation")
        if elems is not None and self._checks_elems:
            check_values(self.shape.unit.elem, elems)
        writes = bool((ops == ASSIGN).any())
        numbers = self._keys.put(keys) if writes or not self._keys.size() else None
        identities = self._identities.of(keys, numbers, new=writes)
        kvs = np.zeros(count, np.int64) if numbers is None else numbers
        evs = np.zeros(count, np.int64) if elems is None or not writes else self._elems.put(elems)
        found = np.zeros(count, np.int64)
        done, stretch = 0, _STRETCH
        while done < count:
            part = slice(done, done + stretch)
            hashes = self.hasher.hash_many(keys[part], self.seed)
            work = Work(ops[part], hashes, identities[part], kvs[part], evs[part], found[part], self._ops + done)
            did, emptied = self._do(work)
            done += did
            stretch = 64 if emptied else min(2 * stretch, _STRETCH)  # what was hashed behind it was hashed in vain
        self._ops += count
        self._tidy()
        return found

    def _do(self, work: Work) -> tuple[int, bool]:
        """Do the operations until the map is emptied and has a new seed; return how many, and whether it was."""
        done, why = 0, NO_ROOM
        while why == NO_ROOM and done < len(work.ops):
            done, why = run(self._store, work, done)
            self._take_rows()
            self._tell_objects(work.first_op + done - 1)
            if why == NO_ROOM:
                left = min(len(work.ops) - done, 1 << 16)
                directory = 2 * int(self._store.scalar[s.DIR_LEN])
                self._store = s.with_room(self._store, 4 * s.MAX_GROUPS, 8, directory, left)
        if why == EMPTIED:
            self._new_seed(work.first_op + done - 1)
        return done, why == EMPTIED

    def _take_rows(self) -> None:
        m = self._store
        rows = m.rows[: m.scalar[s.ROWS]]
        if len(rows):
            self._ledger.enter(rows)
            self._tell(self._ledger.events(rows))
        m.scalar[s.ROWS] = 0

    def _tell(self, events: list[Event]) -> None:
        if self._on_event is None:
            self.events += events
            return
        for event in events:
            self._on_event(event)

    def _new_seed(self, op: int) -> None:
        self.seed = self.reseed() & _MASK
        self._tell([Event(op, "reseed", "map", 0)])

    def _tidy(self) -> None:
        used = 2 * int(self._store.scalar[s.TOP]) * s.SLOTS + _NOBODY
        objects = max(int(self._store.scalar[s.KEYS_BY_POINTER]), int(self._store.scalar[s.ELEMS_BY_POINTER]))
        if max(self._keys.size(), self._elems.size(), self._identities.size(), objects) > used:
            keys, elems = tidy(self._store, self._keys, self._elems, self._identities)
            self._made_keys += keys
            self._made_elems += elems

    def _seek(self, slot: int) -> int:
        return int(self._run(np.full(1, ACCESS, np.uint8), [self._key_at(slot)], None)[0])

    def _key_at(self, slot: int) -> object:
        number = int(self._store.kv[slot])
        return self._keys.get(int(self._store.key_object[number]) if self.shape.unit.indirect_key else number)

    def _elem_at(self, slot: int) -> object:
        number = int(self._store.ev[slot])
        return self._elems.get(int(self._store.elem_object[number]) if self.shape.unit.indirect_elem else number)
