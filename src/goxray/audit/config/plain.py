"""Files of plain lines: env, ini, TOML, logrotate. Values are flattened to dotted names with their lines."""

from __future__ import annotations

import re
import tomllib

from goxray.audit.config.shell import unquoted, without_comment

Values = dict[str, tuple[str, int]]

_TOML_KEY = re.compile(r"([A-Za-z0-9_.\"'-]+)\s*=\s*(.*)")


def env(text: str) -> Values:
    """Read ``NAME=value`` lines."""
    found: Values = {}
    for line, each in enumerate(text.splitlines(), 1):
        name, sign, value = without_comment(each).strip().removeprefix("export ").partition("=")
        if sign and name.strip():
            found[name.strip()] = (unquoted(value), line)
    return found


def ini(text: str) -> Values:
    """Read ``[section]`` and ``key = value`` or ``key: value`` lines; ``;`` and ``#`` begin comments."""
    found: Values = {}
    section = ""
    for line, each in enumerate(text.splitlines(), 1):
        plain = without_comment(each).strip()
        if plain.startswith(";") or not plain:
            continue
        header = _section(plain)
        if header:
            section = header + "."
            continue
        name, sign, value = plain.partition("=") if "=" in plain else plain.partition(":")
        if sign:
            found[section + name.strip()] = (unquoted(value), line)
    return found


def _section(line: str) -> str:
    """Return what stands in a line ``[section]`` or ``[[section]]``; empty where it is none."""
    inside = line.strip("[]").strip() if line.startswith("[") and line.endswith("]") else ""
    return "" if "]" in inside else inside


def toml(text: str) -> Values:
    """Read a TOML file's scalars and one-line arrays.

    Raises:
        ValueError: it is no TOML.
    """
    tomllib.loads(text)
    found: Values = {}
    section = ""
    for line, each in enumerate(text.splitlines(), 1):
        plain = without_comment(each).strip()
        header = _section(plain)
        match = _TOML_KEY.match(plain)
        if header:
            section = header + "."
        elif match:
            found[section + match[1].strip("\"'")] = (unquoted(match[2]), line)
    return found


def logrotate(text: str) -> Values:
    """Read a logrotate file: ``0.rotate`` is a global directive, ``1.rotate`` that of the first block.

    A block's paths are ``<n>.path``. Scripts (``postrotate`` to ``endscript``) are left out. A directive without a
    value has an empty one.
    """
    found: Values = {}
    block, count, script = 0, 0, False
    for line, each in enumerate(text.splitlines(), 1):
        plain = without_comment(each).strip()
        if script or not plain:
            script = script and plain != "endscript"
            continue
        if plain.endswith("{"):
            count += 1
            block = count
            found[f"{block}.path"] = (plain[:-1].strip(), line)
        elif plain == "}":
            block = 0
        else:
            name, _, value = plain.partition(" ")
            script = name in ("prerotate", "postrotate", "firstaction", "lastaction", "preremove")
            found[f"{block}.{name}"] = (value.strip(), line)
    return found
