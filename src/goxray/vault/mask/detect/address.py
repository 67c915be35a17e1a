"""Postal addresses down to a house, in Chinese and English. A city or district alone is no address of anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import Kind, Span

_NUMBER = r"[0-9一二三四五六七八九十百]{1,5}(?:[-－之][0-9]{1,4})?"
# A street or village and a number in it, or a building and a room.
_HOUSE = re.compile(
    rf"(?:路|街|道|巷|弄|胡同|里|村|屯|庄|苑|园|小区|花园|大厦|广场|公寓)"
    rf"(?:[东南西北中]段?|[0-9]期)?[ ]?[A-Z]?{_NUMBER}[ ]?"
    rf"(?:号|弄|栋|幢|座|楼|室|单元|组)|{_NUMBER}(?:号楼|栋|幢)[ ]?(?:{_NUMBER}单元)?[ ]?[0-9]{{3,4}}[室号]?"
)
_TAIL = re.compile(
    r"(?:[ ]?[\u4e00-\u9fffA-Za-z]{0,10}?[0-9A-Za-z一二三四五六七八九十]{1,6}"
    r"(?:号楼|号院|号|栋|幢|座|层|楼|室|单元|户|弄|组)){1,8}"
)
_RUN = re.compile(r"[\u4e00-\u9fff0-9A-Za-z（）() ·-]*\Z")
_WINDOW = 60
_PROVINCES = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
]
_PROVINCE = re.compile("|".join(_PROVINCES))
_DIVISION = re.compile(r"[\u4e00-\u9fff]{2,3}?(?:市|区|县|镇|乡|州|旗)")
_SAID = re.compile(
    r".*(?:地址|住址|住在|家住|居住|位于|送至|送到|寄往|寄到|寄至|派送|改为|变更为|[为是在到至往][ ]?)[ ]?", re.DOTALL
)
_ENGLISH = re.compile(
    r"(?=[0-9FRUA])"
    r"(?:\b(?:Flat|Room|Rm|Unit|Apt)\.? [0-9A-Z]{1,5}, (?:[0-9A-Z]{1,3}/F,? )?"
    r"(?:[A-Z][A-Za-z']{1,20} ){0,4}[A-Z]?[A-Za-z']{0,20},? )?"
    r"(?<![A-Za-z0-9.])[0-9]{1,5}[A-Za-z]?(?:-[0-9]{1,5})? (?:[NSEW]\.? )?"
    r"(?:(?:[A-Z][a-z'-]{1,20}|[0-9]{1,3}(?:st|nd|rd|th)) ){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|Close|Crescent)\b\.?"
    r"(?:,? (?:Apt|Unit|Suite|Ste|Flat|Room|Rm|Floor|Fl)\.? ?#?[0-9A-Za-z-]{1,6})?"
    r"(?:, [A-Z][a-z.'-]{1,20}(?: [A-Z][a-z.'-]{1,20}){0,3}){0,3}"
    r"(?:,? [A-Z]{2} [0-9]{5}(?:-[0-9]{4})?|,? [A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2})?"
)
_TRIGGER = re.compile(r"[0-9号弄栋幢座楼室单组](?:(?<=[^0-9])|[A-Za-z]? (?:[A-Z](?:[a-z.]| [A-Z])|[0-9]{1,3}[snrt]))")
_KEPT = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|特别行政区))?(?:[\u4e00-\u9fff]{2,8}?(?:市|州|盟))?(?:[\u4e00-\u9fff]{1,8}?(?:区|县|旗))?"
)


def find(text: str) -> Iterator[Span]:
    """Yield where addresses stand, from the province or city, where it is named, to the room."""
    done = 0
    if not text.isascii():
        for match in _HOUSE.finditer(text):
            if match.start() < done:
                continue
            start = max(done, _start(text, match.start()))
            tail = _TAIL.match(text, match.end())
            done = tail.end() if tail else match.end()
            yield start, done
    for match in _ENGLISH.finditer(text):
        yield match.span()


def canonical(value: str) -> str:
    """Return the address without spaces and commas, without regard to case."""
    return re.sub(r"[\s,，.]+", "", value).casefold()


def partial(value: str) -> str | None:
    """Keep the city and the district of a Chinese address, and what follows the last comma of another."""
    value = value.strip()
    kept = _KEPT.match(value)
    if kept and kept.group():
        return kept.group() + "****"
    rest = value.rpartition(", ")[2] if ", " in value else ""
    return f"****, {rest}" if rest and not re.search("[0-9]", rest) else None


def _start(text: str, house: int) -> int:
    """Return where the address of a house begins: at a province, at a division, or after what announces it."""
    low = max(0, house - _WINDOW)
    run = _RUN.search(text, low, house)
    begin = run.start() if run else house
    found = _PROVINCE.search(text, begin, house)
    if found:
        return found.start()
    said = _SAID.match(text, begin, house)
    begin = said.end() if said and said.end() < house else begin
    found = _DIVISION.search(text, begin, house)
    if found:
        return begin if found.start() - begin <= 3 else found.start()
    return max(begin, house - 12)


ADDRESS = Kind("address", find, canonical, partial, _TRIGGER, (_HOUSE, _ENGLISH))
