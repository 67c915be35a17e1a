"""Measure how programs begin: the heap at the start of main, on each installed toolchain.

    python -m tools.gen_starts [1.27.3 ...]

A program that `goxray model gc --emit-go` writes is built and run with one processor and an empty environment; its
spans are read from outside while it sleeps, once before and once after its first collection. The result is written to
src/goxray/layout/data/starts.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from goxray.goruntime.runtime import Runtime
from goxray.model.gc.emit import program_of, read_output
from goxray.model.gc.scenario import parse
from goxray.target import toolchains
from goxray.target.open import open_target

DATA = Path(__file__).parents[1] / "src" / "goxray" / "layout" / "data" / "starts.json"
ENVIRONMENT = {"GOMAXPROCS": "1", "GODEBUG": "gctrace=1"}
RUNS = 3
CHUNK = 256 << 10  # runtime.persistentChunkSize
Row = tuple[int, int, int, int]


def built(go: toolchains.Toolchain, scenario: str, directory: Path) -> Path:
    """Build the program of a scenario."""
    directory.mkdir()
    (directory / "go.mod").write_text("module scenario\n\ngo 1.21\n")
    (directory / "main.go").write_text(program_of(parse(scenario)))
    return go.build(directory, directory / "program")


def images(program: Path) -> tuple[list[Row], list[Row]]:
    """Return a program's spans before and after its first collection, which it makes a second after it began.

    Each is page, pages, span class (-1: manual), objects.
    """
    with subprocess.Popen([str(program)], env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
        time.sleep(0.4)
        runtime = Runtime(open_target(str(process.pid)))
        runtime.refresh()
        low = int(min(runtime.spans.start.min(), runtime.spans.manual.start.min()))
        before = rows_of(runtime, low)
        time.sleep(1.2)
        runtime.refresh()
        after = rows_of(runtime, low)
        process.kill()
    return before, after


def rows_of(runtime: Runtime, low: int) -> list[Row]:
    """Return the spans that the runtime has now; pages are counted from the address ``low``."""
    spans, page = runtime.spans, runtime.layout.page_size
    manual = spans.manual
    rows = [
        ((int(at) - low) // page, int(pages), int(number), int(objects))
        for at, pages, number, objects in zip(
            spans.start, spans.pages, spans.span_class, spans.alloc_count, strict=True
        )
    ]
    rows += [
        ((int(at) - low) // page, int(size) // page, -1, 0) for at, size in zip(manual.start, manual.size, strict=True)
    ]
    return sorted(rows)


def usual(program: Path) -> tuple[list[Row], list[Row]]:
    """Return the images that most of a few runs have: now and then a run has one more thread."""
    runs = [images(program) for _ in range(RUNS)]
    kinds = Counter(tuple(row[1:] for row in before) for before, _ in runs)
    wanted = kinds.most_common(1)[0][0]
    return next(run for run in runs if tuple(row[1:] for row in run[0]) == wanted)


def measure(go: toolchains.Toolchain) -> dict[str, Any]:
    """Return what one toolchain's programs begin with."""
    with tempfile.TemporaryDirectory() as scratch:
        before, after = usual(built(go, "sleep 1s; gc; sleep 60s", Path(scratch, "images")))
        program = built(go, "gc; alloc keep 64 x 1MiB; gc; gc", Path(scratch, "figures"))
        done = subprocess.run([str(program)], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    steps = [step.figures for step in read_output(done.stderr)]
    later = {(row[0], row[2]): row[3] for row in after if row[2] >= 0}
    spans = [[*row, min(later.get((row[0], row[2]), 0), row[3])] for row in before]
    survived = Counter[int]()
    for found in spans:
        survived[found[2]] += found[4]
    ended = Counter[int]()
    for row in after:
        ended[row[2]] += row[3]
    first = {number: ended[number] - survived[number] for number in ended if number >= 0}
    start = steps[0]
    return {
        "spans": spans,
        "first_cycle": [[number, count] for number, count in sorted(first.items()) if count],
        "scan_bytes": steps[-1]["NextGC"] - 2 * steps[-1]["HeapAlloc"],
        "stack_bytes": start["StackInuse"],
        "settled_stack_bytes": steps[-1]["StackInuse"],
        "mspan_bytes": start["MSpanInuse"],
        "gc_sys": start["GCSys"],
        "other_sys": start["OtherSys"],
        "fixed_sys": start["MCacheSys"] + start["BuckHashSys"],
        "mallocs": start["Mallocs"],
        "frees": start["Frees"],
        "persistent_left": persistent_left(go),
    }


def persistent_left(go: toolchains.Toolchain) -> int:
    """Return the bytes that main finds left in the chunk out of which the runtime's small structures come.

    A program that makes spans a few at a time shows when the next chunk is taken: between two requests of 16 KiB, in
    the middle of which the answer is put. It is that of most runs.
    """
    scenario = "; ".join(["gogc off", *(f"alloc keep 16 x 8KiB as k{number}" for number in range(120))])
    with tempfile.TemporaryDirectory() as scratch:
        program = built(go, scenario, Path(scratch, "spans"))
        runs = [subprocess.run([str(program)], env=ENVIRONMENT, capture_output=True, text=True) for _ in range(RUNS)]
    return statistics.median_low([first_jump(run.stderr) for run in runs])


def first_jump(output: str) -> int:
    """Return how many bytes of small structures a program has made when it takes its next chunk for them."""
    steps = [step.figures for step in read_output(output)]
    own = [step["MSpanSys"] + step["GCSys"] for step in steps]
    taken = [sum(step[name] for name in ("MSpanSys", "GCSys", "OtherSys")) for step in steps]
    jump = next(at for at, (old, new) in enumerate(zip(taken, taken[1:], strict=False)) if new - old == CHUNK)
    return (own[jump] + own[jump + 1]) // 2 - own[0]


def main() -> None:
    """Measure the toolchains asked for, all that goxray is verified with if none is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="*", default=toolchains.VERSIONS)
    whole: dict[str, Any] = json.loads(DATA.read_text()) if DATA.exists() else {}
    for version in parser.parse_args().versions:
        line = "go" + ".".join(version.split(".")[:2])
        whole[line] = measure(toolchains.install(version))
        print(line, whole[line]["scan_bytes"])
    rows = [f' "{line}": {json.dumps(found)}' for line, found in sorted(whole.items())]
    DATA.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
