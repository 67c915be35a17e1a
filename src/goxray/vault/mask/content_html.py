"""HTML: texts, attributes and the data in scripts are masked; tags, styles and code stay, so that the page opens.

A cell of a table is masked as the field that its column's head names, or the cell before it, and so is what follows a
``dt`` or a text such as ``Name:``. What is split over several tags (``<b>138</b>00138000``) is not seen.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from goxray.vault.mask.cells import Cells
from goxray.vault.mask.masker import Masker
from goxray.vault.mask.rules import Rules
from goxray.vault.mask.sniff import LARGEST, broken, read_all
from goxray.vault.mask.stats import Stats

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*)(?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+>")
_ATTRIBUTE = re.compile(r"(=\s*)(\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+)")
_CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_JSON = re.compile(r"\btype\s*=\s*[\"']?(?:application/(?:[a-z.+-]*\+)?json|importmap)\b", re.IGNORECASE)
# What can hold a value in code: literals, which must stay what they are. In between are comments at most.
_LITERAL = re.compile(
    r"\"(?:[^\"\\\n]|\\.){0,65536}+\"|'(?:[^'\\\n]|\\.){0,65536}+'|`(?:[^`\\]|\\[\s\S]){0,65536}+`|\b[0-9]{7,}\b"
)
_POINTER = re.compile(r"0x[0-9a-f]{1,16}")
"""An address of memory, which reports of programs call just that: nobody lives there."""

_LABEL = re.compile(r"\s*([^\s:：][^:：]{0,63}?)\s*[:：]\s*")
_NO_PAGE = "leave out what nobody needs of the page, or keep its data as JSON lines"


@dataclass
class _Table:
    """A table that is open: the heads of its columns, the row's number of cells so far, and the cell before."""

    heads: list[str] = field(default_factory=list)
    cell: int = -1
    head_row: list[str] | None = None
    beside: str = ""
    kind: str = ""


def parts(file: BinaryIO, name: str, rules: Rules, key: bytes, stats: Stats) -> Iterator[bytes]:
    """Yield the page masked.

    Raises:
        UsageError: it is larger than is held in memory.
        GoxrayError: it is in another encoding, or data in a script are no JSON.
    """
    text = read_all(file, name, rules, _NO_PAGE)
    lines = text.count("\n") + (not text.endswith("\n"))
    page = _Page(
        name, rules, Masker(replace(rules, encodings=("utf-8",)), key, LARGEST), Masker(Rules((), (), rules.found), key)
    )
    page.count_with(stats)
    for part in page.masked(text):
        yield part.encode("utf-8", "backslashreplace")
    stats.lines, stats.json, stats.text = lines, 0, lines


class _Page:
    """Walks through a page once.

    ``code`` masks literals in scripts: no rule of a field counts there, for ``name=e`` is an assignment.
    """

    def __init__(self, name: str, rules: Rules, masker: Masker, code: Masker) -> None:
        self._name = name
        self._rules = rules
        self._masker = masker
        self._cells = Cells(masker)
        self._maskers = masker, code
        self._code = Cells(code)
        self._tables: list[_Table] = []
        self._label = ""
        self._term = False

    def count_with(self, stats: Stats) -> None:
        """Count there from now on."""
        for each in self._maskers:
            each.stats = stats

    def masked(self, text: str) -> Iterator[str]:
        """Yield the pieces of the page as they are masked."""
        at = 0
        while at < len(text):
            begin = text.find("<", at)
            begin = len(text) if begin < 0 else begin
            if begin > at:
                yield self._text(text[at:begin])
            if begin == len(text):
                return
            at, done = self._markup(text, begin)
            yield from done

    def _markup(self, text: str, at: int) -> tuple[int, list[str]]:
        """Return where the markup at ``at`` ends and what is written for it."""
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            end = len(text) if end < 0 else end
            return end, [text[at : at + 4] + self._cells.text(text[at + 4 : end]).replace("-->", "")]
        tag = _TAG.match(text, at)
        if tag is None:
            if text[at + 1 : at + 2] in ("!", "?"):
                end = text.find(">", at) + 1 or len(text)
                return end, [self._cells.text(text[at:end])]
            if re.match(r"/?[A-Za-z]", text[at + 1 : at + 3]):  # a tag that never ends: so does the page
                return len(text), [self._cells.text(text[at:])]
            return at + 1, ["<"]
        name = tag["name"].lower()
        written = self._tag(tag.group())
        if name not in _CLOSING or tag["end"]:
            self._structure(name, bool(tag["end"]))
            return tag.end(), [written]
        close = _CLOSING[name].search(text, tag.end())
        end = close.start() if close else len(text)
        inside = text[tag.end() : end]
        line = text.count("\n", 0, at) + 1
        return end, [written, self._data(inside, line) if _JSON.search(tag.group()) else self._literals(inside)]

    def _text(self, raw: str) -> str:
        plain = html.unescape(raw)
        if not plain.strip():
            return raw
        name = self._name_of(plain.strip())
        if name:
            body = plain.strip()
            done = plain.replace(body, self._cells.field(name, body), 1)
        else:
            done = self._cells.text(plain)
        self._note(plain)
        return raw if done == plain else html.escape(done, quote=False)

    def _name_of(self, text: str) -> str:
        """Return the name of the field that a text is by its place, if a rule knows it; a label is none."""
        if self._known(text.rstrip(":： ")) or _POINTER.fullmatch(text):
            return ""
        names = [self._label]
        table = self._tables[-1] if self._tables else None
        if table and table.kind == "td":
            names.append(table.beside)
            if 0 <= table.cell < len(table.heads):
                names.append(table.heads[table.cell])
        return next((name for name in names if self._known(name)), "")

    def _known(self, name: str) -> bool:
        return bool(name) and self._rules.named(name) is not None

    def _note(self, text: str) -> None:
        """Remember what this text is a label of."""
        label = _LABEL.fullmatch(text)
        name = text.strip().rstrip(":： ")
        self._label = name if label or self._term else ""
        table = self._tables[-1] if self._tables else None
        if table and table.kind == "th":
            table.beside = name
            if table.head_row is not None:
                table.head_row[-1:] = [name]

    def _structure(self, name: str, ends: bool) -> None:
        if name == "table":
            if not ends:
                self._tables.append(_Table())
            elif self._tables:
                self._tables.pop()
            self._label = ""
        elif name == "dt":
            self._term = not ends
        elif name in ("tr", "td", "th") and self._tables:
            self._cell(self._tables[-1], name, ends)

    def _cell(self, table: _Table, name: str, ends: bool) -> None:
        if name == "tr":
            if table.head_row and not table.heads:
                table.heads = table.head_row
            table.cell, table.beside, table.kind = -1, "", ""
            table.head_row = [] if not ends else None
        elif ends:
            table.kind = ""
        else:
            table.kind, table.cell = name, table.cell + 1
            if name == "td":
                table.head_row = None
            elif table.head_row is not None:
                table.head_row.append("")

    def _tag(self, tag: str) -> str:
        return self._code.text(_ATTRIBUTE.sub(self._attribute, tag))

    def _attribute(self, match: re.Match[str]) -> str:
        given = match[2]
        quoted = given[0] in "\"'"
        plain = html.unescape(given[1:-1] if quoted else given)
        done = self._cells.text(plain)
        return match.group() if done == plain else f'{match[1]}"{html.escape(done)}"'

    def _data(self, inside: str, line: int) -> str:
        """Mask JSON in a script by the rules of fields."""
        if not inside.strip():
            return inside
        done = self._masker.line(inside.strip().encode())
        if done is None:
            raise broken(self._name, f"the script in line {line:,}", "its data cannot be masked")
        return done.decode().replace("<", "\\u003c")

    def _literals(self, inside: str) -> str:
        out, done = [], 0
        for match in _LITERAL.finditer(inside):
            out += [self._code.text(inside[done : match.start()]), self._literal(match)]
            done = match.end()
        return "".join((*out, self._code.text(inside[done:])))

    def _literal(self, match: re.Match[str]) -> str:
        given = match.group()
        quote = given[0] if given[0] in "\"'`" else ""
        body = given[1:-1] if quote else given
        done = self._code.text(body)
        if done == body:
            return given
        done = re.sub(rf"(?<!\\){quote}", rf"\\{quote}", done) if quote else done
        done = done.replace("\n", "\\n" if quote != "`" else "\n").replace("</", "<\\/")
        return f"{quote}{done}{quote}" if quote else f'"{done}"'
