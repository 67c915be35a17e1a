"""Both kinds of maps refuse what is none of their type, in one clear line and before anything is changed."""

from __future__ import annotations

import numpy as np
import pytest

from goxray.core.errors import GoxrayError, UsageError
from goxray.model import ClassicMap, SwissMap
from goxray.model.builds import build_layout
from goxray.model.encode import Iface
from goxray.model.gotypes import parse_type

Made = ClassicMap | SwissMap
BUILDS: dict[str, type[ClassicMap] | type[SwissMap]] = {"1.23": ClassicMap, "1.27": SwissMap}


@pytest.fixture(params=list(BUILDS))
def go(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def made(go: str, go_type: str) -> Made:
    kind = BUILDS[go]
    return kind(go_type, go)


@pytest.mark.parametrize(
    ("go_type", "key", "elem", "said"),
    [
        ("map[string]string", "a", 5, "5 is no value of string"),
        ("map[string]int", "a", "x", "'x' is no value of int"),
        ("map[string]int8", "a", 300, "300 does not fit int8"),
        ("map[string]struct{ a, b int }", "a", (1,), r"\(1,\) is no value of struct { a int; b int }"),
        ("map[int]int", "a", 1, "'a' is no value of int"),
        ("map[int8]int", 1000, 1, "1000 does not fit int8"),
        ("map[int]int", True, 1, "True is no value of int"),
        ("map[int]int", 1.5, 1, "1.5 is no value of int"),
        ("map[string]int", 4, 1, "4 is no value of string"),
    ],
)
def test_values_of_other_types(go: str, go_type: str, key: object, elem: object, said: str) -> None:
    tested = made(go, go_type)
    before = tested.figures()
    with pytest.raises(UsageError, match=f"^{said}$"):
        tested.assign(key, elem)
    assert (len(tested), tested.figures(), len(tested.events)) == (0, before, 1)


def test_what_cannot_be_compared_is_refused_by_an_empty_map_too(go: str) -> None:
    tested = made(go, "map[any]int")
    bad = Iface(parse_type("[]int", build_layout(go)), [1])
    for ask in (tested.assign, tested.access, tested.delete):
        with pytest.raises(GoxrayError, match=r"^hash of unhashable type \[\]int$"):
            ask(bad)


def test_operations_that_do_not_fit_together(go: str) -> None:
    tested = made(go, "map[int]int")
    with pytest.raises(UsageError, match="2 keys, (but )?1 elems"):
        tested.assign_many([1, 2], [1])
    with pytest.raises(UsageError, match="3 operations"):
        tested.apply([0, 0, 0], [1, 2])
    with pytest.raises(UsageError, match="7 is no operation"):
        tested.apply([0, 7], [1, 2], [1, 2])
    with pytest.raises(UsageError, match="an array of float64 is none of int"):
        tested.assign_many(np.array([1.5]))
    assert len(tested) == 0


@pytest.mark.parametrize("go_type", ["[]int", "int", "map[[]int]int", "map[func()]int", "map[map[int]int]int"])
def test_types_that_are_no_maps(go: str, go_type: str) -> None:
    with pytest.raises(UsageError):
        made(go, go_type)


def test_each_kind_has_its_builds() -> None:
    with pytest.raises(GoxrayError, match=r"go1\.23.*classic"):
        SwissMap("map[int]int", "1.23")
    with pytest.raises(GoxrayError, match=r"go1\.27.*not classic"):
        ClassicMap("map[int]int", "1.27")
