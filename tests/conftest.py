"""Fixtures that all tests share."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.harness.variants import Variant, params

# Started by nohup or in the background of a script, the tests would hand ignored signals down to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says what else the machine does, and nothing of goxray.
settings.register_profile("goxray", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("goxray")


@pytest.fixture(scope="module", params=params())
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each of the Go builds whose layout goxray must know."""
    chosen: Variant = request.param
    return chosen


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument and a number.

    The workers of one run must agree on every test's name, and bytes may hold the time at which they were made (gzip
    writes it).
    """
    return argname if isinstance(val, bytes) else None
