"""Made results of ``goxray advise`` with all that its reports may have to show."""

from __future__ import annotations

from goxray.core.advise_result import AdviseResult, Finding, Forecast, Wording

REBUILD = Finding(
    "rebuild-after-delete", "main.sessions.byToken", 0x31A8328F7D0, 26 << 20, 25 << 20, 27 << 20,
    "main.sessions.byToken is 2% full: rebuilding gives back 26.0 MiB",
    "4,800 entries stand in 251,904 slots, which take 26.9 MiB; maps never give slots back, whatever is deleted.",
    "if len(sessions.byToken) < 55_104 {\n\tfresh := make(map[token]session, len(sessions.byToken))\n"
    "\tfor k, v := range sessions.byToken {\n\t\tfresh[k] = v\n\t}\n\tsessions.byToken = fresh\n}",
    "Copying 4,800 entries takes about 0.5 ms.", "The map is about to fill up again.", 1, "heap",
    Wording(
        "main.sessions.byToken 只用了 2%：重建可收回 26.0 MiB", "251,904 个槽位里只有 4,800 个条目，占用 26.9 MiB。",
        "sessions.byToken = nil // 清空", "复制 4,800 个条目约需 0.5 毫秒。", "该 map 很快会再次填满。",
    ),
)  # fmt: skip
HINT = Finding(
    "right-hint", "main.load", 0, 40 << 20, 40 << 20, 40 << 20, "main.load grows maps: a hint allocates 40.0 MiB less",
    "Writes to maps at load.go:17 have allocated 80.0 MiB, of which 40.0 MiB lives.", "m := make(map[K]V, n)",
    "None where the number is known.", "The maps are filled over hours.", 3, "allocated",
    Wording(
        "main.load 让 map 逐步增长：给出 hint 可少分配 40.0 MiB", "load.go:17 处写 map 累计分配了 80.0 MiB。",
        "m := make(map[K]V, n)", "条目数已知时没有代价。", "这些 map 是在数小时内慢慢填满的。",
    ),
)  # fmt: skip
SMALL = Finding(
    "pinned-strings", "main.users[...].Name", 0, 5000, 4000, 6000, "Strings in main.users[...].Name keep 4.88 KiB",
    "Copies of their own take 1 KiB.", "kept := strings.Clone(piece)", "One small allocation for each.",
    "The whole arrays are needed elsewhere anyway.", 20, "heap", None,
)  # fmt: skip


def _rows(version: str, there: int, low: int, high: int) -> list[Forecast]:
    owner = "main.sessions.byToken"
    return [
        Forecast(version, "map[main.token]main.session", owner, 1, 4800, 28_207_104, there, low, high),
        Forecast(version, "map[string]int", "syscall.env", 1, 39, 1880, 1880, 1880, 1880),
    ]


def advice() -> AdviseResult:
    """Findings of both kinds, one without Chinese, the forecast of two versions, a note; fewer shown than there are."""
    rows = _rows("go1.23.9", 31_543_344, 31_000_000, 32_000_000) + _rows("go1.26.6", 28_000_000, 27_500_000, 28_400_000)
    return AdviseResult(
        "/srv/bin/sessions", "process", "go1.27.3", "amd64", [HINT, REBUILD, SMALL], rows,
        ["maps whose type is not known well enough to predict anything: 4,815, which take 1.26 MiB"], findings_total=5,
    )  # fmt: skip


def troubled() -> AdviseResult:
    """An unverified build, faults, one kind of finding."""
    return AdviseResult(
        "core.7", "core", "go1.29", "arm64", [REBUILD], [], [], ["0xc000010000: cannot be read"], True, 1
    )


def nothing() -> AdviseResult:
    """A profile in which no rule found anything."""
    return AdviseResult("heap.pb.gz", "profile", "", "")
