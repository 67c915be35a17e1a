"""Predictions as renderers get them, figures chosen by hand."""

from __future__ import annotations

from dataclasses import replace

from goxray.core.predict_result import GrowthStep, Prediction, PredictResult

_MIB = 1 << 20

CLASSIC = Prediction(
    go_version="go1.23.9",
    goarch="amd64",
    kind="classic",
    type="map[string]*main.Session",
    step=0,
    step_text="insert 1e6",
    n=1_000_000,
    hint=0,
    exact=False,
    bytes=55 * _MIB,
    low=54 * _MIB,
    high=57 * _MIB,
    indirect_bytes=0,
    peak_bytes=87 * _MIB,
    scan_bytes=55 * _MIB,
    mallocs=38_304,
    total_alloc=118 * _MIB,
    slots=2_131_392,
    how="closed form",
    detail={
        "B": 18, "buckets": 1 << 18, "overflow_buckets": 4280, "noverflow": 535, "old_buckets": 0, "nevacuate": 1 << 17,
    },
    growth=(
        GrowthStep(1, "first bucket", 256, 256),
        GrowthStep(9, "buckets 2^0 -> 2^1", 464, 672),
        GrowthStep(425_985, "buckets 2^16 -> 2^17", 28 * _MIB, 43 * _MIB),
        GrowthStep(851_969, "buckets 2^17 -> 2^18", 55 * _MIB, 87 * _MIB),
    ),
)  # fmt: skip

SWISS = replace(
    CLASSIC,
    go_version="go1.27.3",
    kind="swiss",
    exact=False,
    bytes=53 * _MIB,
    low=53 * _MIB,
    high=53 * _MIB + 600,
    peak_bytes=54 * _MIB,
    scan_bytes=53 * _MIB,
    mallocs=8222,
    total_alloc=106 * _MIB,
    slots=2_097_152,
    detail={
        "tables": 2048, "groups": 262_144, "dir_len": 2048, "global_depth": 11, "growth_left": 835_008, "small": 0,
    },
    growth=(
        GrowthStep(1, "one group", 256, 256),
        GrowthStep(9, "group -> table of 16", 504, 712),
        GrowthStep(449, "table of 512 -> 1024", 14_000, 28_000),
        GrowthStep(824_930, "tables 1024 -> 1025", 27 * _MIB, 27 * _MIB),
        GrowthStep(1_000_000, "tables 2047 -> 2048", 53 * _MIB, 54 * _MIB),
    ),
)  # fmt: skip


def filled() -> PredictResult:
    """One step, versions that differ in kind, range and growth."""
    return PredictResult((CLASSIC, SWISS), ("what keys and elems point to is not counted: the bytes of strings",))


def churned() -> PredictResult:
    """Three steps; the last ones come from seeds at a part of the size, and nothing comes back."""
    after = [("delete 95%", 50_000), ("insert 2e5", 250_000)]
    how = "11 seeds at 1/8 of the size"
    results: list[Prediction] = []
    for first in (CLASSIC, SWISS):
        results.append(replace(first, how=how))
        for step, (text, n) in enumerate(after, 1):
            late = {name: value for name, value in first.detail.items() if name != "growth_left"}
            results.append(
                replace(first, step=step, step_text=text, n=n, peak_bytes=first.bytes, how=how, growth=(), detail=late)
            )
    note = "too large to simulate whole: 11 seeds at 1/8 of the size, figures scaled up and their spread"
    return PredictResult(tuple(results), (note,))


def odd() -> PredictResult:
    """A hostile type name, keys by pointer, an exact and an empty map, growth of a kind that is not known."""
    name = "map[main.\x1b[31mK<b>]struct{ 名 [200]byte }"
    exact = replace(
        SWISS,
        type=name,
        step_text="insert 3",
        n=3,
        hint=8,
        exact=True,
        bytes=2096,
        low=2096,
        high=2096,
        indirect_bytes=624,
        peak_bytes=2096,
        scan_bytes=152,
        mallocs=5,
        total_alloc=2720,
        slots=8,
        detail={"tables": 0, "groups": 1, "dir_len": 0, "global_depth": 0, "growth_left": 0, "small": 1},
        growth=(GrowthStep(1, "a new way of growing", 2096, 2096),),
    )
    empty = replace(
        CLASSIC,
        type=name,
        go_version="go1.25.5:noswissmap",
        goarch="amd64",
        step_text="insert 3",
        n=0,
        exact=True,
        bytes=48,
        low=48,
        high=48,
        peak_bytes=48,
        scan_bytes=48,
        mallocs=1,
        total_alloc=48,
        slots=0,
        detail={"B": 0, "buckets": 0, "overflow_buckets": 0, "noverflow": 0, "old_buckets": 0, "nevacuate": 0},
        growth=(),
    )
    return PredictResult((exact, empty), ("a note that no catalogue has \x07",))
