"""What ``goxray gc watch`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_COLUMNS: dict[str, _Entry] = {
    "watch.col.heap_live": ("heap live", "存活堆"),
    "watch.col.heap_goal": ("heap goal", "堆目标"),
    "watch.col.heap_alloc": ("heap allocated", "堆已分配"),
    "watch.col.heap_objects": ("heap objects", "堆对象数"),
    "watch.col.heap_inuse": ("spans in use", "在用 span"),
    "watch.col.heap_idle": ("heap idle", "堆空闲"),
    "watch.col.heap_released": ("heap released", "堆已归还"),
    "watch.col.stack_inuse": ("stacks", "栈"),
    "watch.col.sys": ("from the system", "取自系统"),
    "watch.col.rss": ("RSS", "RSS"),
    "watch.col.rss_anon": ("RSS, anonymous", "RSS（匿名页）"),
    "watch.col.swap": ("swap", "交换区"),
    "watch.col.smaps_pss": ("PSS", "PSS"),
    "watch.col.memory_limit": ("GOMEMLIMIT", "GOMEMLIMIT"),
    "watch.col.cgroup_current": ("cgroup in use", "cgroup 用量"),
    "watch.col.cgroup_limit": ("cgroup limit", "cgroup 上限"),
    "watch.col.gogc": ("GOGC", "GOGC"),
    "watch.col.goroutines": ("goroutines", "goroutine 数"),
    "watch.col.threads": ("threads", "线程数"),
    "watch.col.gc_cpu_percent": ("GC's share of CPU", "GC 占用 CPU"),
    "watch.head.first": ("first", "开始"),
    "watch.head.least": ("lowest", "最低"),
    "watch.head.most": ("highest", "最高"),
    "watch.head.last": ("last", "最后"),
    "watch.head.samples": ("{n} samples in {took}", "{took} 内 {n} 次采样"),
    "watch.head.samples.one": ("1 sample in {took}", "{took} 内 1 次采样"),
    "watch.cycle.n": ("GC", "GC"),
    "watch.cycle.end": ("ended at", "结束于"),
    "watch.cycle.took": ("took", "耗时"),
    "watch.cycle.pause": ("paused", "暂停"),
    "watch.cycle.start_bytes": ("heap at start", "开始时堆"),
    "watch.cycle.live_bytes": ("marked", "标记存活"),
    "watch.cycle.goal": ("goal", "目标"),
    "watch.cycle.assist": ("assists", "assist"),
    "watch.cycle.background": ("workers", "后台标记"),
    "watch.cycle.forced": ("forced", "强制"),
    "watch.yes": ("yes", "是"),
    "watch.title.figures": ("Figures", "各项数值"),
    "watch.title.cycles": ("Collections", "各次 GC"),
    "watch.title.findings": ("Findings", "发现"),
    "watch.chart.top": ("(top {bytes})", "（顶端 {bytes}）"),
    "watch.label.phases": ("phases", "阶段"),
    "watch.label.cost": ("cost", "开销"),
    "watch.phase.off": ("no GC", "无 GC"),
    "watch.phase.sweep": ("sweeping", "清扫"),
    "watch.phase.mark": ("marking", "标记"),
    "watch.phase.mark termination": ("mark termination", "标记终止"),
    "watch.phase.unknown": ("not known", "未知"),
    "watch.cycles.more": ("{n} earlier ones: --format json has all", "更早的还有 {n} 次：--format json 列出全部"),
}

_STORY: dict[str, _Entry] = {
    "watch.story.heap": (
        "Heap live {live}, goal {goal}; {released} of the heap given back to the system; RSS {rss}.",
        "存活堆 {live}，目标 {goal}；堆已归还系统 {released}；RSS {rss}。",
    ),
    "watch.story.heap.open": (
        "Heap live {live}, no goal (GOGC is off and no limit is near); {released} of the heap given back to the "
        "system; RSS {rss}.",
        "存活堆 {live}，没有目标（GOGC 已关闭，也没有临近的上限）；堆已归还系统 {released}；RSS {rss}。",
    ),
    "watch.story.cycles": (
        "{n} collections, one every {every}, {forced} of them forced; paused {pauses} in all, {longest} at most.",
        "{n} 次 GC，平均每 {every} 一次，其中强制 {forced} 次；暂停共 {pauses}，最长 {longest}。",
    ),
    "watch.story.cycles.one": (
        "1 collection, {forced} of them forced; paused {pauses}.",
        "1 次 GC，其中强制 {forced} 次；暂停 {pauses}。",
    ),
    "watch.story.no cycle": (
        "No collection ended while we watched; {n} had before.",
        "观察期间没有 GC 结束；此前共 {n} 次。",
    ),
    "watch.story.memory limit": ("GOMEMLIMIT is {bytes}.", "GOMEMLIMIT 为 {bytes}。"),
    "watch.story.group limit": (
        "The control group {where} allows {bytes}.",
        "控制组 {where} 的上限为 {bytes}。",
    ),
    "watch.story.no limit": ("No memory limit is set.", "没有设置内存上限。"),
    "watch.ended.process ended": ("The process ended.", "进程已结束。"),
    "watch.ended.interrupted": ("Stopped by Ctrl-C; the process runs on.", "已用 Ctrl-C 停止；进程继续运行。"),
    "watch.cost": (
        "goxray used {cpu} of one CPU; a read took {read}; reads repeated: {n}",
        "goxray 用了一个 CPU 的 {cpu}；一次读取 {read}；重读 {n} 次",
    ),
    "watch.cost.smaps": (
        "; smaps_rollup was walked {n} times, {ms} at most",
        "；smaps_rollup 读取 {n} 次，最长 {ms}",
    ),
    "watch.cost.smaps.one": ("; smaps_rollup was walked once, {ms}", "；smaps_rollup 读取 1 次，{ms}"),
    "watch.cost.torn": (
        "; samples that fit together within one batch of allocation: {n}, not at all: {torn}",
        "；各项只在一批分配之内吻合的采样 {n} 次，不吻合的 {torn} 次",
    ),
    "watch.cost.missed": ("; {n} moments missed", "；错过 {n} 个时刻"),
    "watch.live.quit": ("Ctrl-C stops watching; the process runs on", "Ctrl-C 停止观察；进程继续运行"),
    "watch.live.pause": ("paused {pause}", "暂停 {pause}"),
    "watch.live.goal": ("goal {goal}", "目标 {goal}"),
    "watch.live.phase": ("phase: {phase}", "阶段：{phase}"),
}

_NOTES: dict[str, _Entry] = {
    "watch.note.missing": (
        "Not found in this program without symbols, and so left empty: {names}.",
        "该程序没有符号表，未能找到以下变量，相关数值留空：{names}。",
    ),
    "watch.note.no smaps": (
        "/proc/PID/smaps_rollup cannot be read: RSS is the kernel's quick count alone.",
        "无法读取 /proc/PID/smaps_rollup：RSS 只是内核的快速计数。",
    ),
    "watch.note.groups": (
        "Control groups above this container cannot be seen: their limits are not known.",
        "看不到本容器之上的控制组：不知道它们的上限。",
    ),
}

WATCH_WORDS: dict[str, _Entry] = {**_COLUMNS, **_STORY, **_NOTES}
"""Key to (English, Chinese)."""
