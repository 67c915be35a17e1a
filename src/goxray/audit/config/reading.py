"""From a file to a ConfigUnit: which kind it is by its name, and the reader of that kind."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

from goxray.audit.config import dockerfile, makefile, plain, shell, tree
from goxray.audit.facts import ConfigUnit
from goxray.core.audit_result import FileHealth

Kind = Literal["yaml", "dockerfile", "makefile", "shell", "logrotate", "toml", "json", "env", "ini"]

LARGEST = 2 << 20
"""Larger files than this are data, not configuration that people write."""

_BY_SUFFIX: dict[str, Kind] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".dockerfile": "dockerfile",
    ".mk": "makefile",
    ".sh": "shell",
    ".bash": "shell",
    ".logrotate": "logrotate",
    ".toml": "toml",
    ".json": "json",
    ".env": "env",
    ".ini": "ini",
    ".cfg": "ini",
    ".conf": "ini",
    ".properties": "ini",
}
_BY_NAME: dict[str, Kind] = {
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "logrotate.conf": "logrotate",
    ".env": "env",
}


def kind_of(path: str) -> Kind | None:
    """Return which kind of configuration a path names, None where it names none that is read."""
    pure = PurePosixPath(path)
    name = pure.name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "logrotate.d" in pure.parts[:-1]:
        return "logrotate"
    if name.startswith(("dockerfile.", "containerfile.")):
        return "dockerfile"
    if name.startswith(".env."):
        return "env"
    return _BY_SUFFIX.get(pure.suffix.lower())


def load(path: Path, shown: str) -> ConfigUnit | FileHealth:
    """Read a configuration file; one that cannot be read or understood comes back as its health.

    ``shown`` is its path relative to the audited root; it tells the kind.

    Raises:
        ValueError: the path names no kind of configuration that is read.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            return _failed(shown, f"{size:,} bytes: larger than any configuration that is read")
        raw = path.read_bytes()
    except OSError as error:
        return _failed(shown, error.strerror or str(error))
    if b"\0" in raw:
        return _failed(shown, "it holds zero bytes: no text")
    return read(raw.decode("utf-8", "replace"), shown)


def read(text: str, shown: str) -> ConfigUnit | FileHealth:
    """Make the facts of a configuration's text.

    Raises:
        ValueError: the path names no kind of configuration that is read.
    """
    kind = kind_of(shown)
    if kind is None:
        raise ValueError(f"{shown}: no kind of configuration that is read")
    try:
        return _made(text.removeprefix("\ufeff"), shown, kind)
    except RecursionError:
        return _failed(shown, "nested too deep")
    except ValueError as error:
        return _failed(shown, str(error) or "not understood")


def _made(text: str, shown: str, kind: Kind) -> ConfigUnit:
    values: plain.Values = {}
    environment: plain.Values = {}
    commands: tuple[tuple[str, int], ...] = ()
    if kind in ("yaml", "json"):
        values, scripts, environment = tree.read(text)
        commands = tuple(each for script, line in scripts for each in shell.commands(script, line))
    elif kind == "dockerfile":
        environment, commands = dockerfile.read(text)
    elif kind == "makefile":
        environment, commands = makefile.read(text)
    elif kind == "shell":
        commands = shell.commands(text)
    elif kind == "env":
        environment = plain.env(text)
    else:
        values = {"logrotate": plain.logrotate, "toml": plain.toml, "ini": plain.ini}[kind](text)
    values = values or dict(environment)
    for command, line in commands:
        environment |= {name: (value, line) for name, value in shell.settings(command).items()}
    return ConfigUnit(shown, kind, text, values, commands, environment)


def _failed(shown: str, detail: str) -> FileHealth:
    return FileHealth(shown, "config", "failed", detail)
