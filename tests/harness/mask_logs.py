"""Made logs with labels: which values in them are somebody's data, and which only look like it. Chinese and English.

What is personal is made by the standards' own rules here (check digits written out once more), not by the code under
test. Names that nothing announces are in it as well: no pattern finds them, and the measured recall says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂红玉梅建国华志文子涵雨欣浩宇梓萱晨曦嘉怡"
FIRST = ("James", "Mary", "Robert", "Linda", "Michael", "Susan", "David", "Karen", "Peter", "Emma", "Noah", "Sophie")
LAST = ("Smith", "Johnson", "Williams", "Brown", "Taylor", "Davies", "Wilson", "Evans", "Thomas", "Walker", "O'Brien")
PLACES: tuple[tuple[str, str, str], ...] = (
    ("北京市", "朝阳区", "建国路"),
    ("上海市", "浦东新区", "世纪大道"),
    ("广东省深圳市", "南山区", "科技园路"),
    ("浙江省杭州市", "西湖区", "文三路"),
    ("四川省成都市", "武侯区", "人民南路"),
    ("", "海淀区", "中关村大街"),
)
STREETS = ("Baker Street", "Oxford Road", "Elm Avenue", "King's Road", "Maple Lane", "Sunset Boulevard", "Park Place")
CITIES = ("London", "New York", "Manchester", "San Francisco")


@dataclass(frozen=True)
class Line:
    """A line of a log; ``personal`` are (kind, value as it stands there), ``harmless`` values that must stay."""

    text: str
    personal: tuple[tuple[str, str], ...]
    harmless: tuple[str, ...]


def luhn(first: str) -> str:
    """Append Luhn's check digit: doubled from the right, digits of products added."""
    total = 0
    for at, digit in enumerate(reversed(first)):
        total += sum(map(int, str(int(digit) * 2))) if at % 2 == 0 else int(digit)
    return first + str(-total % 10)


def identity(first: str) -> str:
    """Append the check digit of GB 11643: weights are the powers of two modulo 11."""
    total = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(first))
    return first + "0123456789X"[(12 - total) % 11]


def phone(r: Random) -> str:
    """Make a telephone number in one of its spellings."""
    tail = f"{r.randrange(10**8):08}"
    mobile = f"1{r.choice('3456789')}{r.randrange(10)}"
    spelled = (
        f"{mobile}{tail}",
        f"{mobile}-{tail[:4]}-{tail[4:]}",
        f"{mobile} {tail[:4]} {tail[4:]}",
        f"+86 {mobile}{tail}",
        f"+852 {r.choice('569')}{tail[:3]} {tail[4:]}",
        f"+44 20 7{tail[:3]} {tail[4:]}",
        f"+1 415 555 {tail[:4]}",
        f"010-6{tail[:7]}",
    )
    return r.choice((spelled[0], spelled[0], spelled[0], *spelled))


def idcard(r: Random) -> str:
    """Make an identity card's number."""
    region = r.choice(("110101", "310115", "440305", "510107", "330106", "650102"))
    born = f"{r.randrange(1940, 2015)}{r.randrange(1, 13):02}{r.randrange(1, 29):02}"
    return identity(f"{region}{born}{r.randrange(1000):03}")


def bankcard(r: Random) -> str:
    """Make a card's number, sometimes in groups of four."""
    head, length = r.choice((("622202", 19), ("621700", 19), ("625965", 16), ("4", 16), ("52", 16), ("37", 15)))
    number = luhn(head + "".join(r.choice("0123456789") for _ in range(length - len(head) - 1)))
    if length == 16 and r.random() < 0.4:
        return " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def email(r: Random) -> str:
    """Make an e-mail address."""
    name = r.choice(
        (r.choice(FIRST).lower(), f"{r.choice(FIRST)}.{r.choice(LAST).replace(chr(39), '')}", "wang_wei-88")
    )
    return f"{name}{r.randrange(1000)}@{r.choice(('qq.com', '163.com', 'example.co.uk', 'mail.bank.com.cn'))}"


def address_of_ip(r: Random) -> str:
    """Make an address of IP, a third of them version 6."""
    if r.random() < 0.33:
        return f"2001:db8:{r.randrange(1, 0xFFFF):x}::{r.randrange(1, 0xFFFF):x}"
    return f"{r.choice((10, 172, 203, 114))}.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(1, 255)}"


def chinese_name(r: Random) -> str:
    """Make a name of two or three characters."""
    return r.choice(SURNAMES) + "".join(r.choice(GIVEN) for _ in range(r.choice((1, 2, 2))))


def english_name(r: Random) -> str:
    """Make a first and a last name."""
    return f"{r.choice(FIRST)} {r.choice(LAST)}"


def chinese_address(r: Random) -> str:
    """Make an address down to the room."""
    city, district, street = r.choice(PLACES)
    flat = f"{r.randrange(1, 30)}号楼{r.randrange(1, 9)}单元{r.randrange(101, 2000)}室"
    room = r.choice(("", flat, f"{r.randrange(1, 40)}层"))
    return f"{city}{district}{street}{r.randrange(1, 900)}号{room}"


def english_address(r: Random) -> str:
    """Make a number, a street and perhaps a city."""
    return f"{r.randrange(1, 999)} {r.choice(STREETS)}" + r.choice(("", f", {r.choice(CITIES)}"))


MAKERS: dict[str, Callable[[Random], str]] = {
    "phone": phone,
    "idcard": idcard,
    "bankcard": bankcard,
    "email": email,
    "ip": address_of_ip,
}
CHINESE = {
    "phone": ("用户手机号{}已验证", "向{}发送短信成功", "来电 {}，已接听", "短信发送失败：{}（余额不足）"),
    "idcard": ("实名认证通过 身份证{}", "证件号：{}，有效", "校验{}失败"),
    "bankcard": ("卡号{}扣款成功", "绑定银行卡 {} 完成", "向{}转账100.00元"),
    "email": ("邮件已发送至{}", "邮箱:{}，注册成功"),
    "ip": ("客户端{}断开连接", "登录IP={} 地区=北京"),
    "name": ("客户{}已签约", "收件人：{}，已发货", "{}先生来电投诉", "姓名={} 状态=正常", "审核员驳回了{}的申请"),
    "address": ("配送地址：{}，请尽快", "订单寄往{}。", "住在{}", "上门取件 {} 已预约"),
}
ENGLISH = {
    "phone": ("sms to {} delivered", "phone={} verified", "caller {} hung up", "call from {}, 3s"),
    "idcard": ("kyc ok for {}", "id_no={} accepted"),
    "bankcard": ("charged card {} ok", "card_no={} declined", "refund to {}."),
    "email": ("mail sent to {}", "email={} bounced", "reset link for <{}>"),
    "ip": ("connection from {} closed", "client={} status=200", "dial tcp [{}]: timeout"),
    "name": (
        "Dear {}, welcome",
        "name={} role=admin",
        "payee: {}",
        "approved by {}",
        "{} declined",
        "parcel for {} lost",
    ),
    "address": ("ship to {}", "address={}; zone=4", "courier sent to {}."),
}
HARMLESS: tuple[Callable[[Random], str], ...] = (
    lambda r: f"{r.getrandbits(128):032x}",
    lambda r: f"17{r.randrange(10**11):011}",  # milliseconds since 1970
    lambda r: f"2026{r.randrange(1, 13):02}{r.randrange(1, 29):02}{r.randrange(10**10):010}",  # a serial number by day
    lambda r: f"v{r.randrange(9)}.{r.randrange(99)}.{r.randrange(99)}",
    lambda r: f"2026-11-{r.randrange(1, 29):02}T{r.randrange(24):02}:12:{r.randrange(60):02}.{r.randrange(1000):03}Z",
    lambda r: f"{r.randrange(10**6)}.{r.randrange(100):02}",
    lambda r: f"7{r.randrange(10**17):017}",  # a snowflake id
    lambda r: f"0x{r.getrandbits(48):x}",
    lambda r: "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}".format(*map(r.getrandbits, (32, 16, 12, 12, 48))),
    lambda r: "127.0.0.1",
    lambda r: f"Chrome/{r.randrange(90, 130)}.0.{r.randrange(9999)}.{r.randrange(200)}",
    lambda r: "github.com/user/mod@v1.2.3",
)
CHINESE_CALM = (
    "订单{}创建成功|批次 {} 处理完毕，用户登录高峰期|流水号{}，客户端超时"  #
    "|版本{}已发布，项目经理确认|请求 {} 重试3次|金额{}元"
)
ENGLISH_CALM = (
    "order {} created|request {} done|took {} ms, Not Found|build {} for Linux Mint|user agent {}|GET /v1/items/{}"
)


def free_text(r: Random, chinese: bool) -> Line:
    """Make a line of free text: two of three hold one value of somebody's."""
    if r.random() < 1 / 3:
        plain = r.choice(HARMLESS)(r)
        text = r.choice((CHINESE_CALM if chinese else ENGLISH_CALM).split("|")).format(plain)
        return Line(text, (), (text,))
    says = CHINESE if chinese else ENGLISH
    kind = r.choice(tuple(says))
    if kind == "name":
        value = chinese_name(r) if chinese else english_name(r)
    elif kind == "address":
        value = chinese_address(r) if chinese else english_address(r)
    else:
        value = MAKERS[kind](r)
    plain = r.choice(HARMLESS[:6])(r)
    return Line(f"{r.choice(says[kind]).format(value)} #{plain}", ((kind, value),), (plain,))


def record(r: Random, chinese: bool) -> Line:
    """Make a line of JSON: fields that rules name, fields that none names, a message."""
    inner = free_text(r, chinese)
    name = chinese_name(r) if chinese else english_name(r)
    made = {kind: make(r) for kind, make in MAKERS.items()}
    plain = [make(r) for make in HARMLESS[:4]]
    value = {
        "ts": "2026-11-22T10:00:00.123Z",
        "trace": plain[0],
        "at_ms": int(plain[1]),
        "serial": plain[2],
        "user": {"name": name, "phone": made["phone"], "ids": [made["idcard"]]},
        "pay": {"card": made["bankcard"], "to": made["email"]},
        "peer": made["ip"],
        "msg": inner.text,
        "build": plain[3],
    }
    text = json.dumps(value, ensure_ascii=r.random() < 0.5)
    return Line(text, (("name", name), *made.items(), *inner.personal), (*plain, *inner.harmless))


def lines(seed: int, count: int, chinese: bool) -> Iterator[Line]:
    """Yield a log: half of its lines free text, half JSON."""
    r = Random(seed)
    for at in range(count):
        yield record(r, chinese) if at % 2 else free_text(r, chinese)
