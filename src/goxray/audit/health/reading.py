"""Files that people or tools wrote, read with a bound; YAML as nodes, whose aliases cannot blow up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from goxray.core.errors import UsageError

LARGEST = 64 << 20
"""Larger files than this are no profile, manifest or API description."""

_MOST = 200_000
_DEEPEST = 200
"""More nodes, or deeper ones, are not gone through: aliases can make a small file endless."""


def text_of_file(path: Path, what: str, largest: int = LARGEST) -> str:
    """Return a file's text; bytes that are no UTF-8 come as U+FFFD.

    Raises:
        UsageError: it cannot be read, is larger than ``largest`` bytes, or holds zero bytes.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(largest + 1)
    except OSError as error:
        raise UsageError(f"cannot read the {what} {path}: {error.strerror or error}") from error
    if len(raw) > largest:
        raise UsageError(f"the {what} {path} has more than {largest:,} bytes")
    if b"\0" in raw:
        raise UsageError(f"the {what} {path} holds zero bytes: no text")
    return raw.decode("utf-8", "replace")


def documents(text: str) -> list[yaml.Node]:
    """Return the documents of a YAML (or JSON) text as nodes.

    Raises:
        ValueError: it is no YAML; the message names the line.
    """
    try:
        return [each for each in yaml.compose_all(text, Loader=yaml.SafeLoader) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or "no YAML")
        raise ValueError(f"line {mark.line + 1}: {problem}" if mark is not None else problem) from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Give a mapping's entries whose keys are scalars; nothing for another node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield str(key.value), value


def entry(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """Return what stands below a row of keys; None where one is missing."""
    for key in keys:
        node = next((value for name, value in pairs(node) if name == key), None)
    return node


def scalar(node: yaml.Node | None) -> str:
    """Return a scalar's text; empty for another node."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """Return a sequence's nodes; none for another node."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def flattened(root: yaml.Node) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    """Give every scalar below a node with the keys that lead to it.

    An item of a list is named by its ``name`` (or ``key``) where every item has one and no two the same, so that an
    order that differs is no difference; else by its number. An empty list or mapping counts as an empty scalar.

    Raises:
        ValueError: there are more nodes than a file that people wrote can have.
    """
    waiting: list[tuple[tuple[str, ...], yaml.Node]] = [((), root)]
    seen = 0
    while waiting:
        name, node = waiting.pop()
        seen += 1
        if seen > _MOST or len(name) > _DEEPEST:
            raise ValueError(f"more than {_MOST:,} nodes, or {_DEEPEST} levels, once aliases are followed")
        if isinstance(node, yaml.ScalarNode):
            yield name, node
            continue
        if not node.value:
            yield name, yaml.ScalarNode(node.tag, "", node.start_mark, node.end_mark)
        elif isinstance(node, yaml.MappingNode):
            waiting += [((*name, key), value) for key, value in reversed(list(pairs(node)))]
        else:
            labels = _labels(items(node))
            waiting += [((*name, label), each) for label, each in reversed(list(zip(labels, items(node), strict=True)))]


def _labels(nodes: list[yaml.Node]) -> list[str]:
    for key in ("name", "key"):
        names = [scalar(entry(each, key)) for each in nodes]
        if all(names) and len(set(names)) == len(names):
            return [f"[{name}]" for name in names]
    return [f"[{at}]" for at in range(len(nodes))]
