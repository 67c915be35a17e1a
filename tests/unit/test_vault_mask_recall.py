"""How much is found and how much is masked for nothing, on made logs with labels. Floors are what was measured.

The logs are made by rules (tests/harness/mask_logs.py), so they say how the detectors do on such lines, not on any
bank's log. Names that nothing announces are missed, and counted here.
"""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from goxray.vault.mask import rules
from goxray.vault.mask.masker import Masker
from tests.harness.mask_logs import Line, identity, lines, luhn

COUNT = 4000
ANNOUNCED = 1.0
NAMES = 0.94
"""Measured: 0.971 in the Chinese log and 0.945 in the English one. What is missed is what ``BARE`` says."""

# Nothing announces them; or a surname that begins common words (客户高峰) follows such a word without a sign.
BARE = re.compile("驳回了|客户[高于金任成万方]|^[A-Z][A-Za-z' ]+ declined|parcel for | [A-Z][A-Za-z' ]+ declined")


def leaked(value: str, out: str) -> bool:
    """Whether a value or either half of it is still there."""
    half = max(4, len(value) // 2)
    parts = (value, value[:half], value[-half:]) if len(value) >= 8 else (value,)
    return any(part in out for part in parts)


def judged(chinese: bool) -> tuple[Counter[str], Counter[str], list[str], int, list[str]]:
    """Mask a log; return values and leaks by kind, the lines that leak, harmless values, and those that were lost."""
    masker = Masker(rules.default(), bytes(range(32)))
    total: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    leaks, harmless, lost = [], 0, []
    for line in lines(20261122, COUNT, chinese):
        out = masker.line(line.text.encode())
        assert out is not None
        text = _readable(out.decode())
        rest = text
        for value in line.harmless:  # a version that ends like an address is no leak
            rest = rest.replace(value, " ")
        for kind, value in line.personal:
            total[kind] += 1
            if leaked(value, rest):
                missed[kind] += 1
                leaks.append(line.text)
        harmless += len(line.harmless)
        lost += [value for value in line.harmless if value not in text]
    return total, missed, leaks, harmless, lost


def _readable(text: str) -> str:
    return " ".join(_leaves(json.loads(text))) if text.startswith("{") else text


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    return [leaf for each in value for leaf in _leaves(each)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("chinese", [True, False], ids=["chinese", "english"])
def test_recall_and_false_alarms(chinese: bool) -> None:
    total, missed, leaks, harmless, lost = judged(chinese)
    assert min(total.values()) > 250
    for kind in total:
        recall = 1 - missed[kind] / total[kind]
        assert recall >= (NAMES if kind == "name" else ANNOUNCED), (kind, recall, leaks[:3])
    assert leaks and [leak for leak in leaks if not BARE.search(_readable(leak))] == []
    assert harmless > 10_000
    assert len(lost) / harmless <= 0.0005, lost[:5]


def test_the_judge_sees_leaks_and_losses() -> None:
    assert leaked("13800138000", "x138001xxxx 38000") is True
    assert leaked("北京市朝阳区建国路88号", "[address/a/b]建国路88号") is True
    assert leaked("13800138000", "138****8000") is False
    assert leaked("张三", "张*") is False


def test_the_makers_follow_the_standards() -> None:
    """Examples: 79927398713 for Luhn; 11010519491231002X and 440524188001010014 of GB 11643."""
    assert luhn("7992739871") == "79927398713"
    assert identity("11010519491231002") == "11010519491231002X"
    assert identity("44052418800101001") == "440524188001010014"


def test_the_log_is_the_same_each_time() -> None:
    first, second = (list(lines(5, 50, True)) for _ in range(2))
    assert first == second != list(lines(6, 50, True))
    assert all(isinstance(line, Line) for line in first)
