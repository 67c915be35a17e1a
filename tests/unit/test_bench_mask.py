"""The benchmark of masking: its logs hold what it says, the two ways write the same, its verdict is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.mask_run import MASK, PARSE, SED, Done, go_through, log, row, service, verdict, write
from bench.measure import Cost


def test_both_ways_go_through_every_line(tmp_path: Path) -> None:
    source, sink = tmp_path / "log", tmp_path / "out"
    write(source, log(400, chinese=True))
    masked = go_through(MASK, source, sink, 1, 1)
    # three of four lines have a phone, an address and a name; the others have an address
    assert (masked.lines, masked.dropped, masked.masked) == (400, 0, 300 * 3 + 100)
    assert sink.read_bytes().count(b"\n") == 400
    parsed = go_through(PARSE, source, sink, 1, 1)
    assert parsed.lines == 400
    assert sink.read_text() == source.read_text()
    assert parsed.digest != masked.digest
    by_regex = go_through(SED, source, sink, 1, 1)
    # each of the 300 lines of JSON has a telephone number and an IP address, the 100 others an IP address
    out = sink.read_text()
    assert (by_regex.lines, out.count('"phone": "***"'), out.count('"ip": "***"')) == (400, 300, 300)
    assert out.count("client=***") == 100


def test_the_service_log_is_nobodys(tmp_path: Path) -> None:
    source, sink = tmp_path / "log", tmp_path / "out"
    write(source, service(400))
    done = go_through(MASK, source, sink, 1, 1)
    assert (done.lines, done.dropped, done.masked) == (400, 0, 0)
    assert [json.loads(line) for line in sink.open() if line[0] == "{"] == [
        json.loads(line) for line in source.open() if line[0] == "{"
    ]


def test_the_log_is_the_same_each_time() -> None:
    assert list(log(40, False)) == list(log(40, False)) != list(log(40, False, seed=2))
    assert [line.startswith("{") for line in log(8, True)] == [True, True, True, False] * 2
    assert all(json.loads(line)["user"]["name"] == "张三" for line in log(8, True) if line.startswith("{"))


def test_rates_by_hand() -> None:
    line = row("english", "1 process", 50_000_000, Done(Cost(3.6, 4.0, 1 << 25), 400_000, 0, 9, ""), 1.8)
    assert " ".join(line.split()) == "english 1 process 400,000 50.0 100,000 4.00 3.60 0.90 2.00 32"


@pytest.mark.parametrize(("rates", "word"), [([100_000.0, 9e9], "reached"), ([99_999.0, 9e9], "missed")])
def test_the_verdict_is_on_the_slowest(rates: list[float], word: str) -> None:
    assert verdict(rates).endswith(f"{word})")
