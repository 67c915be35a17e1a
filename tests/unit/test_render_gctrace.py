"""The report of ``goxray gc read`` and ``gc run``: goldens, widths, both languages, nothing left out unsaid.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/unit/test_render_gctrace.py``, then read the diff.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from goxray import api_gc
from goxray.core.gctrace_result import GcTraceResult, SetAside
from goxray.core.timeline_result import Timeline, TimelineFinding
from goxray.render import write
from goxray.render.gctrace_story import ms
from goxray.render.options import RenderOptions
from goxray.timeline.gctrace import odd
from tests.harness.goldens import reviewed

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
CORPUS = TESTS / "corpus" / "gctrace"


def _log(name: str) -> GcTraceResult:
    """A log of the corpus, with findings of its own making: rules come and go."""
    result = replace(api_gc.gc_read(CORPUS / f"{name}.log"), source=f"{name}.log")
    finding = TimelineFinding("made-up", "warning", 1.0, 2.5, {"waited_ms": 12.0})
    lines = tuple(
        Timeline(one.name or f"process {one.process}", "program start", findings=(finding,) if one.process == 1 else ())
        for one in result.processes
    )
    return replace(result, make_timelines=lambda: lines)


def compose() -> GcTraceResult:
    return _log("hand-go1.8-compose")


def alone() -> GcTraceResult:
    return _log("hand-go1.5")


def release() -> GcTraceResult:
    return _log("go1.27.3")


def nothing() -> GcTraceResult:
    return replace(api_gc.gc_read(io.BytesIO(b"hello\nworld\n")), source="service.log")


def ran() -> GcTraceResult:
    return replace(nothing(), source="true", command=("true",), exit_code=0)


CASES: dict[str, tuple[Callable[[], GcTraceResult], RenderOptions]] = {
    "gctrace-compose-80.txt": (compose, RenderOptions(width=80)),
    "gctrace-compose-140.txt": (compose, RenderOptions(width=140)),
    "gctrace-compose-120-zh.txt": (compose, RenderOptions(width=120, lang="zh")),
    "gctrace-old-100-color.txt": (alone, RenderOptions(width=100, color=True)),
    "gctrace-old-80-ascii.txt": (alone, RenderOptions(width=80, ascii_only=True)),
    "gctrace-120.txt": (release, RenderOptions(width=120)),
    "gctrace-nothing-80.txt": (nothing, RenderOptions(width=80)),
    "gctrace-ran-80-zh.txt": (ran, RenderOptions(width=80, lang="zh")),
}


def _written(result: GcTraceResult, options: RenderOptions) -> str:
    out = io.BytesIO()
    write(result, "table", out, options, "gctrace")
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str) -> None:
    make, options = CASES[name]
    text = _written(make(), options)
    assert text == reviewed(name, text)


def test_every_golden_file_has_a_case() -> None:
    assert {path.name for path in GOLDEN.glob("gctrace*")} == set(CASES)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 200])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("make", [compose, alone, release, nothing])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], GcTraceResult], lang: str, width: int) -> None:
    text = _written(make(), RenderOptions(width=width, lang="zh" if lang == "zh" else "en"))
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("make", [compose, alone, release, nothing])
def test_ascii_terminals_get_ascii(make: Callable[[], GcTraceResult]) -> None:
    text = _written(make(), RenderOptions(ascii_only=True))
    assert text.isascii()
    assert "\\x" not in text


def test_more_lines_set_aside_than_shown_are_counted() -> None:
    aside = tuple(SetAside(line, f"gc {line} @1", odd.TORN) for line in range(1, 31))
    text = _written(replace(alone(), set_aside=aside, set_aside_total=1234), RenderOptions())
    assert "Set aside: 1,234 lines" in text
    shown = len(re.findall(r"^  line \d+ ", text, re.M))
    assert f"{1234 - shown:,} more; --format json has them" in text


def test_of_many_processes_the_worst_are_shown() -> None:
    one = compose().processes[0]
    many = tuple(
        replace(one, process=n, name=f"pod-{n}", pauses=replace(one.pauses, max_ms=float(n % 50)))
        for n in range(1, 101)
    )
    result = replace(compose(), processes=many)
    shown = re.findall(r"^ +\d+  (pod-\d+) ", _written(result, RenderOptions()), re.M)
    assert shown == [f"pod-{n}" for n in range(1, 101) if n % 50 >= 40]
    assert "80 more, with shorter stops" in _written(result, RenderOptions())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.001, "1 µs"),
        (0.99, "990 µs"),
        (1.2, "1.2 ms"),
        (9.9, "9.9 ms"),
        (104.0, "104 ms"),
        (12_000.0, "12 s"),
    ],
)
def test_times_have_the_digits_that_go_prints(value: float, text: str) -> None:
    assert ms(value) == text
