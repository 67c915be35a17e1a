"""What advice says to change is Go code: the code of every text of every rule compiles, for owners of several forms."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from goxray.advise.evidence import Evidence
from goxray.advise.findings import find
from goxray.advise.prices import Prices
from goxray.core.advise_result import Finding
from goxray.target import toolchains
from tests.harness.made_advice import every_evidence, every_finding
from tests.harness.variants import SWISS

OWNERS = ("main.m", "main.store.items", "example.com/shop/cart.store.items", "main.users[...].items")
"""A variable, a field, one of another package, and what no plain expression names."""

DECLARING = {"huge-map", "pooled-maps"}
"""Rules whose code gives the owner itself another type, or is about a pool: they get a variable."""

SHELL = {"upgrade"}
IMPORTS = ("hash/maphash", "maps", "slices", "strings", "sync", "time")
_DECLARED = re.compile(r"^(?:var (\w+)|(\w+)(?:, (\w+))? :=|_, (\w+) :=)", re.M)


def cases() -> Iterator[tuple[Finding, str]]:
    """Every finding with the type of its maps, for each form of owner."""
    for evidence in every_evidence():
        prices = Prices(evidence.layout)
        for group in evidence.groups:
            for owner in OWNERS:
                mine = replace(group, owner=owner)
                boxes = tuple(replace(box, owner=owner) for box in evidence.boxes)
                for finding in find(Evidence(evidence.layout, (mine,), boxes=boxes), prices):
                    if finding.rule not in DECLARING or owner == OWNERS[0]:
                        yield finding, group.name
        plain = Evidence(evidence.layout, strings=evidence.strings, sites=evidence.sites)
        for finding in find(plain, prices):
            yield finding, "map[K]V"


def function(number: int, finding: Finding, code: str, map_type: str) -> str:
    """Put a finding's code where its names are known; what it declares counts as used."""
    key, elem = re.fullmatch(r"map\[(\[16\]byte|\w+)\](.*)", map_type).groups()  # type: ignore[union-attr]
    known = [f"var store struct {{ items {map_type} }}", f"var k {key}", f"var v {elem}", "var piece string"]
    known += ["var seed maphash.Seed", "n := 100", f"var m, set {map_type}"]
    if finding.rule == "pooled-maps":
        code = re.sub(r"\bm\.Put", "pool.Put", code)
        known.append("var pool sync.Pool")
    used = [name for groups in _DECLARED.findall(code) for name in groups if name.strip("_")]
    names = ["store", "k", "v", "piece", "seed", "n", "m", "set", *(["pool"] if finding.rule == "pooled-maps" else [])]
    keep = "".join(f"\t_ = {name}\n" for name in names)
    inner = "".join(f"\t\t_ = {name}\n" for name in used)
    return f"func f{number}() {{\n\t" + "\n\t".join(known) + f"\n{keep}\t{{\n{code}\n{inner}\t}}\n}}\n"


def test_the_code_of_every_finding_compiles(tmp_path: Path) -> None:
    toolchain = toolchains.install(SWISS.version)
    found = [(finding, name) for finding, name in cases() if finding.rule not in SHELL]
    assert {finding.rule for finding, _ in found} == {finding.rule for finding in every_finding()} - SHELL
    parts = []
    for finding, name in found:
        assert finding.chinese is not None
        for code in dict.fromkeys((finding.change, finding.chinese.change)):
            parts.append(function(len(parts), finding, code, name))
    body = "type K = int64\ntype V = int64\n\n" + "\n".join(parts)
    imports = "".join(f'\t"{name}"\n' for name in IMPORTS if f"{name.rpartition('/')[2]}." in body)
    source = f"package change\n\nimport (\n{imports})\n\n{body}"
    (tmp_path / "go.mod").write_text("module example.com/change\n\ngo 1.24\n", encoding="utf-8")
    (tmp_path / "change.go").write_text(source, encoding="utf-8")
    go = toolchain.root / "bin" / "go"
    done = subprocess.run([go, "build", "./..."], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stderr}\n{source}"


def test_the_upgrade_is_a_command_of_the_toolchain() -> None:
    said = {finding.change for finding in every_finding() if finding.rule in SHELL}
    assert said == {"go get go@1.28.0 toolchain@go1.28.0 && go build"}
