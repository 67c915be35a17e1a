"""The cases of the grid: every type, size and hint that the real maps and the model live through.

``GOXRAY_GRID=all`` in the environment runs them all, which takes about four minutes a build; without it a
fixed part of them runs, spread over all types and sizes by a hash of the case. Where chance has a part there are thirty
real maps and thirty modelled ones of each case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from zlib import crc32

from goxray.goruntime.types import SLOTS_PER_UNIT
from tests.harness.mapgrid import KEYS_THERE_ARE, SHAPES, Case

EVERYTHING = os.environ.get("GOXRAY_GRID") == "all"

EDGES = (0, 1, 2, 7, 8, 9, 12, 13, 14, 15, 16, 24, 25, 26, 27, 28, 29, 48, 49, 52, 53, 56, 57, 96, 97, 100, 104, 105)
"""Around the borders at which maps grow: 6 and 6.5 times powers of two, 7/8 of powers of two."""

MIDDLE = (112, 113, 192, 193, 208, 209, 224, 225, 384, 385, 416, 417, 448, 449, 768, 769, 832, 833, 896, 897, 1000)
SURE = 896
"""No hash can make a difference to a Swiss map of so few entries that was only filled: it has one table."""

LARGE = (1536, 1537, 1664, 1665, 1792, 1793, 3328, 3584, 3585, 5000, 7168, 7169, 13312, 13313, 20_000)
HUGE = (100_000, 425_984, 425_985, 458_753, 1_000_000, 2_000_000)
HUGE_SHAPES = ("int64-int64", "string-pointer", "int-nothing", "int-big")

LIFE_SHAPES = (
    "int64-int64",
    "string-pointer",
    "int-nothing",
    "int-big",
    "bigstrings-big",
    "uint16-uint8",
    "any-int",
    "strings3-int5",
    "padded-int16",
    "pair-bool",
)
"""Types for what chance decides: with and without pointers, kept by pointer, in buckets of many sizes."""

LIFE_SIZES = (6, 9, 13, 14, 20, 28, 40, 56, 90, 104, 150, 208, 300, 448, 700, 896, 1000, 1500, 1800, 3000, 5000)


def _hints(n: int) -> tuple[int, ...]:
    """None, the right one, half of it, and two wrong ones."""
    return tuple(dict.fromkeys((-1, n, n // 2, 3 * n + 50, 1)))


def _kept(case: Case, one_in: int) -> bool:
    return EVERYTHING or crc32(f"{case.shape} {case.hint} {case.steps}".encode()) % one_in == 0


def fills(kind: str, one_in: int = 20) -> Iterator[Case]:
    """Maps of every type that are only filled, around every border."""
    for shape in SHAPES:
        for n in EDGES + MIDDLE + LARGE:
            if n > KEYS_THERE_ARE.get(shape, n):
                continue
            sure = n <= (SURE if kind == "swiss" else SLOTS_PER_UNIT)
            for hint in _hints(n):
                case = Case(shape, hint, (f"i{n}",), 4 if sure else 30)
                if _kept(case, one_in * (4 if n > 4000 else 1)):
                    yield case


def huge_fills() -> Iterator[Case]:
    """Maps of up to two million entries; few of the largest, of which each takes a second."""
    for shape in HUGE_SHAPES:
        for n in HUGE:
            for hint in (-1, n):
                case = Case(shape, hint, (f"i{n}",), 30 if n <= HUGE[0] else 3)
                if EVERYTHING or (shape, n) in ((HUGE_SHAPES[0], HUGE[-1]), (HUGE_SHAPES[1], HUGE[0])):
                    yield case


def _lives(n: int) -> Iterator[tuple[str, ...]]:
    most, fifth, half = n * 95 // 100, n // 5, n // 2
    yield (f"i{n}",)
    yield f"i{n}", f"d{most}", f"i{fifth}", "c", f"i{n}"
    yield f"i{n}", f"d{n}", f"i{n}"
    yield (f"i{n}", *(f"d{half}", f"i{half}") * 6)
    yield (f"i{n}", f"d{most}", f"i{most}", f"d{most}", f"i{most + fifth}", "c", f"i{half}")


def lives(one_in: int = 20) -> Iterator[Case]:
    """Maps that are filled, emptied and filled again in several ways."""
    for shape in LIFE_SHAPES:
        for n in LIFE_SIZES:
            for hint in (-1, n):
                for steps in _lives(n):
                    case = Case(shape, hint, steps)
                    if _kept(case, one_in):
                        yield case
