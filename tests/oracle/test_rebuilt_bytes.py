"""``rebuilt_bytes`` is what fresh maps really cost: real programs make them, goxray counts their bytes.

Where nothing is left to chance every map costs exactly that. Where the hash decides (overflow buckets of classic
maps, tables that grow or split in Swiss ones) it must be the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import Variant, params

EDGES = (0, 1, 2, 7, 8, 9, 12, 13, 14, 15, 20, 26, 27, 28, 29, 48, 49, 52, 53, 56, 57, 96, 97, 104, 105, 112, 113)
MIDDLE = (192, 193, 208, 209, 224, 225, 384, 385, 416, 417, 448, 449, 768, 769, 832, 833, 895, 896, 897, 1000)
LARGE = (1664, 1665, 1791, 1792, 1793, 3584, 5000, 7169, 13312, 13313)
HUGE = (100_000, 200_000)

SHAPES = {
    "int-int": EDGES + MIDDLE + LARGE + HUGE,
    "string-string": EDGES + MIDDLE + LARGE + HUGE[:1],
    "string-nothing": EDGES + MIDDLE,
    "byte-byte": (*EDGES, 192, 193, 208, 209, 224, 225, 256),
    "struct-struct": EDGES + MIDDLE + LARGE,
    "pointer-pointer": EDGES + MIDDLE + LARGE,
    "bigkey-int": EDGES + MIDDLE[:8],
    "int-bigelem": EDGES + MIDDLE[:8],
    "bigkey-bigelem": EDGES + MIDDLE[:8],
    "int32-padded": EDGES + MIDDLE + LARGE,
    "inline-inline": EDGES + MIDDLE,
    "int-pointers": EDGES + MIDDLE,
    "any-any": EDGES + MIDDLE,
    "int64-strings": EDGES + MIDDLE + LARGE,
    "int32-nothing": EDGES + MIDDLE + LARGE + HUGE[:1],
    "nothing-nothing": (0, 1),
    "int16-bool": EDGES + MIDDLE + LARGE[:5],
}
"""Shapes of the program ``rebuilt`` and the entries for which it makes maps of them."""

VERSIONS = (
    Variant("1.21.13"),
    Variant("1.23.9"),
    Variant("1.24.11"),
    Variant("1.27.3"),
    Variant("1.27.3", ("mapsplitgroup",)),
)

EXACT_SWISS = 896
"""More entries need more than one table, and the hash decides which."""

EXACT_CLASSIC = 8
"""More entries need more than one bucket."""

MAX_Z = 5.5
"""How many standard errors a mean may be off: thousands of means are looked at."""

EVENTS = 3
BOOKS = 112
"""Bytes that come with the first overflow bucket of pointer-free maps: mapextra, a slice and its array."""


def certain(variant: Variant, entries: int) -> bool:
    """Whether chance has no part in what a fresh map costs."""
    return entries <= (EXACT_CLASSIC if variant.kind == "classic" else EXACT_SWISS)


def maps_wanted(variant: Variant, entries: int) -> int:
    if certain(variant, entries):
        return 2
    return 400 if entries <= max(EDGES) else 60 if entries <= max(MIDDLE) else 24


@dataclass(frozen=True)
class Cell:
    """The maps of one shape with so many entries: ``bytes`` of each, and the one figure expected of all."""

    entries: int
    bytes: NDArray[np.int64]
    rebuilt: NDArray[np.int64]
    step: float

    def z(self) -> float:
        """How many standard errors the mean is away from ``rebuilt``.

        A rare event that the sample happens to miss leaves no trace in its variance: the error is taken to be no less
        than that of a few such events.
        """
        count = len(self.bytes)
        error = max(self.bytes.std(ddof=1) / np.sqrt(count), EVENTS * self.step / count)
        return float((self.bytes.mean() - self.rebuilt[0]) / (error + 1))

    def __str__(self) -> str:
        return f"{self.entries} entries: {self.bytes.mean():.1f} bytes, {self.rebuilt[0]} expected"


def cells(variant: Variant, shape: str) -> list[Cell]:
    """Let a program make the maps and look at them."""
    wanted = ",".join(f"{entries}:{maps_wanted(variant, entries)}" for entries in SHAPES[shape])
    exe = build("rebuilt", Build(variant))
    with speaking(exe, f"-shape={shape}", f"-cells={wanted}") as program:
        result = inspect(program.pid)
    index = compare.by_address(compare.rows_of(result))
    grouped: dict[int, list[compare.Row]] = {}
    for entries, addr in program.said["maps"]:
        grouped.setdefault(entries, []).append(index[addr])
    found = []
    for entries, rows in grouped.items():
        assert {row["entries"] for row in rows} == {entries}
        size = np.array([row["bytes"] for row in rows])
        found.append(Cell(entries, size, np.array([r["rebuilt_bytes"] for r in rows]), step_of(variant, rows)))
    return found


def step_of(variant: Variant, rows: list[compare.Row]) -> float:
    """About what one event that the hash decides adds to a map's bytes: a table, an overflow bucket, a longer slice."""
    size = float(np.mean([row["bytes"] for row in rows]))
    if variant.kind == "swiss":
        return size / max(1, rows[0]["tables"])
    longer = 4 * max(row["overflow_buckets"] for row in rows)
    return size / max(1, rows[0]["buckets"]) + BOOKS + longer


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("variant", params(VERSIONS), indirect=True)
def test_rebuilt_bytes_are_those_of_fresh_maps(variant: Variant, shape: str) -> None:
    found = cells(variant, shape)
    assert [cell.entries for cell in found] == list(SHAPES[shape])
    wrong = []
    for cell in found:
        assert len(set(cell.rebuilt.tolist())) == 1, cell.entries
        if certain(variant, cell.entries):
            wrong += [] if (cell.bytes == cell.rebuilt).all() else [str(cell)]
        elif abs(cell.z()) > MAX_Z:
            wrong.append(f"{cell}, z {cell.z():.1f}")
    assert wrong == []


def test_chance_has_a_part_in_it() -> None:
    """Without spread the comparison of means would be about nothing."""
    for variant, entries in ((VERSIONS[1], 13), (VERSIONS[3], 1793)):
        cell = next(c for c in cells(variant, "int-int") if c.entries == entries)
        assert len(set(cell.bytes.tolist())) > 1
