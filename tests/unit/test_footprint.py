"""What the kernel says of a process, compared with a process of ours that holds a known amount of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goxray.core.errors import ProcessGone
from goxray.target.footprint import SELDOM, Footprint, clock_offset_ns

MIB = 1 << 20
HOLDS = 64 * MIB
PROGRAM = f"b = b'x' * {HOLDS}; print(len(b), flush=True); input()"


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert int(process.stdout.readline()) == HOLDS
    yield process
    process.kill()
    process.communicate()


def test_weight_and_rollup_tell_of_the_same_memory(holder: subprocess.Popen[str]) -> None:
    with Footprint(holder.pid) as footprint:
        weight, rollup = footprint.weigh(), footprint.rollup()
        assert rollup is not None
        assert HOLDS < weight.rss_anon < weight.rss <= weight.rss_peak < 4 * HOLDS
        assert abs(weight.rss - rollup.rss) < 4 * MIB
        assert HOLDS < rollup.unique <= rollup.pss <= rollup.rss
        assert HOLDS <= rollup.anonymous <= rollup.rss
        assert (weight.swap, rollup.swap) == (0, 0)
        assert weight.threads == len(os.listdir(f"/proc/{holder.pid}/task"))
        assert footprint.clock_offset_ns == 0


def test_page_tables_are_walked_seldom(holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not again within a second, and the longer a walk takes the later the next one comes."""
    now = [1000.0]
    monkeypatch.setattr("goxray.target.footprint.time.monotonic", lambda: now[0])
    with Footprint(holder.pid) as footprint:
        assert footprint.rollup() is not None
        now[0] += 0.9 * SELDOM
        assert footprint.rollup() is None
        now[0] += 0.2 * SELDOM
        ticks = iter([now[0], now[0] + 0.025])
        monkeypatch.setattr("goxray.target.footprint.time.monotonic", lambda: next(ticks))
        slow = footprint.rollup()
        assert slow is not None and slow.took_s == pytest.approx(0.025)
        now[0] += 24.0
        monkeypatch.setattr("goxray.target.footprint.time.monotonic", lambda: now[0])
        assert footprint.rollup() is None
        now[0] += 1.1
        assert footprint.rollup() is not None


def test_waiting_ends_with_the_process(holder: subprocess.Popen[str]) -> None:
    with Footprint(holder.pid) as footprint:
        assert footprint.wait(0.001) is False
        holder.kill()
        assert footprint.wait(60.0) is True
        with pytest.raises(ProcessGone):  # a zombie until its parent asks
            footprint.weigh()
        holder.communicate()
        with pytest.raises(ProcessGone):
            footprint.weigh()
        assert footprint.rollup() is None


def test_a_process_that_is_not_there() -> None:
    with pytest.raises(ProcessGone):
        Footprint((1 << 22) - 1)


def test_clocks_of_time_namespaces(tmp_path: Path) -> None:
    """The offsets of both are against the machine's clock; a kernel without them has one clock."""
    for name, text in (("7", "monotonic  100 250000000\nboottime   5 0\n"), ("self", "monotonic -3 0\nboottime 0 0\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "timens_offsets").write_text(text)
    assert clock_offset_ns(7, str(tmp_path)) == 103_250_000_000
    assert clock_offset_ns(8, str(tmp_path)) == 3_000_000_000
    (tmp_path / "self" / "timens_offsets").unlink()
    assert clock_offset_ns(8, str(tmp_path)) == 0
