"""CRY010: SM2 by OpenSSL 3.2 and newer on 64-bit ARM, whose timing tells of the private key (CVE-2025-9231)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.binaries.versions import numbers
from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import POLICY, Confidence, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import BinaryUnit
    from goxray.audit.policy import Policy

_FIXED = {(3, 2): 6, (3, 3): 5, (3, 4): 3, (3, 5): 4}
"""First mended patch by line (OpenSSL's advisory of 2025-09-30). Before 3.2 the ARM code was not there."""

_OPENSSL = re.compile(r"^OpenSSL(?: (?P<least>>= )?(?P<version>\d[\w.]*))? \((?P<how>[^)]*)\)$")
_SM2 = re.compile(r"sm2", re.IGNORECASE)
_FOREIGN = re.compile(r"_Cfunc_|_cgo_|_Cgo")


def _binary(unit: BinaryUnit, _policy: Policy) -> Iterator[Hit]:
    if unit.facts.arch != "arm64" or unit.facts.cgo is False:
        return
    caller = _sm2_by_c(unit.functions)
    if not caller:
        return
    for library in unit.facts.crypto:
        match = _OPENSSL.match(library)
        if match is None or _other_library(match["how"]):
            continue
        sure = _affected(match["version"] or "", exact=not match["least"])
        if sure is not None:
            yield Hit(Place(unit.path, symbol=caller), _leaks(library), library, sure)


def _other_library(name: str) -> bool:
    """SM2 is in libcrypto, from 3.0 on ``libcrypto.so.3``; ``libcrypto.so.1.1`` has no code of its own for ARM."""
    return name.startswith("libssl") or ".so.1" in name or ".so.10" in name


def _sm2_by_c(names: frozenset[str]) -> str:
    """Return a function of SM2 in a package that calls C, empty where there is none.

    The tables name Go's side of cgo: ``example.com/gm._Cfunc_sm2_sign``, or ``gm.SM2Sign`` beside other C functions.
    """
    calling = {name.partition("._Cfunc_")[0] for name in names if "._Cfunc_" in name}
    found = [
        name
        for name in names
        if _SM2.search(name) and (_FOREIGN.search(name) or any(name.startswith(f"{each}.") for each in calling))
    ]
    return min(found, default="")


def _affected(version: str, *, exact: bool) -> Confidence | None:
    """Tell how sure it is that this OpenSSL leaks; None where it is sure that it does not.

    Of a shared library the file tells at most the oldest version that will do.
    """
    told = numbers(version)
    if not told:
        return "low"
    if not exact:
        return "medium" if told >= (3, 2) else "low"
    first, second, third = (*told, 0, 0)[:3]
    fixed = _FIXED.get((first, second))
    return "high" if fixed is not None and third < fixed else None


def _leaks(library: str) -> Words:
    return Words(
        f"SM2 by {library} on 64-bit ARM: in 3.2 and newer before 3.2.6, 3.3.5, 3.4.3 and 3.5.4 the time that a "
        "signature takes tells of the private key (CVE-2025-9231).",
        f"在 64 位 ARM 上由 {library} 实现 SM2:3.2 起、早于 3.2.6、3.3.5、3.4.3、3.5.4 的版本,"
        "签名耗时会泄露私钥信息(CVE-2025-9231)。",
    )


RULE = Rule(
    info=RuleInfo(
        id="CRY010",
        title=Words("SM2 by OpenSSL on 64-bit ARM", "64 位 ARM 上由 OpenSSL 实现的 SM2"),
        what=Words(
            "arm64 binaries that call SM2 through cgo with an OpenSSL that is or may be 3.2.0 to 3.2.5, 3.3.0 to "
            "3.3.4, 3.4.0 to 3.4.2 or 3.5.0 to 3.5.3: linked statically (its version is in the file) or as a library.",
            "通过 cgo 调用 SM2 的 arm64 二进制,其 OpenSSL 是或可能是 3.2.0–3.2.5、3.3.0–3.3.4、3.4.0–3.4.2、"
            "3.5.0–3.5.3:静态链接(文件中含版本)或动态库。",
        ),
        why=Words(
            "The optimised code for ARM takes a time that depends on secrets; measured, that may give the key away.",
            "ARM 优化代码的耗时依赖秘密值,经测量可能推出私钥。",
        ),
        fix=Words(
            "Use OpenSSL 3.2.6, 3.3.5, 3.4.3, 3.5.4 or newer, or let an HSM sign.",
            "使用 OpenSSL 3.2.6、3.3.5、3.4.3、3.5.4 或更高版本,或由密码机(HSM)签名。",
        ),
        clause=POLICY,
        severity="medium",
        evidence=("binary",),
        bad="// #cgo LDFLAGS: -lcrypto   (OpenSSL 3.2.1, GOARCH=arm64)\nC.EVP_DigestSign(ctx, ...)",
        good="signature, err := hsm.SignSM2(key, digest)",
    ),
    binary=_binary,
)
