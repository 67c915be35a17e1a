"""What findings on a time axis and explained cross-checks say, in English and Chinese; part of the one catalogue.

``tf.<rule>.title``, ``.why`` and ``.do``; placeholders are the names of the finding's figures.
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_FINDINGS: dict[str, _Entry] = {
    "tf.assists-high.title": (
        "Assists took {share_percent} of the CPU time while marking ({assist_cpu_ms} in {cycles_n} cycles).",
        "标记期间 {share_percent} 的 CPU 时间用于 assist（{cycles_n} 次 GC 共 {assist_cpu_ms}）。",
    ),
    "tf.assists-high.why": (
        "The pacer plans for none. The program allocates faster than the background workers mark, or a limit leaves "
        "them too little time; the requests that allocate pay for it.",
        "pacer 的计划是不需要 assist。分配快于后台标记，或者内存上限让标记没有足够的时间，代价由正在分配的请求承担。",
    ),
    "tf.assists-high.do": (
        "Allocate less while serving (goxray profile FILE names the sites), or give the collector an earlier start: a "
        "higher GOGC or memory limit, more processors.",
        "减少处理请求时的分配（goxray profile FILE 列出分配点），或让 GC 更从容：调高 GOGC 或内存上限，增加处理器。",
    ),
    "tf.forced-gc.title": (
        "The program itself asked for {forced_n} of {cycles_n} collections, one every {every_s}.",
        "{cycles_n} 次 GC 中有 {forced_n} 次是程序自己要求的，平均每 {every_s} 一次。",
    ),
    "tf.forced-gc.why": (
        "runtime.GC or debug.FreeOSMemory was called. The caller waits until the cycle ends, and the pacer did not "
        "ask for the work.",
        "有代码调用了 runtime.GC 或 debug.FreeOSMemory。调用者要等到该次 GC 结束，而 pacer 并不需要它。",
    ),
    "tf.forced-gc.do": (
        "Remove the calls. To bound memory, set GOMEMLIMIT instead.",
        "去掉这些调用；要限制内存，请改用 GOMEMLIMIT。",
    ),
}

FINDING_WORDS: dict[str, _Entry] = {**_FINDINGS}
"""Key to (English, Chinese)."""
