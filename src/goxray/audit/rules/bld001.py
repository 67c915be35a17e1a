"""BLD001: cgo and shared libraries against the policy on linking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy
    from goxray.core.audit_result import BinaryFacts


def _binary(unit: BinaryUnit, policy: Policy) -> Iterator[Hit]:
    """A demand comes from the policy; the strict profile demands static programs where the policy says nothing."""
    wanted = policy.linkage or ("static" if policy.profile == "strict" else "")
    if wanted == "static":
        yield from _not_static(unit.path, unit.facts)
    elif wanted == "dynamic" and unit.facts.static:
        says = Words(
            "The policy asks for dynamic linking, and the binary needs no shared library: an update of the system's "
            "libraries does not reach it.",
            "策略要求动态链接,而该二进制不依赖任何共享库:系统库的更新到不了它。",
        )
        fix = Words(
            "Build with CGO_ENABLED=1 and without -extldflags -static.",
            "用 CGO_ENABLED=1 构建,不要加 -extldflags -static。",
        )
        yield Hit(Place(unit.path), says, "static", fix=fix)


def _not_static(path: str, facts: BinaryFacts) -> Iterator[Hit]:
    if facts.format == "elf":
        for library in facts.libraries:
            yield Hit(Place(path, symbol=library), _needs(library, facts.glibc), library)
    if facts.cgo and (facts.static or facts.format != "elf"):
        says = Words(
            "C code is linked into the binary (cgo), though it needs no shared library for it.",
            "二进制中链接了 C 代码(cgo),尽管它并不为此依赖共享库。",
        )
        yield Hit(Place(path, symbol="cgo"), says, "cgo", confidence="medium", severity="low")


def _needs(library: str, glibc: str) -> Words:
    of_glibc = library.startswith("libc.so") and glibc
    english, chinese = (f" of at least GLIBC_{glibc}", f"(至少 GLIBC_{glibc})") if of_glibc else ("", "")
    return Words(
        f"The binary needs {library}{english} where it runs, and the policy asks for a static one.",
        f"该二进制运行时需要 {library}{chinese},而策略要求静态链接。",
    )


RULE = Rule(
    info=RuleInfo(
        id="BLD001",
        title=Words("cgo or shared libraries against the policy", "cgo 或共享库不符合链接策略"),
        what=Words(
            "Shared libraries (DT_NEEDED) and cgo in binaries where the policy sets linkage to static, static ones "
            "where it sets dynamic. A Go binary with a program interpreter but no library is static, whatever file(1) "
            "says. The strict profile asks for static ones.",
            "策略的 linkage 为 static 时,二进制所需的共享库(DT_NEEDED)和 cgo;为 dynamic 时,静态二进制。"
            "带解释器但不依赖任何库的 Go 二进制是静态的,无论 file(1) 怎么说。strict 档默认要求静态。",
        ),
        why=Words(
            "Every library is a condition on the platform: a version that must be there, and somebody who keeps it "
            "patched.",
            "每个共享库都是对平台的一项要求:版本要匹配,还要有人持续打补丁。",
        ),
        fix=Words(
            'Build with CGO_ENABLED=0, or declare linkage = "dynamic" in goxray.toml.',
            '用 CGO_ENABLED=0 构建,或在 goxray.toml 中声明 linkage = "dynamic"。',
        ),
        clause=POLICY,
        severity="medium",
        evidence=("binary",),
        bad="CGO_ENABLED=1 go build ./cmd/service",
        good="CGO_ENABLED=0 go build ./cmd/service",
    ),
    binary=_binary,
)
