"""TIME001: audit records take their time from a clock that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._audit_records import from_clock, named_audit, speaks_audit
from goxray.audit.rules._logs import LOGGING
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    if policy.clock_source:
        return
    told = set()
    for value in _stamps(unit):
        line = (value.place.path, value.place.line)
        if line not in told and not unit.is_test(value.place):
            told.add(line)
            message = Words(
                "The record's time comes from time.Now, which reads this machine's clock and asks no time server; "
                "the policy declares no clock source.",
                "记录的时间来自 time.Now,它只读本机时钟、不访问时间服务器;策略中没有声明时钟源。",
            )
            yield Hit(value.place, message, value.text)


def _stamps(unit: SourceUnit) -> Iterator[Value]:
    """Give the values from the clock that audit records are made with."""
    for made in unit.literals("*.*"):
        if named_audit(made.type.rpartition(".")[2]):
            for value in [*made.fields.values(), *made.elements, *made.later.values()]:
                if from_clock(value):
                    yield value
    for call in unit.calls(*LOGGING):
        if speaks_audit(call):
            yield from (each for each in call.args if from_clock(each) or _attribute(each))


def _attribute(value: Value) -> bool:
    call = value.call
    return call is not None and call.callee in ("log/slog.Time", "go.uber.org/zap.Time") and from_clock(call.args[-1])


RULE = Rule(
    info=RuleInfo(
        id="TIME001",
        title=Words("audit time without a declared clock source", "审计时间没有声明时钟源"),
        what=Words(
            "time.Now in audit records and audit log calls, as long as the policy names no clock_source. time.Now is "
            "no network call: it reads the machine's clock.",
            "策略未写 clock_source 时,审计记录与审计日志调用中的 time.Now。time.Now 不产生网络访问,只读取本机时钟。",
        ),
        why=Words(
            "Records of several machines can be put in order only when their clocks follow one declared source.",
            "只有各机器的时钟遵循同一个已声明的来源,多台机器的审计记录才能排序对照。",
        ),
        fix=Words(
            "Give the writer of records a clock (func() time.Time), and name its source (NTP, BeiDou) in the policy.",
            "为审计写入器注入时钟(func() time.Time),并在策略中写明来源(NTP、北斗授时)。",
        ),
        clause=POLICY,
        severity="info",
        evidence=("source",),
        bad="rec := AuditRecord{Time: time.Now(), User: user}",
        good="rec := AuditRecord{Time: a.clock(), User: user}",
    ),
    triggers=(b"udit",),
    source=_source,
)
