"""Bits flipped in a core, in the structures that an analysis of the heap reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np

from goxray.goruntime.runtime import Runtime
from goxray.heap.spanbits import SpanBits
from goxray.target.open import open_target
from tests.harness.cores import segments

Range = tuple[int, int]
Place = tuple[Path, int, int]


class Core:
    """A core file with its executable, and where things are in the two: type data stands in the executable alone."""

    def __init__(self, path: Path, exe: Path) -> None:
        self.path, self.exe = path, exe
        self._loads = [(file, s) for file in (path, exe) for s in segments(file) if s.kind == 1 and s.filesz]
        self.headers = min(s.offset for file, s in self._loads if file == path)
        self.areas: dict[str, list[Place]] = {"headers": [(path, 0, self.headers)]}
        with open_target(str(path), str(exe)) as opened:
            runtime = Runtime(opened)
            runtime.refresh()
            found = _areas(runtime)
        for name, ranges in found.items():
            placed = [place for low, size in ranges if (place := self._place(low, size))]
            assert placed, f"nothing of {name} is in the core"
            self.areas[name] = placed

    def _place(self, addr: int, size: int) -> Place | None:
        for file, s in self._loads:
            if s.vaddr <= addr and addr + size <= s.vaddr + s.filesz:
                start = s.offset + addr - s.vaddr
                return file, start, start + size
        return None

    @contextmanager
    def damaged(self, area: str, bits: int, seed: int) -> Iterator[None]:
        """Flip so many bits in an area while the context lasts."""
        random = Random(seed)
        flips = []
        for _ in range(bits):
            file, start, end = random.choice(self.areas[area])
            flips.append((file, random.randrange(start, end), 1 << random.randrange(8)))
        _flip(flips)
        try:
            yield
        finally:
            _flip(flips)


def _flip(flips: list[Place]) -> None:
    for path, place, bit in flips:
        with path.open("r+b") as file:
            file.seek(place)
            (byte,) = file.read(1)
            file.seek(place)
            file.write(bytes([byte ^ bit]))


def _areas(runtime: Runtime) -> dict[str, list[Range]]:
    """Return (address, size) of what is damaged, by name."""
    memory, layout, spans = runtime.memory, runtime.layout, runtime.spans
    table = runtime.mheap + layout.offset("runtime.mheap", "allspans")
    all_spans = np.frombuffer(memory.read(memory.read_u64(table), 8 * memory.read_u64(table + 8)), np.uint64)
    headed = np.flatnonzero((spans.elem_size > 512) & (spans.span_class >= 2) & (spans.span_class & 1 == 0))
    small = np.flatnonzero((spans.elem_size <= 512) & (spans.span_class & 1 == 0))
    bitmaps = [int(a) for a in spans.alloc_bits.tolist() if a]
    assert len(SpanBits(runtime).allocated)
    return {
        "spans": [(addr, layout.size("runtime.mspan")) for addr in all_spans.tolist()],
        "heap": [(runtime.mheap, 8 * 64), (memory.read_u64(table), 8 * len(all_spans))],
        "bitmaps": [(addr, 64) for addr in bitmaps],
        "pointer bits": [(int(spans.end[i]) - 256, 256) for i in small.tolist()],
        "malloc headers": [(int(spans.start[i]), 8) for i in headed.tolist()],
        "types": [(low, high - low) for low, high in (module.types for module in runtime.modules)],
        "moduledata": [(module.addr, layout.size("runtime.moduledata")) for module in runtime.modules],
        "stacks": [
            (int(start), int(size))
            for start, size, elem in zip(spans.manual.start, spans.manual.size, spans.manual.elem_size, strict=True)
            if elem
        ],
        "globals": [(low, high - low) for module in runtime.modules for low, high in module.data if high > low],
        "objects": [(int(spans.start[i]), int(spans.end[i] - spans.start[i])) for i in small.tolist()],
    }
