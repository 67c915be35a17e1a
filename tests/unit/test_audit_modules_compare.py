"""BLD007: binaries held against the source that they should come from; which source that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goxray.audit.facts import BinaryUnit, ModuleUnit
from goxray.audit.modules.compare import differences, paired
from goxray.audit.policy import Policy
from goxray.audit.rules import bld007
from goxray.core.audit_result import BinaryFacts, Module

HERE, ELSEWHERE = "1" * 40, "2" * 40
A = Module("x.org/a", "v1.2.0", sum="h1:a=")
B = Module("x.org/b", "v0.3.0", sum="h1:b=", indirect=True)
C = Module("x.org/c", "v1.0.0", sum="h1:fork=", replaced_by="y.org/fork v1.0.1")
D = Module("x.org/d", "v1.0.0", replaced_by="../d")
SOURCE = ModuleUnit(
    path="go.mod",
    module="example.org/app",
    go_line="1.25.0",
    toolchain_line="",
    selected=(A, B, C, D),
    required={},
    replaces=(),
    excludes=(),
    retracts=(),
    sums=(),
    vendored=None,
    advisories=(),
    lines={"x.org/a": 7},
    revision=HERE,
)
BUILT = (
    Module("example.org/app", "(devel)", main=True),
    Module("x.org/a", "v1.2.0", sum="h1:a="),
    Module("x.org/b", "v0.3.0", sum="h1:b="),
    Module("x.org/c", "v1.0.0", sum="h1:fork=", replaced_by="y.org/fork v1.0.1"),
    Module("x.org/d", "v1.0.0", replaced_by="../d (devel)"),
)


def facts(*changed: Module, without: str = "", go: str = "go1.27.3", **settings: str) -> BinaryFacts:
    """A binary as the source builds it, with these modules in place of its own."""
    modules = {each.path: each for each in BUILT if each.path != without} | {each.path: each for each in changed}
    named = {each.replace("_", "."): value for each, value in settings.items()}
    return BinaryFacts("app", "elf", "amd64", "linux", go, "example.org/app", tuple(modules.values()), named)


def alike(toolchain_line: str = "", revision: str = HERE) -> ModuleUnit:
    return replace(SOURCE, toolchain_line=toolchain_line, revision=revision)


DIFFERENT = {
    "older": (facts(Module("x.org/a", "v1.1.0", sum="h1:o=")), SOURCE, ("version", "x.org/a", "v1.2.0", "v1.1.0")),
    "newer": (facts(Module("x.org/b", "v0.4.0")), SOURCE, ("version", "x.org/b", "v0.3.0", "v0.4.0")),
    "developed": (facts(Module("x.org/a", "(devel)")), SOURCE, ("version", "x.org/a", "v1.2.0", "(devel)")),
    "not replaced": (
        facts(Module("x.org/c", "v1.0.0", sum="h1:c=")),
        SOURCE,
        ("replaced", "x.org/c", "v1.0.0 => y.org/fork v1.0.1", "v1.0.0"),
    ),
    "replaced in the binary alone": (
        facts(Module("x.org/a", "v1.2.0", replaced_by="z.org/a v1.2.0")),
        SOURCE,
        ("replaced", "x.org/a", "v1.2.0", "v1.2.0 => z.org/a v1.2.0"),
    ),
    "another fork": (
        facts(Module("x.org/c", "v1.0.0", replaced_by="y.org/fork v1.0.2")),
        SOURCE,
        ("replaced", "x.org/c", "v1.0.0 => y.org/fork v1.0.1", "v1.0.0 => y.org/fork v1.0.2"),
    ),
    "another directory": (
        facts(Module("x.org/d", "v1.0.0", replaced_by="../other (devel)")),
        SOURCE,
        ("replaced", "x.org/d", "v1.0.0 => ../d", "v1.0.0 => ../other"),
    ),
    "other content": (facts(Module("x.org/a", "v1.2.0", sum="h1:z=")), SOURCE, ("sum", "x.org/a", "h1:a=", "h1:z=")),
    "another fork's content": (
        facts(Module("x.org/c", "v1.0.0", sum="h1:z=", replaced_by="y.org/fork v1.0.1")),
        SOURCE,
        ("sum", "x.org/c", "h1:fork=", "h1:z="),
    ),
    "one more": (facts(Module("x.org/e", "v1.0.0")), SOURCE, ("extra", "x.org/e", "", "v1.0.0")),
    "a direct one less": (facts(without="x.org/a"), SOURCE, ("missing", "x.org/a", "v1.2.0", "")),
    "an older Go": (facts(go="go1.24.11"), SOURCE, ("go", "", "1.25.0", "go1.24.11")),
    "an older Go than the toolchain line": (
        facts(go="go1.25.5"),
        alike(toolchain_line="go1.26.6"),
        ("go", "", "go1.26.6", "go1.25.5"),
    ),
    "another commit": (facts(vcs_revision=ELSEWHERE), SOURCE, ("revision", "", HERE, ELSEWHERE)),
    "a modified tree": (
        facts(vcs_revision=HERE, vcs_modified="true"),
        SOURCE,
        ("modified", "", "", HERE),
    ),
}
SAME = {
    "as it should be": (facts(), SOURCE),
    "an indirect one less": (facts(without="x.org/b"), SOURCE),
    "vendored: no hashes": (facts(Module("x.org/a", "v1.2.0"), Module("x.org/b", "v0.3.0")), SOURCE),
    "the same commit": (facts(vcs_revision=HERE, vcs_modified="false"), SOURCE),
    "no commit known here": (facts(vcs_revision=ELSEWHERE), alike(revision="")),
    "no stamp": (facts(), SOURCE),
    "a newer Go": (facts(go="go1.27.3"), alike(toolchain_line="go1.26.6")),
    "the very Go": (facts(go="go1.25.0"), SOURCE),
    "a Go with experiments": (facts(go="go1.25.5 X:greenteagc"), SOURCE),
    "a Go from between releases": (facts(go="devel go1.28-abcdef"), SOURCE),
    "a module of the workspace": (
        facts(Module("example.org/lib", "(devel)")),
        replace(SOURCE, module="", workspace=("example.org/app", "example.org/lib")),
    ),
}


@pytest.mark.parametrize("name", [*DIFFERENT, *SAME])
def test_what_differs(name: str) -> None:
    built, source = DIFFERENT[name][:2] if name in DIFFERENT else SAME[name]
    expected = [DIFFERENT[name][2]] if name in DIFFERENT else []
    found = [(each.kind, each.module, each.source, each.binary) for each in differences(built, source)]
    assert found == expected
    assert bld007.RULE.binary is not None
    hits = list(bld007.RULE.binary(BinaryUnit("app", built, frozenset(), {}, source=source), Policy()))
    assert len(hits) == len(expected)
    weight = {"missing": "info", "revision": "medium", "modified": "medium"}
    assert [hit.severity for hit in hits] == [weight.get(kind) for kind, *_ in expected]
    for hit in hits:
        assert hit.place.path == "app" and hit.message.zh != hit.message.en
    assert not list(bld007.RULE.binary(BinaryUnit("app", built, frozenset(), {}), Policy())), "no source, no word"


def test_there_are_enough_samples() -> None:
    assert len(DIFFERENT) >= 10 and len(SAME) >= 10


def test_what_is_not_linked_is_one_remark() -> None:
    built = replace(facts(), modules=BUILT[:1])
    assert bld007.RULE.binary is not None
    (hit,) = bld007.RULE.binary(BinaryUnit("app", built, frozenset(), {}, source=SOURCE), Policy())
    assert (hit.severity, hit.confidence) == ("info", "low")
    assert all(path in hit.message.en for path in ("x.org/a", "x.org/c", "x.org/d")) and "x.org/b" not in hit.message.en


def test_evidence_points_into_go_mod() -> None:
    unit = BinaryUnit("app", DIFFERENT["older"][0], frozenset(), {}, source=SOURCE)
    assert bld007.RULE.binary is not None
    (hit,) = bld007.RULE.binary(unit, Policy())
    assert [(step.place.path, step.place.line) for step in hit.steps] == [("go.mod", 7)]


def test_the_main_module_s_path_pairs_a_binary_with_its_source() -> None:
    alone = SOURCE
    other = replace(SOURCE, path="o/go.mod", module="example.org/other")
    work = replace(SOURCE, path="go.work", module="", workspace=("example.org/app", "example.org/lib"))
    plain = BinaryUnit("app", facts(), frozenset(), {})
    together = BinaryUnit("app", facts(Module("example.org/lib", "(devel)")), frozenset(), {})
    nameless = BinaryUnit("app", replace(facts(), modules=()), frozenset(), {})

    def source(binary: BinaryUnit, *modules: ModuleUnit) -> str:
        (found,) = paired([binary], modules)
        return found.source.path if found.source is not None else ""

    assert source(plain, other, alone) == "go.mod"
    assert source(plain, other) == "" and source(nameless, alone) == ""
    assert source(plain, work, alone) == "go.mod" and source(together, work, alone) == "go.work"
    assert source(plain, work) == "go.work"
    assert source(plain, alone, replace(alone, path="copy/go.mod")) == "", "nobody can tell which"
