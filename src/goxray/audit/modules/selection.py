"""Minimal version selection, as far as it can be worked out offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from goxray.audit.modules.cache import ModuleCache
from goxray.audit.modules.gomod import GoMod
from goxray.audit.modules.graph import Loading, ModuleGraph
from goxray.audit.modules.replacing import Replacements, Root
from goxray.audit.modules.versions import lists_everything
from goxray.core.audit_result import Module


@dataclass
class Selection:
    """The build list and what it was worked out from.

    ``modules`` are those that packages may be built of: what the main modules list, where they list everything
    (go 1.17 on), else the whole graph. ``graph`` is what ``go list -m all`` prints, main modules aside: also modules
    that only the dependencies' own lists name, at their selected versions. ``complete`` is false where a go.mod was
    needed for ``modules`` and is not on this machine; ``missing`` names those. ``edges`` gives the paths that a
    selected module requires, where its go.mod was read; main modules are among them.
    """

    modules: tuple[Module, ...] = ()
    complete: bool = True
    missing: list[str] = field(default_factory=list)
    graph: dict[str, str] = field(default_factory=dict)
    edges: dict[str, tuple[str, ...]] = field(default_factory=dict)


def select(mains: Iterable[GoMod]) -> Selection:
    """Return the build list of one main module, or of a workspace's, from their own requirements alone.

    From ``go 1.17`` on a go.mod lists every module that its packages need, so that the newest requirement of each path
    is the selected version. A requirement on an excluded version does not count (Go modules reference, "exclude").
    """
    return select_with([Root(each) for each in mains], ModuleCache(None))


def select_with(mains: Iterable[Root], cache: ModuleCache, work: Root | None = None) -> Selection:
    """Return the build list of a main module, or with ``work`` of a workspace's.

    The requirements of dependencies come from ``cache``, those of directories that replace one from there.
    """
    replacements = Replacements(tuple(mains), work)
    graph = Loading(replacements, cache).load()
    return _selection(graph, replacements)


def _selection(graph: ModuleGraph, replacements: Replacements) -> Selection:
    own = {each.gomod.module: each.gomod for each in replacements.mains}
    whole = all(lists_everything(each.go) for each in own.values())
    wanted_by: dict[tuple[str, str], list[str]] = {}
    indirect: dict[str, bool] = {}
    for node, requirements in graph.requirements.items():
        name = node[0] if not node[1] else f"{node[0]}@{node[1]}"
        for each in requirements:
            wanted_by.setdefault((each.path, each.version), []).append(name)
            if not node[1]:
                indirect[each.path] = indirect.get(each.path, True) and each.indirect
    chosen = {path: version for path, version in sorted(graph.newest.items()) if not whole or path in indirect}
    return Selection(
        modules=tuple(
            Module(
                path=path,
                version=version,
                indirect=indirect.get(path, True),
                replaced_by=replacements.spelled(path, version),
                wanted_by=tuple(sorted(wanted_by[path, version])),
            )
            for path, version in chosen.items()
        ),
        complete=whole or not graph.missing,
        missing=[] if whole else [f"{path}@{version}" for path, version in dict.fromkeys(graph.missing)],
        graph=dict(sorted(graph.newest.items())),
        edges={
            path: tuple(sorted({each.path for each in requirements}))
            for (path, version), requirements in sorted(graph.requirements.items())
            if not version or graph.newest.get(path) == version
        },
    )
