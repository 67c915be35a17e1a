"""What an API description promises: OpenAPI 3.x and Swagger 2.0, paths and methods with the servers' prefix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from goxray.audit.health.reading import documents, entry, items, pairs, scalar, text_of_file
from goxray.core.errors import UsageError

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})
_SERVER = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//[^/]*", re.IGNORECASE)
_DEEPEST = 8

_HINT = "give an OpenAPI 3 or Swagger 2 file, YAML or JSON"


@dataclass
class Description:
    """A description's operations as (METHOD, path), without and with which prefix, and what was not followed."""

    operations: list[tuple[str, str]] = field(default_factory=list)
    prefixes: tuple[str, ...] = ("",)
    """Path prefixes of the servers (``servers[].url``, ``basePath``); the code may have them or not."""

    not_followed: list[str] = field(default_factory=list)


def read_description(path: Path) -> Description:
    """Read an API description.

    Raises:
        UsageError: it cannot be read, is no YAML or JSON, or describes no API.
    """
    text = text_of_file(path, "API description")
    try:
        (root,) = documents(text)
    except ValueError as error:
        why = str(error) if str(error).startswith(("line", "nested")) else "it is not one document"
        raise UsageError(f"{path} is no API description: {why}", hint=_HINT) from None
    three, two = scalar(entry(root, "openapi")), scalar(entry(root, "swagger"))
    if not three.startswith("3.") and not two.startswith("2."):
        raise UsageError(f"{path} is no API description: neither openapi: 3.x nor swagger: 2.0", hint=_HINT)
    found = Description(prefixes=_prefixes(root, two))
    for shown, item in pairs(entry(root, "paths")):
        if shown.startswith("/"):
            _take(found, root, shown, item)
    return found


def _take(found: Description, root: yaml.Node, shown: str, item: yaml.Node) -> None:
    """Take a path's operations; a reference inside the document is followed."""
    for _ in range(_DEEPEST):
        target = scalar(entry(item, "$ref"))
        if not target:
            break
        inner = _referred(root, target)
        if inner is None:
            found.not_followed.append(f"{shown}: {target}")
            return
        found.operations += _operations(shown, item)
        item = inner
    found.operations += _operations(shown, item)


def _operations(shown: str, item: yaml.Node) -> Iterator[tuple[str, str]]:
    for name, _ in pairs(item):
        if name.lower() in _METHODS:
            yield name.upper(), shown


def _referred(root: yaml.Node, target: str) -> yaml.Node | None:
    """Return what a reference of the same document means (RFC 6901); None for another file's."""
    if not target.startswith("#/"):
        return None
    return entry(root, *(part.replace("~1", "/").replace("~0", "~") for part in target[2:].split("/")))


def _prefixes(root: yaml.Node, two: str) -> tuple[str, ...]:
    """Return the servers' path prefixes; variables in them take their defaults."""
    if two:
        return (scalar(entry(root, "basePath")).rstrip("/"),)
    found = []
    for server in items(entry(root, "servers")):
        url = scalar(entry(server, "url"))
        for name, variable in pairs(entry(server, "variables")):
            url = url.replace("{" + name + "}", scalar(entry(variable, "default")))
        path = _SERVER.sub("", url).rstrip("/")
        found.append(path if path.startswith("/") else f"/{path}" if path else "")
    return tuple(dict.fromkeys(found)) or ("",)
