"""Forgets the values and keys that no slot of a map holds any more."""

from __future__ import annotations

import numpy as np

from goxray.model.swiss import state as s
from goxray.model.swiss.pools import Identities, Pool
from goxray.model.swiss.state import I64, Store


def tidy(m: Store, keys: Pool, elems: Pool, identities: Identities) -> tuple[int, int]:
    """Number what slots hold anew; return how many objects of keys and of elems are no longer numbered."""
    slots = int(m.scalar[s.TOP]) * s.SLOTS
    full = m.ctrl[:slots] < s.EMPTY
    identities.keep(set(m.kid[:slots][full].tolist()))
    key_objects = _column(m, m.kv[:slots], keys, s.KEY_BY_POINTER, s.KEYS_BY_POINTER, m.key_object)
    elem_objects = _column(m, m.ev[:slots], elems, s.ELEM_BY_POINTER, s.ELEMS_BY_POINTER, m.elem_object)
    return key_objects, elem_objects


def _column(m: Store, held: I64, pool: Pool, rule: int, counter: int, objects: I64) -> int:
    gone = 0
    if m.rules[rule]:
        used, where = np.unique(held, return_inverse=True)
        used = used[used != 0]
        held[:] = where + (len(used) + 1 - where.max() - 1 if len(held) else 0)
        gone = int(m.scalar[counter]) - 1 - len(used)
        objects[1 : len(used) + 1] = objects[used]
        m.scalar[counter] = len(used) + 1
        held = objects[1 : len(used) + 1]
    if pool.size():
        used, where = np.unique(held, return_inverse=True)
        held[:] = pool.keep(used)[where]
    return gone
