"""Words of data and bss that hold pointers, where DWARF does not say of which types, and what to call them.

The linker leaves one bit a word for the collector (moduledata.gcdatamask and gcbssmask, runtime/symtab.go). A word is
called by the symbol that covers it (``main.cache``, ``main.state+0x8``), without symbols by its section and offset
there (``bss+0x1c0``): alike in every run of one build.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goxray.core.errors import MemoryFault
from goxray.maps.addresses import find
from goxray.maps.units import U64

if TYPE_CHECKING:
    from goxray.goruntime.runtime import Module, Runtime
    from goxray.maps.blind import BlindGuesser
    from goxray.maps.walker import Walker

_WORD = 8
_SECTIONS = (("data", 1, "gcdatamask"), ("bss", 2, "gcbssmask"))
_MOST = 1 << 32
_NEAR = 512
_SKIPPED = ("runtime.", "type:")
_KEPT = ("runtime.allp",)


@dataclass(frozen=True)
class RootWords:
    """Words that hold pointers: where (``addr``), what (``value``), and the word ``before`` unless that is one too."""

    section: str
    start: int
    addr: U64
    value: U64
    before: U64


def root_words(runtime: Runtime) -> list[RootWords]:
    """Return the pointer words of every module's data and bss that are not nil."""
    found = []
    for index, module in enumerate(runtime.modules):
        for name, place, mask in _SECTIONS:
            try:
                words = _section(runtime, module, place, mask)
            except MemoryFault:
                continue
            addr, value, before = words
            section = name if not index else f"module {index + 1} {name}"
            found.append(RootWords(section, module.data[place][0], addr, value, before))
    return found


def _section(runtime: Runtime, module: Module, place: int, mask: str) -> tuple[U64, U64, U64]:
    memory, layout = runtime.memory, runtime.layout
    start, end = module.data[place]
    at = module.addr + layout.offset("runtime.moduledata", mask)
    count = memory.read_u32(at + layout.offset("runtime.bitvector", "n"))
    bits_at = memory.read_u64(at + layout.offset("runtime.bitvector", "bytedata"))
    count = min(count, (end - start) // _WORD, _MOST)
    raw = np.frombuffer(memory.read(bits_at, -(-count // 8)), np.uint8)
    pointer = np.unpackbits(raw, bitorder="little")[:count].astype(np.bool_)
    chosen = np.flatnonzero(pointer)
    previous = np.maximum(chosen - 1, 0)
    addr = np.uint64(start) + chosen.astype(np.uint64) * np.uint64(_WORD)
    words, _ = memory.gather(addr, [0])
    before, _ = memory.gather(np.uint64(start) + previous.astype(np.uint64) * np.uint64(_WORD), [0])
    known = ~pointer[previous] & (chosen > 0)
    held = words[:, 0] != 0
    return addr[held], words[held, 0], np.where(known, before[:, 0], 0)[held].astype(np.uint64)


def follow_words(runtime: Runtime, walker: Walker, blind: BlindGuesser) -> None:
    """Queue what the words lead to and walk on from there; the runtime's own variables come last."""
    sections = root_words(runtime)
    statics = _statics(runtime, sections)
    for own in (False, True):
        for words in sections:
            names, first, offsets = _names(runtime, words)
            texts = [
                _text(words, names[n], int(o), int(at), statics)
                for n, o, at in zip(first, offsets, words.addr, strict=True)
            ]
            chosen = np.array([_is_runtime(text) == own for text in texts], np.bool_)
            held = find(words.value, walker.found.headers.addr) >= 0  # its own maps are shown too
            if own:
                chosen &= np.array([text.startswith(_KEPT) for text in texts], np.bool_) | held
            paths = np.array(
                [blind.paths.root(walker.exprs.root(t, "")) for t, c in zip(texts, chosen, strict=True) if c]
            )
            if len(paths):
                blind.roots(words.value[chosen], words.before[chosen], paths.astype(np.int64))
        walker.run()


def _is_runtime(text: str) -> bool:
    return text.startswith(_SKIPPED)


def _names(runtime: Runtime, words: RootWords) -> tuple[list[str], list[int], list[int]]:
    """Symbols, and for each word which one covers it (the last, "", for none) and how far inside it lies."""
    bias, binary = runtime.target.bias, runtime.target.binary
    if not binary.has_symtab or not len(words.addr):
        return [""], [0] * len(words.addr), [0] * len(words.addr)
    symbols = binary.symbols_in(words.start - bias, int(words.addr[-1]) - bias + 1)
    where = words.addr - np.uint64(bias)
    index = np.searchsorted(symbols.addrs, where, side="right") - 1
    safe = np.maximum(index, 0)
    inside = (index >= 0) & (where < symbols.addrs[safe] + symbols.sizes[safe]) if len(symbols.names) else index >= 0
    inside = np.asarray(inside, np.bool_)
    start = symbols.addrs[safe] if len(symbols.names) else where
    first = np.where(inside, safe, len(symbols.names))
    return [*symbols.names, ""], first.tolist(), np.where(inside, where - start, 0).astype(np.int64).tolist()


def _statics(runtime: Runtime, sections: list[RootWords]) -> tuple[U64, list[str]]:
    """Where named pointers lead inside data and bss, ascending, with their names: what they point to has none."""
    found: dict[int, str] = {}
    for words in sections:
        names, first, offsets = _names(runtime, words)
        for row in np.flatnonzero(runtime.in_module_data(words.value)).tolist():
            if names[first[row]] and not offsets[row]:
                found.setdefault(int(words.value[row]), names[first[row]])
    places = np.array(sorted(found), np.uint64)
    return places, [found[at] for at in places.tolist()]


def _text(words: RootWords, name: str, offset: int, addr: int, statics: tuple[U64, list[str]]) -> str:
    if name:
        return f"{name}+{offset:#x}" if offset else name
    places, names = statics
    index = int(np.searchsorted(places, np.uint64(addr), side="right")) - 1
    if index >= 0 and addr - int(places[index]) < _NEAR:
        return f"{names[index]}→{addr - int(places[index]):#x}"
    return f"{words.section}+{addr - words.start:#x}"
