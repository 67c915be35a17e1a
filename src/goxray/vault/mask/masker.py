"""Masks texts and lines of a log: fields by rule, everything else by detectors.

A line that cannot be masked is dropped and counted. It is never passed through.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from goxray.vault.mask.detect import freetext
from goxray.vault.mask.detect.freetext import KINDS, Label
from goxray.vault.mask.numbers import Real, real
from goxray.vault.mask.rules import Field, Rules
from goxray.vault.mask.stats import Stats
from goxray.vault.mask.tokens import Tokens
from goxray.vault.mask.walking import Paths, State

MAX_LINE = 1 << 20
MAX_DEPTH = 64
_LEAVES = frozenset((str, float, bool, type(None)))
"""Types of values that no rule of a field is needed for: ``real`` gives a large number another type."""
_KEPT, _KEPT_LENGTH = 1 << 10, 256
_SMALL = 10_000_000
_OBJECT = re.compile(r"[{\[]\s*[\"{\[]")
_ESCAPED = re.compile(r"\\u[0-9A-Fa-f]{4}")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r"})
# The wide and typographic forms of the characters that numbers and addresses are made of: one for one.
_WIDE = str.maketrans("０１２３４５６７８９＠．－‐‑–—＋＝Ｘｘ\u3000\u00a0", "0123456789@.-----+=Xx  ")


class _Unmaskable(Exception):
    """A line is to be dropped; the text is the reason under which it is counted."""


class Masker:
    """Masks by rules and under a key. Not for several threads at once: it keeps what it saw lately.

    ``stats`` counts what was done so far.
    """

    def __init__(self, rules: Rules, key: bytes, max_line: int = MAX_LINE) -> None:
        self.stats = Stats()
        self.tokens = Tokens(key)
        self._rules = rules
        self._paths = Paths(rules, self.text)
        self._kinds = tuple(kind for name, kind in KINDS.items() if rules.found[name] != "keep")
        self._max_line = max_line
        self._texts: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._labels: dict[str, Label | None] = {}
        self._reader = json.JSONDecoder(object_pairs_hook=self._object, parse_float=real)
        self._writer = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
        self._ascii = json.JSONEncoder(check_circular=False, separators=(",", ":"))

    def line(self, line: bytes) -> bytes | None:
        """Mask one line without its end; None where it cannot be masked and was dropped.

        JSON is written anew in UTF-8 without spaces; any other line is free text.
        """
        self.stats.lines += 1
        try:
            return self._line(line)
        except _Unmaskable as why:
            reason = str(why)
        except RecursionError:
            reason = "nested too deeply"
        except Exception:  # A line that meets a defect is lost and counted: it must neither pass nor end the stream.
            reason = "error"
        self.stats.dropped[reason] += 1
        return None

    def text(self, text: str) -> str:
        """Mask what detectors find in a text, such as a map's key."""
        return self._text(text, 0)

    def _line(self, line: bytes) -> bytes:
        if len(line) > self._max_line:
            raise _Unmaskable("too long")
        text = self._decoded(line)
        start = text.lstrip(" \t\r\ufeff")
        if start[:1] in ("{", "[", '"'):
            try:
                value = self._reader.decode(start)
            except RecursionError:
                raise
            except ValueError:
                if _OBJECT.match(start):  # without its structure no rule of a field can be kept
                    raise _Unmaskable("broken JSON") from None
            else:
                return self._written(self._value(value, self._paths.root, None, 0)) + line[len(line.rstrip(b"\r")) :]
        masked = self._text(text, 0)
        self.stats.text += 1
        body, end = (masked[:-1], "\r") if masked.endswith("\r") else (masked, "")
        return (body.translate(_BREAKS) + end).encode("utf-8", "backslashreplace")

    def _decoded(self, line: bytes) -> str:
        for encoding in self._rules.encodings:
            try:
                return line.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise _Unmaskable("unknown encoding")

    def _written(self, value: object) -> bytes:
        self.stats.json += 1
        try:
            return self._writer.encode(value).encode()
        except UnicodeEncodeError:  # a lone surrogate, which only an escape can write
            return self._ascii.encode(value).encode()

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.stats.repeated += 1
        return made

    def _value(self, value: object, state: State, field: Field | None, depth: int) -> object:
        kind = type(value)
        if kind is str:
            if field is not None and field.action != "detect":
                return self._field(str(value), field)
            return self._text(str(value), depth)
        if isinstance(value, dict):
            return self._dict(value, state, field, depth + 1)
        if isinstance(value, list):
            _deeper(depth + 1)
            return [self._value(each, state, field, depth + 1) for each in value]
        if value is None or kind is bool:
            return value
        return self._number(value, field, depth) if isinstance(value, int | float) else None

    def _dict(self, given: Mapping[str, object], state: State, above: Field | None, depth: int) -> dict[str, object]:
        _deeper(depth)
        made: dict[str, object] = {}
        for key, value in given.items():
            step = state.known.get(key) or self._paths.step(state, key)
            field = step.field or above
            if field is not None and field.action == "drop":
                self.stats.masked[field.kind] += 1
                continue
            name = step.name
            if name in made:
                name = _other(name, made)
            kind = type(value)
            if field is None and kind in _LEAVES:  # the short way for most values of most logs
                made[name] = self._text(str(value), depth) if kind is str else value
            else:
                made[name] = self._value(value, step.below, field, depth)
        return made

    def _number(self, value: int | float, field: Field | None, depth: int) -> object:
        found = field is None or field.action == "detect"
        if found and not isinstance(value, Real) and (isinstance(value, float) or -_SMALL < value < _SMALL):
            return value
        written = value.written if isinstance(value, Real) else str(value)
        if field is not None and not found:
            return value if field.action == "keep" else self._field(written, field)
        masked = self._text(written, depth)
        if masked != written:
            return masked
        return float(value) if isinstance(value, Real) else value

    def _field(self, value: str, field: Field) -> str:
        if field.action == "keep" or not value:
            return value
        self.stats.masked[field.kind] += 1
        return self._masked(value, field.kind, field.action)

    def _masked(self, value: str, kind: str, action: str) -> str:
        if action == "drop":
            return f"[{kind}]"
        known = KINDS.get(kind)
        if known is None:
            return self.tokens.token(kind, value)
        value = value if value.isascii() else _UNSEEN.sub("", value).translate(_WIDE)
        if action == "partial":
            shown = known.partial(value)
            if shown is not None and shown != value:
                return shown
        return self.tokens.token(kind, known.canonical(value))

    def _text(self, text: str, depth: int) -> str:
        known = self._texts.get(text)
        if known is None:
            known = self._seen_first(text, depth)
        if known[1]:
            for kind in known[1]:
                self.stats.masked[kind] += 1
        return known[0]

    def _seen_first(self, text: str, depth: int) -> tuple[str, tuple[str, ...]]:
        """Mask a text that was not seen lately; return it and the kinds that were masked in it."""
        kind = freetext.whole(text)
        if kind is not None:
            action = self._rules.found.get(kind, "keep")
            return (text, ()) if action == "keep" else (self._masked(text, kind, action), (kind,))
        known: tuple[str, tuple[str, ...]] = (text, ())
        if freetext.suspect(text):
            before, self.stats.masked = self.stats.masked, Counter()
            try:
                masked = self._looked(text, depth)
                known = (masked, tuple(self.stats.masked.elements()))
            finally:
                self.stats.masked = before
        if len(text) <= _KEPT_LENGTH:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            self._texts[text] = known
        return known

    def _looked(self, text: str, depth: int) -> str:
        """Mask a text in which something may be found; JSON in it is masked as JSON."""
        if not text.isascii():
            text = _UNSEEN.sub("", text)
        at = _OBJECT.search(text) if "{" in text or "[" in text else None
        if at:
            inner = self._inner(text, at.start(), _deeper(depth + 1))
            if inner is not None:
                return inner
        for undo in (_unescaped, _unquoted):
            other = undo(text)
            if other != text:  # what is found there only is written without its escapes
                masked = self._spans(other)
                if masked != other:
                    return masked
        return self._spans(text)

    def _inner(self, text: str, start: int, depth: int) -> str | None:
        """Mask a text that holds JSON from ``start`` on, or return None where it is none."""
        try:
            value, end = self._reader.raw_decode(text, start)
        except RecursionError:
            raise
        except ValueError:
            return None
        inner = self._writer.encode(self._value(value, self._paths.root, None, depth))
        return self._text(text[:start], depth) + inner + self._text(text[end:], depth)

    def _spans(self, text: str) -> str:
        plain = text if text.isascii() else text.translate(_WIDE)
        out, done = [], 0
        for start, end, kind, action in freetext.find(plain, self._kinds, self._label):
            out += [text[done:start], self._masked(text[start:end], kind, action or self._rules.found[kind])]
            done = end
            self.stats.masked[kind] += 1
        return "".join((*out, text[done:])) if out else text

    def _label(self, name: str) -> Label | None:
        if name not in self._labels:
            if len(self._labels) >= _KEPT:
                self._labels.clear()
            field = self._rules.named(name)
            usable = field is not None and field.action not in ("keep", "detect")
            self._labels[name] = (field.kind, field.action) if field is not None and usable else None
        return self._labels[name]


def _deeper(depth: int) -> int:
    if depth > MAX_DEPTH:
        raise _Unmaskable("nested too deeply")
    return depth


def _other(name: str, taken: Mapping[str, object]) -> str:
    """Return a name that no other key has yet: two keys may look the same once they are masked."""
    number = 2
    while f"{name}#{number}" in taken:
        number += 1
    return f"{name}#{number}"


def _unescaped(text: str) -> str:
    if "\\u" not in text:
        return text
    units = _ESCAPED.sub(lambda match: chr(int(match.group()[2:], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unquoted(text: str) -> str:
    return unquote(text, errors="replace") if "%" in text and _PERCENT.search(text) else text
