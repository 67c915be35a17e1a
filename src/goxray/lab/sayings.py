"""What a claim's predicates say, as plain data for the reports: the words and pictures are the renderers'."""

from __future__ import annotations

from goxray.core.lab_result import Saying
from goxray.lab.experiment import Claim, Predicate


def sayings(claim: Claim) -> tuple[Saying, ...]:
    """Return what each predicate of a claim says, then what the experiment checks about itself."""
    own = [_saying(each, check=False) for each in claim.predicates]
    return (*own, *(_saying(each, check=True) for each in claim.checks))


def _saying(each: Predicate, *, check: bool) -> Saying:
    figure, over = each.figure, each.over
    low, high = _ends(each)
    return Saying(
        kind=each.kind,
        name=figure.measure if figure else "",
        arm=figure.arm if figure else "",
        case=figure.case if figure else "",
        over=(over.measure, over.arm, over.case) if over else None,
        low=low,
        high=high,
        along=each.along,
        direction=each.direction,
        where=each.where,
        pattern=each.pattern,
        build=each.build,
        says=each.says,
        tolerance=each.tolerance,
        check=check,
    )


def _ends(each: Predicate) -> tuple[float | None, float | None]:
    """Return the least and the greatest value that the predicate allows."""
    if each.kind == "between":
        return each.low, each.high
    if each.kind == "ratio_at_least":
        return each.value, None
    if each.kind == "compiles":
        wanted = 1.0 if each.value is None else each.value
        return wanted, wanted
    if each.kind == "equals" and each.value is not None:
        slack = abs(each.value) * each.tolerance
        return each.value - slack, each.value + slack
    return None, None
