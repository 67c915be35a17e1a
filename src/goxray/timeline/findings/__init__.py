"""What a reader of a timeline should know: one rule a file under ``rules``, each from numbers that the timeline has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from goxray.timeline.findings.facts import Facts
from goxray.timeline.findings.registry import all_rules

if TYPE_CHECKING:
    from goxray.core.timeline_result import Timeline

_SEVERITIES = ("serious", "warning", "note")


def find(timeline: Timeline) -> Timeline:
    """Return the timeline with the findings of all rules, the most serious first, then by start and rule.

    Findings that it has already are replaced. A rule says nothing where the timeline lacks what it needs.
    """
    facts = Facts.of(timeline)
    found = [finding for rule in all_rules() for finding in rule.judge(facts)]
    found.sort(key=lambda finding: (_SEVERITIES.index(finding.severity), finding.start_s, finding.rule))
    return replace(timeline, findings=tuple(found))
