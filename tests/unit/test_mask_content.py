"""Files masked by their kind: each stays what it was, and nothing that was planted is in it any more."""

from __future__ import annotations

import csv
import gzip
import html.parser
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import heap_samples
import pytest
import render_samples
import timeline_samples
from hypothesis import given, settings
from hypothesis import strategies as st

from goxray.core.errors import GoxrayError, UsageError
from goxray.core.vault_result import MaskCounts
from goxray.render import write
from goxray.render.options import RenderOptions
from goxray.vault.mask.choose import choose, default
from goxray.vault.mask.content import masked, of_stream
from goxray.vault.mask.sniff import LARGEST, form_of

KEY = bytes(range(32))
MOBILE, ID_CARD, CARD, MAIL = "13800138000", "110101190001010014", "4111111111111111", "nobody@example.com"
PLANTED = (MOBILE, ID_CARD, CARD, MAIL)


def run(data: bytes | str, name: str = "content", *, what: str = "all", **more: Any) -> tuple[str, str, MaskCounts]:
    raw = data.encode() if isinstance(data, str) else data
    content = of_stream(io.BytesIO(raw), name, choose([what]), KEY, **more)
    text = b"".join(content.parts()).decode()
    assert not [value for value in PLANTED if value in text]
    return text, content.form, content.counts


def shape(value: Any) -> Any:
    """A document without its texts and numbers: those may be masked, the rest must not change."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "leaf" if isinstance(value, str | int | float) and not isinstance(value, bool) else value


# ---- what is it?


@pytest.mark.parametrize(
    ("name", "head", "form"),
    [
        ("a.log", "{\n", "lines"),
        ("a", '{"a":1}\n{"a":2}\n', "lines"),
        ("a", '{"a":1}', "lines"),
        ("a", "2026-11-22 plain\n", "lines"),
        ("a", "[INFO] plain\n", "lines"),
        ("a", "[2026-11-22 10:00:00] plain\n", "lines"),
        ("a", '{"cut off": \n{"a":1}\n', "lines"),
        ("a", "", "lines"),
        ("a", '{\n  "a": 1\n}\n', "json"),
        ("a", '\ufeff[\n  {"a": 1}\n]\n', "json"),
        ("a", '{"a": {\n"b": 1}}\n', "json"),
        ("a.csv", "x\n", "csv"),
        ("a", "name,mobile,amount\n", "csv"),
        ("a", "name\tmobile\n", "csv"),
        ("a", "hello, world\n", "lines"),
        ("a", "<!DOCTYPE html><p>", "html"),
        ("a.htm", "<p>", "html"),
        ("a.md", "# x", "markdown"),
    ],
)
def test_the_kind_is_told_by_name_and_beginning(name: str, head: str, form: str) -> None:
    assert form_of(head.encode(), name, default().rules, whole=True) == form


@pytest.mark.parametrize(
    ("data", "said", "hint"),
    [
        (gzip.compress(b"x"), "compressed", "decompress"),
        (b"PAR1\0\0", "binary", "--mask"),
        (b"GOXSEAL\x01\0\0", "sealed bundle", "goxray vault open"),
        ("mobile".encode("utf-16"), "UTF-16", "iconv"),
    ],
)
def test_what_cannot_be_masked_is_refused_with_the_way_out(data: bytes, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        of_stream(io.BytesIO(data), "x", default(), KEY)
    assert said in str(caught.value) and hint in caught.value.hint


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def manifest(*members: str) -> bytes:
    return json.dumps({"schema": "goxray.snapshot/1", "tables": [{"member": each} for each in members]}).encode()


def test_a_snapshot_passes_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.gox"
    path.write_bytes(packed({"maps.parquet": b"PAR1", "manifest.json": manifest("maps.parquet")}))
    with masked(path, default(), KEY) as content:
        assert not content.masks and content.form == "snapshot"
        assert b"".join(content.parts()) == path.read_bytes()
        assert content.counts == MaskCounts(rules=(), key_id="")


@pytest.mark.parametrize(
    "members",
    [
        {"a.txt": MOBILE.encode()},
        {"manifest.json": b"{}"},
        {"manifest.json": b"[1]"},
        {"manifest.json": manifest(), "more.txt": MOBILE.encode()},
    ],
    ids=["text", "empty", "list", "more"],
)
def test_another_zip_file_is_refused_whatever_its_name(members: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match="packed data cannot be masked"):
        of_stream(io.BytesIO(packed(members)), "s.gox", default(), KEY)


def test_a_directory_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="cannot be read"), masked(path, default(), KEY):
            pass


# ---- logs


def test_a_log_is_masked_line_by_line_and_what_is_broken_is_left_out() -> None:
    text, form, counts = run(f'{{"mobile":"{MOBILE}"}}\nplain {ID_CARD}\n{{"mobile":"{MOBILE}\n')
    assert form == "lines" and counts.dropped == {"broken JSON": 1} and counts.lines == 3
    assert [line[:10] for line in text.splitlines()] == ['{"mobile":', "plain [idc"]


def test_a_log_comes_through_as_it_grows() -> None:
    class Growing(io.RawIOBase):
        """A pipe: each read gives a line, and the next one only when the one before was given out."""

        def __init__(self) -> None:
            self.read_so_far = 0

        def read1(self, _size: int) -> bytes:
            self.read_so_far += 1
            return b"line %d\n" % self.read_so_far if self.read_so_far < 4 else b""

    source = Growing()
    parts = of_stream(cast(BinaryIO, source), "pipe", default(), KEY).parts()
    for number in (1, 2, 3):
        assert next(parts) == b"line %d\n" % number
        assert source.read_so_far == number


def test_reads_of_any_size_give_the_same() -> None:
    data = b"".join(b'{"n":%d,"mobile":"13800138000"}\n' % n for n in range(200))
    whole = run(data)[0].encode()
    content = of_stream(io.BytesIO(data), "x", default(), KEY)
    pieces = []
    while piece := content.read(7):
        assert len(piece) <= 7
        pieces.append(piece)
    assert b"".join(pieces) == whole


# ---- JSON

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.sampled_from(PLANTED)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.just(int(MOBILE)),
    TEXTS, VALUES, VALUES.map(lambda value: f"see {value}, please"),
)  # fmt: skip
NAMES = st.sampled_from(["a", "b", "mobile", "customer", "text", "email", "名称", "list"])
DOCUMENTS = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below, max_size=4), max_leaves=20
).filter(lambda value: isinstance(value, dict | list))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.sampled_from([None, 1, 2, "\t"]))
def test_json_stays_json_of_the_same_shape(document: Any, indent: int | str | None) -> None:
    given_text = json.dumps(document, indent=indent, ensure_ascii=False)
    text, _, counts = run(given_text, form="json")
    assert shape(json.loads(text)) == shape(document)
    assert counts.json == 1 and not counts.dropped


def test_a_document_keeps_its_indent_and_is_masked_by_path() -> None:
    document = {"customer": {"ref": "A-77", "list": [1.5, {"ref": "B-88"}]}, "ref": "C-99"}
    for indent in (2, "\t"):
        text, form, _ = run(json.dumps(document, indent=indent) + "\n", what="customer.ref=id")
        assert form == "json" and text.startswith("{\n" + (indent if isinstance(indent, str) else " " * indent) + '"')
        made = json.loads(text)
        assert re.fullmatch(r"\[id/[a-p]{8}/[a-p]{24}\]", made["customer"]["ref"])
        assert made["ref"] == "C-99" and made["customer"]["list"] == [1.5, {"ref": "B-88"}]


GB = 'format = 1\nencodings = ["gb18030"]\n[[field]]\nnames = ["姓名"]\nkind = "name"\naction = "token"\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{\n "姓名": "王小明", "城市": "上海"\n}\n'),
        ("a.log", '{"姓名":"王小明","城市":"上海"}\n'),
        ("a.csv", "姓名,城市\n王小明,上海\n"),
        ("a.md", "| 姓名 | 城市 |\n|---|---|\n| 王小明 | 上海 |\n"),
        (
            "a.html",
            '<dl><dt>姓名</dt><dd>王小明</dd></dl>上海<script type="application/json">{"姓名":"王小明"}</script>',
        ),
    ],
)
def test_every_kind_is_read_in_the_encodings_of_the_rules(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "gb.toml").write_text(GB, "utf-8")
    content = of_stream(io.BytesIO(text.encode("gb18030")), name, choose([str(tmp_path / "gb.toml")]), KEY)
    done = b"".join(content.parts()).decode()
    assert "王小明" not in done and "[name/" in done and "上海" in done and not content.counts.dropped


def test_an_error_of_the_reader_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x\n")
    with pytest.raises(FileNotFoundError), masked(tmp_path / "a.log", default(), KEY):
        (tmp_path / "absent").read_bytes()


def test_several_documents_stay_several() -> None:
    text, form, counts = run(f'{{\n "a": 1\n}}\n{{\n "mobile": "{MOBILE}"\n}}\n')
    assert form == "json" and counts.json == 2
    assert text.startswith('{\n "a": 1\n}\n{\n "mobile": "[phone/') and text.endswith("}\n")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ('{\n "a": 1,\n "mobile": 13800138000 x\n}\n', "line 3"),
        ('{\n "a": 1\n}\n{\n "mobile": "138', "line 5"),
        ('{\n "a": ' + "[" * 70 + "]" * 70 + "\n}\n", "line 1"),
        (b'{\n "a": "\xff"\n}\n', "byte 9"),
    ],
)
def test_a_broken_document_is_refused_where_it_breaks(data: str | bytes, where: str) -> None:
    with pytest.raises(GoxrayError, match=where) as caught:
        run(data)
    assert caught.value.hint


def test_a_document_too_large_to_be_held_is_refused() -> None:
    with pytest.raises(UsageError, match="64 MiB") as caught:
        run(b"[\n" + b" " * LARGEST)
    assert "jq -c" in caught.value.hint


# ---- CSV


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10), st.sampled_from(PLANTED), st.just('a "b", c')
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from([",", "\t", ";"]))
def test_csv_stays_csv_of_the_same_shape(rows: list[list[str]], sign: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=sign).writerows([["city", "mobile", "text"], *rows])
    text, form, counts = run(out.getvalue(), "a.csv")
    made = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    assert form == "csv" and made[0] == ["city", "mobile", "text"]
    assert [len(row) for row in made[1:]] == [3 for _ in rows] and counts.lines == len(rows)
    assert all(not row[1] or row[1].startswith("[phone/") for row in made[1:])


def test_a_column_is_a_field_and_a_dropped_one_stays_empty() -> None:
    text, _, _ = run("\ufeff姓名,password,n\r\n张三,hunter2,1\r\n李四,x,2\r\n", "a.csv")
    assert text.startswith("\ufeff姓名,password,n\r\n[name/")
    assert [row.split(",")[1:] for row in text.split("\r\n")[1:3]] == [["", "1"], ["", "2"]]


def test_columns_of_one_name_and_rows_of_any_length() -> None:
    text, _, _ = run(f"mobile,mobile,n\n{MOBILE},{MOBILE},1\n{MOBILE}\n{MOBILE},x,2,{MAIL},rest\n\n", "a.csv")
    rows = [line.split(",") for line in text.splitlines()]
    assert [len(row) for row in rows] == [3, 3, 1, 5, 1]
    assert rows[1][0] == rows[1][1] == rows[2][0] == rows[3][0] and rows[1][2] == "1"
    assert rows[3][2] == "2" and rows[3][3].startswith("[email/") and rows[3][4] == "rest"


@pytest.mark.parametrize("first", [f"张三,{MOBILE}", "name,42", f"x,{MAIL}"])
def test_a_first_row_with_data_is_refused(first: str) -> None:
    with pytest.raises(UsageError, match="must name its columns"):
        run(f"{first}\n", "a.csv")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('name,n\n"a"b,1\n', "line 2: broken CSV"),
        ("name,n\n" + "x" * (1 << 21), "longer than"),
        (b"name,n\n\xff,1\n", "not utf-8"),
    ],
)
def test_broken_csv_is_refused(data: str | bytes, said: str) -> None:
    with pytest.raises(GoxrayError, match=said):
        run(data, "a.csv")


# ---- Markdown


def test_markdown_columns_are_fields_and_text_is_masked() -> None:
    given_text = (
        f"# Call {MOBILE}\n\n| 姓名 | note \\| more | n |\n|---|:-:|--:|\n| 张三 | {MAIL} \\| x | 1 |\n\n张三 | stays\n"
    )
    text, form, _ = run(given_text, "a.md")
    lines, before = text.splitlines(), given_text.splitlines()
    assert form == "markdown" and len(lines) == len(before) and lines[2:4] == before[2:4]
    assert lines[4].startswith("| [name/") and lines[4].endswith(" \\| x | 1 |")
    assert lines[6] == "张三 | stays"  # no table: a bare name is found by no pattern


# ---- HTML


class Seen(html.parser.HTMLParser):
    """What a browser sees of a page: tags and attributes in order, and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


PAGE = f"""<!DOCTYPE html><html lang="zh"><head><title>Report &amp; more {MOBILE}</title>
<style>.a {{ width: 13800138px }}</style></head><body data-note='about "{MAIL}"'>
<!-- left by {MAIL} --><p title={MOBILE}>1 &lt; 2, ask {MAIL} &copy;</p>
<table><thead><tr><th>n</th><th>姓名</th></tr></thead><tbody><tr><td>1</td><td>张三</td></tr></tbody></table>
<table><tr><th>Name</th><td>Bob Smith</td></tr></table>
<dl><dt>Customer</dt><dd>Eve Jones</dd><dt>n</dt><dd>kept</dd></dl><b>Name:</b> <i>Al &amp; Co</i>
<script type="application/json" id="d">{{"mobile":"{MOBILE}","markup":"</b>","n":[1,2]}}</script>
<script>const name=e, phone="{MOBILE}", number={MOBILE}, other='it\\'s {MAIL}', mail=`${{x}} {MAIL}`;</script>
</body></html>
"""


def test_a_page_keeps_its_tags_and_loses_its_persons() -> None:
    text, form, _ = run(PAGE, "a.html")
    before, after = Seen(PAGE), Seen(text)
    assert form == "html" and after.tags == before.tags
    assert not any(name in text for name in ("张三", "Bob Smith", "Eve Jones", "Al &amp; Co"))
    assert "<dd>kept</dd>" in text and "<td>1</td>" in text and "1 &lt; 2, ask [email/" in text
    assert "width: 13800138px" in text and "const name=e," in text


def test_data_in_a_script_stay_data() -> None:
    found = re.search(r'<script type="application/json" id="d">(.*?)</script>', run(PAGE, "a.html")[0], re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["mobile"].startswith("[phone/") and data["markup"] == "</b>" and data["n"] == [1, 2]


def test_literals_in_code_stay_literals() -> None:
    found = re.search(r"<script>const (.*);</script>", run(PAGE, "a.html")[0])
    assert found is not None
    token = r"\[(?:phone|email)/[a-p]{8}/[a-p]{24}\]"
    shape_of = rf"""name=e, phone="{token}", number="{token}", other='it\\'s {token}', mail=`\$\{{x\}} {token}`"""
    assert re.fullmatch(shape_of, found[1])


@pytest.mark.parametrize(
    "page", ["<p", "<!-- x", "<script>x", "<p title='", "a < b <c>", "<table><td></table></td>", "<>"]
)
def test_a_broken_page_is_masked_all_the_same(page: str) -> None:
    for text in (f"{page} {MOBILE} <b>{MAIL}</b>", f"<i>{MAIL}</i>{page}{MOBILE}"):
        run(text, "a.html")


MARKUP = ("<p>", "</p>", "<!--", "-->", "<script>", "</script>", "<td>", "<tr>", "<table>", "<th>", "</dt>", "<a b=")
SIGNS = ('"', "'", ">", " ", "&lt;", "`", "\\")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*PLANTED, *MARKUP, *SIGNS]), max_size=12))
def test_no_order_of_pieces_lets_a_value_through(pieces: list[str]) -> None:
    run("<html>" + " ".join(pieces), "a.html")


@pytest.mark.parametrize("command", ["maps", "heap", "timeline"])
def test_pages_of_goxray_still_open(command: str) -> None:
    out = io.BytesIO()
    result = {"maps": render_samples.single, "heap": heap_samples.heap, "timeline": timeline_samples.two}[command]()
    write(result, "html", out, RenderOptions(), command)
    before = out.getvalue().decode()
    after = run(before, "report.html")[0]
    scripts = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
    assert Seen(after).tags == Seen(before).tags
    # The page's policy holds the digests of its code: a byte of it changed, and no browser runs it.
    assert scripts.findall(after) == scripts.findall(before) != []
    assert [json.loads(data) for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', after)] or (
        command == "heap"
    )
    assert re.findall("0xc0[0-9a-f]+", after) == re.findall("0xc0[0-9a-f]+", before)


def test_data_that_are_no_json_are_refused() -> None:
    with pytest.raises(GoxrayError, match="script in line 2"):
        run('<html>\n<script type="application/json">{"a": </script>', "a.html")
