"""The language of scenarios: what a program allocates, keeps, drops and waits for, one statement a line.

docs/model-gc.md describes it. A semicolon ends a statement too, so that a scenario fits into one argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from goxray.core.errors import UsageError
from goxray.core.units import parse_size
from goxray.model.gc.pacer import NO_LIMIT, OFF

Kind = Literal[
    "gogc", "memlimit", "keep", "garbage", "map", "insert", "delete", "clear", "drop", "gc", "freeosmemory", "sleep"
]
_NAME = re.compile(r"[A-Za-z]\w*")
_COUNT = re.compile(r"(\d[\d_]*(?:\.\d+)?(?:[eE]\d+)?)([kKmMgG]?)")
_FACTOR = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_KEY = re.compile(r"map\[(?:string|u?int(?:32|64)?)\]")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_MAX_OBJECTS = 10**10
_MAX_BYTES = 1 << 44
_MAX_SLEEP = 24 * 3600.0
_EXAMPLE = "alloc keep 1e6 x 64B noscan"


@dataclass(frozen=True)
class Statement:
    """One statement. Which fields mean something depends on ``kind``.

    ``text`` and ``line`` are as the user wrote it. ``name`` is what it makes or works on, ``count`` objects or entries,
    ``size`` bytes of an object or of the memory limit, ``noscan`` that objects hold no pointers, ``percent`` of GOGC
    (-1: off) or of what dies, ``seconds`` of a sleep, ``type`` a map's Go type, ``hint`` its size hint.
    """

    kind: Kind
    text: str
    line: int
    name: str = ""
    count: int = 0
    size: int = 0
    noscan: bool = True
    percent: int = 0
    seconds: float = 0.0
    type: str = ""
    hint: int = 0


class ScenarioError(UsageError):
    """A scenario cannot be read; the message begins with the line's number."""


@dataclass
class _Reader:
    line: int = 0
    text: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    """What each name stands for: ``keep`` or ``map``."""
    types: dict[str, str] = field(default_factory=dict)
    """Each map's type."""

    def fail(self, what: str, hint: str = "") -> ScenarioError:
        return ScenarioError(f"line {self.line}: {what}", hint=hint or "goxray model gc --help lists the statements")

    def read(self, words: list[str]) -> Statement:
        verb = words[0].lower()
        if verb not in _VERBS:
            raise self.fail(f"no statement is called {words[0]!r}", hint=f"one of {', '.join(_VERBS)}")
        return _VERBS[verb](self, words[1:])

    def make(self, kind: Kind, **values: object) -> Statement:
        return Statement(kind, self.text, self.line, **values)  # type: ignore[arg-type]

    def number(self, word: str, what: str) -> int:
        match = _COUNT.fullmatch(word)
        value = float(match[1].replace("_", "")) * _FACTOR[match[2].lower()] if match else -1
        if value < 0 or value != int(value):
            raise self.fail(f"{word!r} is no number of {what}", hint="write it as 1000000, 1e6 or 1M")
        if value > _MAX_OBJECTS:
            raise self.fail(f"{word} {what} are more than a scenario can have ({_MAX_OBJECTS:.0e})")
        return int(value)

    def bytes_of(self, word: str) -> int:
        try:
            return parse_size(word)
        except UsageError as error:
            raise self.fail(str(error), hint=error.hint) from error

    def percent(self, word: str) -> int | None:
        """Return N of ``N%``, None where the word is no percentage."""
        if not word.endswith("%"):
            return None
        if not word[:-1].isdigit() or int(word[:-1]) > 100:
            raise self.fail(f"{word!r} is no share", hint="write a whole percentage, 0% to 100%")
        return int(word[:-1])

    def old(self, word: str, *kinds: str) -> str:
        if self.kinds.get(word) not in kinds:
            known = [name for name, kind in self.kinds.items() if kind in kinds]
            hint = f"there is {', '.join(known)}" if known else f"a statement before must make it, as {_EXAMPLE!r} does"
            raise self.fail(f"there is no {' or '.join(kinds)} called {word!r} here", hint=hint)
        return word

    def new(self, word: str, kind: str) -> str:
        if not _NAME.fullmatch(word) or not word.isascii():
            raise self.fail(f"{word!r} is no name", hint="a letter, then letters, digits and _")
        if word in self.kinds:
            raise self.fail(f"{word!r} is taken", hint="drop does not free a name: choose another")
        self.kinds[word] = kind
        return word

    def exactly(self, words: list[str], *names: str) -> None:
        if len(words) != len(names):
            raise self.fail(f"{self.text.split()[0]} takes {', '.join(names) if names else 'nothing'}")


def _gogc(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a percentage or off")
    if words[0] == "off":
        return reader.make("gogc", percent=OFF)
    return reader.make("gogc", percent=reader.number(words[0].removesuffix("%"), "percent"))


def _memlimit(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a size or off")
    return reader.make("memlimit", size=NO_LIMIT if words[0] == "off" else reader.bytes_of(words[0]))


def _alloc(reader: _Reader, words: list[str]) -> Statement:
    if len(words) < 4 or words[0] not in ("keep", "garbage") or words[2] != "x":
        raise reader.fail("alloc takes keep or garbage, a count, x and a size", hint=f"as in {_EXAMPLE!r}")
    kind: Kind = "keep" if words[0] == "keep" else "garbage"
    count, size = reader.number(words[1], "objects"), reader.bytes_of(words[3])
    rest = words[4:]
    noscan = True
    if rest and rest[0] in ("scan", "noscan"):
        noscan = rest.pop(0) == "noscan"
    name = ""
    if kind == "keep":
        name = reader.new(rest[1], "keep") if len(rest) == 2 and rest[0] == "as" else ""
        rest = rest[2:] if name else rest
        name = name or reader.new(f"keep{reader.line}", "keep")
    if rest:
        raise reader.fail(
            f"{' '.join(rest)!r} does not belong to alloc", hint="as in 'alloc keep 1000 x 2KiB scan as users'"
        )
    _check_objects(reader, count, size, noscan)
    return reader.make(kind, name=name, count=count, size=size, noscan=noscan)


def _check_objects(reader: _Reader, count: int, size: int, noscan: bool) -> None:
    if size < 1 or not count:
        raise reader.fail("an allocation needs at least one object of at least one byte")
    if not noscan and size % 8:
        raise reader.fail(f"an object with pointers has a multiple of 8 bytes, not {size}")
    if count * size > _MAX_BYTES:
        raise reader.fail("that is more than 16 TiB")


def _map(reader: _Reader, words: list[str]) -> Statement:
    hint = 0
    if len(words) > 2 and words[-2] == "hint":
        hint = reader.number(words[-1], "entries")
        words = words[:-2]
    if len(words) < 3:
        raise reader.fail("map takes a name, a map type and a count", hint="as in 'map users map[string]int 1e6'")
    go_type = " ".join(words[1:-1])
    if not go_type.startswith("map["):
        raise reader.fail(f"{go_type!r} is no map type", hint="as in 'map users map[string]int 1e6'")
    if not _KEY.match(go_type):
        raise reader.fail(f"{go_type!r} has keys that a scenario cannot make", hint="keys are strings or integers")
    name = reader.new(words[0], "map")
    reader.types[name] = go_type
    return reader.make("map", name=name, type=go_type, count=reader.number(words[-1], "entries"), hint=hint)


def _insert(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a map", "a count")
    return reader.make(
        "insert",
        type=reader.types.get(words[0], ""),
        name=reader.old(words[0], "map"),
        count=reader.number(words[1], "entries"),
    )


def _delete(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a map", "a percentage")
    percent = reader.percent(words[1])
    if percent is None:
        raise reader.fail(f"{words[1]!r} is no share", hint="as in 'delete users 95%'")
    return reader.make("delete", type=reader.types.get(words[0], ""), name=reader.old(words[0], "map"), percent=percent)


def _clear(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a map")
    return reader.make("clear", type=reader.types.get(words[0], ""), name=reader.old(words[0], "map"))


def _drop(reader: _Reader, words: list[str]) -> Statement:
    if len(words) == 2:
        percent = reader.percent(words[1])
        if percent is None:
            raise reader.fail(f"{words[1]!r} is no share", hint="as in 'drop users 95%'")
        return reader.make("drop", name=reader.old(words[0], "keep"), percent=percent)
    reader.exactly(words, "a name")
    name = reader.old(words[0], "keep", "map")
    return reader.make("drop", type=reader.types.get(name, ""), name=name, percent=100)


def _plain(kind: Kind) -> Callable[[_Reader, list[str]], Statement]:
    def read(reader: _Reader, words: list[str]) -> Statement:
        reader.exactly(words)
        return reader.make(kind)

    return read


def _sleep(reader: _Reader, words: list[str]) -> Statement:
    reader.exactly(words, "a time")
    match = _DURATION.fullmatch(words[0])
    seconds = float(match[1]) * _SECONDS[match[2]] if match else -1.0
    if not 0 <= seconds <= _MAX_SLEEP:
        raise reader.fail(f"{words[0]!r} is no time up to a day", hint="write it as 10s, 500ms or 5m")
    return reader.make("sleep", seconds=seconds)


_VERBS: dict[str, Callable[[_Reader, list[str]], Statement]] = {
    "gogc": _gogc,
    "memlimit": _memlimit,
    "alloc": _alloc,
    "map": _map,
    "insert": _insert,
    "delete": _delete,
    "clear": _clear,
    "drop": _drop,
    "gc": _plain("gc"),
    "freeosmemory": _plain("freeosmemory"),
    "sleep": _sleep,
}


def parse(text: str) -> tuple[Statement, ...]:
    """Return a scenario's statements.

    Raises:
        ScenarioError: a line makes no sense; the message begins with ``line N:``.
    """
    reader = _Reader()
    statements = []
    for number, piece in _pieces(text):
        reader.line, reader.text = number, " ".join(piece.split())
        if reader.text:
            statements.append(reader.read(reader.text.split()))
    if not statements:
        raise ScenarioError("the scenario is empty", hint=f"as in {_EXAMPLE!r}")
    return tuple(statements)


def _pieces(text: str) -> Iterable[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        for piece in line.partition("#")[0].split(";"):
            yield number, piece
