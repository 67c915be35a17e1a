"""BLD005: releases of Go without support, and loop variables that a go line below 1.22 shares between rounds."""

from __future__ import annotations

from datetime import date

import pytest

from goxray.audit.facts import BinaryUnit, ModuleUnit
from goxray.audit.modules.releases import line_of, release_lines, supported
from goxray.audit.modules.versions import release_line, shares_loop_variables
from goxray.audit.policy import Policy
from goxray.audit.rules import bld005
from goxray.audit.source.files import parsed
from goxray.audit.source.package import Package
from goxray.audit.source.unit import Unit
from goxray.core.audit_result import BinaryFacts

RULE = bld005.RULE


def test_the_table_follows_go_s_own_policy() -> None:
    """A line is supported until two newer ones are out (Go release history, "Release policy")."""
    told, rows = release_lines()
    lines = list(rows.values())
    assert [each.line for each in lines] == [f"1.{minor}" for minor in range(len(lines))]
    assert [each.released for each in lines] == sorted(each.released for each in lines)
    assert [each.ended for each in lines] == [each.released for each in lines[2:]] + ["", ""]
    assert all(date.fromisoformat(each.released) <= date.fromisoformat(told) for each in lines)
    assert supported() == (lines[-2].line, lines[-1].line)


def test_versions_have_a_line() -> None:
    told = {
        "go1.21.13": "1.21",
        "1.22": "1.22",
        "1.22rc1": "1.22",
        "go1.24.3 X:swissmap": "1.24",
        "go1.20-fork": "1.20",
    }
    assert {each: release_line(each) for each in told} == told
    assert line_of("devel go1.28-abcdef Thu Jan 1") is None and line_of("go1.99.1") is None and line_of("") is None
    shared = [each for each in ("", "1.5", "1.21", "1.21.13", "1.22", "1.22rc1", "1.22.0", "1.27") if _shared(each)]
    assert shared == ["", "1.5", "1.21", "1.21.13"]


def _shared(line: str) -> bool:
    return shares_loop_variables(line)


def module(go: str, toolchain: str = "") -> ModuleUnit:
    return ModuleUnit("go.mod", "m", go, toolchain, (), {}, (), (), (), None, None, (), {})


# The days on which the second newer release came out, from Go's release history.
ENDED = {
    ("1.16", ""): "2022-03-15",
    ("1.20", ""): "2024-02-06",
    ("1.21.3", ""): "2024-08-13",
    ("1.18", "go1.22.1"): "2025-02-11",
    ("1.23", ""): "2025-08-12",
    ("1.24.0", "go1.24.11"): "2026-02-10",
    ("1.24", ""): "2026-02-10",
    ("1.21", "go1.25.5"): "2026-08-19",
    ("1.25", ""): "2026-08-19",
    ("1.22rc1", ""): "2025-02-11",
}
FINE = [
    ("1.26", ""),
    ("1.26.6", ""),
    ("1.27.3", ""),
    ("1.27", "go1.27.3"),
    ("1.21", "go1.26.6"),
    ("1.18", "go1.27.0"),
    ("1.26rc2", ""),
    ("1.28", ""),
    ("1.27", "default"),
    ("", ""),
]


@pytest.mark.parametrize(("go", "toolchain"), [*ENDED, *FINE])
def test_lines_of_go_mod(go: str, toolchain: str) -> None:
    assert RULE.module is not None
    found = list(RULE.module(module(go, toolchain), Policy()))
    ended = ENDED.get((go, toolchain))
    assert len(found) == (ended is not None)
    for hit in found:
        assert ended is not None and ended in hit.message.en and ended in hit.message.zh
        assert hit.severity == (None if toolchain else "low"), "a go line is the least that will do"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("go1.21.13", "1.21"),
        ("go1.25.5", "1.25"),
        ("go1.24.3 X:aliastypeparams", "1.24"),
        ("go1.18", "1.18"),
        ("go1.26.6", ""),
        ("go1.27.3", ""),
        ("devel go1.28-2f1e2d3", ""),
        ("", ""),
    ],
)
def test_the_release_that_built_a_binary(version: str, line: str) -> None:
    assert RULE.binary is not None
    facts = BinaryFacts("app", "elf", "amd64", "linux", version, "main", (), {})
    found = [hit.text for hit in RULE.binary(BinaryUnit("app", facts, frozenset(), {}), Policy())]
    assert found == ([f"go {line}"] if line else [])


OUTLIVING = {
    "goroutine": "for _, v := range s {\n go func() {\n  use(v) // want\n }()\n}",
    "goroutine of a counting loop": "for i := 0; i < 3; i++ {\n go func() { use(i) }() // want\n}",
    "defer": "for _, f := range s {\n defer func() { f.Close() }() // want\n}",
    "errgroup": "for k, v := range s {\n g.Go(func() error { return put(k, 1) }) // want\n _ = v\n}",
    "stored closure": "for _, v := range s {\n fs = append(fs, func() { use(v) }) // want\n}",
    "closure in a field": "for _, v := range s {\n x.f = func() { use(v) } // want\n}",
    "closure in a map": "for k := range s {\n m[k] = func() string { return k } // want\n}",
    "beside another of its name": "for _, v := range s {\n go func() {\n  w := v // want\n  _ = w\n }()\n}",
    "in a literal's value": "for _, v := range s {\n go func() { use(T{v: v}) }() // want\n}",
    "address kept": "for _, v := range s {\n ps = append(ps, &v) // want\n}",
    "address in a map": "for k, v := range s {\n m[k] = &v // want\n}",
    "address sent": "for _, v := range s {\n ch <- &v // want\n}",
    "address in a literal that is kept": "for _, v := range s {\n ps = append(ps, pair{1, &v}) // want\n}",
    "the outer loop's": "for a := range s {\n for b := range t {\n  b := b\n  go func() { f(a, b) }() // want\n }\n}",
}
IN_ITS_ROUND = {
    "returned, with which the loop ends": "for _, v := range s {\n if v.ok {\n  return &v\n }\n}",
    "a closure returned": "for _, v := range s {\n if v.ok {\n  return func() { use(v) }\n }\n}",
    "declared again": "for _, v := range s {\n v := v\n go func() { use(v) }()\n}",
    "given as an argument": "for _, v := range s {\n go func(v int) { use(v) }(v)\n}",
    "go without a literal": "for _, v := range s {\n go use(v)\n}",
    "called at once": "for _, v := range s {\n func() { use(v) }()\n}",
    "given to a function that calls it": "for _, v := range s {\n sort(func() bool { return v > 1 })\n}",
    "local closure": "for _, v := range s {\n f := func() { use(v) }\n f()\n}",
    "address given to a call": "for _, v := range s {\n decode(&v)\n}",
    "local pointer": "for _, v := range s {\n p := &v\n p.n++\n}",
    "declared outside": "var v int\nfor _, v = range s {\n go func() { use(v) }()\n}",
    "without variables": "for {\n go func() { use(1) }()\n}",
    "another name": "for range s {\n w := next()\n go func() { use(w) }()\n}",
    "declared in the goroutine": "for i := 0; i < 3; i++ {\n go func() {\n  i := 0\n  i++\n }()\n}",
    "declared in it by var": "for i := 0; i < 3; i++ {\n go func() {\n  var i int\n  i++\n }()\n}",
    "a field of the same name": "for _, v := range s {\n w := v\n go func() { use(T{v: w}) }()\n}",
    "a field's address": "for i := range s {\n ps = append(ps, &s[i])\n}",
    "a parameter of the literal": "for _, v := range s {\n fs = append(fs, func(v int) { use(v) })\n}",
}


def unit(body: str, go_line: str, name: str = "a.go") -> Unit:
    text = f"package p\n\nfunc (t *T) run() *int {{\n{body}\nreturn nil\n}}\n"
    return Unit(Package("p", [parsed(text.encode(), name)], go_line=go_line))


@pytest.mark.parametrize("name", [*OUTLIVING, *IN_ITS_ROUND])
def test_loop_variables_that_outlive_their_round(name: str) -> None:
    body = OUTLIVING.get(name) or IN_ITS_ROUND[name]
    wanted = [4 + number for number, line in enumerate(body.splitlines()) if line.endswith("// want")]
    assert bool(wanted) == (name in OUTLIVING)
    assert RULE.source is not None
    found = list(RULE.source(unit(body, "1.21"), Policy()))
    assert [hit.place.line for hit in found] == wanted
    assert all(hit.place.symbol == "(T).run" for hit in found)
    assert not list(RULE.source(unit(body, "1.22"), Policy())), "each round has its own"
    assert not list(RULE.source(unit(body, ""), Policy())), "nobody knows the go line"
    assert not list(RULE.source(unit(body, "1.21", "a_test.go"), Policy()))


def test_there_are_enough_samples() -> None:
    assert len(ENDED) + len(FINE) >= 20 and len(OUTLIVING) + len(IN_ITS_ROUND) >= 20
