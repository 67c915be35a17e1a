"""What ``goxray mask`` says of a run, in English and Chinese; part of the one catalogue."""

from __future__ import annotations

_Entry = tuple[str, str]  # English, Chinese

MASK_WORDS: dict[str, _Entry] = {
    "mask.rules": ("rules {rules}", "规则 {rules}"),
    "mask.key": ("key {key}", "密钥 {key}"),
    "mask.lines.label": ("lines", "行数"),
    "mask.lines": ("{lines} read: {json} JSON, {text} text", "共读取 {lines} 行：JSON {json} 行，文本 {text} 行"),
    "mask.masked.label": ("masked", "已脱敏"),
    "mask.masked": ("{n} values: {kinds}", "{n} 个值：{kinds}"),
    "mask.masked.one": ("1 value: {kinds}", "1 个值：{kinds}"),
    "mask.masked.none": ("nothing was found to mask", "没有找到需要脱敏的内容"),
    "mask.dropped.label": ("left out", "已舍弃"),
    "mask.dropped": (
        "{n} lines that cannot be masked: {reasons}",
        "{n} 行无法脱敏，未输出：{reasons}",
    ),
    "mask.dropped.one": ("1 line that cannot be masked: {reasons}", "1 行无法脱敏，未输出：{reasons}"),
    "mask.repeated.label": ("repeated keys", "重复键"),
    "mask.repeated": (
        "{n} JSON objects held a key twice: the last value was kept",
        "{n} 个 JSON 对象中有重复的键，只保留最后一个值",
    ),
    "mask.repeated.one": (
        "1 JSON object held a key twice: the last value was kept",
        "1 个 JSON 对象中有重复的键，只保留最后一个值",
    ),
    "mask.of.kind": ("{what} {n}", "{what} {n}"),
    "mask.of.why": ("{n} {what}", "{what} {n} 行"),
    "mask.comma": (", ", "，"),
    "mask.kind.phone": ("phone", "电话"),
    "mask.kind.idcard": ("ID card", "身份证"),
    "mask.kind.bankcard": ("bank card", "银行卡"),
    "mask.kind.email": ("e-mail", "电子邮箱"),
    "mask.kind.name": ("name", "姓名"),
    "mask.kind.address": ("address", "地址"),
    "mask.kind.ip": ("IP", "IP 地址"),
    "mask.kind.id": ("identifier", "标识符"),
    "mask.kind.text": ("text", "文本"),
    "mask.why.too long": ("too long", "行过长"),
    "mask.why.broken JSON": ("broken JSON", "JSON 不完整或有误"),
    "mask.why.unknown encoding": ("in no known encoding", "编码无法识别"),
    "mask.why.nested too deeply": ("nested too deeply", "嵌套过深"),
    "mask.why.error": ("met an error of goxray", "处理时出错"),
}
