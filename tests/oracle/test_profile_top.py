"""Profiles of real programs on every Go version: totals and rows of ``go tool pprof -top``, sums the program's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from goxray import api_profile
from goxray.core.profile_result import MapMemory, ProfileResult
from tests.harness.pprof_tool import top
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import BASELINES, SWISS, Variant, params

KINDS = ("heap", "allocs", "cpu", "goroutine", "block", "mutex")
TEXTS = {"goroutine": "goroutine", "block": "contentions", "mutex": "contentions", "heap": "inuse_space"}
BEYOND = 5.0 / 1.96
"""Five standard deviations instead of the 1.96 of 95%: a sound profile is further off once in two million."""


WHOLE = {"main.growByID", "main.growByName", "main.makeHinted", "main.keepList", "main.keepPages"}
"""Functions that inline nothing which allocates."""


class Written(NamedTuple):
    """What the program wrote, and what it counted itself."""

    variant: Variant
    exe: Path
    exact: Path
    sampled: Path
    account: dict[str, Any]


@pytest.fixture(scope="module", params=params(BASELINES))
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    exe = build("profiles", Build(request.param))
    exact, sampled = (tmp_path_factory.mktemp(name) for name in ("exact", "sampled"))
    for mode, directory in (("exact", exact), ("sampled", sampled)):
        subprocess.run([exe, mode, str(directory)], check=True, timeout=60)
    return Written(request.param, exe, exact, sampled, json.loads((exact / "account.json").read_text()))


def rows_of(result: ProfileResult) -> list[tuple[str, int, int]]:
    return [(row.function, row.flats[result.column], row.cums[result.column]) for row in result.top]


def test_every_kind_of_profile_has_the_rows_of_go_s_pprof(written: Written, tmp_path: Path) -> None:
    for kind in KINDS:
        file = written.exact / f"{kind}.pb.gz"
        found = api_profile.profile(str(file))
        shown = found.shown
        said = top(tmp_path, shown.type, shown.unit, file)
        assert rows_of(found) == list(said.rows), kind
        assert shown.total == said.total == shown.net, kind
        assert found.top_total == len(said.rows)


def test_every_sample_type_of_a_sampled_heap(written: Written, tmp_path: Path) -> None:
    file = written.sampled / "heap.pb.gz"
    for kind in ("inuse_objects", "alloc_objects", "alloc_space"):
        found = api_profile.profile(str(file), sample=kind)
        said = top(tmp_path, kind, found.shown.unit, file)
        assert (rows_of(found), found.shown.total) == (list(said.rows), said.total)


def test_a_difference_has_negative_figures_and_the_same_rows(written: Written, tmp_path: Path) -> None:
    after, before = written.exact / "heap.pb.gz", written.exact / "before.pb.gz"
    found = api_profile.profile(str(after), base=str(before))
    said = top(tmp_path, "inuse_space", "bytes", "-base", before, after)
    assert (rows_of(found), found.shown.total) == (list(said.rows), said.total)
    assert found.difference and any(flat < 0 for _, flat, _ in rows_of(found))
    plain, base = (api_profile.profile(str(file)) for file in (after, before))
    assert [kind.net for kind in found.sample_types] == [
        one.net - other.net for one, other in zip(plain.sample_types, base.sample_types, strict=True)
    ]


def test_lines_are_those_of_go_s_pprof(written: Written, tmp_path: Path) -> None:
    file = written.exact / "heap.pb.gz"
    found = api_profile.profile(str(file), lines=True, sort="cum", sample="alloc_space")
    said = top(tmp_path, "alloc_space", "bytes", "-lines", "-cum", file)
    ours = [(f"{row.function} {row.file}:{row.line}", row.flats[1], row.cums[1]) for row in found.top]
    assert ours == list(said.rows) and len(ours) > 20


def test_text_has_the_totals_and_rows_of_go_s_pprof(written: Written, tmp_path: Path) -> None:
    """Go's pprof looks names up in the executable and does not see what was inlined, which the comments tell.

    The tool that is asked knows the tables of functions up to Go 1.25.
    """
    for kind, index in TEXTS.items():
        file = written.exact / f"{kind}.txt"
        found = api_profile.profile(str(file), sample=index, exe=str(written.exe))
        said = top(tmp_path, index, found.shown.unit, written.exe, file)
        assert found.form == "text" and found.shown.total == said.total, kind
        if written.variant.minor > 25:
            continue
        own, other = ({row[0]: row[1:] for row in rows} for rows in (rows_of(found), said.rows))
        for name in sorted(WHOLE & own.keys()):
            assert own[name] == other[name], kind
        for name in ("main.main", "main.writeAll", "runtime.main"):
            assert own.get(name, (0, 0))[1] == other.get(name, (0, 0))[1], kind


def test_text_without_the_executable_counts_for_what_go_shows(written: Written) -> None:
    found = api_profile.profile(str(written.exact / "goroutine.txt"))
    waiting = {row.function: row.flats[0] for row in found.top}
    assert waiting["main.park.func1"] == 7 and found.shown.total == written.account["goroutines"]
    assert not any(name.startswith("runtime.gopark") for name in waiting)


def test_text_agrees_with_protobuf_of_the_same_moment(written: Written) -> None:
    """Between the two the program allocates what the writers need, and nothing that they kept alive is its own."""
    text, binary = (api_profile.profile(str(written.exact / f"heap.{form}")) for form in ("txt", "pb.gz"))
    own = [
        {row.function: (row.flats[3], row.cums[3]) for row in each.top if row.function.startswith("main.keep")}
        for each in (text, binary)
    ]
    assert own[0] == own[1] and len(own[0]) == 2
    threads = api_profile.profile(str(written.exact / "threadcreate.txt"))
    assert threads.shown.type == "threadcreate" and threads.shown.total >= 1


def test_the_memstats_of_the_text_are_the_program_s(written: Written) -> None:
    stats = api_profile.profile(str(written.exact / "heap.txt")).mem_stats
    told = written.account["mem_stats"]
    for name in ("NextGC", "NumGC", "NumForcedGC", "LastGC"):
        assert stats[name] == told[name], name
    for name in ("Alloc", "TotalAlloc", "HeapAlloc", "Mallocs"):
        assert 0 <= stats[name] - told[name] < 256 << 10, name


def test_exact_sums_are_what_the_program_counts(written: Written) -> None:
    found = api_profile.profile(str(written.exact / "heap.pb.gz"))
    flats = {row.function: row.flats for row in found.top}
    assert flats["main.keepList"] == (5000, 5000 * 64, 5000, 5000 * 64)  # 56 bytes each, of the size class 64
    pages = flats["main.keepPages"]
    assert pages[2] == 50 + 1 and 0 < pages[3] - 50 * (40 << 10) <= 2048  # and the slice of 50 headers
    kept = flats["main.keepList"][3] + pages[3]
    assert abs(kept - written.account["kept_bytes"]) < 16 << 10  # what the runtime itself allocates meanwhile
    stats = written.account["mem_stats"]
    # What the runtime allocated before main.init set the rate is in HeapAlloc alone.
    assert 0 <= stats["HeapAlloc"] - found.sample_types[3].net < 128 << 10


def test_exact_map_memory_is_what_the_maps_take(written: Written) -> None:
    found = api_profile.profile(str(written.exact / "heap.pb.gz"), exe=str(written.exe))
    memory = memory_of(found)
    own = [row for row in memory.rows if row.function.startswith("main.") and row.inuse_bytes]
    strings = sum(row.flats[3] for row in found.top if row.function.startswith("fmt."))
    assert abs(sum(row.inuse_bytes for row in own) + strings - written.account["map_bytes"]) < 8192
    assert all(row.inuse_error == 0 for row in own)
    typed = {(row.function, row.how): row.map_type for row in own if row.map_type}
    assert typed[("main.growByID", "grown")] == "map[int64]int64"
    assert typed[("main.growByName", "grown")] == "map[string]*main.node"
    assert typed[("main.makeHinted", "made")] == "map[int64]int64"


def memory_of(found: ProfileResult) -> MapMemory:
    assert found.map_memory is not None
    return found.map_memory


def test_the_arrays_of_a_map_are_named_by_their_size(written: Written) -> None:
    """20,000 entries: a classic map has 2^12 buckets; a Swiss one tables of 128 groups, or of 64 before they split."""
    found = api_profile.profile(str(written.exact / "heap.pb.gz"), exe=str(written.exe))
    row = next(row for row in memory_of(found).rows if (row.function, row.how) == ("main.growByID", "grown"))
    largest = {(size.shape, size.count) for size in row.sizes if size.inuse_objects and size.bytes > 4096}
    assert largest in ({("buckets", 4096)}, {("groups", 128)}, {("groups", 128), ("groups", 64)})
    grown = {size.count for size in row.sizes if size.shape in ("buckets", "groups")}
    assert grown >= {1, 2, 4, 8, 16, 32, 64}


def test_sampled_figures_are_within_their_errors(written: Written) -> None:
    exact, sampled = (
        api_profile.profile(str(directory / "heap.pb.gz"), exe=str(written.exe))
        for directory in (written.exact, written.sampled)
    )
    memory, truth = memory_of(sampled), memory_of(exact)
    assert sampled.period == 4096 and truth.inuse_error == 0
    assert abs(memory.inuse_total - truth.inuse_total) <= BEYOND * memory.inuse_total_error + (64 << 10)
    assert abs(memory.inuse_bytes - truth.inuse_bytes) <= BEYOND * memory.inuse_error
    assert 0 < memory.inuse_error < 0.1 * truth.inuse_bytes  # so narrow that a fault of a quarter would show
    whole, part = (
        {(row.function, row.how): row for row in each.rows if row.function in WHOLE} for each in (truth, memory)
    )
    for key, row in part.items():
        assert abs(row.inuse_bytes - whole[key].inuse_bytes) <= BEYOND * row.inuse_error, key


@pytest.mark.parametrize("variant", params((Variant("1.23.9"), SWISS)))
def test_live_maps_explain_the_lines_that_allocated_them(variant: Variant, tmp_path: Path) -> None:
    exe = build("profiles", Build(variant))
    file = tmp_path / "heap.pb.gz"
    with speaking(exe, "maps", str(file)) as program:
        found = api_profile.profile(str(file), exe=str(exe), maps=str(program.pid))
    memory = memory_of(found)
    rows = [row for row in memory.rows if row.function.startswith("main.") and row.inuse_bytes]
    by_type: dict[str, int] = {}
    for row in rows:
        by_type[row.map_type] = by_type.get(row.map_type, 0) + row.inuse_bytes
    headers = by_type.pop("")  # runtime.makemap_small takes no type: two headers
    live = {row.map_type: row.live_bytes for row in rows if row.map_type}
    assert sum(by_type.values()) + headers == sum(size or 0 for size in live.values())
    owners = {each.owner for row in rows for each in row.live}
    assert owners == {"main.byID", "main.byName", "main.hinted"}
    told = {each.map_type: (each.verdict, each.maps) for each in memory.types}
    assert told["map[int64]int64"] == ("agree", 2) and told["map[string]*main.node"] == ("agree", 1)
    assert memory.looked_at == str(program.pid) and (memory.live_bytes or 0) >= sum(size or 0 for size in live.values())


def test_a_process_lends_its_executable_where_the_file_is_gone(tmp_path: Path) -> None:
    exe = Path(shutil.copy(build("profiles", Build(SWISS)), tmp_path / "service"))
    file = tmp_path / "heap.pb.gz"
    with speaking(exe, "maps", str(file)) as program:
        exe.unlink()
        found = api_profile.profile(str(file), maps=str(program.pid))
        alone = api_profile.profile(str(file))
    assert {row.map_type for row in memory_of(found).rows if row.live} >= {"map[int64]int64", "map[string]*main.node"}
    assert not memory_of(alone).known and [note.id for note in alone.notes][:1] == ["hidden"]
