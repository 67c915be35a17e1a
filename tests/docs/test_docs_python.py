"""The Python in docstrings runs, and prints what they show."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from goxray.model.classic import map as classic
from goxray.model.swiss import map as swiss


@pytest.mark.parametrize("module", [classic, swiss])
def test_the_examples_of_both_kinds_of_maps(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert (outcome.failed, outcome.attempted) == (0, 4)
