"""What go.mod and go.work say."""

from __future__ import annotations

from dataclasses import dataclass, field

from goxray.audit.facts import Replace
from goxray.audit.modules.lines import Line, read_lines
from goxray.audit.modules.versions import valid
from goxray.core.errors import BadModuleFile


class _Said(ValueError):
    """What is wrong with a line, in words for people."""


@dataclass(frozen=True)
class Requirement:
    """A require line."""

    path: str
    version: str
    indirect: bool
    line: int


@dataclass(frozen=True)
class Retraction:
    """A retract line: versions from ``low`` to ``high`` (both included), and why."""

    low: str
    high: str
    why: str
    line: int


@dataclass
class GoMod:
    """A go.mod file, or the parts of a go.work that are alike (``uses`` are its directories)."""

    module: str = ""
    go: str = ""
    go_line: int = 0
    toolchain: str = ""
    toolchain_line: int = 0
    deprecated: str = ""
    requirements: list[Requirement] = field(default_factory=list)
    replaces: list[Replace] = field(default_factory=list)
    excludes: list[tuple[str, str]] = field(default_factory=list)
    retracts: list[Retraction] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    godebug: dict[str, str] = field(default_factory=dict)


def read_gomod(text: str, name: str = "go.mod") -> GoMod:
    """Read a go.mod or go.work file.

    Raises:
        BadModuleFile: the file is not understood; the message names file and line.
    """
    found = GoMod()
    for line in read_lines(text, name):
        reader = _READERS.get(line.verb)
        if reader is None:
            raise BadModuleFile(f"{name}:{line.number}: unknown directive: {line.verb}")
        try:
            reader(found, line)
        except _Said as error:
            raise BadModuleFile(f"{name}:{line.number}: {error}") from None
        except (IndexError, ValueError):
            raise BadModuleFile(f"{name}:{line.number}: '{line.verb}' is not understood") from None
    return found


def _module(found: GoMod, line: Line) -> None:
    (found.module,) = line.words
    for comment in line.above.splitlines():
        text = comment.removeprefix("//").strip()
        if text.startswith("Deprecated:"):
            found.deprecated = text.removeprefix("Deprecated:").strip()


def _go(found: GoMod, line: Line) -> None:
    (found.go,) = line.words
    found.go_line = line.number


def _toolchain(found: GoMod, line: Line) -> None:
    (found.toolchain,) = line.words
    found.toolchain_line = line.number


def _require(found: GoMod, line: Line) -> None:
    path, version = line.words
    found.requirements.append(Requirement(path, _version(version), line.indirect, line.number))


def _exclude(found: GoMod, line: Line) -> None:
    path, version = line.words
    found.excludes.append((path, _version(version)))


def _replace(found: GoMod, line: Line) -> None:
    arrow = line.words.index("=>")
    old, new = line.words[:arrow], line.words[arrow + 1 :]
    if len(old) not in (1, 2) or len(new) not in (1, 2):
        raise _Said("a replace line is OLD [VERSION] => NEW [VERSION]")
    local = new[0].startswith(("./", "../", "/", ".\\", "..\\")) or new[0] in (".", "..")
    if not local and len(new) == 1:
        raise _Said(f"{new[0]} needs a version, or ./ before a directory")
    found.replaces.append(
        Replace(old[0], old[1] if len(old) > 1 else "", new[0], new[1] if len(new) > 1 else "", local, line.number)
    )


def _retract(found: GoMod, line: Line) -> None:
    words = [word for word in line.words if word not in ("[", "]", ",")]
    low, high = (words[0], words[-1]) if len(words) in (1, 2) else ("", "")
    why = line.comment or line.above
    text = " ".join(part.removeprefix("//").strip() for part in why.splitlines())
    found.retracts.append(Retraction(_version(low), _version(high), text, line.number))


def _tool(found: GoMod, line: Line) -> None:
    found.tools += line.words


def _use(found: GoMod, line: Line) -> None:
    (directory,) = line.words
    found.uses.append(directory)


def _godebug(found: GoMod, line: Line) -> None:
    (setting,) = line.words
    key, _, value = setting.partition("=")
    found.godebug[key] = value


def _ignored(_found: GoMod, _line: Line) -> None:
    """``ignore`` names directories that the go command passes over; they hold no requirement."""


def _version(text: str) -> str:
    if not valid(text):
        raise _Said(f"{text!r} is no module version")
    return text


_READERS = {
    "exclude": _exclude,
    "go": _go,
    "godebug": _godebug,
    "ignore": _ignored,
    "module": _module,
    "replace": _replace,
    "require": _require,
    "retract": _retract,
    "tool": _tool,
    "toolchain": _toolchain,
    "use": _use,
}
