"""The catalogue of rules: every file of ``rules/`` with a ``RULE``."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from goxray.audit import rules
from goxray.audit.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule by id."""
    names = [info.name for info in pkgutil.iter_modules(rules.__path__) if not info.name.startswith("_")]
    found = (import_module(f"{rules.__name__}.{name}").RULE for name in names)
    return tuple(sorted(found, key=lambda rule: rule.info.id))
