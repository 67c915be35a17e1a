"""MOD002: Go's checksum database switched off for everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goxray.audit.rule import Hit, Rule
from goxray.audit.rules._clauses import level3
from goxray.core.audit_result import Place, RuleInfo
from goxray.core.words import Words

if TYPE_CHECKING:
    from goxray.audit.facts import ConfigUnit
    from goxray.audit.policy import Policy

_PATTERNS = frozenset({"GONOSUMDB", "GONOSUMCHECK", "GOPRIVATE", "GOINSECURE", "GONOPROXY"})
_CHECKED = _PATTERNS - {"GONOPROXY"}
_PUBLIC_HOSTS = frozenset({"github.com", "gitlab.com", "gitee.com", "golang.org", "google.golang.org", "gopkg.in"})


def _config(unit: ConfigUnit, _policy: Policy) -> Iterator[Hit]:
    told = set()
    for name, (value, line) in sorted(unit.environment.items(), key=lambda each: (each[1][1], each[0])):
        problem = _problem(name, value)
        if problem is not None and line not in told:
            told.add(line)
            yield Hit(Place(unit.path, line, symbol=name), problem, f"{name}={value}")
    for command, line in unit.commands:
        if line not in told and _insecure_get(command):
            yield Hit(Place(unit.path, line), _flag("go get -insecure"), "go get -insecure")


def _problem(name: str, value: str) -> Words | None:
    value = value.strip().strip("\"'")
    if name == "GOSUMDB" and value.lower() == "off":
        return Words(
            "GOSUMDB=off: no module's content is compared with the checksum database.",
            "GOSUMDB=off:任何模块的内容都不再与校验和数据库比对。",
        )
    if name == "GOFLAGS" and any(each.lstrip("-") == "insecure" for each in value.split()):
        return _flag("GOFLAGS=-insecure")
    if name == "GONOSUMCHECK" and value not in ("", "0", "false"):
        return Words(
            f"GONOSUMCHECK={value} asks for modules that are not checked.",
            f"GONOSUMCHECK={value} 要求不校验模块。",
        )
    open_ones = [each for each in value.split(",") if _wide(each.strip())] if name in _CHECKED else []
    if open_ones:
        return Words(
            f"{name} holds {open_ones[0]}, which covers public modules: they are not checked.",
            f"{name} 含有 {open_ones[0]},覆盖了公共模块:它们不再被校验。",
        )
    return None


def _wide(pattern: str) -> bool:
    """Whether a pattern covers modules of strangers: a star for a host's last label or for all of a public host."""
    host, _, rest = pattern.partition("/")
    if host in _PUBLIC_HOSTS:
        return rest.strip("*/") == ""
    return host in ("*", "**", "*.*") or (host.startswith("*.") and "." not in host[2:])


def _insecure_get(command: str) -> bool:
    words = command.split()
    return any(words[at : at + 2] == ["go", "get"] and "-insecure" in words[at:] for at in range(len(words)))


def _flag(flag: str) -> Words:
    return Words(
        f"{flag} fetches modules over connections that nobody checks, and skips the checksum database.",
        f"{flag} 会通过未经验证的连接获取模块,并跳过校验和数据库。",
    )


RULE = Rule(
    info=RuleInfo(
        id="MOD002",
        title=Words("checksum database switched off", "关闭了模块校验和数据库"),
        what=Words(
            "GOSUMDB=off, GOFLAGS=-insecure, go get -insecure, GONOSUMCHECK, and GONOSUMDB, GOPRIVATE or GOINSECURE "
            "patterns that cover public modules, in CI files, Dockerfiles, Makefiles and scripts.",
            "CI 文件、Dockerfile、Makefile 与脚本中的 GOSUMDB=off、GOFLAGS=-insecure、go get -insecure、GONOSUMCHECK,"
            "以及覆盖公共模块的 GONOSUMDB、GOPRIVATE、GOINSECURE 模式。",
        ),
        why=Words(
            "The database is what shows that everybody gets the same content for a version. Without it a changed "
            "module is noticed only if its old hash already stands in go.sum.",
            "校验和数据库保证所有人得到同一版本的相同内容。关闭后,除非 go.sum 中已有旧哈希,否则模块被篡改也无从发现。",
        ),
        fix=Words(
            "Leave GOSUMDB on and name your own hosts in GOPRIVATE; offline, run a checksum database mirror.",
            "保持 GOSUMDB 开启,只把自有仓库写进 GOPRIVATE;离线环境请部署校验和数据库镜像。",
        ),
        clause=level3("8.1.4.7"),
        severity="high",
        evidence=("config",),
        bad="ENV GOSUMDB=off",
        good="ENV GOPRIVATE=git.example.cn",
    ),
    config=_config,
)
