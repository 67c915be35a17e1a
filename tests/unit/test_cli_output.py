"""Where results go: nothing half-written stays, whichever step of the way an interrupt meets."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from goxray.core.errors import UsageError
from goxray.ui.cli import output
from goxray.ui.cli.output import opened

ENOUGH = 2000


class _Stop:
    """Raises an interrupt before one instruction of the module under test, as a signal does."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, _given: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != output.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        return self


def interrupted(path: Path, at: int) -> bool:
    """Write a file and interrupt it before the instruction ``at``; say whether there was one."""
    before, stop = sys.gettrace(), _Stop(at)
    sys.settrace(stop)
    try:
        with opened(str(path)) as out:
            out.write(b"whole")
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_an_interrupt_at_any_step_leaves_what_was_there_or_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    ends = set()
    for at in range(ENOUGH):
        path.write_bytes(b"before")
        more = interrupted(path, at)
        assert os.listdir(tmp_path) == ["report.txt"], at
        ends.add(path.read_bytes())
        if not more:
            break
    assert at > 50 and not more, "every instruction had its turn"
    assert ends == {b"before", b"whole"}


def test_a_file_is_its_owner_s_alone_whatever_the_mask_of_the_process(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(str(tmp_path / "report.txt")) as out:
            [beside] = tmp_path.iterdir()
            assert stat.S_IMODE(beside.stat().st_mode) == 0o600 and beside.suffix == ".part"
            out.write(b"whole")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.txt").stat().st_mode) == 0o600


def test_what_cannot_be_made_is_told_by_the_name_that_was_given(tmp_path: Path) -> None:
    for name in ("gone/report.txt", "n" * 250):
        with (
            pytest.raises(UsageError, match="^cannot write .*(No such file|File name too long)"),
            opened(str(tmp_path / name)),
        ):
            raise AssertionError("there is no such place")
    assert os.listdir(tmp_path) == []
