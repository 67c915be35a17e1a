"""Writes docs/audit-rules.md and its Chinese twin from the rules' own metadata: ``python -m tools.rule_docs``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from goxray import api_audit
from goxray.core.audit_result import RuleInfo
from goxray.render.audit_story import clause_text, said
from goxray.render.md_audit import table
from goxray.render.md_audit_rules import page_lines
from goxray.render.md_lab import plain
from goxray.render.text_audit_rules import looks_at
from goxray.render.words import Lang, say

DOCS = Path(__file__).parents[1] / "docs"
PAGES: dict[Lang, str] = {"en": "audit-rules.md", "zh": "audit-rules.zh-CN.md"}

_GROUPS: dict[str, tuple[str, str]] = {
    "NET": ("Network", "网络"),
    "TLS": ("TLS", "传输层安全"),
    "CRY": ("Cryptography", "密码应用"),
    "LOG": ("Logs", "日志"),
    "TIME": ("Time", "时间"),
    "DB": ("Databases", "数据库"),
    "MOD": ("Modules", "依赖模块"),
    "BLD": ("Builds", "构建与二进制"),
    "CI": ("Pipelines", "流水线"),
    "RT": ("The runtime", "运行时"),
    "MAP": ("Maps", "map"),
    "SUP": ("Suppressions", "豁免"),
}

_HEAD: dict[Lang, str] = {
    "en": """# Rules of the audit

[中文](audit-rules.zh-CN.md) · [how to run the audit](audit.md)

This page is made from the rules themselves; `goxray audit rules` prints the same as a table, and a rule's page by id.

```console
$ goxray audit rules TLS001
TLS001  certificate verification switched off
...
$ goxray audit rules --format json -o rules.json
```

## Clauses, and how sure they are

Clause numbers are of GB/T 22239-2019 (MLPS 2.0, 等保 2.0), level 3, unless another standard is named. The standards'
own texts were not at hand when the catalogue was written: number and short title are those in common use, and every
place that prints one marks it as not checked against the text. Before a number goes into a report for an assessor,
check it against your copy. A rule for which no clause exists says **policy**; none was invented.

What published checklists often get wrong, and this catalogue does not repeat:

- Level 3 is chapter 8 of GB/T 22239-2019; chapter 7 is level 2.
- 8.1.4.3 (security audit) sets no number of days. 8.1.5.4 d defers to law: the Cybersecurity Law asks for six months
  of network logs in article 21(3), renumbered 23(3) by the amendment in force since 2026. Six months are 181 to 184
  days, so 180 fall short.
- SM3 is GB/T 32905, SM4 is GB/T 32907, SM2 is GB/T 32918.
- SM4-GCM keeps GHASH (RFC 8998).
- TLCP (GB/T 38636, GM/T 0024) has dual certificates and is no TLS 1.3.
- sm2p256v1 is not P-256.
- Keys of the checksum database (`GOSUMDB`) are Ed25519.
- A keyed SM3 token of personal data is de-identification (去标识化), not anonymisation (匿名化).
- An algorithm that is linked into a binary is not thereby used.

""",
    "zh": """# 审计规则目录

[English](audit-rules.md) · [如何进行审计](audit.zh-CN.md)

本页由规则自身的元数据生成；`goxray audit rules` 以表格输出同样的内容，后加规则编号则输出该规则的说明。

```console
$ goxray audit rules TLS001
TLS001  关闭了证书校验
...
$ goxray audit rules --format json -o rules.json
```

## 条款及其核对情况

除另行注明外，条款号均指 GB/T 22239-2019《信息安全技术 网络安全等级保护基本要求》第三级。编写目录时手边没有标准原文：
条款号与简称采用通行说法，凡印出条款之处均注明“未与标准原文核对”。写入测评材料之前，请对照贵单位持有的标准文本核对。
标准中没有对应条款的规则，一律标为**单位自身策略**，绝不杜撰条款。

各类公开检查表中常见、而本目录不沿用的错误：

- 第三级要求在 GB/T 22239-2019 第 8 章；第 7 章是第二级。
- 8.1.4.3（安全审计）并未规定天数。8.1.5.4 d 指向法律：《网络安全法》第二十一条第（三）项（2026 年起施行的修正后为
  第二十三条第（三）项）要求网络日志留存不少于六个月。六个月是 181 至 184 天，180 天不足六个月。
- SM3 为 GB/T 32905，SM4 为 GB/T 32907，SM2 为 GB/T 32918。
- SM4-GCM 仍使用 GHASH（RFC 8998）。
- TLCP（GB/T 38636、GM/T 0024）采用双证书，不是 TLS 1.3。
- sm2p256v1 不是 P-256。
- 校验和数据库（`GOSUMDB`）的密钥是 Ed25519。
- 对个人信息计算带密钥的 SM3 令牌属于去标识化，不是匿名化。
- 二进制中链接了某个算法，不等于使用了该算法。

""",
}

_EVERY: dict[Lang, str] = {"en": "## Every rule", "zh": "## 全部规则"}


def main() -> None:
    """Write the pages."""
    for lang, name in PAGES.items():
        (DOCS / name).write_text(page(lang), "utf-8")


def page(lang: Lang) -> str:
    """Return the page in a language."""
    rules = api_audit.rules()
    lines = [_HEAD[lang].rstrip("\n"), "", _EVERY[lang], *_table(rules, lang)]
    for prefix, names in _GROUPS.items():
        inside = [rule for rule in rules if rule.id.rstrip("0123456789") == prefix]
        if inside:
            lines += ["", f"## {names[0] if lang == 'en' else names[1]}"]
        for rule in inside:
            lines += ["", f"### {rule.id}", "", f"**{plain(said(rule.title, lang))}**", "", *page_lines(rule, lang)]
    return "\n".join(lines) + "\n"


def _table(rules: Sequence[RuleInfo], lang: Lang) -> Iterator[str]:
    heads = [say(f"audit.rules.{name}", lang) for name in ("id", "severity", "name", "evidence", "clause")]
    rows = [
        [
            f"[{rule.id}](#{rule.id.lower()})",
            say(f"audit.severity.{rule.severity}", lang),
            plain(said(rule.title, lang)),
            looks_at(rule, lang),
            plain(clause_text(rule.clause, lang)),
        ]
        for rule in rules
    ]
    yield from table(heads, rows)
    yield from ("", plain(say("audit.uncertain", lang)))


if __name__ == "__main__":
    main()
