"""The module graph as the go command loads it, pruned where go.mod files list everything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.gomod import GoMod, Requirement, read_gomod
from goxray.audit.modules.plain_file import read_text
from goxray.audit.modules.replacing import Replacements
from goxray.audit.modules.versions import lists_everything, newer
from goxray.core.errors import BadModuleFile

MOST_MODULES = 50_000
"""More module versions than any build has; reading stops there."""

Node = tuple[str, str]
"""A module's path and version; a main module's version is empty."""


@dataclass
class ModuleGraph:
    """Requirements by module version, as far as they were read, and the newest version that each path is required at.

    ``missing`` are versions whose go.mod is needed and is not on this machine.
    """

    requirements: dict[Node, list[Requirement]] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    missing: list[Node] = field(default_factory=list)

    def require(self, node: Node, requirements: list[Requirement]) -> None:
        """Enter what a module version requires."""
        self.requirements[node] = requirements
        for each in requirements:
            if each.path not in self.newest or newer(each.version, self.newest[each.path]):
                self.newest[each.path] = each.version


@dataclass
class Loading:
    """Loads the graph of main modules (cmd/go/internal/modload, readModGraph).

    A module that lists everything that its packages need (go 1.17 on) is not followed further than its own list;
    whatever is required by a module that does not is followed to the end.
    """

    replacements: Replacements
    cache: ModuleCache
    graph: ModuleGraph = field(default_factory=ModuleGraph)
    _seen: set[tuple[Node, str]] = field(default_factory=set)
    _read: dict[Node, GoMod | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take in the main modules."""
        self._mains = {each.gomod.module: each.gomod for each in self.replacements.mains}
        self._excluded = {each for main in self._mains.values() for each in main.excludes}

    def load(self) -> ModuleGraph:
        """Return the graph; a workspace's modules are loaded together."""
        work = self.replacements.work is not None or len(self._mains) > 1
        self._follow([((name, ""), "workspace" if work else "main") for name in self._mains])
        if work:
            self._deepen()
        else:
            self._raise()
        return self.graph

    def _raise(self) -> None:
        """Where a dependency needs more than go.mod lists, the go command raises the list and loads again."""
        for name, main in self._mains.items():
            while lists_everything(main.go):
                listed = self.graph.requirements[name, ""]
                raised = [replace(each, version=self.graph.newest[each.path]) for each in listed]
                if raised == listed:
                    break
                self.graph = ModuleGraph()
                self.graph.require((name, ""), raised)
                self._seen.clear()
                self._follow([((name, ""), "main")])

    def _deepen(self) -> None:
        """In a workspace a dependency may be selected newer than any module asks: what that one requires counts too."""
        deep, seen = set(self._mains), set[Node]()
        while True:
            wanted = set()
            for path in deep:
                node = path, "" if path in self._mains else self.graph.newest[path]
                if node not in seen:
                    wanted.add(node)
                    continue
                for each in self.graph.requirements.get(node, ()):
                    best = each.path, self.graph.newest[each.path]
                    if each.path not in self._mains and newer(best[1], each.version) and best not in seen:
                        wanted.add(best)
            if not wanted:
                return
            seen |= wanted
            deep |= {path for path, _ in wanted}
            self._follow([(node, "workspace") for node in sorted(wanted)])

    def _follow(self, starts: list[tuple[Node, str]]) -> None:
        """Read requirements on from some nodes; each comes with how it is pruned: whole, pruned, main, workspace."""
        waiting = starts
        while waiting and len(self._seen) < MOST_MODULES:
            node, pruning = waiting.pop()
            if (node, pruning) in self._seen:
                continue
            self._seen.add((node, pruning))
            gomod = self._load(node)
            if gomod is None:
                continue
            own = "pruned" if lists_everything(gomod.go) else "whole"
            following = "whole" if pruning == "whole" else own
            if pruning != "pruned" or own == "whole":
                waiting += [((each.path, each.version), following) for each in self.graph.requirements[node]]

    def _load(self, node: Node) -> GoMod | None:
        if node not in self._read:
            self._read[node] = self._gomod(node)
        gomod = self._read[node]
        if gomod is None:
            self.graph.missing.append(node)
        elif node not in self.graph.requirements:
            self.graph.require(node, [each for each in gomod.requirements if self._counts(each)])
        return gomod

    def _counts(self, each: Requirement) -> bool:
        return each.path not in self._mains and (each.path, each.version) not in self._excluded

    def _gomod(self, node: Node) -> GoMod | None:
        if not node[1]:
            return self._mains[node[0]]
        found = self.replacements.of(*node)
        if found is None:
            return self.cache.gomod(*node)
        directory = self.replacements.directory(*node)
        if directory is not None:
            return _local(directory)
        return None if found[0].local else self.cache.gomod(found[0].new_path, found[0].new_version)


def _local(directory: Path) -> GoMod | None:
    """Return the go.mod of a directory that replaces a module; its faults are told where it is audited itself."""
    path = directory / "go.mod"
    try:
        return read_gomod(read_text(path), str(path))
    except (OSError, UnicodeDecodeError, BadModuleFile):
        return None
