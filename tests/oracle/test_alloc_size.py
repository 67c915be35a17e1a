"""What the layout says an allocation occupies equals what real programs measure."""

from __future__ import annotations

import json
import subprocess
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from goxray.layout import RuntimeLayout, layout_for
from tests.harness.programs import Build, build
from tests.harness.variants import VARIANTS, Variant, params

ALL = (*VARIANTS, Variant("1.22.10", ("noallocheaders",)), Variant("1.27.3", ("nosizespecializedmalloc",)))


@cache
def measured(variant: Variant) -> dict[str, NDArray[np.int64]]:
    run = subprocess.run(
        [build("allocsize", Build(variant))], capture_output=True, check=True, timeout=120, env={"GOMEMLIMIT": "off"}
    )
    return {name: np.array(pairs, dtype=np.int64) for name, pairs in json.loads(run.stdout).items()}


def layout_of(variant: Variant) -> RuntimeLayout:
    return layout_for(f"go{variant.version}", "amd64", variant.experiments)


def wrong(sizes: NDArray[np.int64], expected: NDArray[np.int64], said: NDArray[np.int64]) -> list[list[int]]:
    """Return [size, the program's bytes, the layout's bytes] wherever the two differ."""
    rows = np.stack([sizes, expected, said], axis=1)
    return [list(map(int, row)) for row in rows[expected != said]]


@pytest.mark.parametrize("variant", params(ALL))
@pytest.mark.parametrize("what", ["noscan", "pointers"])
def test_bytes_taken_are_what_memstats_counts(variant: Variant, what: str) -> None:
    sizes, taken = measured(variant)[what].T
    assert len(sizes) > 800 and sizes.max() > 1 << 20
    said = layout_of(variant).alloc_sizes(sizes, what == "noscan")
    assert wrong(sizes, taken, said) == []


@pytest.mark.parametrize("variant", params(ALL))
def test_append_rounds_up_as_the_layout_says(variant: Variant) -> None:
    sizes, capacity = measured(variant)["append"].T
    assert sizes.min() == 0 and len(sizes) > 4000
    assert wrong(sizes, capacity, layout_of(variant).alloc_sizes(sizes, True)) == []


def test_pointers_cost_a_header_only_where_the_build_has_headers() -> None:
    """The data tells the builds apart: 520 bytes of pointers take one class more with malloc headers."""
    taken = {}
    for variant in (Variant("1.21.13"), Variant("1.22.10"), Variant("1.22.10", ("noallocheaders",))):
        pairs = measured(variant)["pointers"]
        taken[str(variant)] = int(pairs[pairs[:, 0] == 576, 1][0])
    assert taken == {"go1.21.13": 576, "go1.22.10": 640, "go1.22.10-noallocheaders": 576}
    for name, variant in (("go1.21.13", Variant("1.21.13")), ("go1.22.10", Variant("1.22.10"))):
        assert layout_of(variant).alloc_size(576, False) == taken[name]
