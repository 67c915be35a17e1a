"""Memory for what must not stay: wiped when it is done with, kept out of swap and core files where the kernel agrees.

What Python can do has a limit, and it is told here: a ``bytes`` object cannot be wiped. Secrets therefore live in
``bytearray`` and ``Secret``; libraries that are handed one may make copies of their own, which they free themselves.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from contextlib import suppress
from types import TracebackType


def wipe(held: bytearray | memoryview) -> None:
    """Overwrite every byte with zero, in place."""
    held[:] = bytes(len(held))


class Secret:
    """Bytes in pages of their own: locked in memory and left out of core files where possible, wiped at the end.

    Use it with ``with``. ``view`` is the memory; it is closed and wiped afterwards, so keep no other view of it.

    Attributes:
        view: The bytes, writable.
        locked: Whether the kernel keeps the pages out of swap (mlock; RLIMIT_MEMLOCK may forbid it).
    """

    def __init__(self, length: int) -> None:
        self._pages = mmap.mmap(-1, max(length, 1))
        self.view = memoryview(self._pages)[:length]
        if hasattr(mmap, "MADV_DONTDUMP"):
            self._pages.madvise(mmap.MADV_DONTDUMP)
        self.locked = _lock(self._pages)

    @classmethod
    def of(cls, data: bytearray | memoryview) -> Secret:
        """Move bytes here; where they were is wiped."""
        made = cls(len(data))
        made.view[:] = data
        wipe(data)
        return made

    def wipe(self) -> None:
        """Overwrite the bytes and give the pages back; more than once does no harm."""
        if not self._pages.closed:
            wipe(self.view)
            with suppress(BufferError):  # somebody holds a view still: of zeros, and the pages go with it
                self.view.release()
                self._pages.close()

    def __enter__(self) -> Secret:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Secret(...)"


def _lock(pages: mmap.mmap) -> bool:
    """Ask the kernel to keep the pages out of swap; say whether it does. Unmapping them ends it."""
    if not sys.platform.startswith("linux"):
        return False
    start = ctypes.c_char.from_buffer(pages)
    try:
        done = ctypes.CDLL(None).mlock(ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(pages)))
        return bool(done == 0)
    finally:
        del start
