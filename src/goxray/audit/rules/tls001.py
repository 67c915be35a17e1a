"""TLS001: certificates that nobody checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import Confidence, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import Composite, SourceUnit
    from goxray.audit.policy import Policy

_FIELD = "InsecureSkipVerify"
_OWN_CHECKS = ("VerifyConnection", "VerifyPeerCertificate")

_MESSAGE = Words(
    "InsecureSkipVerify is true: any certificate is accepted, so anybody in between can read and change the traffic.",
    "InsecureSkipVerify 为 true:接受任何证书,中间人可以读取并篡改通信内容。",
)


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for made in unit.literals("*"):
        value = made.fields.get(_FIELD)
        if value is not None and value.constant is True and not unit.is_test(value.place):
            yield Hit(value.place, _MESSAGE, _FIELD, _confidence(made))
    for each in unit.assignments(field=_FIELD):
        if each.value.constant is True and not unit.is_test(each.place):
            yield Hit(each.place, _MESSAGE, _FIELD)


def _confidence(made: Composite) -> Confidence:
    """A check of the program's own may stand in for the usual one; whether it is enough must be read."""
    return "low" if any(made.field(name) is not None for name in _OWN_CHECKS) else "high"


RULE = Rule(
    info=RuleInfo(
        id="TLS001",
        title=Words("certificate verification switched off", "关闭了证书校验"),
        what=Words(
            "InsecureSkipVerify set to true in the Config of crypto/tls or of any other package.",
            "在 crypto/tls 或其他包的 Config 中把 InsecureSkipVerify 设为 true。",
        ),
        why=Words(
            "TLS without verified certificates protects against nobody who can reach the network.",
            "不校验证书的 TLS 无法抵御任何能接触网络的攻击者。",
        ),
        fix=Words(
            "Give the private certificate authority as RootCAs and leave verification on.",
            "把内部 CA 放入 RootCAs,保持证书校验开启。",
        ),
        clause=level3("8.1.2.2"),
        severity="high",
        evidence=("source",),
        bad="&tls.Config{InsecureSkipVerify: true}",
        good="&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}",
    ),
    triggers=(_FIELD.encode(),),
    source=_source,
)
