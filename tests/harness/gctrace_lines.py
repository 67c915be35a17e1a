"""What Go's runtime prints for a cycle, from nanoseconds and bytes: the same arithmetic, written from its source.

``itoaDiv``, ``fmtNSAsMS`` and the ``print`` calls of runtime/mgc.go; each item is a write of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

FORMS = ("go1.5", "go1.6-1.17", "go1.18+")
NO_GOAL = (1 << 64) - 1


def itoa_div(value: int, decimals: int) -> str:
    """Return ``value`` with so many of its digits behind the point, as itoaDiv does."""
    digits = str(value).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def fmt_ns_as_ms(ns: int) -> str:
    """Return nanoseconds as fmtNSAsMS prints them."""
    if ns >= 10_000_000:
        return itoa_div(ns // 1_000_000, 0)
    x = ns // 1000
    if x == 0:
        return "0"
    decimals = 3
    while x >= 100:
        x //= 10
        decimals -= 1
    return itoa_div(x, decimals)


@dataclass(frozen=True)
class Line:
    """What a cycle's line says: nanoseconds, bytes; ``clock`` and ``cpu`` as long as the form has them."""

    form: str
    n: int
    at: int
    util: int
    clock: tuple[int, ...]
    cpu: tuple[int, ...]
    heap: tuple[int, int, int]
    goal: int
    stacks: int
    globals: int
    procs: int
    forced: bool
    leaks: bool = False

    def items(self) -> list[str]:
        """Return the pieces, in the order in which they are written."""
        out = ["gc ", str(self.n), " @", itoa_div(self.at // 1_000_000, 3), "s ", str(self.util), "%"]
        out += [" (checking for goroutine leaks)", ": "] if self.leaks else [": "]
        for place, ns in enumerate(self.clock):
            out += (["+"] if place else []) + [fmt_ns_as_ms(ns)]
        out.append(" ms clock, ")
        slashes = (4, 5) if self.form == "go1.5" else (2, 3)
        for place, ns in enumerate(self.cpu):
            out += [] if not place else ["/"] if place in slashes else ["+"]
            out.append(fmt_ns_as_ms(ns))
        start, end, live = (str(size >> 20) for size in self.heap)
        out += [" ms cpu, ", start, "->", end, "->", live, " MB, ", str(self.goal >> 20), " MB goal, "]
        if self.form == "go1.18+":
            out += [str(self.stacks >> 20), " MB stacks, ", str(self.globals >> 20), " MB globals, "]
        return [*out, str(self.procs), " P", *([" (forced)"] if self.forced else []), "\n"]

    def text(self) -> bytes:
        """Return the line without its newline."""
        return "".join(self.items())[:-1].encode()

    def cycle(self, line: int, process: int) -> dict[str, Any]:
        """Return what the schema has to say of it."""

        def ms(ns: int) -> float:
            return float(fmt_ns_as_ms(ns))

        old = self.form == "go1.5"
        clock = (self.clock[0], self.clock[3], self.clock[4]) if old else self.clock
        cpu = (self.cpu[0], *self.cpu[3:]) if old else self.cpu
        new = self.form == "go1.18+"
        return {
            "n": self.n,
            "t_s": float(itoa_div(self.at // 1_000_000, 3)),
            "cpu_percent": self.util,
            "clock_ms": [ms(ns) for ns in clock],
            "cpu_ms": [ms(ns) for ns in cpu],
            "heap_start_mb": self.heap[0] >> 20,
            "heap_end_mb": self.heap[1] >> 20,
            "heap_live_mb": self.heap[2] >> 20,
            "goal_mb": self.goal >> 20,
            "stacks_mb": self.stacks >> 20 if new else None,
            "globals_mb": self.globals >> 20 if new else None,
            "procs": self.procs,
            "forced": self.forced,
            "line": line,
            "process": process,
            "scan_clock_ms": ms(self.clock[1]) if old else None,
            "sync_clock_ms": ms(self.clock[2]) if old else None,
            "scan_cpu_ms": ms(self.cpu[1]) if old else None,
            "sync_cpu_ms": ms(self.cpu[2]) if old else None,
            "leak_check": self.leaks,
        }


_NS = st.one_of(
    st.integers(0, 999),
    st.integers(1000, 999_999),
    st.integers(1_000_000, 9_999_999),
    st.integers(10_000_000, 10**13),
    st.sampled_from([0, 999, 1000, 99_999, 100_000, 999_999, 1_000_000, 9_999_999, 10_000_000]),
)
_BYTES = st.one_of(st.integers(0, 1 << 34), st.integers(0, 1 << 46))


@st.composite
def lines(draw: st.DrawFn, form: str | None = None, n: int | None = None, at: int | None = None) -> Line:
    """Draw a cycle; its two stops take CPU time of one number of processors, as work.stwprocs has it."""
    form = draw(st.sampled_from(FORMS)) if form is None else form
    procs = draw(st.sampled_from([1, 2, 4, 8, 36, 96, 256]))
    stopped = draw(st.integers(1, procs))
    first, last, mark = draw(_NS), draw(_NS), draw(_NS)
    clock: tuple[int, ...] = (first, mark, last)
    cpu: tuple[int, ...] = (stopped * first, draw(_NS), draw(_NS), draw(_NS), stopped * last)
    if form == "go1.5":
        scan, sync = draw(_NS), draw(_NS)
        clock, cpu = (first, scan, sync, mark, last), (cpu[0], scan, 0, *cpu[1:])
    return Line(
        form=form,
        n=draw(st.integers(1, (1 << 32) - 1)) if n is None else n,
        at=draw(st.integers(0, 10**16)) if at is None else at,
        util=draw(st.integers(0, 100)),
        clock=clock,
        cpu=cpu,
        heap=(draw(_BYTES), draw(_BYTES), draw(_BYTES)),
        goal=draw(st.one_of(_BYTES, st.just(NO_GOAL))),
        stacks=draw(_BYTES),
        globals=draw(_BYTES),
        procs=procs,
        forced=draw(st.booleans()),
        leaks=form == "go1.18+" and draw(st.integers(0, 9)) == 0,
    )
