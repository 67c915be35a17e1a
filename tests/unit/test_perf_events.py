"""Uprobes through perf: what is asked of the kernel, how its records are read, and what its refusals say."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from goxray.core.errors import GoxrayError, PermissionRefused, ProcessGone, TargetError
from goxray.target import perf_events, perf_refusal
from goxray.target.perf_events import REGISTERS, Hits, Uprobe, Uprobes, attributes, online_cpus, split
from goxray.target.perf_refusal import refusal

INHERIT, EXCLUDE_USER, INHERIT_STAT, USE_CLOCKID = 1 << 1, 1 << 4, 1 << 11, 1 << 25
SAMPLE, LOST, THROTTLE = 9, 2, 5


def test_neither_inherited_nor_a_return_probe() -> None:
    """Both kill Go programs: bit 1 and 11 of the flags (linux/perf_event.h), bit 0 of the uprobe PMU's config."""
    attr = attributes(8, perf_events._NO_RETURN_PROBE, 0x1000, 0x406BAA, 1 << 20)
    kind, size, config, period, _, _, flags, watermark, _, path, offset = struct.unpack_from("<IIQQQQQIIQQ", attr)
    assert (kind, size, config, period) == (8, len(attr), 0, 1)
    assert not flags & (INHERIT | INHERIT_STAT | EXCLUDE_USER)
    assert flags & USE_CLOCKID
    assert (watermark, path, offset) == (1 << 20, 0x1000, 0x406BAA)
    registers, _, clock = struct.unpack_from("<QIi", attr, 80)
    assert registers == 1 << 0 | 1 << 1 | 1 << 2 | 1 << 5 | 1 << 22  # AX, BX, CX, DI, R14 (asm/perf_regs.h)
    assert clock == 1  # CLOCK_MONOTONIC


def sample(number: int, at: int, pid: int = 7, tid: int = 8, registers: tuple[int, ...] = (1, 2, 3, 4, 5)) -> bytes:
    body = struct.pack("<QQIIQQ5Q", number, 0x400000, pid, tid, at, 2, *registers)
    return struct.pack("<IHH", SAMPLE, 2, len(body) + 8) + body


def other(kind: int, *words: int) -> bytes:
    return struct.pack("<IHH", kind, 0, 8 + 8 * len(words)) + struct.pack(f"<{len(words)}Q", *words)


def parsed(data: bytes) -> tuple[list[int], int, int]:
    records, lost, throttled = split(np.frombuffer(data, np.uint8))
    return records[:, 4].tolist(), lost, throttled


def test_records_of_other_kinds_between_samples() -> None:
    data = sample(1, 10) + sample(1, 11) + other(LOST, 1, 40) + sample(2, 12) + other(THROTTLE, 1, 2, 3)
    data += other(77, 0) + sample(1, 13) + other(LOST, 2, 2)
    assert parsed(data) == ([10, 11, 12, 13], 42, 1)
    assert parsed(b"") == ([], 0, 0)
    assert parsed(other(LOST, 1, 3)) == ([], 3, 0)


def test_a_record_of_no_length_does_not_hang() -> None:
    assert parsed(struct.pack("<IHH", 77, 0, 0) + sample(1, 5)) == ([5], 0, 0)


def test_columns_of_hits() -> None:
    records, _, _ = split(np.frombuffer(sample(31, 10, registers=(9, 8, 7, 6, 5)) + sample(30, 4, tid=1), np.uint8))
    hits = Hits.joined([Hits.of(records, {30: 0, 31: 1})])
    assert hits.at_ns.tolist() == [4, 10]
    assert hits.probe.tolist() == [0, 1]
    assert (hits.pid.tolist(), hits.tid.tolist()) == ([7, 7], [1, 8])
    assert dict(zip(REGISTERS, hits.registers[1].tolist(), strict=True)) == {
        "rax": 9, "rbx": 8, "rcx": 7, "rdi": 6, "r14": 5,
    }  # fmt: skip
    assert len(hits.of_process(6).probe) == 0
    assert len(Hits.joined([]).probe) == 0


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (errno.EACCES, PermissionRefused, "CAP_PERFMON"),
        (errno.EPERM, PermissionRefused, "perf_event_open"),
        (errno.ENOENT, ProcessGone, "ended"),
        (errno.EMFILE, TargetError, "ulimit -n"),
        (errno.EINVAL, TargetError, "file system"),
    ],
)
def test_what_refusals_say(code: int, kind: type[GoxrayError], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(perf_refusal, "in_container", lambda: False)
    error = refusal(code, "a uprobe in ./x at 0x10")
    assert type(error) is kind
    assert error.exit_code == 3
    assert "a uprobe in ./x at 0x10" in str(error)
    assert says in error.hint
    assert "\n" not in str(error) + error.hint


def test_advice_for_users_and_for_root_of_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo goxray trace" in refusal(errno.EACCES, "x").hint
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(perf_refusal, "in_container", lambda: True)
    assert "--cap-add=PERFMON" in refusal(errno.EPERM, "x").hint


def test_users_without_privileges_are_told_what_to_do() -> None:
    """The real kernel's refusal, in a process that has given up what root may do."""
    code = (
        "import os\n"
        "from goxray.core.errors import PermissionRefused\n"
        "from goxray.target.perf_events import Uprobe, Uprobes\n"
        "os.seteuid(65534)\n"
        "try:\n"
        "    Uprobes([Uprobe('/bin/true', 4096)])\n"
        "except PermissionRefused as error:\n"
        "    print(error, error.hint, sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", "import sys\n" + code], capture_output=True, text=True, check=True)
    message, hint = done.stdout.splitlines()
    assert message.startswith("the kernel does not let this user record events")
    assert "sudo goxray trace" in hint


def test_a_kernel_without_the_pmu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perf_events, "PMU", tmp_path)
    with pytest.raises(TargetError, match="offers no uprobes") as caught:
        Uprobes([])
    assert "CONFIG_UPROBE_EVENTS" in caught.value.hint


def test_a_file_that_cannot_be_probed(tmp_path: Path) -> None:
    """The kernel takes regular files only; what was opened before the refusal is closed."""
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(TargetError):
        Uprobes([Uprobe("/dev/null", 0)])
    with pytest.raises(ProcessGone):
        Uprobes([Uprobe(str(tmp_path / "nothing"), 0)])
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_processors_that_are_on() -> None:
    assert len(online_cpus()) == os.cpu_count()
    assert online_cpus() == sorted(set(online_cpus()))
