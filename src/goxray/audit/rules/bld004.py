"""BLD004: builds that nobody can repeat or trace: no -trimpath, no version stamp, a modified tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import Clause, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import BinaryFacts

_DEVELOPMENT = ("", "(devel)")


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    facts, place = unit.facts, Place(unit.path)
    if not facts.settings:
        yield Hit(place, _NOTHING, "no build information", confidence="medium", severity="medium", fix=_KEEP)
        return
    if facts.settings.get("-trimpath") != "true":
        yield Hit(place, _PATHS, "no -trimpath", fix=_TRIM)
    if _modified(facts):
        yield Hit(place, _MODIFIED, "modified tree", severity="medium", fix=_COMMIT)
    elif not _stamped(facts):
        yield Hit(place, _UNSTAMPED, "no VCS stamp", fix=_STAMP)


def _version(facts: BinaryFacts) -> str:
    return next((each.version for each in facts.modules if each.main), "")


def _modified(facts: BinaryFacts) -> bool:
    """From Go 1.24 on the main module's version says it too."""
    return facts.settings.get("vcs.modified") == "true" or _version(facts).endswith("+dirty")


def _stamped(facts: BinaryFacts) -> bool:
    """A program that was installed by its version has that instead of a revision."""
    return bool(facts.settings.get("vcs.revision")) or _version(facts) not in _DEVELOPMENT


_NOTHING = Words(
    "The binary holds no build information: versions, modules and flags cannot be checked.",
    "该二进制不含构建信息:无法核对版本、模块和构建参数。",
)
_PATHS = Words(
    "Built without -trimpath: it names directories of the build machine, and another machine builds other bytes.",
    "未用 -trimpath 构建:其中含有构建机的目录名,换一台机器构建结果就不同。",
)
_MODIFIED = Words(
    "Built from a tree with changes that are not committed: no revision holds what was built.",
    "从含未提交修改的代码树构建:没有任何版本与之对应。",
)
_UNSTAMPED = Words(
    "The binary does not tell which revision it was built from.",
    "该二进制未记录由哪个代码版本构建。",
)
_TRIM = Words("Build with -trimpath.", "构建时加 -trimpath。")
_COMMIT = Words("Commit or drop the changes, then build.", "提交或放弃修改后再构建。")
_STAMP = Words(
    "Build inside the repository with the version control's program at hand, without -buildvcs=false.",
    "在代码仓库内构建,保证版本控制工具可用,不要加 -buildvcs=false。",
)
_KEEP = Words("Build in module mode and do not cut sections out.", "用模块模式构建,不要裁掉节。")

RULE = Rule(
    info=RuleInfo(
        id="BLD004",
        title=Words("a build that cannot be repeated or traced", "无法重现或追溯的构建"),
        what=Words(
            "Binaries without -trimpath, without the revision they were built from, or from a modified tree.",
            "未用 -trimpath、未记录代码版本或来自被修改代码树的二进制。",
        ),
        why=Words(
            "Whether what runs is what was reviewed can only be shown for a build that somebody else can repeat.",
            "只有他人可以重现的构建,才能证明运行的就是评审过的代码。",
        ),
        fix=Words(
            "Build with -trimpath from a clean checkout.",
            "在干净的检出中用 -trimpath 构建。",
        ),
        clause=Clause("GB/T 39786", "8.3", Words("device and computing security", "设备和计算安全")),
        severity="low",
        evidence=("binary",),
        bad="go build -buildvcs=false ./cmd/service",
        good="go build -trimpath ./cmd/service",
    ),
    binary=_binary,
)
