"""CRY005: tjfoc/gmsm's SM4 modes, which share one IV in a package variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.modules.versions import newer, pseudo
from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import Place, RuleInfo, Severity
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import ModuleUnit, SourceUnit
    from goxray.audit.policy import Policy

_MODULE = "github.com/tjfoc/gmsm"
_PACKAGE = f"{_MODULE}/sm4"
_CALLS = tuple(f"{_PACKAGE}.{name}" for name in ("SetIV", "Sm4Cbc", "Sm4CFB", "Sm4OFB"))


def _source(unit: SourceUnit, _policy: Policy) -> Iterator[Hit]:
    for call in unit.calls(*_CALLS):
        if not unit.is_test(call.place):
            name = "sm4." + call.callee.rpartition(".")[2]
            yield Hit(call.place, _message(name), name)
    for use in unit.references(*_CALLS, f"{_PACKAGE}.IV"):
        if not unit.is_test(use.place):
            name = "sm4." + use.text.rpartition(".")[2]
            yield Hit(use.place, _message(name), name)


def _module(unit: ModuleUnit, _policy: Policy) -> Iterator[Hit]:
    """Whether the modes are called is told of the module's own source; dependencies may call them too."""
    for each in unit.selected:
        path, _, instead = each.replaced_by.partition(" ")
        built, version = (path, instead) if instead else (each.path, each.version)
        if built == _MODULE and not (path and not instead):
            place = Place(unit.path, line=unit.lines.get(each.path, 0), symbol=_MODULE)
            severity: Severity = "low" if each.indirect else "medium"
            yield Hit(place, _linked(version), f"{_MODULE}@{version}", confidence="medium", severity=severity)


_GLOBAL_SINCE = "20210609"
"""The day of the commit that made the IV a variable of the package, with SetIV; v1.4.1 is the release that has it."""


def _linked(version: str) -> Words:
    told = pseudo(version)
    shared = told.time >= _GLOBAL_SINCE if told is not None else newer(version, "v1.4.0")
    if shared:
        return Words(
            f"{_MODULE} {version} is built in: its SM4 modes share one IV for the whole program (since v1.4.1).",
            f"构建中含有 {_MODULE} {version}:其 SM4 各模式在整个程序内共用一个 IV(自 v1.4.1 起)。",
        )
    return Words(
        f"{_MODULE} {version} is built in: its SM4 modes always use an IV of zeros (before v1.4.1).",
        f"构建中含有 {_MODULE} {version}:其 SM4 各模式固定使用全零 IV(v1.4.1 之前)。",
    )


def _message(name: str) -> Words:
    return Words(
        f"{name} of tjfoc/gmsm works with one IV for the whole program (zero at first): messages share it, and "
        "goroutines change it under each other.",
        f"tjfoc/gmsm 的 {name} 使用整个程序共用的 IV(初始为全零):各消息共用该值,并发的协程还会相互改写。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY005",
        title=Words("global IV of tjfoc/gmsm", "tjfoc/gmsm 的全局 IV"),
        what=Words(
            "sm4.SetIV, sm4.IV, Sm4Cbc, Sm4CFB and Sm4OFB of github.com/tjfoc/gmsm, and the module in the build list.",
            "github.com/tjfoc/gmsm 的 sm4.SetIV、sm4.IV、Sm4Cbc、Sm4CFB、Sm4OFB,以及构建列表中的该模块。",
        ),
        why=Words(
            "They take the IV from a package variable, so equal texts give equal ciphertexts, and SetIV races.",
            "这些函数从包变量取 IV,相同明文会得到相同密文,且 SetIV 存在数据竞争。",
        ),
        fix=Words(
            "Use github.com/emmansun/gmsm/sm4 with crypto/cipher and a random IV given to each call.",
            "改用 github.com/emmansun/gmsm/sm4 配合 crypto/cipher,每次调用传入随机 IV。",
        ),
        clause=level3("8.1.4.8"),
        severity="high",
        evidence=("source", "module"),
        bad="sm4.SetIV(iv)\nsealed, err := sm4.Sm4Cbc(key, text, true)",
        good="block, err := sm4.NewCipher(key)\nmode := cipher.NewCBCEncrypter(block, iv)",
    ),
    triggers=(b"tjfoc/gmsm/sm4",),
    source=_source,
    module=_module,
)
