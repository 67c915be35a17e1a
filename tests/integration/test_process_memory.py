"""Bytes of live processes: a child with known contents and holes, and a Go program."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import textwrap
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from goxray.core.errors import MemoryFault, NoSuchProcess, PermissionRefused, ProcessGone, TargetError
from goxray.target.process import ProcessMemory, auxiliary_vector, executable_of, process_state
from tests.harness import steady

PAGE = mmap.PAGESIZE
PAGES = 3000
HOLES = (0, 1, 2, 517, 1024, 1025, 2048, 2999)
CHILD = textwrap.dedent(
    """
    import ctypes, mmap, random, sys
    pages, page = int(sys.argv[1]), mmap.PAGESIZE
    area = mmap.mmap(-1, pages * page)
    area[:] = random.Random(pages).randbytes(pages * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    for hole in map(int, sys.argv[2].split(",")):
        assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(start + hole * page), ctypes.c_size_t(page), 0) == 0
    print(start, flush=True)
    sys.stdin.read()
    """
)


class Child:
    """A process whose memory from ``start`` on holds ``content``, unreadable on the pages HOLES."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        import random

        assert process.stdout is not None
        self.process = process
        self.pid = process.pid
        self.start = int(process.stdout.readline())
        self.content = np.frombuffer(random.Random(PAGES).randbytes(PAGES * PAGE), np.uint8)
        self.memory = ProcessMemory(process.pid)

    def expected(self, addrs: NDArray[np.uint64], size: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return the records and which of them are readable."""
        records = np.zeros((addrs.size, size), np.uint8)
        ok = np.zeros(addrs.size, np.bool_)
        for row, addr in enumerate(addrs.tolist()):
            at = addr - self.start
            touched = range(at // PAGE, (at + size - 1) // PAGE + 1)
            if at >= 0 and at + size <= PAGES * PAGE and not set(touched) & set(HOLES):
                records[row] = self.content[at : at + size]
                ok[row] = True
        return records, ok


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    command = [sys.executable, "-c", CHILD, str(PAGES), ",".join(map(str, HOLES))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Child(process)
        process.kill()


@pytest.mark.parametrize("count", [1, 5, 31, 32, 1000, 20_000])
@pytest.mark.parametrize("ascending", [False, True])
def test_gather_around_holes(child: Child, count: int, ascending: bool) -> None:
    words = np.random.default_rng(count).integers(1, PAGES * PAGE // 8 - 9, count, dtype=np.uint64)
    addrs = np.uint64(child.start) + np.uint64(8) * (np.sort(words) if ascending else words)
    found, ok = child.memory.gather(addrs, [-8, 0, 24])
    for column, offset in enumerate((-8, 0, 24)):
        expected, readable = child.expected(addrs + np.uint64(offset & (2**64 - 1)), 8)
        assert (found[ok, column] == expected.view(np.uint64)[ok, 0]).all()
        assert readable[ok].all()
    every = np.logical_and.reduce([child.expected(addrs + np.uint64(o & (2**64 - 1)), 8)[1] for o in (-8, 0, 24)])
    assert (ok == every).all()
    assert not found[~ok].any()


def test_read_many_around_holes(child: Child) -> None:
    offsets = np.random.default_rng(5).integers(0, PAGES * PAGE - 100, 5000, dtype=np.uint64)
    addrs = np.uint64(child.start) + offsets
    records, ok = child.memory.read_many(addrs, 77)
    expected, readable = child.expected(addrs, 77)
    assert (ok == readable).all()
    assert (records == expected).all()


def test_unmapped_and_impossible_addresses_are_not_ok(child: Child) -> None:
    bad = np.arange(1 << 20, (1 << 20) + 100 * PAGE, PAGE, dtype=np.uint64)
    worse = np.array([0, 8, 1 << 47, 1 << 62, (1 << 63) - 8, 1 << 63, (1 << 64) - 8], np.uint64)
    good = np.array([child.start + 5 * PAGE], np.uint64)
    addrs = np.concatenate((bad, worse, good))
    _, ok = child.memory.gather(addrs, [0])
    assert ok.tolist() == [False] * (addrs.size - 1) + [True]


def test_streams_read_everything_between_two_holes(child: Child) -> None:
    first, last = 3, 517
    before = child.memory.bytes_read
    got = bytearray()
    for at, piece in child.memory.stream(child.start + first * PAGE, (last - first) * PAGE, chunk=100_000):
        assert at == child.start + first * PAGE + len(got)
        got += piece.tobytes()
    assert bytes(got) == child.content[first * PAGE : last * PAGE].tobytes()
    assert child.memory.bytes_read - before == len(got)


def test_a_stream_into_a_hole_yields_what_lies_before_it(child: Child) -> None:
    start, got = child.start + 515 * PAGE, 0
    with pytest.raises(MemoryFault) as caught:
        for _, piece in child.memory.stream(start, 4 * PAGE):
            got += piece.size
    assert got == 2 * PAGE
    assert caught.value.addr == child.start + 517 * PAGE


def test_reads_that_touch_a_hole_are_faults(child: Child) -> None:
    assert child.memory.read(child.start + 517 * PAGE - 8, 8) == child.content[517 * PAGE - 8 : 517 * PAGE].tobytes()
    for addr in (child.start + 517 * PAGE - 4, child.start + 517 * PAGE, 1 << 20):
        with pytest.raises(MemoryFault):
            child.memory.read(addr, 8)


def test_regions_say_what_may_be_read(child: Child) -> None:
    regions = child.memory.regions()
    assert regions == sorted(regions, key=lambda region: region.start)
    for page in (3, 517, 518, 1024, 2047, 2048):
        at = child.start + page * PAGE
        (region,) = [each for each in regions if each.start <= at < each.end]
        assert region.readable == (page not in HOLES)
    library = [region for region in regions if region.path.startswith("/") and "x" in region.perms]
    assert library


def test_a_go_program_by_the_million() -> None:
    with steady.running(steady.build()) as program:
        memory = ProcessMemory(program.pid)
        order = np.random.default_rng(1).permutation(np.arange(steady.WORDS, dtype=np.uint64))
        order = np.concatenate((order, order[::-1], order, order))
        table = steady.table()
        words, ok = memory.gather(np.uint64(program.table) + np.uint64(8) * order, [0])
        assert ok.all()
        assert (words[:, 0] == table[order]).all()
        words, ok = memory.gather(np.uint64(program.heap) + np.uint64(8) * order, [0])
        assert ok.all()
        assert (words[:, 0] == ~table[order]).all()


def test_memory_in_use_does_not_grow_with_the_number_of_addresses(child: Child) -> None:
    memory = ProcessMemory(child.pid)
    addrs = np.full(2_000_000, child.start + 4 * PAGE, np.uint64)
    addrs[1::2] += np.uint64(400 * PAGE)
    tracemalloc.start()
    try:
        words, _ = memory.gather(addrs, [0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert words.nbytes == 8 * addrs.size
    assert peak < words.nbytes + 10 * addrs.size + 16 * 2**20  # the result, the order and flags, a few buffers


def test_a_process_that_ends_is_gone() -> None:
    with steady.running(steady.build()) as program:
        memory = ProcessMemory(program.pid)
        assert memory.read(program.table, 8) == bytes(8)
        program.process.kill()
        program.process.wait()
        for read in (
            lambda: memory.read(program.table, 8),
            lambda: memory.gather(np.full(100, program.table, np.uint64), [0]),
            lambda: list(memory.stream(program.table, 100)),
            memory.regions,
            memory.probe,
            lambda: auxiliary_vector(program.pid),
        ):
            with pytest.raises(ProcessGone):
                read()
        with pytest.raises(NoSuchProcess):
            executable_of(program.pid)


def test_a_zombie_has_nothing_left() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert steady.until(lambda: process_state(process.pid) == "Z")
        with pytest.raises(ProcessGone, match="zombie"):
            executable_of(process.pid)
        with pytest.raises(ProcessGone):
            ProcessMemory(process.pid).probe()


def test_a_kernel_thread_has_no_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(path: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "readlink", no_link)
    with pytest.raises(TargetError, match="kernel thread"):
        executable_of(os.getpid())


def test_an_executable_that_was_deleted_is_still_opened(tmp_path: Path) -> None:
    copy = tmp_path / "copied"
    copy.write_bytes(steady.build().read_bytes())
    copy.chmod(0o755)
    with steady.running(copy) as program:
        copy.unlink()
        path, shown = executable_of(program.pid)
        assert shown == str(copy)
        assert Path(path).read_bytes() == steady.build().read_bytes()


def test_no_permission_says_what_to_do() -> None:
    message = in_another_user(lambda pid: ProcessMemory(pid).probe())
    assert message.startswith("PermissionRefused: no permission to read the memory of process")
    assert "CAP_SYS_PTRACE" in message
    assert in_another_user(lambda pid: executable_of(pid)).startswith("PermissionRefused: no permission to inspect")


def in_another_user(action: object) -> str:
    """Run an action on a process of root's (or this one's) in a forked child that is nobody; return its error."""
    victim = os.getpid() if os.geteuid() == 0 else 1
    receive, send = os.pipe()
    child_pid = os.fork()
    if child_pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: may read its own /proc entries again
            action(victim)  # type: ignore[operator]
            text = "nothing was refused"
        except PermissionRefused as error:
            text = f"PermissionRefused: {error} | {error.hint}"
        except BaseException as error:
            text = repr(error)
        os.write(send, text.encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as pipe:
        text = pipe.read()
    os.waitpid(child_pid, 0)
    return text
