"""From evidence to findings: every rule is asked, the biggest gain comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goxray.advise.registry import all_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goxray.advise.evidence import Evidence
    from goxray.advise.prices import Prices
    from goxray.core.advise_result import Finding


def find(evidence: Evidence, prices: Prices, *, min_gain: int = 0) -> list[Finding]:
    """Return what all rules find.

    Args:
        evidence: what is known.
        prices: predictions for the target's build.
        min_gain: leave out findings that gain less.
    """
    found = [rule.finding(draft) for rule in all_rules() for draft in rule.judge(evidence, prices)]
    return ordered([finding for finding in found if finding.gain_bytes >= min_gain])


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Sort: the biggest gain first, then by rule and owner."""
    return sorted(findings, key=lambda finding: (-finding.gain_bytes, finding.rule, finding.owner, finding.addr))
