"""The account of RSS against what the program says of itself and what the kernel says of the program."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from goxray.goruntime.accounts import read_account
from goxray.goruntime.runtime import Runtime
from goxray.heap import rss, rss_mappings
from goxray.heap.rss import rss_table
from goxray.target.coalesce import Bytes, Hole, Ints, Words
from goxray.target.memory import Memory
from goxray.target.open import open_target
from goxray.target.residency import Residency, take_residency
from tests.harness import rss_program, steady
from tests.harness.programs import Build
from tests.harness.rss_program import RssProgram, everything_reachable, running
from tests.harness.truth import TruthProgram
from tests.harness.variants import CLASSIC, SWISS, Variant, params

STATES = ("", "a", "hc", "s", "e", "c", "do", "t")
"""Commands that lead from state to state: filled, half freed, with goroutines, without, collected, returned, large."""
BOTH = params((CLASSIC, SWISS))


@pytest.fixture
def program(variant: Variant) -> Iterator[RssProgram]:
    with running(Build(variant)) as started:
        yield started


def test_every_figure_is_the_programs_own_in_every_state(program: RssProgram) -> None:
    for commands in STATES:
        program.do(commands)
        with program.look() as look:
            spans, account, stats = look.runtime.spans, look.account, look.stats
            rows = look.rows()
            scavenged, kept = (rows[name].bytes if name in rows else 0 for name in (rss.SCAVENGED, rss.FREE_PAGES))
            figures = account.figures
            assert figures is not None
            seen = {
                "HeapAlloc": look.live_bytes,
                "HeapObjects": look.live_objects,
                "HeapInuse": int((spans.end - spans.start).sum()),
                "HeapIdle": scavenged + kept,
                "HeapReleased": account.scavenged.bytes,
                "StackInuse": account.stack_spans.bytes,
                "MetadataSys": figures.metadata_sys + account.metadata["GC work buffers"].bytes,
                "Sys": figures.sys,
            }
            assert seen == {name: stats[name] for name in seen}, commands
            assert (figures.heap_inuse, figures.heap_idle) == (stats["HeapInuse"], stats["HeapIdle"]), commands
            assert (figures.heap_released, figures.stack_inuse) == (stats["HeapReleased"], stats["StackInuse"]), (
                commands
            )
            assert scavenged == stats["HeapReleased"], commands
            in_spans = [rows[name].bytes for name in (rss.LIVE, rss.FREE_SLOTS, rss.TAILS)]
            assert (in_spans[0], sum(in_spans)) == (stats["HeapAlloc"], stats["HeapInuse"]), commands
            assert account.notes == []


def test_the_sums_are_the_kernels_in_every_state(program: RssProgram) -> None:
    for commands in STATES:
        program.do(commands)
        with program.look() as look:
            rows = look.rows()
            assert sum(row.resident_bytes or 0 for row in rows.values()) == sum(
                resident for _, _, resident in look.smaps
            )
            assert sum(row.bytes for row in rows.values()) == sum(size for _, size, _ in look.smaps)
            assert look.residency.exact
            assert all(0 <= (row.resident_bytes or 0) <= row.bytes for row in rows.values()), rows


def test_the_last_collection_marked_what_is_left_after_it(program: RssProgram) -> None:
    assert program.stats["NumGC"] == 0
    program.do("ahcc")  # the second collection finds all of it swept
    with program.look() as look:
        assert look.marked_bytes is not None
        # what was allocated since the marking (by the runtime itself, for the collection) is live, but was not marked
        assert abs(look.marked_bytes - look.stats["HeapAlloc"]) < 1 << 14


def test_memory_returned_to_the_os_is_not_in_ram(program: RssProgram) -> None:
    program.do("ado")
    with program.look() as look:
        rows = look.rows()
        assert rows[rss.SCAVENGED].bytes == look.stats["HeapReleased"] > 8 << 20
        assert rows[rss.SCAVENGED].resident_bytes == 0
        assert (rows[rss.FREE_PAGES].bytes if rss.FREE_PAGES in rows else 0) < 1 << 20


def test_of_a_large_object_exactly_the_touched_pages_are_in_ram(program: RssProgram) -> None:
    with program.look() as look:
        before = look.rows()[rss.LIVE]
    start = program.do("t")["told"]
    with program.look() as look:
        after = look.rows()[rss.LIVE]
        whole = np.array([start], np.uint64)
        touched = whole + np.uint64(rss_program.TOUCHED)
        assert look.residency.resident_bytes(whole, touched).tolist() == [rss_program.TOUCHED]
        assert look.residency.resident_bytes(touched, whole + np.uint64(rss_program.LARGE)).tolist() == [0]
    assert rss_program.LARGE <= after.bytes - before.bytes < rss_program.LARGE + (1 << 14)
    grown = (after.resident_bytes or 0) - (before.resident_bytes or 0)
    assert rss_program.TOUCHED <= grown < rss_program.TOUCHED + (1 << 16)


def test_free_slots_are_what_was_dropped(program: RssProgram) -> None:
    program.do("ac")
    with program.look() as look:
        full = look.rows()
    before = program.stats["HeapAlloc"]
    program.do("hc")
    with program.look() as look:
        half = look.rows()
    freed = before - program.stats["HeapAlloc"]
    assert freed > 4 << 20
    assert full[rss.LIVE].bytes - half[rss.LIVE].bytes == freed
    left = half[rss.FREE_SLOTS].bytes - full[rss.FREE_SLOTS].bytes
    assert freed // 2 < left <= freed  # every second one of the small objects leaves a hole, spans of one object go


def test_stacks_are_those_of_living_goroutines(program: RssProgram) -> None:
    wanted = rss_program.GOROUTINES * rss_program.STACK
    program.do("s")
    with program.look() as look:
        rows = look.rows()
        assert wanted <= rows[rss.STACKS].bytes < wanted + (2 << 20)
        assert (rows[rss.STACKS].resident_bytes or 0) >= rss_program.GOROUTINES * 100_000
        assert rows[rss.STACKS].bytes + rows[rss.FREE_STACKS].bytes == look.stats["StackInuse"]
    program.do("e")
    with program.look() as look:
        assert look.rows()[rss.STACKS].bytes < 2 << 20


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_memory_that_the_program_maps_itself_is_not_the_runtimes(program: RssProgram) -> None:
    program.do("p")
    with program.look() as look:
        other = look.rows()[rss_mappings.OTHER]
        for size in (other.bytes, other.resident_bytes or 0):
            assert rss_program.MAPPED <= size < rss_program.MAPPED + (1 << 20)


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_the_runtimes_memory_is_found_where_the_runtime_counts_it(program: RssProgram) -> None:
    """What is mapped for the runtime's records is what its counters say, but for the kernel's rounding to pages."""
    program.do("ahcs")
    with program.look() as look:
        rows, account = look.rows(), look.account
        names = [*rss.METADATA.values(), rss_mappings.METADATA_OTHER]
        mapped = sum(rows[name].bytes for name in names if name in rows)
        assert account.obtained is not None
        assert abs(mapped - account.obtained - account.metadata["GC work buffers"].bytes) < 64 << 10
        known = rows[rss.METADATA["records"]].resident_bytes or 0
        assert known > 1 << 20  # the program has thousands of spans, and their records are there


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_memory_read_while_it_changes_still_adds_up(program: RssProgram) -> None:
    program.do("a")
    with open_target(str(program.pid)) as target:
        runtime = Runtime(target)
        runtime.refresh()
        census = everything_reachable(runtime)
        program.do("hcs")
        account = read_account(runtime)
        program.do("ecdo")
        residency = take_residency(program.pid)
        rows = rss_table(runtime, account, residency, census)
    assert sum(row.resident_bytes or 0 for row in rows) == residency.rss
    assert sum(row.bytes for row in rows) == sum(mapping.end - mapping.start for mapping in residency.mappings)


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_without_a_look_at_pages_the_sums_hold_and_a_note_says_so(program: RssProgram) -> None:
    program.do("ahc")
    with program.look() as look:
        blind = Residency(look.residency.mappings, {}, look.residency.page_size)
        rows = rss_table(look.runtime, look.account, blind, look.census)
        assert sum(row.resident_bytes or 0 for row in rows) == look.residency.rss
        assert [row.bytes for row in rows] == [row.bytes for row in look.rows().values()]
        (note,) = blind.explained()
        assert str(blind.rss) in note


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_a_core_has_the_same_categories_without_ram(program: RssProgram, tmp_path: Path) -> None:
    program.do("ahcs")
    with program.look() as look:
        alive = look.rows()
    core = steady.gcore(program.pid, tmp_path)
    with open_target(str(core)) as target:
        runtime = Runtime(target)
        runtime.refresh()
        account = read_account(runtime)
        dumped = {row.category: row for row in rss_table(runtime, account, None, everything_reachable(runtime))}
    assert {row.resident_bytes for row in dumped.values()} == {None}
    index = (rss.METADATA["heap index"], rss_mappings.METADATA_OTHER)  # gdb does not say what is only reserved of it
    same = [name for name in rss.CATEGORIES[: rss.CATEGORIES.index(rss_mappings.LIBRARIES)] if name not in index]
    assert {name: dumped[name].bytes for name in same if name in dumped} == {
        name: alive[name].bytes for name in same if name in alive
    }


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_damaged_memory_ends_in_notes_and_exact_sums(
    program: RssProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bits are flipped in all that is read of the account, from one in 30,000 to one in 300."""
    program.do("ahcs")
    core = steady.gcore(program.pid, tmp_path)
    residency = take_residency(program.pid)
    whole = sum(mapping.end - mapping.start for mapping in residency.mappings)
    damaged = 0
    with open_target(str(core)) as target:
        runtime = Runtime(target)
        runtime.refresh()
        census = everything_reachable(runtime)
        for seed in range(30):
            with monkeypatch.context() as patch:
                flip_bits(runtime.memory, patch, np.random.default_rng(seed), [3e-5, 3e-4, 3e-3][seed % 3])
                account = read_account(runtime)
            damaged += bool(account.notes)
            rows = rss_table(runtime, account, residency, census)
            assert sum(row.resident_bytes or 0 for row in rows) == residency.rss
            assert sum(row.bytes for row in rows) == whole
    assert damaged > 5


def flip_bits(memory: Memory, patch: pytest.MonkeyPatch, rng: np.random.Generator, often: float) -> None:
    """Let reads return damaged bytes."""
    copy, fill = memory._copy, memory._fill

    def damage(out: Bytes) -> None:
        places = rng.integers(0, max(out.size, 1), rng.binomial(8 * out.size, often))
        if out.size:
            np.bitwise_xor.at(out, places, (1 << rng.integers(0, 8, len(places))).astype(np.uint8))

    def damaged_copy(addr: int, out: Bytes) -> int:
        got = copy(addr, out)
        damage(out[:got])
        return got

    def damaged_fill(starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        holes = fill(starts, sizes, out)
        damage(out[: int(sizes.sum())])
        return holes

    patch.setattr(memory, "_copy", damaged_copy)
    patch.setattr(memory, "_fill", damaged_fill)


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_a_stripped_program_is_accounted_for_as_exactly(variant: Variant) -> None:
    with running(Build(variant, ldflags="-s -w")) as program:
        program.do("ahcs")
        with program.look() as look:
            rows = look.rows()
            assert sum(row.resident_bytes or 0 for row in rows.values()) == look.residency.rss
            in_caches = look.stats["HeapReleased"] - rows[rss.SCAVENGED].bytes  # of Ps, which may not be found
            assert 0 <= in_caches <= 64 * 8192 * (os.cpu_count() or 1)
            assert in_caches == 0 or any("runtime.allp" in note for note in look.account.notes)
            assert int((look.runtime.spans.end - look.runtime.spans.start).sum()) == look.stats["HeapInuse"]
            stacks = sum(rows[name].bytes for name in (rss.STACKS, rss.FREE_STACKS) if name in rows)
            assert stacks == look.stats["StackInuse"]


@pytest.mark.parametrize("variant", BOTH, indirect=True)
def test_what_is_c_is_not_gos(variant: Variant) -> None:
    with TruthProgram(Build(variant, cgo=True), sets=("shapes",)) as program, open_target(str(program.pid)) as target:
        runtime = Runtime(target)
        with target.freeze():
            runtime.refresh()
            account, residency = read_account(runtime), take_residency(program.pid)
            census = everything_reachable(runtime)
            threads = len(list(Path(f"/proc/{program.pid}/task").iterdir()))
            smaps = rss_program.plain_smaps(program.pid)
        rows = {row.category: row for row in rss_table(runtime, account, residency, census)}
    assert account.cgo
    libraries = sum(resident for name, _, resident in smaps if ".so" in name)
    assert libraries <= (rows[rss_mappings.LIBRARIES].resident_bytes or 0) <= libraries + (1 << 16)
    heap = sum(size for name, size, _ in smaps if name == "[heap]")
    arenas = rows[rss_mappings.C_HEAP].bytes - heap
    assert heap > 0
    assert 0 <= arenas <= threads * (1 << 20)
    stacks = rows[rss_mappings.THREAD_STACKS].bytes
    assert (threads - 1) * (8 << 20) <= stacks < threads * (9 << 20)
    assert (rows[rss_mappings.THREAD_STACKS].resident_bytes or 0) < 1 << 20
    assert sum(row.resident_bytes or 0 for row in rows.values()) == sum(resident for _, _, resident in smaps)
