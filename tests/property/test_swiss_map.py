"""The model of Swiss maps behaves as a dict does, whatever is done to it, while it is ranged over too.

Lives of any kind, with all arrays recounted after each step; and a million and a half operations in bulk.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from goxray.model import SwissMap
from tests.harness.map_bulk import live
from tests.harness.map_machine import MapMachine


class SwissMachine(MapMachine):
    """All builds with Swiss maps."""

    builds = ("1.24", "1.25", "1.26", "1.27", "1.27:mapsplitgroup")
    kind = SwissMap


TestSwissMachine = SwissMachine.TestCase
TestSwissMachine.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize(
    ("go", "key", "elem", "total"),
    [
        ("1.24", "int64", "int64", 500_000),
        ("1.25", "string", "int64", 500_000),
        ("1.26", "float64", "string", 500_000),
        ("1.27", "any", "any", 150_000),
        ("1.27:mapsplitgroup", "[20]int64", "[17]int64", 25_000),
    ],
)
def test_hundreds_of_thousands_of_operations(go: str, key: str, elem: str, total: int) -> None:
    assert live(SwissMap, go, key, elem, total, seed=4) >= total
