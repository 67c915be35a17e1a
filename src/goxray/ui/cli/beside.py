"""A report beside what a command writes: on standard error, so that a pipe gets the command's output alone."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from goxray.render.options import RenderOptions
from goxray.ui.cli.params import wants_color

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.render.words import Lang

_WIDE = 140


@contextmanager
def on_stderr() -> Iterator[BinaryIO]:
    """Give standard error as the place for a report."""
    sys.stderr.flush()
    yield sys.stderr.buffer
    sys.stderr.buffer.flush()


def stderr_options(lang: Lang) -> RenderOptions:
    """Return how to write for whoever reads standard error."""
    width = _WIDE
    with suppress(OSError, ValueError):
        width = os.get_terminal_size(sys.stderr.fileno()).columns or _WIDE
    with suppress(ValueError):
        width = int(os.environ.get("COLUMNS", "")) or width
    encoding = (sys.stderr.encoding or "utf-8").lower().replace("-", "").replace("_", "")
    color = wants_color(sys.stderr.isatty())
    return RenderOptions(lang=lang, width=width, color=color, ascii_only=not encoding.startswith("utf"))
