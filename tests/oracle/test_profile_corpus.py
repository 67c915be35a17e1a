"""The corpus of old Go versions, and the profile of Go's own compiler: what ``go tool pprof`` says of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from goxray import api_profile
from goxray.core.profile_result import ProfileResult
from tests.harness.pprof_tool import top
from tests.harness.variants import CLASSIC, SWISS

CORPUS = Path(__file__).parents[1] / "corpus" / "pprof"
FILES = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("go*/*"))
VERSIONS = sorted({name.partition("/")[0] for name in FILES})
KEPT = {"main.keepList": (1000, 1000 * 64), "main.keepPages": (10, 10 * (40 << 10))}


def rows_of(result: ProfileResult) -> list[tuple[str, int, int]]:
    return [(row.function, row.flats[result.column], row.cums[result.column]) for row in result.top]


@pytest.mark.parametrize("name", FILES)
def test_totals_and_rows_are_those_of_go_s_pprof(name: str, tmp_path: Path) -> None:
    """Text is only compared in its total: without the executable the tool has no names."""
    found = api_profile.profile(str(CORPUS / name))
    if name.endswith("threadcreate.txt"):  # which the tool refuses
        assert found.shown.total == 5 and found.kind == "threadcreate"
        return
    said = top(tmp_path, found.shown.type, found.shown.unit, CORPUS / name)
    assert found.shown.total == said.total > 0
    if found.form == "protobuf":
        assert rows_of(found) == list(said.rows) and said.rows


@pytest.mark.parametrize("version", VERSIONS)
def test_both_forms_tell_what_the_program_keeps(version: str) -> None:
    for name in ("heap.pb.gz", "heap.txt.gz"):
        found = api_profile.profile(str(CORPUS / version / name))
        flats = {row.function: row.flats for row in found.top}
        assert flats["main.keepList"][2:] == KEPT["main.keepList"]
        objects, size = flats["main.keepPages"][2:]  # ten pages and the slice that holds them
        assert (objects, size) == (11, KEPT["main.keepPages"][1] + 384)
        assert {"runtime.mapassign_fast64", "runtime.hashGrow"}.isdisjoint(flats)
        assert found.sample_types[3].net == sum(row.flats[3] for row in found.top)
    waiting = api_profile.profile(str(CORPUS / version / "goroutine.txt"))
    assert rows_of(waiting)[0] == ("main.main.func1", 4, 4)


@pytest.mark.parametrize("version", VERSIONS)
def test_contention_is_the_same_in_both_forms(version: str) -> None:
    """Text counts cycles, protobuf nanoseconds; both are of one moment, as nothing contends in between."""
    for kind in ("mutex", "block"):
        text, binary = (api_profile.profile(str(CORPUS / version / f"{kind}.{form}")) for form in ("txt", "pb.gz"))
        assert [each.type for each in text.sample_types] == ["contentions", "delay"]
        assert text.sample_types[0].total == binary.sample_types[0].total
        assert text.sample_types[1].total == pytest.approx(binary.sample_types[1].total, rel=1e-6)


@pytest.mark.parametrize("version", [CLASSIC.version, SWISS.version])
def test_the_profile_that_go_s_own_compiler_is_built_with(version: str, tmp_path: Path) -> None:
    from goxray.target import toolchains

    file = toolchains.install(version).root / "src" / "cmd" / "compile" / "default.pgo"
    found = api_profile.profile(str(file))
    said = top(tmp_path, "cpu", "nanoseconds", file)
    assert rows_of(found) == list(said.rows) and len(said.rows) > 2000
    assert found.shown.total == said.total
