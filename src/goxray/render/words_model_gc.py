"""What the report of ``goxray model gc`` says, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "g.page.title": ("goxray model gc: {names}", "goxray model gc：{names}"),
    "g.col.step": ("#", "#"),
    "g.col.text": ("step", "步骤"),
    "g.col.heap_alloc": ("HeapAlloc", "HeapAlloc"),
    "g.col.heap_inuse": ("HeapInuse", "HeapInuse"),
    "g.col.heap_idle": ("HeapIdle", "HeapIdle"),
    "g.col.heap_released": ("HeapReleased", "HeapReleased"),
    "g.col.heap_sys": ("HeapSys", "HeapSys"),
    "g.col.sys": ("Sys", "Sys"),
    "g.col.heap_goal": ("NextGC", "NextGC"),
    "g.col.num_gc": ("NumGC", "NumGC"),
    "g.start": ("(main starts)", "（main 开始）"),
    "g.title.steps": ("After each step", "每一步之后"),
    "g.title.bars": ("What the heap's memory is used for", "堆内存的用途"),
    "g.legend.inuse": ("in use", "使用中"),
    "g.legend.idle": ("idle, still backed", "空闲，仍占物理内存"),
    "g.legend.released": ("released", "已归还"),
    "g.legend.next": ("goal of the next GC", "下次 GC 的目标"),
    "g.legend.width": ("full width {bytes}", "全宽 {bytes}"),
    "g.title.cycles": ("Collections", "各次 GC"),
    "g.title.picture": ("Heap and goal", "堆与目标"),
    "g.axis": ("allocated in all: {bytes}", "累计分配：{bytes}"),
    "g.legend.heap": ("heap", "堆"),
    "g.legend.goal": ("goal", "目标"),
    "g.legend.peak": ("top {bytes}", "顶端 {bytes}"),
    "g.cycles.more": ("… and {n} more; --format json has all", "……另有 {n} 次；--format json 列出全部"),
    "g.cycles.none": ("none", "无"),
    "g.step.of": ("step {n}", "第 {n} 步"),
}

_STORY: dict[str, _Entry] = {
    "g.story.exact": (
        "{cycles} collections; the heap has {sys} from the system at the end and gave {released} of it back.",
        "共 {cycles} 次 GC；结束时堆向系统取得 {sys}，其中 {released} 已归还。",
    ),
    "g.story.range": (
        "{low} to {high} collections, by when marking ends; the heap has {sys} from the system at the end and gave "
        "{released} of it back.",
        "共 {low} 到 {high} 次 GC，取决于标记何时结束；结束时堆向系统取得 {sys}，其中 {released} 已归还。",
    ),
}

_NOTES: dict[str, _Entry] = {
    "g.note.concurrent": (
        "Ranges hold when each collection finishes marking by its goal, as the pacer plans, or 4 MiB after it: what a "
        "program allocates in a time slice for which the collector waits. A program that allocates faster than its "
        "processors mark, or on a busy machine, goes further past the goal; HeapAlloc and HeapInuse right after gc "
        "and freeosmemory stay what they are. --stopped predicts GODEBUG=gcstoptheworld=2, where "
        "nothing of this depends on the clock.",
        "给出的范围以每次 GC 在到达目标之前（pacer 正是这样安排的）或其后 4 MiB 之内完成标记为前提："
        "那是 GC 等待一个时间片期间程序的分配量。分配快于标记的程序，或繁忙机器上的程序，会越过目标更远；"
        "gc 与 freeosmemory 之后的 HeapAlloc 和 HeapInuse 不受影响。"
        "--stopped 预测 GODEBUG=gcstoptheworld=2 的情形，那时这些都与时钟无关。",
    ),
    "g.note.stopped": (
        "Predicted for GODEBUG=gcstoptheworld=2: the program is stopped while the collector marks and sweeps.",
        "按 GODEBUG=gcstoptheworld=2 预测：标记与清扫期间程序停止。",
    ),
    "g.note.slices": (
        "What is kept is held by a slice of pointers, 8 bytes an object, which is on the heap too.",
        "保留的对象由一个指针 slice 持有，每个对象 8 字节，它也在堆上。",
    ),
    "g.note.random base": (
        "This Go version begins its heap at a random page: it may need one chunk of 4 MiB more.",
        "该 Go 版本的堆从随机的页开始：可能多需要一个 4 MiB 的块。",
    ),
    "g.note.scavenger": (
        "How fast the background scavenger works depends on the machine: it lies between doing nothing and having "
        "reached its goal.",
        "后台 scavenger 的速度取决于机器：结果介于毫无动作与已达到其目标之间。",
    ),
    "g.note.maps": (
        "String keys are made by the program, 16 bytes each; maps grow as the model of maps says for one hash seed.",
        "字符串键由程序生成，每个 16 字节；map 的增长按 map 模型在一个哈希种子下的结果。",
    ),
}

MODEL_GC_WORDS: dict[str, _Entry] = {**_LABELS, **_STORY, **_NOTES}
"""Key to (English, Chinese)."""
