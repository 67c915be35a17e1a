"""Maps that a mark has found dead and that wait for the sweeper are no maps: what they point to may be in other use.

The program knows which of its maps are alive. It stands still right after a mark, with its only processor kept from the
sweeper, and has put a stack and other objects where entries of the dead maps were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from goxray.goruntime.runtime import Runtime
from goxray.heap.spanbits import SpanBits, dead_slots
from goxray.maps.headers import find_headers
from goxray.maps.swiss import SwissHeaders
from goxray.target.open import open_target
from tests.harness import compare
from tests.harness.inspect import inspect
from tests.harness.programs import Build, build
from tests.harness.speaking import speaking
from tests.harness.variants import Variant, params

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHOSEN = (
    Variant("1.21.13"),
    Variant("1.23.9"),
    Variant("1.25.5", ("noswissmap",)),
    Variant("1.25.5", ("greenteagc",)),
    Variant("1.27.3"),
)
ENTRIES = 12


def ready(pid: int, dropped: NDArray[np.uint64]) -> tuple[int, int, int]:
    """Count dead maps whose headers look like live ones, those of them over swept memory, and what heap calls dead."""
    with open_target(str(pid)) as target:
        runtime = Runtime(target)
        runtime.refresh()
        spans, headers = runtime.spans, find_headers(runtime)
        mine = np.isin(headers.addr, dropped)
        array = headers.dir_ptr if isinstance(headers, SwissHeaders) else headers.buckets
        if isinstance(headers, SwissHeaders):
            table, _ = runtime.memory.gather(array, [0])
            at = runtime.layout.offset("internal/runtime/maps.table", "groups")
            array = runtime.memory.gather(table[:, 0], [at])[0][:, 0]  # a groupsReference begins with its address
        behind = spans.sweep_gen[spans.locate(headers.addr).span[mine]]
        under = spans.locate(array[mine]).span
        moved = (under < 0) | (spans.sweep_gen[np.maximum(under, 0)] != behind)
        span = np.unique(spans.locate(headers.addr[mine]).span)
        return int(mine.sum()), int(moved.sum()), int(dead_slots(runtime, SpanBits(runtime))[0][span].sum())


@pytest.mark.parametrize("variant", params(CHOSEN))
def test_dead_maps_that_wait_for_the_sweeper_are_not_listed(variant: Variant) -> None:
    with speaking(build("unswept", Build(variant))) as program:
        kept, dropped = program.said["kept"], program.hear()["dropped"]
        dead, moved, of_heap = ready(program.pid, np.array(dropped, np.uint64))
        assert dead > 1_000
        assert moved > 100
        assert of_heap >= dead, "what heap calls dead are these, and maybe headers whose entries are gone"

        found = inspect(program.pid, verify=True)
        assert found.faults == []
        rows = compare.by_address(compare.rows_of(found))
        assert not rows.keys() & set(dropped)
        assert [rows[header]["entries"] for header in kept] == [ENTRIES] * len(kept)
