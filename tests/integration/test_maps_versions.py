"""Go versions that are too old or that nobody has verified are refused in one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray.core.errors import UnsupportedGo
from tests.harness import compare
from tests.harness.inspect import command, inspect
from tests.harness.patching import claim_version
from tests.harness.programs import Build, build
from tests.harness.truth import TruthProgram
from tests.harness.variants import Variant

SETS = ("shapes", "reach")


def claiming(real: str, claimed: str, directory: Path) -> TruthProgram:
    how = Build(Variant(real))
    exe = claim_version(build("truth", how), directory / f"claims-{claimed}", real, claimed)
    return TruthProgram(how, sets=SETS, exe=exe)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[TruthProgram]:
    with claiming("1.21.13", "1.20.14", tmp_path) as program:
        yield program


@pytest.fixture
def unverified(tmp_path: Path) -> Iterator[TruthProgram]:
    with claiming("1.27.3", "1.28.0", tmp_path) as program:
        yield program


def test_go_1_20_is_refused(old: TruthProgram) -> None:
    assert old.truth.meta["go"] == "go1.20.14"
    for allowed in (False, True):
        with pytest.raises(UnsupportedGo, match=r"1\.20"):
            inspect(old.pid, allow_unverified=allowed)
    assert old.running()


def test_an_unverified_version_is_refused(unverified: TruthProgram) -> None:
    assert unverified.truth.meta["go"] == "go1.28.0"
    with pytest.raises(UnsupportedGo, match=r"1\.28") as refusal:
        inspect(unverified.pid)
    assert "--allow-unverified" in refusal.value.hint
    assert unverified.running()


def test_an_unverified_version_is_read_on_demand_and_stamped(unverified: TruthProgram) -> None:
    result = inspect(unverified.pid, allow_unverified=True)
    rows = compare.rows_of(result)
    assert compare.differences(unverified.truth, rows) == []
    assert result.unverified and result.build.go_version == "go1.28.0"
    for form in ("table", "json"):
        done = command("maps", str(unverified.pid), "--allow-unverified", "--format", form)
        assert done.status == 0
        assert "unverified" in done.out.lower()


def test_the_command_says_so_in_a_line(old: TruthProgram, unverified: TruthProgram) -> None:
    for program, version in ((old, "1.20"), (unverified, "1.28")):
        done = command("maps", str(program.pid))
        assert done.status == 3 and done.out == ""
        first, *rest = done.err.strip().splitlines()
        assert version in first and len(rest) <= 1
