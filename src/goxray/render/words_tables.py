"""What the tables of a snapshot and their columns are, in English and Chinese; part of the one catalogue.

The English has its home in :mod:`goxray.core.snapshot_schema`; tables that ``goxray heap`` shows too have their Chinese
in :mod:`goxray.render.words_heap`.
"""

from __future__ import annotations

from goxray.core.snapshot_schema import ABOUT, PUBLIC_TABLES
from goxray.render.words_heap import HEAP_WORDS

_Entry = tuple[str, str]  # English, Chinese

_ABOUT: dict[str, str] = {
    "maps": "每个 map 一行，与 goxray maps --group none 相同",
    "tables_or_buckets": "map 的内部构成：每个 Swiss 表或 classic 桶数组一行",
    "objects_by_type": "可达对象及其字节，按 Go 类型",
    "owners": "可达对象及其字节，按持有者",
    "dominators": "保留内存最多的对象：最大的 10,000 个，以及所有保留 64 KiB 以上的",
    "roots": "堆外指向对象的每一个字",
    "spans": "存放同一大小堆对象的连续页",
    "goroutines": "每个有栈的 goroutine",
    "suspects": "保留堆 10% 以上的对象与持有者",
    "collections": "map、slice、channel 与字符串，按类型和持有者：填充得如何",
    "fills": "集合按填充率的分布",
    "rss": "进程驻留内存的构成",
}

_CHINESE: dict[str, str] = {
    "maps.addr": "map 头部的地址",
    "maps.kind": "classic 或 swiss",
    "maps.type": "map 的 Go 类型",
    "maps.key": "键的 Go 类型",
    "maps.elem": "值的 Go 类型",
    "maps.entries": "头部自己记录的条目数（count / used）",
    "maps.full_slots": "扫描得到的已占用槽位",
    "maps.slots": "map 目前拥有的全部槽位",
    "maps.tombstones": "Swiss：控制字节为“已删除”的槽；classic：emptyOne 单元",
    "maps.load": "条目数 / 槽位数；没有槽位时为空",
    "maps.bytes": "map 自身结构在堆上实际分配的字节",
    "maps.indirect_bytes": "以指针存放的键与值（超过 128 字节）占用的堆字节",
    "maps.rebuilt_bytes": "复制到 make(map[K]V, entries) 后预计的字节",
    "maps.wasted_bytes": "占用减去重建后，不小于零",
    "maps.owner": "谁持有该 map，能写成 Go 表达式时即写成表达式",
    "maps.found_by": "typed、structural 或 both",
    "maps.B": "桶数以 2 为底的对数（hmap.B）",
    "maps.buckets": "当前数组中的桶，不含溢出区",
    "maps.overflow_buckets": "挂在当前桶与未迁移旧桶上的溢出桶",
    "maps.noverflow": "hmap.noverflow：B 为 16 及以上时是近似值",
    "maps.old_buckets": "尚未迁移的旧桶",
    "maps.nevacuate": "hmap.nevacuate：编号小于它的旧桶已迁移",
    "maps.tables": "目录之后互不相同的表",
    "maps.groups": "所有表中的八槽组",
    "maps.dir_len": "Map.dirLen：小 map 为 0",
    "maps.global_depth": "Map.globalDepth：目录长度以 2 为底的对数",
    "maps.growth_left": "各表 table.growthLeft 之和",
    "maps.small": "dirPtr 就是一个组（没有目录）时为 1",
    "tables_or_buckets.map": "所属 map 的头部地址（maps.addr）",
    "tables_or_buckets.addr": "表、单个组或桶数组的地址；溢出桶为空",
    "tables_or_buckets.kind": (
        "Swiss：table，或 group（小 map 只有一个组）；classic：current、old、overflow（所有挂接的溢出桶）"
    ),
    "tables_or_buckets.units": "八槽的组或桶；old 只计尚未迁移的",
    "tables_or_buckets.slots": "其中的槽位",
    "tables_or_buckets.used": "扫描得到的已占用槽位；Swiss 表则是表自己的计数（table.used）",
    "tables_or_buckets.tombstones": "Swiss：“已删除”的控制字节；classic：emptyOne 单元",
    "tables_or_buckets.growth_left": "table.growthLeft：表增长之前还能插入的个数；只有表才有",
    "tables_or_buckets.local_depth": "table.localDepth；只有表才有",
    "tables_or_buckets.directory_slots": "指向该表的目录项数；只有表才有",
    "tables_or_buckets.bytes": "实际分配的堆字节：表与它的组，或桶数组",
    "roots.kind": "global、goroutine、finalizer、cleanup、register 或 runtime",
    "roots.text": "根的名称：全局变量名，或 goroutine 及其函数",
    "roots.slot": "存放指针的字的地址；寄存器为空",
    "roots.addr": "所指对象的地址",
    "roots.type": "该对象的 Go 类型",
    "roots.conservative": "没有信息表明这个字是指针：它可能只是一个数",
    "spans.start": "第一个字节的地址",
    "spans.pages": "8 KiB 页数",
    "spans.elem_size": "每个槽的字节",
    "spans.nelems": "槽数",
    "spans.allocated": "已有对象的槽",
    "spans.free": "没有对象的槽：nelems - allocated",
    "spans.span_class": "size class × 2，noscan 再加 1；class 0 与 1 是大对象",
    "spans.noscan": "其中的对象不含指针",
    "spans.state": "in use：存放堆对象",
    "spans.live_bytes": "allocated × elem_size",
    "spans.reachable_bytes": "从根可达的对象的槽位字节；未计算时为空",
    "goroutines.goid": "goroutine 编号",
    "goroutines.status": "idle、runnable、running、syscall、waiting、preempted、copystack 或 dead",
    "goroutines.function": "runtime 之外最内层的函数；栈未知时为空",
    "goroutines.wait_reason": "等待的原因，用 runtime 自己的说法；不在等待或程序被 strip 时为空",
    "goroutines.start_function": "go 语句所调用的函数",
    "goroutines.stack_bytes": "栈实际分配的字节",
}

_SHARED = {"objects_by_type": "types"}  # what `goxray heap` calls them


def _meaning(table: str, column: str) -> str:
    shared = f"h.meaning.{_SHARED.get(table, table)}.{column}"
    return HEAP_WORDS[shared][1] if shared in HEAP_WORDS else _CHINESE[f"{table}.{column}"]


TABLE_WORDS: dict[str, _Entry] = {
    **{f"t.about.{name}": (about, _ABOUT[name]) for name, about in ABOUT.items()},
    **{
        f"t.meaning.{table}.{column.name}": (column.meaning, _meaning(table, column.name))
        for table, columns in PUBLIC_TABLES.items()
        for column in columns
    },
    "t.rows.one": ("{n} row", "{n} 行"),
    "t.rows": ("{n} rows", "{n} 行"),
}
"""Key to (English, Chinese), for :data:`goxray.render.words.CATALOGUE`."""
