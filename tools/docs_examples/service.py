"""The service that documents speak of: ``examples/sessions``, past its busiest hour and still serving."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import demo

GO_VERSION = "1.27.3"
NAME = "sessions"
TOUCHED_EVERY = 2.0
"""Seconds between two touches of a session that shall live: often enough, and it leaves the processor to the reader."""


@contextmanager
def serving(place: Path) -> Iterator[int]:
    """Build, start and load the service in ``place``, let most sessions expire, and yield its pid while it serves.

    Raises:
        ToolchainError: the Go toolchain cannot be fetched, or its compiler refuses.
        DemoError: the service does not start, or does not answer.
    """
    with demo.running(GO_VERSION, place, NAME) as service, demo.traffic(service, TOUCHED_EVERY):
        service.log_in()
        service.settle()
        yield service.process.pid
