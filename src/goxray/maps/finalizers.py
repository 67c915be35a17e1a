"""Maps held by finalizers and cleanups: their functions hang on the spans' lists of specials (runtime/mheap.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goxray.maps.addresses import distinct

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime
    from goxray.maps.walker import Walker

_MAX_STEPS = 1 << 20
_DEPTH = 3
_KINDS = (
    ("KindSpecialFinalizer", "runtime.specialfinalizer", "finalizer"),
    ("KindSpecialCleanup", "runtime.specialCleanup", "cleanup"),
)


def queue_finalizers(runtime: Runtime, walker: Walker) -> None:
    """Queue the closures of every finalizer and cleanup, to be searched for maps."""
    layout, memory = runtime.layout, runtime.memory
    kind_at = layout.offset("runtime.special", "kind")
    offsets = [layout.offset("runtime.special", "next"), kind_at & ~7]
    closures = {}
    for constant, struct, word in _KINDS:
        if layout.has_const(constant) and layout.has(struct, "fn"):
            closures[layout.const(constant)] = (layout.offset(struct, "fn"), word)
    special = runtime.spans.specials
    for _ in range(_MAX_STEPS):
        if not len(special):
            return
        words, ok = memory.gather(special, offsets)
        kinds = (words[:, 1] >> np.uint64(8 * (kind_at & 7))) & np.uint64(0xFF)
        for kind, (fn_at, word) in closures.items():
            here = special[ok & (kinds == kind)]
            functions, readable = memory.gather(here, [fn_at])
            _queue(runtime, walker, functions[readable, 0], word)
        special = words[ok, 0]
        special = special[special != 0]


def _queue(runtime: Runtime, walker: Walker, functions: np.ndarray[tuple[int], np.dtype[np.uint64]], word: str) -> None:
    functions = functions[functions != 0]
    entries, ok = runtime.memory.gather(functions, [0])
    for pc in distinct(entries[ok, 0]).tolist():
        text = f"{word} (closure {runtime.function_name(pc) or hex(pc)})"
        expr = walker.exprs.root(text, "", guessed=True)
        walker.closure_entry[expr] = pc
        walker.untyped(expr, functions[ok & (entries[:, 0] == pc)], _DEPTH)
