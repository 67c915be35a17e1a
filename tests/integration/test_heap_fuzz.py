"""Cores with flipped bits and cut ends: a partial answer that says so, or one line; in time, in bounded memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.harness import cores
from tests.harness.damage import Core
from tests.harness.forked import Forks, Run, forks
from tests.harness.heap_truth import HeapProgram
from tests.harness.programs import Build
from tests.harness.variants import CLASSIC, SWISS, Variant

SECONDS = 30.0
"""Time that a run may take on a machine with other things to do; a whole core takes about one."""
MORE_MEMORY = 256 << 20
"""Bytes that a run on a damaged core may take beyond those on the whole one."""

STRUCTURES = ("spans", "heap", "bitmaps")
"""Where damage changes which objects there are, which the runtime's own count can tell."""
TYPES = ("pointer bits", "malloc headers", "types", "moduledata")
AREAS = (*STRUCTURES, *TYPES, "headers", "stacks", "globals", "objects")

Case = tuple[Variant, str, int, int]
CASES: list[Case] = [
    *((SWISS, area, 24, seed) for seed, area in enumerate(AREAS)),
    *((SWISS, area, 24, seed) for area in STRUCTURES for seed in (31, 34)),  # spans that led outside of arrays
    *((SWISS, area, 1, 5) for area in (*STRUCTURES, *TYPES)),
    (SWISS, "moduledata", 24, 12),  # no function is known, so no frame
    *((CLASSIC, area, 24, 2) for area in AREAS),
]
MAPS: list[Case] = [(variant, area, 8, 7) for variant in (SWISS, CLASSIC) for area in (*STRUCTURES, "types", "objects")]


class Fuzzed:
    """A core, its executable, and goxray ready to be run on them."""

    def __init__(self, core: Core, exe: Path, runs: Forks, out: Path) -> None:
        self.core, self.exe, self._runs, self._out = core, exe, runs, out
        self.whole = self.heap(core.path)
        assert (self.whole[0].status, self.whole[0].err) == (0, "")
        self.whole_maps = self.maps(core.path)
        assert self.whole_maps.status == 0

    def heap(self, core: Path) -> tuple[Run, dict[str, Any]]:
        """Run ``goxray heap``; return how it ended and what it wrote, {} for nothing."""
        self._out.unlink(missing_ok=True)
        found = self._runs.run("heap", str(core), "--exe", str(self.exe), "--format", "json", "-o", str(self._out))
        return found, json.loads(self._out.read_text()) if self._out.exists() else {}

    def maps(self, core: Path) -> Run:
        """Run ``goxray maps``."""
        return self._runs.run("maps", str(core), "--exe", str(self.exe), "--format", "json", "-o", str(self._out))


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Variant], Fuzzed]]:
    """Give the core of each variant, made once."""
    with ExitStack() as stack:
        made: dict[Variant, Fuzzed] = {}

        def get(variant: Variant) -> Fuzzed:
            if variant not in made:
                made[variant] = _fuzzed(variant, tmp_path_factory.mktemp("fuzz"), stack)
            return made[variant]

        yield get


@pytest.fixture
def fuzzed(request: pytest.FixtureRequest, make: Callable[[Variant], Fuzzed]) -> Fuzzed:
    return make(request.param)


def _fuzzed(variant: Variant, directory: Path, stack: ExitStack) -> Fuzzed:
    with HeapProgram(Build(variant), "-few", dump=False) as program:
        large = cores.gcore(program.pid, directory)
        exe = directory / "program"
        shutil.copy(program.exe, exe)
    parts = cores.segments(large)
    path = cores.write(large, cores.without(parts, cores.reservations(parts)), directory / "small")
    stack.callback(path.unlink)
    large.unlink()
    return Fuzzed(Core(path, exe), exe, stack.enter_context(forks(SECONDS)), directory / "out.json")


def assert_decent(found: Run, whole: Run) -> None:
    """A run ended in time, within its memory, with a clear line where it failed."""
    assert found.status is not None, "it hangs"
    assert found.status in (0, 3, 4), found.err
    assert "Traceback" not in found.err and "a bug in goxray" not in found.err
    assert found.peak < whole.peak + MORE_MEMORY
    if found.status == 3:
        assert found.err.startswith("goxray: ") and len(found.err.splitlines()) <= 2


def marks(said: dict[str, Any]) -> bool:
    """Tell whether an answer says that it is not whole: faults, notes, or a count that is not the runtime's."""
    counted = said["reconcile"]
    differs = any(counted[name] != counted[f"runtime_{name}"] for name in ("live_objects", "live_bytes"))
    return bool(differs or said.get("faults") or said.get("notes"))


def counts(said: dict[str, Any]) -> tuple[int, int]:
    """Return the objects and bytes found."""
    return said["reconcile"]["live_objects"], said["reconcile"]["live_bytes"]


def named(cases: list[Case]) -> list[object]:
    """Return pytest parameters, those of one core in one worker."""
    return [
        pytest.param(
            variant,
            area,
            bits,
            seed,
            id=f"{variant}-{area}-{bits}-{seed}",
            marks=pytest.mark.xdist_group(f"{variant}fuzz"),
        )
        for variant, area, bits, seed in cases
    ]


@pytest.mark.parametrize(("fuzzed", "area", "bits", "seed"), named(CASES), indirect=["fuzzed"])
def test_flipped_bits(fuzzed: Fuzzed, area: str, bits: int, seed: int) -> None:
    with fuzzed.core.damaged(area, bits, seed):
        found, said = fuzzed.heap(fuzzed.core.path)
    assert_decent(found, fuzzed.whole[0])
    assert bool(said) == (found.status != 3)
    if said:
        assert found.status == (4 if said["faults"] else 0)
        assert counts(said) == counts(fuzzed.whole[1]) or marks(said)


@pytest.mark.parametrize(("fuzzed", "area", "bits", "seed"), named(MAPS), indirect=["fuzzed"])
def test_maps_too(fuzzed: Fuzzed, area: str, bits: int, seed: int) -> None:
    with fuzzed.core.damaged(area, bits, seed):
        assert_decent(fuzzed.maps(fuzzed.core.path), fuzzed.whole_maps)


@pytest.mark.parametrize("fuzzed", [pytest.param(SWISS, marks=pytest.mark.xdist_group(f"{SWISS}fuzz"))], indirect=True)
def test_cut_ends(fuzzed: Fuzzed, tmp_path: Path) -> None:
    size, random = fuzzed.core.path.stat().st_size, Random(11)
    for number, place in enumerate([random.randrange(1, size) for _ in range(3)] + [fuzzed.core.headers]):
        cut = cores.truncate(fuzzed.core.path, tmp_path / str(number), place)
        found, said = fuzzed.heap(cut)
        assert_decent(found, fuzzed.whole[0])
        assert not said or marks(said), f"{size - place} bytes are missing, and nothing says so"
        assert_decent(fuzzed.maps(cut), fuzzed.whole_maps)
        cut.unlink()
