"""NET002: an http.Client that never gets a Timeout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._shared import copied_over, helper_sets, is_zero
from goxray.core.audit_result import POLICY, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit
    from goxray.audit.policy import Policy

_POSITION = 3
"""Timeout is the fourth field of http.Client (net/http/client.go)."""

_MESSAGE = Words(
    "This http.Client never gets a Timeout: a silent server blocks the caller for ever.",
    "此 http.Client 始终没有设置 Timeout:对端不响应时调用者会一直阻塞。",
)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for made in unit.literals("net/http.Client"):
        if unit.is_test(made.place) or len(made.elements) > _POSITION:
            continue
        if not is_zero(made.field("Timeout")) or copied_over(unit, made):
            continue
        if not helper_sets(unit, made, "Timeout"):
            yield Hit(made.place, _MESSAGE, made.variable or "http.Client")


RULE = Rule(
    info=RuleInfo(
        id="NET002",
        title=Words("http.Client without Timeout", "http.Client 未设置 Timeout"),
        what=Words(
            "http.Client values (literals, new, var) whose Timeout is neither in the literal nor set later.",
            "字面量、new 或 var 得到的 http.Client,其 Timeout 既不在字面量中,也未在之后赋值。",
        ),
        why=Words(
            "Without it a request may wait for ever, and each waiting request holds a goroutine and a connection.",
            "没有它,请求可能永远等待,而每个等待的请求都占着一个协程和一条连接。",
        ),
        fix=Words("Set Timeout, for example 5 * time.Second.", "设置 Timeout,例如 5 * time.Second。"),
        clause=POLICY,
        severity="medium",
        evidence=("source",),
        bad="client := &http.Client{}",
        good="client := &http.Client{Timeout: 5 * time.Second}",
    ),
    triggers=(b"net/http",),
    source=_source,
)
