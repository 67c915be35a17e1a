"""TLS003: a service that must speak GM TLS and has only Go's own TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import Clause, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import ModuleUnit, SourceUnit
    from goxray.audit.policy import Policy

_STACKS = (
    "gitee.com/Trisia/gotlcp",
    "github.com/Trisia/gotlcp",
    "github.com/tjfoc/gmsm/gmtls",
    "github.com/tjfoc/gmtls",
    "gitee.com/zhaochuninhefei/gmgo/gmtls",
    "github.com/Hyperledger-TWGC/tjfoc-gm/gmtls",
    "github.com/piligo/gmtls",
    "github.com/tongsuo-project/tongsuo-go-sdk",
)
"""Packages that speak TLCP (GB/T 38636) or the SM suites of TLS 1.3 (RFC 8998)."""

_ALGORITHMS = "github.com/emmansun/gmsm"
"""Algorithms and certificates; the protocol is gotlcp's, which is built on it."""

_SERVING = (
    "net/http.ListenAndServeTLS",
    "net/http.ServeTLS",
    "(net/http.Server).ListenAndServeTLS",
    "(net/http.Server).ServeTLS",
    "crypto/tls.Listen",
    "crypto/tls.NewListener",
    "crypto/tls.Server",
    "google.golang.org/grpc/credentials.NewServerTLSFromFile",
    "google.golang.org/grpc/credentials.NewServerTLSFromCert",
    "(github.com/gin-gonic/gin.Engine).RunTLS",
    "(github.com/labstack/echo/v4.Echo).StartTLS",
)


def _demanded(policy: Policy) -> bool:
    return policy.profile == "gm" or policy.gm_tls


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    if not _demanded(policy) or any(_speaks([each.path]) for each in unit.imports()):
        return
    for call in unit.calls(*_SERVING):
        if not unit.is_test(call.place):
            head, _, name = call.callee.rpartition(".")
            short = f"{head.strip('()').rpartition('/')[2]}.{name}"
            says = Words(
                f"{short} serves Go's own TLS, which has no SM suites; this package brings no GM TLS beside it.",
                f"{short} 提供的是 Go 自带的 TLS,不含国密套件;该包中也没有引入国密 TLS。",
            )
            yield Hit(call.place, says, short)


def _module(unit: ModuleUnit, policy: Policy) -> Iterator[Hit]:
    if not _demanded(policy) or "crypto/tls" not in unit.imports_crypto or _speaks(unit.imports_crypto):
        return
    selected = {each.path: each for each in unit.selected}
    if any(_holds(path, unit.imports_crypto) for path in selected):
        return
    also = _ALGORITHMS in selected
    says = Words(
        "crypto/tls is used and no module of the build list speaks TLCP or RFC 8998."
        + (f" {_ALGORITHMS} gives the algorithms, not the protocol." if also else ""),
        "使用了 crypto/tls,而构建列表中没有任何支持 TLCP 或 RFC 8998 的模块。"
        + (f"{_ALGORITHMS} 提供的是算法,不含协议。" if also else ""),
    )
    yield Hit(Place(unit.path, symbol="crypto/tls"), says, "crypto/tls without GM TLS", confidence="medium")


def _speaks(imports: Iterable[str]) -> bool:
    return any(path == stack or path.startswith(f"{stack}/") for path in imports for stack in _STACKS)


def _holds(module: str, imports: frozenset[str]) -> bool:
    """Whether a module is a stack, or has one among its packages and none of its imported packages says otherwise."""
    inside = [stack for stack in _STACKS if stack == module or stack.startswith(f"{module}/")]
    if not inside:
        return False
    others = any(path.startswith(f"{module}/") for path in imports)
    return not (others and module not in inside)


RULE = Rule(
    info=RuleInfo(
        id="TLS003",
        title=Words("GM TLS required and absent", "要求国密 TLS 而缺失"),
        what=Words(
            "Where the profile gm, or gm_tls = true in the policy, asks for GM TLS: servers on crypto/tls in packages "
            "without a TLCP or RFC 8998 stack, and modules that use crypto/tls with no such stack in the build list.",
            "在 gm 配置或策略 gm_tls = true 要求国密 TLS 时:所在包未引入 TLCP 或 RFC 8998 协议栈而以 crypto/tls "
            "提供服务,以及使用 crypto/tls 而构建列表中没有此类协议栈的模块。",
        ),
        why=Words(
            "crypto/tls has no SM suites: an assessment of cryptography finds the channel without approved algorithms. "
            "TLCP has two certificates and is no TLS 1.3; RFC 8998 is TLS 1.3 with SM4-GCM and SM3.",
            "crypto/tls 不含国密套件,密评时信道未使用合规算法。"
            "TLCP 使用双证书,不是 TLS 1.3;RFC 8998 才是带 SM4-GCM 与 SM3 的 TLS 1.3。",
        ),
        fix=Words(
            "Serve by gitee.com/Trisia/gotlcp (TLCP, or both by its pa package), or end GM TLS in a gateway and say "
            "so in an acceptance.",
            "改用 gitee.com/Trisia/gotlcp 提供服务(TLCP,或用其 pa 包同时支持两种协议);"
            "若由网关终结国密 TLS,请以豁免项说明。",
        ),
        clause=Clause("GB/T 39786", "8.2", Words("network and communication security", "网络和通信安全")),
        severity="info",
        evidence=("source", "module"),
        bad='http.ListenAndServeTLS(addr, "cert.pem", "key.pem", nil)',
        good='listener, err := tlcp.Listen("tcp", addr, &tlcp.Config{Certificates: signAndEncrypt})',
    ),
    triggers=(b"TLS", b"crypto/tls"),
    source=_source,
    module=_module,
)
