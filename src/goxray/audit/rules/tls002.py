"""TLS002: TLS versions below 1.2 are let in, or the choice is left to the Go release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import helper_sets
from goxray.core.audit_result import RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_TLS12 = 0x0303
_FIELD = "MinVersion"
_NAMES = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"}

_ABSENT = Words(
    "MinVersion is not set: which TLS versions are accepted depends on the Go release and on GODEBUG.",
    "未设置 MinVersion:接受哪些 TLS 版本取决于 Go 版本和 GODEBUG。",
)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for made in unit.literals("crypto/tls.Config"):
        if unit.is_test(made.place):
            continue
        given = made.fields.get(_FIELD)
        if given is not None and _low(given) and _FIELD not in made.later:
            yield Hit(given.place, _message(given), f"{_FIELD} {given.constant:#x}")
        elif made.field(_FIELD) is None and not helper_sets(unit, made, _FIELD):
            yield Hit(made.place, _ABSENT, made.variable or "tls.Config", "medium")
    for each in unit.assignments(field=_FIELD):
        if _low(each.value) and not unit.is_test(each.place):
            yield Hit(each.place, _message(each.value), f"{_FIELD} {each.value.constant:#x}")


def _low(value: Value) -> bool:
    return isinstance(value.constant, int) and value.constant in _NAMES


def _message(value: Value) -> Words:
    name = _NAMES[value.constant] if isinstance(value.constant, int) else ""
    return Words(
        f"MinVersion lets {name} in, whose ciphers and hashes are broken.",
        f"MinVersion 允许 {name},其密码套件和杂凑算法已不安全。",
    )


RULE = Rule(
    info=RuleInfo(
        id="TLS002",
        title=Words("TLS below 1.2 accepted", "允许低于 1.2 的 TLS"),
        what=Words(
            "tls.Config values whose MinVersion is absent or below TLS 1.2.",
            "MinVersion 缺失或低于 TLS 1.2 的 tls.Config。",
        ),
        why=Words(
            "TLS 1.0 and 1.1 rest on MD5 and SHA-1. The default has changed with Go releases (1.18 for clients, 1.22 "
            "for servers) and GODEBUG can lower it, so that only a written version can be shown to an assessor.",
            "TLS 1.0 和 1.1 依赖 MD5 与 SHA-1。默认值随 Go 版本变化(客户端 1.18、服务端 1.22),还可被 GODEBUG 调低,"
            "只有明确写出的版本才能向测评方举证。",
        ),
        fix=Words("Set MinVersion: tls.VersionTLS12 or above.", "设置 MinVersion: tls.VersionTLS12 或更高。"),
        clause=level3("8.1.2.2"),
        severity="medium",
        evidence=("source",),
        bad="&tls.Config{MinVersion: tls.VersionTLS10}",
        good="&tls.Config{MinVersion: tls.VersionTLS12}",
    ),
    triggers=(b"crypto/tls",),
    source=_source,
)
