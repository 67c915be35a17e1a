"""Figures that others have published: what real Go says of them, what goxray predicts, what our document says.

A reader's program measures each figure with runtime.MemStats. The verdicts in the table of docs/published-figures.md,
right or wrong for each version, must be those of real Go, and ``goxray predict`` must come to the same.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from goxray.core.predict_result import Prediction
from goxray.model.predict import predict
from tests.harness.programs import Build, build
from tests.harness.variants import BASELINES, Variant, params
from tools.docs_examples.run import REPO

DOCUMENTS = ("docs/published-figures.md", "docs/published-figures.zh-CN.md")
COLUMNS = {21: 1, 22: 2, 23: 2, 24: 3, 25: 3, 26: 3, 27: 4}
"""The column of the documents' table for each minor version."""

ALIKE = (22, 25, 26)
"""Versions without a column of their own; what takes long is not measured again there."""

LONG = ("book", "routing")

TOLERANCE = 0.01
"""A published figure is right when it is no further away than this: most are rounded."""

UNITS = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
CELL = re.compile(r"([\d,.]+) ?([KM]iB|B|)(?: ([✓✗]))?")
HEADER = 48
"""Bytes of a map's header, which stands on the stack of a function that keeps the map to itself."""

RESPONSE = "map[string]struct{ShardID int32; ShardType int; RoutingKey string; LastModified *Time}"

RESPONSE_SAID = {False: 726.4 * 1024 * 1024, True: 217 * 1024 * 1024}
"""What was published for buckets and for Swiss tables."""


@dataclass(frozen=True)
class Claim:
    """One row of the table: the measurement of the program and what ``predict`` says of the same map."""

    measure: str
    place: int
    predicted: Callable[[str], float]


def last(go: str, map_type: str, n: int, hint: int = 0, churn: str = "") -> Prediction:
    return predict(map_type, n, hint=hint, churn=churn, go=[go]).results[-1]


def let_go(go: str) -> int:
    before, after = predict("map[int]int", 106_497, churn="delete 53248", go=[go]).results
    return before.bytes - after.bytes


def third_growth(go: str) -> int:
    return last(go, "map[int]*int", 1000).growth[2].entries


CLAIMS = {
    "1": Claim("book", 1, lambda go: last(go, "map[int][128]byte", 1_000_000, churn="delete 100%").bytes),
    "2": Claim("book", 2, lambda go: last(go, "map[int][128]byte", 1_000_000).bytes),
    "3": Claim("growth", 1, third_growth),
    "4": Claim("empties", 0, lambda go: last(go, "map[int64]struct{}", 8).bytes),
    "5": Claim("set", 3, lambda go: last(go, "map[int]struct{}", 10_000, 10_000).total_alloc - HEADER),
    "6": Claim("hint", 2, lambda go: last(go, "map[string]int", 0, 100).total_alloc),
    "7": Claim("million", 0, lambda go: last(go, "map[int]int", 1 << 20).bytes),
    "8": Claim("article", 3, lambda go: last(go, "map[int]int", 0, 100_000).bytes),
    "9": Claim("shrink", 1, let_go),
    "10": Claim("strings", 6, lambda go: last(go, "map[string]int", 1024, 1024).total_alloc),
    "11": Claim("routing", 0, lambda go: last(go, RESPONSE, 3_500_000).bytes),
}


def claims(variant: Variant) -> list[tuple[str, Claim]]:
    """What is measured on one version, by number."""
    return [(each, claim) for each, claim in CLAIMS.items() if variant.minor not in ALIKE or claim.measure not in LONG]


@cache
def measured(variant: Variant) -> dict[str, list[int]]:
    """What the program says on one version; built and run once."""
    names = dict.fromkeys(claim.measure for _, claim in claims(variant))
    exe = build("published", Build(variant))
    found: dict[str, list[int]] = json.loads(subprocess.run([exe, *names], capture_output=True, check=True).stdout)
    return found


def value(text: str) -> tuple[float, float, str]:
    """A cell's figure, half a unit of its last digit, and its mark."""
    match = CELL.fullmatch(text)
    assert match, text
    digits, unit, mark = match[1].replace(",", ""), UNITS[match[2]], match[3] or ""
    return float(digits) * unit, 0.5 * 10.0 ** -len(digits.partition(".")[2]) * unit, mark


def table(document: str) -> dict[str, list[str]]:
    """The rows of the document's table by number: published, then a cell a version."""
    rows = re.findall(r"^\| (\d+) \|(.*)\|$", (REPO / document).read_text(), re.MULTILINE)
    return {number: [cell.strip() for cell in rest.split("|")][-1 - max(COLUMNS.values()) :] for number, rest in rows}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_figure_has_its_row(document: str) -> None:
    assert list(table(document)) == list(CLAIMS)
    assert table(document) == table(DOCUMENTS[0])


@pytest.mark.parametrize("variant", params(BASELINES))
def test_real_go_agrees_with_the_documents_verdict(variant: Variant) -> None:
    rows, wrong = table(DOCUMENTS[0]), []
    for number, claim in claims(variant):
        real = measured(variant)[claim.measure][claim.place]
        published, _, _ = value(rows[number][0])
        shown, half, mark = value(rows[number][COLUMNS[variant.minor]])
        if abs(real - shown) > max(half, TOLERANCE * real):
            wrong.append(f"{number}: {real} is shown as {shown}")
        if (abs(published - real) <= TOLERANCE * real) != (mark == "✓"):
            wrong.append(f"{number}: {published} is marked {mark}, really it is {real}")
    assert wrong == []


@pytest.mark.parametrize("variant", params(BASELINES))
def test_real_go_agrees_with_predict(variant: Variant) -> None:
    wrong = []
    for number, claim in claims(variant):
        real, said = measured(variant)[claim.measure][claim.place], claim.predicted(variant.version)
        if abs(real - said) > TOLERANCE * real:  # chance moves none of them as far
            wrong.append(f"{number}: {real}, predicted {said}")
    assert wrong == []


@pytest.mark.parametrize("variant", params(BASELINES))
def test_what_the_text_says_beside_the_table(variant: Variant) -> None:
    real, swiss = measured(variant), variant.kind == "swiss"
    assert real["growth"] == [step.entries for step in last(variant.version, "map[int]*int", 999).growth[1:]]
    assert (real["empties"][0] == real["empties"][1]) == swiss, "a bool costs nothing beside an empty struct"
    bools, bool_bytes, empties, empty_bytes = real["set"]
    assert (bools, empties) == ((33, 33) if swiss else (11, 11))
    assert empty_bytes == bool_bytes if swiss else empty_bytes < 0.95 * bool_bytes
    assert real["hint"][:2] == [HEADER, 4 if swiss else 3]
    assert real["article"][1] == real["article"][2] == last(variant.version, "map[int]int", 0, 1000).bytes
    assert bool(real["shrink"][0]) == (variant.version == "1.21.13"), "it grows at 98,305 entries there"
    assert last("1.23", "map[int][128]byte", 1_000_000).peak_bytes == pytest.approx(461 << 20, rel=0.002)
    if variant.minor not in ALIKE:
        low, high = (1.25, 1.30) if swiss else (1.015, 1.06)
        assert low < real["routing"][0] / RESPONSE_SAID[swiss] < high
