"""Memory of a live process by process_vm_readv(2): no stop, no copy in the kernel, nothing written."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import numpy as np

from goxray.core.errors import NoSuchProcess, ProcessGone, TargetError
from goxray.target.coalesce import MAX_RUNS, Bytes, Hole, Ints, Words
from goxray.target.memory import Memory, Region
from goxray.target.permission import refused

_PAGE = 4096  # the smallest page of any supported machine: holes are looked for at this step

_libc = ctypes.CDLL(None, use_errno=True)
_readv = _libc.process_vm_readv
_readv.argtypes = [
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.c_ulong,
]
_readv.restype = ctypes.c_ssize_t


class ProcessMemory(Memory):
    """The memory of process ``pid``.

    Raises (from any read):
        ProcessGone: when the process has ended.
        PermissionRefused: when the kernel refuses, with what to do about it.
    """

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid = pid
        self._local = np.zeros((1, 2), np.uint64)
        self._remote = np.zeros((MAX_RUNS, 2), np.uint64)
        self._local_at = self._local.ctypes.data
        self._remote_at = self._remote.ctypes.data

    def probe(self) -> None:
        """Raise ProcessGone or PermissionRefused now if reads will be refused."""
        self._call(self._local_at, 1, 1)  # nothing is mapped at 1: permitted means EFAULT, and nothing is written

    def _copy(self, addr: int, out: Bytes) -> int:
        done, size, base = 0, out.size, out.ctypes.data
        while done < size:
            got = self._call(base + done, size - done, addr + done)
            done += got
            if got == 0:
                break
        return done

    def _call(self, into: int, size: int, addr: int) -> int:
        """One contiguous read; 0 if its first byte cannot be read."""
        self._remote[0, 0] = addr
        self._remote[0, 1] = size
        return self._transfer(into, size, 0, 1)

    def _transfer(self, into: int, size: int, first: int, count: int) -> int:
        """Read the prepared runs ``first:first + count``; the bytes copied, 0 on a fault at the very start."""
        self._local[0, 0] = into
        self._local[0, 1] = size
        got: int = _readv(self.pid, self._local_at, 1, self._remote_at + 16 * first, count, 0)
        if got < 0:
            self._raise_for(ctypes.get_errno())
            return 0
        self.bytes_read += got
        return got

    def _raise_for(self, code: int) -> None:
        if code == errno.EFAULT:
            return
        if code == errno.ESRCH:
            raise ProcessGone(f"process {self.pid} ended while it was being read")
        if code in (errno.EPERM, errno.EACCES):
            raise refused(self.pid, "read the memory of")
        raise TargetError(f"cannot read the memory of process {self.pid}: {os.strerror(code)}")

    def _fill(self, starts: Words, sizes: Ints, out: Bytes) -> list[Hole]:
        count = starts.size
        self._remote[:count, 0] = starts
        self._remote[:count, 1] = sizes
        base = out.ctypes.data
        total = int(sizes.sum())
        got = self._transfer(base, total, 0, count)
        if got == total:
            return []
        return self._fill_around(starts, sizes, out, got)

    def _fill_around(self, starts: Words, sizes: Ints, out: Bytes, got: int) -> list[Hole]:
        """Go on behind the first fault: step over one page of the run that failed, then read on to the next fault."""
        base = out.ctypes.data
        ends = np.cumsum(sizes)
        total = int(ends[-1])
        holes: list[Hole] = []
        while got < total:
            run = int(np.searchsorted(ends, got, "right"))
            addr = int(starts[run]) + int(sizes[run]) - int(ends[run]) + got
            skip = min(_PAGE - addr % _PAGE, int(ends[run]) - got)
            if holes and holes[-1][1] == got:
                holes[-1] = (holes[-1][0], got + skip)
            else:
                holes.append((got, got + skip))
            got += skip
            if got < int(ends[run]):
                self._remote[run, 0] = addr + skip
                self._remote[run, 1] = int(ends[run]) - got
            else:
                run += 1
            if run < starts.size:
                got += self._transfer(base + got, total - got, run, starts.size - run)
        for low, high in holes:
            out[low:high] = 0
        return holes

    def regions(self) -> list[Region]:
        """The mappings of the process now.

        Raises:
            ProcessGone, PermissionRefused: as for reads.
        """
        try:
            text = Path(f"/proc/{self.pid}/maps").read_text(errors="surrogateescape")
        except (FileNotFoundError, ProcessLookupError):
            raise ProcessGone(f"process {self.pid} ended while it was being read") from None
        except PermissionError:
            raise refused(self.pid, "read the mappings of") from None
        return [_region(line) for line in text.splitlines()]


def _region(line: str) -> Region:
    """One line of /proc/PID/maps: ``start-end perms offset dev inode path``."""
    span, perms, offset, _, _, *rest = line.split(None, 5)
    start, _, end = span.partition("-")
    return Region(int(start, 16), int(end, 16), perms[0] == "r", rest[0] if rest else "", int(offset, 16), perms)


def executable_of(pid: int) -> tuple[str, str]:
    """The executable of a process: (a path that opens the very file it runs, the path to show to people).

    The first goes through /proc/PID/exe, which opens the file even when it has been deleted or lies in
    another mount namespace; the second is what the target itself calls it.

    Raises:
        NoSuchProcess, PermissionRefused, TargetError: a kernel thread or a zombie, which have no executable.
    """
    link = f"/proc/{pid}/exe"
    try:
        shown = os.readlink(link)
    except PermissionError:
        raise refused(pid, "inspect") from None
    except FileNotFoundError:
        raise _without_executable(pid) from None
    shown = shown.removesuffix(" (deleted)")
    for candidate in (link, f"/proc/{pid}/root{shown}"):
        try:
            os.close(os.open(candidate, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            continue
        return candidate, shown
    raise refused(pid, "open the executable of")


def _without_executable(pid: int) -> TargetError:
    state = process_state(pid)
    if state is None:
        return NoSuchProcess(f"there is no process {pid}", hint="pgrep -a NAME lists the processes of a program")
    if state in "ZX":
        return ProcessGone(f"process {pid} has ended already (a zombie): nothing of its memory is left")
    return TargetError(f"process {pid} is a kernel thread: it has no executable and no Go heap")


def process_state(pid: int, tid: int | None = None) -> str | None:
    """The one-letter state of a process or thread (R, S, D, T, t, Z, X ...), None if there is none."""
    where = f"/proc/{pid}/stat" if tid is None else f"/proc/{pid}/task/{tid}/stat"
    try:
        text = Path(where).read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()[0]


def auxiliary_vector(pid: int) -> dict[int, int]:
    """What the kernel told the program at its start (/proc/PID/auxv): AT_ number to value."""
    try:
        raw = Path(f"/proc/{pid}/auxv").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessGone(f"process {pid} ended while it was being read") from None
    except PermissionError:
        raise refused(pid, "inspect") from None
    return decode_auxv(raw)


def decode_auxv(raw: bytes) -> dict[int, int]:
    """The pairs of 8-byte words of an auxiliary vector, up to AT_NULL."""
    words = np.frombuffer(raw[: len(raw) & ~15], np.uint64).reshape(-1, 2).tolist()
    return {int(key): int(value) for key, value in words if key}
