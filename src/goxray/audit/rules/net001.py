"""NET001: requests through http.DefaultClient, which waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, SourceUnit
    from goxray.audit.policy import Policy

_ASKING = ("Get", "Head", "Post", "PostForm")
_CALLS = tuple(f"net/http.{name}" for name in _ASKING)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_CALLS):
        if not unit.is_test(call.place):
            name = call.callee.removeprefix("net/")
            yield Hit(call.place, _message(name), name)
    for use in unit.references("net/http.DefaultClient", *_CALLS):
        if not unit.is_test(use.place):
            name = f"http.{use.text.rpartition('.')[2]}"
            yield Hit(use.place, _message(name), name)


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    """The compiler inlines http.Get into its callers; the table of functions still names it. Linked is not called."""
    for name in sorted({f"net/http.{each}" for each in _ASKING} & unit.functions):
        short = name.removeprefix("net/")
        yield Hit(Place(unit.path, symbol=name), _linked(short), short, confidence="low")


def _linked(name: str) -> Words:
    return Words(
        f"{name} is linked in: some package, perhaps a dependency, can send requests without a time-out.",
        f"二进制链接了 {name}:某个包(可能是依赖)可以不设超时地发出请求。",
    )


def _message(name: str) -> Words:
    return Words(
        f"{name} uses the default client, which has no time-out: a silent server blocks the caller for ever.",
        f"{name} 使用默认客户端,它没有超时:对端不响应时调用者会一直阻塞。",
    )


RULE = Rule(
    info=RuleInfo(
        id="NET001",
        title=Words("requests through http.DefaultClient", "通过 http.DefaultClient 发请求"),
        what=Words(
            "Calls and mentions of http.Get, Head, Post and PostForm, and mentions of http.DefaultClient.",
            "对 http.Get、Head、Post、PostForm 的调用和引用,以及对 http.DefaultClient 的引用。",
        ),
        why=Words(
            "The default client sets no time-out. A silent server holds goroutines and connections until they run out.",
            "默认客户端未设超时。一个不响应的对端会一直占住协程、连接和内存,直到耗尽。",
        ),
        fix=Words(
            "Use an http.Client of your own with Timeout set.",
            "改用自己构造并设置了 Timeout 的 http.Client。",
        ),
        clause=POLICY,
        severity="medium",
        evidence=("source", "binary"),
        bad="resp, err := http.Get(url)",
        good="client := &http.Client{Timeout: 5 * time.Second}\nresp, err := client.Get(url)",
    ),
    triggers=(b"net/http",),
    source=_source,
    binary=_binary,
)
