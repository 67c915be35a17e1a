"""The benchmark of sealing: what is opened is what was sealed, and its figures are worked out right."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.measure import Cost
from bench.seal_run import Done, one_size, shown, verdict


def test_one_size_goes_all_the_way_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = Done("library", 1, 1.0, Cost(1.0, 1.0, 1 << 20))
    done, same = one_size(tmp_path, 2, library, 1)
    assert same
    assert [each.mib for each in done] == [2] * 4 and all(each.seconds > 0 for each in done)
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_rates_by_hand() -> None:
    library = Done("library", 100, 1.0, Cost(1.0, 1.0, 1 << 20))  # 104.8576 MB in a second
    half = Done("seal", 100, 2.0, Cost(3.5, 2.1, 1 << 25))
    assert shown(library, library).split() == ["library", "100", "105", "100%", "1.00", "1"]
    assert shown(half, library).split() == ["seal", "100", "52", "50%", "3.50", "32"]


@pytest.mark.parametrize(("least", "word"), [(0.8, "reached"), (0.799, "missed")])
def test_the_verdict_is_on_the_slowest(least: float, word: str) -> None:
    assert verdict(least).endswith(f"wanted 80%: {word})")
