"""The program ``mapgrid``: real maps of many types live through steps, and say what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from goxray.goruntime.types import GoType
from goxray.layout import RuntimeLayout, layout_for
from goxray.model.figures import MapFigures
from goxray.model.gotypes import parse_file, parse_type
from goxray.model.shape import ModelShape
from goxray.model.shapes import map_shape
from goxray.model.steps import Step
from tests.harness.programs import PROGRAMS, Build, build
from tests.harness.speaking import Speaker, speaking
from tests.harness.variants import Variant

I64 = NDArray[np.int64]

SHAPES: Mapping[str, str] = {
    "int64-int64": "map[int64]int64",
    "int32-int32": "map[int32]int32",
    "uint8-bool": "map[uint8]bool",
    "uint16-uint8": "map[uint16]uint8",
    "string-int": "map[string]int",
    "string-string": "map[string]string",
    "string-pointer": "map[string]*thing",
    "string-any": "map[string]any",
    "int-nothing": "map[int]struct{}",
    "string-nothing": "map[string]struct{}",
    "bytes16-int": "map[[16]byte]int",
    "padded-int16": "map[padded]int16",
    "pair-bool": "map[pair]bool",
    "float64-int": "map[float64]int",
    "any-int": "map[any]int",
    "stringer-int32": "map[interface{ String() string }]int32",
    "int-big": "map[int][129]byte",
    "int-bigpointers": "map[int][20]*int",
    "big-int": "map[[130]byte]int",
    "bigstrings-big": "map[[9]string][200]byte",
    "int-largest": "map[int][128]byte",
    "int-bytes": "map[int][]byte",
    "strings3-int5": "map[[3]string][5]int",
    "pointer-int": "map[*int]int",
    "complex-map": "map[complex128]map[string]int",
}
"""The program's map types as Go writes them; the named ones are declared in its types.go."""

KEYS_THERE_ARE: Mapping[str, int] = {"uint8-bool": 1 << 8, "uint16-uint8": 1 << 16, "pointer-int": 1 << 17}
"""How many different keys a type has, where these are few."""

KINDS = {"i": "insert", "d": "delete", "k": "delete", "c": "clear"}


@dataclass(frozen=True)
class Case:
    """``maps`` maps of one shape, made with a hint (-1: without), and the steps that each lives through."""

    shape: str
    hint: int
    steps: tuple[str, ...]
    maps: int = 30

    def __str__(self) -> str:
        return f"{self.shape} {self.hint} {self.maps} {' '.join(self.steps)}"

    def seed(self, which: int = 0) -> int:
        """Return the seed of one of the case's modelled maps: no two maps, of whatever cases, share their draws."""
        return int.from_bytes(sha256(f"{self} #{which}".encode()).digest()[:16])


@dataclass(frozen=True)
class Outcome:
    """What became of a case: each figure by name, one row a map and one column a step."""

    kind: str
    figures: Mapping[str, I64]
    seeds: NDArray[np.uint64]

    def at(self, step: int) -> dict[str, I64]:
        """Return the figures after one step."""
        return {name: values[:, step] for name, values in self.figures.items()}


_LIVED: dict[tuple[Variant, Case], Outcome] = {}
"""What became of cases: several tests are about the same real maps."""


class Grid:
    """The running program of one build."""

    def __init__(self, variant: Variant, speaker: Speaker) -> None:
        self.variant = variant
        self.pid = speaker.pid
        self.kind: str = speaker.said["kind"]
        self.units: Mapping[str, tuple[int, int]] = {name: (a, b) for name, (a, b) in speaker.said["units"].items()}
        self._columns: list[str] = speaker.said["columns"]
        self._speaker = speaker

    def run(self, case: Case) -> Outcome:
        """Let the maps of a case live, or return what became of them in an earlier test."""
        known = _LIVED.get((self.variant, case))
        if known is None:
            known = _LIVED[self.variant, case] = self._live(case)
        return known

    def _live(self, case: Case) -> Outcome:
        rows = np.array(self._speaker.tell(str(case))["rows"], np.uint64)
        shaped = rows.reshape(case.maps, len(case.steps), len(self._columns))
        figures = {name: shaped[:, :, i].astype(np.int64) for i, name in enumerate(self._columns) if name != "seed"}
        return Outcome(self.kind, figures, shaped[:, :, self._columns.index("seed")])


@contextmanager
def grid(variant: Variant) -> Iterator[Grid]:
    """Run the program of a build until the end of the context."""
    with speaking(build("mapgrid", Build(variant))) as speaker:
        yield Grid(variant, speaker)


@cache
def layout_of(variant: Variant) -> RuntimeLayout:
    """Return a build's layout."""
    return layout_for(f"go{variant.version}", "amd64", variant.experiments)


@cache
def type_of(variant: Variant, shape: str) -> GoType:
    """Return the Go type that a shape stands for."""
    layout = layout_of(variant)
    return parse_type(SHAPES[shape], layout, parse_file(PROGRAMS / "mapgrid" / "types.go", layout))


@cache
def shape_of(variant: Variant, shape: str) -> ModelShape:
    """Return how a build lays a shape's type out, as the model says."""
    return map_shape(type_of(variant, shape), layout_of(variant))


def model_steps(case: Case) -> list[Step]:
    """Return the steps in the model's terms: which keys go is left to chance there."""
    live, steps = 0, []
    for word in case.steps:
        kind, count = word[0], int(word[1:].rstrip("pg") or 0)
        match kind:
            case "i":
                live += count
            case "d":
                live -= count
            case "k":
                raise ValueError("which keys kM deletes depends on their numbers: replay such a case")
            case "c":
                live = 0
        steps.append(Step(KINDS[kind], count, word))  # type: ignore[arg-type]
    return steps


def columns(samples: list[list[MapFigures]]) -> dict[str, I64]:
    """Return the model's figures by name as in :class:`Outcome`: one row a seed, one column a step."""
    names = ("entries", "slots", "tombstones", "bytes", "indirect_bytes", "peak_bytes", "mallocs", "total_alloc")
    out = {name: np.array([[getattr(f, name) for f in run] for run in samples], np.int64) for name in names}
    for name in samples[0][0].detail:
        out[name] = np.array([[f.detail[name] for f in run] for run in samples], np.int64)
    out["scan_bytes"] = np.array([[f.scan_bytes for f in run] for run in samples], np.int64)
    return out


def with_constants(layout: RuntimeLayout, **changed: int) -> RuntimeLayout:
    """Return a layout with other constants: a wrong model, to see whether it is found out."""
    return replace(layout, facts=replace(layout.facts, constants={**layout.facts.constants, **changed}))
