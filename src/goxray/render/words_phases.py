"""What the report of ``goxray gc phases`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "ph.col.number": ("#", "#"),
    "ph.col.cause": ("given up", "放手原因"),
    "ph.col.at": ("at", "时刻"),
    "ph.col.bytes": ("bytes", "字节"),
    "ph.col.blocks": ("blocks", "块数"),
    "ph.col.cycles": ("cycles", "GC 次数"),
    "ph.col.reusable": ("until reusable", "到可复用"),
    "ph.col.rss": ("until out of RSS", "到离开 RSS"),
    "ph.col.outcome": ("in the end", "最终状态"),
    "ph.col.window": ("window", "窗口"),
    "ph.col.from": ("from", "起"),
    "ph.col.to": ("to", "止"),
    "ph.col.lasts": ("lasts", "历时"),
    "ph.col.resolution": ("+-", "误差"),
    "ph.cause.dropped": ("map dropped", "map 被放弃"),
    "ph.cause.replaced": ("map replaced", "map 被替换"),
    "ph.cause.outgrown": ("arrays outgrown", "扩容换下的数组"),
    "ph.cause.cleared": ("cleared", "clear 清空"),
    "ph.cause.emptied": ("last entry deleted", "删除最后一项"),
    "ph.cause.deleted": ("most deleted", "删除大半"),
    "ph.cause.found dead": ("found dead", "被 GC 判死"),
    "ph.outcome.waiting": ("no cycle has judged it", "尚无 GC 判定"),
    "ph.outcome.marked": ("not all found dead", "尚未全部判死"),
    "ph.outcome.held": ("still held by the map", "仍由 map 持有"),
    "ph.outcome.reusable": ("free, still in RSS", "空闲，仍在 RSS"),
    "ph.outcome.reused": ("reused", "已复用"),
    "ph.outcome.scavenged": ("given back to the OS", "已归还 OS"),
    "ph.outcome.returned": ("out of RSS", "已离开 RSS"),
    "ph.window.waiting": ("waiting for GC", "等待 GC"),
    "ph.window.marking": ("marking", "标记"),
    "ph.window.sweeping": ("sweeping", "清扫"),
    "ph.window.free until reused": ("free until reused", "空闲至复用"),
    "ph.window.free until scavenged": ("free until scavenged", "空闲至归还"),
    "ph.window.leaving": ("leaving RSS", "离开 RSS"),
    "ph.window.until reusable": ("until reusable", "合计：到可复用"),
    "ph.window.until out of rss": ("until out of RSS", "合计：到离开 RSS"),
    "ph.event.let go": ("last reference", "最后引用"),
    "ph.event.gc start": ("GC start", "GC 开始"),
    "ph.event.mark end": ("mark end", "标记结束"),
    "ph.event.reusable": ("reusable", "可复用"),
    "ph.event.reused": ("reused", "被复用"),
    "ph.event.scavenged": ("scavenged", "已 scavenge"),
    "ph.event.out of rss": ("out of RSS", "离开 RSS"),
    "ph.phase.assign": ("assign", "写入"),
    "ph.phase.gc": ("gc", "GC"),
    "ph.phase.release": ("release", "释放"),
    "ph.ended.complete": ("the story is complete", "过程已完整"),
    "ph.ended.time": ("the time was up", "时间到"),
    "ph.ended.stopped": ("it was stopped", "被中断"),
    "ph.ended.target ended": ("the program ended", "程序结束"),
    "ph.ended.no map": ("no map was found", "未找到 map"),
}

_SAID: dict[str, _Entry] = {
    "ph.head.watched": (
        "watched for {lasts}, a look every {typical}, {longest} at most between two",
        "观察 {lasts}，每 {typical} 一次，最长间隔 {longest}",
    ),
    "ph.map": (
        "{owner}  {type}  {kind}  at most {bytes}, {entries} entries",
        "{owner}  {type}  {kind}  最大 {bytes}、{entries} 个条目",
    ),
    "ph.none.map": (
        "No map was seen that fits: nothing to tell.",
        "没有见到符合条件的 map：无可报告。",
    ),
    "ph.none.generation": (
        "The map gave nothing up while it was watched: its memory is all in use.",
        "观察期间 map 没有放弃任何内存：全部在用。",
    ),
    "ph.title.generations": ("What the map gave up", "map 放弃的内存"),
    "ph.title.blocks": ("[{n}] {cause}: {bytes} in {blocks} blocks", "[{n}] {cause}：{bytes}，{blocks} 块"),
    "ph.title.phases": ("The three phases, one by one", "三个阶段，逐一观察"),
    "ph.more": ("... and {n} more; --format json has all", "……另有 {n} 项；--format json 列出全部"),
    "ph.told.reusable": (
        "Reusable {time} after the last reference, found dead by gc {n}: {cycles} GC cycles.",
        "最后一次引用之后 {time} 可复用，由 gc {n} 判死：经过 {cycles} 次 GC。",
    ),
    "ph.told.reusable.one": (
        "Reusable {time} after the last reference, found dead by gc {n}: 1 GC cycle.",
        "最后一次引用之后 {time} 可复用，由 gc {n} 判死：经过 1 次 GC。",
    ),
    "ph.told.held": (
        "Every block was found reachable by a whole cycle: the map keeps its memory until it is dropped or rebuilt.",
        "一次完整的 GC 发现所有块仍可达：map 会一直占着这些内存，直到被放弃或重建。",
    ),
    "ph.told.kept": (
        "The map keeps its arrays when entries are deleted; no cycle has come since.",
        "删除条目时 map 不会放弃它的数组；此后尚无 GC。",
    ),
    "ph.told.waiting": (
        "No cycle has come to it yet: unreachable, and not reusable.",
        "还没有 GC 处理到它：已不可达，但尚不可复用。",
    ),
    "ph.told.alive": (
        "The last cycle found {bytes} of it reachable, since it was given up only while that was marking; the next one "
        "judges again.",
        "上一次 GC 发现其中 {bytes} 可达，因为它是在标记进行中才被放弃的；由下一次 GC 重新判定。",
    ),
    "ph.told.unfinished": ("Some spans are not swept yet: {bytes} of it.", "仍有 span 未清扫：{bytes}。"),
    "ph.told.bytes": (
        "In the end: {kept} free and still backed, {scavenged} given back, {reused} reused, {slots} in slots of spans "
        "that others use; {resident} of the unused pages in RSS (before: {before}).",
        "最终：{kept} 空闲但仍占物理内存，{scavenged} 已归还，{reused} 已复用，{slots} 位于他人仍在用的 span 的槽中；"
        "未用页中 {resident} 仍在 RSS（此前 {before}）。",
    ),
    "ph.note.other": (
        "the map at {addr} went on to be held by {names}",
        "地址 {addr} 的 map 之后仍由 {names} 持有",
    ),
    "ph.note.outlived": (
        "the map at {addr} outlived its last reference from {owner}: a whole cycle found it reachable; its address "
        "also stands in {where}",
        "地址 {addr} 的 map 在失去 {owner} 的最后引用之后仍然存活：一次完整的 GC 发现它可达；它的地址还出现在 {where}",
    ),
    "ph.note.stacks": (
        "only stacks or registers hold the map ({owner}): no word tells when it is let go; the collector's verdict "
        "does, a cycle later",
        "只有栈或寄存器持有该 map（{owner}）：没有内存字能说明它何时被放手，只有晚一个周期的 GC 判定能说明",
    ),
    "ph.phase.never": ("not seen", "未观察到"),
    "ph.phase.alone": ("alone", "独立"),
    "ph.phase.with": ("not alone: {others}", "非独立：{others}"),
    "ph.figure.entries_added": ("{n} entries added", "新增 {n} 个条目"),
    "ph.figure.growths": ("{n} times arrays were given up", "放弃数组 {n} 次"),
    "ph.figure.bytes_outgrown": ("{bytes} outgrown", "换下 {bytes}"),
    "ph.figure.cycles": ("{n} cycles", "{n} 次 GC"),
    "ph.figure.cycles.one": ("1 cycle", "1 次 GC"),
    "ph.figure.forced": ("{n} of them forced", "其中 {n} 次为强制"),
    "ph.figure.seconds_in_cycles": ("{time} in cycles", "GC 内共 {time}"),
    "ph.figure.released_bytes": ("{bytes} returned by the scavenger", "scavenger 归还 {bytes}"),
    "ph.figure.freed_bytes": ("{bytes} of the map freed", "map 的内存释放 {bytes}"),
    "ph.figure.scavenged_bytes": ("{bytes} of it with the OS", "其中 {bytes} 已归还 OS"),
    "ph.setting": ("runtime's settings", "运行时设置"),
    "ph.environment": ("environment added", "附加环境变量"),
    "ph.ended": ("ended because", "结束原因"),
    "ph.status": ("exit status of the command", "命令的退出码"),
}

PHASES_WORDS: dict[str, _Entry] = {**_LABELS, **_SAID}
