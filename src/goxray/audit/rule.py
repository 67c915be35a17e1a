"""What a rule is: a row of the catalogue, and pure functions from facts to hits, one for each kind of evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goxray.core.audit_result import Confidence, Place, RuleInfo, Severity, Step
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, ConfigUnit, ModuleUnit, SourceUnit
    from goxray.audit.policy import Policy


@dataclass(frozen=True)
class Hit:
    """What a rule found, before severity by profile, suppressions and fingerprint.

    ``text`` goes into the fingerprint: the code or value concerned without what changes by itself (a line number).
    ``severity`` overrides the rule's own (an advisory's, a profile's).
    """

    place: Place
    message: Words
    text: str
    confidence: Confidence = "high"
    severity: Severity | None = None
    fix: Words | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule; a file of ``rules/`` holds one as ``RULE``. The functions keep nothing between calls.

    ``triggers`` are byte strings; a source file that holds none of them is not given to ``source``, so that a rule
    costs nothing where it cannot hit. A package is given whole when one of its files holds one.
    """

    info: RuleInfo
    triggers: tuple[bytes, ...] = ()
    source: Callable[[SourceUnit, Policy], Iterator[Hit]] | None = field(default=None, repr=False)
    module: Callable[[ModuleUnit, Policy], Iterator[Hit]] | None = field(default=None, repr=False)
    binary: Callable[[BinaryUnit, Policy], Iterator[Hit]] | None = field(default=None, repr=False)
    config: Callable[[ConfigUnit, Policy], Iterator[Hit]] | None = field(default=None, repr=False)
