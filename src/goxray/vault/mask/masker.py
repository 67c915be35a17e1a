"""Masks texts and lines of a log: fields by rule, everything else by detectors.

A line that cannot be masked is dropped and counted. It is never passed through.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from goxray.vault.mask import reading
from goxray.vault.mask.detect.freetext import KINDS, Label, suspect
from goxray.vault.mask.detect.shape import ESCAPED, NOTHING, OBJECT, PERCENT, UNSEEN, ZEROS, Verdict, Verdicts
from goxray.vault.mask.hiding import Hiding
from goxray.vault.mask.numbers import Real
from goxray.vault.mask.reading import Uncertain
from goxray.vault.mask.rules import Field, Rules
from goxray.vault.mask.stats import Stats
from goxray.vault.mask.tokens import Tokens
from goxray.vault.mask.walking import Paths, Plan, State

MAX_LINE = 1 << 20
MAX_DEPTH = 64
_KEPT = 1 << 10
_SMALL, _LEAST = 10_000_000, 0.0001
"""Numbers below the first are nobody's; below the second, the ways of writing JSON differ in their exponents."""
_BREAKS = str.maketrans({"\n": "\\n", "\r": "\\r"})


class _Unmaskable(Exception):
    """A line is to be dropped; the text is the reason under which it is counted."""


class Masker:
    """Masks by rules and under a key. Not for several threads at once: it keeps what it saw lately.

    ``stats`` counts what was done so far. ``quick`` lets orjson read and write where that gives the same.
    """

    def __init__(self, rules: Rules, key: bytes, max_line: int = MAX_LINE, quick: bool = reading.QUICK) -> None:
        self.stats = Stats()
        self.tokens = Tokens(key)
        self._rules = rules
        self._paths = Paths(rules, lambda key: self._text(key, 0))
        self._max_line = max_line
        self._quick = quick and rules.encodings[0] == "utf-8"
        kinds = [kind for name, kind in KINDS.items() if rules.found[name] != "keep"]
        self._verdicts = Verdicts(kinds, self._label, any(set(name) & set("0123456789[") for name, _ in rules.names))
        self._hiding = Hiding(self.tokens)
        self._labels: dict[str, Label | None] = {}
        self._reader = reading.reader(self._object)
        self._found: list[str] = []  # kinds of what was masked in the line so far
        self._raw: bytes | None = None  # the line that orjson read
        self._keys = self._reals = 0  # of that line: keys, and numbers of which one at most is known as it is written

    def line(self, line: bytes) -> bytes | None:
        """Mask one line without its end; None where it cannot be masked and was dropped.

        JSON is written anew in UTF-8 without spaces; any other line is free text.
        """
        stats = self.stats
        stats.lines += 1
        self._found.clear()
        try:
            done = self._line(line)
        except _Unmaskable as why:
            reason = str(why)
        except RecursionError:
            reason = "nested too deeply"
        except Exception:  # A line that meets a defect is lost and counted: it must neither pass nor end the stream.
            reason = "error"
        else:
            for kind in self._found:
                stats.masked[kind] += 1
            return done
        stats.dropped[reason] += 1
        return None

    def text(self, text: str) -> str:
        """Mask what detectors find in a text, such as a map's key."""
        self._found.clear()
        done = self._text(text, 0)
        for kind in self._found:
            self.stats.masked[kind] += 1
        return done

    def _line(self, line: bytes) -> bytes:
        if len(line) > self._max_line:
            raise _Unmaskable("too long")
        if self._quick and line[:1] == b"{":
            quick = self._quickly(line)
            if quick is not None:
                self.stats.json += 1
                return quick
        text = self._decoded(line)
        start = text.lstrip(" \t\r\ufeff")
        if start[:1] in ("{", "[", '"'):
            try:
                value = self._reader.decode(start)
            except RecursionError:
                raise
            except ValueError:
                if OBJECT.match(start):  # without its structure no rule of a field can be kept
                    raise _Unmaskable("broken JSON") from None
            else:
                done = reading.encoded(self._value(value, self._paths.root, None, 0))
                self.stats.json += 1
                return done + line[len(line.rstrip(b"\r")) :]
        masked = self._text(text, 0)
        self.stats.text += 1
        body, end = (masked[:-1], "\r") if masked.endswith("\r") else (masked, "")
        return (body.translate(_BREAKS) + end if "\n" in body or "\r" in body else masked).encode(
            "utf-8", "backslashreplace"
        )

    def _quickly(self, line: bytes) -> bytes | None:
        """Mask a line of one object by orjson; None where the other way might give something else."""
        try:
            value = reading.quick_read(line)
        except ValueError:
            return None
        self._raw, self._keys, self._reals = line, 0, 0
        try:
            done = reading.quick_written(self._value(value, self._paths.root, None, 0))
        except Uncertain:
            self._found.clear()
            return None
        finally:
            self._raw = None
        if self._reals > 1 or self._keys != reading.keys(line):
            self._found.clear()
            return None
        return done + line[len(line.rstrip(b"\r")) :] if line.endswith(b"\r") else done

    def _decoded(self, line: bytes) -> str:
        for encoding in self._rules.encodings:
            try:
                return line.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise _Unmaskable("unknown encoding")

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

    def _dict(self, given: dict[str, object], state: State, above: Field | None, depth: int) -> dict[str, object]:
        _deeper(depth)
        self._keys += len(given)
        if above is None:
            keys = tuple(given)
            plan = state.plans.get(keys)
            if plan is None:
                before = len(self._found)
                plan = self._paths.plan(state, keys)
                del self._found[before:]
            if plan is not None:
                self._planned(given, plan, depth)
                return given
        made: dict[str, object] = {}
        for key, value in given.items():
            step = state.known.get(key) or self._paths.step(state, key)
            field = step.field or above
            if field is not None and field.action == "drop":
                self._dropped(value, field.kind)
                continue
            name = step.name if step.name not in made else _other(step.name, made)
            made[name] = self._value(value, step.below, field, depth)
        return made

    def _planned(self, given: dict[str, object], plan: Plan, depth: int) -> None:
        """Mask an object in its place: the short way for most objects of most logs."""
        for key, kind in plan.dropped:
            self._dropped(given.pop(key), kind)
        known = self._verdicts.get
        for (key, field, below), value in zip(plan.kept, given.values(), strict=True):
            if field is None and isinstance(value, str):
                verdict = known(value.encode("utf-8", "surrogatepass").translate(ZEROS))
                if verdict is None or verdict.odd:
                    given[key] = self._text(value, depth)
                elif verdict is not NOTHING:
                    given[key] = self._spans(value, verdict)
            elif field is None and isinstance(value, int | float):
                if type(value) is not int or not -_SMALL < value < _SMALL:
                    given[key] = self._real(key, value, depth)
            elif value is not None:
                given[key] = self._value(value, below, field, depth)

    def _dropped(self, value: object, kind: str) -> None:
        self._found.append(kind)
        self._reals += type(value) is float

    def _number(self, value: int | float, field: Field | None, depth: int) -> object:
        if self._raw is not None and type(value) is float:
            if not -_SMALL < value < _SMALL:
                raise Uncertain
            if field is None or field.action in ("keep", "detect"):
                return reading.tiny(value) if -_LEAST < value < _LEAST and value else value
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

    def _real(self, key: str, value: int | float, depth: int) -> object:
        """Mask a number that no rule has; orjson does not tell how a large one with a fraction is written."""
        if type(value) is not float or self._raw is None or -_SMALL < value < _SMALL:
            return value if isinstance(value, bool) else self._number(value, None, depth)
        self._reals += 1
        return self._number(reading.large(self._raw, key, value), None, depth)

    def _field(self, value: str, field: Field) -> str:
        if field.action == "keep" or not value:
            return value
        self._found.append(field.kind)
        return self._hiding[field.kind, field.action][value]

    def _text(self, text: str, depth: int) -> str:
        verdict = self._verdicts.of(text)
        if verdict is NOTHING:
            return text
        return self._looked(text, depth) if verdict.odd else self._spans(text, verdict)

    def _looked(self, text: str, depth: int) -> str:
        """Mask a text in which something may be found; JSON in it is masked as JSON."""
        if not suspect(text):
            return text
        if not text.isascii():
            text = UNSEEN.sub("", text)
        at = OBJECT.search(text) if "{" in text or "[" in text else None
        if at:
            inner = self._inner(text, at.start(), _deeper(depth + 1))
            if inner is not None:
                return inner
        for undo in (_unescaped, _unquoted):
            other = undo(text)
            if other != text:  # what is found there only is written without its escapes
                masked = self._spans(other, self._verdicts.of(other))
                if masked != other:
                    return masked
        return self._spans(text, self._verdicts.of(text))

    def _inner(self, text: str, start: int, depth: int) -> str | None:
        """Mask a text that holds JSON from ``start`` on, or return None where it is none."""
        try:
            value, end = self._reader.raw_decode(text, start)
        except RecursionError:
            raise
        except ValueError:
            return None
        outer, self._raw = (self._raw, self._keys, self._reals), None  # here the other way is gone
        inner = reading.written(self._value(value, self._paths.root, None, depth))
        self._raw, self._keys, self._reals = outer
        return self._text(text[:start], depth) + inner + self._text(text[end:], depth)

    def _spans(self, text: str, verdict: Verdict) -> str:
        found = verdict.find(text)
        if not found:
            return text
        out, done = [], 0
        for start, end, kind, action in found:
            out += [text[done:start], self._hiding[kind, action or self._rules.found[kind]][text[start:end]]]
            done = end
            self._found.append(kind)
        out.append(text[done:])
        return "".join(out)

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
    units = ESCAPED.sub(lambda match: chr(int(match.group()[2:], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unquoted(text: str) -> str:
    return unquote(text, errors="replace") if "%" in text and PERCENT.search(text) else text
