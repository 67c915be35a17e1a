"""The rule file: which fields and which finds are masked, and how. TOML, and what nobody reads in it is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from importlib import resources
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.core.toml_table import Table
from goxray.vault.mask.detect.freetext import KINDS

FORMAT = 1
ACTIONS = ("token", "partial", "drop", "keep", "detect")
"""``keep`` leaves a field as it is, also where a detector finds something; ``detect`` looks as in free text."""
FOUND_ACTIONS = ("token", "partial", "drop", "keep")
FIELD_KINDS = (*KINDS, "id", "text")
"""``id`` is any other identifier: a token of its own domain. ``text`` is for whole texts."""
ENCODINGS = ("utf-8", "gb18030")
_HINT = "`goxray mask --show-rules` prints the rules that come with goxray; docs/mask.md explains every key"
_LARGEST = 1 << 20
_PART = re.compile(r"((?:[^.\\]|\\[.\\])+)(?:\.(?=.)|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Field:
    """What is done with the value of a field, and with all that is below it."""

    kind: str
    action: str


@dataclass(frozen=True)
class Rules:
    """A rule file that was read. The first rule in the file that names a field has it.

    ``names`` are patterns (``*``, ``?``) without regard to case, for fields at any depth and for ``name=value`` in
    text; ``paths`` are keys from the root, ``*`` for any, lists not counted. ``found`` is the action for what
    detectors find, by kind. ``encodings`` are tried in order; a line that is in none of them is dropped.
    """

    names: tuple[tuple[str, Field], ...]
    paths: tuple[tuple[tuple[str, ...], Field], ...]
    found: Mapping[str, str]
    encodings: tuple[str, ...] = ("utf-8",)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], Field], ...]:
        return tuple((re.compile(translate(name.casefold())), field) for name, field in self.names)

    def named(self, name: str) -> Field | None:
        """Return what is done with a field of that name, wherever it stands."""
        folded = name.casefold()
        return next((field for pattern, field in self._patterns if pattern.match(folded)), None)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what each process works out by itself."""
        return {key: getattr(self, key) for key in ("names", "paths", "found", "encodings")}


def read(path: Path) -> Rules:
    """Read a rule file.

    Raises:
        UsageError: the file cannot be read or is wrong; the message names file, table and key.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: larger than {_LARGEST} bytes", hint=_HINT)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}", hint=_HINT) from error
    return parse(text, str(path))


def default() -> Rules:
    """Return the rules that come with goxray: usual names of fields in Chinese and English, every detector a token."""
    return parse(default_text(), "default.toml")


def default_text() -> str:
    """Return the text of the rule file that comes with goxray."""
    return resources.files(__package__).joinpath("default.toml").read_text(encoding="utf-8")


def parse(text: str, where: str) -> Rules:
    """Read the text of a rule file; ``where`` names it in messages.

    Raises:
        UsageError: it is no TOML, or a key, kind or action is missing, wrong or unknown.
    """
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{where}: not TOML: {error}", hint=_HINT) from error
    top = Table(values, where, _HINT)
    if top.number("format") != FORMAT:
        raise top.wrong(f"format must be {FORMAT}")
    encodings = tuple(_one_of(top, "encodings", each, ENCODINGS) for each in top.texts("encodings", ("utf-8",)))
    names: list[tuple[str, Field]] = []
    paths: list[tuple[tuple[str, ...], Field]] = []
    for table in top.tables("field"):
        field = _field(table)
        given = table.texts("names"), table.texts("paths")
        if not any(given):
            raise table.wrong("names or paths must say which field")
        if "" in given[0]:
            raise table.wrong("names holds an empty name")
        names += [(name, field) for name in given[0]]
        paths += [(_path(table, path), field) for path in given[1]]
    found = _found(top)
    top.finish()
    if not encodings:
        raise top.wrong("encodings must name one at least")
    return Rules(tuple(names), tuple(paths), found, encodings)


def _field(table: Table) -> Field:
    action = _one_of(table, "action", table.text("action"), ACTIONS)
    kind = _one_of(table, "kind", table.text("kind", "text"), FIELD_KINDS)
    if action == "partial" and kind not in KINDS:
        raise table.wrong(f"a field of kind {kind} has no partial form; token or drop")
    return Field(kind, action)


def _found(top: Table) -> dict[str, str]:
    actions = dict.fromkeys(KINDS, "token")
    if "detect" in top:
        with top.table("detect") as table:
            for kind in KINDS:
                actions[kind] = _one_of(table, kind, table.text(kind, "token"), FOUND_ACTIONS)
    return actions


def path_parts(path: str) -> tuple[str, ...]:
    r"""Return the keys of a path, from the root: ``customer.mobile``; a dot in a key is written ``\.``.

    Raises:
        UsageError: a part is empty, or a backslash stands before anything else.
    """
    parts = [re.sub(r"\\([.\\])", r"\1", part) for part in _PART.findall(path)]
    joined = ".".join(part.replace("\\", "\\\\").replace(".", "\\.") for part in parts)
    if not parts or joined != path:
        raise UsageError(
            f"the path {path!r} has an empty part or a lone backslash (a dot in a key is written \\.)", hint=_HINT
        )
    return tuple(parts)


def _path(table: Table, path: str) -> tuple[str, ...]:
    try:
        return path_parts(path)
    except UsageError as error:
        raise table.wrong(str(error)) from error


def _one_of(table: Table, key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise table.wrong(f"{key} is {value!r}, it must be one of {', '.join(allowed)}")
    return value
