"""Fixtures that all tests share."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

from tests.harness import told_program
from tests.harness.variants import Variant, params

# Started by nohup or in the background of a script, the tests would hand ignored signals down to what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says what else the machine does, and nothing of goxray.
settings.register_profile("goxray", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("goxray")

_LIVE = ("integration", "oracle")
"""The folders of the tests that start Go programs."""


@pytest.fixture(scope="module", params=params())
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each of the Go builds whose layout goxray must know."""
    chosen: Variant = request.param
    return chosen


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give a test that compares with a live program a second one, and the summary the name of each that needed it.

    The runtime and the kernel do things of their own between two looks: a thread is started, a goroutine is preempted,
    a page moves. One event in some ten thousand comparisons is theirs. A defect of goxray's shows on the next program
    as well; figures that agree to the byte do not agree by luck.
    """
    live = tuple(config.rootpath / "tests" / name for name in _LIVE)
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in live):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a test that is run once more no run of a program that the first one has read."""
    if getattr(item, "execution_count", 1) > 1:  # pytest-rerunfailures counts there
        told_program.forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each test said when it failed at first, so that what comes again is noticed and hunted."""
    for report in terminalreporter.stats.get("rerun", ()):
        terminalreporter.section(f"at first: {report.nodeid}", sep="-")
        terminalreporter.line(report.longreprtext[-2000:])


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument and a number.

    The workers of one run must agree on every test's name, and bytes may hold the time at which they were made (gzip
    writes it).
    """
    return argname if isinstance(val, bytes) else None
