"""What is read of a Go program from outside is what runtime.ReadMemStats and runtime/metrics tell it inside."""

from __future__ import annotations

import re
import struct
import tempfile
from dataclasses import replace

import pytest

from goxray.timeline.counters.cycles import CycleBook
from goxray.timeline.counters.pacing import NO_LIMIT
from goxray.timeline.counters.reader import CounterReader
from goxray.timeline.counters.reading import Counters
from tests.harness.counting import Counting, as_told, build, reading, running
from tests.harness.variants import BASELINES, Variant, params

VARIANTS = (*BASELINES, Variant("1.25.5", ("noswissmap",)))
TRACE = re.compile(
    r"gc (\d+) @([\d.]+)s (\d+)%: ([\d.]+)\+([\d.]+)\+([\d.]+) ms clock, "
    r"[\d.]+\+([\d.]+)/([\d.]+)/([\d.]+)\+[\d.]+ ms cpu, (\d+)->(\d+)->(\d+) MB, (\d+) MB goal, "
    r"\d+ MB stacks, \d+ MB globals, (\d+) P( \(forced\))?"
)


def same(program: Counting, reader: CounterReader, least: int = 55) -> Counters:
    """Compare every figure that both sides have."""
    told, counters = program.still(reader)
    read = as_told(counters)
    shared = told.keys() & read.keys()
    assert len(shared) >= least
    assert {name: read[name] for name in shared} == {name: told[name] for name in shared}
    fraction = struct.unpack("<d", struct.pack("<Q", told["GCCPUFraction"]))[0]
    assert counters.raw.gc_cpu_fraction == fraction
    assert counters.agreement == "exact"
    assert counters.raw.mapped_ready == counters.sys - counters.raw.heap_released  # readmemstats_m checks it as well
    assert (counters.phase, counters.sweep_done) == ("off", True)
    return counters


@pytest.mark.parametrize("variant", params(VARIANTS))
def test_all_figures_are_the_runtimes(variant: Variant) -> None:
    """In eight states: as started, with objects in the Ps' caches, near a limit, GOGC off and 50, more goroutines."""
    with running(build(variant)) as program, reading(program.pid) as reader:
        assert reader.missing == ()
        first = same(program, reader)
        assert first.raw.numgc > first.raw.numforcedgc > 4
        program.ask("o")
        off = same(program, reader)
        assert min(off.heap_goal, off.heap_trigger) >= NO_LIMIT
        program.ask("l")
        limited = same(program, reader)
        assert limited.raw.heap_marked <= limited.heap_goal < 64 << 20
        assert limited.heap_trigger < limited.heap_goal
        program.ask("u")
        program.ask("p")
        program.ask("g")
        half = same(program, reader)
        assert (half.raw.gc_percent, half.raw.numforcedgc) == (50, first.raw.numforcedgc + 1)
        program.ask("n")
        more = same(program, reader)
        assert more.goroutines is not None and half.goroutines is not None
        assert more.goroutines == half.goroutines + 100
        program.ask("d")
        program.ask("f")
        freed = same(program, reader)
        assert freed.raw.heap_released > half.raw.heap_released
        assert freed.heap_alloc < half.heap_alloc


@pytest.mark.parametrize("variant", params(VARIANTS))
def test_objects_in_the_caches_of_the_ps_count(variant: Variant) -> None:
    """ReadMemStats flushes the caches; what was read before it knew already what they hold."""
    with running(build(variant)) as program, reading(program.pid) as reader:
        program.ask("o")
        program.ask("s")
        program.ask("a")
        read = reader.read()
        told = program.ask("s")
        assert read.raw.numgc == told["NumGC"]
        assert read.unflushed is not None and read.unflushed.objects > 10 and read.unflushed.tiny > 10
        assert read.books.allocated + read.unflushed.nbytes == told["TotalAlloc"]
        found = (read.heap_alloc, read.heap_objects, read.mallocs, read.frees)
        assert found == tuple(told[name] for name in ("HeapAlloc", "HeapObjects", "Mallocs", "Frees"))
        assert reader.read(caches=False).unflushed is None


@pytest.mark.parametrize("variant", params(VARIANTS))
def test_a_read_of_a_busy_program_lies_between_two_readings_of_its_own(variant: Variant) -> None:
    """What only grows must lie between what the program said before and says after, up to a batch for each P.

    Its own readings flush the caches, which may come to more than has been counted when we read.
    """
    grows = ("TotalAlloc", "Mallocs", "Frees", "NumGC", "NumForcedGC", "PauseTotalNs", "LastGC", "Sys")
    with running(build(variant)) as program, reading(program.pid) as reader:
        program.ask("b")
        for _ in range(20):
            before, counters, after = program.ask("s"), reader.read(), program.ask("s")
            read = as_told(counters)
            batch = (64 << 10) * (counters.raw.gomaxprocs or 1)
            slack = {"TotalAlloc": batch, "Mallocs": batch // 8, "Frees": batch // 8}
            for name in grows:
                assert before[name] - slack.get(name, 0) <= read[name] <= after[name] + slack.get(name, 0), name
        program.ask("q")


@pytest.mark.parametrize("variant", params(BASELINES))
def test_cycles_are_those_of_gctrace(variant: Variant) -> None:
    with tempfile.TemporaryFile("w+") as err:
        with (
            running(build(variant), env={"GODEBUG": "gctrace=1"}, err=err.fileno()) as program,
            reading(program.pid) as reader,
        ):
            assert reader.init_ns is not None
            book = CycleBook(reader.init_ns)
            book.add(reader.read())
            for command in ("g", "a", "g", "d", "f"):
                program.ask(command)
                book.add(reader.read())
            program.ask("a")
            program.ask("g")
            program.ask("g")
            before_pair = reader.read()
            pair = book.add(before_pair)
            told = program.ask("s")
        err.seek(0)
        lines = {int(match[1]): match for match in TRACE.finditer(err.read())}
    assert [cycle.n for cycle in book.cycles] == [*range(book.before + 1, told["NumGC"] + 1)]
    assert [cycle.seen for cycle in pair] == ["end", "whole"]
    assert begun(before_pair, pair[-1].n) == "end"
    for cycle in book.cycles:
        at = (cycle.n + 255) % 256
        assert cycle.pause_ms == told["PauseNs"][at] / 1e6
        assert cycle.forced
        line = lines[cycle.n]
        whole = float(line[2]) + (float(line[4]) + float(line[5]) + float(line[6])) / 1e3
        assert cycle.end_s == pytest.approx(whole, abs=0.002, rel=0.01)
        if cycle.seen == "whole":
            compare(cycle, line)


def begun(counters: Counters, n: int) -> str:
    """How a book sees cycle ``n`` where the next one has begun to overwrite it, and is not counted yet (gcStart)."""
    assert counters.raw.t_end is not None
    book = CycleBook(0)
    book.add(replace(counters, raw=counters.raw._replace(numgc=n - 1)))
    cycles = book.add(replace(counters, raw=counters.raw._replace(t_sweep_term=counters.raw.t_end + 1)))
    return cycles[-1].seen


def compare(cycle: object, line: re.Match[str]) -> None:
    """One cycle and its line: the line rounds to three digits, and bytes down to whole MiB."""
    told = vars(cycle)
    assert int(told["start_s"] * 1e3) == round(float(line[2]) * 1e3)
    clock = [
        told["mark_s"] - told["start_s"],
        told["mark_term_s"] - told["mark_s"],
        told["end_s"] - told["mark_term_s"],
    ]
    for seconds, text in zip(clock, line.group(4, 5, 6), strict=True):
        assert seconds * 1e3 == pytest.approx(float(text), rel=0.1, abs=0.002)
    for name, text in zip(("assist_cpu_ms", "dedicated_cpu_ms", "idle_cpu_ms"), line.group(7, 8, 9), strict=True):
        assert told[name] == pytest.approx(float(text), rel=0.1, abs=0.002)
    sizes = (told[name] >> 20 for name in ("heap_start", "heap_end", "heap_live", "goal"))
    assert (*sizes, told["procs"]) == tuple(int(text) for text in line.group(10, 11, 12, 13, 14))
    assert told["forced"] == bool(line[15])


@pytest.mark.xdist_group("watch-busy")
def test_a_thousand_reads_of_a_busy_program_fit_together() -> None:
    with running(build()) as program, reading(program.pid) as reader:
        program.ask("b")
        reads = [reader.read() for _ in range(1000)]
        program.ask("q")
        told, still = program.still(reader)
    whole = [read for read in reads if read.agreement != "torn"]
    assert len(whole) > 950
    assert whole[-1].raw.numgc > whole[0].raw.numgc + 3
    for name in ("numgc", "pause_total_ns", "last_gc_nanotime", "total_alloc", "total_free"):
        values = [getattr(read.raw, name) for read in whole]
        assert values == sorted(values), name
    for read in whole:
        raw, books = read.raw, read.books
        slack = 0 if read.agreement == "exact" else (64 << 10) * (raw.gomaxprocs or 1)
        kept = books.committed - books.in_stacks - books.in_work
        assert abs(kept - raw.heap_in_use - raw.heap_free) <= slack
        assert abs(books.in_heap - raw.heap_in_use) <= slack
        assert abs(books.allocated - raw.total_alloc) <= slack
        assert raw.heap_marked <= raw.heap_live or read.phase != "off"
        assert read.heap_alloc <= raw.heap_in_use + 2 * (64 << 10) * (raw.gomaxprocs or 1)
        assert read.heap_trigger <= read.heap_goal
    assert as_told(still)["TotalAlloc"] == told["TotalAlloc"] >= whole[-1].books.allocated
