"""Whether a program runs on the platforms of the matrix (platforms.toml): machine, loader, C library, kernel."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from goxray.audit.binaries.versions import numbers
from goxray.core.audit_result import BinaryFacts, PlatformFit
from goxray.core.words import Words

_ANYWHERE = re.compile(r"^(?:ld-linux.*|ld64|lib(?:c|m|pthread|dl|rt|resolv|util|gcc_s|stdc\+\+))\.so[.\d]*$")
"""Libraries that a minimal installation holds: glibc's own and those of GCC."""


@dataclass(frozen=True)
class Platform:
    """A row of the matrix. ``world`` is the LoongArch edition's ABI, ``old`` or ``new``, empty where there is none."""

    id: str
    name: Words
    arches: tuple[str, ...]
    glibc: str
    kernel: str
    world: str
    checked: tuple[str, ...]
    source: str
    date: str


@dataclass(frozen=True)
class Matrix:
    """Everything that platforms.toml says."""

    platforms: tuple[Platform, ...]
    go_kernels: tuple[tuple[str, str], ...]
    loong64: dict[str, str]


@cache
def matrix() -> Matrix:
    """Return the matrix, platforms in the file's order."""
    data = tomllib.loads((files("goxray.audit.binaries") / "platforms.toml").read_text("utf-8"))
    platforms = tuple(
        Platform(
            row["id"], Words(row["en"], row["zh"]), tuple(row["arches"]), row["glibc"], row["kernel"],
            row.get("loong64", ""), tuple(row["checked"]), row["source"], row["date"],
        )
        for row in data["platform"]
    )  # fmt: skip
    kernels = tuple((row["through"], row["kernel"]) for row in data["go_kernel"])
    return Matrix(platforms, kernels, data["loong64"])


def fits(facts: BinaryFacts, ids: Iterable[str] = ()) -> tuple[PlatformFit, ...]:
    """Return for each platform (those named, or all) whether the program runs there, and why or why not."""
    wanted = set(ids)
    return tuple(_fit(facts, each) for each in matrix().platforms if not wanted or each.id in wanted)


def least_kernel(go_release: str, arch: str) -> str:
    """Return the oldest kernel that programs of a Go release (``go1.24.3``) run on; empty for an unknown release."""
    own = numbers(go_release)[:2]
    if not own:
        return ""
    found = next(kernel for through, kernel in matrix().go_kernels if not through or own <= numbers(through))
    return max(found, matrix().loong64["kernel"], key=numbers) if arch == "loong64" else found


def _fit(facts: BinaryFacts, platform: Platform) -> PlatformFit:
    refusal = _refusal(facts, platform)
    why = refusal or _reason(facts, platform)
    return PlatformFit(platform.id, facts.arch, refusal is None, why, platform.name)


def _refusal(facts: BinaryFacts, platform: Platform) -> Words | None:
    if facts.os != "linux":
        return Words(f"it is a program for {facts.os}", f"这是 {facts.os} 程序")
    if facts.arch not in platform.arches:
        return Words(f"no edition for {facts.arch}", f"没有 {facts.arch} 版本")
    return _wrong_world(facts, platform) or _wrong_libc(facts, platform) or _old_kernel(facts, platform)


def _wrong_world(facts: BinaryFacts, platform: Platform) -> Words | None:
    if facts.arch != "loong64":
        return None
    own = world(facts)
    if own == platform.world:
        return None
    if own == "new":
        return Words(
            "built for LoongArch's new world (ABI 2.0), and this edition is of the old one: it crashes at start, "
            "static or not",
            "按 LoongArch 新世界（ABI 2.0）构建，而该版本属于旧世界：无论是否静态链接，启动即崩溃",
        )
    return Words(
        "built for LoongArch's old world (ABI 1.0), and this edition is of the new one",
        "按 LoongArch 旧世界（ABI 1.0）构建，而该版本属于新世界",
    )


def world(facts: BinaryFacts) -> str:
    """Return the LoongArch ABI a program is built for. Nothing in a static one tells: Go's own toolchain is new."""
    told = matrix().loong64
    old = facts.interpreter == told["old_interpreter"]
    return "old" if old or (facts.glibc and numbers(facts.glibc) < numbers(told["glibc"])) else "new"


def _wrong_libc(facts: BinaryFacts, platform: Platform) -> Words | None:
    if facts.libraries and "musl" in facts.interpreter:
        return Words(
            "asks for musl's loader, and the C library there is glibc", "需要 musl 的加载器，而该系统的 C 库是 glibc"
        )
    if facts.glibc and numbers(facts.glibc) > numbers(platform.glibc):
        return Words(
            f"needs GLIBC_{facts.glibc}, and there is {platform.glibc}{_unsure(platform, 'glibc').en}",
            f"需要 GLIBC_{facts.glibc}，该系统为 {platform.glibc}{_unsure(platform, 'glibc').zh}",
        )
    return None


def _old_kernel(facts: BinaryFacts, platform: Platform) -> Words | None:
    if facts.arch == "loong64" and world(facts) == "old":
        return None  # an older kernel is what it was made for
    least = least_kernel(facts.go_version, facts.arch)
    if least and numbers(least) > numbers(platform.kernel):
        return Words(
            f"{facts.go_version} needs kernel {least}, and there is {platform.kernel}{_unsure(platform, 'kernel').en}",
            f"{facts.go_version} 需要内核 {least}，该系统为 {platform.kernel}{_unsure(platform, 'kernel').zh}",
        )
    return None


def _reason(facts: BinaryFacts, platform: Platform) -> Words:
    extra = [each for each in facts.libraries if not _ANYWHERE.match(each.rpartition("/")[2])]
    if extra:
        names = ", ".join(extra)
        return Words(f"if {names} is installed there", f"前提是已安装 {names}")
    if facts.libraries:
        needs = f"GLIBC_{facts.glibc}" if facts.glibc else "glibc"
        return Words(
            f"needs {needs}, and there is {platform.glibc}{_unsure(platform, 'glibc').en}",
            f"需要 {needs}，该系统为 {platform.glibc}{_unsure(platform, 'glibc').zh}",
        )
    return Words("static: needs the kernel alone", "静态链接：只依赖内核")


def _unsure(platform: Platform, what: str) -> Words:
    return Words("", "") if what in platform.checked else Words(" (unverified)", "（未核实）")
