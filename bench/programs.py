"""Builds and starts the Go programs that the benchmark measures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from goxray.target import toolchains

SOURCE = Path(__file__).parent / "heaps"


@dataclass(frozen=True)
class Heap:
    """A running program and what it says of itself: MemStats' HeapAlloc and HeapObjects, its own maps and entries."""

    pid: int
    go_version: str
    heap_alloc: int
    maps: int
    entries: int
    objects: int = 0


def build(version: str, directory: Path) -> Path:
    """Build ``bench/heaps`` with one Go version into ``directory``; return the executable.

    Raises:
        ToolchainError: the toolchain cannot be fetched, or its compiler refuses.
    """
    return toolchains.install(version).build(SOURCE, directory / f"heaps-{version}")


@contextmanager
def running(executable: Path, shape: str, size: int) -> Iterator[Heap]:
    """Start a heap of ``size`` bytes and yield it once it is complete; the program ends with the block.

    It ends by itself as well when this process dies, since its standard input is then closed.
    """
    command = [str(executable), "-shape", shape, "-bytes", str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            line = program.stdout.readline()
            if not line:
                raise RuntimeError(f"{' '.join(command)} ended before its heap was complete")
            yield Heap(**json.loads(line))
        finally:
            program.kill()
