"""A scenario as a Go program, so that anyone can hold the prediction against the real runtime.

The program needs nothing but the runtime: it imports no package that allocates on its own, and prints with println,
which does not allocate. After each step it prints one line that :func:`read_output` takes apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goxray.model.gc.pacer import NO_LIMIT
from goxray.model.gc.scenario import Statement

FIGURES = (
    "HeapAlloc", "HeapInuse", "HeapIdle", "HeapReleased", "HeapSys", "StackInuse", "StackSys", "MSpanInuse", "MSpanSys",
    "MCacheSys", "BuckHashSys", "GCSys", "OtherSys", "Sys", "NextGC", "NumGC", "Mallocs", "Frees",
)  # fmt: skip
"""The fields of runtime.MemStats that the program prints after each step, in this order."""

STRING_KEY_BYTES = 16
"""Bytes of each string key that the program makes: just over what the tiny allocator takes."""

_HEAD = """\
// Runs one scenario of `goxray model gc` and prints the runtime's own figures after each step (to stderr).
//
//	GOMAXPROCS=1 GODEBUG=gctrace=1 go run {file}
//	GOMAXPROCS=1 GODEBUG=gctrace=1,gcstoptheworld=2 go run {file}    collections at exactly the predicted moments
package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

// Imported by every scenario, used or not: what a program imports allocates before main.
var _, _ = debug.FreeOSMemory, time.Sleep

var stats runtime.MemStats

func show(step int) {{
	runtime.ReadMemStats(&stats)
	println("step", step, {fields})
}}
"""
_KEY = f"""
var keyBytes [{STRING_KEY_BYTES}]byte

//go:noinline
func stringKey(i uint64) string {{
	for at := range keyBytes {{
		keyBytes[at] = 'a' + byte(i%16)
		i /= 16
	}}
	return string(keyBytes[:])
}}
"""


@dataclass(frozen=True)
class RealStep:
    """What the real program printed after one step: MemStats figures by name, and the gctrace lines before it."""

    step: int
    figures: dict[str, int]
    cycles: tuple[str, ...]


def program_of(statements: Sequence[Statement], file: str = "main.go", settings: Sequence[Statement] = ()) -> str:
    """Return the source of a Go program that runs the scenario. It needs Go 1.21 or newer.

    ``settings`` (gogc and memlimit) are in force when main starts.
    """
    functions: list[str] = []
    calls: list[str] = []
    declared: list[str] = []
    for number, statement in enumerate(statements, 1):
        body, globals_ = _STEPS[statement.kind](statement)
        declared += globals_
        functions.append(f"\n//go:noinline\nfunc step{number}() {{ // {statement.text}\n{_indented(body)}}}\n")
        calls.append(f"\tstep{number}()\n\tshow({number})\n")
    text = "".join(functions)
    if "stringKey(" in text:
        declared.append(_KEY)
    head = _HEAD.format(file=file, fields=", ".join(f"stats.{name}" for name in FIGURES))
    before = "".join(_indented(_STEPS[each.kind](each)[0]) for each in settings)
    main = f"\nfunc main() {{\n{before}\tshow(0)\n" + "".join(calls) + "}\n"
    return head + "".join(declared) + text + main


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"\t{line}\n" for line in lines)


def _element(statement: Statement) -> str:
    if statement.noscan:
        return f"struct{{ _ [{statement.size}]byte }}"
    return f"struct {{ p *byte; _ [{statement.size - 8}]byte }}" if statement.size > 8 else "struct{ p *byte }"


def _keep(statement: Statement) -> tuple[list[str], list[str]]:
    name, element = f"kept_{statement.name}", f"type_{statement.name}"
    body = [
        f"{name} = make([]*{element}, {statement.count})",
        f"for i := range {name} {{",
        f"\t{name}[i] = new({element})",
        "}",
    ]
    return body, [f"\ntype {element} {_element(statement)}\n\nvar {name} []*{element}\n"]


def _garbage(statement: Statement) -> tuple[list[str], list[str]]:
    element, sink = f"type_g{statement.line}_{statement.size}", f"sink_{statement.line}_{statement.size}"
    return [
        f"for i := 0; i < {statement.count}; i++ {{",
        f"\t{sink} = new({element})",
        "}",
        f"{sink} = nil",
    ], [f"\ntype {element} {_element(statement)}\n\nvar {sink} *{element}\n"]


def key_type(map_type: str) -> str:
    """Return the text of a map type's key type.

    Integers and strings are the keys that a scenario can make; anything else is refused when it is parsed.
    """
    return map_type.removeprefix("map[").partition("]")[0].strip()


def _key(map_type: str, index: str) -> str:
    key = key_type(map_type)
    return f"stringKey({index})" if key == "string" else f"{key}({index})"


def _make_map(statement: Statement) -> tuple[list[str], list[str]]:
    name = f"map_{statement.name}"
    made = f"make({statement.type}, {statement.hint})" if statement.hint else f"make({statement.type})"
    elem = statement.type.partition("]")[2].strip()
    declared = (
        f"\nvar {name} {statement.type}\n\nvar next_{statement.name} uint64\n\nvar zero_{statement.name} {elem}\n"
    )
    return [f"{name} = {made}", *_fill(statement)[0]], [declared]


def _fill(statement: Statement) -> tuple[list[str], list[str]]:
    upto = f"next_{statement.name}"
    return [
        f"for end := {upto} + {statement.count}; {upto} < end; {upto}++ {{",
        f"\tmap_{statement.name}[{_key(statement.type, upto)}] = zero_{statement.name}",
        "}",
    ], []


def _delete(statement: Statement) -> tuple[list[str], list[str]]:
    return [
        f"for i := uint64(0); i < next_{statement.name}; i++ {{",
        f"\tif i%100 < {statement.percent} {{",
        f"\t\tdelete(map_{statement.name}, {_key(statement.type, 'i')})",
        "\t}",
        "}",
    ], []


def _clear(statement: Statement) -> tuple[list[str], list[str]]:
    return [f"clear(map_{statement.name})"], []


def _collect(_: Statement) -> tuple[list[str], list[str]]:
    return ["runtime.GC()"], []


def _drop(statement: Statement) -> tuple[list[str], list[str]]:
    if statement.type:
        return [f"map_{statement.name} = nil"], []
    name = f"kept_{statement.name}"
    if statement.percent == 100:
        return [f"{name} = nil"], []
    return [f"for i := range {name} {{", f"\tif i%100 < {statement.percent} {{", f"\t\t{name}[i] = nil", "\t}", "}"], []


def _gogc(statement: Statement) -> tuple[list[str], list[str]]:
    return [f"debug.SetGCPercent({statement.percent})"], []


def _memlimit(statement: Statement) -> tuple[list[str], list[str]]:
    return [f"debug.SetMemoryLimit({min(statement.size, NO_LIMIT)})"], []


def _free_os(_: Statement) -> tuple[list[str], list[str]]:
    return ["debug.FreeOSMemory()"], []


def _sleep(statement: Statement) -> tuple[list[str], list[str]]:
    return [f"time.Sleep({round(statement.seconds * 1e9)})"], []


_STEPS = {
    "keep": _keep,
    "garbage": _garbage,
    "map": _make_map,
    "insert": _fill,
    "delete": _delete,
    "clear": _clear,
    "gc": _collect,
    "drop": _drop,
    "gogc": _gogc,
    "memlimit": _memlimit,
    "freeosmemory": _free_os,
    "sleep": _sleep,
}


def read_output(text: str) -> list[RealStep]:
    """Return what a program of :func:`program_of` printed, step by step; step 0 is the start of main."""
    steps: list[RealStep] = []
    cycles: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["step"] and len(words) == len(FIGURES) + 2:
            figures = dict(zip(FIGURES, map(int, words[2:]), strict=True))
            steps.append(RealStep(int(words[1]), figures, tuple(cycles)))
            cycles = []
        elif line.startswith("gc "):
            cycles.append(line)
    return steps
