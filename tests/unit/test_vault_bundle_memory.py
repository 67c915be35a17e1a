"""Sealing, verifying and opening hold a few chunks at a time, however long the content is."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from goxray.vault import sm2, sm4
from goxray.vault.bundle.chunks import WORKERS
from goxray.vault.bundle.format import Content
from goxray.vault.bundle.open import open_file
from goxray.vault.bundle.seal import How, seal_file
from goxray.vault.bundle.verify import verify_file

MIB = 1 << 20
MOST = (WORKERS + 2) * 4 * MIB
"""A chunk being worked on: its buffer, what the library gives, that with the tag, and one to spare."""


def peak(function: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suite", list(sm4.Suite))
def test_memory_does_not_grow_with_the_content(tmp_path: Path, suite: sm4.Suite) -> None:
    key = sm2.generate()
    trusted = {key.public.key_id: key.public}
    peaks = {}
    for size in (8, 64):
        source, bundle = tmp_path / f"{size}", tmp_path / f"{size}.goxs"
        source.touch()
        os.truncate(source, size * MIB)
        how = How([key.public], key, suite=suite)
        name = f"{size}.out"
        steps: tuple[Callable[[], object], ...] = (
            lambda source=source, bundle=bundle, how=how, name=name: seal_file(source, bundle, Content(name), how),
            lambda bundle=bundle: verify_file(bundle, trusted),
            lambda bundle=bundle: open_file(bundle, tmp_path, key, trusted),
        )
        peaks[size] = [peak(step) for step in steps]
        assert (tmp_path / name).stat().st_size == size * MIB < bundle.stat().st_size
    assert max(peaks[64]) < MOST, peaks
    assert [big - small for small, big in zip(peaks[8], peaks[64], strict=True) if big - small > MOST // 2] == []
    assert min(peaks[8][0], peaks[8][2]) > MIB  # the content is seen by what measures
