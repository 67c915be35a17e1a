"""Configuration drift: rendered manifests of several environments, held against each other key by key.

Values are compared and never kept in what is told: only objects and keys are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from goxray.audit.health.reading import documents, entry, flattened, scalar, text_of_file
from goxray.core.errors import UsageError

_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_FILES = 20_000

_OWN = (
    ("metadata", "namespace"),
    ("metadata", "uid"),
    ("metadata", "resourceVersion"),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "managedFields"),
    ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ("status",),
)
"""What a cluster writes, and the namespace, which names the environment: no drift."""

_TRUE, _FALSE = frozenset({"y", "yes", "true", "on"}), frozenset({"n", "no", "false", "off"})

Settings = dict[tuple[str, ...], tuple[str, str]]
"""Keys that lead to a scalar; its kind and its text."""


@dataclass
class Environment:
    """One environment: its name, its objects' settings by the object's name, files that were not understood."""

    name: str
    objects: dict[str, Settings] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    files: int = 0


@dataclass
class Drift:
    """What differs: settings as ``Deployment/api: spec.replicas``, and objects that some environments lack."""

    compared: int = 0
    differing: list[str] = field(default_factory=list)
    lonely: list[str] = field(default_factory=list)


def read_environment(path: Path, name: str) -> Environment:
    """Read a folder of rendered manifests, or one file of them; broken files are named, the rest counts.

    Raises:
        UsageError: the path does not exist, or holds no YAML or JSON file that is understood.
    """
    found = Environment(name)
    seen: dict[str, list[tuple[str, Settings]]] = {}
    for file in _files(path):
        shown = file.relative_to(path).as_posix() if file != path else file.name
        found.files += 1
        try:
            for number, document in enumerate(documents(text_of_file(file, "manifest"))):
                where = shown if file != path else "values"
                for space, label, node in _objects(document, f"{where}#{number}" if number else where):
                    settings = _settings(node)
                    seen.setdefault(label, []).append((space, settings))
        except (UsageError, ValueError) as error:
            found.broken.append(f"{shown}: {error}")
    if not seen:
        why = f": {found.broken[0]}" if found.broken else ""
        raise UsageError(
            f"{path} holds no manifest that is understood{why}", hint="give rendered YAML, such as helm template writes"
        )
    for label, several in seen.items():
        for space, settings in several:
            found.objects[label if len(several) == 1 else f"{label} ({space})"] = settings
    return found


def compare(environments: Sequence[Environment]) -> Drift:
    """Return the settings that are not the same in every environment that has their object."""
    found = Drift()
    for label in sorted({each for environment in environments for each in environment.objects}):
        holders = [each.objects[label] for each in environments if label in each.objects]
        if len(holders) < len(environments):
            found.lonely.append(label)
        if len(holders) < 2:
            continue
        for key in sorted({each for settings in holders for each in settings}):
            found.compared += 1
            if len({settings.get(key) for settings in holders}) > 1:
                found.differing.append(f"{label}: {_spelled(key)}")
    return found


def names_of(paths: Sequence[Path]) -> list[str]:
    """Return short names for environments: the last part of each path, more of it where two would be the same."""
    depth = 1
    while depth < 8:
        names = ["/".join(path.absolute().with_suffix("").parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            return names
        depth += 1
    return [str(path) for path in paths]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"no such file or directory: {path}", hint="give the rendered manifests of an environment")
    found = sorted(each for each in path.rglob("*") if each.suffix.lower() in _SUFFIXES and each.is_file())
    if len(found) > _MOST_FILES:
        raise UsageError(f"{path} holds more than {_MOST_FILES:,} manifests", hint="give an environment's own folder")
    return found


def _objects(document: yaml.Node, where: str) -> Iterator[tuple[str, str, yaml.Node]]:
    """Give (namespace, name, node) of a document's objects: Kubernetes' by kind and name, others by their file."""
    kind, name = scalar(entry(document, "kind")), scalar(entry(document, "metadata", "name"))
    listed = entry(document, "items")
    if kind.endswith("List") and isinstance(listed, yaml.SequenceNode):
        for number, each in enumerate(listed.value):
            yield from _objects(each, f"{where}#{number}")
    elif kind and name:
        yield scalar(entry(document, "metadata", "namespace")), f"{kind}/{name}", document
    else:
        yield "", where, document


def _settings(node: yaml.Node) -> Settings:
    return {key: _plain(value) for key, value in flattened(node) if not any(key[: len(own)] == own for own in _OWN)}


def _plain(node: yaml.ScalarNode) -> tuple[str, str]:
    """Return a scalar's kind and text, so that ``yes`` is ``true``, but ``"1"`` is not ``1``."""
    kind, text = str(node.tag).rpartition(":")[2], str(node.value)
    if kind == "bool":
        text = "true" if text.lower() in _TRUE else "false" if text.lower() in _FALSE else text
    if kind == "null":
        text = ""
    return kind, text


def _spelled(key: tuple[str, ...]) -> str:
    return ".".join(key).replace(".[", "[")
