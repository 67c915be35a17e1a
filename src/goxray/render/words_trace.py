"""What the report of ``goxray trace`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "tr.col.event": ("event", "事件"),
    "tr.col.count": ("count", "次数"),
    "tr.col.rate": ("per second", "每秒"),
    "tr.col.first": ("first", "首次"),
    "tr.col.last": ("last", "末次"),
    "tr.col.lost": ("lost", "丢失"),
    "tr.col.map": ("map", "map"),
    "tr.col.type": ("type", "类型"),
    "tr.col.owner": ("owner", "持有者"),
    "tr.col.growths": ("growths", "增长次数"),
    "tr.col.splits": ("splits", "分裂次数"),
    "tr.col.slots": ("slots", "槽位"),
    "tr.col.start": ("GC start", "GC 开始"),
    "tr.col.trigger": ("trigger", "触发原因"),
    "tr.col.mark": ("marking", "标记"),
    "tr.col.sweep": ("then sweep", "随后清扫"),
    "tr.col.scavenged": ("scavenged until next", "下次之前归还"),
    "tr.col.function": ("function", "函数"),
    "tr.col.at": ("probe at", "探针地址"),
    "tr.col.place": ("what stands there", "该处指令"),
    "tr.title.events": ("Events", "事件"),
    "tr.col.addresses": ("addresses", "地址数"),
    "tr.title.types": ("Growth by type", "按类型统计的增长"),
    "tr.title.maps": ("Maps that grew most", "增长最多的 map"),
    "tr.title.cycles": ("Collections", "各次 GC"),
    "tr.title.probes": ("Probes", "探针"),
    "tr.more.one": ("… and 1 more; --format csv has all", "……另有 1 项；--format csv 列出全部"),
    "tr.more": ("… and {n} more; --format csv has all", "……另有 {n} 项；--format csv 列出全部"),
    "tr.seconds": ("{s} s", "{s} 秒"),
    "tr.trigger.heap": ("heap size", "堆大小"),
    "tr.trigger.periodic": ("two minutes", "满两分钟"),
    "tr.trigger.forced": ("forced", "强制"),
}

_STORY: dict[str, _Entry] = {
    "tr.story.growth.split": (
        "{grown} growths of maps at {maps} addresses, {splits} of them splits of tables",
        "{maps} 个地址上的 map 共增长 {grown} 次，其中 {splits} 次为表分裂",
    ),
    "tr.story.growth": (
        "{grown} growths of maps at {maps} addresses",
        "{maps} 个地址上的 map 共增长 {grown} 次",
    ),
    "tr.story.gc.one": ("1 collection began", "开始了 1 次 GC"),
    "tr.story.gc": ("{n} collections began", "开始了 {n} 次 GC"),
    "tr.story.scavenge": ("{bytes} given back to the system in {n} pieces", "分 {n} 次向系统归还 {bytes}"),
    "tr.story.scavenge.one": ("{bytes} given back to the system in 1 piece", "分 1 次向系统归还 {bytes}"),
    "tr.story.clear.one": ("1 clear of a map", "清空 map 1 次"),
    "tr.story.clear": ("{n} clears of maps", "清空 map {n} 次"),
    "tr.story.evacuate.one": ("1 bucket evacuated", "迁移了 1 个桶"),
    "tr.story.evacuate": ("{n} buckets evacuated", "迁移了 {n} 个桶"),
    "tr.story.none": ("Nothing of what was traced happened.", "所跟踪的事件均未发生。"),
    "tr.whole": ("Every event was received.", "收到了全部事件。"),
    "tr.cut": (
        "What came too often is counted only until its probe was taken away.",
        "过于频繁的事件只统计到其探针被移除为止。",
    ),
    "tr.lost.one": (
        "1 event was lost because a buffer was full: counts above are too low by that.",
        "因缓冲区已满丢失 1 个事件：以上次数因此偏低。",
    ),
    "tr.lost": (
        "{n} events were lost because buffers were full: counts above are too low by that.",
        "因缓冲区已满丢失 {n} 个事件：以上次数因此偏低。",
    ),
}

_NOTES: dict[str, _Entry] = {
    "tr.end.target ended": ("until the program ended", "直到程序结束"),
    "tr.end.time": ("until the time was over", "直到时间结束"),
    "tr.end.count": ("until {n} events were recorded", "直到记录满 {n} 个事件"),
    "tr.end.interrupted": ("until interrupted", "直到被中断"),
    "tr.stopped": (
        "{event} came more than the allowed number of times a second: its probe was taken away at {s} s "
        "(--max-rate 0 allows any rate).",
        "{event} 每秒发生的次数超过上限：其探针已在 {s} 秒时移除（--max-rate 0 表示不限速率）。",
    ),
    "tr.others": (
        "{n} hits came from other processes that run the same file: not counted here, but the probes cost them time.",
        "{n} 次命中来自运行同一文件的其他进程：未计入此处，但探针也占用了它们的时间。",
    ),
    "tr.throttled": (
        "The kernel paused probes {n} times: counts may be too low.",
        "内核暂停探针 {n} 次：次数可能偏低。",
    ),
    "tr.zero": (
        "Second 0 is the first event: when the program started is not known.",
        "第 0 秒为首个事件：程序的启动时间未知。",
    ),
}

TRACE_WORDS: dict[str, _Entry] = {**_LABELS, **_STORY, **_NOTES}
"""Key to (English, Chinese)."""
