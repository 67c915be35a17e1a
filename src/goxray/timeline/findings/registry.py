"""All rules: every module of :mod:`goxray.timeline.findings.rules` has one, called ``RULE``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from goxray.core.timeline_result import TimelineFinding
from goxray.timeline.findings import rules
from goxray.timeline.findings.facts import Facts


@dataclass(frozen=True)
class Rule:
    """One rule: a stable id, the figures that its findings carry, and what it finds.

    Its words stand in the catalogue under ``tf.<id>.title``, ``.why`` and ``.do``; they may name each figure in braces.
    A figure's name ends in its unit: ``_bytes``, ``_ms``, ``_s``, ``_percent``, ``_ratio``, ``_n``.
    """

    id: str
    figures: tuple[str, ...]
    judge: Callable[[Facts], Iterator[TimelineFinding]] = field(repr=False)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules in the order of their ids."""
    found = []
    for module in iter_modules(rules.__path__):
        rule = import_module(f"{rules.__name__}.{module.name}").RULE
        assert isinstance(rule, Rule)
        found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.id))
