"""YAML and JSON (which YAML contains): every document's settings flattened, with lines; commands; environments."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from goxray.audit.config.plain import Values

_LONGEST = 4096
"""A dotted name of more letters is nested as nobody writes, or comes from an alias inside itself."""

_MOST = 200_000
"""More nodes than this are not gone through: aliases can blow a small file up without end."""

_DEEPEST = 1000
"""Files that nest deeper than this were written by nobody."""

_STEPS = frozenset({"run", "script", "before_script", "after_script", "command", "commands", "args", "sh"})
_PLACES = frozenset({"env", "environment", "variables", "environment_variables"})


def read(text: str) -> tuple[Values, tuple[tuple[str, int], ...], Values]:
    """Return (settings by dotted name, scripts' texts with their first lines, environment).

    The environment is what stands below ``env``, ``environment`` or ``variables``, as a mapping, as ``NAME=value``
    texts, or as Kubernetes' lists of ``name`` and ``value``.

    Raises:
        ValueError: it is no YAML, or too large once its aliases are followed.
    """
    values: Values = {}
    scripts: list[tuple[str, int]] = []
    environment: Values = {}
    try:
        for number, document in enumerate(_documents(text)):
            prefix = f"{number}:" if number else ""
            for name, node in _flat(document, ""):
                line = node.start_mark.line + 1
                values[prefix + name] = (node.value, line)
                parts = [each for each in name.split(".") if not each.isdigit()]
                if parts and parts[-1] in _STEPS:
                    scripts.append((node.value, line + (node.style in ("|", ">"))))
                environment |= _set_by(name.split("."), parts, node.value, line)
    except yaml.YAMLError as error:
        raise ValueError(_said(error)) from None
    return values, tuple(scripts), environment | _listed(values)


def _documents(text: str) -> Iterator[yaml.Node | None]:
    """Give every document's root node.

    libyaml is several times as fast as yaml's own loader, and its composer's recursion knows no end: what nests deep is
    told from the events first, which need no recursion.
    """
    loader = yaml.SafeLoader
    if yaml.__with_libyaml__:
        widest = max(map(len, text.split("\n")))
        if text.count("[") + text.count("{") + 2 * widest > _DEEPEST:
            _check_depth(text)
        loader = yaml.CSafeLoader
    yield from yaml.compose_all(text, Loader=loader)


def _check_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"nested more than {_DEEPEST:,} levels deep")


def _flat(root: yaml.Node | None, prefix: str) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Give every scalar below a node with its dotted name, in the order of the text."""
    waiting = [(prefix, root)]
    seen = 0
    while waiting:
        name, node = waiting.pop()
        seen += 1
        if seen > _MOST:
            raise ValueError(f"more than {_MOST:,} nodes once aliases are followed")
        if len(name) > _LONGEST:
            raise ValueError("nested too deep, or an alias stands inside what it names")
        if isinstance(node, yaml.ScalarNode):
            yield name, node
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(_joined(name, str(at)), each) for at, each in reversed(list(enumerate(node.value)))]
        elif isinstance(node, yaml.MappingNode):
            waiting += [(_joined(name, str(key.value)), each) for key, each in reversed(node.value)]


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _set_by(whole: list[str], parts: list[str], value: str, line: int) -> Values:
    """Return what a scalar sets in an environment: ``env.NAME: value`` or ``- NAME=value`` below ``environment``."""
    if len(whole) > 1 and whole[-2] in _PLACES and not whole[-1].isdigit():
        return {whole[-1]: (value, line)}
    name, sign, given = value.partition("=")
    if parts and parts[-1] in _PLACES and sign and name.isidentifier():
        return {name: (given, line)}
    return {}


def _listed(values: Values) -> Values:
    """Return Kubernetes' ``env: [{name: N, value: V}]``."""
    found = {}
    for key, (name, _) in values.items():
        holder = key.removesuffix(".name")
        given = values.get(f"{holder}.value")
        if holder != key and given is not None and set(holder.split(".")) & _PLACES:
            found[name] = given
    return found


def _said(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "no YAML"
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
