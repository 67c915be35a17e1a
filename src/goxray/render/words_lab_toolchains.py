"""What ``goxray lab toolchains`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

LAB_TOOLCHAINS_WORDS: dict[str, _Entry] = {
    "lab.tc.version": ("version", "版本"),
    "lab.tc.found": ("found in", "来源"),
    "lab.tc.known": ("verified", "已验证"),
    "lab.tc.root": ("goroot", "目录"),
    "lab.tc.yes": ("yes", "是"),
    "lab.tc.no": ("no", "否"),
    "lab.tc.missing": ("not installed", "未安装"),
    "lab.tc.headline": ("{n} Go toolchains here", "本机有 {n} 个 Go 工具链"),
    "lab.tc.headline.one": ("1 Go toolchain here", "本机有 1 个 Go 工具链"),
    "lab.tc.headline.none": ("no Go toolchain here", "本机没有 Go 工具链"),
    "lab.tc.source.cache": ("goxray's cache", "goxray 缓存"),
    "lab.tc.source.GOROOT": ("$GOROOT", "$GOROOT"),
    "lab.tc.source.sdk": ("~/sdk", "~/sdk"),
    "lab.tc.source.local": ("/usr/local/go", "/usr/local/go"),
    "lab.tc.source.module": ("GOPATH modules", "GOPATH 模块"),
    "lab.tc.source.PATH": ("PATH", "PATH"),
    "lab.tc.legend": (
        "verified: goxray's own layouts and tests are made with this very release",
        "已验证：goxray 的布局数据与测试就是用这个版本做的",
    ),
    "lab.tc.hint": (
        "get one: goxray lab toolchains --install {version}",
        "安装：goxray lab toolchains --install {version}",
    ),
    "lab.tc.use": ("use one: goxray lab run ID --go {version}", "使用：goxray lab run ID --go {version}"),
}
