"""Where results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from goxray.core.errors import UsageError
from goxray.render.options import RenderOptions
from goxray.ui.cli.params import wants_color

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goxray.render.words import Lang

_WIDE = 140  # where nobody says how wide: enough for the table's main columns and whole names
_STDOUT = "-"


class _Into(io.RawIOBase):
    """A way for output that ends neither on standard output nor in a file. Closing it leaves what is below open."""

    def __init__(self, below: BinaryIO, path: str) -> None:
        super().__init__()
        self._below: BinaryIO | None = below
        self.path: str | None = path
        self.buffer = io.BufferedWriter(self, _BUFFER)

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int:
        """Pass on all of it; nothing any more behind the block."""
        with memoryview(data) as view:
            if self._below is not None:
                self._below.write(view)
            return view.nbytes

    def cut(self) -> None:
        """Let what is still in the buffer go nowhere: the block has ended."""
        self._below = None

    def takes(self, path: str | None) -> bool:
        """Say whether what is written to this path goes here; a path does so once: what comes later is a file."""
        if path is None or path == _STDOUT:
            return True
        known = path == self.path
        if known:
            self.path = None
        return known


_BUFFER = 1 << 16
_into: ContextVar[_Into | None] = ContextVar("into", default=None)


@contextmanager
def into(below: BinaryIO, path: str) -> Iterator[None]:
    """Send into ``below`` what the block writes to standard output, and to the file ``path`` through :func:`opened`."""
    way = _Into(below, path)
    text = io.TextIOWrapper(way.buffer, "utf-8", "backslashreplace", write_through=True)
    before = _into.set(way)
    try:
        with redirect_stdout(text):
            yield
        text.flush()
    finally:
        way.cut()
        _into.reset(before)


def elsewhere() -> bool:
    """Say whether output ends neither on standard output nor in the file that ``-o`` names."""
    return _into.get() is not None


@contextmanager
def opened(path: str | None) -> Iterator[BinaryIO]:
    """Open the place for a result: ``None`` and ``-`` are standard output.

    A file is written beside its place, readable by its owner alone (it may show what a process holds), and takes the
    name only when it is complete; whatever was there before stays until then. Pipes and devices are written directly.

    Raises:
        UsageError: the file cannot be made there. This happens before the target is looked at.
    """
    way = _into.get()
    if way is not None and way.takes(path):
        yield way.buffer
        way.buffer.flush()
        return
    if way is not None:
        click.echo(
            f"goxray: {path} is a file in the clear: --seal takes the output, and not what stands beside it", err=True
        )
    if path is None or path == _STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    place = Path(os.path.realpath(path))
    try:
        mode = place.stat().st_mode
    except OSError:
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a directory", hint="name a file with -o")
    if not stat.S_ISREG(mode):
        with open(place, "wb") as direct:
            yield direct
        return
    with _beside(place, path) as out:
        yield out


@contextmanager
def _beside(place: Path, shown: str) -> Iterator[BinaryIO]:
    import secrets

    # The name is known before there is a file: an interrupt at any step finds what it has to take away.
    name = place.parent / f".{place.name}.{secrets.token_hex(8)}.part"
    try:
        with _made(name, shown) as out:
            yield out
        os.replace(name, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _made(name: Path, shown: str) -> BinaryIO:
    try:
        return open(name, "xb", opener=lambda path, flags: os.open(path, flags, 0o600))
    except OSError as error:
        raise UsageError(
            f"cannot write {shown}: {error.strerror}", hint="name a file in a directory that you can write with -o"
        ) from error


def render_options(path: str | None, lang: Lang) -> RenderOptions:
    """Return how to write for that place: colours, width and characters that its reader can show."""
    if elsewhere() or (path is not None and path != _STDOUT):
        return RenderOptions(lang=lang, width=_WIDE)
    return options_on(sys.stdout, lang)


def options_on(stream: TextIO, lang: Lang) -> RenderOptions:
    """Return how to write for whoever reads this stream."""
    encoding = (stream.encoding or "utf-8").lower().replace("-", "").replace("_", "")
    return RenderOptions(
        lang=lang,
        width=terminal_width(stream),
        color=wants_color(stream.isatty()),
        ascii_only=not encoding.startswith("utf"),
    )


def terminal_width(stream: TextIO | None = None) -> int:
    """Return the cells in a line: COLUMNS, the terminal's own, or wide where the output goes elsewhere."""
    with suppress(ValueError):
        columns = int(os.environ.get("COLUMNS", ""))
        if columns > 0:
            return columns
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or _WIDE
    except (OSError, ValueError):
        return _WIDE


@contextmanager
def on_stderr() -> Iterator[BinaryIO]:
    """Give standard error as the place for a report beside what a command writes on standard output."""
    sys.stderr.flush()
    yield sys.stderr.buffer
    sys.stderr.buffer.flush()
