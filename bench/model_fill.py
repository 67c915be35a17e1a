"""One process that fills maps of the model and says on one line of JSON what the cheapest time cost.

Run as ``python -m bench.model_fill HOW VERSION N RUNS``; HOW is ``simulate`` for the step model over hashes, of which
predictions are made, or ``container`` for ClassicMap or SwissMap with keys and elems in it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from goxray.layout import RuntimeLayout
from goxray.model.builds import build_layout
from goxray.model.classic.map import ClassicMap
from goxray.model.classic.simulate import simulate as simulate_classic
from goxray.model.figures import MapFigures
from goxray.model.gotypes import parse_type
from goxray.model.shapes import map_shape
from goxray.model.steps import Step
from goxray.model.swiss.map import SwissMap
from goxray.model.swiss.simulate import simulate as simulate_swiss

TYPE = "map[uint64]uint64"
WARM = 50_000
"""Entries of a first map: compiles the kernels, or loads them from where an earlier run has put them."""

Fill = Callable[[int], MapFigures]


def simulating(layout: RuntimeLayout) -> Fill:
    """Let the step model assign random hashes; each map gets another seed."""
    shape = map_shape(parse_type(TYPE, layout), layout)
    run = simulate_classic if layout.map_kind == "classic" else simulate_swiss
    seeds = iter(range(1 << 20))
    return lambda count: run(layout, shape, 0, [Step("insert", count)], next(seeds))[0]


def holding(layout: RuntimeLayout) -> Fill:
    """Let a container assign the keys that the Go program assigns."""

    def fill(count: int) -> MapFigures:
        map_ = ClassicMap(TYPE, layout) if layout.map_kind == "classic" else SwissMap(TYPE, layout)
        numbers = np.arange(count, dtype=np.uint64)
        map_.assign_many(numbers * np.uint64(0x9E3779B97F4A7C15), numbers)
        return map_.figures()

    return fill


def best(fill: Fill, count: int, runs: int) -> dict[str, float | str]:
    """Fill so many maps; return the least CPU seconds, what the map holds, and the memory that it took to know it."""
    fill(min(count, WARM))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, figures = [], None
    for _ in range(runs):
        began = time.process_time()
        figures = fill(count)
        seconds.append(time.process_time() - began)
    assert figures is not None
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {
        "kind": figures.kind,
        "entries": figures.entries,
        "seconds": min(seconds),
        "bytes": figures.bytes,
        "memory": peak,
    }


def main() -> int:
    """Fill as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("how", choices=("simulate", "container"))
    parser.add_argument("version")
    parser.add_argument("n", type=int)
    parser.add_argument("runs", type=int)
    arguments = parser.parse_args()
    layout = build_layout(arguments.version)
    fill = simulating(layout) if arguments.how == "simulate" else holding(layout)
    print(json.dumps(best(fill, arguments.n, arguments.runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
