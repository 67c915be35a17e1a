"""One whole look of goxray at a heap, asked object by object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from goxray.api_heap import heap_tables
from goxray.api_look import HeapLook, look_at


@dataclass(frozen=True)
class Seen:
    """What goxray says of one object."""

    type: str
    owner: str
    kind: str
    bytes: int
    held_bytes: int
    held_objects: int


@dataclass(frozen=True)
class Look:
    """A look, and what it says of each address."""

    raw: HeapLook

    def number(self, addr: int) -> int:
        """Return the number of the object that an address lies in."""
        (found,) = self.raw.analysis.objects.numbers_at(np.array([addr], np.uint64)).tolist()
        assert found >= 0, f"no object at {addr:#x}"
        return int(found)

    def at(self, addr: int) -> Seen:
        """Return what is said of the object that an address lies in."""
        analysis, number = self.raw.analysis, self.number(addr)
        names = analysis.names
        owner = names.owner_of[number]
        return Seen(
            names.types[names.type_of[number]], names.owners[owner], names.kinds[owner], int(analysis.sizes[number]),
            int(analysis.held[number]), int(analysis.held_objects[number]),
        )  # fmt: skip

    def tables(self) -> dict[str, list[dict[str, object]]]:
        """Return every table of the result as rows."""
        return {name: table.to_pylist() for name, table in heap_tables(self.raw)[0].items()}


@contextmanager
def looking(target: int | Path, exe: Path | None = None, *, freeze: bool = True) -> Iterator[Look]:
    """Look at a process or core as ``goxray heap`` does."""
    with look_at(
        str(target), exe=None if exe is None else str(exe), freeze=freeze, allow_unverified=False,
        tell=lambda _text, _share: None, words=True,
    ) as look:  # fmt: skip
        yield Look(look)
