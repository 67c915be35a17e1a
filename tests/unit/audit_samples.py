"""Results of audits made by hand: a service with faults of every kind, a hostile one, one where nothing is wrong."""

from __future__ import annotations

from goxray.core.audit_result import (
    POLICY,
    AuditFinding,
    AuditResult,
    BinaryFacts,
    Certificate,
    Clause,
    Debt,
    FileCounts,
    FileHealth,
    Module,
    Place,
    PlatformFit,
    RuleInfo,
    Severity,
    Step,
    Suppressed,
)
from goxray.core.words import Words

LEVEL3 = "GB/T 22239-2019"


def rule(id_: str, severity: Severity, title: Words, clause: Clause, *, fix: Words) -> RuleInfo:
    return RuleInfo(
        id_,
        title,
        what=Words(f"What {id_} finds.", f"{id_} 检查的内容。"),
        why=Words(f"Why {id_} matters, e.g. a | b.", f"{id_} 的缘由(示例),见说明。"),
        fix=fix,
        clause=clause,
        severity=severity,
        evidence=("source", "binary"),
        bad="http.Get(url)",
        good='client := &http.Client{Timeout: 5 * time.Second}\nclient.Get("<https://a>")',
    )


TLS001 = rule(
    "TLS001",
    "high",
    Words("certificate verification switched off", "关闭了证书校验"),
    Clause(LEVEL3, "8.1.2.2", Words("communication transmission", "通信传输")),
    fix=Words("Give RootCAs and leave verification on.", "配置 RootCAs,保持校验开启。"),
)
MOD005 = rule(
    "MOD005",
    "high",
    Words("a known vulnerability", "已知漏洞"),
    Clause(LEVEL3, "8.1.4.4", Words("intrusion prevention", "入侵防范")),
    fix=Words("Go to a fixed version.", "升级到已修复的版本。"),
)
NET002 = rule(
    "NET002",
    "medium",
    Words("http.Client without Timeout", "http.Client 未设置 Timeout"),
    POLICY,
    fix=Words("Set Timeout.", "设置 Timeout。"),
)
BLD003 = rule(
    "BLD003",
    "medium",
    Words("does not run on a platform", "与目标平台不符"),
    POLICY,
    fix=Words("Build without cgo.", "不使用 cgo 构建。"),
)
MAP002 = rule(
    "MAP002",
    "info",
    Words("long-lived map with deletes and no rebuild", "长期存活的 map 只删除不重建"),
    POLICY,
    fix=Words("Rebuild it now and then.", "定期重建。"),
)
RULES = (BLD003, MAP002, MOD005, NET002, TLS001)


def finding(
    info: RuleInfo,
    place: Place,
    message: Words,
    number: int,
    *,
    severity: Severity | None = None,
    steps: tuple[Step, ...] = (),
    suppressed: Suppressed | None = None,
    new: bool = True,
    fix: Words | None = None,
) -> AuditFinding:
    return AuditFinding(
        rule=info.id,
        severity=severity or info.severity,
        confidence="low" if info is MAP002 else "medium" if info is NET002 else "high",
        place=place,
        message=message,
        clause=str(info.clause),
        fix=fix or info.fix,
        fingerprint=f"{number:016x}",
        steps=steps,
        suppressed=suppressed,
        new=new,
    )


SKIPS = finding(
    TLS001,
    Place("internal/client/http.go", 41, 22, 41, "client.New"),
    Words("InsecureSkipVerify is true: any certificate is taken.", "InsecureSkipVerify 为 true:接受任何证书。"),
    1,
    steps=(
        Step(Place("internal/client/options.go", 12, 9, 12), Words("the value is set here", "在此处赋值")),
        Step(Place("cmd/orders/main.go", 88, 3, 88), Words("and given on here", "并在此处传入")),
    ),
)
VULNERABLE = finding(
    MOD005,
    Place("go.mod", 7, 2, 7, "golang.org/x/net"),
    Words(
        "golang.org/x/net v0.17.0: GO-2023-9999 (reached from orders.Serve).",
        "golang.org/x/net v0.17.0:GO-2023-9999(orders.Serve 可达)。",
    ),
    2,
    severity="critical",
    fix=Words("Go to v0.23.0 or newer.", "升级到 v0.23.0 或更高版本。"),
)
SLOW = tuple(
    finding(
        NET002,
        Place(f"internal/pay/{name}.go", line, 5, line, f"pay.{name.title()}"),
        Words("This client waits for ever.", "该客户端会一直等待。"),
        10 + at,
        new=at == 0,
    )
    for at, (name, line) in enumerate((("charge", 19), ("refund", 27), ("query", 8)))
)
BINARY = finding(
    BLD003,
    Place("bin/orders", symbol="libc.so.6"),
    Words("It needs glibc 2.34; UOS 20 has 2.28.", "需要 glibc 2.34;UOS 20 只有 2.28。"),
    20,
)
MAPS = finding(
    MAP002,
    Place("internal/cache/cache.go", 33, 2, 33, "(*Cache).Drop"),
    Words("Entries are deleted and the map is never made again.", "只删除条目,从不重建 map。"),
    21,
)
HELD = (
    finding(
        NET002,
        Place("internal/tool/probe.go", 5, 1, 5, "tool.Probe"),
        Words("This client waits for ever.", "该客户端会一直等待。"),
        30,
        suppressed=Suppressed("comment", "only used by hand", "2027-06-30"),
    ),
    finding(
        TLS001,
        Place("internal/tool/dev.go", 9, 1, 9, "tool.Dev"),
        Words("InsecureSkipVerify is true.", "InsecureSkipVerify 为 true。"),
        31,
        suppressed=Suppressed("policy", "test rig, ticket OPS-12", "2026-12-31"),
    ),
    finding(
        NET002,
        Place("old/old.go", 2, 1, 2, "old.Get"),
        Words("This client waits for ever.", "该客户端会一直等待。"),
        32,
        suppressed=Suppressed("baseline", "there before the audit"),
        new=False,
    ),
)
MODULES = (
    Module("example.com/orders", "", main=True),
    Module("golang.org/x/net", "v0.17.0", "h1:abc=", licence="BSD-3-Clause", wanted_by=("example.com/orders",)),
    Module("github.com/tjfoc/gmsm", "v1.4.1", indirect=True, retracted="unmaintained"),
)
KYLIN = Words("Kylin V10 SP3", "银河麒麟 V10 SP3")
PLATFORMS = (
    PlatformFit("kylin-v10-sp3", "amd64", True, name=KYLIN),
    PlatformFit(
        "uos-20",
        "amd64",
        False,
        Words("needs glibc 2.34, has 2.28", "需要 glibc 2.34,实有 2.28"),
        Words("UOS 20", "统信 UOS 20"),
    ),
    PlatformFit("openeuler-22.03", "amd64", True, Words("has glibc 2.34", "glibc 为 2.34")),
)
BINARIES = (
    BinaryFacts(
        "bin/orders",
        "elf",
        "amd64",
        "linux",
        "go1.27.3",
        "example.com/orders/cmd/orders",
        MODULES,
        {"-ldflags": "-X main.password=hunter2-9Q -X main.version=v1.4.2", "CGO_ENABLED": "1", "vcs.modified": "false"},
        cgo=True,
        static=False,
        libraries=("libc.so.6", "libpthread.so.0"),
        glibc="2.34",
        pie=False,
        relro="partial",
        nx=True,
        symtab=True,
        dwarf=True,
        functions=8123,
        crypto=("AES", "MD5", "SM3"),
        size=32_505_856,
        sha256="ab" * 32,
        platforms=PLATFORMS,
    ),
    BinaryFacts(
        "bin/probe",
        "elf",
        "loong64",
        "linux",
        "go1.27.3",
        "example.com/orders/cmd/probe",
        (),
        {},
        cgo=False,
        static=True,
        pie=True,
        relro="full",
        nx=True,
        symtab=False,
        platforms=(PlatformFit("kylin-v10-sp3", "loong64", True, name=KYLIN),),
    ),
)
DEBTS = (
    Debt(
        "dependency_age",
        1278.0,
        "days",
        Words("the oldest is golang.org/x/net", "最旧的是 golang.org/x/net"),
        ("go.mod",),
        (("2026-08-01", 730.0), ("2026-09-01", 912.5), ("2026-10-01", 1095.0)),
    ),
    Debt(
        "uncovered_branches", None, "%", Words("not measured: no cover profile was given", "未测量：未提供覆盖率文件")
    ),
    Debt(
        "config_drift",
        4.0,
        "settings",
        Words("4 of 31 keys differ", "31 个键中有 4 个不同"),
        ("staging.yml", "prod.yml"),
    ),
    Debt("vulnerable_density", 0.0942, "advisories per 1,000 lines", Words("3 in 31,870 lines", "31,870 行中 3 个")),
    Debt("api_drift", 0.0, "operations", Words("all 14 routes agree", "14 个路由全部一致"), ("openapi.yaml",)),
)


def service() -> AuditResult:
    """A run over a module and two binaries, compared with a revision."""
    return AuditResult(
        roots=("orders", "bin"),
        profile="mlps3",
        rules=RULES,
        findings=(VULNERABLE, SKIPS, *SLOW, BINARY, MAPS, *HELD),
        files=FileCounts(parsed=212, partial=1, failed=1, lines=31_870, bytes=1_204_221),
        unhealthy=(
            FileHealth("internal/gen/broken.go", "source", "partial", "syntax errors on lines 12-19"),
            FileHealth("assets/huge.go", "source", "failed", "larger than 16 MiB"),
        ),
        modules=MODULES,
        binaries=BINARIES,
        debts=DEBTS,
        database_date="2026-10-30",
        policy="orders/goxray.toml",
        notes=(Words("go.work names 2 modules", "go.work 含 2 个模块"),),
        reused=180,
        compared="v1.4.1",
        certificates=(Certificate("golang.org/x/net", "v0.17.0", "GM-2026-0001"),),
        toolchain="go1.27.3",
    )


def clean() -> AuditResult:
    """A run that finds nothing, without a database or policy."""
    return AuditResult((".",), "default", RULES, (), FileCounts(parsed=3, lines=120, bytes=2048))


def hostile() -> AuditResult:
    """Names and texts that try to act on whoever reads them."""
    evil = "a\x1b[31m<b>|`x`](http://x)\u202e\n/注入 100%?#&.go"
    return AuditResult(
        roots=(evil,),
        profile="strict",
        rules=(TLS001,),
        findings=(
            finding(
                TLS001,
                Place(evil, 3, 1, 3, "</script><script>alert(1)</script>"),
                Words(f"see {evil} {{0}} [a](1)", f"见 {evil} {{0}}"),
                1,
                steps=(Step(Place(evil, 1), Words(evil, evil)),),
                suppressed=None,
            ),
            finding(
                NET002,
                Place("\udcff.go", 1, 1, 1, "x"),
                Words("no rule describes it", "目录中没有该规则"),
                2,
                suppressed=Suppressed("comment", evil, "2027-01-01"),
            ),
        ),
        files=FileCounts(parsed=1, failed=1),
        unhealthy=(FileHealth(evil, "source", "failed", evil),),
        policy=evil,
        binaries=(BinaryFacts(evil, "elf", "amd64", "linux", "go1.27", evil, (), {"-ldflags": evil}, crypto=(evil,)),),
        modules=(Module(evil, evil, retracted=evil),),
        notes=(Words(evil, evil),),
        compared=evil,
        certificates=(Certificate(evil, evil, evil),),
        database_date=evil,
    )


def many(n: int = 3000) -> AuditResult:
    """Far more findings than anyone reads at once."""
    found = tuple(
        finding(
            NET002,
            Place(f"pkg{at % 40}/file{at}.go", at + 1, 2, at + 1, f"pkg.F{at}"),
            Words("This client waits for ever.", "该客户端会一直等待。"),
            at,
        )
        for at in range(n)
    )
    return AuditResult((".",), "default", RULES, found, FileCounts(parsed=n, lines=n * 40))
