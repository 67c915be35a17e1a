"""Files that are gone through once: their bytes are right, their pages are given back, and no error is lost."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from goxray.core.errors import GoxrayError
from goxray.vault.bundle import passing, place
from goxray.vault.bundle.passing import Leaving, Passing

PIECE = 4096


@pytest.fixture
def advice(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Pieces are small, and what the kernel is told of them is noted: start and length."""
    monkeypatch.setattr(passing, "PIECE", PIECE)
    told: list[tuple[int, int]] = []

    def advise(number: int, start: int, length: int, what: int) -> None:
        assert what == os.POSIX_FADV_DONTNEED and os.fstat(number)
        told.append((start, length))

    monkeypatch.setattr(os, "posix_fadvise", advise)
    return told


def test_what_is_read_is_given_back_piece_by_piece(tmp_path: Path, advice: list[tuple[int, int]]) -> None:
    data = os.urandom(3 * PIECE + 5)
    path = tmp_path / "content"
    path.write_bytes(data)
    with Passing(os.open(path, os.O_RDONLY)) as file:
        head = file.read(1000)
        buffer = bytearray(len(data))
        got = 0
        while count := file.readinto(memoryview(buffer)[got : got + 1500]):
            got += count
        assert head + buffer[:got] == data
        assert file.read() == b""
    assert advice == [(0, 4000 + 1500), (5500, 4500)]


def test_what_is_written_is_synced_and_given_back(tmp_path: Path, advice: list[tuple[int, int]]) -> None:
    data = os.urandom(2 * PIECE + 7)
    with place.new_file(tmp_path, "sealed") as out:
        for at in range(0, len(data), 999):
            out.write(data[at : at + 999])
    assert (tmp_path / "sealed").read_bytes() == data
    assert advice and advice[0][0] == 0
    for (start, length), (following, _) in zip(advice, advice[1:], strict=False):
        assert start + length == following
    assert all(length >= PIECE for _, length in advice)


def test_a_disk_that_fails_behind_our_back_is_told_by_the_next_write(
    tmp_path: Path, advice: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(number: int) -> None:
        raise OSError(errno.EIO, "it broke")

    monkeypatch.setattr(os, "fdatasync", fails)
    with Leaving(os.open(tmp_path / "raw", os.O_WRONLY | os.O_CREAT)) as raw:
        raw.write(bytes(PIECE))
        with pytest.raises(OSError, match="it broke"):
            raw.write(bytes(PIECE))
        raw.write(bytes(PIECE))
        with pytest.raises(OSError, match="it broke"):
            raw.settle()
        raw.write(bytes(PIECE))
    assert raw.closed
    with pytest.raises(GoxrayError, match="cannot write"), place.new_file(tmp_path, "sealed") as out:
        out.write(bytes(PIECE * 2))
        out.write(bytes(PIECE * 2))
    assert {each.name for each in tmp_path.iterdir()} == {"raw"}


def test_a_file_system_that_takes_no_advice_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: int) -> None:
        raise OSError(errno.EINVAL, "no advice")

    monkeypatch.setattr(passing, "PIECE", PIECE)
    monkeypatch.setattr(os, "posix_fadvise", refuses)
    with place.new_file(tmp_path, "sealed") as out:
        out.write(bytes(PIECE * 3))
    with place.readable(tmp_path / "sealed") as file:
        assert file.read(io.DEFAULT_BUFFER_SIZE) == bytes(io.DEFAULT_BUFFER_SIZE)
        assert len(file.read()) == PIECE * 3 - io.DEFAULT_BUFFER_SIZE
