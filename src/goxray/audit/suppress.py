"""Findings that somebody accepts: by a comment beside them, the policy, the baseline; and what accepts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from goxray.audit.baseline import Baseline
from goxray.audit.marks import Mark
from goxray.audit.patterns import covers
from goxray.audit.policy import Acceptance
from goxray.audit.rule import Hit
from goxray.core.audit_result import POLICY, AuditFinding, Place, RuleInfo, Suppressed
from goxray.core.words import Words

RULE = RuleInfo(
    id="SUP001",
    title=Words("a suppression that accepts nothing", "无效的豁免"),
    what=Words(
        "A //goxray:ignore comment or an acceptance of goxray.toml that has no reason or end, has run out, names no "
        "rule, or concerns no finding.",
        "//goxray:ignore 注释或 goxray.toml 中的豁免缺少理由或期限、已过期、规则名不存在,或者没有对应的发现。",
    ),
    why=Words(
        "What nobody looks after hides the next finding at the same place.",
        "无人维护的豁免会掩盖同一位置的下一个问题。",
    ),
    fix=Words("Mend the finding, or renew the suppression with reason and date.", "修复问题,或写明理由与期限后续期。"),
    clause=POLICY,
    severity="low",
    evidence=("source", "module", "config"),
    bad="//goxray:ignore CRY001",
    good="//goxray:ignore CRY001 until=2027-01-31 an ETag only, agreed with the security team (SEC-118)",
)

_WRONG = {
    "rule": Words("it names no rule", "未写规则编号"),
    "until": Words("it has no until=YYYY-MM-DD", "缺少 until=YYYY-MM-DD"),
    "date": Words("its until= is no date", "until= 不是日期"),
    "reason": Words("it gives no reason", "未写理由"),
}


def by_marks(
    findings: Sequence[AuditFinding],
    marks: Iterable[Mark],
    *,
    known: frozenset[str],
    ran: frozenset[str],
    today: date,
    first: Mapping[str, int],
) -> tuple[list[AuditFinding], list[Hit]]:
    """Apply the comments: return the findings, some of them accepted, and what is wrong with comments.

    Args:
        findings: What was found, in order.
        marks: Every such comment of the files looked at.
        known: The ids of all rules.
        ran: The ids of the rules that looked; a comment for another one cannot be judged.
        today: The day on which the run counts; a comment counts up to and including its date.
        first: Of files whose findings may have no line, the line that stands for the whole file.
    """
    at: dict[tuple[str, int], list[int]] = {}
    for number, each in enumerate(findings):
        line = each.place.line or first.get(each.place.path, 0)
        at.setdefault((each.place.path, line), []).append(number)
    accepted = list(findings)
    wrong: list[Hit] = []
    for mark in sorted(marks, key=lambda each: (each.path, each.line)):
        if mark.wrong:
            wrong.append(_told(mark, _WRONG[mark.wrong]))
            continue
        over = date.fromisoformat(mark.until) < today
        for rule in mark.rules:
            met = [number for number in at.get((mark.path, mark.meant), ()) if findings[number].rule == rule]
            problem = _judged(rule, mark, known=known, ran=ran, over=over, met=bool(met))
            if problem is not None:
                wrong.append(_told(mark, problem, rule))
            for number in met if not over else ():
                accepted[number] = replace(accepted[number], suppressed=Suppressed("comment", mark.reason, mark.until))
    return accepted, wrong


def _judged(
    rule: str, mark: Mark, *, known: frozenset[str], ran: frozenset[str], over: bool, met: bool
) -> Words | None:
    if rule not in known:
        return Words(f"there is no rule {rule}", f"不存在规则 {rule}")
    if over:
        return Words(f"{rule}: it ran out on {mark.until}", f"{rule}:已于 {mark.until} 到期")
    if not met and rule in ran:
        return Words(f"{rule} finds nothing there", f"{rule} 在该处没有发现")
    return None


def _told(mark: Mark, problem: Words, rule: str = "") -> Hit:
    said = Words(f"This goxray:ignore accepts nothing: {problem.en}.", f"此 goxray:ignore 不起作用:{problem.zh}。")
    return Hit(Place(mark.path, mark.line, 1), said, f"{problem.en} {' '.join(mark.rules)} {rule}".strip())


def by_policy(
    findings: Sequence[AuditFinding],
    accepted: Sequence[Acceptance],
    today: date,
    *,
    path: str,
    from_policy: Callable[[str], str] = str,
) -> tuple[list[AuditFinding], list[Hit], list[Words]]:
    """Apply the policy's acceptances: return the findings, those that ran out as hits, and notes on the idle ones.

    ``path`` is what the policy's file is called, ``from_policy`` gives the path of a finding as the policy's patterns
    see it: from the policy's own directory where that is above. What a comment accepts already stays with it.
    """
    found = list(findings)
    wrong: list[Hit] = []
    notes: list[Words] = []
    for each in accepted:
        met = [number for number, finding in enumerate(findings) if _means(each, finding, from_policy)]
        over = date.fromisoformat(each.until) < today
        if not met:
            notes.append(_idle(each))
        elif over:
            said = Words(
                f"The acceptance of {each.rule} at {each.path} ran out on {each.until}.",
                f"对 {each.path} 上 {each.rule} 的豁免已于 {each.until} 到期。",
            )
            wrong.append(Hit(Place(path, symbol=each.rule), said, f"{each.rule} {each.path} {each.symbol}"))
        for number in met if not over else ():
            if found[number].suppressed is None:
                found[number] = replace(found[number], suppressed=Suppressed("policy", each.reason, each.until))
    return found, wrong, notes


def _means(each: Acceptance, finding: AuditFinding, from_policy: Callable[[str], str]) -> bool:
    same = each.rule == finding.rule and each.symbol in ("", finding.place.symbol)
    return same and covers(each.path, from_policy(finding.place.path))


def _idle(each: Acceptance) -> Words:
    return Words(
        f"goxray.toml accepts {each.rule} at {each.path} until {each.until}, and nothing is found there.",
        f"goxray.toml 豁免了 {each.path} 上的 {each.rule}(至 {each.until}),但该处没有发现。",
    )


def by_baseline(findings: Iterable[AuditFinding], baseline: Baseline | None) -> Iterator[AuditFinding]:
    """Give the findings, those of the baseline accepted where nothing else accepts them."""
    for each in findings:
        old = baseline is not None and each.suppressed is None and each.fingerprint in baseline.fingerprints
        reason = f"in the baseline {baseline.name}" if baseline is not None else ""
        yield replace(each, suppressed=Suppressed("baseline", reason)) if old else each
