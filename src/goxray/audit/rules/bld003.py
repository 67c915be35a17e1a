"""BLD003: the machine and system that a binary is for, against the platforms that it shall run on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.binaries.platforms import fits, matrix
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import BinaryFacts, PlatformFit


def _binary(unit: BinaryUnit, policy: Policy) -> Iterator[Hit]:
    """Without declared platforms only a Linux program that runs on none of the matrix is worth a word."""
    facts = unit.facts
    if policy.arches and facts.arch not in policy.arches:
        yield Hit(Place(unit.path, symbol=facts.arch), _other_arch(facts.arch, policy.arches), f"arch {facts.arch}")
    known = [each.id for each in matrix().platforms]
    for name in policy.platforms:
        if name not in known:
            yield Hit(Place(unit.path, symbol=name), _unknown(name, known), f"unknown {name}", fix=_NAME_IT)
    found = fits(facts, policy.platforms)
    if policy.platforms and facts.os != "linux":
        yield Hit(Place(unit.path, symbol=facts.os), _other_system(facts.os), f"os {facts.os}")
    elif policy.platforms:
        for each in _meant(facts, found):
            yield Hit(Place(unit.path, symbol=each.platform), _refused(each), f"{each.platform} {facts.arch}")
    elif facts.os == "linux" and not policy.arches and not any(each.fits for each in found):
        yield Hit(Place(unit.path, symbol=facts.arch), _NOWHERE, f"nowhere {facts.arch}", "low", "info")


def _meant(facts: BinaryFacts, found: tuple[PlatformFit, ...]) -> list[PlatformFit]:
    """A build for one machine is not meant for a platform whose editions are all for others, if it has another one."""
    refused = [each for each in found if not each.fits]
    without = [each for each in refused if each.why.en == f"no edition for {facts.arch}"]
    return [each for each in refused if each not in without] if len(without) < len(found) else refused


def _refused(each: PlatformFit) -> Words:
    return Words(
        f"The binary does not run on {each.name.en} ({each.arch}): {each.why.en}.",
        f"该二进制不能在 {each.name.zh}({each.arch})上运行:{each.why.zh}。",
    )


def _unknown(name: str, known: list[str]) -> Words:
    told = ", ".join(known)
    return Words(
        f"goxray.toml asks for the platform {name}, which is not known here: nothing was held against it. "
        f"Known are {told}.",
        f"goxray.toml 要求平台 {name},但这里没有它的资料,未做比对。已知的有 {told}。",
    )


def _other_arch(arch: str, arches: tuple[str, ...]) -> Words:
    told = ", ".join(arches)
    return Words(
        f"The binary is for {arch}; the policy allows {told}.",
        f"该二进制面向 {arch};策略允许的是 {told}。",
    )


def _other_system(system: str) -> Words:
    return Words(
        f"The binary is for {system}; the platforms of the policy are Linux.",
        f"该二进制面向 {system};策略中的平台均为 Linux。",
    )


_NAME_IT = Words("Name one of the platforms that are known.", "改用已知平台的名称。")
_NOWHERE = Words(
    "The binary runs on none of the platforms that are known here (goxray binary tells why for each).",
    "该二进制不能在已知的任何一个平台上运行(goxray binary 会逐一说明原因)。",
)

RULE = Rule(
    info=RuleInfo(
        id="BLD003",
        title=Words("not for the platforms declared", "与声明的平台不符"),
        what=Words(
            "Binaries whose machine, system, LoongArch ABI, C library version or Go's least kernel do not fit the "
            "platforms and arches of the policy: Kylin, UOS, openEuler, Anolis.",
            "处理器、操作系统、龙架构 ABI、C 库版本或 Go 所需最低内核与策略声明的平台和架构不符的二进制:"
            "麒麟、统信、openEuler、龙蜥。",
        ),
        why=Words(
            "A program built on a newer system asks for symbols that the older one does not have, and ends at start.",
            "在较新系统上构建的程序会要求旧系统没有的符号,启动即失败。",
        ),
        fix=Words(
            "Build for that machine, with CGO_ENABLED=0 or on the oldest platform it shall run on.",
            "针对该架构构建,使用 CGO_ENABLED=0,或在要支持的最旧平台上构建。",
        ),
        clause=POLICY,
        severity="medium",
        evidence=("binary",),
        bad='# goxray.toml: platforms = ["kylin-v10-sp3"]\nCGO_ENABLED=1 go build ./cmd/service  # on Ubuntu 24.04',
        good='# goxray.toml: platforms = ["kylin-v10-sp3"]\nCGO_ENABLED=0 GOARCH=arm64 go build ./cmd/service',
    ),
    binary=_binary,
)
