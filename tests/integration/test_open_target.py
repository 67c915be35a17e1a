"""What a user may type, on live processes: pids, wrong pids, wrong executables, stripped ones."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from goxray.core.errors import (
    MemoryFault,
    NoSuchProcess,
    NotAGoProgram,
    ProcessGone,
    UsageError,
    WrongExecutable,
)
from goxray.target.open import open_target
from goxray.target.process import process_state
from tests.harness import steady
from tests.harness.variants import CLASSIC, SWISS, Variant


@pytest.mark.parametrize(("cgo", "pie"), [(False, False), (False, True), (True, False), (True, True)])
@pytest.mark.parametrize("of", [CLASSIC, SWISS], ids=str)
def test_a_live_program(of: Variant, cgo: bool, pie: bool) -> None:
    exe = steady.build(of, cgo=cgo, pie=pie)
    with steady.running(exe) as program, open_target(str(program.pid)) as target:
        assert (target.kind, target.pid, target.exe) == ("process", program.pid, str(exe))
        assert target.notes == []
        assert target.binary.go_version == f"go{of.version}"
        assert (target.bias != 0) == pie
        symbol, variable = target.binary.symbol("main.table"), target.dwarf.variable("main.table")
        assert symbol is not None
        assert variable is not None
        assert symbol.addr + target.bias == variable.addr == program.table
        words, ok = target.memory.gather(np.uint64(program.table) + np.uint64(8) * np.arange(9, dtype=np.uint64), [0])
        assert ok.all()
        assert (words[:, 0] == steady.table()[:9]).all()
        assert target.threads() == {}
        with target.freeze() as freeze:
            assert program.pid in target.threads()
            assert target.threads() == freeze.threads
        assert freeze.ms > 0
        assert target.threads() == {}


def test_every_build(variant: Variant) -> None:
    with steady.running(steady.build(variant)) as program, open_target(str(program.pid)) as target:
        assert target.binary.experiments == tuple(sorted(variant.experiments))
        for vaddr, offset, size in target.binary.constant_ranges():
            assert target.memory.read(vaddr + target.bias, size) == target.binary.elf.bytes_at(offset, size)


def test_the_executable_may_be_gone(tmp_path: Path) -> None:
    exe = tmp_path / "program"
    shutil.copy(steady.build(), exe)
    with steady.running(exe) as program:
        exe.unlink()
        with open_target(str(program.pid)) as target:
            assert target.exe == str(exe)
            assert target.dwarf.variable("main.table") is not None
            assert target.memory.read_u64(program.table + 8) == steady.STEP


def test_a_thread_id_opens_its_process() -> None:
    with steady.running(steady.build()) as program:
        tid = max(steady.threads_of(program.pid))
        assert tid != program.pid
        with open_target(str(tid)) as target:
            assert target.pid == program.pid
            assert target.notes == [f"{tid} is a thread of process {program.pid}: that process is shown"]


def test_stripped_programs_and_the_executable_from_before(tmp_path: Path) -> None:
    plain, stripped = steady.build(), tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, plain], check=True)
    with steady.running(stripped) as program:
        with open_target(str(program.pid)) as target:
            assert target.binary.symbol("main.table") is None
            assert len(target.notes) == 2
            assert target.notes[0].startswith(f"{stripped} has no symbol table")
            assert target.notes[1].startswith(f"{stripped} has no debug information")
        with open_target(str(program.pid), str(plain)) as target:
            symbol = target.binary.symbol("main.table")
            assert symbol is not None
            assert symbol.addr == program.table
            assert target.notes == []


@pytest.mark.parametrize(
    ("flags", "missing"),
    [("-w", ["debug information"]), ("-s", ["symbol table", "debug information"]), ("-s -w", ["symbol", "debug"])],
)
def test_programs_linked_without_symbols_or_dwarf(flags: str, missing: list[str]) -> None:
    with steady.running(steady.build(ldflags=flags)) as program, open_target(str(program.pid)) as target:
        assert len(target.notes) == len(missing)
        assert all(f"has no {words}" in note for words, note in zip(missing, target.notes, strict=True))


@pytest.mark.parametrize("pie", [False, True])
@pytest.mark.parametrize("other", ["older", "changed", "pie"])
def test_another_executable_is_refused(other: str, pie: bool, tmp_path: Path) -> None:
    exe = steady.build(pie=pie)
    if other == "older":
        wrong = steady.build(CLASSIC, pie=pie)
    elif other == "pie":
        wrong = steady.build(pie=not pie)
    else:
        wrong = changed(tmp_path, pie)
    with steady.running(exe) as program, pytest.raises(WrongExecutable) as caught:
        open_target(str(program.pid), str(wrong))
    assert f"{wrong} is not the program of process {program.pid}:" in str(caught.value)


def changed(directory: Path, pie: bool) -> Path:
    """Return the same program with one function made different."""
    source = directory / "source"
    shutil.copytree(steady.SOURCE, source)
    main = source / "main.go"
    text = main.read_text()
    main.write_text(text.replace("AddUint64(&counter, 1)", "AddUint64(&counter, 3)"))
    assert main.read_text() != text
    return SWISS.toolchain().build(source, directory / "changed", pie=pie)


def test_the_same_program_under_another_build_id_is_taken(tmp_path: Path) -> None:
    """Nothing but the id differs: the code and the constants decide."""
    copy = tmp_path / "copy"
    with steady.running(steady.build()) as program:
        with open_target(str(program.pid)) as target:
            build_id = target.binary.go_build_id.encode()
        copy.write_bytes(steady.build().read_bytes().replace(build_id, build_id[::-1]))
        open_target(str(program.pid), str(copy)).close()
    stripped = tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, copy], check=True)
    with steady.running(stripped) as program:
        open_target(str(program.pid), str(steady.build())).close()


def test_a_program_in_another_language() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        steady.until(lambda: os.path.exists(f"/proc/{process.pid}/exe"))
        with pytest.raises(NotAGoProgram, match="python.* is not a Go program"):
            open_target(str(process.pid))
        process.communicate(b"\n")


@pytest.mark.parametrize("spec", ["", " ", "-5", "+3", "--7", "no/such/file", "12x", "1e3", "\u0663\u0664"])
def test_garbage_is_a_usage_error(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_target(spec)
    assert repr(spec.strip()) in str(caught.value)
    assert caught.value.hint


def test_a_directory_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a regular file"):
        open_target(str(tmp_path))


@pytest.mark.parametrize("spec", ["0", str(1 << 22), "99999999999999999999"])
def test_numbers_that_can_be_no_process(spec: str) -> None:
    with pytest.raises(NoSuchProcess, match=f"no process {spec}"):
        open_target(spec)


def test_a_process_that_has_ended() -> None:
    with steady.running(steady.build()) as program:
        program.process.kill()
        assert steady.until(lambda: steady.threads_of(program.pid)[program.pid]["State"][0] == "Z")
        with pytest.raises(ProcessGone, match="zombie"):
            open_target(str(program.pid))
        program.process.wait()
        with pytest.raises(NoSuchProcess):
            open_target(str(program.pid))


def test_goxray_itself_and_its_threads_are_refused() -> None:
    with pytest.raises(UsageError, match="goxray itself"):
        open_target(str(os.getpid()))
    done, tids = threading.Event(), []

    def wait() -> None:
        tids.append(threading.get_native_id())
        done.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        assert steady.until(lambda: bool(tids))
        with pytest.raises(UsageError, match="goxray itself"):
            open_target(str(tids[0]))
    finally:
        done.set()
        thread.join()


def test_a_closed_target_holds_no_file_open() -> None:
    with steady.running(steady.build()) as program:
        open_target(str(program.pid)).close()
        before = set(os.listdir("/proc/self/fd"))
        for _ in range(5):
            with open_target(str(program.pid)) as target:
                assert target.dwarf.struct("runtime.mspan") is not None
            with pytest.raises(WrongExecutable):
                open_target(str(program.pid), str(steady.build(CLASSIC)))
        assert set(os.listdir("/proc/self/fd")) == before


def test_nothing_of_the_program_is_changed() -> None:
    """Opening, freezing and reading leave every byte that the program could write to as it was."""
    with steady.running(steady.build()) as program:
        os.kill(program.pid, signal.SIGSTOP)
        assert steady.until(lambda: process_state(program.pid) == "T")
        before = fingerprint(program.pid)
        with open_target(str(program.pid)) as target:
            addrs = np.uint64(program.heap) + np.uint64(8) * np.arange(steady.WORDS, dtype=np.uint64)
            with target.freeze():
                target.memory.gather(addrs, [0])
                for _ in target.memory.stream(program.table, 8 * steady.WORDS):
                    pass
            with pytest.raises(MemoryFault):
                target.memory.read(1, 8)
        assert fingerprint(program.pid) == before


def fingerprint(pid: int) -> dict[int, str]:
    """Hash the writable mappings, read in another way than goxray does."""
    found = {}
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            span, perms = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if perms.startswith("rw"):
                memory.seek(start)
                found[start] = hashlib.sha256(memory.read(end - start)).hexdigest()
    return found
