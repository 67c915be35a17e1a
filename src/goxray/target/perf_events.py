"""Uprobes through perf_event_open(2): the kernel's breakpoints in a program's file, their hits and registers.

Each probe is opened once for every processor (``pid`` -1), so that all threads hit it, those that start later too:
an event of one task follows one thread only, and ``inherit`` is forbidden here because it kills Go programs, as return
probes do (they put a foreign return address on a stack that Go walks and moves). A breakpoint stands in the file's
page, so that every process that runs the same file stops there for a moment; who reads the hits keeps those of one
process. When the last descriptor closes, however this process ends, the kernel takes the breakpoints away.

Sources: linux/perf_event.h, arch/x86/include/uapi/asm/perf_regs.h, kernel/events/core.c.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import platform
import select
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from goxray.core.errors import TargetError
from goxray.target.perf_refusal import refusal

PMU = Path("/sys/bus/event_source/devices/uprobe")
REGISTERS = ("rax", "rbx", "rcx", "rdi", "r14")
"""The registers that every hit brings, in the order of the columns of :attr:`Hits.registers`."""

_SYSCALL = {"x86_64": 298, "aarch64": 241}
_X86_BIT = {"rax": 0, "rbx": 1, "rcx": 2, "rdi": 5, "r14": 22}
_REGS_MASK = sum(1 << _X86_BIT[name] for name in REGISTERS)
_SAMPLE_IP, _SAMPLE_TID, _SAMPLE_TIME, _SAMPLE_REGS_USER, _SAMPLE_IDENTIFIER = 1, 2, 4, 1 << 12, 1 << 16
_SAMPLE = _SAMPLE_IP | _SAMPLE_TID | _SAMPLE_TIME | _SAMPLE_REGS_USER | _SAMPLE_IDENTIFIER
_SOFTWARE, _COUNT_DUMMY, _NO_RETURN_PROBE = 1, 9, 0
_DISABLED, _WATERMARK, _USE_CLOCKID = 1 << 0, 1 << 14, 1 << 25
_FLAG_FD_CLOEXEC = 8
_ATTR_SIZE = 112  # PERF_ATTR_SIZE_VER5
_ENABLE, _DISABLE, _SET_OUTPUT, _ID = 0x2400, 0x2401, 0x2405, 0x80082407  # ioctls PERF_EVENT_IOC_...
_RECORD_LOST, _RECORD_THROTTLE, _RECORD_SAMPLE = 2, 5, 9
_HEAD, _TAIL = 1024 // 8, 1032 // 8  # perf_event_mmap_page.data_head, data_tail
_PAGE = mmap.PAGESIZE
_WORDS = 6 + len(REGISTERS)  # header, identifier, ip, tid, time, abi, registers
_SAMPLE_HEADER = _RECORD_SAMPLE | (8 * _WORDS) << 48
_HEADER_MASK = 0xFFFF_0000_FFFF_FFFF  # type and size, without misc
_MOST_BUFFERS = 64 << 20
_LARGEST, _SMALLEST = 8 << 20, 64 << 10

U64 = NDArray[np.uint64]
_COLUMNS = ("probe", "at_ns", "pid", "tid", "ip", "registers")


@dataclass(frozen=True)
class Uprobe:
    """A place in a file: the instruction at ``offset`` bytes of the file at ``path``."""

    path: str
    offset: int


@dataclass(frozen=True)
class Hits:
    """Samples as columns, N each, in no particular order between processors.

    ``probe`` (int64) is the index of the probe that was hit, ``at_ns`` (int64) CLOCK_MONOTONIC in nanoseconds, ``pid``
    and ``tid`` (int64) process and thread, ``ip`` (uint64) the address of the instruction in that process,
    ``registers`` (uint64[N, 5]) what REGISTERS names.
    """

    probe: NDArray[np.int64]
    at_ns: NDArray[np.int64]
    pid: NDArray[np.int64]
    tid: NDArray[np.int64]
    ip: U64
    registers: U64

    def where(self, wanted: NDArray[np.bool_]) -> Hits:
        """Return those rows."""
        return Hits(*(getattr(self, name)[wanted] for name in _COLUMNS))

    def of_process(self, pid: int) -> Hits:
        """Return the hits of one process."""
        return self.where(self.pid == pid)

    @staticmethod
    def joined(parts: Sequence[Hits]) -> Hits:
        """Return several as one, by time."""
        none = Hits.of(np.zeros((0, _WORDS), np.uint64), {})
        columns = [np.concatenate([getattr(part, name) for part in (none, *parts)]) for name in _COLUMNS]
        order = np.argsort(columns[1], kind="stable")
        return Hits(*(column[order] for column in columns))

    @staticmethod
    def of(records: U64, index_of: dict[int, int]) -> Hits:
        """Return the samples that stand in ``records`` (uint64[N, 11], as the kernel wrote them)."""
        known = np.array(sorted(index_of), np.uint64)
        probes = np.array([index_of[number] for number in sorted(index_of)], np.int64)
        place = np.searchsorted(known, records[:, 1]) if known.size else np.zeros(0, np.int64)
        return Hits(
            probe=probes[place] if known.size else np.zeros(0, np.int64),
            at_ns=records[:, 4].astype(np.int64),
            pid=(records[:, 3] & np.uint64(0xFFFFFFFF)).astype(np.int64),
            tid=(records[:, 3] >> np.uint64(32)).astype(np.int64),
            ip=records[:, 2].copy(),
            registers=records[:, 6:].copy(),
        )


@dataclass
class _Ring:
    """The buffer that all events of one processor write to; ``fd`` is an event that counts nothing and owns it."""

    fd: int
    area: mmap.mmap

    def take(self) -> NDArray[np.uint8]:
        """Return what has been written since the last time (a copy), and give its room back to the kernel."""
        words = np.frombuffer(self.area, np.uint64, _PAGE // 8)
        head, tail = int(words[_HEAD]), int(words[_TAIL])
        size = len(self.area) - _PAGE
        begin, length = _PAGE + tail % size, head - tail
        got = self.area[begin : min(begin + length, _PAGE + size)]
        got += self.area[_PAGE : _PAGE + length - len(got)]
        words[_TAIL] = head
        return np.frombuffer(got, np.uint8)

    def close(self) -> None:
        """Unmap the buffer and close its event."""
        self.area.close()
        os.close(self.fd)


class Uprobes:
    """Probes of all processors, disabled at first. Close it, or use it in a ``with``.

    ``lost`` counts the records that the kernel had to drop because a buffer was full, as far as it has said so in the
    buffers; :meth:`counts` is what nothing can hide. ``throttled`` counts how often the kernel paused a probe.

    Raises:
        PermissionRefused: the kernel does not let this user; the hint says what to do.
        TargetError: this kernel or machine has no uprobes for perf.
    """

    def __init__(self, probes: Sequence[Uprobe]) -> None:
        self.probes = tuple(probes)
        self.cpus = online_cpus()
        self.lost = 0
        self.throttled = 0
        self._rings: list[_Ring] = []
        self._fds: list[list[int]] = []  # by probe, then by processor
        self._counted = [0] * len(self.probes)  # of probes taken away
        self._index_of: dict[int, int] = {}
        self._removing: list[Thread] = []
        self._poll = select.poll()
        kind = uprobe_type()
        try:
            for cpu in self.cpus:
                self._map(cpu)
            for index, probe in enumerate(self.probes):
                self._fds.append([])
                self._open(index, probe, kind)
        except BaseException:
            self.close()
            raise

    def _buffer_size(self) -> int:
        """Bytes of one processor's buffer: a power of two, all together not more than 64 MiB where possible."""
        size = _LARGEST
        while size > _SMALLEST and size * len(self.cpus) > _MOST_BUFFERS:
            size //= 2
        return size

    def _map(self, cpu: int) -> None:
        attr = attributes(_SOFTWARE, _COUNT_DUMMY, 0, 0, self._buffer_size() // 4)
        fd = perf_event_open(attr, cpu, "a buffer for events")
        try:
            area = mmap.mmap(fd, _PAGE + self._buffer_size(), mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except OSError as error:
            os.close(fd)
            raise TargetError(f"the kernel gives no buffer for events: {error.strerror}") from None
        self._rings.append(_Ring(fd, area))
        self._poll.register(fd, select.POLLIN)

    def _open(self, index: int, probe: Uprobe, kind: int) -> None:
        path = ctypes.create_string_buffer(os.fsencode(probe.path))
        attr = attributes(kind, _NO_RETURN_PROBE, ctypes.addressof(path), probe.offset, self._buffer_size() // 4)
        for cpu, ring in zip(self.cpus, self._rings, strict=True):
            fd = perf_event_open(attr, cpu, f"a uprobe in {probe.path} at {probe.offset:#x}")
            self._fds[index].append(fd)
            fcntl.ioctl(fd, _SET_OUTPUT, ring.fd)
            number = bytearray(8)
            fcntl.ioctl(fd, _ID, number)
            self._index_of[int.from_bytes(number, "little")] = index

    # ---- using them

    def enable(self) -> None:
        """Let every probe record."""
        self._each(_ENABLE)

    def disable(self) -> None:
        """Stop all probes from recording; the breakpoints go when they are removed or closed."""
        self._each(_DISABLE)

    def _each(self, request: int) -> None:
        for fd in (fd for fds in self._fds for fd in fds):
            fcntl.ioctl(fd, request, 0)

    def remove(self, index: int) -> None:
        """Take one probe away, which the kernel does while others go on: it takes it a tenth of a second."""
        fds, self._fds[index] = self._fds[index], []
        for fd in fds:
            fcntl.ioctl(fd, _DISABLE, 0)
        self._counted[index] = _sum(fds)
        thread = Thread(target=_close_all, args=(fds,))
        thread.start()
        self._removing.append(thread)

    def also_wake(self, fd: int) -> None:
        """Let :meth:`wait` return when another descriptor becomes readable too."""
        self._poll.register(fd, select.POLLIN)

    def wait(self, seconds: float) -> None:
        """Return when a buffer is a quarter full, or another descriptor readable, or after that time."""
        self._poll.poll(max(0, round(seconds * 1000)))

    def drain(self) -> list[Hits]:
        """Return what was recorded since the last time, one :class:`Hits` for each buffer that held something."""
        found = []
        for ring in self._rings:
            records, lost, throttled = split(ring.take())
            self.lost += lost
            self.throttled += throttled
            if len(records):
                found.append(Hits.of(records, self._index_of))
        return found

    def counts(self) -> list[int]:
        """How often each probe was hit while it was enabled, by any process: what was lost is counted here."""
        return [done + _sum(fds) for done, fds in zip(self._counted, self._fds, strict=True)]

    def close(self) -> None:
        """Take the probes away, and the buffers."""
        for fds in self._fds:
            _close_all(fds)
        self._fds.clear()
        for thread in self._removing:
            thread.join()
        for ring in self._rings:
            ring.close()
        self._rings.clear()

    def __enter__(self) -> Uprobes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _sum(fds: Sequence[int]) -> int:
    return sum(int.from_bytes(os.read(fd, 8), "little") for fd in fds)


def _close_all(fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)


def split(data: NDArray[np.uint8]) -> tuple[U64, int, int]:
    """Split a buffer's bytes into samples (uint64[N, 11]), records lost and times throttled.

    All samples have one size, so that whole runs of them are taken at once; other records end a run.
    """
    words = data.view(np.uint64)
    parts: list[U64] = []
    at = lost = throttled = 0
    while at < words.size:
        rest = words[at : at + (words.size - at) // _WORDS * _WORDS].reshape(-1, _WORDS)
        same = rest[:, 0] & np.uint64(_HEADER_MASK) == np.uint64(_SAMPLE_HEADER)
        run = int(same.argmin()) if len(same) and not same.all() else len(same)
        if run:
            parts.append(rest[:run])
            at += run * _WORDS
            continue
        header = int(words[at])
        if header & 0xFFFFFFFF == _RECORD_LOST:
            lost += int(words[at + 2])
        throttled += header & 0xFFFFFFFF == _RECORD_THROTTLE
        at += max(1, (header >> 48) // 8)
    return (np.concatenate(parts) if parts else np.zeros((0, _WORDS), np.uint64)), lost, throttled


def attributes(kind: int, config: int, path: int, offset: int, watermark: int) -> bytes:
    """Return a struct perf_event_attr: one record a hit, into a shared buffer, not inherited, disabled at first.

    Args:
        kind: the number of the PMU.
        config: what the PMU shall do; for uprobes bit 0 would make a return probe.
        path: address of the file's name, which must stay alive during the call.
        offset: bytes from the file's start.
        watermark: wake the reader when so many bytes have been written.
    """
    flags = _DISABLED | _WATERMARK | _USE_CLOCKID
    return struct.pack(
        "<IIQQQQQIIQQQQIiQIHH",
        kind, _ATTR_SIZE, config, 1, _SAMPLE, 0, flags, watermark, 0, path, offset,
        0, _REGS_MASK, 0, time.CLOCK_MONOTONIC, 0, 0, 0, 0,
    )  # fmt: skip


_libc = ctypes.CDLL(None, use_errno=True)


def perf_event_open(attr: bytes, cpu: int, what: str) -> int:
    """Open one event of all processes on one processor; ``what`` names it in errors.

    Raises:
        PermissionRefused, TargetError: the kernel refuses.
    """
    number = _SYSCALL.get(platform.machine())
    if number is None:
        raise TargetError(f"goxray knows no perf_event_open on {platform.machine()}")
    fd = cast("int", _libc.syscall(number, attr, -1, cpu, -1, _FLAG_FD_CLOEXEC))
    if fd < 0:
        raise refusal(ctypes.get_errno(), what)
    return fd


def uprobe_type() -> int:
    """Return the number of the uprobe PMU.

    Raises:
        TargetError: this kernel has none.
    """
    try:
        return int((PMU / "type").read_text())
    except (OSError, ValueError):
        raise TargetError(
            f"this kernel offers no uprobes to perf: {PMU}/type is missing",
            hint="a kernel from 5.3 on with CONFIG_UPROBE_EVENTS, and /sys mounted",
        ) from None


def online_cpus() -> list[int]:
    """Return the numbers of the processors that are on, as /sys/devices/system/cpu/online lists them."""
    found: list[int] = []
    for part in Path("/sys/devices/system/cpu/online").read_text().strip().split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
