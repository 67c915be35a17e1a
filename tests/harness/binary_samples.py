"""Executables for tests of rules: units made of the labelled samples of tests/corpus/audit/<ID>/binaries.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goxray.audit.facts import BinaryUnit
from goxray.audit.policy import Policy
from goxray.core.audit_result import BinaryFacts, Module

CORPUS = Path(__file__).parents[1] / "corpus" / "audit"


@dataclass(frozen=True)
class BinarySample:
    """One sample: what a rule should say of it are the texts ``want``, in order; a good sample wants none."""

    rule: str
    name: str
    unit: BinaryUnit
    policy: Policy
    want: tuple[str, ...]


def binary_samples(rule: str) -> list[BinarySample]:
    """Return the samples of a rule, in the file's order."""
    rows = tomllib.loads((CORPUS / rule / "binaries.toml").read_text("utf-8"))["sample"]
    return [_sample(rule, row) for row in rows]


def _sample(rule: str, row: dict[str, Any]) -> BinarySample:
    unit = unit_of(row.get("facts", {}), row.get("functions", ()), row.get("strings", {}))
    given = row.get("policy", {})
    policy = Policy(
        profile=given.get("profile", "default"),
        linkage=given.get("linkage", ""),
        platforms=tuple(given.get("platforms", ())),
        arches=tuple(given.get("arches", ())),
    )
    return BinarySample(rule, row["name"], unit, policy, tuple(row["want"]))


def unit_of(given: dict[str, Any], functions: Any = (), strings: Any = ()) -> BinaryUnit:
    """Return an executable of these facts; what they leave open is as a plain Go program for linux/amd64 has it."""
    facts: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    version = facts.pop("version", None)
    modules = () if version is None else (Module("example.com/service", version, main=True),)
    plain: dict[str, Any] = {
        "path": "bin/service", "format": "elf", "arch": "amd64", "os": "linux", "go_version": "go1.25.5",
        "main_path": "example.com/service", "modules": modules, "settings": {},
    }  # fmt: skip
    return BinaryUnit("bin/service", BinaryFacts(**plain | facts), frozenset(functions), dict(strings))
