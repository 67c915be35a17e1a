"""Cores of a Go program: gcore's and the kernel's, whole, cut off, sparse, filtered."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from goxray.core.errors import BadCore, MemoryFault, TargetError, UnsupportedArch, WrongExecutable
from goxray.target.core import CoreMemory
from goxray.target.open import Target, open_target
from tests.harness import steady
from tests.harness.made_core import Segment, make_core
from tests.harness.plain_memory import PAGE
from tests.harness.steady import Steady
from tests.harness.variants import CLASSIC, SWISS, Variant

BASE = 0xC000000000
KINDS = {
    "swiss": (SWISS, False, False),
    "classic": (CLASSIC, False, False),
    "pie": (SWISS, False, True),
    "cgo-pie": (CLASSIC, True, True),
    "cgo": (SWISS, True, False),
}


@dataclass(frozen=True)
class Dumped:
    """One core of a program with what is known of it."""

    core: Path
    exe: Path
    program: Steady
    threads: frozenset[int]


def exe_of(kind: str) -> Path:
    variant, cgo, pie = KINDS[kind]
    return steady.build(variant, cgo=cgo, pie=pie)


@pytest.fixture(scope="module", params=["swiss", "classic", "cgo-pie"])
def from_gcore(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dumped]:
    """gcore writes a gigabyte of Go's reservations, mostly zero; what is kept here is a sparse copy."""
    directory = tmp_path_factory.mktemp("gcore")
    exe = exe_of(request.param)
    with steady.running(exe) as program:
        core = steady.gcore(program.pid, directory)
        threads = frozenset(steady.threads_of(program.pid))
    with open_target(str(core)) as target:
        assert target.notes == []
        whole_program(target, program)
    sparse = copied(core, directory / "sparse", "always")
    core.unlink()
    yield Dumped(sparse, exe, program, threads)
    shutil.rmtree(directory)


def copied(core: Path, to: Path, sparse: str = "auto") -> Path:
    subprocess.run(["cp", f"--sparse={sparse}", core, to], check=True)
    return to


@pytest.fixture(scope="module", params=KINDS)
def from_kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dumped]:
    directory = tmp_path_factory.mktemp("kernel")
    exe = exe_of(request.param)
    core, program = steady.kernel_core(exe, directory / "cwd")
    yield Dumped(core, exe, program, frozenset())
    shutil.rmtree(directory)


def whole_program(target: Target, program: Steady, skip: int = 0) -> None:
    """Check every word of the program's two tables, and what the program cannot write to, which cores leave out."""
    order = np.random.default_rng(3).permutation(np.arange(steady.WORDS, dtype=np.uint64))
    for start, expected in ((program.table, steady.table()), (program.heap, ~steady.table())):
        words, ok = target.memory.gather(np.uint64(start) + np.uint64(8) * order, [0])
        assert ok.all()
        assert (words[:, 0] == expected[order]).all()
        content = b"".join(piece.tobytes() for _, piece in target.memory.stream(start, expected.nbytes, 70_000))
        assert content == expected.tobytes()
    same_constants(target, skip)


def same_constants(target: Target, skip: int = 0) -> None:
    for vaddr, offset, size in target.binary.constant_ranges():
        if size:
            content = target.memory.read(vaddr + target.bias, size)
            expected = target.binary.elf.bytes_at(offset, size)
            assert content[skip:] == expected[skip:]


def test_gcore_and_a_sparse_copy_of_it(from_gcore: Dumped) -> None:
    with open_target(str(from_gcore.core)) as target:
        assert (target.kind, target.pid, target.exe) == ("core", from_gcore.program.pid, str(from_gcore.exe))
        assert target.notes == []
        assert from_gcore.core.stat().st_blocks * 512 < from_gcore.core.stat().st_size / 2
        assert {target.pid} <= set(target.threads()) <= from_gcore.threads
        whole_program(target, from_gcore.program)


def test_kernel_cores(from_kernel: Dumped) -> None:
    with open_target(str(from_kernel.core)) as target:
        assert (target.kind, target.pid, target.exe) == ("core", from_kernel.program.pid, str(from_kernel.exe))
        assert target.notes == []
        assert from_kernel.program.pid in target.threads()
        for registers in target.threads().values():
            assert len(target.memory.read(registers.sp, 8)) == 8
        whole_program(target, from_kernel.program)


def test_a_symbol_plus_the_bias_is_the_run_time_address(from_kernel: Dumped) -> None:
    with open_target(str(from_kernel.core)) as target:
        symbol = target.binary.symbol("main.table")
        variable = target.dwarf.variable("main.table")
        assert symbol is not None
        assert variable is not None
        assert symbol.addr + target.bias == from_kernel.program.table == variable.addr
        assert (target.bias != 0) == target.binary.is_pie


def test_a_freeze_of_a_core_gives_its_threads(from_kernel: Dumped) -> None:
    with open_target(str(from_kernel.core)) as target, target.freeze() as freeze:
        assert freeze.threads == target.threads() != {}
        assert freeze.ms == 0.0


@pytest.mark.parametrize("percent", [30, 60, 95])
def test_a_core_that_was_cut_off(from_kernel: Dumped, percent: int, tmp_path: Path) -> None:
    check_cut(cut(from_kernel.core, percent, tmp_path), from_kernel, exe=None)


@pytest.mark.parametrize("percent", [30, 60, 95])
def test_a_gcore_that_was_cut_off_has_no_notes(from_gcore: Dumped, percent: int, tmp_path: Path) -> None:
    """gcore writes them last: the executable must be named, and its bias found from its first page."""
    path = cut(from_gcore.core, percent, tmp_path)
    with pytest.raises(TargetError, match="does not say which executable") as caught:
        open_target(str(path))
    assert "--exe" in caught.value.hint
    notes = check_cut(path, from_gcore, exe=str(from_gcore.exe))
    assert any("notes are cut off" in note for note in notes)


def cut(core: Path, percent: int, directory: Path) -> Path:
    path = copied(core, directory / "cut")
    os.truncate(path, core.stat().st_size * percent // 100)
    return path


def check_cut(path: Path, dumped: Dumped, exe: str | None) -> list[str]:
    """What is left is right, what is lost is not zero but unreadable, and the notes say how much."""
    with open_target(str(path), exe) as target:
        assert isinstance(target.memory, CoreMemory)
        for start, expected in ((dumped.program.table, steady.table()), (dumped.program.heap, ~steady.table())):
            words, ok = target.memory.gather(np.uint64(start) + np.uint64(8) * np.arange(steady.WORDS, dtype="u8"), [0])
            assert (words[ok, 0] == expected[ok]).all()
            assert not words[~ok].any()
        loads = target.memory.elf.loads()
        lost = sum(
            int(load["filesz"]) - max(0, min(int(load["filesz"]), path.stat().st_size - int(load["offset"])))
            for load in loads
        )
        assert lost > 0
        readable = sum(region.end - region.start for region in target.memory.regions() if region.readable)
        with open_target(str(dumped.core)) as whole:
            before = sum(region.end - region.start for region in whole.memory.regions() if region.readable)
        assert before - readable <= lost <= before - readable + sum(size for _, _, size in _constants(target))
        assert any("cut off" in note and "past its end" in note for note in target.notes)
        same_constants(target)
        return target.notes


def _constants(target: Target) -> list[tuple[int, int, int]]:
    return [(vaddr, offset, -(-size // PAGE) * PAGE) for vaddr, offset, size in target.binary.constant_ranges()]


def test_memory_that_a_filter_left_out_is_unreadable_not_zero(tmp_path: Path) -> None:
    exe = steady.build()
    directory = tmp_path / "cwd"
    core, program = steady.kernel_core(exe, directory, coredump_filter=0x10)
    with open_target(str(core)) as target:
        for start in (program.table, program.heap, program.counter):
            with pytest.raises(MemoryFault):
                target.memory.read(start, 8)
        _, ok = target.memory.gather(np.uint64(program.heap) + np.uint64(8) * np.arange(1000, dtype=np.uint64), [0])
        assert not ok.any()
        assert any("anonymous memory" in note and "coredump_filter" in note for note in target.notes)
        same_constants(target)
        assert target.threads()


def test_another_executable_is_refused(from_kernel: Dumped) -> None:
    other = steady.build(Variant("1.26.6"), pie="pie" in from_kernel.exe.name)
    with pytest.raises(WrongExecutable, match="is not the program of core"):
        open_target(str(from_kernel.core), str(other))


def test_another_build_of_the_same_program_is_refused(tmp_path: Path) -> None:
    """Of what the program cannot write to, a kernel's core holds the first page only: the build id decides."""
    core, _ = steady.kernel_core(steady.build(), tmp_path / "cwd")
    with pytest.raises(WrongExecutable):
        open_target(str(core), str(steady.build(ldflags="-X main.a=b")))


def test_a_stripped_executable_will_do_and_so_will_the_unstripped_one(tmp_path: Path) -> None:
    plain, stripped = steady.build(), tmp_path / "stripped"
    subprocess.run(["strip", "-o", stripped, plain], check=True)
    core, program = steady.kernel_core(stripped, tmp_path / "cwd")
    with open_target(str(core)) as target:
        said = " ".join(target.notes)
        assert "no symbol table" in said and "no debug information" in said
    with open_target(str(core), str(plain)) as target:
        whole_program(target, program, skip=PAGE)  # strip(1) changes the headers


def test_an_executable_that_is_gone_is_asked_for(tmp_path: Path) -> None:
    exe = tmp_path / "program"
    shutil.copy(steady.build(), exe)
    core, _ = steady.kernel_core(exe, tmp_path / "cwd")
    exe.unlink()
    with pytest.raises(TargetError, match=f"not on this machine: {exe}") as caught:
        open_target(str(core))
    assert "--exe" in caught.value.hint
    open_target(str(core), str(steady.build())).close()


def test_more_segments_than_a_header_can_count(tmp_path: Path) -> None:
    """PN_XNUM: the count stands in section 0, which a core that was cut off does not have."""
    count = 70_000
    segments = [Segment(BASE + 2 * PAGE * index, index.to_bytes(8, "little"), PAGE) for index in range(count)]
    raw = make_core(segments, align=8)
    path = tmp_path / "core"
    addrs = np.uint64(BASE) + np.uint64(2 * PAGE) * np.arange(count, dtype=np.uint64)
    for content in (raw, raw[:-64]):
        path.write_bytes(content)
        memory = CoreMemory(str(path))
        assert memory.elf.segments.size == count + 1
        words, ok = memory.gather(addrs[::-1], [0])
        assert ok.all()
        assert (words[::-1, 0] == np.arange(count, dtype=np.uint64)).all()
        _, ok = memory.gather(addrs, [8])
        assert not ok.any()
        memory.close()


@pytest.mark.parametrize(
    ("content", "error", "what"),
    [
        (b"", BadCore, "an empty file"),
        (b"\x1f\x8b" + bytes(100), BadCore, "a gzip file"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), BadCore, "a Zstandard file"),
        (b"no core at all\n" * 10, BadCore, "not an ELF file"),
        (make_core([Segment(BASE, bytes(PAGE), PAGE)])[:100], BadCore, "cut off before its table of segments"),
        (b"\x7fELF\x01\x01" + bytes(100), UnsupportedArch, "32-bit"),
        (b"\x7fELF\x02\x01" + bytes(20), BadCore, "cut off inside its header"),
    ],
)
def test_files_that_are_no_cores(tmp_path: Path, content: bytes, error: type[TargetError], what: str) -> None:
    path = tmp_path / "core"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        open_target(str(path))
    assert what in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_executable_is_not_a_core() -> None:
    with pytest.raises(BadCore, match="executable or library, not a core") as caught:
        open_target(str(steady.build()))
    assert "pid" in caught.value.hint
