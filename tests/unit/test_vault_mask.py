"""Masking: tokens under a key, partial forms, and what each kind of personal data is. Expected values by hand."""

from __future__ import annotations

import re

import pytest

from goxray.core.errors import UsageError
from goxray.vault import sm3
from goxray.vault.mask import rules
from goxray.vault.mask.detect.bankcard import luhn
from goxray.vault.mask.detect.freetext import KINDS, find, suspect
from goxray.vault.mask.detect.idcard import check_digit
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.tokens import SHAPE, Tokens

KEY = bytes(range(32))
ALL = tuple(KINDS.values())


def found(text: str) -> list[tuple[str, str]]:
    return [(kind, text[start:end]) for start, end, kind, _ in find(text, ALL, lambda _: None)]


def test_a_token_by_its_definition() -> None:
    """96 bits of HMAC-SM3 under the key of the kind, each nibble a letter from a on."""
    inner = sm3.mac(sm3.mac(KEY, [b"goxray mask 1\0phone"]), [b"13800138000"])
    name = sm3.mac(KEY, [b"goxray mask 1\0"])

    def letters(mac: bytes) -> str:
        return "".join(chr(ord("a") + half) for byte in mac for half in divmod(byte, 16))

    expected = f"[phone/{letters(name[:4])}/{letters(inner[:12])}]"
    tokens = Tokens(KEY)
    assert tokens.token("phone", "13800138000") == expected
    assert tokens.token("phone", "13800138000") == expected
    assert SHAPE.fullmatch(expected)


def test_tokens_join_within_a_key_and_a_kind_only() -> None:
    one, other = Tokens(KEY), Tokens(KEY[::-1])
    assert one.token("phone", "1") != one.token("id", "1")
    assert one.token("phone", "1") != one.token("phone", "2")
    assert one.key_id != other.key_id
    assert one.token("phone", "1").split("/")[2] != other.token("phone", "1").split("/")[2]


def test_a_short_key_is_refused() -> None:
    with pytest.raises(UsageError, match="15 bytes"):
        Tokens(bytes(15))


def test_a_token_is_nobodys_data() -> None:
    tokens = Tokens(KEY)
    for number in range(3000):
        assert found(f"at {tokens.token('phone', str(number))} ok") == []


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("13800138000", "+86 138-0013-8000", "phone"),
        ("13800138000", "１３８００１３８０００", "phone"),
        ("4111111111111111", "4111 1111 1111 1111", "bankcard"),
        ("11010519491231002X", "11010519491231002x", "idcard"),
        ("Zhang@Example.com", "zhang%40example.com", "email"),
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "ip"),
    ],
)
def test_spellings_of_one_value_share_a_token(one: str, other: str, kind: str) -> None:
    masker = Masker(rules.default(), KEY)
    tokens = [SHAPE.findall(masker.text(f"saw {each}, done")) for each in (one, other)]
    assert len(tokens[0]) == 1
    assert tokens[0] == tokens[1]
    assert tokens[0][0].startswith(f"[{kind}/")


def test_check_digits_of_the_standards_examples() -> None:
    """11010519491231002X and 440524188001010014 are the examples of GB 11643; 79927398713 is that of Luhn."""
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"
    assert [luhn(f"7992739871{digit}") for digit in range(10)] == [digit == 3 for digit in range(10)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("call 13800138000 now", "phone", "13800138000"),
        ("tel13800138000", "phone", "13800138000"),
        ("拨打138 0013 8000。", "phone", "138 0013 8000"),
        ("8613800138000", "phone", "8613800138000"),
        ("HK +852 9123 4567", "phone", "+852 9123 4567"),
        ("macau 00853 6612 3456", "phone", "00853 6612 3456"),
        ("uk +44 20 7946 0958.", "phone", "+44 20 7946 0958"),
        ("fr +33 6 12 34 56 78", "phone", "+33 6 12 34 56 78"),
        ("us (415) 555-0100", "phone", "(415) 555-0100"),
        ("座机010-62345678转1", "phone", "010-62345678"),
        ("身份证11010519491231002X有效", "idcard", "11010519491231002X"),
        ("id 110105 19491231 002X", "idcard", "110105 19491231 002X"),
        ("身份证：110105491231002", "idcard", "110105491231002"),
        ("pay 4111-1111-1111-1111", "bankcard", "4111-1111-1111-1111"),
        ("amex 378282246310005", "bankcard", "378282246310005"),
        ("mail a.b+c@mail.example.co.uk!", "email", "a.b+c@mail.example.co.uk"),
        ("给 张三@example.com 发信", "email", "张三@example.com"),
        ("from 203.0.113.7:443", "ip", "203.0.113.7"),
        ("[2001:db8::8a2e:370:7334]:443", "ip", "2001:db8::8a2e:370:7334"),
        ("客户欧阳娜娜已签约", "name", "欧阳娜娜"),
        ("王小明先生来电", "name", "王小明"),
        ("买买提·吐尔逊 登录", "name", "买买提·吐尔逊"),
        ("Dear Mary O'Brien, hi", "name", "Mary O'Brien"),
        ("寄往上海市浦东新区世纪大道100号5楼，谢谢", "address", "上海市浦东新区世纪大道100号5楼"),
        ("at 221B Baker Street, London NW1 6XE", "address", "221B Baker Street, London NW1 6XE"),
    ],
)
def test_found(text: str, kind: str, value: str) -> None:
    assert suspect(text)
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "ts 1700000000000",
        "ns 1700000000000000000",
        "trace 4bf92f3577b34da13800138000e4736a",
        "11010519491231002 1",
        "110105194912310021",
        "990105194912310021",
        "pay 4111111111111112",
        "5555 not a number",
        "go get example.com/mod@v1.2.3",
        "git@github.com:owner/name.git",
        "127.0.0.1 and 0.0.0.0",
        "Chrome/120.0.6099.130",
        "version 1.2.3.4",
        "1.2.3.4.5",
        "at 10:00:00 aa:bb:cc:dd:ee:ff std::string",
        "用户登录高峰期，项目经理确认",
        "client Not Found",
        "0.13800138000",
        "北京市朝阳区",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", "+86 138-1234-5678", "+86 138-****-5678"),
        ("phone", "+852 9123 4567", "+852 91** **67"),
        ("phone", "12345", None),
        ("idcard", "11010519491231002X", "110***********002X"),
        ("bankcard", "6222 0212 3456 7890 128", "6222 02** **** ***0 128"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("email", "z@example.com", "***@example.com"),
        ("email", "nobody", None),
        ("ip", "203.0.113.7", "203.0.113.*"),
        ("ip", "2001:db8:0:1::9", "2001:db8:0:*"),
        ("name", "张三丰", "张**"),
        ("name", "欧阳娜娜", "欧阳**"),
        ("name", "John Smith", "J*** S***"),
        ("name", "张", None),
        ("address", "北京市朝阳区建国路88号", "北京市朝阳区****"),
        ("address", "1 Elm Road, London", "****, London"),
        ("address", "1 Elm Road", None),
    ],
)
def test_partial_forms(kind: str, value: str, shown: str | None) -> None:
    assert KINDS[kind].partial(value) == shown


def test_what_has_no_partial_form_becomes_a_token() -> None:
    given = rules.parse('format = 1\n[[field]]\nnames = ["tel"]\nkind = "phone"\naction = "partial"\n', "r")
    masker = Masker(given, KEY)
    assert masker.line(b'{"tel":"13812345678"}') == b'{"tel":"138****5678"}'
    assert re.fullmatch(rb'\{"tel":"\[phone/[a-p]{8}/[a-p]{24}\]"\}', masker.line(b'{"tel":"12345"}') or b"")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("phone=555", "555"),
        ('cut off {"name":"Zoe', "Zoe"),
        ("user.name = 'Zoe Q' ok", "Zoe Q"),
        ('msg="{\\"name\\":\\"Zoe\\"}"', "Zoe"),
        ("客户姓名：小明 手机：1", "小明"),
        ("name=\\u5f20\\u4e09", "5f20"),
        ("q=%E5%BC%A0&mail=zhang%40qq.com", "zhang"),
        ("138\u200b0013\u200b8000", "8000"),
        ("map[name:Zoe age:3]", "Zoe"),
        ("name=Zoe O'Brien, age=3", "Brien"),
        ('x "name": "Zoe \\"Q\\" Lee", "a": 1', "Lee"),
        ("INFO {'name': 'Zoe'}", "Zoe"),
        ("password=hunter2", "hunter2"),
    ],
)
def test_names_of_fields_count_in_free_text(text: str, secret: str) -> None:
    masker = Masker(rules.default(), KEY)
    assert secret in text
    assert secret not in masker.text(text)
    assert sum(masker.stats.masked.values()) >= 1


def test_a_text_without_anything_stays() -> None:
    masker = Masker(rules.default(), KEY)
    for text in ("", "served GET /v1 in 3ms", "订单创建成功", "filename=main.go", "a\\u0041b", "100%25"):
        assert masker.text(text) == text
    assert not masker.stats.masked
