"""What is to be masked, as people type it: ``all``, a kind, a field, a rule file; one word makes one set of rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from goxray.core.errors import UsageError
from goxray.vault import sm3
from goxray.vault.mask import rules as rule_files
from goxray.vault.mask.detect.freetext import KINDS
from goxray.vault.mask.rules import FIELD_KINDS, FOUND_ACTIONS, Field, Rules

ALL = "all"
RULE_FILE = ".toml"
_DROP = "drop"
_KEPT = dict.fromkeys(KINDS, "keep")
# The weakest first: where two sets of rules disagree on a find, the one that hides more has it.
_STRENGTH = ("keep", "partial", "token", "drop")
_NAME_LETTERS = 16


@dataclass(frozen=True)
class Chosen:
    """Rules, and the names under which results and bundles tell of them.

    A rule file is named with the first 64 bits of its SM3 digest: a name alone does not say which rules ran.
    """

    rules: Rules
    names: tuple[str, ...]


def choose(what: Sequence[str], files: Sequence[Path] = ()) -> Chosen:
    """Return the rules for what people ask for; each text may hold several words with commas between.

    A word is ``all`` (the rules that come with goxray), a kind (``phone``), the name of a field that those rules know
    (``mobile``), the path of a field from the root (``customer.mobile``), a field with what it is (``ref=id``,
    ``note=drop``), or a rule file (``*.toml``); ``files`` are rule files of any name. Fields that are asked for by
    name come before all rules of files; of the rest the first that fits has a field, and the one that hides most has
    a find.

    Raises:
        UsageError: nothing is asked for, a word is none of these, or a rule file is wrong.
    """
    words = [word.strip() for text in what for word in _split(text) if word.strip()]
    if not words and not files:
        raise UsageError("nothing is named that is to be masked", hint=f"name it: {ALL}, or {_kinds()}")
    return together([*map(_file, files), *(_one(word) for word in dict.fromkeys(words))])


def default() -> Chosen:
    """Return the rules that come with goxray."""
    return choose((ALL,))


def together(parts: Sequence[Chosen]) -> Chosen:
    """Return several sets of rules as one, as ``choose`` says."""
    ordered = sorted((part.rules for part in parts), key=lambda each: any(each.found[kind] != "keep" for kind in KINDS))
    found = {kind: max((each.found[kind] for each in ordered), key=_STRENGTH.index) for kind in KINDS}
    encodings = dict.fromkeys(name for each in ordered if each.encodings for name in each.encodings)
    return Chosen(
        Rules(
            tuple(pair for each in ordered for pair in each.names),
            tuple(pair for each in ordered for pair in each.paths),
            found,
            tuple(encodings),
        ),
        tuple(name for part in parts for name in part.names),
    )


def _split(text: str) -> Iterable[str]:
    """Split at commas; a file whose name holds one is named alone."""
    return (text,) if text.endswith(RULE_FILE) and Path(text).exists() else text.split(",")


def _one(word: str) -> Chosen:
    if word.endswith(RULE_FILE):
        return _file(Path(word))
    base = rule_files.default()
    if word == ALL:
        return Chosen(base, (ALL,))
    if word in KINDS:
        names = tuple(pair for pair in base.names if pair[1].kind == word)
        paths = tuple(pair for pair in base.paths if pair[1].kind == word)
        return Chosen(Rules(names, paths, {**_KEPT, word: base.found[word]}), (word,))
    field, sign, kind = word.partition("=")
    if sign:
        return _field(field.strip(), _said(word, kind.strip()), word)
    known = base.named(word.rpartition(".")[2])
    if known is None and "." not in word:
        raise _unknown(word)
    return _field(word, known if known and known.action != "keep" else Field("id", "token"), word)


def _said(word: str, kind: str) -> Field:
    if kind == _DROP:
        return Field("text", _DROP)
    if kind not in FIELD_KINDS:
        raise UsageError(
            f"{word}: {kind!r} is no kind of a field",
            hint=f"write FIELD=KIND with one of {', '.join(FIELD_KINDS)}, {_DROP}",
        )
    return Field(kind, "token")


def _field(name: str, field: Field, word: str) -> Chosen:
    if not name:
        raise UsageError(f"{word}: no field is named", hint="write FIELD=KIND, such as customer.ref=id")
    shown = f"{name}={_DROP if field.action == _DROP else field.kind}"
    if "." not in name:
        return Chosen(Rules(((name, field),), (), _KEPT), (shown,))
    return Chosen(Rules((), ((rule_files.path_parts(name), field),), _KEPT), (shown,))


def _file(path: Path) -> Chosen:
    made = rule_files.read(path)
    digest = sm3.digest(path.read_bytes()).hex()[:_NAME_LETTERS]
    return Chosen(made, (f"{path.name} sm3:{digest}",))


def _unknown(word: str) -> UsageError:
    near = get_close_matches(word, (ALL, *KINDS), n=1)
    return UsageError(
        f"{word!r} is no kind of data, and no field of that name is in the rules that come with goxray",
        hint=f"did you mean {near[0]}?" if near else f"kinds: {ALL}, {_kinds()}; a field of your own: {word}=id",
    )


def _kinds() -> str:
    return ", ".join(KINDS)


assert set(_STRENGTH) == set(FOUND_ACTIONS)
