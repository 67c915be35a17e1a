"""What the reports of ``goxray predict`` say, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

PREDICT_WORDS: dict[str, _Entry] = {
    "p.takes": ("{entries} entries take {list}.", "{entries} 个条目占用：{list}。"),
    "p.takes.one": ("1 entry takes {list}.", "1 个条目占用：{list}。"),
    "p.takes.hint.one": (
        "1 entry in a map made with hint {hint} takes {list}.",
        "以提示 {hint} 创建的 map，1 个条目占用：{list}。",
    ),
    "p.takes.step.one": (
        "In the end, after {step}, 1 entry takes {list}.",
        "最后一步（{step}）之后，1 个条目占用：{list}。",
    ),
    "p.takes.hint": (
        "{entries} entries in a map made with hint {hint} take {list}.",
        "以提示 {hint} 创建的 map，{entries} 个条目占用：{list}。",
    ),
    "p.takes.step": (
        "In the end, after {step}, {entries} entries take {list}.",
        "最后一步（{step}）之后，{entries} 个条目占用：{list}。",
    ),
    "p.peak": ("The peak while growing is {list}.", "增长过程中的峰值：{list}。"),
    "p.indirect": (
        "Keys or elems over 128 bytes, kept by pointer, take another {list}.",
        "超过 128 字节、以指针保存的键或元素另占：{list}。",
    ),
    "p.note.pointed": (
        "what keys and elems point to is not counted: the bytes of strings, the values behind pointers",
        "键与元素所指向的内容不计入：字符串的字节、指针背后的值",
    ),
    "p.note.indirect": (
        "keys or elems over 128 bytes are kept by pointer: their objects are counted as indirect bytes, in allocations "
        "and in TotalAlloc, not in bytes and peak",
        "超过 128 字节的键或元素以指针保存：这些对象计入“间接”、分配次数与累计分配，不计入占用与峰值",
    ),
    "p.note.scaled": (
        "too large to simulate whole: {number} seeds at 1/{scale} of the size, figures scaled up and their spread by "
        "the square root",
        "规模太大，无法整体模拟：{number} 个种子，按 1/{scale} 的规模，数字按比例放大，离散程度按平方根放大",
    ),
    "p.kept": (
        "No byte of it comes back: deletes and clear leave the arrays as they are.",
        "删除与 clear 不归还任何字节：数组保持原样。",
    ),
    "p.bytes.on": ("{bytes} on {versions}", "{versions} 为 {bytes}"),
    "p.to": ("{first} to {last}", "{first} 至 {last}"),
    "p.and": (" and ", "、"),
    "p.comma": (", ", "、"),
    "p.parts": (", ", "；"),
    "p.col.step": ("step", "步骤"),
    "p.col.go": ("go", "Go 版本"),
    "p.col.kind": ("kind", "种类"),
    "p.col.entries": ("entries", "条目"),
    "p.col.bytes": ("bytes", "占用"),
    "p.col.range": ("5-95%", "5-95%"),
    "p.col.peak": ("peak", "峰值"),
    "p.col.load": ("load", "装载率"),
    "p.col.slots": ("slots", "槽位"),
    "p.col.mallocs": ("allocs", "分配次数"),
    "p.col.total": ("totalalloc", "累计分配"),
    "p.col.scan": ("gc scans", "GC 扫描"),
    "p.col.indirect": ("indirect", "间接"),
    "p.col.how": ("how", "来源"),
    "p.col.at": ("at entry", "第几条目"),
    "p.col.what": ("what grows", "增长了什么"),
    "p.col.after": ("bytes", "占用"),
    "p.title.growth": ("How it grows: {versions}", "如何增长：{versions}"),
    "p.title.picture": ("Bytes held from 0 to {entries} entries", "从 0 到 {entries} 个条目所占字节"),
    "p.title.result": ("What each version takes", "各版本的占用"),
    "p.more": (
        "{n} earlier steps are left out; --format json has them all.",
        "省略了更早的 {n} 步；--format json 含全部。",
    ),
    "p.more.one": (
        "1 earlier step is left out; --format json has them all.",
        "省略了更早的 1 步；--format json 含全部。",
    ),
    "p.exact": ("exact", "精确"),
    "p.closed": ("closed form", "闭式解"),
    "p.seeds": ("{number} seeds", "{number} 个种子"),
    "p.seeds.scaled": ("{number} seeds, 1/{scale} size", "{number} 个种子，1/{scale} 规模"),
    "p.grow.bucket": ("first bucket", "首个桶"),
    "p.grow.buckets": ("buckets {old} -> {new}", "桶 {old} -> {new}"),
    "p.grow.group": ("one group", "一个组"),
    "p.grow.first": ("group -> table of {new}", "组 -> {new} 槽的表"),
    "p.grow.table": ("table of {old} -> {new}", "表 {old} -> {new} 槽"),
    "p.grow.tables": ("tables {old} -> {new}", "表数 {old} -> {new}"),
    "p.grow.some": ("{number} of {all} tables of {old} -> {new}", "{all} 个表中的 {number} 个：{old} -> {new} 槽"),
    "p.page.title": ("goxray predict: {names}", "goxray predict：{names}"),
    "p.page.chart": (
        "Bytes held while {entries} entries are inserted, one line a group of versions that grow alike",
        "插入 {entries} 个条目的过程中所占字节，增长方式相同的版本共用一条线",
    ),
    "p.page.chart.hint": (
        "The line is what is held, the dots are the peaks: the old arrays beside the new ones.",
        "线为当时的占用；圆点为峰值：旧数组与新数组同时存在。",
    ),
    "p.page.median": (
        "Exact figures are the same in every run. Others depend on the hash's seed: the median, and the range from the "
        "5th to the 95th percentile.",
        "标为精确的数字每次运行都相同；其余取决于哈希种子：给出中位数以及第 5 至第 95 百分位的范围。",
    ),
}
