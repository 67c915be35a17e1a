"""Fixtures that all tests share."""

from __future__ import annotations

import signal

import pytest

from tests.harness.variants import Variant, params

# Started by nohup or in the background of a script, the tests would hand ignored signals down to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module", params=params())
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each of the Go builds whose layout goxray must know."""
    chosen: Variant = request.param
    return chosen
