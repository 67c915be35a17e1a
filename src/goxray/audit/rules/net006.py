"""NET006: pprof or expvar where the service's users reach it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._shared import is_loopback, text_constant
from goxray.core.audit_result import Confidence, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit, Call, SourceUnit, Value
    from goxray.audit.policy import Policy

_PACKAGES = ("net/http/pprof", "expvar")
_SERVING = {
    "net/http.ListenAndServe": (0, 1),
    "net/http.ListenAndServeTLS": (0, 3),
    "net/http.Serve": (-1, 1),
    "net/http.ServeTLS": (-1, 1),
}
"""Where each function takes the address (-1: from a listener) and the handler."""

_ROUTES = ("(net/http.ServeMux).Handle", "(net/http.ServeMux).HandleFunc")
_FRAMEWORK = ("github.com/gin-contrib/pprof.Register", "github.com/gin-contrib/pprof.RouteRegister")
_ADMIN = ("/debug", "/metrics", "/health", "/ready", "/live", "/admin", "/status", "/version")


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    served, confidence = _served(unit)
    for each in unit.imports():
        alone = each.name == "_" and confidence == "medium"
        if each.path in _PACKAGES and not unit.is_test(each.place) and (confidence == "high" or alone) and served:
            yield Hit(each.place, _message(each.path), each.path, confidence)
    yield from _on_own_mux(unit)
    for call in unit.calls(*_FRAMEWORK):
        if not unit.is_test(call.place):
            yield Hit(call.place, _message("net/http/pprof"), call.callee, "medium")


def _served(unit: SourceUnit) -> tuple[bool, Confidence]:
    """Return whether http.DefaultServeMux, where both packages register, is served to others, and how sure it is.

    Without a server in the package it may be served elsewhere.
    """
    servers = 0
    for call in unit.calls(*_SERVING):
        if unit.is_test(call.place):
            continue
        servers += 1
        where, handler = _SERVING[call.callee]
        address = text_constant(call.args[where]) if 0 <= where < len(call.args) else None
        if handler < len(call.args) and _is_default(call.args[handler]) and not (address and is_loopback(address)):
            return True, "high"
    for made in unit.literals("net/http.Server"):
        if unit.is_test(made.place):
            continue
        servers += 1
        address, given = text_constant(made.field("Addr")), made.field("Handler")
        if (given is None or _is_default(given)) and not (address and is_loopback(address)):
            return True, "high"
    return servers == 0, "medium"


def _is_default(handler: Value) -> bool:
    return handler.kind == "nil" or handler.text.endswith(".DefaultServeMux")


def _on_own_mux(unit: SourceUnit) -> Iterator[Hit]:
    """Routes to pprof on a mux that has the service's routes too."""
    handlers = {each.place for each in unit.references("net/http/pprof.*")}
    handlers |= {each.place for each in unit.calls("net/http/pprof.Handler", "expvar.Handler")}
    if not handlers:
        return
    routes = [call for call in unit.calls(*_ROUTES) if len(call.args) == 2 and not unit.is_test(call.place)]
    shared = {_mux(call) for call in routes if not _is_handler(call, handlers) and _is_service(call)}
    for call in routes:
        if _is_handler(call, handlers) and _mux(call) in shared:
            yield Hit(call.place, _message("net/http/pprof"), call.args[1].text)


def _is_handler(call: Call, handlers: set[Place]) -> bool:
    given = call.args[1]
    inner = given.call.args if given.call is not None else ()
    return given.place in handlers or any(each.place in handlers for each in inner)


def _is_service(call: Call) -> bool:
    pattern = text_constant(call.args[0])
    return pattern is not None and not pattern.rpartition(" ")[2].startswith(_ADMIN)


def _mux(call: Call) -> tuple[str, str, str]:
    return call.place.path, call.function, call.receiver.text if call.receiver is not None else ""


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    linked = {"net/http/pprof": "net/http/pprof.Index", "expvar": "expvar.Handler"}
    handlers = {"net/http/pprof": linked["net/http/pprof"], "expvar": "expvar.expvarHandler"}
    for package in sorted(linked):
        for name in sorted({linked[package], handlers[package]} & unit.functions)[:1]:
            yield Hit(Place(unit.path, symbol=name), _linked(package), package, confidence="low")


def _message(package: str) -> Words:
    return Words(
        f"{package} is reachable on the service's own port: it shows memory, commands and traces to anybody.",
        f"{package} 可从业务端口访问:任何人都能看到内存、命令行和跟踪数据。",
    )


def _linked(package: str) -> Words:
    return Words(
        f"{package} is linked in and registers itself on http.DefaultServeMux; check which port serves that.",
        f"二进制链接了 {package},它会自行注册到 http.DefaultServeMux;请确认由哪个端口提供。",
    )


RULE = Rule(
    info=RuleInfo(
        id="NET006",
        title=Words("pprof or expvar on the service port", "业务端口上可访问 pprof 或 expvar"),
        what=Words(
            "Imports of net/http/pprof and expvar where http.DefaultServeMux is served to others, their handlers on a "
            "mux with the service's routes, and gin's pprof. In binaries: the packages linked.",
            "导入 net/http/pprof、expvar 且对外提供 http.DefaultServeMux,把其处理函数挂在业务路由所在的 mux 上,"
            "以及 gin 的 pprof。二进制中:链接了这些包。",
        ),
        why=Words(
            "Profiles hold parts of the memory and the command line, and taking them costs CPU: an open door for both.",
            "性能剖析会泄露内存片段和命令行,采集本身还消耗 CPU,既泄密又可被用于拒绝服务。",
        ),
        fix=Words(
            "Serve them on an admin listener at the loopback address, and give the service a mux of its own.",
            "在回环地址的管理端口上提供它们,业务服务使用自己的 mux。",
        ),
        clause=level3("8.1.4.4"),
        severity="medium",
        evidence=("source", "binary"),
        bad='import _ "net/http/pprof"\n\nhttp.ListenAndServe("10.0.0.5:8080", nil)',
        good='import _ "net/http/pprof"\n\ngo http.ListenAndServe("127.0.0.1:6060", nil)\nserver.Handler = mux',
    ),
    triggers=(b"net/http/pprof", b'"expvar"', b"gin-contrib/pprof"),
    source=_source,
    binary=_binary,
)
