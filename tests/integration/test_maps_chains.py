"""Maps at the ends of long ways: lists, trees and rings of many nodes are walked to the end, in few steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from goxray import api
from goxray.core.result import MapsResult
from goxray.maps.walker import Walker
from tests.harness import compare
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import Variant, params

TYPES = {
    "singles": "map[string]int",
    "doubles": "map[int]int",
    "deep": "map[int32]string",
    "bushy": "map[int32]string",
    "circle": "map[uint8]uint8",
    "larges": "map[uint16]bool",
    "index": "map[string]*container/list.Element",
    "entries": "map[string]string",
    "boxes": "map[int8]int8",
    "rings": "map[float64]int",
}
ROOTS = {name: f"main.{name}" for name in TYPES} | {"index": "main.cache.byKey", "entries": "main.cache"}
NODES = {"singles": 200_000, "index": 1, "bushy": (1 << 14) - 1}
"""How many maps hang on each chain; 20,000 on those that are not named."""

MOST_OWNERS = 6
"""The first nodes have names of their own (``main.head.tags``, ``main.head.next.tags``), all others one."""

MOST_STEPS = 6000
"""So many steps for half a million nodes; one by one it would take two hundred thousand."""


@dataclass(frozen=True)
class Looked:
    chains: dict[str, list[int]]
    result: MapsResult
    owners: MapsResult
    steps: int


@pytest.fixture(scope="module")
def looked(variant: Variant) -> Iterator[Looked]:
    steps = Counter[str]()
    visit = Walker._visit

    def counted(walker: Walker, *arguments: object) -> None:
        steps["taken"] += not walker.sample
        visit(walker, *arguments)

    with speaking(build("chains", Build(variant))) as program, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Walker, "_visit", counted)
        result = api.maps(str(program.pid), group="none")
        taken = steps["taken"]
        owners = api.maps(str(program.pid), group="owner")
        yield Looked(program.said["chains"], result, owners, taken)


pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.parametrize(
        "variant", params((Variant("1.21.13"), Variant("1.23.9"), Variant("1.27.3"))), indirect=True
    ),
]


def test_every_map_is_typed(looked: Looked) -> None:
    index = compare.columns_of(looked.result, "type", "found_by")
    assert {name: len(addrs) for name, addrs in looked.chains.items()} == {n: NODES.get(n, 20_000) for n in TYPES}
    for name, addrs in looked.chains.items():
        found = Counter(index.get(addr) for addr in addrs)
        assert found == {(TYPES[name], "both"): len(addrs)}, name


def test_every_chain_has_few_owners(looked: Looked) -> None:
    index = compare.columns_of(looked.result, "owner")
    for name, addrs in looked.chains.items():
        owners = Counter(str(index[addr][0]) for addr in addrs)
        assert len(owners) <= MOST_OWNERS, name
        assert {owner for owner in owners if not owner.startswith(ROOTS[name])} == set(), name
        assert max(map(len, owners)) < 80, name


def test_grouping_keeps_every_map(looked: Looked) -> None:
    rows = looked.owners.table.to_pylist()
    for name, addrs in looked.chains.items():
        held = [row for row in rows if row["type"] == TYPES[name] and str(row["owner"]).startswith(ROOTS[name])]
        assert 1 <= len(held) <= MOST_OWNERS, name
        assert sum(row["count"] for row in held) == len(addrs), name
    assert looked.owners.totals == looked.result.totals


def test_few_steps_are_taken(looked: Looked) -> None:
    assert looked.steps < MOST_STEPS
    assert looked.result.notes == [] and looked.result.faults == []
