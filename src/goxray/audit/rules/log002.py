"""LOG002: an unkeyed hash of personal data, which anybody undoes by trying all values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.rules._personal import personal, safe
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import SourceUnit, Value
    from goxray.audit.policy import Policy

_GM, _OLD_GM = "github.com/emmansun/gmsm/sm3", "github.com/tjfoc/gmsm/sm3"
_SUMS = (
    ("crypto/md5.Sum", "crypto/sha1.Sum", "crypto/sha256.Sum256", "crypto/sha256.Sum224")
    + ("crypto/sha512.Sum512", "crypto/sha512.Sum384", "crypto/sha512.Sum512_256")
    + ("crypto/sha3.Sum256", "crypto/sha3.Sum512", "golang.org/x/crypto/sha3.Sum256")
    + (f"{_GM}.Sum", f"{_OLD_GM}.Sm3Sum")
)
_MAKERS = frozenset(
    ("crypto/md5.New", "crypto/sha1.New", "crypto/sha256.New", "crypto/sha256.New224", "crypto/sha512.New")
    + ("crypto/sha512.New384", f"{_GM}.New", f"{_OLD_GM}.New")
)


def _source(unit: SourceUnit, policy: Policy) -> Iterator[Hit]:
    more = policy.personal_names
    for place, name, function in _hashed(unit, more):
        if not unit.is_test(place):
            message = Words(
                f"{function} of {name} has no key: all telephone or card numbers are tried in minutes.",
                f"{function} 对 {name} 做无密钥杂凑:遍历全部手机号或证件号只需几分钟。",
            )
            yield Hit(place, message, f"{function} {name}", confidence="medium")


def _hashed(unit: SourceUnit, more: tuple[str, ...]) -> Iterator[tuple[Place, str, str]]:
    """Give (place, name of the datum, function) of every hash of personal data."""
    for call in unit.calls(*_SUMS):
        name = _datum(call.args[0], more) if call.args else ""
        if name:
            yield call.place, name, call.callee.rpartition("/")[2]
    for call in unit.calls("(hash.Hash).Write", "io.WriteString", "fmt.Fprint", "fmt.Fprintf"):
        writer = call.receiver or (call.args[0] if call.args else None)
        data = call.args if call.receiver is not None else call.args[1:]
        maker = writer.call.callee if writer is not None and writer.call is not None else ""
        name = next((found for each in data if (found := _datum(each, more))), "")
        if maker in _MAKERS and name:
            yield call.place, name, maker.rpartition("/")[2]


def _datum(value: Value, more: tuple[str, ...]) -> str:
    """Return the personal name that a hashed value mentions; empty where a word of it says that it is protected."""
    if value.kind == "constant" or any(safe(name) for name in value.names):
        return ""
    return next((name for name in sorted(value.names) if personal(name, more)), "")


RULE = Rule(
    info=RuleInfo(
        id="LOG002",
        title=Words("unkeyed hash of personal data", "对个人信息做无密钥杂凑"),
        what=Words(
            "MD5, SHA-1, SHA-2, SHA-3 and SM3 of values whose names stand for personal data, salted or not. HMAC is no "
            "finding.",
            "对名称表示个人信息的值计算 MD5、SHA-1、SHA-2、SHA-3、SM3(无论是否加盐);HMAC 不报告。",
        ),
        why=Words(
            "Telephone and identity numbers are few: whoever has the hash and the salt tries them all. Only a secret "
            "key prevents it. Keyed tokens are de-identified data, not anonymous data.",
            "手机号与证件号的取值空间很小,得到杂凑值和盐即可穷举;只有密钥能阻止。带密钥的令牌属于去标识化,不是匿名化。",
        ),
        fix=Words(
            "Use an HMAC (HMAC-SM3) with a key from a key management system.",
            "改用 HMAC(如 HMAC-SM3),密钥由密钥管理系统提供。",
        ),
        clause=level3("8.1.4.11"),
        severity="high",
        evidence=("source",),
        bad="token := sm3.Sum([]byte(phone + salt))",
        good="mac := hmac.New(sm3.New, key)\nmac.Write([]byte(phone))\ntoken := mac.Sum(nil)",
    ),
    triggers=(b"crypto/md5", b"crypto/sha", b"/sm3"),
    source=_source,
)
