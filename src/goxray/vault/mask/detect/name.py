"""Names of persons in text: beside a word that announces one, or before a title. A bare name is found by no pattern.

Fields that hold names are masked by rule. In free text, "张三转账成功" without a title or a word such as 客户 before it
goes unseen, and so does 客户高志磊 without a sign between: that reads like 客户高峰. The measured recall counts both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from goxray.vault.mask.detect.kind import Kind, Span

# Some 270 frequent surnames. A name with another one is found in a field only.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾傅肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪"
    "庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房"
    "滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁"
    "沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|独孤|南宫|夏侯|尉迟|皇甫|慕容|长孙|宇文|令狐|端木|公孙|轩辕|淳于|申屠"
# Surnames that begin common words (高峰, 方式, 关系, 管理): believed only where a sign stands between word and name.
_COMMON = frozenset("高方关管金安和成应全项单包明白左石向于段连路时申商查商解易任文师季阳车简游华农司万景席盛左边")
_FAMILY = rf"(?:{_DOUBLE}|[{_SURNAMES}])"
_HAN = r"\u4e00-\u9fff"
_AFTER = (
    r"(?=[^\u4e00-\u9fff]|$|"
    r"[在的于已正向从到给被将提申登完成请电手身通对和与并要来去是有把转支办签取失无未不账尾住发购预先女])"
)
_GIVEN = rf"(?:[{_HAN}]{{1,2}}?{_AFTER}|[{_HAN}]{{1,2}})"
_ANNOUNCED = re.compile(
    r"(?:姓名|名字|联系人|收件人|收货人|寄件人|付款人|收款人|持卡人|户名|客户|用户|申请人|投保人|被保险人|患者|员工|经办人|审批人"
    rf"|法人|负责人|本人|我叫)([：:=为是\s“\"'（(【\[]{{0,3}})({_FAMILY}{_GIVEN})"
)
_TITLED = re.compile(
    rf"({_FAMILY}[{_HAN}]{{0,2}}?)(?:先生|女士|小姐|经理|老师|医生|主任|总监|同学|师傅|太太|教授|阿姨|律师)"
)
_NOT_NAMED = frozenset(
    [
        "项目",
        "高级",
        "单位",
        "商务",
        "安全",
        "任课",
        "华东",
        "万能",
        "文化",
        "阳光",
        "包装",
        "成本",
        "连锁",
        "房产",
        "管理",
        "边检",
        "游客",
        "全科",
        "解说",
    ]
)
_POINTED = re.compile(rf"(?<![{_HAN}·])[{_HAN}]{{2,6}}·[{_HAN}]{{2,8}}(?:·[{_HAN}]{{2,8}})?")
_WORD = r"(?:[DO]['’]|Mc|Mac)?[A-Z][a-z]{1,20}(?:['’-][A-Z]?[a-z]{1,20})?"
_ENGLISH = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Dear)\b\.? ({_WORD}(?: [A-Z]\.)?(?: {_WORD}){{0,2}})"
    r"|\b(?i:customer|client|user|contact|recipient|payee|payer|cardholder|card holder|patient|employee|owner"
    r"|beneficiary|name|signed by|requested by|approved by)\b(?i: name| is)?[\"']?[ :=]{1,3}[\"']?"
    rf"({_WORD}(?: [A-Z]\.)? {_WORD}(?: {_WORD})?)"
)
_NOT_A_NAME = frozenset(
    [
        "Not",
        "No",
        "New",
        "Is",
        "Was",
        "Id",
        "Login",
        "Service",
        "Server",
        "Error",
        "Invalid",
        "Internal",
        "Access",
        "Account",
        "Data",
        "Timeout",
        "Request",
        "Response",
        "Api",
        "Customer",
        "Sir",
        "Madam",
        "All",
        "User",
        "Team",
        "Http",
        "Null",
        "None",
        "True",
        "False",
        "Unknown",
        "Bad",
        "Connection",
        "Session",
        "Token",
        "Auth",
        "Customers",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "The",
        "This",
        "Your",
        "Our",
        "Mobile",
        "Web",
        "Safari",
        "Chrome",
        "Windows",
    ]
)
_TRIGGER = re.compile(r"[A-Z\u4e00-\u9fff](?:(?<=[\u4e00-\u9fff])|[A-Za-z'’-]{0,21}\.? [A-Z]['’a-z])")
_CHINESE = re.compile(rf"[{_HAN}·]+")


def find(text: str) -> Iterator[Span]:
    """Yield where names stand that something announces."""
    if not text.isascii():
        yield from _chinese(text)
    for match in _ENGLISH.finditer(text):
        group = 1 if match.group(1) else 2
        if match.group(group).split(" ", 1)[0] not in _NOT_A_NAME and match.group(group).split()[-1] not in _NOT_A_NAME:
            yield match.span(group)


def canonical(value: str) -> str:
    """Return the name with single spaces, without regard to case."""
    return " ".join(value.split()).casefold()


def partial(value: str) -> str | None:
    """Keep the surname of a Chinese name (张**), and the first letter of each word of another (J*** S****)."""
    value = value.strip()
    if _CHINESE.fullmatch(value):
        kept = 2 if re.match(_DOUBLE, value) and len(value) > 2 else 1
        return None if len(value) < 2 else value[:kept] + "*" * (len(value) - kept)
    words = value.split()
    return " ".join(f"{word[0]}***" for word in words) if words and all(len(word) > 1 for word in words) else None


def _chinese(text: str) -> Iterator[Span]:
    for match in _ANNOUNCED.finditer(text):
        if match.group(1) or match.group(2)[0] not in _COMMON:
            yield match.span(2)
    for match in _TITLED.finditer(text):
        if text[match.start() : match.start() + 2] not in _NOT_NAMED:
            yield match.span(1)
    for match in _POINTED.finditer(text):
        yield match.span()


NAME = Kind("name", find, canonical, partial, _TRIGGER, (_ANNOUNCED, _TITLED, _POINTED, _ENGLISH), any_digit=True)
