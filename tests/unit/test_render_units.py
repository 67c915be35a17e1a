"""Sizes and counts: what is written can be read, and three digits are three digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goxray.core.errors import UsageError
from goxray.core.units import format_bytes, format_compact, format_count, format_share, parse_size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (1536, "1.50 KiB"),
        (10 * 1024 - 1, "10.0 KiB"),
        (1024 * 1024 - 1, "1.00 MiB"),
        (412 * 2**20, "412 MiB"),
        (-2048, "-2.00 KiB"),
        (3 * 2**40, "3.00 TiB"),
        (5000 * 2**50, "5000 PiB"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    assert format_bytes(size) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4096", 4096),
        ("0", 0),
        ("64KiB", 65536),
        ("64 kib", 65536),
        ("1g", 2**30),
        ("1.5M", 3 * 2**19),
        ("10MB", 10_000_000),
        ("5kB", 5000),
        ("12B", 12),
        (" 2TiB ", 2**41),
    ],
)
def test_sizes_that_people_type(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "ten", "10 potatoes", "-1", "1e9", "KiB", "1ib", "1KiBB", "0x10", "1,000"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_size(text)
    assert "64KiB" in caught.value.hint


@given(st.integers(0, 2**60))
def test_bytes_written_are_bytes_read_to_three_digits(size: int) -> None:
    text = format_bytes(size)
    back = parse_size(text.replace("PiB", "TiB")) * (1024 if "PiB" in text else 1)
    assert abs(back - size) <= size * 0.00501
    assert len(text) <= 8


@given(st.integers(0, 10**14))
def test_compact_counts_stay_narrow_and_near(count: int) -> None:
    text = format_compact(count)
    assert len(text) <= 5 or count >= 10**12
    factor = {"k": 10**3, "M": 10**6, "G": 10**9}.get(text[-1], 1)
    assert abs(float(text.rstrip("kMG")) * factor - count) <= count * 0.00501


@given(st.integers(0, 2**63))
def test_full_counts_lose_nothing(count: int) -> None:
    assert int(format_count(count).replace(",", "")) == count


def test_shares_show_a_trace_and_never_claim_all() -> None:
    said = [format_share(share) for share in (None, float("nan"), 0.0, 0.0001, 0.05, 0.9999, 1.0, 1.25)]
    assert said == ["-", "-", "0%", "<1%", "5%", "99%", "100%", "125%"]
