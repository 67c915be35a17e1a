"""BLD006: secrets that -ldflags -X puts into a binary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.audit.secrets import given_as_secret, has_secret_form, looks_random, masked
from goxray.core.audit_result import Confidence, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    for name, text in sorted(unit.strings.items()):
        confidence = _sure(name, text)
        if confidence is not None:
            yield Hit(Place(unit.path, symbol=name), _set(name, text), name, confidence)


def _sure(name: str, text: str) -> Confidence | None:
    """A form that only secrets have is sure; a name says less, and a random text little."""
    if has_secret_form(text):
        return "high"
    if given_as_secret(name, text):
        return "medium"
    return "low" if looks_random(name, text) else None


def _set(name: str, text: str) -> Words:
    shown = masked(text)
    return Words(
        f"-ldflags -X sets {name} to a secret ({shown}): whoever has the binary has it, and so has the build's log.",
        f"-ldflags -X 给 {name} 设置了秘密({shown}):拿到二进制或构建日志的人都能得到它。",
    )


RULE = Rule(
    info=RuleInfo(
        id="BLD006",
        title=Words("a secret in -ldflags -X", "-ldflags -X 中的秘密"),
        what=Words(
            "Texts set by -ldflags -X, read from the recorded flags and from the binary's data: under names of "
            "secrets, in forms of keys and tokens, or random ones. They are never printed whole.",
            "由 -ldflags -X 设置的文本(取自记录的构建参数和二进制数据):名称表示秘密、具有密钥或令牌的形式、或看似随机。"
            "不会完整打印。",
        ),
        why=Words(
            "strings(1) finds it. It cannot be changed without a release, and it is the same everywhere.",
            "用 strings 就能找到。不发布新版本无法更换,且各处相同。",
        ),
        fix=Words(
            "Take it from a KMS or from the environment when the program starts, and replace the one that is out.",
            "在程序启动时从密钥管理系统(KMS)或环境变量读取,并更换已泄露的秘密。",
        ),
        clause=level3("8.1.4.8"),
        severity="high",
        evidence=("binary",),
        bad='go build -ldflags "-X main.apiKey=$API_KEY"',
        good='go build -ldflags "-X main.version=$(git describe)"',
    ),
    binary=_binary,
)
