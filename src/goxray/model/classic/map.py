"""A classic Go map as a Python container that goes through the runtime's own steps (runtime/map.go)."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import UsageError
from goxray.goruntime.types import GoType, Kind
from goxray.model.builds import build_layout
from goxray.model.classic import measure
from goxray.model.classic import state as st
from goxray.model.classic.image import Addresses, ClassicImage, image_of
from goxray.model.classic.iterate import Iteration
from goxray.model.classic.machine import Machine
from goxray.model.classic.sizes import HEADER, Sizes
from goxray.model.encode import canonical, check_values
from goxray.model.figures import Event, MapFigures
from goxray.model.gotypes import parse_type
from goxray.model.hashing import KeyHasher
from goxray.model.shapes import is_memory, is_string, map_shape

if TYPE_CHECKING:
    from goxray.goruntime.hashes import HashKeys
    from goxray.layout import RuntimeLayout

Values = Sequence[object] | NDArray[Any]

_DEFAULT_BUILD = "1.23"
_STRETCH = 1 << 16  # operations whose keys are hashed at once
_FEW = 64  # the same for a map that has just been emptied, as it may be soon again
_INTS = frozenset(range(Kind.INT, Kind.UINTPTR + 1))


class ClassicMap:
    """``make(map[K]V, hint)`` in a build with classic maps: what it holds, and what the runtime makes of it.

    Keys and elems are written in Python as :mod:`goxray.model.encode` says. The map and its first bucket are on the
    heap, as those of every map that outlives its function.

    Example:
        >>> m = ClassicMap("map[string]int64", "1.23", hint=20)
        >>> m.assign("a", 1)
        >>> m.access("a"), m.access("b")
        ((1, True), (None, False))
        >>> m.figures().detail["B"], m.figures().bytes
        (2, 944)

    Args:
        go_type: the map's type, as Go text or as a type.
        go: the build, as :func:`goxray.model.builds.build_layout` names it, or its layout.
        hint: of make.
        seed: hash0; None: a random one.
        keys: the random words of a real process; None: random ones.
        rng: all randomness of the map: seeds, random words, where iteration starts, noverflow from B = 16 up, NaNs.
        on_event: is told of each event; without it they are kept in ``events``.

    ``reseed`` is asked for a new seed when the map was emptied, as the runtime's random source is.
    """

    def __init__(
        self,
        go_type: str | GoType,
        go: str | RuntimeLayout = _DEFAULT_BUILD,
        *,
        hint: int = 0,
        seed: int | None = None,
        keys: HashKeys | None = None,
        rng: random.Random | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.layout = build_layout(go) if isinstance(go, str) else go
        self.type = parse_type(go_type, self.layout) if isinstance(go_type, str) else go_type
        self.shape = map_shape(self.type, self.layout)
        self.rng = rng or random.Random()
        self.events: list[Event] = []
        self.on_event = on_event
        self.reseed: Callable[[], int] = lambda: self.rng.getrandbits(32)
        self.hasher = KeyHasher(self.shape.unit.key, self.layout, keys, self.rng)
        self._told = False
        self._machine = Machine(
            Sizes(self.layout, self.shape), max(0, hint), sink=self._tell, draws=self.rng.getrandbits(63)
        )
        self._seed = self.reseed() if seed is None else seed
        self.epoch = 0
        self.clear_seq = 0
        self.has_clear_seq = self.layout.has(HEADER, "clearSeq")
        self._name_of: dict[Hashable, int] = {}
        self._nameless = 0
        self._keys: list[object] = [None]
        self._elems: list[object] = [None]
        self._one_form = is_memory(self.shape.unit.key) or is_string(self.shape.unit.key)
        self._walking: weakref.WeakSet[Iteration] = weakref.WeakSet()

    def _tell(self, event: Event) -> None:
        if self.on_event is not None:
            self.on_event(event)
        else:
            self.events.append(event)

    def __len__(self) -> int:
        return int(self._machine.head[st.COUNT])

    def __contains__(self, key: object) -> bool:
        return self.access(key)[1]

    def __iter__(self) -> Iterator[object]:
        return (key for key, _ in self.iterate())

    @property
    def seed(self) -> int:
        """The hash seed of the moment (hmap.hash0)."""
        return self._seed

    @property
    def noverflow(self) -> int:
        """hmap.noverflow. May be set to what a real map has, where chance has its part in it: from B = 16 up."""
        return int(self._machine.head[st.NOVERFLOW])

    @noverflow.setter
    def noverflow(self, value: int) -> None:
        self._machine.head[st.NOVERFLOW] = value

    @property
    def machine(self) -> Machine:
        """The map's arrays."""
        return self._machine

    def assign(self, key: object, elem: object = None) -> None:
        """``m[key] = elem``; None is the elem type's zero value."""
        self._run(st.ASSIGN, [key], None if elem is None else [elem])

    def delete(self, key: object) -> None:
        """``delete(m, key)``."""
        self._run(st.DELETE, [key], None)

    def access(self, key: object) -> tuple[object, bool]:
        """``elem, ok := m[key]``; the elem is None where there is no such key."""
        found = self._run(st.ACCESS, [key], None)[0]
        return (None, False) if found == st.NIL else (self._elems[found], True)

    def assign_many(self, keys: Values, elems: Values | None = None) -> None:
        """Assign N keys in order; without ``elems``, zero values."""
        if elems is not None and len(elems) != len(keys):
            raise UsageError(f"{len(keys)} keys, but {len(elems)} elems")
        self._run(st.ASSIGN, keys, elems)

    def delete_many(self, keys: Values) -> None:
        """Delete N keys in order."""
        self._run(st.DELETE, keys, None)

    def access_many(self, keys: Values) -> list[tuple[object, bool]]:
        """Look N keys up."""
        found = self._run(st.ACCESS, keys, None).tolist()
        return [(None, False) if each == st.NIL else (self._elems[each], True) for each in found]

    def apply(self, ops: Values, keys: Values, elems: Values | None = None) -> list[tuple[object, bool]]:
        """Do N operations in order: state.ASSIGN, state.DELETE or state.ACCESS each, on its key.

        Returns:
            For each access what :meth:`access` does, (None, False) for the others.
        """
        if not len(ops) == len(keys) == len(keys if elems is None else elems):
            raise UsageError(f"{len(ops)} operations on {len(keys)} keys" + (f", {len(elems)} elems" if elems else ""))
        found = self._run(np.asarray(ops, np.uint8), keys, elems).tolist()
        return [(None, False) if each == st.NIL else (self._elems[each], True) for each in found]

    def clear(self) -> None:
        """``clear(m)``."""
        if not len(self):
            return
        for walk in list(self._walking):
            walk.before_clear()
        self._machine.clear()
        self.clear_seq += 1
        self._new_seed()

    def iterate(self, start: int | None = None) -> Iterator[tuple[object, object]]:
        """``for key, elem := range m``: the map may be changed on the way, with Go's rules for what is met then.

        ``start`` is the random word that chooses the first bucket and slot (mapiterinit).
        """
        walk = Iteration(self, self.rng.getrandbits(64) if start is None else start)
        if walk.ended:
            return
        self._walking.add(walk)
        while (found := walk.next()) is not None:
            yield self._keys[found[0]], self._elems[found[1]]

    def figures(self) -> MapFigures:
        """What the map is made of at this moment."""
        return measure.figures(self._machine)

    def keep_nan_hashes(self) -> None:
        """Let keys unlike themselves keep the hash of their assignment when they move.

        The runtime draws another one each time. To replay what a real process drew, hand ``rng`` in: it is asked for 64
        bits at each assignment, and bits that name the bucket where the key stands in the end name all those before.
        """
        self._machine.fixed[st.F_REFLEXIVE] = 1

    def start_step(self) -> None:
        """Let ``peak_bytes`` count from here on."""
        self._machine.head[st.PEAK] = self._machine.head[st.BYTES]

    def image(self, addresses: Addresses) -> ClassicImage:
        """The bytes of the header and the buckets as they stand in memory; see :mod:`goxray.model.classic.image`."""
        return image_of(self, addresses, self._keys, self._elems)

    def stored(self, row: int, slot: int) -> tuple[object, object]:
        """The key and the elem of a full slot of the present buckets."""
        buckets = self._machine.cur.buckets
        return self._keys[int(buckets.keys[row, slot])], self._elems[int(buckets.elems[row, slot])]

    def hash_now(self, key_id: int) -> int:
        """The hash of one of the map's keys with the seed of the moment, as int64."""
        return int(np.array([self.hasher.hash_one(self._keys[key_id], self._seed)], np.uint64).view(np.int64)[0])

    def _new_seed(self) -> None:
        self._seed = self.reseed()
        self.epoch += 1
        self._tell(Event(int(self._machine.head[st.OP]) - 1, "reseed", "header", 0))

    def _run(self, op: int | NDArray[np.uint8], keys: Values, elems: Values | None) -> NDArray[np.int64]:
        count = len(keys)
        ops = np.full(count, op, np.uint8) if isinstance(op, int) else op
        if (ops > st.ACCESS).any():
            raise UsageError(f"{ops.max()} is no operation")
        if elems is not None:
            check_values(self.shape.unit.elem, elems)
        names, key_ids = self._names(keys, ops)
        elem_ids = np.zeros(count, np.int64)
        if elems is not None:
            elem_ids += np.arange(len(self._elems), len(self._elems) + count)
            self._elems.extend(elems.tolist() if isinstance(elems, np.ndarray) else elems)
        found = np.full(count, st.NIL, np.int64)
        done, stretch = 0, _STRETCH
        while done < count:
            part = slice(done, done + stretch)
            hashes = self.hasher.hash_many(keys[part], self._seed).view(np.int64)
            work = st.Work(ops[part], hashes, names[part], key_ids[part], elem_ids[part], found[part])
            done += self._machine.run(work)
            stretch = min(2 * stretch, _STRETCH)
            if self._machine.head[st.REASON] == st.WANTS_SEED:
                self._new_seed()
                stretch = _FEW  # what was hashed behind it was hashed in vain
        self._machine.flush()
        return found

    def _names(self, keys: Values, ops: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the name of each key and, where it is to be assigned, the number of its form."""
        key_type = self.shape.unit.key
        if isinstance(keys, np.ndarray) and key_type.kind in _INTS:
            forms: list[Any] = keys.tolist()
            if (ops == st.ASSIGN).all():
                return self._names_of_new(forms)
            values: Sequence[object] = forms
        else:
            values = keys.tolist() if isinstance(keys, np.ndarray) else keys
            forms = [canonical(key_type, value) for value in values]
        names = np.empty(len(forms), np.int64)
        key_ids = np.zeros(len(forms), np.int64)
        for nth, (form, new) in enumerate(zip(forms, (ops == st.ASSIGN).tolist(), strict=True)):
            names[nth] = name = self._name(form, new=new)
            if new:
                key_ids[nth] = self._key_id(name, values[nth])
        return names, key_ids

    def _name(self, form: Hashable | None, *, new: bool) -> int:
        if form is not None:
            return self._name_of.setdefault(form, len(self._name_of)) if new else self._name_of.get(form, st.NO_NAME)
        self._nameless += 1
        return st.NO_NAME - self._nameless

    def _names_of_new(self, forms: list[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What :meth:`_names` finds for integers that are all assigned."""
        known = self._name_of
        fresh = dict.fromkeys(form for form in forms if form not in known)
        known.update(zip(fresh, range(len(known), len(known) + len(fresh)), strict=True))
        self._keys.extend(fresh)
        names = np.fromiter(map(known.__getitem__, forms), np.int64, len(forms))
        return names, names + 1

    def _key_id(self, name: int, value: object) -> int:
        """The number of a key's form: of keys with one form only, each name comes with the next one."""
        if self._one_form and name + 1 < len(self._keys):
            return name + 1
        self._keys.append(value)
        return len(self._keys) - 1
