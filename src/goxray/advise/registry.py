"""All rules: every module of :mod:`goxray.advise.rules` has one, called ``RULE``. A new rule is a new file there."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from goxray.advise import rules
from goxray.advise.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules in the order of their ids."""
    found = []
    for module in iter_modules(rules.__path__):
        rule = import_module(f"{rules.__name__}.{module.name}").RULE
        assert isinstance(rule, Rule)
        found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.id))
