"""Roots in what hangs on heap objects: finalizers, cleanups, weak handles (runtime/mgcmark.go, markrootSpans)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.rootset import I64, U64, HolderKind, RootBuilder, RootHolder

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Runtime

_WORD = 8
_MAX_SPECIALS = 1 << 28
_ADAPTER = "runtime.AddCleanup["


def add_specials(runtime: Runtime, builder: RootBuilder) -> None:
    """Walk the lists of specials of every heap span, all lists at once."""
    layout, memory, spans = runtime.layout, runtime.memory, runtime.spans
    kind_at = layout.offset("runtime.special", "kind")
    fields = [layout.offset("runtime.special", name) for name in ("next", "offset")] + [kind_at & ~7]
    narrow = layout.field_size("runtime.special", "offset") < _WORD
    mask = np.uint64((1 << 8 * layout.field_size("runtime.special", "offset")) - 1 if narrow else (1 << 64) - 1)
    shift = np.uint64(8 * (layout.offset("runtime.special", "offset") & 7))
    at, span = spans.specials, spans.special_span
    found = _Found(runtime, builder)
    saved, round_, seen = at, 0, 0
    while len(at):
        words, ok = memory.gather(at, [fields[0], fields[1] & ~7, fields[2]])
        kinds = (words[ok, 2] >> np.uint64(8 * (kind_at & 7))) & np.uint64(0xFF)
        offsets = (words[ok, 1] >> shift) & mask
        found.add(at[ok], kinds, span[ok], offsets)
        seen += len(at)
        at = words[:, 0]
        going = ok & (at != 0) & (at != saved)
        found.broken += int((~ok).sum()) + int((ok & (at != 0) & (at == saved)).sum())
        at, span, saved = at[going], span[going], saved[going]
        round_ += 1
        if round_ & (round_ - 1) == 0:  # Brent: a list that comes back to a remembered place is a loop
            saved = at
        if seen > _MAX_SPECIALS:
            found.broken += len(at)
            break
    found.done()


class _Found:
    """Specials by kind; holders are shared by all of one kind and function."""

    def __init__(self, runtime: Runtime, builder: RootBuilder) -> None:
        layout = runtime.layout

        def const(name: str) -> int:
            return layout.const(name) if layout.has_const(name) else -1

        self._runtime = runtime
        self._builder = builder
        self._finalizer = const("KindSpecialFinalizer")
        self._weak = const("KindSpecialWeakHandle")
        self._cleanup = const("KindSpecialCleanup")
        self._holders: dict[tuple[str, str], int] = {}
        self.broken = 0

    def add(self, at: U64, kinds: U64, span: I64, offsets: U64) -> None:
        layout = self._runtime.layout
        chosen = kinds == self._finalizer
        if chosen.any():
            fn_at = layout.offset("runtime.specialfinalizer", "fn")
            holders = self._functions(at[chosen], fn_at, (), "finalizer")
            self._objects(span[chosen], offsets[chosen], holders)
        chosen = kinds == self._weak
        if chosen.any():
            handle = layout.offset("runtime.specialWeakHandle", "handle")
            self._words(
                at[chosen], handle, np.full(int(chosen.sum()), self._holder("runtime", "weak pointers"), np.int64)
            )
        chosen = kinds == self._cleanup
        if chosen.any():
            self._cleanups(at[chosen])

    def _cleanups(self, at: U64) -> None:
        """One function before Go 1.26; an adapter, the function and its argument after (runtime/mcleanup.go)."""
        layout = self._runtime.layout
        if layout.has("runtime.specialCleanup", "fn"):
            self._functions(at, layout.offset("runtime.specialCleanup", "fn"), (), "cleanup")
            return
        first = layout.offset("runtime.specialCleanup", "cleanup")
        count = layout.field_size("runtime.specialCleanup", "cleanup") // _WORD
        names = [layout.offset("runtime.cleanupFn", "fn")] if layout.has("runtime.cleanupFn", "fn") else [_WORD]
        others = tuple(first + _WORD * i for i in range(count) if _WORD * i != names[0])
        self._functions(at, first + names[0], others, "cleanup")

    def _functions(self, at: U64, fn_at: int, others: tuple[int, ...], kind: HolderKind) -> I64:
        """Add the function (a *funcval) of each special and other words of it; returns the holders."""
        fn, _ = self._runtime.memory.gather(at, [fn_at])
        code, _ = self._runtime.memory.gather(fn[:, 0], [0])
        code = self._behind_adapters(fn[:, 0], code[:, 0])
        unique, inverse = np.unique(code, return_inverse=True)
        names = [self._runtime.function_name(pc) or "unknown function" for pc in unique.tolist()]
        numbers = np.array([self._holder(kind, f"{kind} {name}") for name in names], np.int64)
        holders: I64 = numbers[inverse.reshape(-1)]
        for offset in (fn_at, *others):
            self._words(at, offset, holders)
        return holders

    def _behind_adapters(self, fn: U64, code: U64) -> U64:
        """The user's function where Go 1.24 and 1.25 have a closure that calls it (runtime/mcleanup.go, AddCleanup)."""
        unique, inverse = np.unique(code, return_inverse=True)
        adapter = np.array([self._runtime.function_name(pc).startswith(_ADAPTER) for pc in unique.tolist()], np.bool_)
        rows = np.flatnonzero(adapter[inverse.reshape(-1)])
        if not len(rows):
            return code
        found = code.copy()
        captured, _ = self._runtime.memory.gather(fn[rows], [_WORD, 2 * _WORD, 3 * _WORD])
        for column in range(captured.shape[1] - 1, -1, -1):
            at = captured[:, column]
            for _ in range(2):  # a function value, or the variable that one was moved to
                words, _ = self._runtime.memory.gather(at, [0])
                at = words[:, 0]
                text = self._in_text(at)
                found[rows[text]] = at[text]
        return found

    def _in_text(self, addrs: U64) -> NDArray[np.bool_]:
        inside = np.zeros(len(addrs), np.bool_)
        for table in self._runtime.functions:
            inside |= (addrs >= np.uint64(table.start)) & (addrs < np.uint64(table.end))
        return inside

    def _words(self, at: U64, offset: int, holders: I64) -> None:
        words, _ = self._runtime.memory.gather(at, [offset])
        kept = self._builder.in_heap(words[:, 0])
        self._builder.add(words[kept, 0], at[kept] + np.uint64(offset), holders[kept].astype(np.int32))

    def _objects(self, span: I64, offsets: U64, holders: I64) -> None:
        """Objects with finalizers: what they point to is alive, they themselves are not because of it."""
        spans = self._runtime.spans
        size = spans.elem_size[span].astype(np.uint64)
        addrs = spans.start[span] + offsets // size * size
        scan = (spans.span_class[span] & 1) == 0
        self._builder.add_objects(addrs[scan], holders[scan].astype(np.int32))

    def _holder(self, kind: HolderKind, text: str) -> int:
        known = self._holders.get((kind, text))
        if known is None:
            known = self._holders[kind, text] = self._builder.hold(RootHolder(kind, text))
        return known

    def done(self) -> None:
        if self.broken:
            self._builder.notes.append(
                f"{self.broken} lists of finalizers, cleanups and weak pointers could not be read to their end"
            )
