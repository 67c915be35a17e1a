"""The baseline of bench.gctrace_run: what a script of ten lines does with gctrace lines of Go 1.18 and later."""

from __future__ import annotations

import re

LINE = re.compile(
    r"gc (?P<n>\d+) @(?P<t>[\d.]+)s (?P<percent>\d+)%: "
    r"(?P<c0>[\d.]+)\+(?P<c1>[\d.]+)\+(?P<c2>[\d.]+) ms clock, "
    r"(?P<p0>[\d.]+)\+(?P<p1>[\d.]+)/(?P<p2>[\d.]+)/(?P<p3>[\d.]+)\+(?P<p4>[\d.]+) ms cpu, "
    r"(?P<start>\d+)->(?P<end>\d+)->(?P<live>\d+) MB, (?P<goal>\d+) MB goal, "
    r"(?P<stacks>\d+) MB stacks, (?P<globals>\d+) MB globals, (?P<procs>\d+) P"
)


def read(path: str) -> tuple[int, int]:
    """Read a log line by line into a dict a cycle; return their number, and 0 for the lines that it would set aside."""
    cycles = []
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            match = LINE.search(line)
            if match:
                cycles.append({name: float(value) for name, value in match.groupdict().items()})
    return len(cycles), 0
