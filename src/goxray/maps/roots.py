"""The globals as roots: every pointer word in them that can lead to a map, read at once.

A program has a thousand globals; a read and a visit for each would be most of what a look at a small heap costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.goruntime.types import Kind
from goxray.maps.plans import Plans, Slot
from goxray.maps.units import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Global, Runtime
    from goxray.maps.exprs import Exprs
    from goxray.maps.walker import Walker

_RUNTIME_ROOTS = frozenset({"runtime.allp"})
_ONE_WORD = 8


@dataclass(frozen=True)
class Roots:
    """Slots of globals: ``addr`` (uint64) is where each stands; ``slots`` and ``exprs`` say what it is and whose."""

    addr: U64
    slots: list[Slot]
    exprs: list[int]


def collect_roots(runtime: Runtime, plans: Plans, exprs: Exprs) -> Roots:
    """Return the slots of every global that can lead to a map; the program's own packages come first."""
    addrs, slots, owners = [], [], []
    for each in sorted(runtime.globals(), key=_rank):
        if each.name.startswith("runtime.") and each.name not in _RUNTIME_ROOTS and each.type.kind is not Kind.MAP:
            continue
        expr = exprs.root(each.name, each.type.name)
        for slot in plans.slots(each.type):
            addrs.append(each.addr + slot.offset)
            slots.append(slot)
            owners.append(expr)
    return Roots(np.array(addrs, np.uint64), slots, owners)


def follow_roots(roots: Roots, walker: Walker) -> None:
    """Queue what the globals hold now, and walk on from there."""
    memory = walker.runtime.memory
    first, ok = memory.gather(roots.addr, [0])
    second, _ = memory.gather(roots.addr + np.uint64(_ONE_WORD), [0])  # of interfaces and slices; others ignore it
    walker.unreadable += int((~ok).sum())
    for index, slot in enumerate(roots.slots):
        if slot.kind == "array":
            walker.follow_array(slot, roots.exprs[index], roots.addr[index : index + 1])
        elif first[index, 0]:
            walker.follow(slot, roots.exprs[index], first[index], second[index])
    walker.run()


def _rank(each: Global) -> int:
    """Globals of the program's own packages name owners best, then those with a domain in their path."""
    if each.name.startswith("main."):
        return 0
    return 1 if "." in each.name.split("/", 1)[0] and "/" in each.name else 2
