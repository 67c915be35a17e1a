"""CI001: what is built and released without a check: downloads run unseen, keys in the file, no signature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.core.audit_result import Clause, Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import ConfigUnit
    from goxray.audit.policy import Policy

_FETCH = r"\b(?:curl|wget)\b[^|;&]*"
_RUNNER = r"(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+)?(?:/\S*/)?(?:ba|z|da|k)?sh\b|(?:sudo\s+)?(?:python3?|perl|ruby|node)\b"
_PIPED = re.compile(rf"{_FETCH}\|\s*(?:{_RUNNER}|(?:sudo\s+)?tar\s+\S*x|(?:sudo\s+)?apt-key\s+add)")
_SUBSTITUTED = re.compile(rf"(?:\bsource|\beval|(?:ba|z)?sh\s+(?:-c\s+)?|^\.)\s*[\"']?(?:<\(|\$\(|`)\s*{_FETCH}")
_UNVERIFIED = re.compile(r"\bcurl\b[^|;&]*\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)|--no-check-certificate\b")
_OWN_HOST = re.compile(r"https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])")

_KEY_TEXT = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_KEY_NAME = re.compile(
    r"(?:^|_)(?:(?:SIGNING|PRIVATE|COSIGN|RELEASE|GPG)_?(?:KEY|PASSWORD|PASSPHRASE)"
    r"|(?:REGISTRY|DOCKER|RELEASE|DEPLOY|GITHUB|GITLAB|NPM)_?(?:TOKEN|PASSWORD))(?:_?BASE64)?$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\$|\{\{|^(?:[./~]|https?:|file:|k8s:|[a-z]*kms:|env:|vault:|pkcs11:)|\.(?:key|pem|asc|pub)$|^<"
)

_RELEASE = re.compile(
    r"\b(?:docker|podman|nerdctl)\s+push\b|\bgoreleaser\s+release\b|\bgh\s+release\s+(?:create|upload)\b"
    r"|\bhelm\s+(?:upgrade|push)\b|\bkubectl\s+(?:apply|set\s+image|rollout\s+restart)\b|\bossutil\s+cp\b"
    r"|\baws\s+s3\s+(?:cp|sync)\b|\bdocker\s+buildx\s+build\b.*--push\b"
)
_DRY = re.compile(r"--dry-run|--snapshot|--skip=publish")
_CHECK = re.compile(
    r"\bcosign\s+(?:verify|sign|attest)|\bnotation\s+(?:verify|sign)|\bgpg2?\b.*(?:--verify|--detach-sign|--sign|-s\b)"
    r"|\bminisign\b|\bopenssl\s+(?:dgst|cms|pkeyutl)\b.*-(?:verify|sign)|\bslsa-verifier\b|\bgh\s+attestation\s+verify"
    r"|\bsignify\b|\bgmssl\b.*\b(?:sm2verify|sm2sign)\b|\brpm\s+(?:-K|--checksig)|--sign(?:=true)?\b"
)
_CHECK_USES = re.compile(r"attest|cosign|sigstore|slsa", re.IGNORECASE)


def _config(unit: ConfigUnit, _policy: Policy) -> Iterator[Hit]:
    for command, line in unit.commands:
        problem = _downloaded(command)
        if problem is not None:
            yield Hit(Place(unit.path, line), problem, command)
    yield from _keys(unit)
    if unit.kind in ("yaml", "makefile", "shell"):
        yield from _unsigned(unit)


def _downloaded(command: str) -> Words | None:
    if _PIPED.search(command) or _SUBSTITUTED.search(command):
        return Words(
            "What a server sends is run or unpacked before anything checks it.",
            "服务器返回的内容未经任何校验就被执行或解包。",
        )
    if _UNVERIFIED.search(command) and not _OWN_HOST.search(command):
        return Words(
            "The download accepts any certificate: anybody on the way can replace the file.",
            "下载时接受任意证书:链路上的任何人都能替换文件。",
        )
    return None


def _keys(unit: ConfigUnit) -> Iterator[Hit]:
    told = set()
    for line, text in enumerate(unit.text.splitlines(), 1):
        if _KEY_TEXT.search(text) and not text.lstrip().startswith("#"):
            told.add(line)
            yield Hit(Place(unit.path, line), _inline("a private key"), "private key")
    for name, (value, line) in sorted(unit.environment.items(), key=lambda each: (each[1][1], each[0])):
        named = _KEY_NAME.search(name) and value.strip() and line not in told
        if named and not _ELSEWHERE.search(value) and not _KEY_TEXT.search(value):
            yield Hit(Place(unit.path, line, symbol=name), _inline(name), name)


def _inline(what: str) -> Words:
    return Words(
        f"{what} stands in the file: everybody who reads the repository can sign or release.",
        f"文件中直接写有密钥({what}):任何能读仓库的人都可以签名或发布。",
    )


def _unsigned(unit: ConfigUnit) -> Iterator[Hit]:
    """Report the first release of a file in which nothing signs or verifies; other files may: the confidence is low."""
    if any(_CHECK.search(command) for command, _ in unit.commands):
        return
    if any(name.endswith(".uses") and _CHECK_USES.search(value) for name, (value, _) in unit.values.items()):
        return
    for command, line in unit.commands:
        if _RELEASE.search(command) and not _DRY.search(command):
            message = Words(
                "The release goes out and nothing in this file signs it or verifies a signature before.",
                "本文件中发布之前既没有签名,也没有验签。",
            )
            yield Hit(Place(unit.path, line), message, command, confidence="low", severity="medium")
            return


RULE = Rule(
    info=RuleInfo(
        id="CI001",
        title=Words("build or release without a check", "构建或发布缺少校验"),
        what=Words(
            "Downloads piped into an interpreter or tar, certificates not checked, keys written into the file, and "
            "release steps in files that neither sign nor verify a signature.",
            "下载内容直接交给解释器或 tar、不校验证书、把密钥写进文件,以及发布步骤前既不签名也不验签。",
        ),
        why=Words(
            "Whoever changes what the build fetches, or holds the key, decides what runs in production.",
            "谁能改动构建所下载的内容或持有密钥,谁就决定了生产环境运行什么。",
        ),
        fix=Words(
            "Download to a file and compare its hash or signature, keep keys in a secret store, and make verification "
            "a gate before the release step.",
            "先下载到文件并比对哈希或签名,密钥放入密钥管理系统,并在发布步骤前设置验签关卡。",
        ),
        clause=Clause("GB/T 39786", "8.3", Words("device and computing security", "设备和计算安全")),
        severity="high",
        evidence=("config",),
        bad="run: curl -fsSL https://example.cn/install.sh | sh",
        good="run: |\n  curl -fsSLo install.sh https://example.cn/install.sh\n"
        '  echo "$INSTALL_SHA256  install.sh" | sha256sum -c -\n  sh install.sh',
    ),
    config=_config,
)
