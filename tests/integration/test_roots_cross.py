"""Roots in cores of linux/arm64 and linux/loong64 programs, with symbols and stripped."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.harness import cross
from tests.harness.programs import Build
from tests.harness.roots import Expected, Seen, expected, looking
from tests.harness.variants import CLASSIC, SWISS, Variant

OLDEST = Variant("1.21.13")
BUILDS = [
    pytest.param(Build(variant, goarch=goarch), id=f"{variant}-{goarch}")
    for variant in (OLDEST, CLASSIC, SWISS)
    for goarch in cross.MACHINES
]


@pytest.fixture(scope="module", params=BUILDS)
def core(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[cross.Dead]:
    yield cross.dead(request.param, "roots", directory=tmp_path_factory.mktemp("core"), kill=True, after=0.3)


@pytest.fixture
def seen(core: cross.Dead) -> Iterator[Seen]:
    with looking(core.core, core.exe) as found:
        yield found


@pytest.fixture
def objects(core: cross.Dead) -> list[Expected]:
    return expected(json.loads(core.said)["objects"])


def test_live_objects_have_their_holders_and_dead_ones_none(seen: Seen, objects: list[Expected]) -> None:
    checked = [item for item in objects if item.kind in ("goroutine", "global", "finalizer", "runtime")]
    assert sum(item.live for item in checked) > 60 and sum(not item.live for item in checked) == 7
    for item in checked:
        hits = seen.hits(item.addr)
        held = any(item.holder in hit.holder.text and hit.holder.kind == item.kind for hit in hits)
        assert held == item.live == any(not hit.conservative for hit in hits), item
    # threads that were in the signal's handler when the core was written hide where their goroutines stand
    assert all("it is not known where" in note for note in seen.roots.notes)


def test_preempted_goroutines_hold_by_their_saved_registers(seen: Seen, objects: list[Expected]) -> None:
    spinning = [item for item in objects if item.kind == "spinning"]
    assert len(spinning) == 4
    for item in spinning:
        assert any(hit.conservative and hit.holder.kind in ("goroutine", "register") for hit in seen.hits(item.addr))
