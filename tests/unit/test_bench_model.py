"""The benchmark of the model of maps: its figures by hand, and both fillers on a small map."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.measure import Cost, run
from bench.model_run import SOURCE, real_fill
from bench.model_table import Filled, ModelTrial, container_line, exponent, predict_line, row, verdict_line
from goxray.target import toolchains

REAL = Filled(entries=10_000_000, seconds=2.0, bytes=300_000_000)


def trial(seconds: float, *, entries: int = 10_000_000, size: int = 300_000_000) -> ModelTrial:
    return ModelTrial("1.27.3", Filled(entries, seconds, size, memory=20 * entries, kind="swiss"), REAL)


def test_rates_and_ratios_by_hand() -> None:
    one = trial(0.4)
    assert one.model.rate == pytest.approx(25e6)
    assert one.model.each == pytest.approx(40.0)
    assert one.real.rate == pytest.approx(5e6)
    assert one.ratio == pytest.approx(5.0)
    assert "5.00x" in row(one) and " 25.0 " in row(one) and " 20.0 " in row(one)


@pytest.mark.parametrize(
    ("one", "right"),
    [
        (trial(0.4, size=305_000_000), True),
        (trial(0.4, size=295_000_000), True),
        (trial(0.4, size=310_000_000), False),
        (trial(0.4, size=290_000_000), False),
        (trial(0.4, entries=9_999_999), False),
    ],
)
def test_another_map_than_the_real_one_is_wrong(one: ModelTrial, right: bool) -> None:
    assert one.right is right
    assert row(one).endswith("wrong") is not right


@pytest.mark.parametrize(("seconds", "word"), [(0.49, "reached"), (0.5, "reached"), (0.51, "missed")])
def test_the_verdict_is_on_the_largest_size(seconds: float, word: str) -> None:
    slow = ModelTrial("1.27.3", Filled(1000, 1.0, 1), Filled(1000, 1.0, 1))
    assert f"20, {word})" in verdict_line([slow, trial(seconds)])


def test_exponent_tells_linear_from_quadratic() -> None:
    linear = [Filled(entries, entries * 4e-8, 0) for entries in (1000, 4000, 16000)]
    quadratic = [Filled(entries, entries**2 * 1e-9, 0) for entries in (1000, 4000, 16000)]
    assert exponent(linear) == pytest.approx(1.0)
    assert exponent(quadratic) == pytest.approx(2.0)
    assert "cost ~ size^2.00, Go's ~ size^1.00" in verdict_line(
        [ModelTrial("1.23.9", model, real) for model, real in zip(quadratic, linear, strict=True)]
    )


def test_containers_are_told_by_their_class() -> None:
    assert "SwissMap.assign_many" in container_line("1.27.3", trial(0.4).model)


def test_predictions_are_held_against_wall_time() -> None:
    assert "299 ms, 100 ms of them CPU (to reach: under 300 ms, reached)" in predict_line(
        "p", Cost(0.1, 0.299, 0), Cost(0.05, 0.08, 0)
    )
    assert "missed" in predict_line("p", Cost(0.1, 0.3, 0), Cost(0.05, 0.08, 0))


@pytest.mark.parametrize(("version", "kind"), [("1.23.9", "classic"), ("1.27.3", "swiss")])
def test_both_fill_the_same_map(version: str, kind: str, tmp_path: Path) -> None:
    """The model's bytes are those of the real heap, and neither took no time."""
    executable = toolchains.install(version).build(SOURCE, tmp_path / "fills")
    real = real_fill(executable, 100_000)
    for how in ("simulate", "container"):
        _, out = run([sys.executable, "-m", "bench.model_fill", how, version, "100000", "1"])
        said = json.loads(out)
        assert said["kind"] == kind and said["entries"] == real.entries == 100_000
        assert said["bytes"] == pytest.approx(real.bytes, rel=0.02)
        assert said["seconds"] > 0 and real.seconds > 0
