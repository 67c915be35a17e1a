"""Every sentence and label of the human-readable reports, in English and Chinese: the one catalogue.

Names that are part of a stable format (column names, ``typed``, ``stopped``, ``(mixed)``) are not translated, and the
runtime's own words (bucket, tophash, group, control word) stay recognisable in both languages.
"""

from __future__ import annotations

from typing import Literal, get_args

from goxray.render.words_advise import ADVISE_WORDS
from goxray.render.words_audit import AUDIT_WORDS
from goxray.render.words_binary import BINARY_WORDS
from goxray.render.words_diff import DIFF_WORDS
from goxray.render.words_findings import FINDING_WORDS
from goxray.render.words_gctrace import GCTRACE_WORDS
from goxray.render.words_heap import HEAP_WORDS
from goxray.render.words_lab import LAB_WORDS
from goxray.render.words_lab_toolchains import LAB_TOOLCHAINS_WORDS
from goxray.render.words_layout import LAYOUT_WORDS
from goxray.render.words_mask import MASK_WORDS
from goxray.render.words_model_gc import MODEL_GC_WORDS
from goxray.render.words_phases import PHASES_WORDS
from goxray.render.words_predict import PREDICT_WORDS
from goxray.render.words_profile import PROFILE_WORDS
from goxray.render.words_sealing import SEALING_WORDS
from goxray.render.words_tables import TABLE_WORDS
from goxray.render.words_timeline import TIMELINE_WORDS
from goxray.render.words_trace import TRACE_WORDS
from goxray.render.words_vault import VAULT_WORDS
from goxray.render.words_vault_verify import VAULT_VERIFY_WORDS
from goxray.render.words_watch import WATCH_WORDS

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_Entry = tuple[str, str]  # English, Chinese

_LABELS: dict[str, _Entry] = {
    "col.addr": ("addr", "地址"),
    "col.count": ("maps", "map 数"),
    "col.kind": ("kind", "种类"),
    "col.type": ("type", "类型"),
    "col.entries": ("entries", "条目"),
    "col.slots": ("slots", "槽位"),
    "col.tombstones": ("tombs", "墓碑"),
    "col.load": ("load", "装载率"),
    "col.spread": ("min/med/max", "最低/中/最高"),
    "col.bytes": ("bytes", "占用"),
    "col.indirect_bytes": ("indirect", "间接"),
    "col.rebuilt_bytes": ("rebuilt", "重建后"),
    "col.wasted_bytes": ("wasted", "浪费"),
    "col.owner": ("owner", "持有者"),
    "col.found_by": ("found by", "发现方式"),
}

_MEANINGS: dict[str, _Entry] = {
    "meaning.addr": ("address of the map's header", "map 头部的地址"),
    "meaning.count": ("maps held the same way, summed up in one row", "以同样方式持有、合并为一行的 map 数"),
    "meaning.kind": (
        "classic (hmap and buckets) or swiss (tables of groups)",
        "classic（hmap 与桶）或 swiss（由组构成的表）",
    ),
    "meaning.type": ("the map's Go type", "map 的 Go 类型"),
    "meaning.entries": ("the header's own count (count / used)", "头部自己记录的条目数（count / used）"),
    "meaning.slots": ("all slots the map owns now", "map 目前拥有的全部槽位"),
    "meaning.tombstones": (
        "Swiss: deleted control bytes; classic: emptyOne cells, a lower bound",
        "Swiss：控制字节为“已删除”的槽；classic：emptyOne 单元（下界）",
    ),
    "meaning.load": ("entries / slots", "条目数 / 槽位数"),
    "meaning.spread": ("load of the emptiest, the median and the fullest map", "最空、居中与最满的 map 的装载率"),
    "meaning.bytes": ("heap bytes of the map's own structure, as allocated", "map 自身结构在堆上实际分配的字节"),
    "meaning.indirect_bytes": ("keys and elems stored by pointer, over 128 bytes", "超过 128 字节、以指针存放的键与值"),
    "meaning.rebuilt_bytes": (
        "expected bytes after copying the entries into make(map[K]V, entries)",
        "把现有条目复制到 make(map[K]V, entries) 后预计的字节",
    ),
    "meaning.wasted_bytes": ("bytes - rebuilt, never below zero", "占用减去重建后，不小于零"),
    "meaning.owner": (
        "what holds the map, as a Go expression where one exists",
        "谁持有该 map，能写成 Go 表达式时即写成表达式",
    ),
    "meaning.found_by": (
        "typed (reached from a root by types), structural (found by its shape), or both",
        "typed（从根沿类型到达）、structural（按形状找到），或 both",
    ),
}

_SENTENCES: dict[str, _Entry] = {
    "head.core": ("core dump", "核心转储"),
    "head.stopped": ("stopped for {ms} ms", "暂停 {ms} 毫秒"),
    "head.racy": ("racy: read while it ran", "racy：在运行中读取"),
    "head.unverified": (
        "UNVERIFIED: nobody has checked the layout of {version}; every figure below may be wrong.",
        "UNVERIFIED：尚无人核对过 {version} 的内存布局，以下所有数字都可能有误。",
    ),
    "story.none": ("No map was found.", "没有找到任何 map。"),
    "story.fit.one": (
        "The only map holds {bytes}; rebuilding it would give back next to nothing ({wasted}).",
        "唯一的 map 占用 {bytes}；重建它几乎不会释放内存（{wasted}）。",
    ),
    "story.fit": (
        "All {maps} maps together hold {bytes}; rebuilding them would give back next to nothing ({wasted}).",
        "全部 {maps} 个 map 共占用 {bytes}；重建它们几乎不会释放内存（{wasted}）。",
    ),
    "story.hidden": (
        "All {maps} maps together hold {bytes}, {wasted} of it wasted in rows that are not shown; "
        "--sort wasted puts them first.",
        "全部 {maps} 个 map 共占用 {bytes}，其中浪费 {wasted}，但这些行没有显示；--sort wasted 会把它们排在最前。",
    ),
    "story.owner.map": (
        "{name} keeps {bytes} in a map that holds {load} of what it could; "
        "rebuilding it would give back about {wasted}.",
        "{name} 的 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.owner.maps": (
        "{name} keeps {bytes} in {maps} maps that hold {load} of what they could; "
        "rebuilding them would give back about {wasted}.",
        "{name} 的 {maps} 个 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.owner": (
        "These {n} owners keep {bytes} in maps that hold {load} of what they could; "
        "rebuilding them would give back about {wasted}.",
        "这 {n} 个持有者的 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.type.one": (
        "Maps of type {name} keep {bytes} and hold {load} of what they could; "
        "rebuilding them would give back about {wasted}.",
        "类型为 {name} 的 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.type": (
        "Maps of these {n} types keep {bytes} and hold {load} of what they could; "
        "rebuilding them would give back about {wasted}.",
        "这 {n} 种类型的 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.map.one": (
        "The map held by {name} keeps {bytes} and holds {load} of what it could; "
        "rebuilding it would give back about {wasted}.",
        "{name} 持有的 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.map": (
        "These {n} maps keep {bytes} and hold {load} of what they could; "
        "rebuilding them would give back about {wasted}.",
        "这 {n} 个 map 占用 {bytes}，只装了可装条目的 {load}；重建后大约可释放 {wasted}。",
    ),
    "story.share": ("That is {share} of what all {maps} maps waste.", "这是全部 {maps} 个 map 所浪费内存的 {share}。"),
    "table.more.one": ("… and 1 more row; --limit 0 shows all", "……另有 1 行；--limit 0 显示全部"),
    "table.more": ("… and {n} more rows; --limit 0 shows all", "……另有 {n} 行；--limit 0 显示全部"),
    "table.differ": (
        "! the header's count and the full slots differ: the map changed while it was read, or is corrupt",
        "! 头部计数与实际占用的槽位不一致：读取时 map 正在变化，或已损坏",
    ),
    "totals": (
        "{maps} maps, {entries} entries in {slots} slots ({load}), {bytes}, of which {wasted} wasted",
        "{maps} 个 map，{entries} 个条目分布在 {slots} 个槽位（{load}），占用 {bytes}，其中浪费 {wasted}",
    ),
    "totals.label": ("all maps", "全部 map"),
    "heap.label": ("live heap", "存活堆"),
    "heap.both": (
        "{live} counted from the spans, {runtime} by the runtime's own figures, difference {difference}",
        "按 span 统计为 {live}，运行时自己的数字为 {runtime}，相差 {difference}",
    ),
    "heap.spans": (
        "{live} counted from the spans; the runtime's own figure could not be read",
        "按 span 统计为 {live}；无法读取运行时自己的数字",
    ),
    "heap.share": ("maps take {share} of it", "map 占其中 {share}"),
    "verify.label": ("verified", "校验"),
    "verify.good.one": ("1 map checked, it keeps every invariant", "检查了 1 个 map，不变式全部成立"),
    "verify.good": ("{n} maps checked, all keep every invariant", "检查了 {n} 个 map，不变式全部成立"),
    "verify.bad": ("{n} maps checked, see the faults", "检查了 {n} 个 map，见下列故障"),
    "faults.label": ("faults", "故障"),
    "faults.more": ("… and {n} more; --format json lists all", "……另有 {n} 个；--format json 列出全部"),
    "notes.label": ("notes", "说明"),
    "keys.label": ("keys", "键值"),
    "keys.of": ("{owner} at {addr}", "{owner}，位于 {addr}"),
    "keys.masked": (
        "masked by rules {rules}, under {key}; a name that nothing announces stays: these may still be secrets",
        "已按规则 {rules} 脱敏，{key}；前后没有提示词的姓名无法识别，因此以上内容仍可能含有敏感信息",
    ),
    "keys.key.kept": ("key {key}", "密钥 {key}"),
    "keys.key.once": ("a random key of this run ({key})", "使用本次运行的随机密钥（{key}）"),
}

_PAGE: dict[str, _Entry] = {
    "page.title": ("Maps of {names}", "{names} 的 map"),
    "page.skip": ("Skip to the report", "跳到报告正文"),
    "page.reports": ("Reports", "报告"),
    "page.language": ("Language", "语言"),
    "page.divide": ("How the live heap divides", "存活堆的构成"),
    "page.divide.rebuilt": ("maps, if rebuilt", "map（重建后）"),
    "page.divide.wasted": ("wasted in maps", "map 中的浪费"),
    "page.divide.rest": ("everything else", "其余内容"),
    "page.stat.maps": ("maps", "map 数"),
    "page.stat.bytes": ("in maps", "map 占用"),
    "page.stat.wasted": ("wasted", "浪费"),
    "page.stat.load": ("of the slots in use", "的槽位在用"),
    "page.stat.freeze": ("target stopped", "目标暂停"),
    "page.stat.heap": ("live heap", "存活堆"),
    "page.treemap.owner": ("What holds the memory", "谁持有这些内存"),
    "page.treemap.type": ("Which types take the memory", "哪些类型占用内存"),
    "page.treemap.hint": (
        "Area is bytes, colour is load. The {n} largest are drawn; the rest share one tile.",
        "面积表示占用字节，颜色表示装载率。画出最大的 {n} 项，其余合为一块。",
    ),
    "page.treemap.all": ("Area is bytes, colour is load.", "面积表示占用字节，颜色表示装载率。"),
    "page.treemap.rest": ("{n} more", "其余 {n} 项"),
    "page.treemap.tip": (
        "{name}: {bytes}, {load} full, {wasted} wasted",
        "{name}：占用 {bytes}，装载率 {load}，浪费 {wasted}",
    ),
    "page.legend.load": ("load", "装载率"),
    "page.legend.empty": ("no slots", "无槽位"),
    "page.table.owner": ("By owner", "按持有者"),
    "page.table.type": ("By type", "按类型"),
    "page.table.none": ("Map by map", "逐个 map"),
    "page.table.hint": ("Select a column head to sort.", "点击表头可排序。"),
    "page.table.marked": (
        "▸ marks the rows that the sentence above speaks of.",
        "▸ 标出上文所指的行。",
    ),
    "page.table.filter": ("Filter by owner, type or address", "按持有者、类型或地址筛选"),
    "page.table.shown": ("{shown} of {total} rows", "{total} 行中的 {shown} 行"),
    "page.table.more": (
        "The {n} rows after these are not in this file; --limit 0 writes all, --format csv is better for many.",
        "此后还有 {n} 行未写入本文件；--limit 0 写出全部，行数很多时宜用 --format csv。",
    ),
    "page.inside": ("Inside one map", "一个 map 的内部"),
    "page.inside.swiss": (
        "Each cell is a group of eight slots, in memory order.",
        "每格是一个八槽的组，按内存顺序排列。",
    ),
    "page.inside.classic": (
        "Each cell is a bucket of eight slots with the overflow buckets linked to it, in memory order.",
        "每格是一个八槽的桶连同它的溢出桶，按内存顺序排列。",
    ),
    "page.inside.fold": (
        "The map is large: a cell is the mean of {n} neighbours.",
        "该 map 很大：每格是相邻 {n} 个的平均值。",
    ),
    "page.inside.label": (
        "{cells} cells, on average {full} full slots and {tombstones} tombstones a cell",
        "共 {cells} 格，平均每格 {full} 个占用槽位、{tombstones} 个墓碑",
    ),
    "page.legend.full": ("full slots", "占用槽位"),
    "page.legend.over": ("over 8: overflow buckets", "超过 8：有溢出桶"),
    "page.legend.tombstones": ("tombstones", "墓碑"),
    "page.cell": ("{cell}: {full} full, {tombstones} tombstones", "{cell}：占用 {full}，墓碑 {tombstones}"),
    "page.columns": ("What each column means", "各列的含义"),
    "page.made": (
        "Written by goxray {version}. This file loads nothing from anywhere.",
        "由 goxray {version} 生成。本文件不加载任何外部内容。",
    ),
}

_DOCTOR: dict[str, _Entry] = {
    "doctor.good": ("This machine can do all that goxray does.", "这台机器可以使用 goxray 的全部功能。"),
    "doctor.some.one": ("goxray works here; 1 thing could be better.", "goxray 可以在此运行；有 1 项可以改进。"),
    "doctor.some": ("goxray works here; {n} things could be better.", "goxray 可以在此运行；有 {n} 项可以改进。"),
    "doctor.bad.one": ("1 thing keeps goxray from its main job here.", "有 1 项使 goxray 无法在此完成主要工作。"),
    "doctor.bad": ("{n} things keep goxray from its main job here.", "有 {n} 项使 goxray 无法在此完成主要工作。"),
    "doctor.needed": ("needed for {what}", "用于：{what}"),
}

PARTS: tuple[dict[str, _Entry], ...] = (
    _LABELS,
    _MEANINGS,
    _SENTENCES,
    _PAGE,
    _DOCTOR,
    ADVISE_WORDS,
    AUDIT_WORDS,
    BINARY_WORDS,
    HEAP_WORDS,
    FINDING_WORDS,
    GCTRACE_WORDS,
    DIFF_WORDS,
    LAB_WORDS,
    LAB_TOOLCHAINS_WORDS,
    LAYOUT_WORDS,
    MASK_WORDS,
    MODEL_GC_WORDS,
    PHASES_WORDS,
    PREDICT_WORDS,
    PROFILE_WORDS,
    SEALING_WORDS,
    TABLE_WORDS,
    TIMELINE_WORDS,
    WATCH_WORDS,
    TRACE_WORDS,
    VAULT_WORDS,
    VAULT_VERIFY_WORDS,
)
"""The catalogue's parts, one a command; no two have the same key."""

CATALOGUE: dict[str, _Entry] = {key: entry for part in PARTS for key, entry in part.items()}
"""Key to (English, Chinese); placeholders in braces are the same in both."""


def say(key: str, lang: Lang, /, **values: str | int | None) -> str:
    """Return the text of that key with its placeholders filled; whole numbers get commas between thousands.

    A number ``n`` of one selects the catalogue's ``key.one`` where it has one.
    """
    if values.get("n") == 1 and f"{key}.one" in CATALOGUE:
        key = f"{key}.one"
    told = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    return CATALOGUE[key][LANGS.index(lang)].format(**told)
