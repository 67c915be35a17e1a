"""LOG001: personal data reaches a log call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._logs import ATTRIBUTES, LOGGING, TRIGGERS, short
from goxray.audit.rules._personal import personal, safe
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Call, SourceUnit, Value
    from goxray.audit.policy import Policy

_PASSING = frozenset(
    ("builtin.string", "builtin.append", "fmt.Sprint", "fmt.Sprintf", "fmt.Sprintln", "fmt.Errorf", "strconv.Quote")
    + ("strings.TrimSpace", "strings.ToLower", "strings.ToUpper", "strings.Trim", "strings.Join", "errors.New")
    + ATTRIBUTES
)
"""Functions whose result still holds what they are given."""

_FORMATTING = ("String", "Format", "LogValue", "MarshalText", "MarshalJSON", "GoString")
_DEEPEST = 5


@dataclass
class _Looker:
    """What is known of a package: types that mask themselves, structs with personal fields."""

    more: tuple[str, ...]
    masked_types: frozenset[str]
    whole: dict[str, str]
    unit: SourceUnit

    def find(self, value: Value, depth: int = 0) -> str:
        """Return the name of the personal data that a value holds; empty for none, or where that is not known."""
        typed = value.type.lstrip("*")
        if value.kind in ("constant", "nil", "function") or depth > _DEEPEST or self._harmless(typed):
            return ""
        if value.kind == "call" and value.call is not None:
            return self._of_call(value, value.call, depth)
        if value.kind == "literal" and value.literal is not None:
            inner = (*value.literal.fields.values(), *value.literal.elements)
            return next((found for each in inner if (found := self.find(each, depth + 1))), "")
        name = self.whole[typed] if typed in self.whole else self._of_text(value)
        return "" if name and self._remade(value) else name

    def keyed(self, args: tuple[Value, ...]) -> str:
        """Return the personal name among keys that are followed by a value that nothing is known to mask."""
        for key, value in zip(args, args[1:], strict=False):
            name = key.constant
            if isinstance(name, str) and " " not in name and "%" not in name and personal(name, self.more):
                plain = value.kind in ("variable", "parameter") or (value.kind == "unknown" and "(" not in value.text)
                harmless = self._harmless(value.type.lstrip("*")) or safe(_last(value.text))
                if plain and not harmless and not self._remade(value):
                    return name
        return ""

    def _harmless(self, typed: str) -> bool:
        return typed in ("bool", "error", "int") or typed in self.masked_types

    def _remade(self, value: Value) -> bool:
        """Whether the function gives the variable another value by a call that may mask: ``phone = mask(phone)``."""
        for each in self.unit.assignments(names=frozenset({value.text})):
            same = (
                each.function == value.place.symbol and each.kind == "set" and each.value.kind in ("call", "constant")
            )
            if same and (each.value.call is None or each.value.call.callee not in _PASSING):
                return True
        return False

    def _of_call(self, value: Value, call: Call, depth: int) -> str:
        last = call.callee.rpartition(".")[2]
        if call.callee in _PASSING or (value.type == "[]byte" and not call.callee):
            found = (self.find(each, depth + 1) for each in call.args)
            return next((each for each in found if each), "")
        if safe(last) or any(safe(origin) for origin in (value.text,) if origin.isidentifier()):
            return ""
        getter = last.removeprefix("Get").removeprefix("get")
        if not call.args and personal(getter, self.more):
            return getter
        return value.text if value.text.isidentifier() and personal(value.text, self.more) else ""

    def _of_text(self, value: Value) -> str:
        text = value.text
        if "(" in text or ":" in text:
            return ""
        last = _last(text)
        if personal(last, self.more):
            return last
        if safe(last):
            return ""
        followed = text.isidentifier() and bool(value.origins)
        joined = value.kind == "unknown" and "+" in text
        if followed or joined:
            return next((name for name in sorted(value.names) if personal(name, self.more)), "")
        return ""


def _last(text: str) -> str:
    """Return the last name of ``a.b.c`` or ``a.b[0]``, without operators before it."""
    return text.partition("[")[0].rpartition(".")[2].lstrip("*&")


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    looker = None
    told = set()
    for call in unit.calls(*LOGGING):
        if unit.is_test(call.place):
            continue
        looker = looker or _looker(unit, policy)
        name = next((found for each in call.args if (found := looker.find(each))), "") or looker.keyed(call.args)
        name = name or next((found for each in call.args if (found := _attribute(looker, each))), "")
        if name and call.place.line not in told:
            told.add(call.place.line)
            message = Words(
                f"{short(call)} writes {name}: personal data stands in the log as it is.",
                f"{short(call)} 写出 {name}:个人信息以明文进入日志。",
            )
            yield Hit(call.place, message, f"{call.callee} {name}", confidence="medium")


def _attribute(looker: _Looker, value: Value) -> str:
    """Look at ``slog.String("phone", p)`` and ``zap.Any("phone", p)``, whose name tells what ``p`` is."""
    inner = value.call if value.kind == "call" else None
    return looker.keyed(inner.args) if inner is not None and inner.callee in ATTRIBUTES else ""


def _looker(unit: SourceUnit, policy: Policy) -> _Looker:
    functions = list(unit.functions())
    masked_types = frozenset(f".{each.receiver}" for each in functions if each.receiver and each.name in _FORMATTING)
    whole = {}
    for struct in unit.structs():
        names = [each.name for each in struct.fields if personal(each.name, policy.personal_names)]
        plain = [each for each in struct.fields if each.name in names and each.type.lstrip("*") not in masked_types]
        if plain and f".{struct.name}" not in masked_types:
            whole[f".{struct.name}"] = f"{struct.name}.{plain[0].name}"
    return _Looker(policy.personal_names, masked_types, whole, unit)


RULE = Rule(
    info=RuleInfo(
        id="LOG001",
        title=Words("personal data in a log call", "个人信息进入日志"),
        what=Words(
            "Values whose names, keys, getters or struct types stand for personal data (telephone, e-mail, identity "
            "card, bank card, real name, birthday, names of the policy) among the arguments of log, slog, zap, logrus, "
            "zerolog, glog and klog calls, unless a function or type masks them.",
            "log、slog、zap、logrus、zerolog、glog、klog 调用的参数中,名称、键、取值方法或结构体类型表示个人信息"
            "(电话、邮箱、身份证、银行卡、姓名、生日及策略中的名称)且未经脱敏函数或类型处理的值。",
        ),
        why=Words(
            "Logs are copied to more places and read by more people than the database; personal data there is used "
            "beyond what it was collected for.",
            "日志会被复制到更多地方、被更多人查看;其中的个人信息超出了收集目的的使用范围。",
        ),
        fix=Words(
            "Mask the value, log a keyed token (HMAC-SM3) instead, or give its type a LogValue or String that masks.",
            "脱敏后再写,或改写带密钥的令牌(HMAC-SM3),或让其类型的 LogValue、String 方法完成脱敏。",
        ),
        clause=level3("8.1.4.11"),
        severity="high",
        evidence=("source",),
        bad='slog.Info("login", "phone", user.Phone)',
        good='slog.Info("login", "phone", mask(user.Phone))',
    ),
    triggers=TRIGGERS,
    source=_source,
)
