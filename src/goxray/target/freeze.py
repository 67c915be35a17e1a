"""Stop every thread of a process for a moment, read its registers, and let it run on, whatever happens to goxray.

Each freeze has an OS thread of its own that does all ptrace calls (a tracee belongs to the thread that seized it).
When that thread ends, for whatever reason, the kernel detaches what it still holds and the target runs on: PTRACE_SEIZE
without PTRACE_O_EXITKILL. No signal is ever sent to the target, so a stopped target stays stopped and no SIGSTOP can
be left behind by a killed goxray.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import threading
import time
from types import TracebackType

from goxray.core.errors import GoxrayError, ProcessGone, TargetError
from goxray.target.permission import process_name, refused, tracer_of
from goxray.target.process import process_state
from goxray.target.registers import REGISTER_BYTES, Registers, decode_registers

STOP_SECONDS = 1.0  # a thread in uninterruptible sleep (disk, NFS) may not stop at all, and the others stand meanwhile
_PTRACE_DETACH = 17
_PTRACE_GETSIGINFO = 0x4202
_PTRACE_GETREGSET = 0x4204
_PTRACE_SEIZE = 0x4206
_PTRACE_INTERRUPT = 0x4207
_EVENT_STOP = 128  # PTRACE_EVENT_STOP
_NT_PRSTATUS = 1
_WALL = 0x40000000  # __WALL: also threads made by clone(2)
_ARCH = {"x86_64": "amd64", "aarch64": "arm64", "loongarch64": "loong64"}

_libc = ctypes.CDLL(None, use_errno=True)
_ptrace = _libc.ptrace
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_ptrace.restype = ctypes.c_long


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class Freeze:
    """A target standing still; a context manager. This one is for cores: it has nothing to stop.

    ``threads`` are the registers of every thread by tid. ``ms`` is how long the target stood still: milliseconds
    from the first PTRACE_INTERRUPT to the last PTRACE_DETACH, set when the freeze ends; 0.0 for cores.
    """

    def __init__(self, threads: dict[int, Registers] | None = None) -> None:
        self.ms = 0.0
        self.threads = dict(threads or {})

    def __enter__(self) -> Freeze:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the target run on."""


class ProcessFreeze(Freeze):
    """A process standing still until the context ends.

    Entering raises:
        ProcessGone, PermissionRefused: as for reads.
        TargetError: another debugger is attached, or a thread does not stop in time.
    """

    def __init__(self, pid: int) -> None:
        super().__init__()
        self._tracer = _Tracer(pid)

    def __enter__(self) -> ProcessFreeze:
        self._tracer.start()
        try:  # whatever comes now, an interrupt too, must not leave the target standing
            self._tracer.ready.wait()
            if self._tracer.failure is not None:
                raise self._tracer.failure
            self.threads.update(self._tracer.registers)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._tracer.release.set()
        self._tracer.join()
        self.ms = self._tracer.ms
        self.threads.clear()


class _Tracer(threading.Thread):
    """The OS thread that holds the tracees of one freeze."""

    def __init__(self, pid: int) -> None:
        super().__init__(name=f"goxray-freeze-{pid}", daemon=True)
        self.pid = pid
        self.ready = threading.Event()
        self.release = threading.Event()
        self.failure: GoxrayError | None = None
        self.registers: dict[int, Registers] = {}
        self.ms = 0.0
        self._stopped: dict[int, int] = {}  # tid to the signal it must be given at detach (0: none)
        self._began: float | None = None

    def run(self) -> None:
        try:
            self._stop_all()
            for tid in self._stopped:
                registers = _registers(tid)
                if registers is not None:
                    self.registers[tid] = registers
        except GoxrayError as error:
            self.failure = error
        except OSError as error:
            self.failure = TargetError(f"cannot freeze process {self.pid}: {error}")
        else:
            self.ready.set()
            self.release.wait()
        finally:
            self._detach_all()
            self.ready.set()

    def _stop_all(self) -> None:
        """Seize, interrupt and await every thread, again and again until a look at all of them finds no new one."""
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            fresh = [tid for tid in self._threads() if tid not in self._stopped]
            held = [tid for tid in fresh if self._seize(tid)]
            if self._began is None:
                self._began = time.perf_counter()
            for tid in held:
                _ptrace(_PTRACE_INTERRUPT, tid, None, None)
            for tid in held:
                self._await(tid, deadline)
            if not held:
                break
        if not self._stopped:
            raise ProcessGone(f"process {self.pid} ended while it was being frozen")

    def _threads(self) -> list[int]:
        try:
            return [int(name) for name in os.listdir(f"/proc/{self.pid}/task")]
        except (FileNotFoundError, ProcessLookupError):
            raise ProcessGone(f"process {self.pid} ended while it was being frozen") from None

    def _seize(self, tid: int) -> bool:
        """Attach to one thread; False if it is gone or on its way out."""
        if _ptrace(_PTRACE_SEIZE, tid, None, None) == 0:
            return True
        code = ctypes.get_errno()
        state = process_state(self.pid, tid)
        if code == errno.ESRCH or state is None or state in "ZX":
            return False
        tracer = tracer_of(self.pid, tid)
        if tracer:
            raise TargetError(
                f"process {self.pid} is already traced by process {tracer} ({process_name(tracer)}), "
                "and only one tracer can be attached",
                hint=f"end the debugger or strace with pid {tracer} first, or use --no-freeze",
            )
        if code in (errno.EPERM, errno.EACCES):
            raise refused(self.pid, "stop")
        raise TargetError(f"cannot attach to thread {tid} of process {self.pid}: {os.strerror(code)}")

    def _await(self, tid: int, deadline: float) -> None:
        """Wait until one thread has stopped or is gone."""
        pause = 0.00002
        while True:
            pending = _stop_signal(tid)
            if pending is not None:
                self._stopped[tid] = pending
                _take_notice(tid)
                return
            state = process_state(self.pid, tid)
            if state is None or state in "ZX":
                return
            if time.monotonic() > deadline:
                raise TargetError(
                    f"thread {tid} of process {self.pid} did not stop within {STOP_SECONDS:g} s (its state is {state})",
                    hint="try again, or read without stopping with --no-freeze",
                )
            time.sleep(pause)
            pause = min(pause * 2, 0.002)

    def _detach_all(self) -> None:
        for tid, pending in self._stopped.items():
            _ptrace(_PTRACE_DETACH, tid, None, pending or None)
        self._stopped.clear()
        if self._began is not None:
            self.ms = (time.perf_counter() - self._began) * 1000


def _stop_signal(tid: int) -> int | None:
    """None while a seized thread runs; once it stands, the signal it was about to get, 0 if none.

    The thread itself is asked, not wait(2): when the target is a child of this very process, another
    thread that waits for it (subprocess does, on every poll) may have been told of the stop instead.
    """
    signal_info = (ctypes.c_int32 * 32)()  # siginfo_t: si_signo, si_errno, si_code, ...
    if _ptrace(_PTRACE_GETSIGINFO, tid, None, ctypes.addressof(signal_info)) != 0:
        return None
    number, code = signal_info[0], signal_info[2]
    return 0 if code >> 8 == _EVENT_STOP else number


def _take_notice(tid: int) -> None:
    """Take the news of a stop out of the way of others; how a thread ends is for its parent to hear."""
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, tid, os.WSTOPPED | os.WNOHANG | _WALL)


def _registers(tid: int) -> Registers | None:
    arch = _ARCH.get(platform.machine(), "")
    size = REGISTER_BYTES.get(arch, 0)
    raw = ctypes.create_string_buffer(size)
    vector = _Iovec(ctypes.cast(raw, ctypes.c_void_p), size)
    if _ptrace(_PTRACE_GETREGSET, tid, _NT_PRSTATUS, ctypes.cast(ctypes.byref(vector), ctypes.c_void_p)) != 0:
        return None
    return decode_registers(tid, raw.raw[: vector.size], arch)
