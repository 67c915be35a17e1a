"""What every view of a time axis says, in English and Chinese: part of the one catalogue.

The words of findings and of explained differences stand in words_findings.py.
"""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_SERIES: dict[str, _Entry] = {
    "tl.series.heap_live": ("live heap", "存活堆"),
    "tl.series.heap_goal": ("heap goal", "堆目标"),
    "tl.series.heap_trigger": ("GC trigger", "GC 触发点"),
    "tl.series.heap_alloc": ("heap allocated", "堆已分配"),
    "tl.series.heap_inuse": ("heap spans in use", "在用 span"),
    "tl.series.heap_idle": ("heap idle", "堆空闲"),
    "tl.series.heap_released": ("heap released", "堆已归还"),
    "tl.series.heap_objects": ("heap objects", "堆对象数"),
    "tl.series.map_bytes": ("map memory", "map 内存"),
    "tl.series.map_entries": ("map entries", "map 条目数"),
    "tl.series.stacks": ("stacks", "栈"),
    "tl.series.globals": ("globals", "全局变量"),
    "tl.series.sys": ("from the system", "取自系统"),
    "tl.series.memory_limit": ("memory limit", "内存上限"),
    "tl.series.gogc": ("GOGC", "GOGC"),
    "tl.series.gc_cpu_percent": ("GC's share of CPU", "GC 占用 CPU"),
    "tl.series.gc_cycles": ("GC cycles", "GC 次数"),
    "tl.series.goroutines": ("goroutines", "goroutine 数"),
    "tl.series.rss": ("RSS", "RSS"),
    "tl.series.rss_anon": ("anonymous RSS", "匿名 RSS"),
    "tl.series.swap": ("swap", "swap"),
    "tl.series.cgroup_current": ("cgroup's memory", "cgroup 内存"),
    "tl.series.cgroup_limit": ("cgroup's limit", "cgroup 上限"),
    "tl.series.pause_ms": ("pause", "停顿"),
}

_TRACKS: dict[str, _Entry] = {
    "tl.track.gc": ("GC", "GC"),
    "tl.track.stw": ("stopped", "停止世界"),
    "tl.track.mark": ("mark", "标记"),
    "tl.track.sweep": ("sweep", "清扫"),
    "tl.track.scavenge": ("scavenge", "scavenge"),
    "tl.track.map": ("map", "map"),
    "tl.track.os": ("system", "系统"),
}

_SAID: dict[str, _Entry] = {
    "tl.severity.serious": ("serious", "严重"),
    "tl.severity.warning": ("warning", "警告"),
    "tl.severity.note": ("note", "提示"),
    "tl.span": ("{start} to {end}", "{start} 至 {end}"),
    "tl.finding": ("[{severity}] {when}: {title}", "[{severity}] {when}：{title}"),
    "tl.finding.of": ("{process}: {line}", "{process}：{line}"),
    "tl.findings.more": (
        "and {n} more findings; --format json has all",
        "另有 {n} 条结论；--format json 列出全部",
    ),
    "tl.findings.more.one": (
        "and {n} more finding; --format json has all",
        "另有 {n} 条结论；--format json 列出全部",
    ),
    "tl.verdict.agree": ("agree", "一致"),
    "tl.verdict.explained": ("explained", "可解释"),
    "tl.verdict.differ": ("differ", "不一致"),
    "tl.check": (
        "{figure}: {value} ({one}), {other_value} ({other}): {verdict}",
        "{figure}：{value}（{one}），{other_value}（{other}）：{verdict}",
    ),
}

TIMELINE_WORDS: dict[str, _Entry] = {**_SERIES, **_TRACKS, **_SAID}
"""Key to (English, Chinese)."""
