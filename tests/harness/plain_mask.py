"""Masks one line the plain way: no shapes, no plans, nothing kept, the standard library's JSON. Masker equals it."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import unquote

from goxray.vault.mask.detect.freetext import KINDS, Found, Label, apart, labelled, suspect
from goxray.vault.mask.numbers import Real, real
from goxray.vault.mask.rules import Field, Rules
from goxray.vault.mask.tokens import Tokens

WIDE = dict(zip("０１２３４５６７８９＠．－‐‑–—＋＝Ｘｘ\u3000\u00a0", "0123456789@.-----+=Xx  ", strict=True))
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
JSON = re.compile(r"[{\[]\s*[\"{\[]")
DEEPEST = 64


class Dropped(Exception):
    """The line cannot be masked; why."""


class Plain:
    """One line, masked; ``masked`` counts by kind."""

    def __init__(self, rules: Rules, key: bytes) -> None:
        self.rules = rules
        self.tokens = Tokens(key)
        self.masked: Counter[str] = Counter()
        self.repeated = 0
        self.reader = json.JSONDecoder(object_pairs_hook=self.pairs, parse_float=real)

    def line(self, line: bytes) -> bytes:
        """Return what is written for a line in UTF-8."""
        text = line.decode()
        start = text.lstrip(" \t\r\ufeff")
        if start[:1] in ("{", "[", '"'):
            try:
                value = self.reader.decode(start)
            except RecursionError:
                raise Dropped("nested too deeply") from None
            except ValueError:
                if JSON.match(start):
                    raise Dropped("broken JSON") from None
            else:
                made = self.value(value, (), None, 0)
                end = line[len(line.rstrip(b"\r")) :]
                try:
                    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode() + end
                except UnicodeEncodeError:
                    return json.dumps(made, separators=(",", ":")).encode() + end
        done = self.text(text, 0)
        body, end_ = (done[:-1], "\r") if done.endswith("\r") else (done, "")
        return (body.replace("\n", "\\n").replace("\r", "\\r") + end_).encode("utf-8", "backslashreplace")

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        self.repeated += len(dict(pairs)) != len(pairs)
        return dict(pairs)

    def value(self, value: object, path: tuple[str, ...], rule: Field | None, depth: int) -> object:
        detect = rule is None or rule.action == "detect"
        if isinstance(value, str):
            return self.text(value, depth) if rule is None or detect else self.field(value, rule)
        if isinstance(value, dict | list) and depth >= DEEPEST:
            raise Dropped("nested too deeply")
        if isinstance(value, list):
            return [self.value(each, path, rule, depth + 1) for each in value]
        if isinstance(value, dict):
            return self.members(value, path, rule, depth + 1)
        if value is None or isinstance(value, bool):
            return value
        assert isinstance(value, int | float)
        digits = value.written if isinstance(value, Real) else str(value)
        number = float(value) if isinstance(value, Real) else value
        if rule is not None and not detect:
            return number if rule.action == "keep" else self.field(digits, rule)
        if -10_000_000 < value < 10_000_000:
            return number
        masked = self.text(digits, depth)
        return number if masked == digits else masked

    def members(self, value: dict[str, object], path: tuple[str, ...], above: Field | None, depth: int) -> object:
        made: dict[str, object] = {}
        for key, each in value.items():
            rule = self.rule((*path, key)) or above
            if rule is not None and rule.action == "drop":
                self.masked[rule.kind] += 1
                continue
            name, number = (shown := self.text(key, 0)), 2
            while name in made:
                name, number = f"{shown}#{number}", number + 1
            made[name] = self.value(each, (*path, key), rule, depth)
        return made

    def rule(self, path: tuple[str, ...]) -> Field | None:
        for parts, rule in self.rules.paths:
            if len(parts) == len(path) and all(part in ("*", key) for part, key in zip(parts, path, strict=True)):
                return rule
        return self.rules.named(path[-1])

    def field(self, value: str, rule: Field) -> str:
        if rule.action == "keep" or not value:
            return value
        self.masked[rule.kind] += 1
        return self.hidden(value, rule.kind, rule.action)

    def hidden(self, value: str, kind: str, action: str) -> str:
        if action == "drop":
            return f"[{kind}]"
        if kind not in KINDS:
            return self.tokens.token(kind, value)
        if not value.isascii():
            value = self.wide(UNSEEN.sub("", value))
        shown = KINDS[kind].partial(value) if action == "partial" else None
        return shown if shown not in (None, value) else self.tokens.token(kind, KINDS[kind].canonical(value))

    def text(self, text: str, depth: int) -> str:
        if not suspect(text):
            return text
        text = UNSEEN.sub("", text)
        at = JSON.search(text)
        if at:
            try:
                value, end = self.reader.raw_decode(text, at.start())
            except RecursionError:
                raise Dropped("nested too deeply") from None
            except ValueError:
                if depth >= DEEPEST:
                    raise Dropped("nested too deeply") from None
            else:
                inner = json.dumps(self.value(value, (), None, depth + 1), ensure_ascii=False, separators=(",", ":"))
                return self.text(text[: at.start()], depth + 1) + inner + self.text(text[end:], depth + 1)
        for other in (escapes(text), unquote(text, errors="replace")):
            if other != text and self.spans(other):
                return self.written(other)
        return self.written(text)

    def wide(self, text: str) -> str:
        return "".join(WIDE.get(char, char) for char in text)

    def spans(self, text: str) -> list[Found]:
        plain = self.wide(text)
        found = labelled(plain, self.label)
        for name, kind in KINDS.items():
            if self.rules.found[name] != "keep":
                found += [(start, end, name, "") for start, end in kind.find(plain)]
        return apart(found) if found else []

    def written(self, text: str) -> str:
        out, done = "", 0
        for start, end, kind, action in self.spans(text):
            out += text[done:start] + self.hidden(text[start:end], kind, action or self.rules.found[kind])
            self.masked[kind] += 1
            done = end
        return out + text[done:]

    def label(self, name: str) -> Label | None:
        rule = self.rules.named(name)
        return None if rule is None or rule.action in ("keep", "detect") else (rule.kind, rule.action)


def escapes(text: str) -> str:
    if "\\u" not in text:
        return text
    units = re.sub(r"\\u[0-9A-Fa-f]{4}", lambda match: chr(int(match.group()[2:], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
