"""Small module trees as the units that rules see, and rules run over them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from goxray.audit.facts import Advisory, BinaryUnit, ModuleUnit
from goxray.audit.modules.advisories import Database
from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.unit import Loader
from goxray.audit.policy import Policy
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import BinaryFacts, Module

NO_POLICY = Policy()
PSEUDO = "v0.0.0-20240131120000-abcdefabcdef"
HEAD = "module example.org/service\n\ngo 1.21\n\n"


def unit_of(
    tmp_path: Path, files: dict[str, str], cache: ModuleCache | None = None, database: Database | None = None
) -> ModuleUnit:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    loader = Loader(tmp_path, cache or ModuleCache(None), database or Database())
    loaded = loader.workspace(tmp_path) if "go.work" in files else loader.module(tmp_path)
    assert loaded.unit is not None, loaded.unhealthy
    return loaded.unit


def hits(rule: Rule, unit: ModuleUnit, policy: Policy = NO_POLICY) -> list[Hit]:
    assert rule.module is not None
    return list(rule.module(unit, policy))


def found(rule: Rule, unit: ModuleUnit, policy: Policy = NO_POLICY) -> list[tuple[str, int]]:
    return [(hit.text, hit.place.line) for hit in hits(rule, unit, policy)]


def binary(modules: Iterable[Module], *advisories: Advisory) -> BinaryUnit:
    facts = BinaryFacts("app", "elf", "amd64", "linux", "go1.27.3", "main", tuple(modules), {})
    return BinaryUnit("app", facts, frozenset(), {}, advisories)


def sums(*modules: str, mods: bool = True, whole: bool = True) -> str:
    lines = []
    for each in modules:
        path, _, version = each.partition("@")
        lines += [f"{path} {version} h1:a="] if whole else []
        lines += [f"{path} {version}/go.mod h1:b="] if mods else []
    return "\n".join(lines) + "\n"
