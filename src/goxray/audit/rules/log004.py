"""LOG004: an audit record that does not tell time, user, event and result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._audit_records import is_record, speaks_audit
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._logs import ATTRIBUTES, FIELDS, OTHERS, PAIRS, PRINTING, short
from goxray.audit.rules._shared import words_of
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit, Struct, Value
    from goxray.audit.policy import Policy

_KINDS = {
    "time": (
        Words("time", "时间"),
        frozenset({"time", "ts", "timestamp", "at", "when", "date", "occurred", "created"}),
    ),
    "user": (
        Words("user", "用户"),
        frozenset(
            {
                "user",
                "uid",
                "username",
                "account",
                "actor",
                "operator",
                "subject",
                "principal",
                "who",
                "login",
                "caller",
                "by",
            }
        ),
    ),
    "event": (
        Words("event type", "事件类型"),
        frozenset({"event", "action", "type", "operation", "op", "what", "activity", "method", "verb", "kind"}),
    ),
    "result": (
        Words("result", "结果"),
        frozenset(
            {
                "result",
                "status",
                "outcome",
                "success",
                "ok",
                "succeeded",
                "failed",
                "err",
                "error",
                "code",
                "allowed",
                "granted",
                "denied",
                "decision",
            }
        ),
    ),
}
_FORMATTED = frozenset(name for name in PRINTING + OTHERS if name.endswith(("f", "Print", "Println")))
_BEFORE_PAIRS = {"Log": 3, "LogAttrs": 3}


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for struct in unit.structs():
        if is_record(struct) and not unit.is_test(struct.place):
            missing = _missing_in(struct)
            if missing:
                yield Hit(struct.place, _lacks(struct.name, missing), struct.name, confidence="medium")
    for call in unit.calls(*PRINTING, *PAIRS, *OTHERS):
        if not unit.is_test(call.place) and speaks_audit(call):
            yield from _of_call(call)


def _missing_in(struct: Struct) -> list[str]:
    said = words_of(field.name for field in struct.fields)
    embedded = [field for field in struct.fields if field.type.rpartition(".")[2].lstrip("*") == field.name]
    if any(field.type.endswith("gorm.Model") for field in embedded):
        said |= {"created"}
    elif any(field.type.lstrip("*").startswith(".") for field in embedded):
        return []  # What an embedded struct of the package holds is not looked up.
    return _missing(said, _KINDS)


def _of_call(call: Call) -> Iterator[Hit]:
    if call.callee in _FORMATTED:
        if call.args and isinstance(call.args[0].constant, str):
            message = Words(
                f"{short(call)} writes the audit record as a sentence: its user, event and result are no fields.",
                f"{short(call)} 把审计记录写成一句话:用户、事件、结果都不是字段。",
            )
            yield Hit(call.place, message, call.callee, confidence="medium")
        return
    if call.callee in PAIRS:
        names = _names(call)
        missing = _missing(words_of(names), ("user", "result")) if names is not None else []
        if missing:
            yield Hit(call.place, _lacks(short(call), missing), call.callee, confidence="low")


def _names(call: Call) -> list[str] | None:
    """Return the names of the fields that a call writes, its logger's too; None where one is not known."""
    last = call.callee.rpartition(".")[2]
    begin = _BEFORE_PAIRS.get(last, 2 if last.endswith("Context") else 1)
    own = _keys(call.args[begin:])
    bound: list[str] | None = []
    maker = call.receiver.call if call.receiver is not None else None
    if maker is not None and maker.callee in FIELDS:
        bound = _keys(maker.args)
    return None if own is None or bound is None else own + bound


def _keys(args: Iterable[Value]) -> list[str] | None:
    found = []
    waiting = iter(args)
    for each in waiting:
        key = each.constant
        made = each.call
        if isinstance(key, str):
            found.append(key)
            next(waiting, None)
        elif made is not None and made.callee.rpartition(".")[0] in _MAKERS and made.args:
            first = made.args[0].constant
            found.append(first if isinstance(first, str) else "error")
        else:
            return None
    return found


def _missing(said: frozenset[str] | set[str], kinds: Iterable[str]) -> list[str]:
    return [kind for kind in kinds if not said & _KINDS[kind][1]]


def _lacks(what: str, missing: list[str]) -> Words:
    names = [_KINDS[kind][0] for kind in missing]
    return Words(
        f"{what} records no {', no '.join(each.en for each in names)}.",
        f"{what} 没有记录{'、'.join(each.zh for each in names)}。",
    )


_MAKERS = frozenset(name.rpartition(".")[0] for name in ATTRIBUTES)


RULE = Rule(
    info=RuleInfo(
        id="LOG004",
        title=Words("audit record without time, user, event or result", "审计记录缺少时间、用户、事件类型或结果"),
        what=Words(
            "Structs named as audit records without fields for one of the four; formatted prints to audit logs; "
            "structured audit log calls without user or result (the logger adds the time, the message is the event).",
            "命名为审计记录的结构体缺少四类字段之一;向审计日志打印格式化文本;结构化审计日志调用缺少用户或结果"
            "(时间由日志库添加,消息即事件)。",
        ),
        why=Words(
            "A record that lacks one of them does not show who did what, when, and whether it worked.",
            "缺少任何一项,审计记录就无法说明谁在何时做了什么、是否成功。",
        ),
        fix=Words(
            "Write audit records as structures with time, user, event type and result.",
            "用结构化方式写审计记录,包含时间、用户、事件类型与结果。",
        ),
        clause=level3("8.1.4.3 b"),
        severity="medium",
        evidence=("source",),
        bad='auditLog.Printf("user %s deleted %s", user, id)',
        good='audit.Info("delete", "user", user, "object", id, "result", "ok")',
    ),
    triggers=(b"udit",),
    source=_source,
)
