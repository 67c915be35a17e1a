"""The verdict over all versions."""

from __future__ import annotations

from collections.abc import Sequence

from goxray.core.lab_result import OverallVerdict, Verdict, VersionVerdict
from goxray.lab.judge.speaks import oldest_first


def overall_of(verdicts: Sequence[VersionVerdict]) -> OverallVerdict:
    """Return what the versions say together of one claim; at least one verdict.

    Versions that a claim does not speak of are listed by what they said, and do not count; where it speaks of none of
    those that ran, nothing is known of it (``other-versions``). A version that is not sure takes nothing away from what
    others are sure of: it is named in ``unsure_on``, and ``reason`` is its reason. Where some hold and some fail, the
    version is the condition.
    """
    by_version = {each.go_version: each for each in verdicts}
    ordered = [by_version[version] for version in oldest_first(by_version)]
    first = ordered[0]
    spoken = [each for each in ordered if each.spoken_of]
    verdict = _together(spoken) if spoken else "INCONCLUSIVE"
    unsure = [each for each in spoken if each.verdict == "INCONCLUSIVE"]
    return OverallVerdict(
        claim=first.claim,
        experiment=first.experiment,
        verdict=verdict,
        holds_on=_versions(ordered, "SUPPORTED"),
        fails_on=_versions(ordered, "REFUTED"),
        conditional_on=_versions(ordered, "CONDITIONAL"),
        unsure_on=_versions(ordered, "INCONCLUSIVE"),
        condition=_condition(spoken) if verdict == "CONDITIONAL" else (),
        reason="other-versions" if not spoken else unsure[0].reason if unsure else None,
    )


def _together(verdicts: Sequence[VersionVerdict]) -> Verdict:
    sure = {each.verdict for each in verdicts if each.verdict != "INCONCLUSIVE"}
    if not sure:
        return "INCONCLUSIVE"
    return sure.pop() if len(sure) == 1 else "CONDITIONAL"


def _condition(verdicts: Sequence[VersionVerdict]) -> tuple[str, ...]:
    """Return the cases in which a claim holds on every version that has such a condition, in the first one's order."""
    conditions = [each.condition for each in verdicts if each.verdict == "CONDITIONAL"]
    if not conditions:
        return ()
    return tuple(case for case in conditions[0] if all(case in other for other in conditions))


def _versions(verdicts: Sequence[VersionVerdict], wanted: Verdict) -> tuple[str, ...]:
    return tuple(each.go_version for each in verdicts if each.verdict == wanted)
