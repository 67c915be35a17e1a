"""Counts and steps as people write them, and what is said of those that make no sense."""

from __future__ import annotations

import pytest

from goxray.core.errors import UsageError
from goxray.model.churn import parse_churn, parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("5e6", 5_000_000),
        ("5_000_000", 5_000_000),
        ("5,000,000", 5_000_000),
        ("5M", 5_000_000),
        ("1.5k", 1500),
        ("2g", 2 * 10**9),
        ("1.25E3", 1250),
        (" 12 ", 12),
        ("1e12", 10**12),
        ("0.1e1", 1),
    ],
)
def test_counts(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not a count"),
        ("many", "'many'"),
        ("1.5", "not a whole count"),
        ("-3", "negative: -3"),
        ("-5e6", "negative: -5e6"),
        ("1e13", "too large: 1e13"),
        ("1e999", "too large"),
        ("5x", "'5x'"),
        ("5e6.5", "'5e6.5'"),
        ("0x10", "'0x10'"),
        ("１２", "'１２'"),
    ],
)
def test_what_is_no_count(text: str, word: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_count(text)
    assert word in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.hint


def test_percentages_are_of_the_entries_present_at_that_point() -> None:
    steps = parse_churn("insert 1e6; delete 95%;  clear ;INSERT 2e5; delete 12.5%; insert 100%;", 1000)
    assert [(step.kind, step.count) for step in steps] == [
        ("insert", 1_000_000),
        ("delete", 950_950),
        ("clear", 0),
        ("insert", 200_000),
        ("delete", 25_000),
        ("insert", 175_000),
    ]
    assert [step.text for step in steps][:3] == ["insert 1e6", "delete 95%", "clear"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no steps"),
        (" ; ", "no steps"),
        ("; insert 5", "step 1 is empty"),
        ("insert 5;;delete 2", "step 2 is empty"),
        ("insert 5; drop 2", "step 2: 'drop'"),
        ("insert", "step 1: insert what?"),
        ("insert five", "step 1: not a count: 'five'"),
        ("insert 5 6", "step 1: not a count: '5 6'"),
        ("insert 5; delete 6", "step 2: cannot delete 6 of 5 entries"),
        ("insert 5; delete 101%", "step 2: cannot delete 101%"),
        ("insert 5; clear 3", "step 2: clear takes no '3'"),
        ("insert -5", "step 1: the count must not be negative: -5"),
        ("insert 9e11; insert 9e11", "step 2 (insert 9e11) makes the map too large"),
    ],
)
def test_the_message_names_the_step_and_the_word(text: str, word: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_churn(text)
    assert word in str(error.value)
    assert error.value.hint
