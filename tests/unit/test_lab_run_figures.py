"""What the lab takes from a program's output: its figures, and of the rest both ends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.lab.processes import Kept, Lines
from goxray.lab.trial import Printed, figures

GOOD = '{"arm":"a","case":"hint 8","name":"bytes","value":48,"unit":"bytes"}'
HEAD = '{"arm":"a","name":"n","unit":"1","value":'


def test_a_line_with_all_members_is_a_figure_and_the_case_may_be_absent() -> None:
    assert figures(GOOD + "\n" + HEAD + "-1.5e3}\n") == (
        Printed("a", "hint 8", "bytes", 48.0, "bytes"),
        Printed("a", "", "n", -1500.0, "1"),
    )


@pytest.mark.parametrize(
    "line",
    [
        GOOD[:-1], GOOD[1:], f" {GOOD}", GOOD.replace('"arm":"a",', ""), GOOD.replace('"bytes",', "7,"), "{}", "{",
        "[1]", HEAD + '"12"}', HEAD + "true}", HEAD + "null}", HEAD + "NaN}", HEAD + "Infinity}", HEAD + "1e999}",
        HEAD + "9" * 400 + "}", GOOD.replace('"a"', "1"), "gc 1 @0.001s 3%", "",
    ],
    ids=range(18),
)  # fmt: skip
def test_anything_else_is_text_and_does_not_hide_its_neighbours(line: str) -> None:
    assert [each.name for each in figures(f"{GOOD}\n{line}\n{GOOD}\n")] == ["bytes", "bytes"]


@given(st.text())
def test_no_output_is_too_strange(text: str) -> None:
    assert all(isinstance(each, Printed) for each in figures(text))


@given(st.text(), st.text(), st.text(), st.floats(allow_nan=False, allow_infinity=False), st.text())
def test_what_a_program_prints_comes_back(arm: str, case: str, name: str, value: float, unit: str) -> None:
    line = json.dumps({"arm": arm, "case": case, "name": name, "value": value, "unit": unit})
    assert figures(line) == (Printed(arm, case, name, value, unit),)


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(1, 50))
def test_both_ends_of_an_output_are_kept_and_the_gap_is_counted(parts: list[bytes], keep: int) -> None:
    kept = Kept(keep)
    for part in parts:
        kept.add(part)
    whole = b"".join(parts)
    lost = max(0, len(whole) - 2 * keep)
    gap = f"\n[goxray: {lost} bytes left out]\n".encode() if lost else b""
    expected = whole[:keep] + gap + whole[keep + lost :]
    assert kept.text() == expected.decode("utf-8", "replace")


@given(st.lists(st.sampled_from([b"{a}", b"\n", b"text", b"{", b"{\xff}\n", b""]), max_size=40))
def test_lines_of_figures_are_found_however_they_are_cut(parts: list[bytes]) -> None:
    lines = Lines()
    for part in parts:
        lines.add(part)
    whole = b"".join(parts).split(b"\n")[:-1]
    expected = [line + b"\n" for line in whole if line.startswith(b"{")]
    assert lines.text() == b"".join(expected).decode("utf-8", "replace")


def test_endless_lines_and_endlessly_many_take_no_endless_memory() -> None:
    lines = Lines()
    for _ in range(100):
        lines.add(b"{" * (1 << 16))
    lines.add(b"\n" + b"{}\n")
    assert lines.text() == "{}\n"
    for _ in range(20):
        lines.add((b"{" + b"x" * 999 + b"\n") * 1000)
    assert len(lines.text()) <= (8 << 20) + 10_000
