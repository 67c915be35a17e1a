"""Fixtures that all tests share."""

from __future__ import annotations

import pytest

from tests.harness.variants import Variant, params


@pytest.fixture(scope="module", params=params())
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each of the Go builds whose layout goxray must know."""
    chosen: Variant = request.param
    return chosen
